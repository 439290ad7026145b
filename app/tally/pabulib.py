"""Pabulib files (.pb): reader, checker and writer. Format: https://pabulib.org/format

A file is UTF-8 text in three sections, META, PROJECTS and VOTES, each with a header line and rows
of fields separated by semicolons. The reader accepts a byte order mark, any line ends (also
mixed), quoted fields, fractional numbers, sections in any order and unknown columns, which are
kept.

Treatment of what is unusual; docs/count.md has the whole table. *Errors* (nothing is counted):
text that is not UTF-8; a missing or second section; a missing header, column or field; a row with
too many fields; a number that is none; budget or cost not above 0; a duplicate project id, or one
with a comma or a control character; no projects; a ballot that names an unknown project, or one
twice; points below 0, or not as many as projects; an unknown vote type; quotes that do not end.
*Warnings* (counted as it stands): a project that costs more than the budget (it can never win); a
ballot outside the limits of META; a blank ballot (it counts as a voter); no ballots; a voter id
used twice (each ballot counts); numbers in META or in the columns `votes` and `score` that differ
from the file's own rows; a needless comma in a ballot; stray quotes in META and PROJECTS; rows
blank all over (left out); a default score (not counted).

Start reading at `read_pabulib`. `tables` makes rows of text, `ballots` numbers of VOTES, `checks`
warnings of what is odd; `Reader` here says what the rows mean.
"""

import csv
import gc
import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from app.tally.ballots import (
    Ballots,
    has_points,
    points_of,
    rank_points,
    read_ballots,
)
from app.tally.checks import Meta, check_limits, check_numbers
from app.tally.decimals import DIGITS, decimal_text, parse_decimal
from app.tally.profile import Profile, ProfileError, Project, VoteType, natural_key
from app.tally.tables import (
    META,
    PROJECTS,
    VOTES,
    Problem,
    Problems,
    Row,
    Table,
    decode,
    read_sections,
    shown,
)

LONGEST_ID = 200
LONGEST_RANKING = 10**6
NEEDED = {PROJECTS: ("project_id", "cost"), VOTES: ("vote",)}
# META keys that a count depends on.
DECISIVE = ("budget", "vote_type", "max_length", "min_project_score_threshold")
POSITIVE = f"a number above 0 with at most {DIGITS} digits before or after the point"


class PabulibError(ValueError):
    """A file that cannot be counted. `line`, `found` and `expected` say why."""

    def __init__(self, source: str, problem: Problem, more: int = 0) -> None:
        others = f" (and {more} more {'error' if more == 1 else 'errors'})" if more else ""
        super().__init__(f"{source}, {problem}{others}")
        self.source = source
        self.line = problem.line
        self.found = problem.found
        self.expected = problem.expected


@dataclass(frozen=True, slots=True)
class PabulibFile:
    """A file's text by section, the profile it means, and warnings about it."""

    meta: dict[str, str]
    projects: Table
    votes: Table
    profile: Profile = field(compare=False)
    warnings: tuple[Problem, ...] = field(default=(), compare=False)


def read_pabulib(data: bytes | bytearray | str, source: str = "input") -> PabulibFile:
    """Read a whole file. `source` names it in messages.

    Raises PabulibError with the first error of the file.
    """
    file, problems = check_pabulib(data)
    errors = [problem for problem in problems if problem.is_error]
    if file is None:
        raise PabulibError(source, errors[0], len(errors) - 1)
    return file


