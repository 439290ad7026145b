"""Add-one: raise the endowment step by step, without counting where nothing can change.

Overspending is not monotone in the endowment, so bisecting for the last step within the budget
would be wrong. What is monotone is this: as long as the same projects are bought in the same
order, a larger endowment leaves every voter at least as much money at every point, and so every
price is at most what it was. Hence, if a project w was bought with ratio q at the smaller
endowment, and every other project's ratio is above q at the larger one, w is bought at that point
with every endowment between. `Jump` proves this purchase by purchase. Where it fails, bounds on
how fast the two ratios fall (`Slopes`) may prove it instead; and where these fail too, the jump is
shortened, in the end to a single step, which is counted in full.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import floor

import numpy as np

from app.tally.outcome import Completion
from app.tally.profile import BoolArray, FloatArray, IntArray
from app.tally.purses import EPSILON, Backers, Price, Purses, add_up
from app.tally.search import ABOVE, INFINITE, Asker, Estimate
from app.tally.shares import Course, EqualSharesOptions, Purchase, Run, Shares, StopAt

SHORTEST, LONGEST_PAUSE = 2, 15
# Bounds on slopes are widened by far more than rounding could amount to.
LESS, MORE = 1 - 1e-9, 1 + 1e-9


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

    A jump first tries to go as far as was usual before. Where jumps keep failing, because something
    changes at almost every step, they are tried more and more rarely.
    """

    def __init__(self, shares: Shares, start: int, step: int) -> None:
        self.shares = shares
        self.start = start
        self.step = step
        self._usual = 0.0
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
        first, reach, failed = step, max(int(self._usual), SHORTEST), False
        while reach >= SHORTEST:
            jump = Jump(self.shares, run, self.endowment(step + reach))
            further = jump.prove()
            if further is not None:
                run, step = further, step + reach
                # After a failure the next change is expected right here.
                reach = 0 if failed else 4 * reach
            else:
                reach, failed = min(int(jump.hint * reach), reach - 1), True
        self._usual = (self._usual + step - first) / 2
        self._pause = 0 if step > first else min(2 * self._pause + 1, LONGEST_PAUSE)
        self._wait = self._pause
        return run, step


@dataclass(frozen=True, slots=True)
class Fall:
    """Bounds on how much something falls when the endowment rises by 1."""

    least: float
    most: float

    def per(self, divisor: float) -> "Fall":
        """The same for what is divided by something."""
        return Fall(self.least / divisor * LESS, self.most / divisor * MORE)


@dataclass(frozen=True, slots=True, eq=False)
class Coming:
    """A purchase of both runs: who pays its full price in each, and how the price falls."""

    backers: Backers
    able_low: BoolArray
    able_high: BoolArray
    fall: Fall


class Slopes:
    """Bounds on how fast prices fall and purses fill while two runs buy the same in the same order.

    Between the two endowments more and more supporters can pay the full price of a purchase. The
    price is (cost - money of those who cannot) / (weight of those who can), so it falls by their
    money's rise divided by that weight. Before each purchase, `least` and `most` bound how much
    the money of each voter rises when the endowment rises by 1.
    """

    def __init__(self, shares: Shares, low: Purses, high: Purses) -> None:
        groups = shares.profile.multiplicity.size
        self.market = shares.market
        self.low = low
        self.high = high
        self.least: FloatArray = np.ones(groups)
        self.most: FloatArray = np.ones(groups)
        self.falls: list[Fall] = []
        self._next: Coming | None = None
        # Whether the same voters could pay at both ends so far: then all is linear between.
        self.is_linear = True

    def pass_to(self, number: int) -> None:
        """Go on to the moment before this purchase."""
        while len(self.falls) < number:
            self._pass()

    def of_purchase(self, number: int) -> Fall:
        """How the price of a purchase falls; everything must have passed up to it."""
        return self.falls[number] if number < len(self.falls) else self._coming().fall

    def _pass(self) -> None:
        """Pass the next purchase."""
        coming = self._coming()
        rows, fall = coming.backers.rows, coming.fall
        scores = 1.0 if coming.backers.scores is None else coming.backers.scores
        least = self.least[rows] * LESS + scores * fall.least
        most = self.most[rows] * MORE + scores * fall.most
        self.least[rows] = np.where(coming.able_low, least, 0)
        self.most[rows] = np.where(coming.able_high, most, 0)
        self.is_linear &= np.array_equal(coming.able_low, coming.able_high)
        self.falls.append(fall)
        self._next = None

    def _coming(self) -> "Coming":
        """The purchase that has not passed yet."""
        if self._next is None:
            number = len(self.falls)
            backers = self.market.backers[self.low.prices[number].project]
            able_low = _is_able(self.low, backers.rows, number)
            able_high = _is_able(self.high, backers.rows, number)
            least = add_up(backers.voters, self.least[backers.rows] * ~able_high)
            most = add_up(backers.voters, self.most[backers.rows] * ~able_low)
            fall = Fall(
                _divided(least, backers.weigh(able_high)) * LESS,
                _divided(most, backers.weigh(able_low)) * MORE,
            )
            self._next = Coming(backers, able_low, able_high, fall)
        return self._next


