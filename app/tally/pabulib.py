"""Pabulib files (.pb): reader, checker and writer. Format: https://pabulib.org/format

A file is UTF-8 text in three sections, META, PROJECTS and VOTES, each with a header line and rows
of fields separated by semicolons. The reader accepts a byte order mark, any line ends (also
mixed), quoted fields, fractional numbers and unknown columns, which are kept.

Treatment of what is unusual. *Errors* (nothing is counted): a missing section, header or field; a
row with too many fields; a number that is none; budget or cost not above 0; a duplicate project
id; a ballot that names an unknown project, or one twice; points below 0, or not as many as
projects; an unknown vote type. *Warnings* (counted as it stands): a project that costs more than
the budget (it can never win); a ballot outside the limits of META; a blank ballot (it counts as a
voter); no ballots; a voter id used twice; numbers in META or in the columns `votes` and `score`
that differ from the file's own rows.

Start reading at `read_pabulib`; `Reader` goes through a file once and collects all problems.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from app.tally.decimals import decimal_text, parse_decimal
from app.tally.profile import IntArray, Profile, ProfileError, Project, VoteType, natural_key

META, PROJECTS, VOTES = "META", "PROJECTS", "VOTES"
LONGEST_FOUND = 60
# Ballots are split into ids this many at a time, to keep memory low.
CHUNK = 50_000

# META key: (what it limits, whether it is the most).
LIMITS = {
    "min_length": ("length", False),
    "max_length": ("length", True),
    "min_sum_cost": ("cost", False),
    "max_sum_cost": ("cost", True),
    "min_sum_points": ("sum", False),
    "max_sum_points": ("sum", True),
    "min_points": ("least", False),
    "max_points": ("most", True),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a line of a file (line 0: in the file as a whole)."""

    line: int
    found: str
    expected: str
    is_error: bool = True

    def __str__(self) -> str:
        return f"line {self.line}: found {self.found}, expected {self.expected}"


class PabulibError(ValueError):
    """A file that cannot be counted. `line`, `found` and `expected` say why."""

    def __init__(self, source: str, problem: Problem) -> None:
        super().__init__(f"{source}, {problem}")
        self.source = source
        self.line = problem.line
        self.found = problem.found
        self.expected = problem.expected


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a section as text, each as long as `columns`, and their line numbers."""

    columns: list[str]
    rows: list[list[str]]
    lines: list[int] = field(compare=False)

    def column(self, name: str) -> list[str]:
        """The values of a column; blank for each row if there is no such column."""
        if name not in self.columns:
            return [""] * len(self.rows)
        position = self.columns.index(name)
        return [row[position] for row in self.rows]


@dataclass(frozen=True, slots=True)
class PabulibFile:
    """A file's text by section, the profile it means, and warnings about it."""

    meta: dict[str, str]
    projects: Table
    votes: Table
    profile: Profile = field(compare=False)
    warnings: tuple[Problem, ...] = field(default=(), compare=False)


def read_pabulib(data: bytes | str, source: str = "input") -> PabulibFile:
    """Read a whole file. `source` names it in messages.

    Raises PabulibError with the first error of the file.
    """
    file, problems = check_pabulib(data)
    for problem in problems:
        if problem.is_error:
            raise PabulibError(source, problem)
    if file is None:
        raise PabulibError(source, Problem(0, "nothing", "a Pabulib file"))
    return file


def check_pabulib(data: bytes | str) -> tuple[PabulibFile | None, list[Problem]]:
    """All problems of a file by line, and the file itself if it has no errors."""
    reader = Reader()
    file = reader.read(data)
    return file, sorted(reader.problems, key=lambda problem: problem.line)


