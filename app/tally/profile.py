"""What is counted: projects, a budget and ballots, identical ballots grouped.

A `Profile` holds its ballots as a sparse matrix in three numpy arrays (one row per distinct
ballot, one entry per project the ballot supports) so that a count touches each distinct ballot
once, however many people cast it. Projects are kept in natural order. The order of rows is that
of their first ballot; no result depends on it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import lcm

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

# Sums of points are added up in float64, which is exact for integers below this.
LARGEST_EXACT_SUM = 2**53

_DIGITS = re.compile(r"([0-9]+)")


class VoteType(StrEnum):
    """How a voter filled in the ballot; the values are those of Pabulib where it has one."""

    APPROVAL = "approval"
    CHOOSE_ONE = "choose-1"
    KNAPSACK = "knapsack"
    POINTS = "cumulative"
    RANKING = "ordinal"
    SCORING = "scoring"

    @property
    def has_scores(self) -> bool:
        """True where a ballot says how much, not only which."""
        return self in {VoteType.POINTS, VoteType.RANKING, VoteType.SCORING}


class ProfileError(ValueError):
    """The projects, budget or ballots contradict each other; the message says how."""


@dataclass(frozen=True, slots=True)
class Project:
    """A project on the ballot.

    `cost` is exact: an int or a Fraction, in any one unit (euros or cents) as long as the budget
    uses the same one. `extra` carries columns the count does not use.
    """

    id: str
    cost: Fraction
    name: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.cost, int | Fraction):
            raise ProfileError(f"project {self.id!r}: cost must be an int or a Fraction")
        object.__setattr__(self, "cost", Fraction(self.cost))
        if self.cost <= 0:
            raise ProfileError(f"project {self.id!r}: cost must be above 0")


Ballot = Sequence[str] | Mapping[str, int | Fraction]


def natural_key(text: str) -> tuple[list[str | int], str]:
    """Sort key in which "2" comes before "10"; the text itself settles "01" against "1"."""
    parts: list[str | int] = [*_DIGITS.split(text)]
    parts[1::2] = [int(digits) for digits in parts[1::2]]
    return parts, text


@dataclass(frozen=True, eq=False)
class Profile:
    """Projects, budget and grouped ballots of one contest. Build it with `from_ballots`.

    The arrays are one sparse matrix by rows: row g is a distinct ballot cast by
    `multiplicity[g]` people; its entries are `offsets[g]:offsets[g + 1]` of `columns` (index into
    `projects`, ascending) and `scores` (integers above 0; divide by `score_scale` for points as
    the voter gave them). A blank ballot is a row without entries and counts as a voter.
    """

    projects: tuple[Project, ...]
    budget: Fraction
    vote_type: VoteType
    multiplicity: IntArray
    offsets: IntArray
    columns: IntArray
    scores: IntArray
    score_scale: int = 1

    @classmethod
    def from_ballots(
        cls,
        projects: Iterable[Project],
        ballots: Iterable[Ballot],
        budget: int | Fraction,
        vote_type: VoteType = VoteType.APPROVAL,
        rank_length: int | None = None,
    ) -> "Profile":
        """Group ballots into a profile.

        A ballot is a sequence of project ids (best first for `VoteType.RANKING`) or, for points
        and scores, a mapping of project id to points. A rank is worth `rank_length` minus the
        number of projects before it (`rank_length` defaults to the longest ballot).
        Raises ProfileError for duplicate or unknown ids, negative points or a budget not above 0.
        """
        ordered = _in_natural_order(projects)
        index = {project.id: number for number, project in enumerate(ordered)}
        rows = [
            list(ballot.items() if isinstance(ballot, Mapping) else ballot) for ballot in ballots
        ]
        if vote_type is not VoteType.RANKING:
            rank_length = None
        elif rank_length is None:
            rank_length = max(map(len, rows), default=0)
        columns: list[int] = []
        points: list[int | Fraction] = []
        for row in rows:
            for position, entry in enumerate(row):
                project_id, given = entry if isinstance(entry, tuple) else (entry, 1)
                if project_id not in index:
                    raise ProfileError(f"ballot names unknown project {project_id!r}")
                columns.append(index[project_id])
                points.append(given if rank_length is None else max(rank_length - position, 0))
        return cls.from_entries(
            ordered,
            Fraction(budget),
            vote_type,
            np.array([len(row) for row in rows], dtype=np.int64),
            np.array(columns, dtype=np.int64),
            points,
        )

    @classmethod
    def from_entries(
        cls,
        projects: tuple[Project, ...],
        budget: Fraction,
        vote_type: VoteType,
        lengths: IntArray,
        columns: IntArray,
        points: Sequence[int | Fraction] | IntArray,
        multiplicity: IntArray | None = None,
    ) -> "Profile":
        """Group ballots given as flat arrays: `lengths[i]` entries belong to ballot i.

        `projects` must be in natural order. Raises ProfileError as `from_ballots` does.
        """
        if budget <= 0:
            raise ProfileError("budget must be above 0")
        scores, scale = _integer_scores(points)
        if scores.size and scores.min() < 0:
            raise ProfileError("points below 0")
        counts = np.ones(lengths.size, np.int64) if multiplicity is None else multiplicity
        if float(scores.sum()) * float(counts.max(initial=1)) >= LARGEST_EXACT_SUM:
            raise ProfileError("too many points to add up exactly")
        grouped = _group_rows(len(projects), lengths, columns, scores, counts)
        return cls(projects, budget, vote_type, *grouped, score_scale=scale)

    @cached_property
    def num_ballots(self) -> int:
        """Number of people who cast a ballot, blank ones included."""
        return int(self.multiplicity.sum())

    @cached_property
    def entry_rows(self) -> IntArray:
        """For each entry of the matrix, the row it belongs to."""
        return np.repeat(np.arange(self.multiplicity.size), np.diff(self.offsets))

    @cached_property
    def votes(self) -> tuple[int, ...]:
        """Per project, how many people support it."""
        return self._sum_by_project(self.multiplicity[self.entry_rows])

    @cached_property
    def support(self) -> tuple[int, ...]:
        """Per project, the sum of its scores (in 1/score_scale points)."""
        return self._sum_by_project(self.multiplicity[self.entry_rows] * self.scores)

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each project id in `projects`."""
        return {project.id: number for number, project in enumerate(self.projects)}

    def points(self, project: int) -> Fraction:
        """Sum of points (votes, for approval) of the project at this position."""
        return Fraction(self.support[project], self.score_scale)

    def row(self, group: int) -> list[tuple[int, int]]:
        """(project position, integer score) pairs of one distinct ballot."""
        part = slice(self.offsets[group], self.offsets[group + 1])
        return list(zip(self.columns[part].tolist(), self.scores[part].tolist(), strict=True))

    def entries_of(self, rows: IntArray) -> tuple[IntArray, IntArray]:
        """Positions of all entries of some rows, and for each the people who cast that row."""
        sizes = self.offsets[rows + 1] - self.offsets[rows]
        ends = np.cumsum(sizes)
        total = int(ends[-1]) if rows.size else 0
        entries = np.repeat(self.offsets[rows] - ends + sizes, sizes) + np.arange(total)
        return entries, np.repeat(self.multiplicity[rows], sizes)

    def supporters(self, project: int) -> IntArray:
        """Rows that support the project at this position."""
        return self._supporters[project]

    def project_scores(self, project: int) -> IntArray:
        """Integer scores that `supporters` give, in the same order."""
        return self.scores[self._entries_by_project[project]]

    @cached_property
    def _entries_by_project(self) -> list[IntArray]:
        # numpy sorts 16-bit integers in linear time.
        narrow = np.int16 if len(self.projects) < 2**15 else np.int64
        order = np.argsort(self.columns.astype(narrow), kind="stable")
        return np.split(order, np.cumsum(self._entry_counts)[:-1])

    @cached_property
    def _supporters(self) -> list[IntArray]:
        return [self.entry_rows[entries] for entries in self._entries_by_project]

    @cached_property
    def _entry_counts(self) -> IntArray:
        return np.bincount(self.columns, minlength=len(self.projects))

    def _sum_by_project(self, amounts: IntArray) -> tuple[int, ...]:
        sums = np.bincount(self.columns, weights=amounts, minlength=len(self.projects))
        return tuple(int(value) for value in sums)


