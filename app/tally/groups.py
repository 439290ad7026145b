"""How voters of different kinds fared: by a column of VOTES such as age, sex or district.

For files that carry such columns, as many public ones do. It joins what a voter is with how the
voter chose, so it has no place in the files of a municipality's own rounds, which carry no
personal columns.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from app.tally.ballots import is_supported, points_of, rank_points, read_ballots
from app.tally.pabulib import PabulibFile
from app.tally.profile import FloatArray, VoteType, natural_key
from app.tally.tables import Problems

# Columns of VOTES that are the ballot itself.
OWN_COLUMNS = ("voter_id", "vote", "points")


@dataclass(frozen=True, slots=True)
class VotersWith:
    """Voters with one value in a column; `satisfied` of them support at least one winner."""

    value: str
    voters: int
    satisfied: int

    @property
    def share(self) -> Fraction:
        """Satisfied voters by all of these voters."""
        return Fraction(self.satisfied, self.voters)


def columns_to_group_by(file: PabulibFile) -> list[str]:
    """Columns of VOTES that say something of the voter."""
    return [name for name in file.votes.columns if name and name not in OWN_COLUMNS]


def voters_by(file: PabulibFile, column: str, winners: Iterable[str]) -> list[VotersWith]:
    """Voters and satisfied voters for each value of a column, values in natural order.

    Raises KeyError for a column that VOTES does not have, and for an unknown winner.
    """
    if column not in file.votes.columns:
        raise KeyError(column)
    values = [value.strip() for value in file.votes.column(column)]
    number_of = {value: number for number, value in enumerate(dict.fromkeys(values))}
    numbers = np.array([number_of[value] for value in values], np.int64)
    voters = np.bincount(numbers, minlength=len(number_of))
    satisfied = np.bincount(numbers, _is_satisfied(file, winners), len(number_of))
    found = [
        VotersWith(value, int(voters[number]), int(satisfied[number]))
        for value, number in number_of.items()
    ]
    return sorted(found, key=lambda group: natural_key(group.value))


def _is_satisfied(file: PabulibFile, winners: Iterable[str]) -> FloatArray:
    """For each ballot cast, 1 if it supports a winner, else 0."""
    profile = file.profile
    ids = [project.id for project in profile.projects]
    ballots = read_ballots(file.votes, ids, profile.vote_type, Problems())
    points = points_of(ballots, Problems())
    if profile.vote_type is VoteType.RANKING:
        longest = file.meta.get("max_length")
        points = rank_points(ballots.lengths, int(float(longest)) if longest else None)
    supported = is_supported(ballots, points, {profile.index[project] for project in winners})
    return supported[ballots.patterns.pattern_of].astype(np.float64)
