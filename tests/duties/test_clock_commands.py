"""Clocks as people's acts start and stop them, and as the tables then hold them."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.city import get_city
from app.city import services as city
from app.core import clock as time
from app.core.access import Actor
from app.duties import schedule, services
from app.duties.queries import list_clocks
from app.duties.rules import Clock, ClockKind, Status
from app.extensions import db
from app.journal import Kind, replay
from app.journal.models import JournalEntry
from app.proposals import counts
from app.proposals import services as proposals
from app.proposals import support as supporting
from app.proposals.lifecycle import MatterKind, State
from app.proposals.models import Matter
from tests.conftest import START
from tests.factories import Factory
from tests.steps import step, walk

Move = Callable[[datetime], None]
HANDLING = (ClockKind.ACKNOWLEDGE, ClockKind.ESTIMATE, ClockKind.ANSWER)


def clocks_of(matter: Matter) -> dict[tuple[ClockKind, str], Clock]:
    """The matter's clocks by kind and reference, once tables and journal agree."""
    db.session.rollback()
    assert list(replay.differences()) == []
    assert counts.get_counts() == counts.counted()
    return {clock.key: clock for clock in list_clocks([matter.id])[matter.id]}


def statuses(matter: Matter) -> dict[ClockKind, Status]:
    """What each clock of a matter does, where a kind has one clock."""
    return {kind: clock.status for (kind, _), clock in clocks_of(matter).items()}


def last_days(matter: Matter) -> dict[str, str]:
    """The last day of each clock."""
    return {
        kind.value + ref: time.last_day(clock.due).isoformat()
        for (kind, ref), clock in clocks_of(matter).items()
    }


def overdue_entries(matter: Matter) -> list[tuple[str, datetime]]:
    """Clock and moment of each overdue entry."""
    query = select(JournalEntry).where(
        JournalEntry.subject_id == matter.id, JournalEntry.kind == Kind.OVERDUE.value
    )
    rows = db.session.scalars(query.order_by(JournalEntry.seq))
    return [(row.facts.partition('"clock":"')[2].partition('"')[0], row.at) for row in rows]


def small_city(**clocks: Any) -> None:
    """A city of 150 people, so that three makers are two percent; clocks as given."""
    seed = deepcopy(city.read_seed())
    seed["municipality"]["population"]["value"] = 150
    seed["municipality"]["clocks"].update(clocks)
    city.seed_city(seed)


def sign(make: Factory, matter: Matter, makers: int) -> None:
    """Let some people sign an initiative."""
    for _ in range(makers):
        supporting.sign_initiative(
            make.actor(), matter, supporting.Signature("Maija Meikäläinen", "Espoo")
        )


# ---------- publishing ----------


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (MatterKind.FEEDBACK, "2026-03-23"),
        (MatterKind.PROPOSAL, "2026-05-08"),
        (MatterKind.INITIATIVE, "2026-07-07"),
    ],
)
def test_publishing_starts_the_clocks_of_handling(
    make: Factory, kind: MatterKind, answer: str
) -> None:
    matter = make.matter(kind=kind)
    assert last_days(matter) == {
        "acknowledge": "2026-03-11",
        "estimate": "2026-04-09",
        "answer": answer,
    }
    dues = schedule.handling_due(get_city().settings["clocks"], kind, START)
    for key, clock in clocks_of(matter).items():
        assert clock == Clock(*key, started_at=START, first_due=dues[key[0]], due=dues[key[0]])
    assert (matter.next_due, matter.next_due_kind) == (dues[ClockKind.ACKNOWLEDGE], "acknowledge")
    assert not matter.overdue


def test_a_draft_has_no_clocks(make: Factory) -> None:
    assert clocks_of(make.draft()) == {}


def test_the_citys_own_days_count(make: Factory) -> None:
    small_city(
        acknowledge_working_days=1,
        estimate_months=2,
        answer_days={"feedback": 7, "proposal": 30, "initiative": 90},
    )
    assert last_days(make.matter()) == {
        "acknowledge": "2026-03-10",
        "estimate": "2026-05-11",
        "answer": "2026-04-08",
    }


def test_a_new_setting_does_not_move_old_deadlines(make: Factory) -> None:
    matter = make.matter()
    before = last_days(matter)
    small_city(answer_days={"feedback": 1, "proposal": 2, "initiative": 3})
    assert last_days(matter) == before
    step(matter, Kind.REGISTERED)
    assert last_days(matter) == before


# ---------- handling ----------


def test_registering_estimating_and_answering_meet_their_clocks(make: Factory) -> None:
    matter = make.matter()
    step(matter, Kind.REGISTERED)
    assert statuses(matter) == {
        ClockKind.ACKNOWLEDGE: Status.MET,
        ClockKind.ESTIMATE: Status.RUNNING,
        ClockKind.ANSWER: Status.RUNNING,
    }
    assert matter.next_due_kind == "estimate"
    step(matter, Kind.ESTIMATED)
    assert matter.next_due_kind == "answer"
    step(matter, Kind.PREPARING)
    step(matter, Kind.ANSWERED)
    assert set(statuses(matter).values()) == {Status.MET}
    assert (matter.next_due, matter.next_due_kind) == (None, None)


