from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.tally import (
    Profile,
    Project,
    Reason,
    account_of,
    compare,
    count,
    rule_options,
    voters_preferring,
)
from tests.tally.strategies import profiles

PROJECTS = [Project("rink", 40), Project("racks", 30), Project("tree", 20), Project("bin", 500)]
BALLOTS = [["rink", "racks"], ["rink", "racks"], ["rink"], ["racks"], ["tree"], []]


@pytest.fixture
def profile() -> Profile:
    return Profile.from_ballots(PROJECTS, BALLOTS, 90)


def test_who_paid_what_and_what_was_missing(profile: Profile) -> None:
    """Each of six voters has 15; three pay 10 for the racks and have 5 left."""
    account = account_of(count(profile, "mes_cost"))
    (racks,) = account.winners
    assert racks.project.id == "racks"
    assert racks.number == 1
    assert [(group.voters, group.each) for group in racks.full] == [(3, 10)]
    assert racks.part is None
    rink, tree, dear = account.losers
    assert rink.project.id == "rink"
    assert rink.reason is Reason.TOO_DEAR
    assert rink.had == 5 + 5 + 15
    assert rink.missing == 15
    assert [(s.winner, s.voters) for s in rink.spendings] == [("racks", 2)]
    assert rink.spendings[0].amount == pytest.approx(20)
    assert tree.had == 15
    assert tree.missing == 5
    assert dear.reason is Reason.OVER_BUDGET
    assert account.satisfied == 3
    assert account.satisfied_share == Fraction(1, 2)


def test_those_who_pay_less_than_the_price() -> None:
    """After the first purchase one of the two supporters of the second has less than half."""
    projects = [Project("a", 16), Project("b", 14)]
    profile = Profile.from_ballots(projects, [["a"], ["a", "b"], ["b"], []], 48)
    account = account_of(count(profile, "mes_card"))
    first, second = account.winners
    assert (first.project.id, second.project.id) == ("b", "a")
    assert [(group.voters, group.each) for group in second.full] == [(1, 11)]
    assert second.part is not None
    assert second.part.voters == 1
    assert second.part.total == 5
    assert second.part.least == second.part.most == pytest.approx(5)
    assert second.part.quarters == (0, 1, 0, 0)


def test_reasons_of_greedy(profile: Profile) -> None:
    def reasons(rule: str, **changes: object) -> dict[str, Reason]:
        account = account_of(count(profile, rule_options(rule, **changes)))
        return {loser.project.id: loser.reason for loser in account.losers}

    assert reasons("greedy") == {"bin": Reason.OVER_BUDGET}
    assert reasons("greedy_threshold", threshold=Fraction(2))["tree"] is Reason.THRESHOLD
    assert reasons("greedy_exclusive", exclusive=(("rink", "racks"),))["rink"] is Reason.EXCLUDED
    assert reasons("mes_cost", exclusive=(("rink", "tree"),))["tree"] is Reason.TOO_DEAR
    small = Profile.from_ballots(PROJECTS[:3], BALLOTS, 60)
    outcome = count(small, "greedy_no_skip")
    assert outcome.winners == ("racks",)
    losers = {loser.project.id: loser for loser in account_of(outcome).losers}
    assert losers["rink"].reason is Reason.NO_ROOM
    assert losers["rink"].room == 30
    assert losers["tree"].reason is Reason.STOPPED


def test_nobody_voted_for_it() -> None:
    profile = Profile.from_ballots(PROJECTS[:2], [["rink"]], 40)
    (loser,) = account_of(count(profile, "mes_cost")).losers
    assert loser.reason is Reason.NO_SUPPORT
    assert loser.had == 0


def test_comparison(profile: Profile) -> None:
    result = compare(count(profile, "greedy"), count(profile, "mes_cost"))
    assert result.both == ("racks",)
    assert result.only_first == ("rink", "tree")
    assert result.only_second == ()
    assert (result.satisfied_first, result.satisfied_second) == (5, 3)
    assert (result.prefer_first, result.prefer_second) == (4, 0)
    assert voters_preferring(profile, ["tree"], ["rink", "racks"]) == (1, 4)


def test_voters_by_how_many_of_their_projects_won(profile: Profile) -> None:
    """Of the six, three chose the racks and paid 10 each; the other three chose no winner."""
    none, one = account_of(count(profile, "mes_cost")).groups
    assert (none.wins, none.voters, none.paid, none.left) == (0, 3, 0, 45)
    assert (one.wins, one.voters, one.left) == (1, 3, 15)
    assert [(payment.winner, payment.amount) for payment in one.payments] == [("racks", 30)]


