"""Reads of the journal: by subject, in chain order, seals."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import NotFound
from app.extensions import db
from app.journal.catalogue import Kind
from app.journal.chain import CHAINED, canonical, moment
from app.journal.models import JournalEntry, JournalHead, Seal
from app.journal.recording import Entry

CHUNK = 2000
MOST = 2**63 - 1  # the largest number that a column holds


def as_entry(row: JournalEntry | Row[Any]) -> Entry:
    """A stored row as the entry it was."""
    return Entry(
        kind=Kind(row.kind),
        version=row.version,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        at=row.at,
        role=row.role,
        unit=row.unit,
        actor=row.actor,
        facts=json.loads(row.facts),
    )


def list_entries(subject_type: str, subject_id: int) -> list[JournalEntry]:
    """All entries of one subject, in the order they were recorded."""
    query = select(JournalEntry).where(
        JournalEntry.subject_type == subject_type, JournalEntry.subject_id == subject_id
    )
    return list(db.session.scalars(query.order_by(JournalEntry.seq)))


def stream_by_subject(subject_type: str) -> Iterator[tuple[int, list[Entry]]]:
    """Every subject of a type with its entries, one subject at a time, in bounded memory."""
    columns = JournalEntry.__table__.c
    query = (
        select(JournalEntry.__table__)
        .where(columns.subject_type == subject_type)
        .order_by(columns.subject_id, columns.seq)
        .execution_options(yield_per=CHUNK)
    )
    subject: int | None = None
    entries: list[Entry] = []
    with db.session.execute(query) as rows:
        for row in rows:
            if row.subject_id != subject:
                if subject is not None:
                    yield subject, entries
                subject, entries = row.subject_id, []
            entries.append(as_entry(row))
    if subject is not None:
        yield subject, entries


def stream_after(seq: int, limit: int) -> list[JournalEntry]:
    """At most `limit` entries after a sequence number, for readers."""
    query = select(JournalEntry).where(JournalEntry.seq > seq)
    return list(db.session.scalars(query.order_by(JournalEntry.seq).limit(limit)))


@contextmanager
def snapshot() -> Iterator[Session]:
    """A session of its own that sees one moment, however long and often it reads.

    On PostgreSQL each statement would see a moment of its own; SQLite's transactions are so.
    """
    with Session(db.engine) as session:
        if db.engine.dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session


def stream_chain(session: Session) -> Iterator[dict[str, Any]]:
    """All entries in chain order as their exported fields."""
    table = JournalEntry.__table__
    query = select(table).order_by(table.c.seq).execution_options(yield_per=CHUNK)
    with session.execute(query) as rows:
        for row in rows:
            yield exported(row)


def exported(row: JournalEntry | Row[Any]) -> dict[str, Any]:
    """A stored row as its exported fields: `facts` as an object, moments as they are hashed."""
    return {
        **{name: getattr(row, name) for name in (*CHAINED, "hash")},
        "at": moment(row.at),
        "recorded_at": moment(row.recorded_at),
        "facts": _read_facts(row.facts),
    }


def _read_facts(text: str) -> Any:
    """Facts as the object they spell; as they stand when somebody has tampered with them."""
    try:
        facts = json.loads(text)
    except ValueError:
        return text
    return facts if canonical(facts) == text else text


def get_head(session: Session | None = None) -> tuple[int, str]:
    """Number of entries and hash of the last one, as the present session or another sees them."""
    query = select(JournalHead.count, JournalHead.hash)
    count, digest = (session or db.session).execute(query).one()
    return count, digest


def list_seals(session: Session | None = None) -> list[Seal]:
    """All seals, oldest first, as the present session or another sees them."""
    return list((session or db.session).scalars(select(Seal).order_by(Seal.day)))


def get_entry(seq: int) -> tuple[JournalEntry, str | None]:
    """An entry by its number and the hash of the one before it; one query. Raises NotFound."""
    if not 0 < seq <= MOST:
        raise NotFound("not_found")
    query = select(JournalEntry).where(JournalEntry.seq.in_((seq - 1, seq)))
    found = {row.seq: row for row in db.session.scalars(query)}
    if seq not in found:
        raise NotFound("not_found")
    before = found.get(seq - 1)
    return found[seq], before.hash if before else None


def get_first_seal(seq: int) -> Seal | None:
    """The first seal that covers an entry, None before its first night."""
    query = select(Seal).where(Seal.count >= seq).order_by(Seal.count, Seal.day).limit(1)
    return db.session.scalars(query).first()


def get_latest_seal() -> Seal | None:
    """The newest seal, None before the first night."""
    return db.session.scalars(select(Seal).order_by(Seal.day.desc()).limit(1)).first()


def get_last_recorded() -> datetime:
    """When the last entry was recorded, now for an empty journal."""
    query = select(JournalEntry.recorded_at).order_by(JournalEntry.seq.desc()).limit(1)
    return db.session.scalars(query).first() or clock.now()
