"""A deadline that passes is written once, as of the moment it passed, however the job runs."""

import json
import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core import clock as time
from app.duties import services
from app.duties.models import DutyClock
from app.duties.queries import list_clocks
from app.duties.rules import ClockKind, Status
from app.extensions import db
from app.journal import Kind, replay, verification
from app.journal.models import JournalEntry
from app.proposals import counts
from app.proposals.lifecycle import LEAVING, MOVES, State, can_move, state_after
from app.proposals.models import Matter
from tests.conftest import START
from tests.factories import Factory
from tests.steps import step, walk

Move = Callable[[datetime], None]
Step = tuple[datetime, Kind, dict[str, Any]]
only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)

ACKNOWLEDGE_DUE = time.end_of(date(2026, 3, 11))
ESTIMATE_DUE = time.end_of(date(2026, 4, 9))
ANSWER_DUE = time.end_of(date(2026, 5, 8))


def journal_of(matter: Matter) -> list[dict[str, Any]]:
    """A matter's entries in the order in which they took effect.

    Without what tells when they were recorded, and without the salted digest and the case number,
    which are never the same twice.
    """
    aside = ("title", "text", "case_number")
    query = select(JournalEntry).where(JournalEntry.subject_id == matter.id)
    entries = [
        {
            "at": row.at.isoformat(),
            "kind": row.kind,
            "version": row.version,
            "role": row.role,
            "unit": row.unit,
            "facts": {k: v for k, v in json.loads(row.facts).items() if k not in aside},
        }
        for row in db.session.scalars(query)
    ]
    return sorted(entries, key=lambda entry: json.dumps(entry, sort_keys=True))


def overdue_of(matter: Matter) -> list[tuple[str, str, datetime, str]]:
    """Clock, reference, moment and first date of each overdue entry."""
    found = []
    for entry in journal_of(matter):
        if entry["kind"] == Kind.OVERDUE:
            facts, at = entry["facts"], datetime.fromisoformat(entry["at"])
            found.append((facts["clock"], facts["ref"], at, facts["first_due"][:10]))
    return found


def everything_agrees() -> None:
    """Tables, kept counts and chain follow from the journal."""
    db.session.rollback()
    assert list(replay.differences()) == []
    assert counts.get_counts() == counts.counted()
    assert verification.verify_database().ok


def nights(start: datetime, end: datetime) -> Iterator[datetime]:
    """Five past each local midnight between two moments."""
    day = time.local_date(start) + timedelta(days=1)
    while (night := time.start_of(day) + timedelta(minutes=5)) <= end:
        yield night
        day += timedelta(days=1)


def live(make: Factory, move: Move, steps: list[Step], end: datetime, *, nightly: bool) -> Matter:
    """One matter's life; the job runs each night, or only twice at the very end."""
    move(START)
    matter, now = make.draft(), START
    for at, kind, facts in [*steps, (end, Kind.SHOWN, {})]:
        for night in nights(now, at) if nightly else ():
            move(night)
            services.run_out_clocks()
        now = at
        move(at)
        step(matter, kind, **facts)
    services.run_out_clocks()
    services.run_out_clocks()
    return matter


# ---------- the moment, once ----------


def test_nothing_runs_out_before_its_moment(make: Factory, held: Move) -> None:
    matter = make.matter()
    held(ACKNOWLEDGE_DUE - timedelta(microseconds=1))
    assert services.run_out_clocks() == 0
    assert not matter.overdue
    held(ACKNOWLEDGE_DUE)
    assert services.run_out_clocks() == 1
    assert matter.overdue
    assert overdue_of(matter) == [("acknowledge", "", ACKNOWLEDGE_DUE, "2026-03-11")]
    everything_agrees()


def test_a_late_job_writes_the_moment_that_passed_and_writes_it_once(
    make: Factory, held: Move
) -> None:
    matter = make.matter()
    held(ANSWER_DUE + timedelta(days=200))
    assert services.run_out_clocks() == 3
    assert services.run_out_clocks() == 0
    assert overdue_of(matter) == [
        ("acknowledge", "", ACKNOWLEDGE_DUE, "2026-03-11"),
        ("estimate", "", ESTIMATE_DUE, "2026-04-09"),
        ("answer", "", ANSWER_DUE, "2026-05-08"),
    ]
    recorded = db.session.scalars(
        select(JournalEntry.recorded_at).where(JournalEntry.kind == Kind.OVERDUE.value)
    )
    assert set(recorded) == {time.now()}
    everything_agrees()


