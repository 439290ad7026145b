"""The ballots of a Pabulib file: from the text of VOTES to numbers, equal texts read once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple

import numpy as np

from app.tally.decimals import parse_decimal
from app.tally.profile import LARGEST_EXACT_SUM, BoolArray, IntArray, VoteType
from app.tally.tables import PROJECTS, Integers, Problems, Table

# So many distinct ballots are split into ids at a time, to keep memory low.
CHUNK = 2_048
# A blank ballot may also be written so.
NONE = "none"

Points = Sequence[int | Fraction] | IntArray


@dataclass(frozen=True, slots=True)
class Patterns:
    """Distinct texts of ballots: `texts` and `points`, and for each ballot cast which it is."""

    texts: list[str]
    points: list[str]
    pattern_of: Integers
    lines: Integers

    def where(self, chosen: BoolArray) -> Iterator[tuple[int, int]]:
        """Line and pattern of each ballot whose pattern is chosen."""
        found = chosen[self.pattern_of]
        return zip(self.lines[found].tolist(), self.pattern_of[found].tolist(), strict=True)


@dataclass(frozen=True, slots=True)
class Ballots:
    """Distinct ballots in numbers.

    Ballot i has `lengths[i]` entries; in a row for all ballots, `columns` are positions of
    projects, in the voter's order where ballots say more than which, else ascending; `codes` say
    which of the distinct `values` the points are (None without points).
    """

    patterns: Patterns
    header_line: int
    lengths: IntArray
    columns: Integers
    codes: Integers | None
    values: list[Fraction]

    @property
    def rows(self) -> IntArray:
        """For each entry, the distinct ballot it belongs to."""
        return np.repeat(np.arange(self.lengths.size), self.lengths)

    @property
    def amounts(self) -> IntArray:
        """How many people cast each distinct ballot."""
        return np.bincount(self.patterns.pattern_of, minlength=self.lengths.size)


class Entry(NamedTuple):
    """One project of a ballot as text, with its points."""

    project: str
    points: str


def has_points(vote_type: VoteType) -> bool:
    """Whether ballots of this type have a column of points."""
    return vote_type in (VoteType.POINTS, VoteType.SCORING)


def read_ballots(
    table: Table, project_ids: Sequence[str], vote_type: VoteType, problems: Problems
) -> Ballots:
    """Read all ballots; what is wrong with a ballot is noted for each line that holds it."""
    reader = _Reader(_patterns(table, has_points(vote_type)), project_ids, problems)
    ballots = reader.read(table.header_line)
    order = reader.check_repeats(ballots)
    reader.report()
    return ballots if vote_type.has_scores else replace(ballots, columns=order)


def points_of(ballots: Ballots, problems: Problems) -> Points:
    """Points of all entries; notes points that are too many or too fine to be added up exactly."""
    if ballots.codes is None:
        return np.ones(ballots.columns.size, np.int64)
    scale = lcm(*(value.denominator for value in ballots.values))
    weights = np.bincount(
        ballots.codes, ballots.amounts[ballots.rows], minlength=len(ballots.values)
    )
    total = sum(
        int(value * scale) * int(weight)
        for value, weight in zip(ballots.values, weights.tolist(), strict=True)
    )
    if total >= LARGEST_EXACT_SUM:
        expected = f"points that add up to less than 2**53 units of 1/{scale}"
        problems.error(
            ballots.header_line, f"points that add up to {float(total):.2g} of them", expected
        )
    if scale == 1 and not problems.failed:
        return np.array([int(value) for value in ballots.values], np.int64)[ballots.codes]
    return [ballots.values[code] for code in ballots.codes.tolist()]


def rank_points(lengths: IntArray, longest: int | None) -> IntArray:
    """A rank is worth `longest` minus the number of projects before it, and at least nothing.

    Without `longest` the longest ballot counts.
    """
    most = int(lengths.max(initial=0)) if longest is None else longest
    starts = np.cumsum(lengths) - lengths
    positions = np.arange(int(lengths.sum())) - np.repeat(starts, lengths)
    return np.maximum(most - positions, 0)


def _patterns(table: Table, has_points: bool) -> Patterns:
    texts = map(str.strip, table.column("vote"))
    size = len(table)
    number_of: dict[str | tuple[str, str], int] = {}
    keys: Iterator[str | tuple[str, str]] = texts
    if has_points:
        keys = zip(texts, map(str.strip, table.column("points")), strict=True)
    numbers = (number_of.setdefault(key, len(number_of)) for key in keys)
    pattern_of = np.fromiter(numbers, np.int32, size)
    return Patterns(
        [key if isinstance(key, str) else key[0] for key in number_of],
        [key[1] for key in number_of if not isinstance(key, str)],
        pattern_of,
        table.lines,
    )


class _Reader:
    """Reads distinct ballots chunk by chunk: a chunk with anything odd ballot by ballot."""

    def __init__(self, patterns: Patterns, project_ids: Sequence[str], problems: Problems) -> None:
        self.patterns = patterns
        self.project_ids = project_ids
        self.problems = problems
        self.position_of = {project_id: n for n, project_id in enumerate(project_ids)}
        self.value_of: dict[str, Fraction | None] = {}
        self.code_of: dict[Fraction, int] = {}
        # What is wrong with a distinct ballot: found, expected, whether it is an error.
        self.notes: dict[int, list[tuple[str, str, bool]]] = {}

    def read(self, header_line: int) -> Ballots:
        """All ballots without the entries that are wrong, which are noted."""
        lengths: list[Integers] = []
        columns: list[Integers] = []
        codes: list[Integers] = []
        for start in range(0, len(self.patterns.texts), CHUNK):
            entries = self._plain(start) or self._odd(start)
            lengths.append(np.array(entries[0], np.int64))
            columns.append(np.array(entries[1], np.int32))
            codes.append(np.array(entries[2], np.int32))
        return Ballots(
            self.patterns,
            header_line,
            np.concatenate([np.zeros(0, np.int64), *lengths]),
            np.concatenate([np.zeros(0, np.int32), *columns]),
            np.concatenate(codes) if self.patterns.points else None,
            list(self.code_of),
        )

    def _plain(self, start: int) -> tuple[list[int], list[int], list[int]] | None:
        """Lengths, columns and codes of points of a chunk; None if anything in it is odd."""
        texts = self.patterns.texts[start : start + CHUNK]
        columns: list[Any] = list(map(self.position_of.get, _split(texts)))
        if None in columns:
            return None
        lengths = [text.count(",") + 1 if text else 0 for text in texts]
        if not self.patterns.points:
            return lengths, columns, []
        points = self.patterns.points[start : start + CHUNK]
        if lengths != [text.count(",") + 1 if text else 0 for text in points]:
            return None
        values = list(map(self._value, _split(points)))
        codes = [self._code(value) for value in values if value is not None]
        return (lengths, columns, codes) if len(codes) == len(values) else None

    def _odd(self, start: int) -> tuple[list[int], list[int], list[int]]:
        """As `_plain`, ballot by ballot."""
        lengths, columns, codes = [], [], []
        for number in range(start, min(start + CHUNK, len(self.patterns.texts))):
            entries = self._entries(number)
            lengths.append(len(entries))
            columns += [self.position_of[entry.project] for entry in entries]
            if self.patterns.points:
                codes += [self._code(self._value(entry.points)) for entry in entries]
        return lengths, columns, codes

    def _entries(self, number: int) -> list[Entry]:
        """The entries of one distinct ballot that are right; the others are noted."""
        projects = self._parts(self.patterns.texts[number])
        points = [""] * len(projects)
        if self.patterns.points:
            text = self.patterns.points[number]
            points = self._parts(text)
            if len(points) != len(projects):
                expected = f"{len(projects)} numbers, none below 0"
                self._note(number, f'points "{text}"', expected)
                return []
        pairs = list(map(Entry._make, zip(projects, points, strict=True)))
        entries = [pair for pair in pairs if any(pair)]
        if len(entries) < len(pairs):
            self._note(number, "a comma with no id beside it", "ids with one comma between", False)
        unknown = [pair.project for pair in entries if pair.project not in self.position_of]
        if unknown:
            found = ", ".join(f'"{project}"' for project in unknown)
            self._note(number, f"{found} in a vote", f"ids from {PROJECTS}")
        return [entry for entry in entries if self._is_right(number, entry)]

    def _parts(self, text: str) -> list[str]:
        if not text or (text.lower() == NONE and text not in self.position_of):
            return []
        return [part.strip() for part in text.split(",")]

    def _is_right(self, number: int, entry: Entry) -> bool:
        if entry.project not in self.position_of:
            return False
        if self.patterns.points and self._value(entry.points) is None:
            found = f'points "{entry.points}" for "{entry.project}"'
            self._note(number, found, "a number, not below 0")
            return False
        return True

    def _value(self, text: str) -> Fraction | None:
        """The number that points say; None if they say none or one below 0."""
        if text not in self.value_of:
            value = parse_decimal(text)
            self.value_of[text] = None if value is None or value < 0 else value
        return self.value_of[text]

    def _code(self, value: Fraction | None) -> int:
        return self.code_of.setdefault(value or Fraction(0), len(self.code_of))

    def check_repeats(self, ballots: Ballots) -> IntArray:
        """Note ballots that name a project twice; returns columns ascending in each ballot."""
        size = max(len(self.project_ids), 1)
        keys: IntArray = ballots.rows * size + ballots.columns
        keys.sort()
        for key in keys[1:][keys[1:] == keys[:-1]].tolist():
            number, project = divmod(key, size)
            self._note(number, f'"{self.project_ids[project]}" twice in a vote', "it once")
        return np.remainder(keys, size, out=keys)

    def _note(self, number: int, found: str, expected: str, is_error: bool = True) -> None:
        notes = self.notes.setdefault(number, [])
        if (found, expected, is_error) not in notes:
            notes.append((found, expected, is_error))

    def report(self) -> None:
        """Hand on what is wrong, for each line."""
        chosen = np.zeros(len(self.patterns.texts), np.bool_)
        chosen[list(self.notes)] = True
        for line, number in self.patterns.where(chosen):
            for found, expected, is_error in self.notes[number]:
                note = self.problems.error if is_error else self.problems.warn
                note(line, found, expected)


def _split(texts: Sequence[str]) -> list[str]:
    full = [text for text in texts if text]
    return ",".join(full).split(",") if full else []


def is_supported(ballots: Ballots, points: Points, chosen: set[int]) -> BoolArray:
    """For each distinct ballot, whether it gives points to any of the projects chosen."""
    hits = np.isin(ballots.columns, list(chosen)) & (np.asarray(points) > 0)
    return np.bincount(ballots.rows, hits, ballots.lengths.size) > 0
