"""Voters' money during one run of the Method of Equal Shares: prices, purchases, errors.

Floating point searches, integers decide. Money is counted in a unit so small that costs and the
endowment are integers. The float copy of everybody's money carries proved bounds on its errors
(`Purses.errors`). A purchase that floats settle beyond those bounds is made in floats; as soon as
one lies within them, `Purses.settle` works out the exact prices of all purchases so far, and the
decision is made with them. Exact prices are cheap because a voter's money is the endowment minus
prices times scores: a sum over thousands of voters is an integer combination of prices, which
costs one pass of integer counting and a handful of products of long integers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import gcd

import numpy as np

from app.tally.profile import BoolArray, FloatArray, IntArray, Profile

EPSILON = float(np.finfo(np.float64).eps)
# Money of a purse that is not empty is never shown as 0, so that 0 means "has been emptied".
LEAST = 1e-300
# Covers the rounding of a sum of bounds.
ABOUT = 1 + 2**-20


# BLAS adds up longer arrays with several threads, which wait for each other on a busy machine.
LONGEST_DOT = 8_192


def add_up(weights: FloatArray, values: FloatArray | BoolArray) -> float:
    """The sum of values times weights, on one core."""
    if weights.size <= LONGEST_DOT:
        return float(weights.dot(values))
    return float(np.add.reduce(weights * values))


@dataclass(frozen=True, eq=False)
class Backers:
    """Supporters of a project, as arrays: distinct ballots, and for each what it amounts to.

    `rows` are the distinct ballots, `voters` how many people cast each, `scores` the score (None:
    all 1), `weights` people times score. `even` says that every weight is 1.
    """

    rows: IntArray
    voters: FloatArray
    weights: FloatArray
    scores: FloatArray | None
    even: bool

    @classmethod
    def of(cls, profile: Profile, project: int, plain: bool) -> "Backers":
        """All supporters of the project at this position; `plain` if every score is 1."""
        rows = profile.supporters(project)
        voters = profile.multiplicity[rows].astype(np.float64)
        if plain:
            return cls(rows, voters, voters, None, bool((voters == 1).all()))
        scores = profile.project_scores(project).astype(np.float64)
        return cls(rows, voters, voters * scores, scores, even=False)

    def only(self, chosen: IntArray) -> "Backers":
        """Some of them, by position."""
        voters = self.voters[chosen]
        scores = None if self.scores is None else self.scores[chosen]
        weights = voters if scores is None else self.weights[chosen]
        return Backers(self.rows[chosen], voters, weights, scores, self.even)

    def asked(self, price: float) -> FloatArray | float:
        """What each is asked for at a price per unit of score."""
        return price if self.scores is None else price * self.scores

    def give(self, money: FloatArray, price: float) -> float:
        """What all give together at a price, if each has the money given."""
        return add_up(self.voters, np.minimum(money, self.asked(price)))

    def weigh(self, chosen: BoolArray) -> float:
        """People times score of some of them; an integer as a float."""
        return float(np.count_nonzero(chosen)) if self.even else add_up(self.weights, chosen)


@dataclass(frozen=True, eq=False)
class Market:
    """What does not change between runs: projects' costs and supporters.

    `costs[p]` are integers in 1/`unit` of the currency. Projects compete by their *ratio*: the
    price per unit of score, divided by the cost if `per_cost` (utility measured in cost).
    """

    profile: Profile
    unit: int
    costs: list[int]
    backers: list[Backers]
    highest_score: float
    per_cost: bool

    @cached_property
    def float_costs(self) -> list[float]:
        """Costs as floats."""
        return [float(cost) for cost in self.costs]

    @cached_property
    def rounding(self) -> list[float]:
        """Bound on the rounding of a sum of payments to each project, about up to its cost."""
        return [
            2 * EPSILON * (backers.rows.size + 16) * cost
            for backers, cost in zip(self.backers, self.float_costs, strict=True)
        ]

    @classmethod
    def of(cls, profile: Profile, unit: int, per_cost: bool) -> "Market":
        """The supporters of all projects."""
        highest = float(profile.scores.max(initial=1))
        numbers = range(len(profile.projects))
        backers = [Backers.of(profile, number, highest == 1) for number in numbers]
        costs = [int(project.cost * unit) for project in profile.projects]
        return cls(profile, unit, costs, backers, highest, per_cost)

    def per(self, project: int) -> float:
        """What a project's price is divided by to give its ratio."""
        return self.float_costs[project] if self.per_cost else 1.0

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


@dataclass(frozen=True, slots=True, eq=False)
class Price:
    """A project's price per unit of score, within `spread` of the exact one, and who is poor.

    `backers` are all supporters with money left, and maybe some without. Of these `poor` marks
    the ones who have something, but less than the price asks, and `emptied` those and the ones
    who have exactly that; both are exact.
    """

    project: int
    value: float
    spread: float
    backers: Backers
    poor: BoolArray
    emptied: BoolArray

    @property
    def emptied_rows(self) -> IntArray:
        """Distinct ballots whose purses are empty afterwards, in ascending order."""
        return self.backers.rows[self.emptied]


@dataclass(frozen=True, slots=True)
class ExactPrice:
    """A price that is exactly `numerator / denominator`."""

    price: Price
    numerator: int
    denominator: int


