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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import compress, pairwise
from math import lcm
from typing import NamedTuple

import numpy as np

from app.tally.decimals import decimal_text, parse_decimal
from app.tally.profile import (
    BoolArray,
    FloatArray,
    IntArray,
    Profile,
    ProfileError,
    Project,
    VoteType,
    natural_key,
)

META, PROJECTS, VOTES = "META", "PROJECTS", "VOTES"
LONGEST_FOUND = 60
# Ballots are split into ids this many at a time, to keep memory low.
CHUNK = 50_000

_FIRST_LETTERS = "MmPpVv \t"

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


class Section(NamedTuple):
    """Rows of a section with their lines, header first, and the line that opens it."""

    rows: list[list[str]]
    lines: list[int]
    line: int


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
    lines: list[int] = field(default_factory=list, compare=False)
    header_line: int = field(default=0, compare=False)

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
        Table(columns, rows),
        Table(vote_columns, votes),
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
    """Ballots sorted by their text and numbered from 1, so that nothing tells who cast which."""
    ballots: list[tuple[list[str], int]] = []
    for group, amount in enumerate(profile.multiplicity.tolist()):
        entries = profile.row(group)
        if profile.vote_type is VoteType.RANKING:
            entries.sort(key=lambda entry: -entry[1])
        cells = [",".join(profile.projects[number].id for number, _ in entries)]
        if has_points:
            scale = profile.score_scale
            cells.append(",".join(decimal_text(Fraction(s, scale)) for _, s in entries))
        ballots.append((cells, amount))
    rows: list[list[str]] = []
    for cells, amount in sorted(ballots):
        rows += [[str(len(rows) + 1 + copy), *cells] for copy in range(amount)]
    return rows


@dataclass(frozen=True, slots=True)
class Patterns:
    """Distinct texts of ballots: `texts` and `points`, and for each ballot cast which it is."""

    texts: list[str]
    points: list[str]
    pattern_of: IntArray
    lines: IntArray

    def where(self, chosen: BoolArray) -> Iterator[tuple[int, int]]:
        """Line and pattern of each ballot whose pattern is chosen."""
        found = chosen[self.pattern_of]
        return zip(self.lines[found].tolist(), self.pattern_of[found].tolist(), strict=True)


class Ballots(NamedTuple):
    """Distinct ballots: lengths, and in a row for all, projects' positions and points."""

    lengths: IntArray
    columns: IntArray
    points: Sequence[int | Fraction] | IntArray