def _is_able(purses: Purses, rows: IntArray, number: int) -> BoolArray:
    """Who pays the full price of a purchase and has something left."""
    emptied = purses.emptied_at[rows]
    able: BoolArray = (emptied < 0) | (emptied > number)
    return able


def _divided(amount: float, weight: float) -> float:
    return amount / weight if weight else INFINITE


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
        self._length = float(high - run.purses.endowment) * MORE
        self._slopes: Slopes | None = None

    def prove(self) -> Run | None:
        """The run at `high` if it is proved that all between buy the same in the same order."""
        for number in range(len(self.course.purchases), len(self.run.purchases)):
            expected = self.run.purchases[number].price
            purchase = self.course.advance(self.market.highest_ratio(expected))
            if purchase is None or purchase.price.project != expected.project:
                self._expect_crossing(number, purchase)
                return None
            if not self._is_ahead(number, purchase):
                return None
        return None if self.course.advance() else self.course.finish()

    def _is_ahead(self, number: int, purchase: Purchase) -> bool:
        """Whether the purchase is surely ahead of all its rivals with every endowment between."""
        project = purchase.price.project
        level = purchase.level[1:]
        close = [estimate.project for estimate in self.course.search.rivals]
        distant = [
            estimate
            for estimate in self.course.search.rivals
            if estimate.low > self.market.highest_ratio(purchase.price)
        ]
        # All of these before any of those below: the slopes only go forward.
        surely = {estimate.project for estimate in distant if self._stays_behind(number, estimate)}
        return all(
            rival in surely
            or rival in self.course.excluded
            or self._is_dearer_twin(project, rival)
            or self._is_linear(number, rival)
            for rival in {*level, *close}
        )

    def _is_dearer_twin(self, project: int, rival: int) -> bool:
        """Whether the rival has the same supporters and scores and is behind whatever happens."""
        own, other = self.market.backers[project], self.market.backers[rival]
        return (
            self.shares.ranks[project] < self.shares.ranks[rival]
            and np.array_equal(own.rows, other.rows)
            and (
                own.scores is None
                or other.scores is None
                or np.array_equal(own.scores, other.scores)
            )
        )

    def _stays_behind(self, number: int, rival: Estimate) -> bool:
        """Whether a rival, behind at both ends, is so between.

        Its distance in ratio starts from that at either end and changes at most as fast as the
        slopes allow: one of the two lower bounds must be above 0 everywhere.
        """
        slopes = self._slopes_before(number)
        fall = slopes.of_purchase(number).per(
            self.market.per(self.run.purses.prices[number].project)
        )
        distance = self._distance(rival, self.course.purses.prices[number])
        narrows = fall.most - self._least_fall(number, rival)
        if narrows * self._length < distance * LESS:
            return True
        reached = self._surely_behind(number, rival, fall)
        if reached > self._length - distance / narrows * LESS:
            return True
        self.hint = max(reached / self._length, 0.0)
        return False

    def _is_linear(self, number: int, rival: int) -> bool:
        """Whether both ratios are linear in the endowment up to this purchase.

        As the rival is behind, or level and second by rank, at both ends, it then is between. A
        ratio is linear if the same voters can pay at both ends, then and before.
        """
        if not self._slopes_before(number + 1).is_linear:
            return False
        at_low = self._able(self.run.purses, number, rival)
        at_high = self._able(self.course.purses, number, rival)
        return at_low is not None and at_high is not None and np.array_equal(at_low, at_high)

    def _able(self, purses: Purses, number: int, project: int) -> BoolArray | None:
        """Who could pay the full price of a project; None if floats cannot tell for certain."""
        money = _money_before(self.shares, purses, number, project)
        estimate = self._bounds(purses, project, money)
        if estimate is None:
            return None
        gap = money - self.market.backers[project].asked(estimate.price)
        tolerance = self._tolerance(purses, estimate)
        return None if ((np.abs(gap) <= tolerance) & (money > 0)).any() else gap > 0

    def _bounds(self, purses: Purses, project: int, money: FloatArray) -> Estimate | None:
        """Bounds on a project's ratio when its supporters had so much money."""
        asker = Asker(purses, project, self.market.backers[project], money)
        lowest = self.market.costs[project] / self.shares.profile.support[project]
        return asker.bounds(lowest / self.market.per(project) / ABOVE)

    def _slopes_before(self, number: int) -> Slopes:
        if self._slopes is None:
            self._slopes = Slopes(self.shares, self.run.purses, self.course.purses)
        self._slopes.pass_to(number)
        return self._slopes

    def _least_fall(self, number: int, rival: Estimate) -> float:
        """How much the rival's ratio surely falls, by those who cannot pay at the larger end."""
        slopes = self._slopes_before(number)
        backers = self.market.backers[rival.project]
        purses = self.course.purses
        money = _money_before(self.shares, purses, number, rival.project)
        gap = money - backers.asked(rival.price)
        able = gap >= -self._tolerance(purses, rival)
        risen = add_up(backers.voters, slopes.least[backers.rows] * ~able)
        least = _divided(risen, backers.weigh(able))
        return least / self.market.per(rival.project) * LESS if least < INFINITE else 0.0

    def _surely_behind(self, number: int, rival: Estimate, fall: Fall) -> float:
        """How far from the smaller endowment the rival is surely behind."""
        slopes = self._slopes_before(number)
        backers = self.market.backers[rival.project]
        purses = self.run.purses
        money = _money_before(self.shares, purses, number, rival.project)
        per = self.market.per(rival.project)
        estimate = self._bounds(purses, rival.project, money)
        if estimate is None:
            return 0.0
        gap = money - backers.asked(estimate.price)
        able = gap > self._tolerance(purses, estimate)
        risen = add_up(backers.voters, slopes.most[backers.rows] * ~able)
        most = _divided(risen, backers.weigh(able)) / per * MORE
        distance = self._distance(estimate, purses.prices[number])
        narrows = most - fall.least
        if distance <= 0:
            return 0.0
        return INFINITE if narrows <= 0 else distance / narrows * LESS

    def _distance(self, rival: Estimate, price: Price) -> float:
        """By how much the rival's ratio is above that of the purchase, at least."""
        highest = self.market.highest_ratio(price)
        return rival.low - highest - 4 * EPSILON * highest

    def _tolerance(self, purses: Purses, estimate: Estimate) -> float:
        """How far somebody's money may be from what is asked without floats telling the side."""
        spread = (estimate.high - estimate.low) * self.market.per(estimate.project)
        return 8 * purses.error + 2 * spread * self.market.highest_score

    def _expect_crossing(self, number: int, purchase: Purchase | None) -> None:
        """Set `hint` to where the two ratios would meet if they were linear."""
        if purchase is None:
            return
        expected = self.run.purchases[number].price
        rival = purchase.price.project
        at_high = [
            estimate.price
            for estimate in self.course.search.rivals
            if estimate.project == expected.project
        ]
        money = _money_before(self.shares, self.run.purses, number, rival)
        at_low = self._bounds(self.run.purses, rival, money)
        if at_low is None:
            self.hint = self._part_affordable(number, rival, money)
        elif at_high:
            ahead = at_low.low - self.market.ratio(expected)
            per = self.market.per(expected.project)
            behind = at_high[0] / per - self.market.ratio(purchase.price)
            if ahead > 0 and behind > 0:
                self.hint = ahead / (ahead + behind)

    def _part_affordable(self, number: int, project: int, money: FloatArray) -> float:
        """At which part of the way the supporters, with so much money now, have the cost."""
        voters = self.market.backers[project].voters
        cost = float(self.market.costs[project])
        at_low = add_up(voters, money)
        at_high = add_up(voters, _money_before(self.shares, self.course.purses, number, project))
        return min(max((cost - at_low) / max(at_high - at_low, cost - at_low), 0.0), 1.0)


def _money_before(shares: Shares, purses: Purses, number: int, project: int) -> FloatArray:
    """What each supporter of a project had before a purchase of a run."""
    profile = shares.profile
    prices = np.zeros(len(profile.projects))
    for price in purses.prices[:number]:
        prices[price.project] = price.value
    rows = shares.market.backers[project].rows
    entries, _ = profile.entries_of(rows)
    owner = np.repeat(np.arange(rows.size), profile.offsets[rows + 1] - profile.offsets[rows])
    paid = np.bincount(owner, prices[profile.columns[entries]] * profile.scores[entries], rows.size)
    emptied = purses.emptied_at[rows]
    money = np.maximum(purses.endowment - paid, 0.0)
    money[(emptied >= 0) & (emptied < number)] = 0.0
    return money
