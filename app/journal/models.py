"""Tables of the journal. Entries can only be added: triggers refuse UPDATE and DELETE."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.types import UtcDateTime
from app.extensions import Model

GENESIS = "0" * 64


class JournalEntry(Model):
    """One public step, chained to the one before. `facts` is canonical JSON text."""

    __tablename__ = "journal_entry"
    __table_args__ = (
        Index("ix_journal_entry_subject", "subject_type", "subject_id", "seq"),
        Index("ix_journal_entry_kind_at", "kind", "at"),
        CheckConstraint("length(hash) = 64", name="hash_length"),
    )

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    kind: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(Integer)
    subject_type: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    role: Mapped[str] = mapped_column(String(20))
    unit: Mapped[str | None] = mapped_column(String(60))
    actor: Mapped[str | None] = mapped_column(String(22))
    facts: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class JournalHead(Model):
    """The one row that says where the chain ends; whoever adds entries locks it."""

    __tablename__ = "journal_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"))
    hash: Mapped[str] = mapped_column(String(64))


class Seal(Model):
    """Count and head hash at the end of a day, published so that others can keep it."""

    __tablename__ = "journal_seal"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"))
    hash: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class JournalActor(Model):
    """A person's random id within one subject; dropping the row unlinks person and entries."""

    __tablename__ = "journal_actor"
    __table_args__ = (Index("ix_journal_actor_person_id", "person_id"),)

    subject_type: Mapped[str] = mapped_column(String(20), primary_key=True)
    subject_id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(22))


class JournalCursor(Model):
    """How far a reader has read."""

    __tablename__ = "journal_cursor"

    reader: Mapped[str] = mapped_column(String(40), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"))
