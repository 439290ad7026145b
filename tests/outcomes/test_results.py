"""Implementing, evidence, residents' verdicts, evaluating, reopening, understanding."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.answers import services as answers
from app.answers.queries import get_answer
from app.city import services as city
from app.core import clock
from app.core.access import SYSTEM, Actor, Role
from app.core.command import command
from app.core.errors import Forbidden, Invalid, WrongState
from app.duties.queries import list_clocks
from app.duties.rules import ClockKind, Status
from app.extensions import db
from app.follows import services as follows
from app.journal import Kind, record
from app.journal.queries import as_entry, list_entries
from app.journal.replay import differences
from app.outcomes import policies, queries, services
from app.outcomes.models import GivenVerdict, Verdict
from app.outcomes.queries import VerdictCounts
from app.proposals import support as supporting
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from app.proposals.notes import list_notes
from tests.casework import NO, OTHER_UNIT, UNIT, WHY, Casework, answer, both
from tests.factories import Factory


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


def supporters(work: Casework, matter: Matter, count: int) -> list[Actor]:
    """People who follow the matter; following is open also when it is implemented."""
    people = [work.make.actor() for _ in range(count)]
    for person in people:
        follows.follow(person, matter)
    return people


def last_facts(matter: Matter) -> tuple[str, dict[str, Any]]:
    entry = as_entry(list_entries("matter", matter.id)[-1])
    return entry.kind, entry.facts


def follow_ups(matter: Matter) -> list[Status]:
    found = list_clocks([matter.id])[matter.id]
    return [c.status for c in found if c.kind == ClockKind.FOLLOW_UP]


def test_an_accepted_matter_is_carried_out_and_reported(work: Casework) -> None:
    matter = work.answered()
    services.start_implementing(work.official, matter)
    assert matter.state == State.IMPLEMENTING
    services.report_implemented(work.official, matter, both("Valot palavat"))
    assert matter.state == State.IMPLEMENTED
    entries = [as_entry(row) for row in list_entries("matter", matter.id)]
    digest = next(e.facts["evidence"] for e in entries if e.kind == Kind.IMPLEMENTED)
    assert list_notes([matter.id])[digest].texts == both("Valot palavat")
    assert follow_ups(matter) == [Status.RUNNING, Status.RUNNING]
    assert not list(differences())


def test_no_action_cannot_be_carried_out(work: Casework) -> None:
    with pytest.raises(WrongState, match="nothing_to_implement"):
        services.start_implementing(work.official, work.answered(**NO))


def test_evidence_is_told_in_both_languages(work: Casework) -> None:
    with pytest.raises(Invalid, match="not_every_language"):
        services.report_implemented(work.official, work.implementing(), {"fi": "Valmis"})


ACTS = {
    "start": ("answered", lambda actor, m: services.start_implementing(actor, m)),
    "report": ("implementing", lambda actor, m: services.report_implemented(actor, m, WHY)),
    "evaluate": ("judged", lambda actor, m: services.evaluate(actor, m)),
    "reopen": ("implemented", lambda actor, m: services.reopen(actor, m, WHY)),
}


@pytest.mark.parametrize("act", ACTS)
def test_only_the_unit_reports(work: Casework, act: str) -> None:
    stage, run = ACTS[act]
    matter = getattr(work, stage)()
    strangers = [work.author, work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT)]
    if act != "reopen":
        strangers.append(work.registry)
    for stranger in strangers:
        with pytest.raises(Forbidden, match="not_your_unit"):
            run(stranger, matter)
    run(work.official, matter)


@pytest.mark.parametrize("act", ACTS)
def test_each_report_has_its_state(work: Casework, act: str) -> None:
    right, run = ACTS[act]
    for stage in ("prepared", "answered", "implementing", "implemented"):
        if stage != right:
            with pytest.raises(WrongState):
                run(work.official, getattr(work, stage)())


def test_author_supporters_and_followers_judge_and_nobody_else(work: Casework) -> None:
    matter = work.answered()
    supporter, stranger = work.make.actor(), work.make.actor()
    supporting.support_proposal(supporter, matter.id)
    services.start_implementing(work.official, matter)
    services.report_implemented(work.official, matter, WHY)
    (follower,) = supporters(work, matter, 1)
    for person, verdict in ((work.author, "yes"), (supporter, "partly"), (follower, "no")):
        assert policies.can_judge(person, matter)
        services.give_verdict(person, matter, verdict)
    for person in (stranger, work.official, Actor()):
        assert not policies.can_judge(person, matter)
        with pytest.raises(Forbidden, match="cannot_judge"):
            services.give_verdict(person, matter, "yes")
    assert queries.count_verdicts([matter.id]) == {matter.id: VerdictCounts(1, 1, 1)}


def test_a_hidden_matter_is_not_judged(work: Casework) -> None:
    matter = work.implemented()
    _hide(matter)
    assert not policies.can_judge(work.author, matter)


@command
def _hide(matter: Matter) -> None:
    record(Kind.HIDDEN, matter, SYSTEM, rule="insult")


def test_each_has_one_verdict_that_can_be_changed(work: Casework) -> None:
    matter = work.implemented()
    entries = len(list_entries("matter", matter.id))
    services.give_verdict(work.author, matter, "no", " Liian himmeä ")
    services.give_verdict(work.author, matter, "partly", "Parempi jo")
    assert queries.count_verdicts([matter.id])[matter.id] == VerdictCounts(partly=1)
    assert queries.list_words(matter.id) == [(Verdict.PARTLY, "Parempi jo")]
    assert len(list_entries("matter", matter.id)) == entries


def test_a_verdict_is_one_of_three_and_needs_something_done(work: Casework) -> None:
    matter = work.implemented()
    with pytest.raises(Invalid, match="unknown_verdict"):
        services.give_verdict(work.author, matter, "maybe")
    with pytest.raises(Invalid, match="too_long"):
        services.give_verdict(work.author, matter, "yes", "a" * 1001)
    with pytest.raises(WrongState):
        services.give_verdict(work.author, work.implementing(), "yes")


def test_enough_no_reopens_the_matter(work: Casework) -> None:
    matter = work.implemented()
    people = supporters(work, matter, 5)
    for person in people[:4]:
        services.give_verdict(person, matter, "no")
    assert matter.state == State.IMPLEMENTED
    services.give_verdict(people[4], matter, "no")
    assert (matter.state, matter.holder_unit) == (State.IN_PREPARATION, UNIT)
    entries = [as_entry(row) for row in list_entries("matter", matter.id)]
    reopened = next(entry for entry in entries if entry.kind == Kind.REOPENED)
    assert (reopened.role, reopened.actor) == ("system", None)
    words = list_notes([matter.id])[reopened.facts["reason"]].texts
    assert sorted(words) == ["fi", "sv"]
    assert "5" in words["fi"]
    assert follow_ups(matter) == [Status.ENDED, Status.ENDED]
    assert matter.next_due_kind == ClockKind.ANSWER
    assert not list(differences())


def test_a_small_share_of_no_does_not_reopen(work: Casework) -> None:
    matter = work.implemented()
    people = supporters(work, matter, 12)
    for person in people[:7]:
        services.give_verdict(person, matter, "yes")
    for person in people[7:]:
        services.give_verdict(person, matter, "no")
    assert matter.state == State.IMPLEMENTED
    assert queries.count_verdicts([matter.id])[matter.id] == VerdictCounts(7, 0, 5)


def test_old_verdicts_do_not_count_against_the_next_attempt(work: Casework, held: Any) -> None:
    matter = work.implemented()
    people = supporters(work, matter, 5)
    for person in people:
        services.give_verdict(person, matter, "no")
    held(clock.now() + timedelta(days=30))
    answers.publish_answer(work.official, matter, answer())
    services.start_implementing(work.official, matter)
    services.report_implemented(work.official, matter, both("Nyt kirkkaampi"))
    services.give_verdict(people[0], matter, "no")
    assert matter.state == State.IMPLEMENTED
    assert queries.count_verdicts([matter.id])[matter.id] == VerdictCounts(no=1)
    assert queries.get_progress(people[1], matter).own_verdict is None
    assert queries.get_progress(people[0], matter).evidence == both("Nyt kirkkaampi")
    assert follow_ups(matter) == [Status.RUNNING, Status.RUNNING]
    assert db.session.get_one(GivenVerdict, (matter.id, people[1].person_id)).is_current is False
    assert not list(differences())


def test_evaluating_records_how_the_verdicts_are_spread(work: Casework) -> None:
    matter = work.judged(("yes", "yes", "no", "yes", "partly"))
    (late,) = supporters(work, matter, 1)
    services.evaluate(work.official, matter)
    assert matter.state == State.EVALUATED
    assert last_facts(matter) == (Kind.EVALUATED, {"yes": 3, "partly": 1, "no": 1})
    assert follow_ups(matter) == [Status.RUNNING, Status.RUNNING]
    assert matter.next_due_kind == ClockKind.FOLLOW_UP
    with pytest.raises(WrongState):
        services.give_verdict(late, matter, "no")
    assert not list(differences())


@pytest.mark.parametrize(
    ("days", "verdicts", "is_allowed"),
    [(0, 0, False), (29, 4, False), (30, 0, True), (0, 5, True), (400, 0, True)],
)
def test_the_asking_lasts_some_days_or_brings_some_verdicts(
    work: Casework, held: Any, days: int, verdicts: int, is_allowed: bool
) -> None:
    matter = work.judged(("yes",) * verdicts)
    held(clock.now() + timedelta(days=days))
    if is_allowed:
        services.evaluate(work.official, matter)
        assert matter.state == State.EVALUATED
        return
    with pytest.raises(WrongState, match="too_early_to_evaluate") as refused:
        services.evaluate(work.official, matter)
    assert refused.value.facts == {"days": 30, "verdicts": 5}
    assert matter.state == State.IMPLEMENTED


def test_the_citys_own_settings_say_how_long_the_asking_lasts(work: Casework) -> None:
    set_reopen(evaluate_after_days=3, evaluate_min_verdicts=1)
    matter = work.implemented()
    with pytest.raises(WrongState, match="too_early_to_evaluate"):
        services.evaluate(work.official, matter)
    services.give_verdict(work.author, matter, "yes")
    services.evaluate(work.official, matter)
    assert matter.state == State.EVALUATED


def set_reopen(**settings: int) -> None:
    """Change the municipality's block of thresholds."""
    seed = city.read_seed()
    seed["municipality"]["reopen"].update(settings)
    city.seed_city(seed)