def write_pabulib(file: PabulibFile) -> str:
    """The file as text with "\\n" line ends; reading it again gives an equal file."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\n")
    writer.writerows([[META], ["key", "value"], *map(list, file.meta.items())])
    for name, table in ((PROJECTS, file.projects), (VOTES, file.votes)):
        writer.writerows([[name], table.columns, *table.rows])
    return buffer.getvalue()


def pabulib_of_profile(
    profile: Profile, meta: Mapping[str, str], winners: Iterable[str] = ()
) -> PabulibFile:
    """A file for publishing a profile: no personal columns, ballots in canonical order.

    `meta` adds keys such as description, country, unit, instance, currency, and limits; numbers
    that the profile knows are filled in. Project columns are id, cost, votes, score (where voters
    gave points), name, selected, and the projects' own. Raises ValueError for an amount that no
    finite decimal equals.
    """
    has_scores = profile.vote_type.has_scores
    vote_type = profile.vote_type
    filled = {
        "num_projects": str(len(profile.projects)),
        "num_votes": str(profile.num_ballots),
        "budget": decimal_text(profile.budget),
        "vote_type": VoteType.APPROVAL if vote_type is VoteType.KNAPSACK else vote_type,
    }
    columns, rows = _project_rows(profile, has_scores, set(winners))
    vote_columns = ["voter_id", "vote"]
    if has_scores and vote_type is not VoteType.RANKING:
        vote_columns.append("points")
    votes = _vote_rows(profile, len(vote_columns) == 3)
    return PabulibFile(
        {**meta, **{key: str(value) for key, value in filled.items()}},
        Table(columns, rows, []),
        Table(vote_columns, votes, []),
        profile,
    )


def _project_rows(
    profile: Profile, has_scores: bool, winners: set[str]
) -> tuple[list[str], list[list[str]]]:
    own = sorted({key for project in profile.projects for key in project.extra})
    score = ["score"] if has_scores else []
    fixed = ["project_id", "cost", "votes", *score, "name", "selected"]
    own = [key for key in own if key not in fixed]
    rows = []
    for number, project in enumerate(profile.projects):
        row = [project.id, decimal_text(project.cost), str(profile.votes[number])]
        if has_scores:
            row.append(decimal_text(profile.points(number)))
        row += [project.name, str(int(project.id in winners))]
        rows.append(row + [project.extra.get(key, "") for key in own])
    return fixed + own, rows


def _vote_rows(profile: Profile, has_points: bool) -> list[list[str]]:
    rows: list[list[str]] = []
    for group, amount in enumerate(profile.multiplicity.tolist()):
        entries = profile.row(group)
        if profile.vote_type is VoteType.RANKING:
            entries.sort(key=lambda entry: -entry[1])
        cells = [",".join(profile.projects[number].id for number, _ in entries)]
        if has_points:
            scale = profile.score_scale
            cells.append(",".join(decimal_text(Fraction(s, scale)) for _, s in entries))
        rows += [[str(len(rows) + 1 + copy), *cells] for copy in range(amount)]
    return rows


@dataclass(frozen=True, slots=True)
class Patterns:
    """Distinct texts of ballots: `texts` and `points`, and for each ballot cast which it is."""

    texts: list[str]
    points: list[str]
    pattern_of: IntArray
    lines: IntArray

    def lines_of(self, pattern: int) -> list[int]:
        """Lines of the ballots with this text."""
        return self.lines[self.pattern_of == pattern].tolist()


class Reader:
    """Reads one file; `problems` collects what is wrong with it, in no order."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def read(self, data: bytes | str) -> PabulibFile | None:
        """The file, or None if it has errors."""
        text = self._decode(data)
        sections = self._split(text)
        meta = self._meta(sections.get(META))
        projects = self._table(PROJECTS, sections, ("project_id", "cost"))
        votes = self._table(VOTES, sections, ("vote",))
        if projects is None or votes is None or sections.get(META) is None:
            return None
        budget, vote_type = self._budget(meta), self._vote_type(meta)
        listed = self._projects(projects, budget)
        if budget is None or vote_type is None or self._failed:
            return None
        profile = self._profile(meta, listed, votes, budget, vote_type)
        if profile is None or self._failed:
            return None
        self._compare_numbers(meta, projects, votes, profile)
        warnings = tuple(sorted(self.problems, key=lambda problem: problem.line))
        values = {key: value for key, (value, _) in meta.items()}
        return PabulibFile(values, projects, votes, profile, warnings)

    @property
    def _failed(self) -> bool:
        return any(problem.is_error for problem in self.problems)

    def _error(self, line: int, found: str, expected: str) -> None:
        self.problems.append(Problem(line, _shown(found), expected))

    def _warn(self, line: int, found: str, expected: str) -> None:
        self.problems.append(Problem(line, _shown(found), expected, is_error=False))

    def _decode(self, data: bytes | str) -> str:
        text = data if isinstance(data, str) else self._decode_bytes(data)
        return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")

    def _decode_bytes(self, data: bytes) -> str:
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            self._error(line, f"byte 0x{data[error.start]:02x}", "text in UTF-8")
            return data.decode(errors="replace")

    def _split(self, text: str) -> dict[str, list[tuple[int, list[str]]]]:
        """Numbered rows by section, empty rows left out."""
        sections: dict[str, list[tuple[int, list[str]]]] = {}
        current: list[tuple[int, list[str]]] | None = None
        reader = csv.reader(io.StringIO(text), delimiter=";", strict=True)
        line = 1
        try:
            for row in reader:
                first = row[0].strip() if row else ""
                if first.upper() in (META, PROJECTS, VOTES) and not any(row[1:]):
                    current = self._open_section(sections, first.upper(), line)
                elif any(row):
                    if current is None:
                        self._error(line, f'"{first}"', "the line META")
                        return sections
                    current.append((line, row))
                line = reader.line_num + 1
        except csv.Error as error:
            self._error(line, f"a quoted field with an error ({error})", "closed quotes")
        return sections

    def _open_section(
        self, sections: dict[str, list[tuple[int, list[str]]]], name: str, line: int
    ) -> list[tuple[int, list[str]]]:
        if name in sections:
            self._error(line, f"a second section {name}", "each section once")
        return sections.setdefault(name, [])

    def _meta(self, rows: list[tuple[int, list[str]]] | None) -> dict[str, tuple[str, int]]:
        """Value and line of each key. A value may hold semicolons without quotes."""
        if not rows:
            self._error(0, "no section META" if rows is None else "an empty META", "META")
            return {}
        line, header = rows[0]
        if [cell.strip().lower() for cell in header[:2]] != ["key", "value"]:
            self._error(line, f'"{";".join(header)}"', "the header key;value")
        meta: dict[str, tuple[str, int]] = {}
        for line, row in rows[1:]:
            key = row[0].strip()
            if key in meta:
                self._error(line, f'"{key}" again', "each key once")
            if len(row) < 2:
                self._error(line, f'"{key}" alone', "a key and a value")
            meta[key] = (";".join(row[1:]).strip(), line)
        return meta

    def _table(
        self, name: str, sections: dict[str, list[tuple[int, list[str]]]], needed: Sequence[str]
    ) -> Table | None:
        """Rows of a section filled up to the length of its header."""
        rows = sections.get(name)
        if not rows:
            self._error(
                0,
                f"no section {name}" if rows is None else f"an empty {name}",
                f"the line {name} and a header",
            )
            return None
        header_line, header = rows[0]
        columns = [cell.strip() for cell in header]
        missing = [column for column in needed if column not in columns]
        if missing or len(set(columns)) < len(columns):
            self._error(
                header_line,
                f'"{";".join(header)}"',
                f"a header of different columns with {', '.join(needed)}",
            )
            return None
        width, required = len(columns), max(columns.index(column) for column in needed)
        for line, row in rows[1:]:
            if len(row) != width:
                self._fit(line, row, width, required)
        return Table(columns, [row for _, row in rows[1:]], [line for line, _ in rows[1:]])

    def _fit(self, line: int, row: list[str], width: int, required: int) -> None:
        if any(row[width:]):
            self._error(line, f"{len(row)} fields", f"at most {width}")
        if len(row) <= required:
            self._error(line, f"{len(row)} fields", f"at least {required + 1}")
        del row[width:]
        row.extend([""] * (width - len(row)))

    def _budget(self, meta: Mapping[str, tuple[str, int]]) -> Fraction | None:
        text, line = meta.get("budget", ("", 0))
        budget = parse_decimal(text)
        if budget is None or budget <= 0:
            self._error(line, f'budget "{text}"', "a number above 0")
            return None
        return budget

    def _vote_type(self, meta: Mapping[str, tuple[str, int]]) -> VoteType | None:
        text, line = meta.get("vote_type", ("", 0))
        if text not in set(VoteType):
            self._error(line, f'vote_type "{text}"', f"one of {', '.join(VoteType)}")
            return None
        return VoteType(text)

    def _projects(self, table: Table, budget: Fraction | None) -> list[Project]:
        """Projects in natural order."""
        known: set[str] = set()
        projects: list[Project] = []
        for line, row in zip(table.lines, table.rows, strict=True):
            values = dict(zip(table.columns, row, strict=True))
            project_id = values.pop("project_id").strip()
            text = values.pop("cost")
            cost = parse_decimal(text)
            if project_id in known or not project_id or "," in project_id:
                self._error(line, f'project_id "{project_id}"', "an id used once, without commas")
            if cost is None or cost <= 0:
                self._error(line, f'cost "{text}"', "a number above 0")
                continue
            if budget is not None and cost > budget:
                self._warn(line, f"cost {text}", f"at most the budget, {decimal_text(budget)}")
            known.add(project_id)
            projects.append(Project(project_id, cost, values.pop("name", ""), values))
        return sorted(projects, key=lambda project: natural_key(project.id))

    def _profile(
        self,
        meta: Mapping[str, tuple[str, int]],
        projects: list[Project],
        table: Table,
        budget: Fraction,
        vote_type: VoteType,
    ) -> Profile | None:
        has_points = vote_type in (VoteType.POINTS, VoteType.SCORING)
        if has_points and "points" not in table.columns:
            self._error(
                table.lines[0] - 1 if table.lines else 0,
                "no column points",
                f"points for vote_type {vote_type}",
            )
            return None
        patterns = _patterns(table, has_points)
        lengths, columns = self._ballot_columns(patterns, projects)
        if self._failed:
            return None
        points: Sequence[int | Fraction] | IntArray = np.ones(columns.size, np.int64)
        if has_points:
            points = self._points(patterns, lengths)
        elif vote_type is VoteType.RANKING:
            points = _rank_points(lengths, self._limit(meta, "max_length"))
        self._check_repeats(patterns, lengths, columns, projects)
        if self._failed:
            return None
        self._check_limits(meta, patterns, lengths, columns, points, projects)
        amounts = np.bincount(patterns.pattern_of, minlength=lengths.size)
        try:
            return Profile.from_entries(
                tuple(projects), budget, vote_type, lengths, columns, points, amounts
            )
        except ProfileError as error:
            self._error(0, str(error), "ballots that can be counted")
            return None

    def _ballot_columns(
        self, patterns: Patterns, projects: list[Project]
    ) -> tuple[IntArray, IntArray]:
        """Length of each distinct ballot, and positions of the projects they name, in a row."""
        position_of = {project.id: number for number, project in enumerate(projects)}
        lengths = np.array(
            [text.count(",") + 1 if text else 0 for text in patterns.texts], dtype=np.int64
        )
        parts: list[IntArray] = []
        for start in range(0, len(patterns.texts), CHUNK):
            texts = [text for text in patterns.texts[start : start + CHUNK] if text]
            found = list(map(position_of.get, ",".join(texts).split(","))) if texts else []
            if None in found:
                found = self._resolve(patterns, start, position_of)
            parts.append(np.array(found, dtype=np.int64))
        return lengths, np.concatenate(parts) if parts else np.zeros(0, np.int64)

    def _resolve(
        self, patterns: Patterns, start: int, position_of: Mapping[str, int]
    ) -> list[int | None]:
        """As the quick way above, but with blanks around ids, and reporting unknown ones."""
        found: list[int | None] = []
        for number, text in enumerate(patterns.texts[start : start + CHUNK], start):
            for part in text.split(",") if text else []:
                position = position_of.get(part.strip())
                if position is None:
                    for line in patterns.lines_of(number):
                        self._error(line, f'"{part}" in a vote', "an id from PROJECTS")
                found.append(-1 if position is None else position)
        return found

    def _points(self, patterns: Patterns, lengths: IntArray) -> list[int | Fraction]:
        points: list[int | Fraction] = []
        for number, (text, length) in enumerate(
            zip(patterns.points, lengths.tolist(), strict=True)
        ):
            values = [parse_decimal(part) for part in text.split(",")] if text else []
            if len(values) != length or any(value is None or value < 0 for value in values):
                for line in patterns.lines_of(number):
                    self._error(line, f'points "{text}"', f"{length} numbers, none below 0")
            points.extend(value for value in values if value is not None)
        return points

    def _check_repeats(
        self, patterns: Patterns, lengths: IntArray, columns: IntArray, projects: list[Project]
    ) -> None:
        rows = np.repeat(np.arange(lengths.size), lengths)
        keys = np.sort(rows * max(len(projects), 1) + columns)
        for key in np.unique(keys[1:][np.diff(keys) == 0]).tolist():
            row, column = divmod(key, len(projects))
            for line in patterns.lines_of(row):
                self._error(line, f'"{projects[column].id}" twice in a vote', "each project once")

    def _check_limits(
        self,
        meta: Mapping[str, tuple[str, int]],
        patterns: Patterns,
        lengths: IntArray,
        columns: IntArray,
        points: Sequence[int | Fraction] | IntArray,
        projects: list[Project],
    ) -> None:
        """Warn of ballots outside the limits that META sets, and of blank ones."""
        for number in np.flatnonzero(lengths == 0).tolist():
            for line in patterns.lines_of(number):
                self._warn(line, "a blank vote", "at least one project")
        limits = {key: self._limit(meta, key) for key in LIMITS}
        if all(limit is None for limit in limits.values()):
            return
        costs = [project.cost for project in projects]
        bounds = np.concatenate(([0], np.cumsum(lengths))).tolist()
        lengths_list, columns_list = lengths.tolist(), columns.tolist()
        values = points.tolist() if isinstance(points, np.ndarray) else list(points)
        for key, limit in limits.items():
            if limit is None:
                continue
            what, is_most = LIMITS[key]
            for number, length in enumerate(lengths_list):
                part = slice(bounds[number], bounds[number + 1])
                amount = _measure(what, length, columns_list[part], values[part], costs)
                if length and (amount > limit if is_most else amount < limit):
                    bound = f"{'at most' if is_most else 'at least'} {limit} ({key})"
                    for line in patterns.lines_of(number):
                        self._warn(line, f"{amount} in a vote", bound)

    def _limit(self, meta: Mapping[str, tuple[str, int]], key: str) -> Fraction | None:
        text, line = meta.get(key, ("", 0))
        if not text:
            return None
        limit = parse_decimal(text)
        if limit is None:
            self._warn(line, f'{key} "{text}"', "a number")
        return limit

    def _compare_numbers(
        self, meta: Mapping[str, tuple[str, int]], projects: Table, votes: Table, profile: Profile
    ) -> None:
        """Warn where META or columns say other numbers than the rows."""
        counted = {"num_projects": len(projects.rows), "num_votes": len(votes.rows)}
        for key, number in counted.items():
            text, line = meta.get(key, ("", 0))
            if text and parse_decimal(text) != number:
                self._warn(line, f'{key} "{text}"', str(number))
        if not votes.rows:
            self._warn(0, "no votes", "at least one")
        self._compare_column(projects, "votes", profile, [Fraction(v) for v in profile.votes])
        points = [profile.points(number) for number in range(len(profile.projects))]
        if profile.vote_type.has_scores:
            self._compare_column(projects, "score", profile, points)
        self._check_voter_ids(votes)

    def _compare_column(
        self, table: Table, column: str, profile: Profile, counted: list[Fraction]
    ) -> None:
        ids = table.column("project_id")
        for line, project_id, text in zip(table.lines, ids, table.column(column), strict=True):
            number = counted[profile.index[project_id.strip()]]
            if text and parse_decimal(text) != number:
                self._warn(line, f'{column} "{text}"', decimal_text(number))

    def _check_voter_ids(self, votes: Table) -> None:
        if "voter_id" not in votes.columns:
            return
        ids = votes.column("voter_id")
        seen: set[str] = set()
        if len(set(ids)) == len(ids):
            return
        for line, voter in zip(votes.lines, ids, strict=True):
            if voter in seen:
                self._warn(line, f'voter_id "{voter}" again', "each voter once")
            seen.add(voter)