def test_the_answer_waits_while_the_author_is_asked(make: Factory, held: Move) -> None:
    matter = walk(make.draft(), State.IN_PREPARATION)
    step(matter, Kind.ESTIMATED)
    step(matter, Kind.ASKED)
    assert statuses(matter)[ClockKind.ANSWER] == Status.PAUSED
    assert matter.next_due is None
    held(START + timedelta(days=10))
    step(matter, Kind.REPLIED)
    assert last_days(matter)["answer"] == "2026-05-18"
    assert matter.next_due == time.end_of(date(2026, 5, 18))


def test_a_body_does_not_stop_the_answers_clock(make: Factory, held: Move) -> None:
    matter = walk(make.draft(), State.IN_PREPARATION)
    before = clocks_of(matter)
    step(matter, Kind.SENT_TO_BODY)
    held(START + timedelta(days=10))
    step(matter, Kind.BACK_FROM_BODY)
    assert clocks_of(matter) == before


def test_an_extension_shows_both_dates(make: Factory) -> None:
    matter = walk(make.draft(), State.IN_PREPARATION)
    until = time.end_of(date(2026, 6, 30))
    step(matter, Kind.EXTENDED, due=until)
    clock = clocks_of(matter)[ClockKind.ANSWER, ""]
    assert (clock.first_due, clock.due) == (time.end_of(date(2026, 5, 8)), until)


# ---------- promises, follow-up, reopening ----------


def test_promises_are_clocks_of_their_own(make: Factory) -> None:
    matter = walk(make.draft(), State.ANSWERED)
    first, second = time.end_of(date(2026, 9, 1)), time.end_of(date(2026, 10, 1))
    step(matter, Kind.PROMISED, promise=7, due=first)
    step(matter, Kind.PROMISED, promise=8, due=second)
    assert (matter.next_due, matter.next_due_kind) == (first, "promise")
    step(matter, Kind.PROMISE_MOVED, promise=7, due=time.end_of(date(2026, 11, 1)))
    assert matter.next_due == second
    step(matter, Kind.PROMISE_KEPT, promise=8)
    step(matter, Kind.PROMISE_BROKEN, promise=7)
    found = clocks_of(matter)
    assert found[ClockKind.PROMISE, "7"].status == Status.BROKEN
    assert found[ClockKind.PROMISE, "7"].first_due == first
    assert found[ClockKind.PROMISE, "8"].status == Status.MET
    assert matter.next_due is None


def test_implementing_starts_the_measurements(make: Factory) -> None:
    matter = walk(make.draft(), State.IMPLEMENTED)
    days = last_days(matter)
    assert (days["follow_up6"], days["follow_up12"]) == ("2026-09-09", "2027-03-09")
    step(matter, Kind.EVALUATED)
    found = clocks_of(matter)
    assert found[ClockKind.FOLLOW_UP, "6"].status == Status.RUNNING
    assert matter.next_due_kind == "follow_up"
    step(matter, Kind.MEASURED, months=12)
    found = clocks_of(matter)
    assert found[ClockKind.FOLLOW_UP, "6"].status == Status.RUNNING
    assert found[ClockKind.FOLLOW_UP, "12"].status == Status.MET
    step(matter, Kind.MEASURED, months=6)
    assert clocks_of(matter)[ClockKind.FOLLOW_UP, "6"].status == Status.MET
    assert matter.next_due is None


def test_reopening_starts_a_new_answer_and_ends_the_measuring(make: Factory, held: Move) -> None:
    matter = walk(make.draft(), State.IMPLEMENTED)
    held(datetime(2026, 8, 3, 9, 0, tzinfo=UTC))
    step(matter, Kind.REOPENED)
    found = clocks_of(matter)
    assert found[ClockKind.ANSWER, ""].status == Status.MET
    assert found[ClockKind.ANSWER, "2"].started_at == time.now()
    assert last_days(matter)["answer2"] == "2026-10-02"
    assert found[ClockKind.FOLLOW_UP, "6"].status == Status.ENDED
    for kind in (Kind.ANSWERED, Kind.IMPLEMENTING, Kind.IMPLEMENTED):
        step(matter, kind)
    assert last_days(matter)["follow_up6"] == "2027-02-03"
    step(matter, Kind.REOPENED)
    assert clocks_of(matter)[ClockKind.ANSWER, "3"].status == Status.RUNNING


# ---------- two percent of residents ----------


def test_two_percent_of_makers_start_six_months_from_publishing(make: Factory, held: Move) -> None:
    small_city()
    matter = make.matter(kind=MatterKind.INITIATIVE)
    held(START + timedelta(days=30))
    sign(make, matter, 2)
    assert ClockKind.SIX_MONTHS not in statuses(matter)
    sign(make, matter, 1)
    due = time.end_of(date(2026, 9, 9))
    assert clocks_of(matter)[ClockKind.SIX_MONTHS, ""] == Clock(
        ClockKind.SIX_MONTHS, "", started_at=START, first_due=due, due=due
    )
    before = clocks_of(matter)
    sign(make, matter, 1)
    assert clocks_of(matter) == before