def test_two_jobs_that_found_the_same_clock_write_it_once(make: Factory, held: Move) -> None:
    matter = make.matter()
    held(ACKNOWLEDGE_DUE)
    (clock_id,) = db.session.scalars(
        select(DutyClock.id).where(DutyClock.kind == ClockKind.ACKNOWLEDGE)
    )
    db.session.rollback()
    assert services.run_out(matter.id, clock_id) == 1
    assert services.run_out(matter.id, clock_id) == 0
    assert len(overdue_of(matter)) == 1


def test_many_clocks_run_out_in_batches(
    make: Factory, held: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "BATCH", 2)
    matters = [make.matter() for _ in range(5)]
    held(ACKNOWLEDGE_DUE)
    assert services.run_out_clocks() == 5
    assert all(len(overdue_of(matter)) == 1 for matter in matters)
    everything_agrees()


# ---------- a job that did not run ----------


def test_nine_days_without_the_job_leave_no_trace(make: Factory, held: Move) -> None:
    """Registered late, extended late and asked late, all while the job stood still."""
    day = timedelta(days=1)
    steps: list[Step] = [
        (START, Kind.PUBLISHED, {}),
        (ACKNOWLEDGE_DUE + 2 * day, Kind.REGISTERED, {}),
        (ACKNOWLEDGE_DUE + 3 * day, Kind.PREPARING, {}),
        (ACKNOWLEDGE_DUE + 4 * day, Kind.HANDED_OVER, {}),
    ]
    end = ACKNOWLEDGE_DUE + 9 * day
    late = live(make, held, steps, end, nightly=False)
    daily = live(make, held, steps, end, nightly=True)
    assert journal_of(late) == journal_of(daily)
    assert overdue_of(late) == [("acknowledge", "", ACKNOWLEDGE_DUE, "2026-03-11")]
    assert list_clocks([late.id])[late.id] == list_clocks([daily.id])[daily.id]
    everything_agrees()


LATE_ACTS: dict[Kind, dict[str, Any]] = {
    Kind.ANSWERED: {},
    Kind.ASKED: {},
    Kind.EXTENDED: {"due": time.end_of(date(2026, 9, 1))},
    Kind.ESTIMATED: {},
    Kind.WITHDRAWN: {},
    Kind.TRANSFERRED: {},
}


@pytest.mark.parametrize("kind", LATE_ACTS)
def test_an_act_after_the_deadline_does_not_hide_that_it_passed(
    make: Factory, held: Move, kind: Kind
) -> None:
    """The answer is due on 8 May; the job last ran before, the act comes on 20 May."""
    matter = walk(make.draft(), State.IN_PREPARATION)
    held(ANSWER_DUE + timedelta(days=12))
    step(matter, kind, **LATE_ACTS[kind])
    everything_agrees()
    services.run_out_clocks()
    assert overdue_of(matter) == [
        ("estimate", "", ESTIMATE_DUE, "2026-04-09"),
        ("answer", "", ANSWER_DUE, "2026-05-08"),
    ]
    everything_agrees()


@pytest.mark.parametrize("kind", [Kind.PROMISE_KEPT, Kind.PROMISE_MOVED, Kind.PROMISE_BROKEN])
def test_a_promise_settled_late_was_late(make: Factory, held: Move, kind: Kind) -> None:
    matter = walk(make.draft(), State.ANSWERED)
    due = time.end_of(date(2026, 6, 1))
    step(matter, Kind.PROMISED, due=due)
    held(due + timedelta(days=3))
    facts = {"due": time.end_of(date(2026, 9, 1))} if kind == Kind.PROMISE_MOVED else {}
    step(matter, kind, **facts)
    services.run_out_clocks()
    assert overdue_of(matter) == [("promise", "7", due, "2026-06-01")]
    everything_agrees()