def test_who_had_too_little_pays_the_rest_of_the_share() -> None:
    """The one of two wishes pays 7 for the first and the 5 that are left for the second."""
    projects = [Project("a", 16), Project("b", 14)]
    profile = Profile.from_ballots(projects, [["a"], ["a", "b"], ["b"], []], 48)
    none, one, two = account_of(count(profile, "mes_card")).groups
    assert (none.voters, none.left) == (1, 12)
    assert {p.winner: p.amount for p in one.payments} == {"b": 7, "a": 11}
    assert (one.voters, one.left) == (2, 1 + 5)
    assert {p.winner: p.amount for p in two.payments} == {"b": 7, "a": 5}
    assert (two.paid, two.left) == (12, 0)


def test_nobody_pays_for_what_was_bought_with_the_rest() -> None:
    projects = [Project("a", 10), Project("b", 25)]
    profile = Profile.from_ballots(projects, [["a"], ["a"], ["b"], []], 40)
    account = account_of(count(profile, "mes_cost_then_greedy"))
    assert [winner.project.id for winner in account.winners] == ["a", "b"]
    none, one = account.groups
    assert (none.voters, one.voters) == (1, 3)
    assert [payment.winner for payment in one.payments] == ["a"]
    assert (one.paid, one.left) == (10, 20)


@pytest.mark.parametrize("rule", ["greedy", "phragmen"])
def test_where_voters_do_not_pay_groups_have_no_money(profile: Profile, rule: str) -> None:
    groups = account_of(count(profile, rule)).groups
    assert sum(group.voters for group in groups) == 6
    assert {(group.payments, group.left) for group in groups} == {((), None)}


@settings(max_examples=300, deadline=None)
@given(
    profiles(),
    st.sampled_from(
        ["mes_cost", "mes_card", "mes_cost_then_greedy", "mes_card_add1", "mes_cost_add1_integral"]
    ),
)
def test_groups_hold_every_voter_and_every_payment_exactly(profile: Profile, rule: str) -> None:
    outcome = count(profile, rule)
    groups = account_of(outcome).groups
    assert sum(group.voters for group in groups) == profile.num_ballots
    assert [group.wins for group in groups] == sorted({group.wins for group in groups})
    ledger = outcome.ledger
    if ledger is None:
        return
    expected: dict[tuple[int, str], Fraction] = {}
    left: dict[int, Fraction] = {}
    for row, people in enumerate(profile.multiplicity.tolist()):
        chosen = {profile.projects[column].id for column, _ in profile.row(row)}
        wins = len(chosen & set(outcome.bought))
        paid = ledger.payments(row)
        rest = ledger.endowment - sum(paid.values(), Fraction(0))
        left[wins] = left.get(wins, Fraction(0)) + people * rest
        for purchase, amount in paid.items():
            key = wins, profile.projects[ledger.bought[purchase]].id
            expected[key] = expected.get(key, Fraction(0)) + people * amount
    assert {group.wins: group.left for group in groups} == left
    assert {
        (group.wins, payment.winner): payment.amount
        for group in groups
        for payment in group.payments
    } == expected
    for winner in ledger.bought:
        project = profile.projects[winner]
        payments = [p.amount for g in groups for p in g.payments if p.winner == project.id]
        assert sum(payments) == project.cost
    shares = ledger.endowment * profile.num_ballots
    assert sum(group.paid + (group.left or 0) for group in groups) == shares


@settings(max_examples=300, deadline=None)
@given(profiles(), st.sampled_from(["mes_cost", "mes_card", "mes_cost_then_greedy"]))
def test_amounts_add_up(profile: Profile, rule: str) -> None:
    account = account_of(count(profile, rule))
    ledger = account.outcome.ledger
    for winner in account.winners:
        if not winner.full and winner.part is None:
            continue
        part = winner.part
        total = sum(group.each * group.voters for group in winner.full)
        voters = sum(group.voters for group in winner.full)
        assert voters == winner.step.full
        if part is not None:
            assert part.voters == winner.step.partly == sum(part.quarters)
            assert part.least <= part.most
            total += part.total
        assert total == winner.project.cost
    for loser in account.losers:
        if ledger is None or loser.had is None or loser.missing is None:
            continue
        assert loser.missing == loser.project.cost - loser.had
        spent = sum(spending.amount for spending in loser.spendings)
        held = float(ledger.endowment) * loser.votes
        assert float(loser.had) + spent == pytest.approx(held, abs=1e-9 * max(held, 1))
        assert loser.reason is not Reason.TOO_DEAR or loser.missing > 0
