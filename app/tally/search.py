"""The search for the cheapest project: floats first, exact prices for those that are close.

Prices only rise while money is spent, so the last known price of a project is a lower bound, and
few projects have to be looked at before the cheapest is certain.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from app.tally.profile import FloatArray
from app.tally.purses import EPSILON, Backers, ExactPrice, Price, Purses, add_up

# Widens a float bound by more than the rounding of the few operations that led to it.
BELOW = 1 - 8 * EPSILON
JUST_ABOVE = 1 + 4 * EPSILON
ABOVE = 1 + 8 * EPSILON
INFINITE = float("inf")
# How far above the ceiling to ask at once.
PROBE = 1.5
# Supporters without money are left out once they are more than half of so many or more.
WORTH_PACKING = 256


@dataclass(frozen=True, slots=True)
class Guess:
    """A project that is expected to be the cheapest, at about this price."""

    project: int
    price: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A float price per unit of score, bounds on its ratio, and the money of all supporters.

    `settled` is the price, if floats settle it.
    """

    project: int
    low: float
    price: float
    high: float
    total: float = 0.0
    settled: Price | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A project that can be bought now: its price, also exactly if that was needed."""

    price: Price
    exact: ExactPrice | None = None


class Search:
    """A queue of projects by the lower bound of their ratio."""

    def __init__(self, purses: Purses, projects: Iterable[int]) -> None:
        self.purses = purses
        self.market = purses.market
        # Projects, other than the cheapest, whose ratio may have been under the last floor.
        self.rivals: list[Estimate] = []
        support = self.market.profile.support
        # Lower bound of the ratio of each project that may still be bought. What the queue says
        # otherwise is out of date.
        self._bounds: dict[int, float] = {
            p: self.market.costs[p] / support[p] / self.market.per(p) * BELOW
            for p in projects
            if support[p] > 0 and purses.endowment > 0
        }
        self.queue = [(bound, p) for p, bound in self._bounds.items()]
        heapq.heapify(self.queue)
        self._backers = list(self.market.backers)

    def cheapest(self, floor: float = 0.0, guess: Guess | None = None) -> list[Offer]:
        """Remove all projects with the lowest ratio from the queue and give them.

        An empty list says that nothing is affordable any more. Whoever buys one of several gives
        the others back with `put_back`. `rivals` are then the other projects of which it is not
        certain that their ratio is above `floor`. A good `guess` saves work, a bad one costs some.
        """
        ceiling = INFINITE
        seen: list[Estimate] = []
        if guess is not None and guess.project in self._bounds:
            bound = self._bounds.pop(guess.project)
            estimate = self._look(guess.project, bound, INFINITE, guess.price)
            if estimate is not None:
                seen.append(estimate)
                ceiling = estimate.high
        while self.queue and self.queue[0][0] <= max(ceiling, floor):
            bound, project = heapq.heappop(self.queue)
            if self._bounds.get(project) != bound:
                continue
            del self._bounds[project]
            estimate = self._look(project, bound, max(ceiling, floor))
            if estimate is not None:
                seen.append(estimate)
                ceiling = min(ceiling, estimate.high)
        close = [estimate for estimate in seen if estimate.low <= ceiling]
        for estimate in seen:
            if estimate.low > ceiling:
                self._wait(estimate.project, estimate.low)
        level = self._settle(close)
        cheapest = {offer.price.project for offer in level}
        self.rivals = [e for e in seen if e.low <= floor and e.project not in cheapest]
        return level

    def put_back(self, offer: Offer) -> None:
        """Return a project that was level with the bought one to the queue."""
        self._wait(offer.price.project, self.market.ratio(offer.price) * BELOW)

    def _wait(self, project: int, bound: float) -> None:
        self._bounds[project] = bound
        heapq.heappush(self.queue, (bound, project))

    def _settle(self, close: list[Estimate]) -> list[Offer]:
        """The cheapest among projects that may be; exactly, if there are several."""
        if len(close) == 1 and close[0].settled is not None:
            return [Offer(close[0].settled)]
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

    def _look(
        self, project: int, bound: float, ceiling: float, near: float | None = None
    ) -> Estimate | None:
        """Estimate the project's price; None if it waits again with a ratio above the ceiling, or
        is not affordable, now or ever after.
        """
        backers = self._backers[project]
        money = self.purses.money.take(backers.rows)
        if money.size >= WORTH_PACKING and np.count_nonzero(money) * 2 < money.size:
            kept = np.flatnonzero(money)
            backers = self._backers[project] = backers.only(kept)
            money = money[kept]
        asker = Asker(self.purses, project, backers, money)
        if ceiling < INFINITE:
            # Far more often than not the project is beaten, and stays so for a while.
            low = asker.beaten(ceiling, PROBE) or asker.beaten(ceiling, ABOVE)
            if low:
                if low < INFINITE:
                    self._wait(project, low)
                return None
            near = ceiling * asker.per
        estimate = asker.estimate(bound, near)
        if estimate is None or estimate.settled is not None:
            return estimate
        return estimate if self.purses.is_affordable(project, estimate.total) else None


class Asker:
    """Asks the supporters of a project for other prices until they give its cost.

    What they give is a concave function of the price. Newton's method leads from any price to one
    that is not too high, and from there only up; each of its steps is a lower bound, whatever the
    rounding of those before it.
    """

    __slots__ = ("backers", "cost", "money", "noise", "per", "project", "purses")

    def __init__(self, purses: Purses, project: int, backers: Backers, money: FloatArray) -> None:
        """`money` is what the backers have, now or at an earlier moment of the run."""
        self.purses = purses
        self.project = project
        self.backers = backers
        self.money = money
        self.noise = purses.noise(project)
        self.cost = purses.market.float_costs[project]
        self.per = purses.market.per(project)

    def estimate(self, bound: float, near: float | None = None) -> Estimate | None:
        """The project's price; None if all that its supporters have is surely too little.

        `bound` must not be above the ratio. `near` is a guess of the price.
        """
        if near is not None:
            guessed = self._guessed(near)
            if guessed is not None:
                return guessed
        price = self._from_below(bound)
        return None if price is None else self._settled(price) or self._interval(price)

    def bounds(self, bound: float) -> Estimate | None:
        """Bounds on the price at an earlier moment of the run; None as for `estimate`."""
        price = self._from_below(bound)
        return None if price is None else self._interval(price)

    def _from_below(self, bound: float) -> float | None:
        """A price at which the supporters seem to give the cost, and not more."""
        price = bound * self.per
        while True:
            short = self.cost - self.backers.give(self.money, price)
            if short <= self.noise:
                return price
            weight = self.backers.weigh(self.money >= self.backers.asked(price))
            if weight == 0:
                return None
            price += short / weight

    def beaten(self, ceiling: float, further: float) -> float:
        """A lower bound of the ratio above the ceiling; 0 if asking so much further shows none.

        It is infinite where the project is not affordable, now or ever after.
        """
        backers, money = self.backers, self.money
        price = ceiling * further * self.per
        asked = backers.asked(price)
        short = self.cost - add_up(backers.voters, np.minimum(money, asked))
        weight = backers.weigh(money >= asked)
        if weight == 0:
            return INFINITE if short > self.noise else 0.0
        low = (price + (short - self.noise) / weight) / self.per * BELOW
        if short > self.noise:
            return max(low, ceiling * JUST_ABOVE)
        return low if low > ceiling else 0.0

    def _guessed(self, near: float) -> Estimate | None:
        """The price if one step from a guess leads to it."""
        short = self.cost - self.backers.give(self.money, near)
        weight = self.backers.weigh(self.money >= self.backers.asked(near))
        return None if weight == 0 else self._settled(near + short / weight)

    def _settled(self, price: float) -> Estimate | None:
        """The price if floats settle it."""
        found = self.purses.price(self.project, price, self.backers, self.money)
        if found is None:
            return None
        low = max(found.value - found.spread, 0.0) / self.per * BELOW
        high = (found.value + found.spread) / self.per * ABOVE
        return Estimate(self.project, low, found.value, high, settled=found)

    def _interval(self, price: float) -> Estimate:
        """Bounds on the ratio around a float price.

        Where floats do not settle who is poor: the price is a convex function of the cost, and
        where the cost is all that the supporters have it is at most what the richest has. This
        bounds its slope, and so what an error in the sum can do to it.
        """
        total = add_up(self.backers.voters, self.money)
        richest = float(self.money.max()) * ABOVE
        noise = self.noise + 2 * EPSILON * self.money.size * total
        room = total - self.cost - 3 * noise
        if room <= 0:
            return Estimate(self.project, 0.0, price, richest / self.per * ABOVE, total)
        spread = 2 * noise * richest / room + 8 * EPSILON * price
        low = max(price - spread, 0.0) / self.per
        return Estimate(self.project, low, price, (price + spread) / self.per, total)
