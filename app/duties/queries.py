"""Reads of clocks."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from app.duties.models import DutyClock
from app.duties.rules import Clock, Status
from app.extensions import db
from app.journal import Entry, Kind
from app.journal.queries import as_entry, list_entries
from app.proposals.models import Matter


def list_clocks(matter_ids: Iterable[int]) -> dict[int, list[Clock]]:
    """The clocks of some matters by matter id, in the order they started; one query."""
    ids = list(matter_ids)
    query = select(DutyClock).where(DutyClock.matter_id.in_(ids)).order_by(DutyClock.id)
    found: dict[int, list[Clock]] = {matter_id: [] for matter_id in ids}
    for row in db.session.scalars(query):
        found[row.matter_id].append(row.as_clock())
    return found


def list_entries_of(matter_id: int, *kinds: Kind) -> list[Entry]:
    """A matter's entries of some kinds, oldest first."""
    rows = list_entries(Matter.journal_subject, matter_id)
    return [as_entry(row) for row in rows if row.kind in kinds]


def list_running_out(until: datetime, limit: int) -> list[tuple[int, int]]:
    """Clock id and matter id of running clocks that are due and have no overdue entry yet."""
    query = (
        select(DutyClock.id, DutyClock.matter_id)
        .where(DutyClock.status == Status.RUNNING, DutyClock.overdue_at.is_(None))
        .where(DutyClock.due <= until)
        .order_by(DutyClock.due, DutyClock.id)
        .limit(limit)
    )
    return [(row.id, row.matter_id) for row in db.session.execute(query)]
