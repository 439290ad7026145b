"""What is odd about a Pabulib file and counted all the same: limits not kept, wrong sums."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import NamedTuple

import numpy as np

from app.tally.ballots import Ballots, has_points
from app.tally.decimals import decimal_text, parse_decimal
from app.tally.profile import FloatArray, IntArray, Profile, Project, VoteType
from app.tally.tables import Problems, Table

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
ABOUT_POINTS = ("sum", "least", "most")


class Meta:
    """Keys of META with values and lines."""

    def __init__(self, entries: Mapping[str, tuple[str, int]], line: int) -> None:
        self.entries = entries
        self.first_line = line

    def text(self, key: str) -> str:
        """The value; blank if there is none."""
        return self.entries.get(key, ("", 0))[0]

    def line(self, key: str) -> int:
        """The line of a key; that of META if it is missing."""
        return self.entries.get(key, ("", self.first_line))[1]

    def number(self, key: str, problems: Problems) -> Fraction | None:
        """The value as a number; notes what is none."""
        text = self.text(key)
        number = parse_decimal(text)
        if text and number is None:
            problems.warn(self.line(key), f'{key} "{text}"', "a number")
        return number


class Limit(NamedTuple):
    """A limit on ballots: what it is about, whether it is the most, how much, what sets it."""

    what: str
    is_most: bool
    amount: Fraction
    origin: str


def check_limits(
    meta: Meta, ballots: Ballots, projects: Sequence[Project], profile: Profile, problems: Problems
) -> None:
    """Warn of ballots outside the limits that META or the vote type sets, and of blank ones."""
    blank = ballots.lengths == 0
    for line, _ in ballots.patterns.where(blank):
        problems.warn(line, "a blank vote", "at least one project")
    for limit in _limits(meta, profile, problems):
        amounts, scale = _measure(limit.what, ballots, projects)
        bound = float(limit.amount * scale)
        outside = ~blank & ((amounts > bound) if limit.is_most else (amounts < bound))
        side = "at most" if limit.is_most else "at least"
        expected = f"{side} {decimal_text(limit.amount)} ({limit.origin})"
        for line, number in ballots.patterns.where(outside):
            amount = Fraction(amounts[number]) / scale
            problems.warn(line, f"{_named(limit.what, amount)} in a vote", expected)


def check_numbers(
    meta: Meta, projects: Table, votes: Table, profile: Profile, problems: Problems
) -> None:
    """Warn where META or columns say other numbers than the rows."""
    for key, table in (("num_projects", projects), ("num_votes", votes)):
        text = meta.text(key)
        if text and parse_decimal(text) != len(table):
            problems.warn(meta.line(key), f'{key} "{text}"', str(len(table)))
    if len(votes) == 0:
        problems.warn(votes.header_line, "no votes", "at least one")
    _check_column(projects, "votes", profile, [Fraction(v) for v in profile.votes], problems)
    if profile.vote_type.has_scores:
        points = [profile.points(number) for number in range(len(profile.projects))]
        _check_column(projects, "score", profile, points, problems)
    _check_voter_ids(votes, problems)
    if "points" in votes.columns and not has_points(profile.vote_type):
        expected = f"none for vote_type {profile.vote_type} (not counted)"
        problems.warn(votes.header_line, "a column points", expected)


def _limits(meta: Meta, profile: Profile, problems: Problems) -> list[Limit]:
    limits = []
    for key, (what, is_most) in LIMITS.items():
        if what in ABOUT_POINTS and not has_points(profile.vote_type):
            continue
        amount = meta.number(key, problems)
        if amount is not None:
            limits.append(Limit(what, is_most, amount, key))
    origin = f"vote_type {profile.vote_type}"
    if profile.vote_type is VoteType.CHOOSE_ONE and not meta.text("max_length"):
        limits.append(Limit("length", True, Fraction(1), origin))
    if profile.vote_type is VoteType.KNAPSACK and not meta.text("max_sum_cost"):
        limits.append(Limit("cost", True, profile.budget, origin))
    return limits


def _named(what: str, amount: Fraction) -> str:
    names = {
        "length": "{} projects",
        "cost": "projects for {}",
        "sum": "{} points together",
        "least": "{} points for a project",
        "most": "{} points for a project",
    }
    return names[what].format(decimal_text(amount, 6))


def _measure(what: str, ballots: Ballots, projects: Sequence[Project]) -> tuple[FloatArray, int]:
    """What a limit is about, per distinct ballot: length, cost, or sum, least or most of points.

    Amounts are multiplied by the second value, which makes them integers.
    """
    if what == "length":
        return ballots.lengths.astype(np.float64), 1
    amounts, codes = ballots.values, ballots.codes
    if what == "cost" or codes is None:
        amounts, codes = [project.cost for project in projects], ballots.columns
    scale = lcm(*(amount.denominator for amount in amounts))
    values = np.array([float(amount * scale) for amount in amounts], np.float64)
    return _per_ballot(what, ballots, values[codes]), scale


def _per_ballot(what: str, ballots: Ballots, values: FloatArray) -> FloatArray:
    lengths = ballots.lengths
    if what in ("cost", "sum"):
        sums: FloatArray = np.bincount(ballots.rows, values, lengths.size).astype(np.float64)
        return sums
    result = np.zeros(lengths.size)
    starts: IntArray = (np.cumsum(lengths) - lengths)[lengths > 0]
    if starts.size:
        reduce = np.minimum if what == "least" else np.maximum
        result[lengths > 0] = reduce.reduceat(values, starts)
    return result


def _check_column(
    table: Table, column: str, profile: Profile, counted: list[Fraction], problems: Problems
) -> None:
    ids = table.column("project_id")
    for line, project_id, text in zip(table.lines.tolist(), ids, table.column(column), strict=True):
        number = counted[profile.index[project_id.strip()]]
        if text.strip() and parse_decimal(text) != number:
            problems.warn(line, f'{column} "{text}"', decimal_text(number))


def _check_voter_ids(votes: Table, problems: Problems) -> None:
    ids = votes.column("voter_id")
    if len(set(ids)) == len(ids):
        return
    seen: set[str] = set()
    for line, voter in zip(votes.lines.tolist(), ids, strict=True):
        if voter and voter in seen:
            problems.warn(line, f'voter_id "{voter}" again', "each voter once")
        seen.add(voter)