class Purses:
    """The money of all voters during one run with one endowment.

    `endowment` is an integer in 1/`market.unit` of the currency. `errors` bound how far the float
    `money` of each voter is from the exact amount, `error` is a bound for all of them.
    """

    def __init__(self, market: Market, endowment: int) -> None:
        groups = market.profile.multiplicity.size
        self.market = market
        self.endowment = endowment
        self.money: FloatArray = np.full(groups, float(endowment))
        self.error = EPSILON * endowment
        # As long as nobody's purse is empty, `error` says it for all.
        self.errors: FloatArray = np.zeros(groups)
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
        return market.profile.votes[project] * self.error + market.rounding[project]

    def is_affordable(self, project: int, total: float) -> bool:
        """Whether the supporters hold the cost together; `total` is their money as a float."""
        cost = self.market.costs[project]
        noise = self.noise(project) + 2 * EPSILON * self.market.backers[project].rows.size * total
        if abs(total - cost) > noise:
            return total > cost
        self.settle()
        alive = self._alive(project)
        return self._exact_sum(self.market.backers[project], alive) >= cost * self.denominator

    def price(
        self, project: int, guess: float, backers: Backers, money: FloatArray
    ) -> Price | None:
        """The price near a guess, if floats settle who is poor; else None.

        `backers` are the supporters who may have money left, with their `money` as it is now. If
        there is a price, the project is affordable.
        """
        gap = money - backers.asked(guess)
        rich = gap >= 0
        weight = backers.weigh(rich)
        if weight == 0:
            return None
        poor = (money > 0) & ~rich
        cost = self.market.float_costs[project]
        held, unsure = 0.0, 0.0
        few = np.flatnonzero(poor)
        if few.size:
            voters = backers.voters[few]
            held = add_up(voters, money[few])
            unsure = add_up(voters, self._errors_of(backers.rows[few]))
        value = (cost - held) / weight
        rounding = self.market.rounding[project]
        spread = (unsure * ABOUT + rounding) / weight + 4 * EPSILON * value
        doubt = 2 * (spread + abs(value - guess)) * self.market.highest_score
        apart = np.abs(gap)
        if float(apart.min()) <= doubt + 2 * self.error:
            doubts = doubt + 2 * self._errors_of(backers.rows)
            if ((apart <= doubts) & (money > 0)).any():
                return None
        return Price(project, value, spread, backers, poor, poor)

    def exact_price(self, project: int, guess: float) -> ExactPrice:
        """The exact price of an affordable project, found from a float guess.

        Newton's method on the concave function "what supporters pay at a price": any guess leads
        to a price that is not too high, and from there it only rises, in finitely many steps.
        """
        self.settle()
        backers = self.market.backers[project]
        alive = self._alive(project)
        poor = alive & (self.money[backers.rows] < backers.asked(guess))
        if np.array_equal(poor, alive):
            poor = np.zeros_like(alive)
        total_weight = int(backers.weigh(alive))
        while True:
            weight = total_weight - int(backers.weigh(poor))
            denominator = self.denominator * weight
            missing = self.market.costs[project] * self.denominator - self._exact_sum(backers, poor)
            short, level = self._compare(project, alive, missing, denominator)
            if np.array_equal(short, poor):
                value = missing / denominator
                price = Price(project, value, EPSILON * value, backers, poor, poor | level)
                return ExactPrice(price, missing, denominator)
            poor = short

    def buy(self, price: Price, exact: ExactPrice | None = None) -> None:
        """Take the price from the supporters; `exact` if it has been worked out."""
        rows, emptied = price.backers.rows, price.emptied_rows
        self.emptied_at[emptied] = len(self.prices)
        self._add(price)
        left = self._pay(price)
        if self.untouched and emptied.size:
            self.untouched = False
            self.errors.fill(self.error)
        if self.untouched:
            self.spent[rows] += price.backers.asked(price.value)
            self.error += self._error_of(price)
        else:
            errors = (self.errors[rows] + self._error_of(price)) * (left > 0)
            self.errors[rows] = errors
            self.error = max(self.error, float(errors.max()))
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
        self.errors.fill(self.error)

    def _settle_price(self, number: int) -> None:
        """Make the price of a purchase exact; those before are."""
        price = self.prices[number]
        backers = price.backers
        emptied_at = self.emptied_at[backers.rows]
        paying = ((emptied_at < 0) | (emptied_at >= number)) & ~price.emptied
        held = self._exact_sum(backers, price.emptied)
        missing = self.market.costs[price.project] * self.denominator - held
        self._record(missing, int(backers.weigh(paying)))
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
        """What a purchase adds to the error of the money of somebody who pays."""
        return price.spread * self.market.highest_score + 2 * EPSILON * self.endowment

    def _pay(self, price: Price) -> FloatArray:
        """Take the price; what the backers have left."""
        rows = price.backers.rows
        money = self.money[rows]
        left: FloatArray = np.maximum(money - price.backers.asked(price.value), LEAST)
        left *= (money > 0) & ~price.emptied
        self.money[rows] = left
        return left

    def _errors_of(self, rows: IntArray) -> FloatArray:
        return np.full(rows.size, self.error) if self.untouched else self.errors[rows]

    def _alive(self, project: int) -> BoolArray:
        """Which supporters have money left."""
        alive: BoolArray = self.emptied_at[self.market.backers[project].rows] < 0
        return alive

    def _exact_sum(self, backers: Backers, chosen: BoolArray) -> int:
        """Money of the chosen backers together after the settled purchases, times `denominator`.

        They must have money left then.
        """
        rows = backers.rows[chosen]
        held = self.endowment * int(add_up(backers.voters, chosen)) * self.denominator
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
        backers = self.market.backers[project]
        rows, scores = backers.rows, backers.scores
        money = self.money[rows]
        gap = money - backers.asked(numerator / denominator)
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
