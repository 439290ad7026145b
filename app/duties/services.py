"""Writes of clocks: they follow the journal, and run out by the job."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.city import get_city
from app.core import clock as time
from app.core.access import SYSTEM
from app.core.command import command
from app.duties import queries, schedule
from app.duties.models import DutyClock
from app.duties.rules import (
    FOLLOWED,
    Clock,
    ClockKind,
    Clocks,
    fold,
    is_overdue,
    parse,
    run_out_by,
    soonest,
)
from app.extensions import db
from app.journal import Entry, Kind, on, record
from app.journal.replay import register
from app.proposals import services as proposals
from app.proposals.lifecycle import MatterKind
from app.proposals.models import Matter

BATCH = 200


@on(Kind.PUBLISHED)
def start_handling_clocks(entry: Entry) -> None:
    """A matter that becomes pending starts the clocks of its handling."""
    settings = get_city().settings["clocks"]
    kind = MatterKind(entry.facts["matter_kind"])
    _start(entry, {(k, ""): d for k, d in schedule.handling_due(settings, kind, entry.at).items()})


@on(Kind.MAKERS_THRESHOLD)
def start_six_months(entry: Entry) -> None:
    """The statutory clock counts from becoming pending, and may have run out already."""
    pending = parse(entry.facts["pending_since"])
    due = schedule.six_months_due(get_city().settings["clocks"], pending)
    _start(entry, {(ClockKind.SIX_MONTHS, ""): due}, since=pending)


@on(Kind.IMPLEMENTED)
def start_follow_up(entry: Entry) -> None:
    """Implementing starts the clocks of the measurements."""
    dues = schedule.follow_up_due(get_city().settings["clocks"], entry.at)
    _start(entry, {(ClockKind.FOLLOW_UP, ref): due for ref, due in dues.items()})


@on(Kind.REOPENED)
def start_new_answer(entry: Entry) -> None:
    """A reopened matter gets a new answer clock; follow-up waits for the next implementing."""
    matter = db.session.get_one(Matter, entry.subject_id)
    settings = get_city().settings["clocks"]
    due = schedule.handling_due(settings, matter.kind, entry.at)[ClockKind.ANSWER]
    query = select(func.count()).where(
        DutyClock.matter_id == matter.id, DutyClock.kind == ClockKind.ANSWER
    )
    ref = str(db.session.scalars(query).one() + 1)
    _start(entry, {(ClockKind.ANSWER, ref): due})


def _start(
    entry: Entry, dues: dict[tuple[ClockKind, str], datetime], since: datetime | None = None
) -> None:
    matter = db.session.get_one(Matter, entry.subject_id)
    started = [{"kind": kind.value, "ref": ref, "due": due} for (kind, ref), due in dues.items()]
    record(Kind.CLOCKS_STARTED, matter, SYSTEM, at=since or entry.at, clocks=started)


@on(*(set(FOLLOWED) - {Kind.CLOCKS_STARTED, Kind.OVERDUE}))
def note_lateness(entry: Entry) -> None:
    """Write what has run out before an entry stops, pauses or moves it.

    The journal says the same whether the job ran before that entry or not.
    """
    if entry.subject_type != Matter.journal_subject:
        return
    clocks = {c.key: c for c in queries.list_clocks([entry.subject_id])[entry.subject_id]}
    for clock in run_out_by(clocks, entry.at):
        _record_overdue(db.session.get_one(Matter, entry.subject_id), clock)


def _record_overdue(matter: Matter, clock: Clock) -> None:
    record(
        Kind.OVERDUE,
        matter,
        SYSTEM,
        at=clock.due,
        clock=clock.kind.value,
        ref=clock.ref,
        first_due=clock.first_due,
    )


@on(*FOLLOWED)
def follow(entry: Entry) -> None:
    """Bring the matter's clocks along with an entry, and its card's next deadline."""
    if entry.subject_type != Matter.journal_subject:
        return
    query = select(DutyClock).where(DutyClock.matter_id == entry.subject_id)
    rows = {row.as_clock().key: row for row in db.session.scalars(query)}
    before: Clocks = {key: row.as_clock() for key, row in rows.items()}
    after = fold(before, entry)
    for key, value in after.items():
        if before.get(key) == value:
            continue
        row = rows.get(key)
        if row is None:
            row = DutyClock(matter_id=entry.subject_id)
            db.session.add(row)
        row.follow(value)
    db.session.flush()
    next_clock = soonest(after)
    proposals.set_due(
        db.session.get_one(Matter, entry.subject_id),
        next_clock.due if next_clock else None,
        next_clock.kind.value if next_clock else None,
        is_overdue(after),
    )


def run_out_clocks() -> int:
    """Write the overdue entries that are due; returns how many. Running it again adds nothing."""
    written = 0
    while due := queries.list_running_out(time.now(), BATCH):
        db.session.rollback()
        written += sum(run_out(matter_id, clock_id) for clock_id, matter_id in due)
    db.session.rollback()
    return written


@command
def run_out(matter_id: int, clock_id: int) -> int:
    """Write one clock's overdue entry, `at` its due moment; 0 when it is not due any more."""
    matter = db.session.get_one(Matter, matter_id, with_for_update=True)
    clock = db.session.get_one(DutyClock, clock_id).as_clock()
    if not run_out_by({clock.key: clock}, time.now()):
        return 0
    _record_overdue(matter, clock)
    return 1


class ClockReplayer:
    """Compares every matter's clocks, and its card's next deadline, with its entries."""

    name = "clocks"
    subject_type = "matter"

    def fold(self, entries: list[Entry]) -> Any:
        """Clocks by key, and the next deadline that follows from them."""
        clocks: Clocks = {}
        for entry in entries:
            clocks = fold(clocks, entry)
        next_clock = soonest(clocks)
        return {
            "clocks": {key: asdict(clock) for key, clock in clocks.items()},
            "next_due": next_clock.due if next_clock else None,
            "next_due_kind": next_clock.kind.value if next_clock else None,
            "overdue": is_overdue(clocks),
        }

    def stored(self, subject_ids: list[int]) -> dict[int, Any]:
        """The same as the tables have it."""
        clocks = queries.list_clocks(subject_ids)
        columns = (Matter.id, Matter.next_due, Matter.next_due_kind, Matter.overdue)
        return {
            row.id: {
                "clocks": {clock.key: asdict(clock) for clock in clocks[row.id]},
                "next_due": row.next_due,
                "next_due_kind": row.next_due_kind,
                "overdue": row.overdue,
            }
            for row in db.session.execute(select(*columns).where(Matter.id.in_(subject_ids)))
        }

    def count_stored(self) -> int:
        """Matters that are not drafts."""
        query = select(func.count()).select_from(Matter).where(Matter.published_at.is_not(None))
        return db.session.scalars(query).one()


register(ClockReplayer())
