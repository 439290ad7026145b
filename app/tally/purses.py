"""One run of the Method of Equal Shares: voters' money, prices, purchases.

Floating point searches, integers decide. Money is counted in a unit so small that costs and the
endowment are integers. The price of each purchase is kept as an exact rational: a voter's money is
the endowment minus prices times scores, so sums over voters are integer combinations of prices,
and an exact sum over thousands of voters costs one pass of integer counting and a handful of
products of long integers. The float copy of the money is therefore never further from the truth
than the rounding of its own subtractions (`Purses.error`), and every comparison that lies within
the resulting bound is repeated exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

from app.tally.profile import IntArray, Profile

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class Market:
    """What does not change between runs: projects' costs and supporters, as arrays.

    For project p, `rows[p]` are the distinct ballots that support it, `voters[p]` how many people
    cast each, `weights[p]` the same times the score, `scores[p]` the score (None: all 1).
    `costs[p]` are integers in 1/`unit` of the currency; `per_cost` says that utility is measured
    in cost, so that prices are compared per unit of cost.
    """

    profile: Profile
    unit: int
    costs: list[int]
    rows: list[IntArray]
    voters: list[FloatArray]
    weights: list[FloatArray]
    scores: list[FloatArray | None]
    per_cost: bool

    @classmethod
    def of(cls, profile: Profile, unit: int, per_cost: bool) -> "Market":
        """Sort the ballots by project."""
        order = np.argsort(profile.columns, kind="stable")
        sizes = np.bincount(profile.columns, minlength=len(profile.projects))
        cuts = np.cumsum(sizes)[:-1]
        rows = profile.entry_rows[order]
        voters = profile.multiplicity[rows].astype(np.float64)
        scores = profile.scores[order].astype(np.float64)
        plain = bool((scores == 1).all())
        weights = voters if plain else voters * scores
        return cls(
            profile,
            unit,
            [int(project.cost * unit) for project in profile.projects],
            np.split(rows, cuts),
            np.split(voters, cuts),
            np.split(weights, cuts),
            [None] * len(profile.projects) if plain else list(np.split(scores, cuts)),
            per_cost,
        )

    def per(self, project: int) -> float:
        """What a project's price is divided by to give its ratio, by which projects compete."""
        return float(self.costs[project]) if self.per_cost else 1.0

    def ratio(self, price: "Price") -> float:
        """The price's ratio as a float."""
        return price.numerator / price.denominator / self.per(price.project)

    def compare(self, one: "Price", other: "Price") -> int:
        """Below, at or above 0 as the ratio of one is below, at or above the other's; exact."""
        one_cost = self.costs[one.project] if self.per_cost else 1
        other_cost = self.costs[other.project] if self.per_cost else 1
        return (
            one.numerator * other.denominator * other_cost
            - other.numerator * one.denominator * one_cost
        )


@dataclass(frozen=True, slots=True)
class Price:
    """Exact price per unit of score, `numerator / denominator`, and who cannot pay all of it.

    `poor` marks the supporters (of `Market.rows`) with less than the price asks, `emptied` those
    and the ones who have exactly that.
    """

    project: int
    numerator: int
    denominator: int
    poor: BoolArray
    emptied: BoolArray


