"""The result of a count: winners, and every step that led to them."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

import numpy as np

from app.tally.profile import IntArray, Profile, natural_key
from app.tally.ties import Tie


class Phase(StrEnum):
    """Which part of the rule took a step."""

    MAIN = "main"
    GREEDY = "then_greedy"


class Action(StrEnum):
    """What happened to a project in a step."""

    BUY = "buy"
    SKIP = "skip"  # does not fit in what is left
    EXCLUDE = "exclude"  # a mutually exclusive project was bought before
    STOP = "stop"  # does not fit, and the rule stops here


@dataclass(frozen=True, slots=True)
class Step:
    """One decision about one project.

    `left` is the budget left after the step. `price` is what a supporter pays per point (per
    vote, with approval), `full` how many pay all of it and `partly` how many pay all they had,
    which was less; these three are for rules in which voters pay, else None.
    """

    action: Action
    project: str
    cost: Fraction
    left: Fraction
    phase: Phase = Phase.MAIN
    tie: Tie | None = None
    price: Fraction | None = None
    full: int | None = None
    partly: int | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """How add-one ended: the endowment of the result, steps added to the first endowment, why.

    `reason` is "exhaustive" (nothing left fits), "overspend" (one step more would overspend) or
    "all" (every project with support is bought).
    """

    first_endowment: Fraction
    endowment: Fraction
    increments: int
    reason: str


@dataclass(frozen=True, eq=False)
class Ledger:
    """Who paid what in a rule in which voters pay from equal endowments. All amounts are exact.

    Purchase k is the k-th project bought; each supporter paid `prices[k]` per unit of integer
    score, or all the money left if that was less. `bought[k]` is the project's position,
    `emptied_at[g]` the purchase that took the last money of distinct ballot g (-1: none did).
    Prices have a common denominator: `prices[k]` is `numerators[k] / denominator`.
    """

    profile: Profile
    endowment: Fraction
    bought: tuple[int, ...]
    numerators: tuple[int, ...]
    denominator: int
    emptied_at: IntArray

    @cached_property
    def prices(self) -> tuple[Fraction, ...]:
        """Price of each purchase per unit of integer score."""
        return tuple(Fraction(number, self.denominator) for number in self.numerators)

    def left_with(self, rows: IntArray) -> Fraction:
        """Money that the voters of these distinct ballots have left together."""
        profile = self.profile
        rows = rows[self.emptied_at[rows] < 0]
        entries, weights = profile.entries_of(rows)
        points = np.bincount(
            profile.columns[entries], weights * profile.scores[entries], len(profile.projects)
        )
        spent = sum(
            numerator * int(points[number])
            for numerator, number in zip(self.numerators, self.bought, strict=True)
        )
        voters = int(profile.multiplicity[rows].sum())
        return self.endowment * voters - Fraction(spent, self.denominator)

    def payments(self, group: int) -> dict[int, Fraction]:
        """What one voter of a distinct ballot paid, by number of the purchase."""
        scores = dict(self.profile.row(group))
        left, emptied = self.endowment, int(self.emptied_at[group])
        paid: dict[int, Fraction] = {}
        for purchase, project in enumerate(self.bought):
            if project in scores and left > 0:
                price = self.prices[purchase] * scores[project]
                paid[purchase] = left if purchase == emptied else price
                left -= paid[purchase]
        return paid


@dataclass(frozen=True, eq=False)
class Outcome:
    """Winners and steps of one count of one profile.

    `ledger` and `completion` belong to equal shares. `threshold` is the rule's, if it has one.
    `compared` says how many voters preferred equal shares and how many greedy, where the rule
    compares the two; the steps are those of the result chosen.
    """

    profile: Profile
    steps: tuple[Step, ...]
    threshold: Fraction | None = None
    ledger: Ledger | None = None
    completion: Completion | None = None
    compared: tuple[int, int] | None = None

    @property
    def bought(self) -> tuple[str, ...]:
        """Ids of winners in the order they were bought."""
        return tuple(step.project for step in self.steps if step.action is Action.BUY)

    @property
    def winners(self) -> tuple[str, ...]:
        """Ids of winners in natural order."""
        return tuple(sorted(self.bought, key=natural_key))

    @property
    def total_cost(self) -> Fraction:
        """What the winners cost together."""
        return sum((s.cost for s in self.steps if s.action is Action.BUY), Fraction(0))

    @property
    def left(self) -> Fraction:
        """Budget that no winner uses."""
        return self.profile.budget - self.total_cost
