"""Equal shares with one given endowment: from the options to a run.

A run buys one project after another until nothing is affordable. `Shares.run` counts afresh;
`Course` is a run in progress, which can also take up the beginning that a run with a smaller
endowment proved to be the same for every larger one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import lcm

from app.tally.greedy import eligible_projects, exclusions
from app.tally.profile import FloatArray, Profile
from app.tally.purses import Market, Price, Purses
from app.tally.search import Guess, Offer, Search
from app.tally.ties import rank_projects


class Utility(StrEnum):
    """What a voter gets from a bought project: points times its cost, or the points alone."""

    COST = "cost"
    CARDINALITY = "card"


class StopAt(StrEnum):
    """When add-one ends: at the first exhaustive result, or only when one more would overspend.

    Either way the result is the last one within the budget.
    """

    EXHAUSTIVE = "exhaustive"
    OVERSPEND = "overspend"


@dataclass(frozen=True, slots=True)
class EqualSharesOptions:
    """Parameters of `equal_shares`.

    `add_one`: complete by raising the endowment by `step` (in the currency) at a time, from the
    budget over the number of ballots, rounded down to a whole unit of currency if `integral`.
    `then_greedy`: buy with the rest what fits, in order of points. `threshold`, `exclusive` and
    `lot` as for `GreedyOptions`.
    """

    utility: Utility = Utility.COST
    add_one: bool = False
    step: Fraction = Fraction(1)
    integral: bool = False
    stop_at: StopAt = StopAt.EXHAUSTIVE
    then_greedy: bool = False
    threshold: Fraction | None = None
    exclusive: tuple[tuple[str, ...], ...] = ()
    lot: str | None = None


@dataclass(frozen=True, slots=True)
class Purchase:
    """A bought project's price, and all projects that were level with it, best first."""

    price: Price
    level: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Run:
    """One count with one endowment.

    The first `prefix` purchases are the same, at the same prices, with every larger endowment;
    `prefix_spent` is what each voter spent on them.
    """

    purses: Purses
    purchases: tuple[Purchase, ...]
    spent: int
    prefix: int
    prefix_spent: FloatArray

    @property
    def bought(self) -> list[int]:
        """Positions of the projects bought, in order."""
        return self.purses.bought


class Shares:
    """Equal shares of one profile under one set of options."""

    def __init__(self, profile: Profile, options: EqualSharesOptions) -> None:
        self.profile = profile
        unit = lcm(
            max(profile.num_ballots, 1) * profile.budget.denominator,
            options.step.denominator,
            *(project.cost.denominator for project in profile.projects),
        )
        self.market = Market.of(profile, unit, options.utility is Utility.COST)
        self.eligible = eligible_projects(profile, options.threshold)
        self.barred = exclusions(profile, options.exclusive)
        self.ranks = rank_projects(profile, options.lot)
        self.budget = int(profile.budget * unit)
        self.order = self._order()

    def run(self, endowment: int) -> Run:
        """Count with this endowment, in 1/`market.unit` of the currency."""
        course = Course(self, endowment)
        while course.advance():
            pass
        return course.finish()

    def is_exhaustive(self, run: Run) -> bool:
        """Whether no eligible project could still be paid from the budget."""
        return not self._open(run, self.budget - run.spent)

    def is_complete(self, run: Run) -> bool:
        """Whether no higher endowment can buy anything more."""
        return not any(self.profile.support[n] for n in self._open(run, self.budget))

    def _open(self, run: Run, left: int) -> list[int]:
        bought = set(run.bought)
        barred = set().union(*(self.barred[number] for number in bought))
        return [
            number
            for number in self.eligible
            if number not in bought | barred and self.market.costs[number] <= left
        ]

    def _order(self) -> list[int]:
        """Projects by their ratio if all supporters can pay the full price, best first."""
        support = self.profile.support

        def key(number: int) -> tuple[Fraction, int]:
            worth = 1 if self.market.per_cost else self.market.costs[number]
            return Fraction(worth, support[number]), self.ranks[number]

        return sorted((n for n in self.eligible if support[n] > 0), key=key)


class Course:
    """A run in progress. `after` is a run with a smaller endowment, whose prefix is taken over."""

    def __init__(self, shares: Shares, endowment: int, after: Run | None = None) -> None:
        self.shares = shares
        self.purses = Purses(shares.market, endowment)
        self.purchases: list[Purchase] = list(after.purchases[: after.prefix]) if after else []
        if after:
            self.purses.repeat([p.price for p in self.purchases], after.prefix_spent)
        # The purchases of the run before, and how many of them are certainly made or excluded.
        self._expected = after.purchases if after else ()
        self._next_expected = 0
        self.spent = sum(shares.market.costs[number] for number in self.purses.bought)
        self.excluded: set[int] = set().union(*(shares.barred[n] for n in self.purses.bought))
        self.prefix = len(self.purchases)
        # Projects in `shares.order` before this are bought or excluded, as far as prefix goes.
        self._next_in_order = 0
        self._gone = self.excluded | set(self.purses.bought)
        self.search = Search(self.purses, (n for n in shares.eligible if n not in self._gone))

    def advance(self, floor: float = 0.0) -> Purchase | None:
        """Buy the next project; None if nothing is affordable. See `Search.cheapest` on floor."""
        level: list[Offer] = []
        while not level:
            found = self.search.cheapest(floor, self._guess())
            if not found:
                return None
            level = [offer for offer in found if offer.price.project not in self.excluded]
        level.sort(key=lambda offer: self.shares.ranks[offer.price.project])
        for offer in level[1:]:
            self.search.put_back(offer)
        return self._buy(level)

    def finish(self) -> Run:
        """The run, once nothing is affordable any more."""
        purses = self.purses
        return Run(purses, tuple(self.purchases), self.spent, self.prefix, purses.spent)

    def _buy(self, level: Sequence[Offer]) -> Purchase:
        """Buy the first of projects that are level."""
        price = level[0].price
        purchase = Purchase(price, tuple(offer.price.project for offer in level))
        was_prefix = self.prefix == len(self.purchases) and self.purses.untouched
        if was_prefix and price.project == self._first_in_order() and not price.emptied.any():
            self.prefix += 1
        else:
            self.purses.untouched = False
        self.purses.buy(price, level[0].exact)
        self.purchases.append(purchase)
        self.spent += self.shares.market.costs[price.project]
        self.excluded |= self.shares.barred[price.project]
        self._gone |= {price.project, *self.shares.barred[price.project]}
        return purchase

    def _guess(self) -> Guess | None:
        """What the run before bought first of all that is not bought yet, at its price."""
        while self._next_expected < len(self._expected):
            price = self._expected[self._next_expected].price
            if price.project not in self._gone:
                return Guess(price.project, price.value)
            self._next_expected += 1
        return None

    def _first_in_order(self) -> int:
        order = self.shares.order
        while order[self._next_in_order] in self._gone:
            self._next_in_order += 1
        return order[self._next_in_order]