def _shown(text: str) -> str:
    return text if len(text) <= LONGEST_FOUND else text[: LONGEST_FOUND - 1] + "…"


def _patterns(table: Table, has_points: bool) -> Patterns:
    texts = [text.strip() for text in table.column("vote")]
    points = [text.strip() for text in table.column("points")] if has_points else [""] * len(texts)
    keys = list(zip(texts, points, strict=True))
    number_of = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return Patterns(
        [text for text, _ in number_of],
        [given for _, given in number_of],
        np.array(list(map(number_of.__getitem__, keys)), dtype=np.int64),
        np.array(table.lines, dtype=np.int64),
    )


def _rank_points(lengths: IntArray, longest: Fraction | None) -> IntArray:
    """A rank is worth max_length minus the number of projects before it."""
    most = int(lengths.max(initial=0)) if longest is None else int(longest)
    starts = np.cumsum(lengths) - lengths
    positions = np.arange(int(lengths.sum())) - np.repeat(starts, lengths)
    return np.maximum(most - positions, 0)


def _measure(
    what: str,
    length: int,
    columns: Sequence[int],
    points: Sequence[int | Fraction],
    costs: Sequence[Fraction],
) -> Fraction | int:
    """What a limit is about: length, cost, sum of points, least or most points of a ballot."""
    if what == "length":
        return length
    if what == "cost":
        return sum((costs[column] for column in columns), Fraction(0))
    if what == "sum":
        return sum(points)
    return (min if what == "least" else max)(points, default=0)
