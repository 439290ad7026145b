"""Add-one: raise the endowment step by step, without counting where nothing can change.

Overspending is not monotone in the endowment, so bisecting for the last step within the budget
would be wrong. What is monotone is this: as long as the same projects are bought in the same
order, a larger endowment leaves every voter at least as much money at every point, and so every
price is at most what it was. Hence, if a project w was bought with ratio q at the smaller
endowment, and every other project's ratio is above q at the larger one, w is bought at that point
with every endowment between. `Jump` proves this purchase by purchase; where it fails, exact
linearity (nobody's purse was emptied at one end and not at the other) may prove it instead; and
where that fails too, the jump is shortened, in the end to a single step, which is counted in full.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import floor

import numpy as np

from app.tally.outcome import Completion
from app.tally.profile import BoolArray, FloatArray
from app.tally.purses import EPSILON, Purses
from app.tally.search import ABOVE, Asker, Backers, Estimate
from app.tally.shares import Course, EqualSharesOptions, Purchase, Run, Shares, StopAt

SHORTEST, LONGEST_PAUSE = 2, 15


def add_one(shares: Shares, options: EqualSharesOptions) -> tuple[Run, Completion]:
    """Raise the endowment until the options say stop; the last result within the budget."""
    unit = shares.market.unit
    share = Fraction(shares.budget, shares.profile.num_ballots * unit)
    first = Fraction(floor(share)) if options.integral else share
    ladder = Ladder(shares, int(first * unit), int(options.step * unit))
    run, step = shares.run(ladder.start), 0
    while True:
        if options.stop_at is StopAt.EXHAUSTIVE and shares.is_exhaustive(run):
            reason = "exhaustive"
            break
        if shares.is_complete(run):
            reason = "all"
            break
        run, step = ladder.last_alike(run, step)
        following = ladder.count(run, step + 1)
        if following.spent > shares.budget:
            reason = "overspend"
            break
        run, step = following, step + 1
    # Counted afresh: the account names all projects that were level, also in the prefix.
    endowment = first + step * options.step
    return shares.run(ladder.endowment(step)), Completion(first, endowment, step, reason)


class Ladder:
    """The endowments that add-one tries: `start`, then `step` more each time.

    `reach` is how far the next jump tries to go; it follows success and failure. Where jumps keep
    failing, because something changes at almost every step, they are tried more and more rarely.
    """

    def __init__(self, shares: Shares, start: int, step: int) -> None:
        self.shares = shares
        self.start = start
        self.step = step
        self.reach = SHORTEST
        self._pause = 0
        self._wait = 0

    def endowment(self, step: int) -> int:
        """The endowment after so many steps."""
        return self.start + step * self.step

    def count(self, run: Run, step: int) -> Run:
        """Count at a step above that of `run`, with what the two surely have in common."""
        course = Course(self.shares, self.endowment(step), run)
        while course.advance():
            pass
        return course.finish()

    def last_alike(self, run: Run, step: int) -> tuple[Run, int]:
        """Jump as long as it is proved that every step between buys the same in the same order."""
        if self._wait > 0:
            self._wait -= 1
            return run, step
        first = step
        while self.reach >= SHORTEST:
            jump = Jump(self.shares, run, self.endowment(step + self.reach))
            further = jump.prove()
            if further is None:
                self.reach = min(int(jump.hint * self.reach), self.reach - 1)
            else:
                run, step = further, step + self.reach
                self.reach *= 4
        self.reach = SHORTEST
        self._pause = 0 if step > first else min(2 * self._pause + 1, LONGEST_PAUSE)
        self._wait = self._pause
        return run, step


@dataclass(frozen=True, slots=True)
class Standing:
    """A project at one point of a run: its price, and who could not pay all of it."""

    estimate: Estimate
    poor: BoolArray


class Jump:
    """An attempt to prove that all endowments from that of `run` up to `high` agree with it.

    After a failure `hint` says at which part of the way a change is to be expected.
    """

    def __init__(self, shares: Shares, run: Run, high: int) -> None:
        self.shares = shares
        self.market = shares.market
        self.run = run
        self.hint = 0.5
        self.course = Course(shares, high, run)
        # So many first purchases emptied the same purses at both ends.
        self._linear = self.course.prefix

    def prove(self) -> Run | None:
        """The run at `high` if it is proved that all between buy the same in the same order."""
        for number in range(len(self.course.purchases), len(self.run.purchases)):
            expected = self.run.purchases[number].price
            purchase = self.course.advance(self.market.highest_ratio(expected))
            if purchase is None or purchase.price.project != expected.project:
                self._expect_crossing(number, purchase)
                return None
            rivals = [estimate.project for estimate in self.course.search.rivals]
            for rival in [*purchase.level[1:], *rivals]:
                if rival in self.course.excluded or self._is_dearer_twin(expected.project, rival):
                    continue
                if not self._is_linear(number, rival):
                    return None
        return None if self.course.advance() else self.course.finish()

    def _is_dearer_twin(self, project: int, rival: int) -> bool:
        """Whether the rival has the same supporters and scores and is behind whatever happens."""
        rows, scores = self.market.rows, self.market.scores
        own, other = scores[project], scores[rival]
        return (
            self.shares.ranks[project] < self.shares.ranks[rival]
            and np.array_equal(rows[project], rows[rival])
            and (own is None or other is None or np.array_equal(own, other))
        )

    def _is_linear(self, number: int, rival: int) -> bool:
        """Whether both ratios are linear in the endowment up to this purchase.

        As the rival is behind at both ends, it then is between. A ratio is linear if the same
        purses are emptied at both ends: money left after a price only grows with the endowment,
        so the same are emptied between.
        """
        while self._linear <= number:
            low = self.run.purchases[self._linear].price.emptied
            high = self.course.purchases[self._linear].price.emptied
            if not np.array_equal(low, high):
                return False
            self._linear += 1
        at_low = self._standing(self.run.purses, number, rival)
        at_high = self._standing(self.course.purses, number, rival)
        if at_low is None or at_high is None:
            return False
        return np.array_equal(at_low.poor, at_high.poor)

    def _expect_crossing(self, number: int, purchase: Purchase | None) -> None:
        """Set `hint` to where the two ratios would meet if they were linear."""
        if purchase is None:
            return
        expected = self.run.purchases[number].price
        at_low = self._standing(self.run.purses, number, purchase.price.project)
        at_high = [
            estimate.price
            for estimate in self.course.search.rivals
            if estimate.project == expected.project
        ]
        if at_low is None or not at_high:
            return
        ahead = at_low.estimate.low - self.market.ratio(expected)
        behind = at_high[0] / self.market.per(expected.project) - self.market.ratio(purchase.price)
        if ahead > 0 and behind > 0:
            self.hint = ahead / (ahead + behind)

    def _standing(self, purses: Purses, number: int, project: int) -> Standing | None:
        """The project before purchase `number`; None if floats cannot tell for certain."""
        money = self._money(purses, number, project)
        market = self.market
        total = float((market.voters[project] * money).sum())
        noise = 4 * purses.noise(project) + EPSILON * money.size * total
        if total - market.costs[project] <= 4 * noise:
            return None
        lowest = market.costs[project] / self.shares.profile.support[project]
        asker = Asker(market, project, Backers.of(market, project), money, noise)
        estimate = asker.estimate(lowest / market.per(project) / ABOVE, float("inf"))
        if estimate is None:
            return None
        scores = market.scores[project]
        gap = money - (estimate.price if scores is None else estimate.price * scores)
        spread = (estimate.high - estimate.low) * market.per(project)
        tolerance = 8 * purses.error + (spread if scores is None else spread * scores)
        if ((np.abs(gap) <= tolerance) & (money > 0)).any():
            return None
        return Standing(estimate, gap < 0)

    def _money(self, purses: Purses, number: int, project: int) -> FloatArray:
        """What each supporter of the project had before purchase `number`."""
        profile = self.shares.profile
        prices = np.zeros(len(profile.projects))
        for price in purses.prices[:number]:
            prices[price.project] = price.value
        rows = self.market.rows[project]
        entries, _ = profile.entries_of(rows)
        owner = np.repeat(np.arange(rows.size), profile.offsets[rows + 1] - profile.offsets[rows])
        paid = np.bincount(
            owner, prices[profile.columns[entries]] * profile.scores[entries], rows.size
        )
        emptied = purses.emptied_at[rows]
        money = np.maximum(purses.endowment - paid, 0.0)
        money[(emptied >= 0) & (emptied < number)] = 0.0
        return money
