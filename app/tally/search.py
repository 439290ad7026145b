"""The search for the cheapest project: floats first, exact prices for those that are close.

Prices only rise while money is spent, so the last known price of a project is a lower bound, and
few projects have to be looked at before the cheapest is certain.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from app.tally.profile import FloatArray, IntArray
from app.tally.purses import EPSILON, ExactPrice, Market, Price, Purses

# Widens a float bound by more than the rounding of the few operations that led to it.
BELOW = 1 - 8 * EPSILON
ABOVE = 1 + 8 * EPSILON
# Supporters without money are left out once they are more than half of so many or more.
WORTH_PACKING = 256

# Less overhead than the method `sum`; not a dot product, whose threads would compete for cores.
add_up = np.add.reduce


@dataclass(frozen=True, slots=True)
class Estimate:
    """A float price per unit of score, bounds on its ratio, and the money of all supporters.

    `high` is infinite where it was enough to know that `low` is above some ceiling.
    """

    project: int
    low: float
    price: float
    high: float
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Offer:
    """A project that can be bought now: its price, also exactly if that was needed."""

    price: Price
    exact: ExactPrice | None = None


@dataclass(frozen=True, slots=True)
class Backers:
    """Supporters of a project who may have money left; arrays as in `Market`."""

    rows: IntArray
    voters: FloatArray
    weights: FloatArray
    scores: FloatArray | None

    @classmethod
    def of(cls, market: Market, project: int) -> "Backers":
        """All supporters."""
        return cls(
            market.rows[project],
            market.voters[project],
            market.weights[project],
            market.scores[project],
        )

    def only(self, chosen: IntArray) -> "Backers":
        """Some of them, by position."""
        scores = self.scores
        voters = self.voters[chosen]
        return Backers(
            self.rows[chosen],
            voters,
            voters if scores is None else self.weights[chosen],
            None if scores is None else scores[chosen],
        )


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
        self._backers = {p: Backers.of(self.market, p) for _, p in self.queue}

    def cheapest(self, floor: float = 0.0) -> list[Offer]:
        """Remove all projects with the lowest ratio from the queue and give them.

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
        close = [estimate for estimate in seen if estimate.low <= ceiling]
        for estimate in seen:
            if estimate.low > ceiling:
                heapq.heappush(self.queue, (estimate.low, estimate.project))
        level = self._settle(close)
        cheapest = {offer.price.project for offer in level}
        self.rivals = [e for e in seen if e.low <= floor and e.project not in cheapest]
        return level

    def put_back(self, offer: Offer) -> None:
        """Return a project that was level with the bought one to the queue."""
        ratio = self.market.ratio(offer.price) * BELOW
        heapq.heappush(self.queue, (ratio, offer.price.project))

    def _settle(self, close: list[Estimate]) -> list[Offer]:
        """The cheapest among projects that may be; exactly, if there are several."""
        if len(close) == 1:
            price = self.purses.price(close[0].project, close[0].price)
            if price is not None:
                return [Offer(price)]
        level: list[ExactPrice] = []
        for estimate in close:
            exact = self.purses.exact_price(estimate.project, estimate.price)
            difference = self.market.compare(exact, level[0]) if level else 0
            if difference > 0:
                self.put_back(Offer(exact.price))
                continue
            if difference < 0:
                for beaten in level:
                    self.put_back(Offer(beaten.price))
                level.clear()
            level.append(exact)
        return [Offer(exact.price, exact) for exact in level]

    def _look(self, project: int, bound: float, ceiling: float) -> Estimate | None:
        """Estimate the project's price; None if it is not affordable, now or ever after."""
        backers = self._backers[project]
        money = self.purses.money[backers.rows]
        if money.size >= WORTH_PACKING and np.count_nonzero(money) * 2 < money.size:
            kept = np.flatnonzero(money)
            backers = self._backers[project] = backers.only(kept)
            money = money[kept]
        asker = Asker(self.market, project, backers, money, self.purses.noise(project))
        estimate = asker.estimate(bound, ceiling)
        if estimate is None or estimate.high == float("inf"):
            return estimate
        return estimate if self.purses.is_affordable(project, estimate.total) else None


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks the supporters of a project for higher and higher prices until they give its cost.

    `noise` bounds the error of a float sum of what they give.
    """

    market: Market
    project: int
    backers: Backers
    money: FloatArray
    noise: float

    def estimate(self, bound: float, ceiling: float) -> Estimate | None:
        """The project's price; None if all that its supporters have is surely too little.

        `bound` must not be above the ratio. The search ends early once the ratio is above the
        ceiling. Newton's method from the left: each step is a lower bound, whatever the rounding
        of those before it.
        """
        cost, per = float(self.market.costs[self.project]), self.market.per(self.project)
        backers, money = self.backers, self.money
        price = bound * per
        while True:
            asked = price if backers.scores is None else price * backers.scores
            short = cost - float(add_up(backers.voters * np.minimum(money, asked)))
            if short <= self.noise:
                return self._interval(price)
            weight = float(add_up(backers.weights * (money >= asked)))
            if weight == 0:
                return None
            price += short / weight
            low = (price - self.noise / weight) / per * BELOW
            if low > ceiling:
                return Estimate(self.project, low, price, float("inf"))

    def _interval(self, price: float) -> Estimate:
        """Bounds on the ratio around a float price.

        The price is a convex function of the cost, and where the cost is all that the supporters
        have it is at most what the richest has: this bounds its slope, and so what an error in
        the sum can do to it.
        """
        per = self.market.per(self.project)
        total = float(add_up(self.backers.voters * self.money))
        richest = float(self.money.max()) * ABOVE
        noise = self.noise + 2 * EPSILON * self.money.size * total
        room = total - self.market.costs[self.project] - 3 * noise
        if room <= 0:
            return Estimate(self.project, 0.0, price, richest / per * ABOVE, total)
        spread = 2 * noise * richest / room + 8 * EPSILON * price
        low = max(price - spread, 0.0) / per
        return Estimate(self.project, low, price, (price + spread) / per, total)