def test_supporters_are_no_makers(make: Factory) -> None:
    small_city()
    matter = make.matter(kind=MatterKind.INITIATIVE)
    for _ in range(3):
        supporting.support_proposal(make.actor(), matter.id)
    assert ClockKind.SIX_MONTHS not in statuses(matter)


def test_a_threshold_reached_after_six_months_is_overdue_from_its_due_moment(
    make: Factory, held: Move
) -> None:
    small_city()
    matter = make.matter(kind=MatterKind.INITIATIVE)
    step(matter, Kind.REGISTERED)
    step(matter, Kind.ESTIMATED)
    held(datetime(2026, 6, 1, 9, 0, tzinfo=UTC))
    step(matter, Kind.EXTENDED, due=time.end_of(date(2027, 6, 1)))
    held(datetime(2026, 12, 1, 9, 0, tzinfo=UTC))
    sign(make, matter, 3)
    due = time.end_of(date(2026, 9, 9))
    assert (matter.next_due, matter.overdue) == (due, False)
    assert services.run_out_clocks() == 1
    assert overdue_entries(matter) == [("six_months", due)]
    assert clocks_of(matter)[ClockKind.SIX_MONTHS, ""].overdue_at == due
    assert matter.overdue
    assert services.run_out_clocks() == 0


# ---------- leaving and returning ----------


@pytest.mark.parametrize("leaving", [Kind.WITHDRAWN, Kind.TRANSFERRED])
def test_leaving_ends_own_clocks_but_not_the_statutory_one(make: Factory, leaving: Kind) -> None:
    small_city()
    author = make.actor()
    matter = make.matter(author, kind=MatterKind.INITIATIVE)
    sign(make, matter, 3)
    if leaving == Kind.WITHDRAWN:
        proposals.withdraw_proposal(author, matter, "The lights are there already.")
    else:
        step(matter, leaving)
    assert statuses(matter) == {
        ClockKind.SIX_MONTHS: Status.RUNNING,
        **dict.fromkeys(HANDLING, Status.ENDED),
    }
    assert matter.next_due_kind == "six_months"


def test_the_statutory_clock_of_a_withdrawn_matter_runs_out(make: Factory, held: Move) -> None:
    small_city()
    author = make.actor()
    matter = make.matter(author, kind=MatterKind.INITIATIVE)
    sign(make, matter, 3)
    proposals.withdraw_proposal(author, matter, "The lights are there already.")
    held(datetime(2027, 1, 4, 9, 0, tzinfo=UTC))
    assert services.run_out_clocks() == 1
    assert overdue_entries(matter) == [("six_months", time.end_of(date(2026, 9, 9)))]
    assert clocks_of(matter)[ClockKind.ANSWER, ""].overdue_at is None


def test_a_restored_matter_gets_the_days_it_was_away(make: Factory, held: Move) -> None:
    matter = walk(make.draft(), State.IN_PREPARATION)
    held(START + timedelta(days=7))
    step(matter, Kind.TRANSFERRED)
    assert matter.next_due is None
    held(START + timedelta(days=27))
    step(matter, Kind.RESTORED)
    assert last_days(matter) == {
        "acknowledge": "2026-03-11",
        "estimate": "2026-04-29",
        "answer": "2026-05-28",
    }
    assert clocks_of(matter)[ClockKind.ANSWER, ""].paused_days == 20


def test_a_matter_restored_while_waiting_still_waits(make: Factory, held: Move) -> None:
    matter = walk(make.draft(), State.WAITING)
    held(START + timedelta(days=5))
    step(matter, Kind.WITHDRAWN)
    held(START + timedelta(days=9))
    step(matter, Kind.RESTORED)
    assert matter.state == State.WAITING
    assert statuses(matter)[ClockKind.ANSWER] == Status.PAUSED
    held(START + timedelta(days=11))
    step(matter, Kind.REPLIED)
    assert last_days(matter)["answer"] == "2026-05-19"


def test_a_restored_answered_matter_owes_no_estimate(make: Factory) -> None:
    matter = walk(make.draft(), State.ANSWERED)
    step(matter, Kind.PROMISED, due=time.end_of(date(2026, 9, 1)))
    step(matter, Kind.WITHDRAWN)
    step(matter, Kind.RESTORED)
    assert statuses(matter) == {
        ClockKind.ACKNOWLEDGE: Status.MET,
        ClockKind.ESTIMATE: Status.ENDED,
        ClockKind.ANSWER: Status.MET,
        ClockKind.PROMISE: Status.RUNNING,
    }


def test_nobody_else_can_start_clocks_twice(make: Factory) -> None:
    author: Actor = make.actor()
    matter = make.matter(author)
    before = clocks_of(matter)
    with pytest.raises(Exception, match="not_a_draft"):
        proposals.publish_proposal(author, matter)
    assert clocks_of(matter) == before