@pytest.mark.parametrize(
    ("settings", "verdicts", "is_reopened"),
    [
        ({}, ("no",) * 4, False),
        ({}, ("no",) * 5, True),
        ({}, ("yes",) * 5 + ("no",) * 5, True),  # exactly half
        ({}, ("yes",) * 6 + ("no",) * 5, False),  # just under half
        ({}, ("partly",) * 6 + ("no",) * 5, False),
        ({"min_no": 2}, ("no",), False),
        ({"min_no": 2}, ("no", "no"), True),
        ({"min_no": 2, "share_percent": 67}, ("yes", "no", "no"), False),  # 66.7 %
        ({"min_no": 2, "share_percent": 66}, ("yes", "no", "no"), True),
        ({"min_no": 1, "share_percent": 100}, ("yes", "no"), False),
        ({"min_no": 1, "share_percent": 100}, ("no",), True),
    ],
)
def test_both_thresholds_decide_whether_no_reopens(
    work: Casework, settings: dict[str, int], verdicts: tuple[str, ...], is_reopened: bool
) -> None:
    set_reopen(**settings)
    matter = work.judged(verdicts)
    assert (matter.state == State.IN_PREPARATION) == is_reopened
    entries = [as_entry(row) for row in list_entries("matter", matter.id)]
    reopened = [entry.role for entry in entries if entry.kind == Kind.REOPENED]
    assert reopened == (["system"] if is_reopened else [])
    assert not list(differences())


