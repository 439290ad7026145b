"""Public words beside journal entries: reasons, questions, replies, evidence.

The journal keeps only a digest; the words stand here with their salt, found again by that digest,
so that erasing a text drops both and leaves the chain whole.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.command import scratch
from app.core.types import UtcDateTime
from app.extensions import Model, db
from app.journal import text_digest
from app.journal.chain import canonical
from app.journal.recording import new_salt
from app.proposals.models import Matter

WHY_NEW = "why_new"  # of an author, for the registry: why this is no duplicate; in no entry


class MatterNote(Model):
    """The words of one step, by language."""

    __tablename__ = "matter_note"
    __table_args__ = (Index("ix_matter_note_matter_id", "matter_id"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    purpose: Mapped[str] = mapped_column(String(40))
    texts: Mapped[dict[str, Any]] = mapped_column(JSON)
    salt: Mapped[str] = mapped_column(String(32))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)


def add_note(matter: Matter, purpose: str, texts: Mapping[str, str]) -> str:
    """Keep cleaned words by language beside a matter; returns the digest for the journal."""
    scratch()
    salt = new_salt()
    digest = text_digest(canonical(dict(texts)), salt)
    db.session.add(
        MatterNote(
            digest=digest,
            matter_id=matter.id,
            purpose=purpose,
            texts=dict(texts),
            salt=salt,
            written_at=clock.now(),
        )
    )
    db.session.flush()  # rows that refer to the note by its digest come after it
    return digest


def list_why_new(matter_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Why the authors of some matters found them different from similar ones: language and words
    by matter, the last ones written; one query.
    """
    query = select(MatterNote).where(
        MatterNote.matter_id.in_(list(matter_ids)), MatterNote.purpose == WHY_NEW
    )
    notes = db.session.scalars(query.order_by(MatterNote.written_at))
    return {note.matter_id: pair for note in notes for pair in note.texts.items()}


def list_notes(matter_ids: Iterable[int]) -> dict[str, MatterNote]:
    """All words of some matters by digest; one query."""
    query = select(MatterNote).where(MatterNote.matter_id.in_(list(matter_ids)))
    return {note.digest: note for note in db.session.scalars(query)}