class Purses:
    """The money of all voters during one run with one endowment.

    `endowment` is an integer in 1/`market.unit` of the currency.
    """

    def __init__(self, market: Market, endowment: int) -> None:
        groups = market.profile.multiplicity.size
        self.market = market
        self.endowment = endowment
        self.money: FloatArray = np.full(groups, float(endowment))
        self.alive: BoolArray = np.full(groups, endowment > 0)
        self.emptied_at: IntArray = np.full(groups, -1)
        self.bought: list[int] = []
        # What each voter has spent, as long as nobody's purse is empty.
        self.spent: FloatArray = np.zeros(groups)
        self.untouched = True
        # The exact price of purchase k is numerators[k] / denominator.
        self.numerators: list[int] = []
        self.denominator = 1
        self._purchase_of = np.full(len(market.profile.projects), -1)

    def repeat(self, prices: Sequence[Price], spent: FloatArray) -> None:
        """Take up where another count stood before it emptied a purse: same prices, same order."""
        for price in prices:
            self._record(price)
        self.spent[:] = spent
        self.money -= spent

    @property
    def error(self) -> float:
        """Bound on how far any voter's float money is from the exact amount."""
        return 4 * EPSILON * self.endowment * (len(self.bought) + 1)

    def noise(self, project: int, total: float) -> float:
        """Bound on the error of a float sum of payments to the project."""
        market = self.market
        terms = market.rows[project].size + 8
        reach = float(market.profile.votes[project])
        return reach * self.error + 2 * EPSILON * (terms * total + market.costs[project])

    def exact_sum(self, project: int, chosen: BoolArray) -> int:
        """Money of the chosen supporters together, times `denominator`. They must be alive."""
        rows = self.market.rows[project][chosen]
        voters = int((self.market.voters[project] * chosen).sum())
        held = self.endowment * voters * self.denominator
        if not self.bought or rows.size == 0:
            return held
        profile = self.market.profile
        entries, amounts = profile.entries_of(rows)
        points = np.bincount(
            profile.columns[entries], amounts * profile.scores[entries], len(profile.projects)
        )
        for numerator, number in zip(self.numerators, self.bought, strict=True):
            held -= numerator * int(points[number])
        return held

    def exact_money(self, row: int) -> int:
        """Money of one voter of a distinct ballot, times `denominator`."""
        if not self.alive[row]:
            return 0
        held = self.endowment * self.denominator
        for project, score in self.market.profile.row(row):
            purchase = int(self._purchase_of[project])
            if purchase >= 0:
                held -= self.numerators[purchase] * score
        return held

    def is_affordable(self, project: int, total: float) -> bool:
        """Whether the supporters hold the cost together; `total` is their money as a float."""
        cost = self.market.costs[project]
        noise = self.noise(project, total)
        if abs(total - cost) > noise:
            return total > cost
        alive = self.alive[self.market.rows[project]]
        return self.exact_sum(project, alive) >= cost * self.denominator

    def exact_price(self, project: int, guess: float) -> Price:
        """The exact price of an affordable project, found from a float guess.

        Newton's method on the concave function "what supporters pay at a price": any guess leads
        to a price that is not too high, and from there it only rises, in finitely many steps.
        """
        market = self.market
        weights, scores = market.weights[project], market.scores[project]
        alive = self.alive[market.rows[project]]
        money = self.money[market.rows[project]]
        asked = guess if scores is None else guess * scores
        poor = alive & (money < asked)
        if np.array_equal(poor, alive):
            poor = np.zeros_like(alive)
        total_weight = int((weights * alive).sum())
        while True:
            weight = total_weight - int((weights * poor).sum())
            denominator = self.denominator * weight
            missing = market.costs[project] * self.denominator - self.exact_sum(project, poor)
            short, level = self._compare(project, alive, money, missing, denominator)
            if np.array_equal(short, poor):
                return Price(project, missing, denominator, poor, poor | level)
            poor = short

    def _compare(
        self, project: int, alive: BoolArray, money: FloatArray, numerator: int, denominator: int
    ) -> tuple[BoolArray, BoolArray]:
        """Which living supporters have less than a price asks, and which exactly that."""
        scores = self.market.scores[project]
        price = numerator / denominator
        gap = money - (price if scores is None else price * scores)
        tolerance = 2 * self.error + 4 * EPSILON * (money + self.endowment)
        short = alive & (gap < -tolerance)
        level = np.zeros_like(alive)
        for position in np.flatnonzero(alive & (np.abs(gap) <= tolerance)).tolist():
            score = 1 if scores is None else int(scores[position])
            held = self.exact_money(int(self.market.rows[project][position]))
            difference = held * denominator - numerator * score * self.denominator
            short[position] = difference < 0
            level[position] = difference == 0
        return short, level

    def buy(self, price: Price) -> None:
        """Take the price from the supporters."""
        market, project = self.market, price.project
        rows, scores = market.rows[project], market.scores[project]
        fee = price.numerator / price.denominator
        asked = fee if scores is None else fee * scores
        left = self.money[rows] - asked
        left[price.emptied] = 0.0
        self.money[rows] = np.maximum(left, 0.0)
        self.untouched = self.untouched and not price.emptied.any()
        if self.untouched:
            self.spent[rows] += asked
        gone = rows[price.emptied]
        self.alive[gone] = False
        self.emptied_at[gone] = len(self.bought)
        self._record(price)

    def _record(self, price: Price) -> None:
        """Bring all prices to a common denominator, which the new one's is a multiple of."""
        factor = price.denominator // self.denominator
        shared = gcd(factor, price.numerator)
        factor //= shared
        if factor > 1:
            self.numerators = [numerator * factor for numerator in self.numerators]
            self.denominator *= factor
        self._purchase_of[price.project] = len(self.bought)
        self.bought.append(price.project)
        self.numerators.append(price.numerator // shared)
