"""What each kind of entry does to each clock, in every status it can be in."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.core import clock as time
from app.duties.rules import (
    Clock,
    ClockKind,
    Clocks,
    Status,
    fold,
    is_overdue,
    run_out_by,
    soonest,
)
from app.journal import Entry, Kind
from app.journal.chain import moment
from app.proposals.lifecycle import LEAVING

STARTED = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
DUE = time.end_of(date(2026, 5, 8))
LATER = time.end_of(date(2026, 6, 5))
PAUSED_AT = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
STOPPED_AT = datetime(2026, 4, 10, 9, 0, tzinfo=UTC)
AT = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)
PROMISE = "7"
MONTHS = "6"
QUESTION = "5"
REFS = {
    ClockKind.PROMISE: PROMISE,
    ClockKind.FOLLOW_UP: MONTHS,
    ClockKind.COUNCIL_QUESTION: QUESTION,
}


def a_clock(kind: ClockKind, status: Status = Status.RUNNING, **columns: Any) -> Clock:
    """A clock as it stands in a status."""
    return Clock(
        kind,
        columns.pop("ref", REFS.get(kind, "")),
        **{
            "started_at": STARTED,
            "first_due": DUE,
            "due": DUE,
            "status": status,
            "paused_at": PAUSED_AT if status == Status.PAUSED else None,
            "stopped_at": None if status in (Status.RUNNING, Status.PAUSED) else STOPPED_AT,
            **columns,
        },
    )


def an_entry(kind: Kind, at: datetime = AT, **facts: Any) -> Entry:
    """An entry with whatever its kind says about clocks."""
    known = {
        "clocks": [],
        "promise": int(PROMISE),
        "due": moment(LATER),
        "ref": "",
        "mark": "document_request",
        "months": int(MONTHS),
        "question": int(QUESTION),
        **facts,
    }
    return Entry(kind, 1, "matter", 1, at, "official", None, None, known)


def some_clocks(*clocks: Clock) -> Clocks:
    """Clocks by their keys."""
    return {clock.key: clock for clock in clocks}


def only(clocks: Clocks) -> Clock:
    """The one clock there is."""
    (clock,) = clocks.values()
    return clock


OPEN = (Status.RUNNING, Status.PAUSED)
STATUTORY = (ClockKind.SIX_MONTHS, ClockKind.DOCUMENT_REQUEST, ClockKind.ACCESSIBILITY)
LASTING = (*STATUTORY, ClockKind.COUNCIL_QUESTION)
OWN = tuple(kind for kind in ClockKind if kind not in LASTING)

# By entry and clock: the statuses in which the entry touches the clock, and where it leads.
CHANGES: dict[tuple[Kind, ClockKind], tuple[tuple[Status, ...], Status]] = {
    (Kind.REGISTERED, ClockKind.ACKNOWLEDGE): (OPEN, Status.MET),
    (Kind.ESTIMATED, ClockKind.ESTIMATE): (OPEN, Status.MET),
    (Kind.ANSWERED, ClockKind.ANSWER): (OPEN, Status.MET),
    (Kind.ANSWERED, ClockKind.DOCUMENT_REQUEST): (OPEN, Status.MET),
    (Kind.ANSWERED, ClockKind.ACCESSIBILITY): (OPEN, Status.MET),
    (Kind.TAKEN_UP, ClockKind.SIX_MONTHS): (OPEN, Status.MET),
    (Kind.DOCUMENTS_GIVEN, ClockKind.DOCUMENT_REQUEST): (OPEN, Status.MET),
    (Kind.UNMARKED, ClockKind.DOCUMENT_REQUEST): (OPEN, Status.ENDED),
    (Kind.ANSWERED, ClockKind.ACKNOWLEDGE): (OPEN, Status.ENDED),
    (Kind.ANSWERED, ClockKind.ESTIMATE): (OPEN, Status.ENDED),
    (Kind.ASKED, ClockKind.ANSWER): ((Status.RUNNING,), Status.PAUSED),
    (Kind.REPLIED, ClockKind.ANSWER): ((Status.PAUSED,), Status.RUNNING),
    (Kind.RESUMED, ClockKind.ANSWER): ((Status.PAUSED,), Status.RUNNING),
    (Kind.PROMISED, ClockKind.PROMISE): (tuple(Status), Status.RUNNING),
    (Kind.PROMISE_KEPT, ClockKind.PROMISE): (tuple(Status), Status.MET),
    (Kind.PROMISE_BROKEN, ClockKind.PROMISE): (tuple(Status), Status.BROKEN),
    (Kind.MEASURED, ClockKind.FOLLOW_UP): (OPEN, Status.MET),
    (Kind.REOPENED, ClockKind.FOLLOW_UP): (OPEN, Status.ENDED),
    (Kind.QUESTION_ASKED, ClockKind.COUNCIL_QUESTION): (tuple(Status), Status.RUNNING),
    (Kind.QUESTION_PAUSED, ClockKind.COUNCIL_QUESTION): ((Status.RUNNING,), Status.PAUSED),
    (Kind.QUESTION_CONTINUED, ClockKind.COUNCIL_QUESTION): ((Status.PAUSED,), Status.RUNNING),
    (Kind.QUESTION_ANSWERED, ClockKind.COUNCIL_QUESTION): (OPEN, Status.MET),
    **{(kind, own): (OPEN, Status.ENDED) for kind in LEAVING for own in OWN},
    **{
        (Kind.RESTORED, own): ((Status.ENDED,), Status.RUNNING)
        for own in (ClockKind.ACKNOWLEDGE, ClockKind.ESTIMATE, ClockKind.ANSWER, ClockKind.PROMISE)
    },
}
SPEAKS_OF_ONE = (Kind.EXTENDED, Kind.OVERDUE, Kind.PROMISE_MOVED)  # tests of their own below


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("clock_kind", ClockKind)
@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in SPEAKS_OF_ONE])
def test_what_an_entry_does_to_a_clock(kind: Kind, clock_kind: ClockKind, status: Status) -> None:
    before = some_clocks(a_clock(ClockKind.PROMISE)) | some_clocks(a_clock(clock_kind, status))
    key = a_clock(clock_kind).key
    kept = before[key]

    after = fold(before, an_entry(kind))[key]

    touched, target = CHANGES.get((kind, clock_kind), ((), status))
    if status not in touched:
        assert after == kept
        return
    assert after.status == target
    assert (after.status == Status.PAUSED) == (after.paused_at == AT)
    assert after.stopped_at == (None if after.is_open else AT)
    if kind not in (Kind.PROMISED, Kind.QUESTION_ASKED):
        assert (after.started_at, after.first_due) == (kept.started_at, kept.first_due)


def test_unmarking_ends_only_what_was_marked() -> None:
    clocks = some_clocks(
        a_clock(ClockKind.DOCUMENT_REQUEST),
        a_clock(ClockKind.ACCESSIBILITY),
        a_clock(ClockKind.ANSWER),
    )
    after = fold(clocks, an_entry(Kind.UNMARKED, mark="accessibility"))
    assert after[ClockKind.ACCESSIBILITY, ""].status == Status.ENDED
    assert after[ClockKind.DOCUMENT_REQUEST, ""].is_open
    assert after[ClockKind.ANSWER, ""].is_open


def test_a_value_meets_its_own_measurement_and_no_other() -> None:
    six, twelve = a_clock(ClockKind.FOLLOW_UP), a_clock(ClockKind.FOLLOW_UP, ref="12")
    after = fold(some_clocks(six, twelve), an_entry(Kind.MEASURED, months=12))
    assert after[six.key] == six
    assert after[twelve.key].status == Status.MET


def test_asking_residents_meets_no_measurement() -> None:
    clocks = some_clocks(a_clock(ClockKind.FOLLOW_UP), a_clock(ClockKind.FOLLOW_UP, ref="12"))
    assert fold(clocks, an_entry(Kind.EVALUATED)) == clocks


def test_an_officials_answer_alone_does_not_take_an_initiative_up() -> None:
    clocks = some_clocks(a_clock(ClockKind.SIX_MONTHS))
    assert fold(clocks, an_entry(Kind.ANSWERED)) == clocks
    assert only(fold(clocks, an_entry(Kind.TAKEN_UP, body="kh"))).status == Status.MET


@pytest.mark.parametrize("kind", Kind)
def test_an_entry_leaves_the_clocks_before_it_as_they_were(kind: Kind) -> None:
    clocks = some_clocks(*(a_clock(k) for k in ClockKind))
    copy = dict(clocks)
    fold(clocks, an_entry(kind, clock="answer"))
    assert clocks == copy


# ---------- start ----------


@pytest.mark.parametrize("kind", ClockKind)
def test_a_clock_starts_running_with_its_first_due_moment(kind: ClockKind) -> None:
    started = [{"kind": kind.value, "ref": "6", "due": moment(DUE)}]
    clock = only(fold({}, an_entry(Kind.CLOCKS_STARTED, clocks=started)))
    assert clock == Clock(kind, "6", started_at=AT, first_due=DUE, due=DUE)


def test_a_promise_starts_its_own_clock() -> None:
    clock = only(fold({}, an_entry(Kind.PROMISED)))
    assert clock == Clock(ClockKind.PROMISE, PROMISE, started_at=AT, first_due=LATER, due=LATER)


def test_a_councillors_question_starts_its_own_clock() -> None:
    clock = only(fold({}, an_entry(Kind.QUESTION_ASKED)))
    kind = ClockKind.COUNCIL_QUESTION
    assert clock == Clock(kind, QUESTION, started_at=AT, first_due=LATER, due=LATER)


def test_measuring_starts_afresh_when_it_is_implemented_again() -> None:
    old = a_clock(ClockKind.FOLLOW_UP, Status.ENDED, ref="6", overdue_at=DUE)
    started = [{"kind": "follow_up", "ref": "6", "due": moment(LATER)}]
    clock = only(fold(some_clocks(old), an_entry(Kind.CLOCKS_STARTED, clocks=started)))
    assert clock == Clock(ClockKind.FOLLOW_UP, "6", started_at=AT, first_due=LATER, due=LATER)


# ---------- pause and continue ----------


def local(*parts: int) -> datetime:
    """A moment by Espoo's clock."""
    return datetime(*parts, tzinfo=time.ZONE).astimezone(UTC)  # type: ignore[misc, arg-type]