# ---------- measuring ----------


def test_a_measurement_meets_its_own_clock_and_stands_on_the_page(
    work: Casework, held: Any
) -> None:
    matter = work.implemented()
    held(clock.now() + timedelta(days=180))
    services.measure(work.official, matter, 6, " 12,5 ", both("Laskettiin viikon ajan"))
    assert last_facts(matter)[0] == Kind.MEASURED
    facts = last_facts(matter)[1]
    assert (facts["months"], facts["value"]) == (6, "12.5")
    assert list_notes([matter.id])[facts["note"]].texts == both("Laskettiin viikon ajan")
    assert follow_ups(matter) == [Status.MET, Status.RUNNING]
    (shown,) = queries.list_measurements(matter.id)
    assert (shown.months, shown.value) == (6, Decimal("12.5"))
    assert shown.note == both("Laskettiin viikon ajan")
    with pytest.raises(WrongState, match="nothing_to_measure"):
        services.measure(work.official, matter, 6, "13", WHY)
    assert not list(differences())


def test_an_evaluated_matter_is_still_measured(work: Casework, held: Any) -> None:
    matter = work.judged()
    services.evaluate(work.official, matter)
    held(clock.now() + timedelta(days=365))
    for months in (6, 12):
        services.measure(work.official, matter, months, "-3", WHY)
    assert follow_ups(matter) == [Status.MET, Status.MET]
    assert matter.next_due is None
    assert not list(differences())