def check_pabulib(
    data: bytes | bytearray | str,
) -> tuple[PabulibFile | None, list[Problem]]:
    """All problems of a file by line, and the file itself if it has no errors."""
    reader = Reader()
    with _without_collecting():
        file = reader.read(data)
    return file, reader.problems.in_order()


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Leave cyclic garbage alone for a while.

    Reading makes millions of strings and no cycles; the collector would look at all of them again
    and again, which takes a third of the time of a large file.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def write_pabulib(file: PabulibFile) -> str:
    """The file as text with "\\n" line ends; reading it again gives an equal file."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";", lineterminator="\n")
    writer.writerows([[META], ["key", "value"], *map(_with_line_feeds, file.meta.items())])
    writer.writerows([[PROJECTS], file.projects.columns])
    writer.writerows(map(_with_line_feeds, file.projects.rows()))
    writer.writerows([[VOTES], file.votes.columns])
    writer.writerows(file.votes.rows())
    return buffer.getvalue()


def _with_line_feeds(row: Iterable[str]) -> list[str]:
    """The writer of the standard library would leave a lone carriage return without quotes."""
    return [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in row]


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
        Table.of(columns, rows),
        Table.of(vote_columns, votes),
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


class Reader:
    """Reads one file; `problems` collects what is wrong with it."""

    def __init__(self) -> None:
        self.problems = Problems()

    def read(self, data: bytes | bytearray | str) -> PabulibFile | None:
        """The file, or None if it has errors."""
        sections = read_sections(decode(data, self.problems), NEEDED, self.problems)
        if not sections.are_whole:
            return None
        meta = self._meta(sections.meta, sections.meta_line)
        budget, vote_type = self._budget(meta), self._vote_type(meta)
        if sections.projects is None:
            return None
        ids = self._ids(sections.projects)
        listed = self._projects(sections.projects, ids, budget)
        if sections.votes is None or vote_type is None:
            return None
        longest = self._longest(meta, vote_type)
        ballots = self._ballots(sections.votes, ids, vote_type)
        if ballots is None or budget is None or self.problems.failed:
            return None
        profile = self._profile(ballots, listed, budget, vote_type, longest)
        if profile is None:
            return None
        check_limits(meta, ballots, listed, profile, self.problems)
        check_numbers(meta, sections.projects, sections.votes, profile, self.problems)
        values = {key: value for key, (value, _) in meta.entries.items()}
        warnings = tuple(self.problems.in_order())
        return PabulibFile(values, sections.projects, sections.votes, profile, warnings)

    def _meta(self, rows: list[tuple[Row, int]], first_line: int) -> Meta:
        """Value and line of each key. A value may hold semicolons without quotes."""
        rows = [(row, line) for row, line in rows if any(cell.strip() for cell in row)]
        header, line = rows[0] if rows else ([""], first_line)
        if [cell.strip().lower() for cell in header[:2]] != ["key", "value"]:
            self.problems.error(line, f'"{";".join(header)}"', "the header key;value")
        entries: dict[str, tuple[str, int]] = {}
        for row, line in rows[1:]:
            key, value = row[0].strip(), ";".join(row[1:]).strip()
            if len(row) < 2:
                self.problems.warn(line, f'"{key}" alone', "a key and a value")
            if key in entries:
                note = self.problems.error if key in DECISIVE else self.problems.warn
                note(line, f'"{key}" again', "each key once")
            else:
                entries[key] = (value, line)
        return Meta(entries, first_line)

    def _budget(self, meta: Meta) -> Fraction | None:
        budget = parse_decimal(meta.text("budget"))
        if budget is None or budget <= 0:
            self.problems.error(meta.line("budget"), f'budget "{meta.text("budget")}"', POSITIVE)
            return None
        return budget

    def _vote_type(self, meta: Meta) -> VoteType | None:
        text, line = meta.text("vote_type"), meta.line("vote_type")
        default = meta.text("default_score")
        if default and parse_decimal(default) != 0:
            expected = "0 (what a vote does not name gets no points)"
            self.problems.warn(meta.line("default_score"), f'default_score "{default}"', expected)
        if text.lower() in set(VoteType):
            return VoteType(text.lower())
        self.problems.error(line, f'vote_type "{text}"', f"one of {', '.join(VoteType)}")
        return None

    def _longest(self, meta: Meta, vote_type: VoteType) -> int | None:
        """What the first of a ranking is worth, if META says so."""
        text = meta.text("max_length")
        if vote_type is not VoteType.RANKING or not text:
            return None
        number = parse_decimal(text)
        if number is None or number.denominator > 1 or not 1 <= number <= LONGEST_RANKING:
            expected = f"a whole number from 1 to {LONGEST_RANKING}"
            self.problems.error(meta.line("max_length"), f'max_length "{text}"', expected)
            return None
        return int(number)

    def _ids(self, table: Table) -> list[str]:
        """Different ids of projects in natural order."""
        known: set[str] = set()
        for line, text in zip(table.lines.tolist(), table.column("project_id"), strict=True):
            project_id = text.strip()
            if not project_id or "," in project_id or project_id in known:
                found = f'project_id "{project_id}"'
                self.problems.error(line, found, "an id used once, without commas")
            elif len(project_id) > LONGEST_ID or shown(project_id, LONGEST_ID) != project_id:
                expected = f"at most {LONGEST_ID} visible characters"
                self.problems.error(line, f'project_id "{project_id}"', expected)
            else:
                known.add(project_id)
        if len(table) == 0:
            self.problems.error(table.header_line, "no projects", "at least one")
        return sorted(known, key=natural_key)

    def _projects(self, table: Table, ids: list[str], budget: Fraction | None) -> list[Project]:
        """Projects in the order of `ids`, those without a right cost left out."""
        projects: dict[str, Project] = {}
        for line, row in zip(table.lines.tolist(), table.rows(), strict=True):
            values = dict(zip(table.columns[::-1], row[::-1], strict=True))
            project_id = values.pop("project_id").strip()
            text = values.pop("cost")
            cost = parse_decimal(text)
            if cost is None or cost <= 0:
                self.problems.error(line, f'cost "{text}"', POSITIVE)
                continue
            if budget is not None and cost > budget:
                expected = f"at most the budget, {decimal_text(budget)}"
                self.problems.warn(line, f"cost {text}", expected)
            projects[project_id] = Project(project_id, cost, values.pop("name", ""), values)
        return [projects[project_id] for project_id in ids if project_id in projects]

    def _ballots(self, table: Table, ids: list[str], vote_type: VoteType) -> Ballots | None:
        if has_points(vote_type) and "points" not in table.columns:
            expected = f"points for vote_type {vote_type}"
            self.problems.error(table.header_line, "no column points", expected)
            return None
        return read_ballots(table, ids, vote_type, self.problems)

    def _profile(
        self,
        ballots: Ballots,
        projects: list[Project],
        budget: Fraction,
        vote_type: VoteType,
        longest: int | None,
    ) -> Profile | None:
        points = points_of(ballots, self.problems)
        if self.problems.failed:
            return None
        if vote_type is VoteType.RANKING:
            points = rank_points(ballots.lengths, longest)
        try:
            return Profile.from_entries(
                tuple(projects),
                budget,
                vote_type,
                ballots.lengths,
                ballots.columns.astype(np.int64, copy=False),
                points,
                ballots.amounts,
            )
        except ProfileError as error:
            self.problems.error(ballots.header_line, str(error), "ballots that can be counted")
            return None