class Reader:
    """Reads one file; `problems` collects what is wrong with it, in no order."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def read(self, data: bytes | str) -> PabulibFile | None:
        """The file, or None if it has errors."""
        text = self._decode(data)
        sections = self._split(text)
        if self._failed:
            return None
        meta = self._meta(sections.get(META))
        projects = self._table(PROJECTS, sections.get(PROJECTS), ("project_id", "cost"))
        votes = self._table(VOTES, sections.get(VOTES), ("vote",))
        if projects is None or votes is None:
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

    def _split(self, text: str) -> dict[str, Section]:
        """Rows by section with their lines, empty rows left out."""
        rows, lines = self._rows(text)
        starts = [number for number, row in enumerate(rows) if _opens_section(row)]
        sections: dict[str, Section] = {}
        if rows and starts[:1] != [0]:
            self._error(lines[0], f'"{rows[0][0]}"', f"the line {META}")
            return {}
        for start, end in pairwise([*starts, len(rows)]):
            name = rows[start][0].strip().upper()
            if name in sections:
                self._error(lines[start], f"a second section {name}", "each section once")
            sections.setdefault(
                name, Section(rows[start + 1 : end], lines[start + 1 : end], lines[start])
            )
        return sections

    def _rows(self, text: str) -> tuple[list[list[str]], list[int]]:
        """Rows of the whole file and the line each begins at, empty rows left out."""
        reader = csv.reader(io.StringIO(text), delimiter=";", strict=True)
        rows: list[list[str]] = []
        ends = [0]
        try:
            for row in reader:
                rows.append(row)
                ends.append(reader.line_num)
        except csv.Error as error:
            self._error(ends[-1] + 1, f"a quoted field with an error ({error})", "closed quotes")
        lines = [end + 1 for end in ends[:-1]]
        full = [any(row) for row in rows]
        if all(full):
            return rows, lines
        return list(compress(rows, full)), list(compress(lines, full))

    def _meta(self, section: Section | None) -> dict[str, tuple[str, int]]:
        """Value and line of each key. A value may hold semicolons without quotes."""
        if section is None or not section.rows:
            self._error(section.line if section else 0, "nothing", f"{META} and key;value")
            return {}
        header = section.rows[0]
        if [cell.strip().lower() for cell in header[:2]] != ["key", "value"]:
            self._error(section.lines[0], f'"{";".join(header)}"', "the header key;value")
        meta: dict[str, tuple[str, int]] = {}
        for line, row in zip(section.lines[1:], section.rows[1:], strict=True):
            key = row[0].strip()
            if key in meta:
                self._error(line, f'"{key}" again', "each key once")
            if len(row) < 2:
                self._error(line, f'"{key}" alone', "a key and a value")
            meta[key] = (";".join(row[1:]).strip(), line)
        return meta

    def _table(self, name: str, section: Section | None, needed: Sequence[str]) -> Table | None:
        """Rows of a section filled up to the length of its header."""
        if section is None or not section.rows:
            self._error(section.line if section else 0, "nothing", f"{name} and a header")
            return None
        header = section.rows[0]
        columns = [cell.strip() for cell in header]
        missing = [column for column in needed if column not in columns]
        if missing or len(set(columns)) < len(columns):
            expected = f"a header of different columns with {', '.join(needed)}"
            self._error(section.lines[0], f'"{";".join(header)}"', expected)
            return None
        width, required = len(columns), max(columns.index(column) for column in needed)
        rows, lines = section.rows[1:], section.lines[1:]
        for line, row in zip(lines, rows, strict=True):
            if len(row) != width:
                self._fit(line, row, width, required)
        return Table(columns, rows, lines, section.lines[0])

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
                table.header_line,
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
        self._check_limits(meta, patterns, Ballots(lengths, columns, points), projects)
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
            ids = ",".join(texts).split(",") if texts else []
            found = list(map(position_of.get, ids))
            if None in found:
                found = [position_of.get(part.strip(), -1) for part in ids]
            parts.append(np.array(found, dtype=np.int64))
        columns = np.concatenate(parts) if parts else np.zeros(0, np.int64)
        unknown = np.zeros(lengths.size, np.bool_)
        unknown[np.repeat(np.arange(lengths.size), lengths)[columns < 0]] = True
        for line, number in patterns.where(unknown):
            for part in patterns.texts[number].split(","):
                if part.strip() not in position_of:
                    self._error(line, f'"{part}" in a vote', f"an id from {PROJECTS}")
        return lengths, columns

    def _points(self, patterns: Patterns, lengths: IntArray) -> list[int | Fraction]:
        points: list[int | Fraction] = []
        wrong = np.zeros(lengths.size, np.bool_)
        for number, text in enumerate(patterns.points):
            values = [parse_decimal(part) for part in text.split(",")] if text else []
            given = [value for value in values if value is not None and value >= 0]
            wrong[number] = len(given) != lengths[number] or len(values) != len(given)
            points.extend(given)
        for line, number in patterns.where(wrong):
            expected = f"{lengths[number]} numbers, none below 0"
            self._error(line, f'points "{patterns.points[number]}"', expected)
        return points

    def _check_repeats(
        self, patterns: Patterns, lengths: IntArray, columns: IntArray, projects: list[Project]
    ) -> None:
        rows = np.repeat(np.arange(lengths.size), lengths)
        keys = np.sort(rows * max(len(projects), 1) + columns)
        repeated = dict(divmod(key, len(projects)) for key in keys[1:][np.diff(keys) == 0].tolist())
        chosen = np.zeros(lengths.size, np.bool_)
        chosen[list(repeated)] = True
        for line, number in patterns.where(chosen):
            project = projects[repeated[number]]
            self._error(line, f'"{project.id}" twice in a vote', "each project once")

    def _check_limits(
        self,
        meta: Mapping[str, tuple[str, int]],
        patterns: Patterns,
        ballots: Ballots,
        projects: list[Project],
    ) -> None:
        """Warn of ballots outside the limits that META sets, and of blank ones."""
        blank = ballots.lengths == 0
        for line, _ in patterns.where(blank):
            self._warn(line, "a blank vote", "at least one project")
        for key, (what, is_most) in LIMITS.items():
            limit = self._limit(meta, key)
            if limit is None:
                continue
            amounts, scale = _measure(what, ballots, projects)
            bound = float(limit * scale)
            outside = ~blank & ((amounts > bound) if is_most else (amounts < bound))
            expected = f"{'at most' if is_most else 'at least'} {decimal_text(limit)} ({key})"
            for line, number in patterns.where(outside):
                amount = Fraction(amounts[number]) / scale
                self._warn(line, f"{decimal_text(amount, 6)} in a vote", expected)

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


def _opens_section(row: list[str]) -> bool:
    first = row[0]
    # The first test rejects nearly all rows of a large file at little cost.
    return (
        first[:1] in _FIRST_LETTERS
        and first.strip().upper() in (META, PROJECTS, VOTES)
        and not any(row[1:])
    )


def _shown(text: str) -> str:
    return text if len(text) <= LONGEST_FOUND else text[: LONGEST_FOUND - 1] + "…"


def _patterns(table: Table, has_points: bool) -> Patterns:
    texts = [text.strip() for text in table.column("vote")]
    given = [text.strip() for text in table.column("points")] if has_points else []
    number_of: dict[str | tuple[str, str], int] = {}
    keys = zip(texts, given, strict=True) if has_points else texts
    pattern_of = [number_of.setdefault(key, len(number_of)) for key in keys]
    return Patterns(
        [key if isinstance(key, str) else key[0] for key in number_of],
        [key[1] for key in number_of if not isinstance(key, str)],
        np.array(pattern_of, dtype=np.int64),
        np.array(table.lines, dtype=np.int64),
    )


def _rank_points(lengths: IntArray, longest: Fraction | None) -> IntArray:
    """A rank is worth max_length minus the number of projects before it."""
    most = int(lengths.max(initial=0)) if longest is None else int(longest)
    starts = np.cumsum(lengths) - lengths
    positions = np.arange(int(lengths.sum())) - np.repeat(starts, lengths)
    return np.maximum(most - positions, 0)


def _measure(what: str, ballots: Ballots, projects: list[Project]) -> tuple[FloatArray, int]:
    """What a limit is about, per distinct ballot: length, cost, or sum, least or most of points.

    Amounts are multiplied by the second value, which makes them integers.
    """
    lengths = ballots.lengths
    result = np.zeros(lengths.size)
    if what == "length":
        return lengths.astype(np.float64), 1
    if what == "cost":
        costs = [project.cost for project in projects]
        amounts = [costs[column] for column in ballots.columns.tolist()]
    else:
        amounts = [Fraction(value) for value in ballots.points]
    scale = lcm(*{amount.denominator for amount in amounts})
    values = np.array([float(amount * scale) for amount in amounts])
    rows = np.repeat(np.arange(lengths.size), lengths)
    if what in ("cost", "sum"):
        result += np.bincount(rows, values, lengths.size)
        return result, scale
    starts = (np.cumsum(lengths) - lengths)[lengths > 0]
    if starts.size:
        reduce = np.minimum if what == "least" else np.maximum
        result[lengths > 0] = reduce.reduceat(values, starts)
    return result, scale