def _in_natural_order(projects: Iterable[Project]) -> tuple[Project, ...]:
    ordered = tuple(sorted(projects, key=lambda project: natural_key(project.id)))
    for before, after in pairwise(ordered):
        if before.id == after.id:
            raise ProfileError(f"duplicate project id {after.id!r}")
    return ordered


def _integer_scores(points: Sequence[int | Fraction] | IntArray) -> tuple[IntArray, int]:
    """Points as integers, and the common denominator they were multiplied by."""
    if isinstance(points, np.ndarray):
        return points, 1
    denominators = {value.denominator for value in points}
    scale = lcm(*denominators)
    if scale == 1:
        return np.array(points, dtype=np.int64), 1
    return np.array([int(value * scale) for value in points], dtype=np.int64), scale


def _group_rows(
    num_projects: int, lengths: IntArray, columns: IntArray, scores: IntArray, counts: IntArray
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Sort entries within rows, drop entries worth nothing, merge equal rows.

    Returns multiplicity, offsets, columns and scores of the distinct rows.
    """
    rows = np.repeat(np.arange(lengths.size), lengths)
    key = rows * max(num_projects, 1) + columns
    if key.size and np.diff(key).min(initial=1) <= 0:
        order = np.argsort(key, kind="stable")
        rows, columns, scores, key = rows[order], columns[order], scores[order], key[order]
        if np.diff(key).min(initial=1) <= 0:
            raise ProfileError("a ballot names a project twice")
    if scores.min(initial=1) <= 0:
        kept = scores > 0
        rows, columns, scores = rows[kept], columns[kept], scores[kept]
        lengths = np.bincount(rows, minlength=lengths.size)
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    group_of = _equal_rows(num_projects, offsets, columns, scores)
    _, first = np.unique(group_of, return_index=True)
    multiplicity = np.bincount(group_of, counts, first.size).astype(np.int64)
    sizes = lengths[first]
    ends = np.cumsum(sizes)
    take = np.repeat(offsets[first] - ends + sizes, sizes) + np.arange(int(sizes.sum()))
    new_offsets = np.concatenate(([0], ends)).astype(np.int64)
    return multiplicity, new_offsets, columns[take], scores[take]


def _equal_rows(
    num_projects: int, offsets: IntArray, columns: IntArray, scores: IntArray
) -> IntArray:
    """For each row the number of its pattern, numbered as they first appear."""
    plain = scores.max(initial=1) == 1
    dtype = np.int16 if plain and num_projects < 2**15 else np.int64
    entries = columns if plain else np.stack((columns, scores), axis=1)
    buffer = entries.astype(dtype).tobytes()
    width = np.dtype(dtype).itemsize * (1 if plain else 2)
    bounds = (offsets * width).tolist()
    number_of: dict[bytes, int] = {}
    numbers = [
        number_of.setdefault(buffer[start:end], len(number_of)) for start, end in pairwise(bounds)
    ]
    return np.array(numbers, dtype=np.int64)
