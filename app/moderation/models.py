"""The table of reports."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.comments.rules import DiscussionRule
from app.core.types import UtcDateTime, enum_column
from app.extensions import Model

WORDS_LIMIT = 1000


class Report(Model):
    """Somebody thinks that a matter, or one of its comments, breaks a rule.

    `comment_id` is None when the matter itself is meant. `upheld` tells the decision: hidden or
    left as it is.
    """

    __tablename__ = "report"
    __table_args__ = (
        CheckConstraint("(closed_at IS NULL) = (upheld IS NULL)", name="decided"),
        Index("ix_report_open", "closed_at", "at"),
        Index("ix_report_comment_id", "comment_id"),
        Index("ix_report_thing", "matter_id", "comment_id"),
        Index("ix_report_reporter_id", "reporter_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id"))
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    rule: Mapped[DiscussionRule] = mapped_column(enum_column(DiscussionRule))
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    upheld: Mapped[bool | None] = mapped_column()
