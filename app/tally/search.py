"""The search for the cheapest project: floats first, exact prices for those that are close.

Prices only rise while money is spent, so the last known price of a project is a lower bound, and
few projects have to be looked at before the cheapest is certain.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from app.tally.purses import EPSILON, FloatArray, Market, Price, Purses

# Widens a float bound by more than the rounding of the few operations that led to it.
BELOW = 1 - 8 * EPSILON
ABOVE = 1 + 8 * EPSILON


@dataclass(frozen=True, slots=True)
class Estimate:
    """A float price per unit of score, and bounds on its ratio: price, or price per cost.

    `high` is infinite where it was enough to know that `low` is above some ceiling.
    """

    project: int
    low: float
    price: float
    high: float


class Search:
    """A queue of projects by the lower bound of their ratio."""

    def __init__(self, purses: Purses, projects: Iterable[int]) -> None:
        self.purses = purses
        self.market = purses.market
        # Projects, other than the cheapest, whose ratio may have been under the last floor.
        self.rivals: list[Estimate] = []
        support = self.market.profile.support
        self.queue = [
            (self.market.costs[p] / support[p] / self.market.per(p) * BELOW, p)
            for p in projects
            if support[p] > 0 and purses.endowment > 0
        ]
        heapq.heapify(self.queue)

    def cheapest(self, floor: float = 0.0) -> list[Price]:
        """Remove all projects with the lowest ratio from the queue; give their exact prices.

        An empty list says that nothing is affordable any more. Whoever buys one of several gives
        the others back with `put_back`. `rivals` are then the other projects of which it is not
        certain that their ratio is above `floor`.
        """
        ceiling = float("inf")
        seen: list[Estimate] = []
        while self.queue and self.queue[0][0] <= max(ceiling, floor):
            bound, project = heapq.heappop(self.queue)
            estimate = self._look(project, bound, max(ceiling, floor))
            if estimate is not None:
                seen.append(estimate)
                ceiling = min(ceiling, estimate.high)
        level: list[Price] = []
        for estimate in seen:
            if estimate.low > ceiling:
                heapq.heappush(self.queue, (estimate.low, estimate.project))
            else:
                self._compete(level, estimate)
        cheapest = {price.project for price in level}
        self.rivals = [e for e in seen if e.low <= floor and e.project not in cheapest]
        return level

    def put_back(self, price: Price) -> None:
        """Return a project that was level with the bought one to the queue."""
        heapq.heappush(self.queue, (self.market.ratio(price) * BELOW, price.project))

    def _compete(self, level: list[Price], estimate: Estimate) -> None:
        """Keep in `level` only the prices with the lowest exact ratio."""
        price = self.purses.exact_price(estimate.project, estimate.price)
        if level:
            difference = self.market.compare(price, level[0])
            if difference > 0:
                self.put_back(price)
                return
            if difference < 0:
                for beaten in level:
                    self.put_back(beaten)
                level.clear()
        level.append(price)

    def _look(self, project: int, bound: float, ceiling: float) -> Estimate | None:
        """Estimate the project's price; None if it is not affordable, now or ever after."""
        money = self.purses.money[self.market.rows[project]]
        total = float((self.market.voters[project] * money).sum())
        if not self.purses.is_affordable(project, total):
            return None
        noise = self.purses.noise(project, total)
        return estimate_price(self.market, project, Offer(money, total, noise), bound, ceiling)


@dataclass(frozen=True, slots=True)
class Offer:
    """What the supporters of a project have: each, together, and the error of float sums."""

    money: FloatArray
    total: float
    noise: float


def estimate_price(
    market: Market, project: int, offer: Offer, bound: float, ceiling: float
) -> Estimate:
    """Find the price of an affordable project, or stop once its ratio is above the ceiling.

    `bound` must not be above the ratio. Newton's method from the left: each step is a lower
    bound, whatever the rounding of those before it.
    """
    cost, per = float(market.costs[project]), market.per(project)
    voters, weights = market.voters[project], market.weights[project]
    scores, money = market.scores[project], offer.money
    price = bound * per
    while True:
        asked = price if scores is None else price * scores
        short = cost - float((voters * np.minimum(money, asked)).sum())
        if short <= offer.noise:
            return _interval(market, project, price, offer)
        weight = float((weights * (money >= asked)).sum())
        price += short / weight
        low = (price - offer.noise / weight) / per * BELOW
        if low > ceiling:
            return Estimate(project, low, price, float("inf"))


def _interval(market: Market, project: int, price: float, offer: Offer) -> Estimate:
    """Bounds on the ratio around a float price.

    The price is a convex function of the cost, and where the cost is all that the supporters
    have it is at most what the richest has: this bounds its slope, and so what an error in the
    sum can do to it.
    """
    per = market.per(project)
    richest = float(offer.money.max()) * ABOVE
    room = offer.total - market.costs[project] - 3 * offer.noise
    if room <= 0:
        return Estimate(project, 0.0, price, richest / per * ABOVE)
    spread = 2 * offer.noise * richest / room + 8 * EPSILON * price
    return Estimate(project, max(price - spread, 0.0) / per, price, (price + spread) / per)
