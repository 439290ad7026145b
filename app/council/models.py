"""The table of councillors' questions."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.types import UtcDateTime
from app.extensions import Model


class CouncilQuestion(Model):
    """A councillor's public question about a matter to the unit that held it when it was asked.

    `text`, `reason` (the latest wish for a clearer question) and `answer` are digests of words
    beside the matter (`proposals.notes`); `asked_by` is not public. Whether it waits is what its
    clock says, which is known by the question's number.
    """

    __tablename__ = "council_question"
    __table_args__ = (
        CheckConstraint("(answered_at IS NULL) = (answer IS NULL)", name="answer"),
        CheckConstraint("(answered_at IS NULL) = (answered_unit IS NULL)", name="answered_unit"),
        Index("ix_council_question_matter_id", "matter_id"),
        Index("ix_council_question_body", "body", "answered_at"),
        Index("ix_council_question_asked_by", "asked_by"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    unit: Mapped[str] = mapped_column(ForeignKey("unit.key"))
    body: Mapped[str] = mapped_column(ForeignKey("body.key"))
    language: Mapped[str] = mapped_column(String(2))
    text: Mapped[str] = mapped_column(ForeignKey("matter_note.digest"))
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(ForeignKey("matter_note.digest"))
    answer: Mapped[str | None] = mapped_column(ForeignKey("matter_note.digest"))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_unit: Mapped[str | None] = mapped_column(ForeignKey("unit.key"))
