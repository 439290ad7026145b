"""Writes of the journal beyond recording: nightly seals and readers' cursors."""

from datetime import date

from sqlalchemy import select

from app.core import clock, topics
from app.core.command import command
from app.extensions import db
from app.journal.models import JournalCursor, JournalHead, Seal


@command
def seal_day(day: date) -> Seal | None:
    """Write the seal of a local day that has ended: count and head hash as they are now.

    Returns None when that day is sealed already; running it twice changes nothing. A day that was
    missed is not sealed backwards: its entries stand under the next seal.
    """
    head = db.session.execute(select(JournalHead).with_for_update()).scalar_one()
    if db.session.get(Seal, day) is not None:
        return None
    seal = Seal(day=day, count=head.count, hash=head.hash, sealed_at=clock.now())
    db.session.add(seal)
    topics.touch("seal")
    return seal


def read_cursor(reader: str) -> int:
    """The sequence number up to which a reader has read, 0 before its first run."""
    cursor = db.session.get(JournalCursor, reader)
    return cursor.seq if cursor else 0


@command
def move_cursor(reader: str, seq: int) -> None:
    """Remember how far a reader has read; joins the command of the reader's own work."""
    cursor = db.session.get(JournalCursor, reader)
    if cursor is None:
        db.session.add(JournalCursor(reader=reader, seq=seq))
    else:
        cursor.seq = seq
