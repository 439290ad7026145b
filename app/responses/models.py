"""Tables of handling: offers to other units, questions to authors, internal notes, templates."""

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.types import UtcDateTime
from app.extensions import Model

TEMPLATE_NAME_LIMIT = 80


class Handover(Model):
    """A matter that is offered to another unit; the row goes when the offer ends.

    Until then everything counts for the unit that gives it. `reason` is the digest of the public
    note; the journal tells how the offer ended.
    """

    __tablename__ = "handover"
    __table_args__ = (
        CheckConstraint("from_unit <> to_unit", name="another_unit"),
        Index("ix_handover_to_unit", "to_unit", "offered_at"),
        Index("ix_handover_from_unit", "from_unit"),
    )

    matter_id: Mapped[int] = mapped_column(
        ForeignKey("matter.id"), primary_key=True, autoincrement=False
    )
    from_unit: Mapped[str] = mapped_column(ForeignKey("unit.key"))
    to_unit: Mapped[str] = mapped_column(ForeignKey("unit.key"))
    reason: Mapped[str] = mapped_column(String(64))
    offered_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    offered_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OpenQuestion(Model):
    """A question that waits for the author's reply; the row goes when the waiting ends.

    `reply_by` is the last day that the author was given, `remind_at` the moment of the one
    reminder and `reminded_at` when it was written.
    """

    __tablename__ = "open_question"
    __table_args__ = (Index("ix_open_question_remind", "reminded_at", "remind_at"),)

    matter_id: Mapped[int] = mapped_column(
        ForeignKey("matter.id"), primary_key=True, autoincrement=False
    )
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reply_by: Mapped[date] = mapped_column(Date)
    remind_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class InternalNote(Model):
    """A note of the handlers for each other. It is in no journal, search, export or mail."""

    __tablename__ = "internal_note"
    __table_args__ = (
        Index("ix_internal_note_matter_id", "matter_id", "id"),
        Index("ix_internal_note_author_id", "author_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class AnswerTemplate(Model):
    """Words that a unit begins its answers with; `fields` by the names of the composer's fields."""

    __tablename__ = "answer_template"
    __table_args__ = (
        UniqueConstraint("unit", "name"),
        Index("ix_answer_template_updated_by", "updated_by"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(ForeignKey("unit.key"))
    name: Mapped[str] = mapped_column(String(TEMPLATE_NAME_LIMIT))
    fields: Mapped[dict[str, str]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(Integer, default=1)
    updated_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
