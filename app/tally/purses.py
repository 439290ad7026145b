"""Voters' money during one run of the Method of Equal Shares: prices, purchases, errors.

Floating point searches, integers decide. Money is counted in a unit so small that costs and the
endowment are integers. The float copy of everybody's money carries a proved bound on its error
(`Purses.error`). A purchase that floats settle beyond that bound is made in floats; as soon as one
lies within it, `Purses.settle` works out the exact prices of all purchases so far, and the
decision is made with them. Exact prices are cheap because a voter's money is the endowment minus
prices times scores: a sum over thousands of voters is an integer combination of prices, which
costs one pass of integer counting and a handful of products of long integers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import gcd

import numpy as np

from app.tally.profile import BoolArray, FloatArray, IntArray, Profile

EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class Market:
    """What does not change between runs: projects' costs and supporters, as arrays.

    For project p, `rows[p]` are the distinct ballots that support it, `voters[p]` how many people
    cast each, `weights[p]` the same times the score, `scores[p]` the score (None: all 1).
    `costs[p]` are integers in 1/`unit` of the currency. Projects compete by their *ratio*: the
    price per unit of score, divided by the cost if `per_cost` (utility measured in cost).
    """

    profile: Profile
    unit: int
    costs: list[int]
    rows: list[IntArray]
    voters: list[FloatArray]
    weights: list[FloatArray]
    scores: list[FloatArray | None]
    highest_score: float
    per_cost: bool

    @classmethod
    def of(cls, profile: Profile, unit: int, per_cost: bool) -> "Market":
        """The supporters of all projects."""
        numbers = range(len(profile.projects))
        rows = [profile.supporters(number) for number in numbers]
        people = profile.multiplicity.astype(np.float64)
        voters = [people[found] for found in rows]
        scores: list[FloatArray | None] = [None for _ in numbers]
        weights = voters
        highest = int(profile.scores.max(initial=1))
        if highest > 1:
            given = [profile.project_scores(number).astype(np.float64) for number in numbers]
            weights = [cast * score for cast, score in zip(voters, given, strict=True)]
            scores = [*given]
        costs = [int(project.cost * unit) for project in profile.projects]
        return cls(profile, unit, costs, rows, voters, weights, scores, float(highest), per_cost)

    def per(self, project: int) -> float:
        """What a project's price is divided by to give its ratio."""
        return float(self.costs[project]) if self.per_cost else 1.0

    def ratio(self, price: "Price") -> float:
        """The price's ratio as a float."""
        return price.value / self.per(price.project)

    def highest_ratio(self, price: "Price") -> float:
        """An upper bound of the price's exact ratio."""
        return (price.value + price.spread) / self.per(price.project) * (1 + 8 * EPSILON)

    def compare(self, one: "ExactPrice", other: "ExactPrice") -> int:
        """Below, at or above 0 as the ratio of one is below, at or above the other's; exact."""
        one_cost = self.costs[one.price.project] if self.per_cost else 1
        other_cost = self.costs[other.price.project] if self.per_cost else 1
        return (
            one.numerator * other.denominator * other_cost
            - other.numerator * one.denominator * one_cost
        )


@dataclass(frozen=True, slots=True)
class Price:
    """A project's price per unit of score, within `spread` of the exact one, and who is poor.

    `poor` marks the supporters (of `Market.rows`) with less than the price asks, `emptied` those
    and the ones who have exactly that; both are exact.
    """

    project: int
    value: float
    spread: float
    poor: BoolArray
    emptied: BoolArray


@dataclass(frozen=True, slots=True)
class ExactPrice:
    """A price that is exactly `numerator / denominator`."""

    price: Price
    numerator: int
    denominator: int