def _some_life(chance: random.Random) -> list[Step]:
    """Legal steps at random moments, often late; promises come with answers."""
    state, before, now = State.PUBLISHED, None, START
    steps: list[Step] = [(START, Kind.PUBLISHED, {})]
    promises = 0
    open_promises: set[int] = set()
    for _ in range(chance.randint(4, 18)):
        now += timedelta(minutes=chance.choice((3, 700, 3000, 9000, 40000, 90000)))
        later = time.end_of(time.local_date(now) + timedelta(days=chance.randint(1, 60)))
        extras: list[tuple[Kind, dict[str, Any]]] = [
            (Kind.ESTIMATED, {}),
            (Kind.EXTENDED, {"due": later}),
            *(
                (kind, {"promise": p, "due": later})
                for p in sorted(open_promises)
                for kind in (Kind.PROMISE_MOVED,)
            ),
            *(
                (kind, {"promise": p})
                for p in sorted(open_promises)
                for kind in (Kind.PROMISE_KEPT, Kind.PROMISE_BROKEN)
            ),
        ]
        moves = [(kind, {}) for kind in MOVES if can_move(kind, state, before)]
        kind, facts = chance.choice([*moves, *extras])
        steps.append((now, kind, facts))
        if kind in MOVES:
            leaves = kind in LEAVING
            state, before = state_after(kind, state, before), state if leaves else None
        if kind == Kind.ANSWERED:
            promises += 1
            open_promises.add(promises)
            steps.append((now, Kind.PROMISED, {"promise": promises, "due": later}))
        if kind in (Kind.PROMISE_KEPT, Kind.PROMISE_BROKEN):
            open_promises.discard(facts["promise"])
    return steps


@only_sqlite
@pytest.mark.parametrize("seed", range(25))
def test_any_life_reads_the_same_with_and_without_the_job(
    make: Factory, held: Move, seed: int
) -> None:
    steps = _some_life(random.Random(seed))
    end = steps[-1][0] + timedelta(days=40)
    late = live(make, held, steps, end, nightly=False)
    daily = live(make, held, steps, end, nightly=True)
    assert journal_of(late) == journal_of(daily)
    assert list_clocks([late.id])[late.id] == list_clocks([daily.id])[daily.id]
    everything_agrees()


# ---------- extended and paused ----------


def test_an_extension_before_the_first_date_moves_the_moment_and_keeps_the_first_date(
    make: Factory, held: Move
) -> None:
    matter = walk(make.draft(), State.IN_PREPARATION)
    step(matter, Kind.ESTIMATED)
    until = time.end_of(date(2026, 6, 30))
    held(ANSWER_DUE - timedelta(days=1))
    step(matter, Kind.EXTENDED, due=until)
    held(until - timedelta(microseconds=1))
    assert services.run_out_clocks() == 0
    held(until + timedelta(days=9))
    assert services.run_out_clocks() == 1
    assert overdue_of(matter) == [("answer", "", until, "2026-05-08")]
    everything_agrees()


def test_an_extension_after_running_out_brings_no_second_entry(make: Factory, held: Move) -> None:
    matter = walk(make.draft(), State.IN_PREPARATION)
    step(matter, Kind.ESTIMATED)
    held(ANSWER_DUE)
    services.run_out_clocks()
    until = time.end_of(date(2026, 6, 30))
    step(matter, Kind.EXTENDED, due=until)
    held(until + timedelta(days=9))
    assert services.run_out_clocks() == 0
    assert overdue_of(matter) == [("answer", "", ANSWER_DUE, "2026-05-08")]
    assert matter.overdue
    everything_agrees()


def test_a_paused_clock_never_runs_out(make: Factory, held: Move) -> None:
    matter = walk(make.draft(), State.IN_PREPARATION)
    step(matter, Kind.ESTIMATED)
    step(matter, Kind.ASKED)
    for days in (60, 365, 1000):
        held(START + timedelta(days=days))
        assert services.run_out_clocks() == 0
    assert overdue_of(matter) == []
    step(matter, Kind.REPLIED)
    assert services.run_out_clocks() == 0
    due = matter.next_due
    assert due == time.end_of(date(2026, 5, 8) + timedelta(days=1000))
    held(due)
    assert services.run_out_clocks() == 1
    assert overdue_of(matter) == [("answer", "", due, "2026-05-08")]
    everything_agrees()


def test_stopped_clocks_never_run_out(make: Factory, held: Move) -> None:
    answered, withdrawn = walk(make.draft(), State.ANSWERED), walk(make.draft(), State.WITHDRAWN)
    held(ANSWER_DUE + timedelta(days=400))
    assert services.run_out_clocks() == 0
    for matter in (answered, withdrawn):
        assert not matter.overdue
        assert all(c.status != Status.RUNNING for c in list_clocks([matter.id])[matter.id])