PAUSES = {
    "within a day": (local(2026, 4, 1, 9), local(2026, 4, 1, 16), 0),
    "over one midnight": (local(2026, 4, 1, 23, 59), local(2026, 4, 2, 0, 1), 1),
    "whole days": (local(2026, 4, 1, 9), local(2026, 4, 8, 9), 7),
    "summer time begins": (local(2026, 3, 28, 12), local(2026, 3, 30, 12), 2),
    "the short night": (local(2026, 3, 28, 23, 30), local(2026, 3, 30, 0, 0), 2),
    "the day of 23 hours": (local(2026, 3, 29, 0, 0), local(2026, 3, 30, 0, 0), 1),
    "summer time ends": (local(2026, 10, 24, 12), local(2026, 10, 26, 12), 2),
    "the night of 25 hours": (local(2026, 10, 24, 23, 30), local(2026, 10, 26, 0, 0), 2),
    "the day of 25 hours": (local(2026, 10, 25, 0, 0), local(2026, 10, 26, 0, 0), 1),
    "to the end of a day of 25 hours": (
        local(2026, 10, 25, 0, 0),
        local(2026, 10, 25, 23, 59),
        0,
    ),
    "within the hour that comes twice": (
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
        0,
    ),
    "to the end of a day of 23 hours": (local(2026, 3, 29, 0, 0), local(2026, 3, 29, 23, 59), 0),
}


