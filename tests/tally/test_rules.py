import random
from collections import Counter
from collections.abc import Iterator
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
    Family,
    Options,
    Profile,
    Project,
    RuleError,
    Utility,
    VoteType,
    ballot_seal,
    canonical_ballots,
    count,
    rule_options,
)
from app.tally.ties import lot
from tests.tally import reference
from tests.tally.strategies import options_for, profiles

RULES = [name for name in PRESETS if name not in ("greedy_threshold", "greedy_exclusive")]


@pytest.mark.parametrize("family", Family)
@settings(max_examples=500, deadline=None)
@given(st.data())
def test_every_rule_with_every_option_equals_its_definition(
    family: Family, data: st.DataObject
) -> None:
    profile = data.draw(profiles())
    options = data.draw(options_for(profile, family))
    outcome = count(profile, options)
    bought, steps = reference.count(profile, options)
    assert list(outcome.bought) == bought
    assert outcome.completion is None or outcome.completion.increments == steps


@settings(max_examples=300, deadline=None)
@given(profiles(), st.sampled_from(RULES))
def test_every_preset_equals_its_definition(profile: Profile, rule: str) -> None:
    options = coarse(profile, rule)
    assert list(count(profile, options).bought) == reference.count(profile, options)[0]


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from(Family), st.randoms())
def test_no_order_of_projects_or_ballots_matters(
    data: st.DataObject, family: Family, shuffle: random.Random
) -> None:
    profile = data.draw(profiles())
    options = data.draw(options_for(profile, family))
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
    ballots = [dict(shuffle.sample(list(ballot.items()), len(ballot))) for ballot in ballots]
    vote_type = VoteType.POINTS if profile.vote_type.has_scores else profile.vote_type
    shuffled = Profile.from_ballots(projects, ballots, profile.budget, vote_type)
    assert count(shuffled, options).steps == count(profile, options).steps


@settings(max_examples=500, deadline=None)
@given(st.data(), st.sampled_from(Family))
def test_the_budget_holds_nobody_overpays_and_payments_add_up_exactly(
    data: st.DataObject, family: Family
) -> None:
    profile = data.draw(profiles())
    outcome = count(profile, data.draw(options_for(profile, family)))
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


def cohesive_groups(
    profile: Profile, utility: Utility
) -> Iterator[tuple[list[dict[str, Fraction]], Fraction]]:
    """All groups that deserve something: what each voter gets from each project, and how much.

    By brute force over sets of voters and sets T of projects: the group's part of the budget pays
    for T, and what is deserved is the sum over T of the least that anybody of the group gets.
    """
    election = reference.Election(profile)
    worth = {p: election.cost[p] if utility is Utility.COST else 1 for p in election.cost}
    gains = [{p: score * worth[p] for p, score in b.items()} for b in election.voters]
    for size in range(1, len(gains) + 1):
        for group in combinations(gains, size):
            shared = sorted(set.intersection(*map(set, group)))
            for number in range(1, len(shared) + 1):
                for wanted in combinations(shared, number):
                    if profile.budget * size >= election.total(list(wanted)) * len(gains):
                        deserved = sum(min(gain[p] for gain in group) for p in wanted)
                        yield list(group), Fraction(deserved)


@pytest.mark.parametrize("utility", Utility)
@settings(max_examples=250, deadline=None)
@given(profiles(most_ballots=6))
def test_equal_shares_gives_cohesive_groups_their_due_up_to_one_project(
    utility: Utility, profile: Profile
) -> None:
    """Extended justified representation up to one project, for any points and costs.

    Peters, Pierczynski and Skowron, "Proportional participatory budgeting with additive
    utilities" (NeurIPS 2021, arXiv 2008.13276), "EJR up to one project": in every cohesive group
    somebody gets what the group deserves, or would get more than that with one project added.
    """
    bought = set(count(profile, f"mes_{utility.value}").bought)
    for group, deserved in cohesive_groups(profile, utility):
        assert any(
            sum(gain[p] for p in gain.keys() & bought)
            + max((gain[p] for p in gain.keys() - bought), default=Fraction(0))
            > deserved
            or sum(gain[p] for p in gain.keys() & bought) >= deserved
            for gain in group
        )


@settings(max_examples=250, deadline=None)
@given(profiles(st.just(VoteType.APPROVAL), most_ballots=6, unit_costs=True))
def test_equal_shares_gives_cohesive_groups_their_whole_due_where_costs_are_equal(
    profile: Profile,
) -> None:
    """Extended justified representation as such, which approvals with equal costs give.

    Peters and Skowron, "Proportionality and the limits of welfarism" (EC 2020), where the method
    is called rule X.
    """
    for utility in Utility:
        bought = set(count(profile, f"mes_{utility.value}").bought)
        for group, deserved in cohesive_groups(profile, utility):
            assert any(sum(gain[p] for p in gain.keys() & bought) >= deserved for gain in group)


def test_greedy_does_not_give_cohesive_groups_their_due() -> None:
    """So the checks above can fail: one third of the voters would get nothing."""
    projects = [Project(name, 1) for name in "abcd"]
    profile = Profile.from_ballots(projects, [["a", "b", "c"], ["a", "b", "c"], ["d"]], 3)
    bought = set(count(profile, "greedy").bought)
    left_out = [
        group
        for group, deserved in cohesive_groups(profile, Utility.CARDINALITY)
        if all(sum(gain[p] for p in gain.keys() & bought) < deserved for gain in group)
    ]
    assert left_out == [[{"d": 1}]]
    assert "d" in count(profile, "mes_card").bought


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
