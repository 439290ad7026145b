"""Reads of the journal: by subject, in chain order, seals."""

import json
from collections.abc import Generator, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from app.core import clock
from app.extensions import db
from app.journal.catalogue import Kind
from app.journal.chain import moment
from app.journal.models import JournalEntry, JournalHead, Seal
from app.journal.recording import Entry

CHUNK = 2000


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


def stream_chain() -> Generator[dict[str, Any], None, None]:
    """All entries in chain order as their exported fields (`facts` as an object, plus `hash`)."""
    table = JournalEntry.__table__
    query = select(table).order_by(table.c.seq).execution_options(yield_per=CHUNK)
    with db.session.execute(query) as rows:
        for row in rows:
            fields = dict(row._mapping)
            fields["at"], fields["recorded_at"] = moment(row.at), moment(row.recorded_at)
            fields["facts"] = json.loads(row.facts)
            yield fields


def get_head() -> tuple[int, str]:
    """Number of entries and hash of the last one."""
    count, digest = db.session.execute(select(JournalHead.count, JournalHead.hash)).one()
    return count, digest


def list_seals() -> list[Seal]:
    """All seals, oldest first."""
    return list(db.session.scalars(select(Seal).order_by(Seal.day)))


def get_latest_seal() -> Seal | None:
    """The newest seal, None before the first night."""
    return db.session.scalars(select(Seal).order_by(Seal.day.desc()).limit(1)).first()


def get_last_recorded() -> datetime:
    """When the last entry was recorded, now for an empty journal."""
    query = select(JournalEntry.recorded_at).order_by(JournalEntry.seq.desc()).limit(1)
    return db.session.scalars(query).first() or clock.now()
