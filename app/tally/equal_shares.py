"""The Method of Equal Shares, exact (Peters, Pierczynski and Skowron, "Proportional participatory
budgeting with additive utilities", NeurIPS 2021).

Every voter gets the same share of the budget. A project is affordable if its supporters together
still hold its cost. Again and again the project is bought that costs its supporters least for
what it gives them; each of them pays the price times the points given, or all the money left if
that is less. Because this can leave budget unused, a completion may follow: *add-one* raises the
endowment step by step and counts afresh; a greedy completion buys what fits in the rest.
"""

from dataclasses import replace
from fractions import Fraction

from app.tally.add_one import add_one
from app.tally.greedy import GreedyOptions, greedy
from app.tally.outcome import Action, Ledger, Outcome, Phase, Step
from app.tally.profile import Profile
from app.tally.purses import Price, add_up
from app.tally.shares import EqualSharesOptions, Run, Shares
from app.tally.ties import describe_tie


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
    run.purses.settle_prices()
    ledger = _ledger(shares, run)
    outcome = Outcome(
        profile,
        _steps(shares, run, ledger, options.lot),
        options.threshold,
        ledger,
        completion,
    )
    return _completed(outcome, options)


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


def _steps(shares: Shares, run: Run, ledger: Ledger, lot: str | None) -> tuple[Step, ...]:
    profile = shares.profile
    left = profile.budget
    steps: list[Step] = []
    for purchase, amount in zip(run.purchases, ledger.prices, strict=True):
        price = purchase.price
        project = profile.projects[price.project]
        left -= project.cost
        partly = int(add_up(price.backers.voters, price.poor))
        steps.append(
            Step(
                Action.BUY,
                project.id,
                project.cost,
                left,
                tie=describe_tie(profile, purchase.level, lot),
                price=amount * profile.score_scale,
                full=_payers(run, price) - partly,
                partly=partly,
            )
        )
    return tuple(steps)


def _payers(run: Run, price: Price) -> int:
    """How many people had money left for this purchase."""
    number = run.purses.bought.index(price.project)
    emptied = run.purses.emptied_at[price.backers.rows]
    return int(add_up(price.backers.voters, (emptied < 0) | (emptied >= number)))


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