@pytest.mark.parametrize("kind", [Kind.QUESTION_CONTINUED, Kind.QUESTION_ANSWERED])
@pytest.mark.parametrize(("asked", "replied", "days"), PAUSES.values(), ids=PAUSES)
def test_a_councillors_pause_moves_the_due_day_of_that_question_only(
    kind: Kind, asked: datetime, replied: datetime, days: int
) -> None:
    own = a_clock(ClockKind.COUNCIL_QUESTION)
    others = some_clocks(a_clock(ClockKind.ANSWER), a_clock(ClockKind.COUNCIL_QUESTION, ref="6"))
    clocks = fold(some_clocks(own) | others, an_entry(Kind.QUESTION_PAUSED, asked))
    assert clocks[own.key].status == Status.PAUSED
    clocks = fold(clocks, an_entry(kind, replied))
    assert clocks[own.key].due == time.end_of(date(2026, 5, 8) + timedelta(days=days))
    assert clocks[own.key].paused_days == days
    assert clocks[own.key].first_due == DUE
    assert {key: clocks[key] for key in others} == others


@pytest.mark.parametrize("kind", [Kind.REPLIED, Kind.RESUMED])
@pytest.mark.parametrize(("asked", "replied", "days"), PAUSES.values(), ids=PAUSES)
def test_a_pause_moves_the_due_day_by_the_local_days_it_lasted(
    kind: Kind, asked: datetime, replied: datetime, days: int
) -> None:
    clocks = fold(some_clocks(a_clock(ClockKind.ANSWER)), an_entry(Kind.ASKED, asked))
    assert soonest(clocks) is None
    clock = only(fold(clocks, an_entry(kind, replied)))
    assert clock.status == Status.RUNNING
    assert clock.paused_days == days
    assert clock.due == time.end_of(date(2026, 5, 8) + timedelta(days=days))
    assert clock.first_due == DUE


