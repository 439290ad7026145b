"""Add-one where literal stepping would take millions of counts."""

import random
from dataclasses import replace
from fractions import Fraction

import pytest

from app.tally import PRESETS, Profile, Project, StopAt, Utility, count
from app.tally.add_one import add_one
from app.tally.shares import EqualSharesOptions, Shares
from tests.tally import reference
from tests.tally.strategies import random_add_one, random_profile

FORINT = 10**7


def election(seed: int, unit: int = 1) -> Profile:
    draw = random.Random(seed)
    projects = [Project(str(n), draw.randint(5, 60) * unit) for n in range(12)]
    projects += [Project("13", projects[0].cost + 1), Project("14", projects[1].cost)]
    ballots = []
    for _ in range(60):
        chosen = {str(n) for n in draw.sample(range(12), draw.randint(1, 5))}
        # 13 has the supporters of 0 at a slightly higher cost, 14 is a twin of 1.
        chosen |= ({"13"} if "0" in chosen else set()) | ({"14"} if "1" in chosen else set())
        ballots.append(sorted(chosen))
    return Profile.from_ballots(projects, ballots, 150 * unit)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("utility", Utility)
@pytest.mark.parametrize("stop_at", StopAt)
def test_a_small_currency_unit_changes_neither_truth_nor_time(
    seed: int, utility: Utility, stop_at: StopAt
) -> None:
    """The last step found is the last: one more overspends, and no count before it does."""
    profile = election(seed, FORINT)
    options = EqualSharesOptions(utility=utility, add_one=True, stop_at=stop_at)
    shares = Shares(profile, options)
    run, done = add_one(shares, options)
    unit = shares.market.unit

    def at(step: int) -> tuple[bool, bool]:
        counted = shares.run(int(done.first_endowment * unit) + step * unit)
        return counted.spent > shares.budget, shares.is_exhaustive(counted)

    assert run.spent <= shares.budget
    if done.reason == "overspend":
        assert at(done.increments + 1)[0]
    draw = random.Random(seed)
    before = [draw.randrange(done.increments) for _ in range(30)] + [done.increments - 1]
    for step in before:
        overspends, exhaustive = at(step)
        assert not overspends
        assert not (exhaustive and stop_at is StopAt.EXHAUSTIVE)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("utility", Utility)
def test_jumps_equal_counting_every_step(seed: int, utility: Utility) -> None:
    profile = election(seed, 100)
    options = replace(PRESETS["mes_cost_add1_integral"], utility=utility, step=Fraction(1, 2))
    outcome = count(profile, options)
    shares = Shares(profile, EqualSharesOptions(utility=utility, step=Fraction(1, 2)))
    unit = shares.market.unit
    start, step = profile.budget.numerator // profile.num_ballots * unit, unit // 2
    run, steps = shares.run(start), 0
    while (following := shares.run(start + (steps + 1) * step)).spent <= shares.budget:
        run, steps = following, steps + 1
    assert outcome.completion is not None
    assert outcome.completion.increments == steps
    assert outcome.bought == tuple(profile.projects[number].id for number in run.bought)


@pytest.mark.parametrize("chunk", range(10))
def test_add_one_equals_literal_stepping_on_ten_thousand_elections(chunk: int) -> None:
    """Small elections with near-ties, huge and tiny units, fractions, points and all options."""
    for seed in range(chunk * 1000, (chunk + 1) * 1000):
        draw = random.Random(seed)
        profile = random_profile(draw)
        options = random_add_one(draw, profile)
        bought, steps = reference.count(profile, options)
        outcome = count(profile, options)
        assert list(outcome.bought) == bought, f"seed {seed}"
        assert outcome.completion is None or outcome.completion.increments == steps, f"seed {seed}"