def test_nothing_is_measured_before_it_comes_near(work: Casework, held: Any) -> None:
    """Implemented on 9 March: due on 9 September, from 10 August on."""
    matter = work.implemented()
    held(datetime(2026, 8, 9, 12, tzinfo=UTC))
    with pytest.raises(WrongState, match="too_early_to_measure"):
        services.measure(work.official, matter, 6, "1", WHY)
    held(datetime(2026, 8, 10, 12, tzinfo=UTC))
    with pytest.raises(WrongState, match="too_early_to_measure"):
        services.measure(work.official, matter, 12, "1", WHY)
    services.measure(work.official, matter, 6, "1", WHY)
    with pytest.raises(WrongState, match="nothing_to_measure"):
        services.measure(work.official, matter, 9, "1", WHY)


@pytest.mark.parametrize("value", ["", "many", "1e5", "NaN", "1.2.3", "1 000", "0." + "1" * 7])
def test_a_value_is_a_number(work: Casework, held: Any, value: str) -> None:
    matter = work.implemented()
    held(clock.now() + timedelta(days=180))
    with pytest.raises(Invalid, match="not_a_number"):
        services.measure(work.official, matter, 6, value, WHY)


def test_only_the_unit_measures_and_tells_how_in_both_languages(work: Casework, held: Any) -> None:
    matter = work.implemented()
    held(clock.now() + timedelta(days=180))
    for stranger in (work.author, work.registry, work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT)):
        with pytest.raises(Forbidden, match="not_your_unit"):
            services.measure(stranger, matter, 6, "1", WHY)
    with pytest.raises(Invalid, match="not_every_language"):
        services.measure(work.official, matter, 6, "1", {"fi": "Vain suomeksi"})
    with pytest.raises(WrongState, match="nothing_to_measure"):
        services.measure(work.official, work.answered(), 6, "1", WHY)


def test_what_was_measured_of_one_attempt_is_not_shown_of_the_next(
    work: Casework, held: Any
) -> None:
    matter = work.implemented()
    held(clock.now() + timedelta(days=180))
    services.measure(work.official, matter, 6, "1", WHY)
    services.reopen(work.official, matter, WHY)
    assert queries.list_measurements(matter.id) == []
    answers.publish_answer(work.official, matter, answer())
    services.start_implementing(work.official, matter)
    services.report_implemented(work.official, matter, WHY)
    assert follow_ups(matter) == [Status.RUNNING, Status.RUNNING]
    held(clock.now() + timedelta(days=180))
    services.measure(work.official, matter, 6, "2", WHY)
    assert [one.value for one in queries.list_measurements(matter.id)] == [Decimal(2)]
    assert not list(differences())


def test_a_closed_matter_is_reopened_with_a_reason(work: Casework) -> None:
    matter = work.answered(**NO)
    answers.close_matter(work.official, matter, WHY)
    with pytest.raises(Invalid, match="not_every_language"):
        services.reopen(work.registry, matter, {"fi": "Uutta tietoa"})
    services.reopen(work.registry, matter, both("Uutta tietoa"))
    assert matter.state == State.IN_PREPARATION
    with pytest.raises(WrongState, match="no_answer"):
        answers.correct_answer(work.official, matter, answer(**NO), WHY, 1)
    again = answers.publish_answer(work.official, matter, answer())
    assert again.version == 2
    assert not list(differences())


def test_how_well_the_reasons_were_understood(work: Casework) -> None:
    matter = work.answered()
    follower = supporters(work, matter, 1)[0]
    services.rate_answer(work.author, matter, 2)
    services.rate_answer(work.author, matter, 4)
    services.rate_answer(follower, matter, 5)
    published = get_answer(matter.id)
    assert published is not None
    assert queries.get_understanding([published.id]) == {published.id: (2, 4.5)}
    progress = queries.get_progress(work.author, matter)
    assert (progress.scores, progress.score, progress.own_score) == (2, 4.5, 4)
    for score in (0, 6):
        with pytest.raises(Invalid, match="unknown_score"):
            services.rate_answer(work.author, matter, score)
    with pytest.raises(Forbidden, match="cannot_judge"):
        services.rate_answer(work.make.actor(), matter, 3)
    with pytest.raises(WrongState, match="not_answered"):
        services.rate_answer(work.author, work.prepared(), 3)


def test_a_new_version_is_rated_anew(work: Casework) -> None:
    matter = work.answered()
    services.rate_answer(work.author, matter, 1)
    answers.correct_answer(work.official, matter, answer(reasons=both("Selkeämmin")), WHY, 1)
    assert queries.get_progress(work.author, matter).scores == 0
    services.rate_answer(work.author, matter, 5)
    assert queries.get_progress(work.author, matter).score == 5
