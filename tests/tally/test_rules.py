import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import app.tally
from app.tally import (
    PRESETS,
    Action,
    DecidedBy,
    Options,
    Profile,
    Project,
    RuleError,
    StopAt,
    Utility,
    VoteType,
    ballot_seal,
    canonical_ballots,
    count,
    rule_options,
)
from app.tally.ties import lot
from tests.tally import reference
from tests.tally.strategies import profiles

RULES = [name for name in PRESETS if name not in ("greedy_threshold", "greedy_exclusive")]


@settings(max_examples=400, deadline=None)
@given(profiles(), st.sampled_from(["greedy", "greedy_no_skip", "greedy_density"]))
def test_greedy_equals_its_definition(profile: Profile, rule: str) -> None:
    expected = reference.greedy(reference.Election(profile), PRESETS[rule], [])
    assert list(count(profile, rule).bought) == expected


@settings(max_examples=500, deadline=None)
@given(profiles(), st.sampled_from(Utility), st.booleans())
def test_equal_shares_equals_its_definition(
    profile: Profile, utility: Utility, then_greedy: bool
) -> None:
    options = replace(PRESETS["mes_cost"], utility=utility, then_greedy=then_greedy)
    expected = reference.equal_shares(reference.Election(profile), options)
    assert list(count(profile, options).bought) == expected


@settings(max_examples=200, deadline=None)
@given(profiles(st.just(VoteType.APPROVAL)))
def test_phragmen_equals_its_definition(profile: Profile) -> None:
    assert list(count(profile, "phragmen").bought) == reference.phragmen(
        reference.Election(profile)
    )


@settings(max_examples=600, deadline=None)
@given(
    profiles(),
    st.sampled_from(Utility),
    st.sampled_from(StopAt),
    st.booleans(),
    st.integers(1, 40),
)
def test_add_one_equals_literal_stepping(
    profile: Profile, utility: Utility, stop_at: StopAt, integral: bool, parts: int
) -> None:
    step = profile.budget / max(profile.num_ballots, 1) / parts
    options = replace(
        PRESETS["mes_cost_add1"], utility=utility, stop_at=stop_at, integral=integral, step=step
    )
    expected = reference.equal_shares(reference.Election(profile), options)
    assert sorted(count(profile, options).bought) == sorted(expected)


@settings(max_examples=200, deadline=None)
@given(profiles(), st.sampled_from(RULES), st.randoms())
def test_no_order_of_projects_or_ballots_matters(
    profile: Profile, rule: str, shuffle: random.Random
) -> None:
    projects = list(profile.projects)
    ballots: list[dict[str, int | Fraction]] = []
    for group, people in enumerate(profile.multiplicity.tolist()):
        scores: dict[str, int | Fraction] = {
            profile.projects[number].id: Fraction(score, profile.score_scale)
            for number, score in profile.row(group)
        }
        ballots += [scores] * people
    shuffle.shuffle(projects)
    shuffle.shuffle(ballots)
    vote_type = VoteType.POINTS if profile.vote_type.has_scores else profile.vote_type
    shuffled = Profile.from_ballots(projects, ballots, profile.budget, vote_type)
    options = coarse(profile, rule)
    assert count(shuffled, options).bought == count(profile, options).bought


@settings(max_examples=300, deadline=None)
@given(profiles(), st.sampled_from(RULES))
def test_budget_and_payments_are_exact(profile: Profile, rule: str) -> None:
    outcome = count(profile, coarse(profile, rule))
    assert outcome.total_cost <= profile.budget
    assert outcome.left >= 0
    ledger = outcome.ledger
    if ledger is None:
        return
    paid: Counter[int] = Counter()
    for group, people in enumerate(profile.multiplicity.tolist()):
        payments = ledger.payments(group)
        assert all(amount >= 0 for amount in payments.values())
        assert sum(payments.values()) <= ledger.endowment
        left = ledger.left_with(np.array([group]))
        assert left == (ledger.endowment - sum(payments.values())) * people
        for purchase, amount in payments.items():
            paid[purchase] += amount * people
    for purchase, project in enumerate(ledger.bought):
        assert paid[purchase] == profile.projects[project].cost


@settings(max_examples=300, deadline=None)
@given(profiles(st.just(VoteType.APPROVAL)))
def test_equal_shares_gives_cohesive_groups_their_due(profile: Profile) -> None:
    """Extended justified representation, by brute force over sets of projects.

    With cardinality utilities, "up to one project" (Peters, Pierczynski and Skowron 2021) means:
    some voter of the group supports as many winners as the group deserves.
    """
    winners = set(count(profile, "mes_card").winners)
    election = reference.Election(profile)
    for size in (1, 2, 3):
        for wanted in combinations(sorted(election.eligible), size):
            group = [ballot for ballot in election.voters if set(wanted) <= set(ballot)]
            share = profile.budget * len(group) / max(len(election.voters), 1)
            if group and share >= election.total(list(wanted)):
                assert any(len(winners & set(ballot)) >= size for ballot in group)