@pytest.mark.parametrize(
    ("due", "days", "moved"),
    [
        (date(2026, 3, 27), 1, "2026-03-28T22:00Z"),  # the end of a Saturday in winter time
        (date(2026, 3, 27), 2, "2026-03-29T21:00Z"),  # the end of the day of 23 hours
        (date(2026, 3, 27), 3, "2026-03-30T21:00Z"),
        (date(2026, 10, 23), 1, "2026-10-24T21:00Z"),
        (date(2026, 10, 23), 2, "2026-10-25T22:00Z"),  # the end of the day of 25 hours
        (date(2026, 10, 23), 3, "2026-10-26T22:00Z"),
    ],
)
def test_a_moved_due_moment_is_the_end_of_a_local_day_when_the_clocks_of_europe_turn(
    due: date, days: int, moved: str
) -> None:
    end = time.end_of(due)
    asked = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)
    clocks = some_clocks(a_clock(ClockKind.ANSWER, first_due=end, due=end))
    clocks = fold(clocks, an_entry(Kind.ASKED, asked))
    clock = only(fold(clocks, an_entry(Kind.REPLIED, asked + timedelta(days=days))))
    assert clock.due == datetime.fromisoformat(moved)


def test_pauses_add_up() -> None:
    clocks = some_clocks(a_clock(ClockKind.ANSWER))
    for start, days in ((1, 3), (10, 5)):
        asked = datetime(2026, 4, start, 9, 0, tzinfo=UTC)
        clocks = fold(clocks, an_entry(Kind.ASKED, asked))
        clocks = fold(clocks, an_entry(Kind.REPLIED, asked + timedelta(days=days)))
    assert only(clocks).paused_days == 8
    assert only(clocks).due == time.end_of(date(2026, 5, 16))


def test_a_body_does_not_pause_the_answer() -> None:
    clocks = some_clocks(a_clock(ClockKind.ANSWER))
    for kind in (Kind.SENT_TO_BODY, Kind.BACK_FROM_BODY):
        assert fold(clocks, an_entry(kind)) == clocks


def test_asking_pauses_only_the_answer_that_is_due_now() -> None:
    first = a_clock(ClockKind.ANSWER, Status.MET)
    second = a_clock(ClockKind.ANSWER, ref="2")
    after = fold(some_clocks(first, second), an_entry(Kind.ASKED))
    assert after[first.key] == first
    assert after[second.key].status == Status.PAUSED


# ---------- extend and move ----------