class Purses:
    """The money of all voters during one run with one endowment.

    `endowment` is an integer in 1/`market.unit` of the currency. `error` bounds how far the float
    `money` of any voter is from the exact amount.
    """

    def __init__(self, market: Market, endowment: int) -> None:
        groups = market.profile.multiplicity.size
        self.market = market
        self.endowment = endowment
        self.money: FloatArray = np.full(groups, float(endowment))
        self.error = EPSILON * endowment
        self.emptied_at: IntArray = np.full(groups, -1 if endowment > 0 else 0)
        self.prices: list[Price] = []
        # The exact price of the k-th purchase is numerators[k] / denominator, as far as settled.
        self.numerators: list[int] = []
        self.denominator = 1
        self._purchase_of = np.full(len(market.profile.projects), -1)
        # What each voter has spent, as long as nobody's purse is empty.
        self.spent: FloatArray = np.zeros(groups)
        self.untouched = True

    @property
    def bought(self) -> list[int]:
        """Positions of the projects bought, in order."""
        return [price.project for price in self.prices]

    def repeat(self, prices: Sequence[Price], spent: FloatArray) -> None:
        """Take up where another count stood before it emptied a purse: same prices, same order."""
        for price in prices:
            self._add(price)
            self.error += self._error_of(price)
        self.spent[:] = spent
        self.money -= spent
        self.error += EPSILON * self.endowment

    def noise(self, project: int) -> float:
        """Bound on the error of a float sum of payments to the project, about up to its cost."""
        market = self.market
        terms = market.rows[project].size + 16
        return market.profile.votes[project] * self.error + 2 * EPSILON * terms * float(
            market.costs[project]
        )

    def is_affordable(self, project: int, total: float) -> bool:
        """Whether the supporters hold the cost together; `total` is their money as a float."""
        cost = self.market.costs[project]
        noise = self.noise(project) + 2 * EPSILON * self.market.rows[project].size * total
        if abs(total - cost) > noise:
            return total > cost
        self.settle()
        alive = self._alive(project)
        return self._exact_sum(project, alive) >= cost * self.denominator

    def price(self, project: int, guess: float) -> Price | None:
        """The price near a guess (of `Search`), if floats settle who is poor; else None."""
        market = self.market
        scores = market.scores[project]
        money = self.money[market.rows[project]]
        gap = money - (guess if scores is None else guess * scores)
        rich = gap >= 0
        weight = float((market.weights[project] * rich).sum())
        if weight == 0:
            return None
        poor = self._alive(project) & ~rich
        held = market.voters[project] * poor
        value = (float(market.costs[project]) - float((held * money).sum())) / weight
        terms = market.rows[project].size + 16
        spread = (
            float(held.sum()) * self.error + 2 * EPSILON * terms * float(market.costs[project])
        ) / weight + 4 * EPSILON * value
        doubt = 2 * (spread + abs(value - guess)) * market.highest_score + 2 * self.error
        if float(np.abs(gap).min()) <= doubt:
            return None
        return Price(project, value, spread, poor, poor)

    def exact_price(self, project: int, guess: float) -> ExactPrice:
        """The exact price of an affordable project, found from a float guess.

        Newton's method on the concave function "what supporters pay at a price": any guess leads
        to a price that is not too high, and from there it only rises, in finitely many steps.
        """
        self.settle()
        market = self.market
        weights, scores = market.weights[project], market.scores[project]
        alive = self._alive(project)
        money = self.money[market.rows[project]]
        poor = alive & (money < (guess if scores is None else guess * scores))
        if np.array_equal(poor, alive):
            poor = np.zeros_like(alive)
        total_weight = int((weights * alive).sum())
        while True:
            weight = total_weight - int((weights * poor).sum())
            denominator = self.denominator * weight
            missing = market.costs[project] * self.denominator - self._exact_sum(project, poor)
            short, level = self._compare(project, alive, missing, denominator)
            if np.array_equal(short, poor):
                value = missing / denominator
                price = Price(project, value, EPSILON * value, poor, poor | level)
                return ExactPrice(price, missing, denominator)
            poor = short

    def buy(self, price: Price, exact: ExactPrice | None = None) -> None:
        """Take the price from the supporters; `exact` if it has been worked out."""
        self.emptied_at[self.market.rows[price.project][price.emptied]] = len(self.prices)
        self._add(price)
        self._pay(price)
        self.error += self._error_of(price)
        self.untouched = self.untouched and not price.emptied.any()
        if self.untouched:
            self.spent[self.market.rows[price.project]] += self._asked(price)
        if exact is not None:
            self._record(exact.numerator, exact.denominator // self.denominator)

    def settle_prices(self) -> None:
        """Work out exact prices of all purchases so far."""
        for number in range(len(self.numerators), len(self.prices)):
            self._settle_price(number)

    def settle(self) -> None:
        """Work out exact prices of all purchases so far, and everybody's money from them."""
        if len(self.numerators) == len(self.prices):
            return
        self.settle_prices()
        self.money.fill(float(self.endowment))
        for price in self.prices:
            self._pay(price)
        self.error = 4 * EPSILON * self.endowment * (len(self.prices) + 1)

    def _settle_price(self, number: int) -> None:
        """Make the price of a purchase exact; those before are."""
        market, price = self.market, self.prices[number]
        emptied_at = self.emptied_at[market.rows[price.project]]
        paying = ((emptied_at < 0) | (emptied_at >= number)) & ~price.emptied
        held = self._exact_sum(price.project, price.emptied)
        missing = market.costs[price.project] * self.denominator - held
        self._record(missing, int((market.weights[price.project] * paying).sum()))
        value = self.numerators[-1] / self.denominator
        self.prices[number] = replace(price, value=value, spread=EPSILON * value)

    def _record(self, numerator: int, factor: int) -> None:
        """Append the exact price numerator / (denominator * factor), and bring all to that."""
        shared = gcd(factor, numerator)
        factor //= shared
        if factor > 1:
            self.numerators = [earlier * factor for earlier in self.numerators]
            self.denominator *= factor
        self.numerators.append(numerator // shared)

    def _add(self, price: Price) -> None:
        self._purchase_of[price.project] = len(self.prices)
        self.prices.append(price)

    def _error_of(self, price: Price) -> float:
        """What a purchase adds to the error of anybody's money."""
        return price.spread * self.market.highest_score + 2 * EPSILON * self.endowment

    def _asked(self, price: Price) -> FloatArray | float:
        scores = self.market.scores[price.project]
        return price.value if scores is None else price.value * scores

    def _pay(self, price: Price) -> None:
        rows = self.market.rows[price.project]
        left = self.money[rows] - self._asked(price)
        left[price.emptied] = 0.0
        self.money[rows] = np.maximum(left, 0.0)

    def _alive(self, project: int) -> BoolArray:
        """Which supporters have money left."""
        alive: BoolArray = self.emptied_at[self.market.rows[project]] < 0
        return alive

    def _exact_sum(self, project: int, chosen: BoolArray) -> int:
        """Money of the chosen supporters together after the settled purchases, times `denominator`.

        They must have money left then.
        """
        rows = self.market.rows[project][chosen]
        voters = int((self.market.voters[project] * chosen).sum())
        held = self.endowment * voters * self.denominator
        if not self.numerators or rows.size == 0:
            return held
        profile = self.market.profile
        entries, amounts = profile.entries_of(rows)
        points = np.bincount(
            profile.columns[entries], amounts * profile.scores[entries], len(profile.projects)
        )
        for price, numerator in zip(self.prices, self.numerators, strict=False):
            held -= numerator * int(points[price.project])
        return held

    def _exact_money(self, row: int) -> int:
        """Money of one voter of a distinct ballot who has some left, times `denominator`."""
        held = self.endowment * self.denominator
        for project, score in self.market.profile.row(row):
            purchase = int(self._purchase_of[project])
            if purchase >= 0:
                held -= self.numerators[purchase] * score
        return held

    def _compare(
        self, project: int, alive: BoolArray, numerator: int, denominator: int
    ) -> tuple[BoolArray, BoolArray]:
        """Which living supporters have less than a price asks, and which exactly that."""
        rows, scores = self.market.rows[project], self.market.scores[project]
        money = self.money[rows]
        price = numerator / denominator
        gap = money - (price if scores is None else price * scores)
        tolerance = 2 * self.error + 4 * EPSILON * (money + self.endowment)
        short = alive & (gap < -tolerance)
        level = np.zeros_like(alive)
        for position in np.flatnonzero(alive & (np.abs(gap) <= tolerance)).tolist():
            score = 1 if scores is None else int(scores[position])
            held = self._exact_money(int(rows[position]))
            difference = held * denominator - numerator * score * self.denominator
            short[position] = difference < 0
            level[position] = difference == 0
        return short, level