def test_a_cost_far_above_float_precision_is_settled_exactly() -> None:
    """One unit in 10**20 decides whether two voters can pay."""
    budget = 2 * 10**20
    ballots = [["1"], ["1"], ["2"], ["2"]]
    for extra, winners in ((0, ("1",)), (1, ())):
        projects = [Project("1", 10**20 + extra), Project("2", budget)]
        profile = Profile.from_ballots(projects, ballots, budget)
        assert count(profile, "mes_cost").winners == winners


def test_ties_go_to_lower_cost_then_votes_then_natural_order() -> None:
    projects = [Project("10", 5), Project("2", 5), Project("b", 4), Project("c", 5)]
    ballots = [["10", "2", "b"], ["10", "2", "b"], ["c"]]
    outcome = count(Profile.from_ballots(projects, ballots, 20), "greedy")
    assert outcome.bought == ("b", "2", "10", "c")
    ties = [step.tie for step in outcome.steps]
    assert ties[0] is not None
    assert ties[0].decided_by is DecidedBy.COST
    assert ties[1] is not None
    assert ties[1].projects == ("2", "10")
    assert ties[1].decided_by is DecidedBy.ORDER
    assert ties[2] is None


def test_more_votes_settle_a_tie_of_density() -> None:
    projects = [Project("1", 5), Project("2", 5), Project("3", 5)]
    profile = Profile.from_ballots(projects, [["3"], ["3"], ["2"]], 15)
    assert count(profile, "greedy_density").bought == ("3", "2", "1")


def test_the_lot_depends_on_ballots_alone() -> None:
    projects = [Project(str(number), 5) for number in range(6)]
    profile = Profile.from_ballots(projects, [["0", "1", "2", "3", "4", "5"], ["1"], ["1"]], 30)
    again = Profile.from_ballots(projects, [["1"], ["5", "4", "3", "2", "1", "0"], ["1"]], 30)
    seal = ballot_seal(profile)
    assert seal == ballot_seal(again)
    assert b"".join(canonical_ballots(profile)) == b"0,1,2,3,4,5\n1\n1\n"
    outcome = count(profile, replace(PRESETS["greedy"], lot=seal))
    rest = sorted("02345", key=lambda project_id: lot(seal, project_id))
    assert outcome.bought == ("1", *rest)
    assert outcome.steps[1].tie is not None
    assert outcome.steps[1].tie.decided_by is DecidedBy.LOT


def test_threshold_and_exclusive_projects() -> None:
    projects = [Project(name, 5) for name in "abcd"]
    ballots = [["a", "b", "c"], ["a", "b"], ["a", "b"], ["b"]]
    profile = Profile.from_ballots(projects, ballots, 20)
    above = rule_options("greedy_threshold", threshold=Fraction(2))
    assert count(profile, above).winners == ("a", "b")
    apart = rule_options("greedy_exclusive", exclusive=(("a", "b"), ("c", "d")))
    outcome = count(profile, apart)
    assert outcome.winners == ("b", "c")
    assert [step.action for step in outcome.steps] == [
        Action.BUY, Action.EXCLUDE, Action.BUY, Action.EXCLUDE,
    ]  # fmt: skip
    assert count(profile, rule_options("mes_cost", exclusive=(("a", "b"),))).winners == ("b",)


def test_the_greedy_result_wins_if_more_voters_prefer_it() -> None:
    projects = [Project("big", 10), Project("small", 5)]
    ballots = [["big"], ["big"], ["big"], ["small"], ["small"]]
    profile = Profile.from_ballots(projects, ballots, 10)
    shares = count(profile, "mes_cost")
    compared = count(profile, rule_options("mes_cost", compare_greedy=True))
    assert shares.winners == ()
    assert compared.winners == ("big",)
    assert compared.compared == (0, 3)


def test_dear_projects_and_no_ballots() -> None:
    projects = [Project("dear", 11), Project("fair", 10)]
    profile = Profile.from_ballots(projects, [["dear"], ["dear"]], 10)
    assert count(profile, "greedy").winners == ("fair",)
    assert count(profile, "mes_cost_add1").winners == ()
    nobody = Profile.from_ballots(projects, [], 10)
    assert count(nobody, "mes_cost_add1").winners == ()
    assert count(nobody, "mes_cost_then_greedy").winners == ("fair",)
    assert count(nobody, "phragmen").winners == ()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (Options(step=Fraction(0)), "step must be above 0"),
        (Options(exclusive=(("x",),)), "unknown project 'x'"),
    ],
)
def test_senseless_options_are_refused(options: Options, message: str) -> None:
    profile = Profile.from_ballots([Project("1", 1)], [["1"]], 1)
    with pytest.raises(RuleError, match=message):
        count(profile, options)
    with pytest.raises(RuleError, match="unknown rule"):
        count(profile, "nonsense")


def test_the_example_of_the_package_runs() -> None:
    lines = (app.tally.__doc__ or "").splitlines()
    names: dict[str, Any] = {}
    exec("\n".join(line.removeprefix("    ") for line in lines if line.startswith("    ")), names)
    assert names["outcome"].winners == ("3", "7")
    assert names["account"].satisfied == 3


def coarse(profile: Profile, rule: str) -> Options:
    """The preset with a step that reaches the end soon, whatever the unit of money."""
    return rule_options(rule, step=profile.budget / max(profile.num_ballots, 1) / 10)