@pytest.mark.parametrize("status", OPEN)
@pytest.mark.parametrize("kind", ClockKind)
def test_extending_keeps_the_first_date_and_shows_both(kind: ClockKind, status: Status) -> None:
    before = a_clock(kind, status)
    entry = an_entry(Kind.EXTENDED, clock=kind.value, ref=before.ref)
    assert only(fold(some_clocks(before), entry)) == replace(before, due=LATER)


@pytest.mark.parametrize("status", [Status.MET, Status.BROKEN, Status.ENDED])
@pytest.mark.parametrize("kind", ClockKind)
def test_a_stopped_clock_is_not_extended(kind: ClockKind, status: Status) -> None:
    clocks = some_clocks(a_clock(kind, status))
    entry = an_entry(Kind.EXTENDED, clock=kind.value, ref=only(clocks).ref)
    assert fold(clocks, entry) == clocks


@pytest.mark.parametrize("other", [("estimate", ""), ("answer", "2")])
def test_extending_another_clock_changes_nothing(other: tuple[str, str]) -> None:
    clocks = some_clocks(a_clock(ClockKind.ANSWER))
    assert fold(clocks, an_entry(Kind.EXTENDED, clock=other[0], ref=other[1])) == clocks


def test_an_extended_clock_that_is_paused_moves_on_from_its_new_date() -> None:
    clocks = fold(some_clocks(a_clock(ClockKind.ANSWER)), an_entry(Kind.ASKED, PAUSED_AT))
    clocks = fold(clocks, an_entry(Kind.EXTENDED, clock="answer"))
    clock = only(fold(clocks, an_entry(Kind.REPLIED, PAUSED_AT + timedelta(days=4))))
    assert (clock.first_due, clock.due) == (DUE, time.end_of(date(2026, 6, 9)))


def test_a_moved_promise_keeps_its_first_date() -> None:
    before = a_clock(ClockKind.PROMISE)
    assert only(fold(some_clocks(before), an_entry(Kind.PROMISE_MOVED))) == replace(
        before, due=LATER
    )


# ---------- running out ----------


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("kind", ClockKind)
def test_an_overdue_entry_marks_its_clock_whatever_it_does_now(
    kind: ClockKind, status: Status
) -> None:
    before = a_clock(kind, status)
    entry = an_entry(Kind.OVERDUE, DUE, clock=kind.value, ref=before.ref)
    after = fold(some_clocks(before), entry)
    assert only(after) == replace(before, overdue_at=DUE)
    assert is_overdue(after) == (status in OPEN)


def test_an_extension_after_running_out_leaves_the_clock_overdue() -> None:
    clocks = some_clocks(a_clock(ClockKind.ANSWER, overdue_at=DUE))
    after = fold(clocks, an_entry(Kind.EXTENDED, DUE + timedelta(days=1), clock="answer"))
    assert only(after).overdue_at == DUE
    assert is_overdue(after)


def test_a_clock_runs_out_at_its_due_moment_and_not_before() -> None:
    clocks = some_clocks(a_clock(ClockKind.ANSWER))
    assert run_out_by(clocks, DUE - timedelta(microseconds=1)) == []
    assert run_out_by(clocks, DUE) == [only(clocks)]


@pytest.mark.parametrize("status", [status for status in Status if status != Status.RUNNING])
def test_only_running_clocks_run_out(status: Status) -> None:
    clocks = some_clocks(a_clock(ClockKind.ANSWER, status))
    assert run_out_by(clocks, DUE + timedelta(days=99)) == []
    assert soonest(clocks) is None


def test_a_clock_runs_out_once() -> None:
    clocks = some_clocks(a_clock(ClockKind.ANSWER, overdue_at=DUE))
    assert run_out_by(clocks, DUE + timedelta(days=99)) == []
    assert soonest(clocks) == only(clocks)


def test_the_soonest_deadline_is_the_first_of_the_running_ones() -> None:
    early = a_clock(ClockKind.ESTIMATE, due=DUE - timedelta(days=30))
    late = a_clock(ClockKind.ANSWER)
    asked = a_clock(ClockKind.ACKNOWLEDGE, Status.PAUSED, due=STARTED)
    assert soonest(some_clocks(late, asked, early)) == early
    assert run_out_by(some_clocks(late, asked, early), LATER) == [early, late]
    assert soonest({}) is None


