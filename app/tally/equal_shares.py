"""The Method of Equal Shares, exact (Peters, Pierczynski and Skowron, "Proportional participatory
budgeting with additive utilities", NeurIPS 2021).

Every voter gets the same share of the budget. A project is affordable if its supporters together
still hold its cost. Again and again the project is bought that costs its supporters least for
what it gives them; each of them pays the price times the points given, or all the money left if
that is less. Because this can leave budget unused, a completion may follow: *add-one* raises the
endowment step by step and counts afresh; a greedy completion buys what fits in the rest.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from math import floor, lcm

from app.tally.greedy import GreedyOptions, eligible_projects, exclusions, greedy
from app.tally.outcome import Action, Completion, Ledger, Outcome, Phase, Step
from app.tally.profile import Profile
from app.tally.purses import Market, Price, Purses, Search
from app.tally.ties import describe_tie, rank_projects


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
    """A bought project's exact price, and all projects that were level with it, best first."""

    price: Price
    level: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Run:
    """One count with one endowment."""

    purses: Purses
    purchases: tuple[Purchase, ...]
    spent: int


class Shares:
    """Equal shares of one profile under one set of options; `run` counts with an endowment."""

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

    def run(self, endowment: int) -> Run:
        """Count with this endowment, in 1/`market.unit` of the currency."""
        purses = Purses(self.market, endowment)
        search = Search(purses, self.eligible)
        purchases: list[Purchase] = []
        spent = 0
        excluded: set[int] = set()
        while level := search.cheapest():
            level.sort(key=lambda price: self.ranks[price.project])
            level = [price for price in level if price.project not in excluded]
            if not level:
                continue
            first, *others = level
            for price in others:
                search.put_back(price)
            purses.buy(first)
            spent += self.market.costs[first.project]
            excluded |= self.barred[first.project]
            purchases.append(Purchase(first, tuple(p.project for p in (first, *others))))
        return Run(purses, tuple(purchases), spent)

    def is_exhaustive(self, run: Run) -> bool:
        """Whether no eligible project could still be paid from the budget."""
        return not self._open(run, self.budget - run.spent)

    def is_complete(self, run: Run) -> bool:
        """Whether no higher endowment can buy anything more."""
        return not any(self.profile.support[n] for n in self._open(run, self.budget))

    def _open(self, run: Run, left: int) -> list[int]:
        bought = set(run.purses.bought)
        barred = set().union(*(self.barred[number] for number in bought))
        return [
            number
            for number in self.eligible
            if number not in bought | barred and self.market.costs[number] <= left
        ]


def equal_shares(profile: Profile, options: EqualSharesOptions) -> Outcome:
    """Count with the Method of Equal Shares and the completions that the options name."""
    shares = Shares(profile, options)
    if profile.num_ballots == 0:
        return _completed(Outcome(profile, (), options.threshold), options)
    completion = None
    if options.add_one:
        run, completion = add_one(shares, options)
    else:
        run = shares.run(shares.budget // profile.num_ballots)
    outcome = Outcome(
        profile,
        _steps(shares, run, options.lot),
        options.threshold,
        _ledger(shares, run),
        completion,
    )
    return _completed(outcome, options)


def add_one(shares: Shares, options: EqualSharesOptions) -> tuple[Run, Completion]:
    """Raise the endowment until the options say stop; the last result within the budget."""
    unit = shares.market.unit
    share = Fraction(shares.budget, shares.profile.num_ballots * unit)
    first = Fraction(floor(share)) if options.integral else share
    step = int(options.step * unit)
    start = int(first * unit)
    run, count = shares.run(start), 0
    while True:
        if options.stop_at is StopAt.EXHAUSTIVE and shares.is_exhaustive(run):
            reason = "exhaustive"
            break
        if shares.is_complete(run):
            reason = "all"
            break
        following = shares.run(start + (count + 1) * step)
        if following.spent > shares.budget:
            reason = "overspend"
            break
        run, count = following, count + 1
    return run, Completion(first, first + count * options.step, count, reason)


def _completed(outcome: Outcome, options: EqualSharesOptions) -> Outcome:
    if not options.then_greedy:
        return outcome
    rest = greedy(
        outcome.profile,
        GreedyOptions(threshold=options.threshold, exclusive=options.exclusive, lot=options.lot),
        outcome.bought,
        Phase.GREEDY,
    )
    return replace(outcome, steps=outcome.steps + rest.steps)


def _steps(shares: Shares, run: Run, lot: str | None) -> tuple[Step, ...]:
    profile = shares.profile
    left = profile.budget
    steps: list[Step] = []
    for purchase in run.purchases:
        price = purchase.price
        project = profile.projects[price.project]
        left -= project.cost
        amount = Fraction(price.numerator, price.denominator * shares.market.unit)
        partly = int(shares.market.voters[price.project][price.poor].sum())
        steps.append(
            Step(
                Action.BUY,
                project.id,
                project.cost,
                left,
                tie=describe_tie(profile, purchase.level, lot),
                price=amount * profile.score_scale,
                full=_payers(run, purchase, shares) - partly,
                partly=partly,
            )
        )
    return tuple(steps)


def _payers(run: Run, purchase: Purchase, shares: Shares) -> int:
    """How many people had money left for this purchase."""
    project = purchase.price.project
    number = run.purses.bought.index(project)
    emptied = run.purses.emptied_at[shares.market.rows[project]]
    paid = (emptied < 0) | (emptied >= number)
    return int(shares.market.voters[project][paid].sum())


def _ledger(shares: Shares, run: Run) -> Ledger:
    purses = run.purses
    return Ledger(
        shares.profile,
        Fraction(purses.endowment, shares.market.unit),
        tuple(purses.bought),
        tuple(purses.numerators),
        purses.denominator * shares.market.unit,
        purses.emptied_at,
    )