# ---------- restored ----------


def test_a_restored_clock_runs_on_later_by_the_days_it_was_away() -> None:
    left = fold(some_clocks(a_clock(ClockKind.ANSWER)), an_entry(Kind.WITHDRAWN, PAUSED_AT))
    clock = only(fold(left, an_entry(Kind.RESTORED, PAUSED_AT + timedelta(days=10))))
    assert clock == a_clock(ClockKind.ANSWER, due=time.end_of(date(2026, 5, 18)), paused_days=10)


def test_a_matter_restored_while_its_author_is_asked_still_waits() -> None:
    clocks = fold(some_clocks(a_clock(ClockKind.ANSWER)), an_entry(Kind.ASKED, PAUSED_AT))
    clocks = fold(clocks, an_entry(Kind.WITHDRAWN, PAUSED_AT + timedelta(days=4)))
    assert only(clocks).status == Status.ENDED
    clocks = fold(clocks, an_entry(Kind.RESTORED, PAUSED_AT + timedelta(days=9)))
    assert only(clocks) == a_clock(ClockKind.ANSWER, Status.PAUSED)
    clock = only(fold(clocks, an_entry(Kind.REPLIED, PAUSED_AT + timedelta(days=11))))
    assert (clock.paused_days, clock.due) == (11, time.end_of(date(2026, 5, 19)))


@pytest.mark.parametrize("kind", [ClockKind.ACKNOWLEDGE, ClockKind.ESTIMATE])
def test_what_an_answer_made_pointless_stays_ended(kind: ClockKind) -> None:
    clocks = some_clocks(a_clock(kind), a_clock(ClockKind.ANSWER))
    for step in (Kind.ANSWERED, Kind.WITHDRAWN, Kind.RESTORED):
        clocks = fold(clocks, an_entry(step))
    assert clocks[kind, ""].status == Status.ENDED
    assert clocks[ClockKind.ANSWER, ""].status == Status.MET


def test_a_reopened_matter_that_left_gets_its_new_answer_clock_back() -> None:
    first = a_clock(ClockKind.ANSWER, Status.MET)
    estimate = a_clock(ClockKind.ESTIMATE, Status.ENDED)
    follow_up = a_clock(ClockKind.FOLLOW_UP, Status.ENDED, ref="6")
    second = a_clock(ClockKind.ANSWER, ref="2")
    clocks = some_clocks(first, estimate, follow_up, second)
    for step in (Kind.TRANSFERRED, Kind.RESTORED):
        clocks = fold(clocks, an_entry(step))
    assert clocks == some_clocks(first, estimate, follow_up, second)


def test_a_promise_of_a_restored_matter_keeps_its_date() -> None:
    clocks = some_clocks(a_clock(ClockKind.PROMISE))
    for step, at in ((Kind.WITHDRAWN, AT), (Kind.RESTORED, AT + timedelta(days=30))):
        clocks = fold(clocks, an_entry(step, at))
    assert clocks == some_clocks(a_clock(ClockKind.PROMISE))


@pytest.mark.parametrize("settled", [Kind.PROMISE_KEPT, Kind.PROMISE_BROKEN])
def test_a_promise_settled_while_the_matter_was_away_stays_settled(settled: Kind) -> None:
    clocks = some_clocks(a_clock(ClockKind.PROMISE))
    for step in (Kind.WITHDRAWN, settled, Kind.RESTORED):
        clocks = fold(clocks, an_entry(step))
    assert only(clocks).status in (Status.MET, Status.BROKEN)


@pytest.mark.parametrize("kind", LASTING)
def test_a_clock_that_outlives_the_handling_runs_on_while_the_matter_is_away(
    kind: ClockKind,
) -> None:
    clocks = some_clocks(a_clock(kind))
    for step in (Kind.WITHDRAWN, Kind.RESTORED, Kind.TRANSFERRED):
        clocks = fold(clocks, an_entry(step))
    assert clocks == some_clocks(a_clock(kind))
