"""Tables of reports, of the decisions of moderation, and of appeals against them."""

import enum
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.city.discussion import appeal_due, decision_due
from app.comments.rules import DiscussionRule
from app.core import labels
from app.core.types import UtcDateTime, enum_column
from app.extensions import Model

WORDS_LIMIT = 1000


class Report(Model):
    """Somebody thinks that a matter, or one of its comments, breaks a rule.

    `comment_id` is None when the matter itself is meant. `upheld` tells the decision: hidden or
    left as it is. `due` is when the decision was promised, None for reports older than the promise.
    """

    __tablename__ = "report"
    __table_args__ = (
        CheckConstraint("(closed_at IS NULL) = (upheld IS NULL)", name="decided"),
        Index("ix_report_open", "closed_at", "at"),
        Index("ix_report_at", "at"),
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
    due: Mapped[datetime | None] = mapped_column(UtcDateTime, default=decision_due)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    upheld: Mapped[bool | None] = mapped_column()


class Act(enum.StrEnum):
    """What moderation decided."""

    HIDE = "hide"
    REFUSE = "refuse"
    BLOCK = "block"


labels.name(
    {
        Act.HIDE: _l("Hidden"),
        Act.REFUSE: _l("Not published"),
        Act.BLOCK: _l("Kept from writing"),
    }
)


class Decision(Model):
    """A decision by a rule about what somebody (`person_id`) wrote, or about that person.

    `words` are for that person. `role` is that of who decided; `until` is the end of a block;
    `ended_at` tells when it was taken back.
    """

    __tablename__ = "moderation_decision"
    __table_args__ = (
        CheckConstraint("act = 'block' OR matter_id IS NOT NULL", name="thing"),
        CheckConstraint("(act = 'block') = (until IS NOT NULL)", name="period"),
        Index("ix_moderation_decision_person", "person_id", "id"),
        Index("ix_moderation_decision_matter", "matter_id", "comment_id"),
        Index("ix_moderation_decision_at", "at"),
        Index("ix_moderation_decision_act", "act", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    act: Mapped[Act] = mapped_column(enum_column(Act))
    matter_id: Mapped[int | None] = mapped_column(ForeignKey("matter.id"))
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id"))
    held_id: Mapped[int | None] = mapped_column(ForeignKey("held_text.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    rule: Mapped[DiscussionRule] = mapped_column(enum_column(DiscussionRule))
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    role: Mapped[str] = mapped_column(String(20))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Appeal(Model):
    """The one appeal against a decision, and what another moderator decided on it."""

    __tablename__ = "appeal"
    __table_args__ = (
        CheckConstraint("(decided_at IS NULL) = (upheld IS NULL)", name="decided"),
        Index("ix_appeal_open", "decided_at", "at", "decision_id"),
        Index("ix_appeal_at", "at"),
    )

    decision_id: Mapped[int] = mapped_column(ForeignKey("moderation_decision.id"), primary_key=True)
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    due: Mapped[datetime] = mapped_column(UtcDateTime, default=appeal_due)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str | None] = mapped_column(String(20))
    upheld: Mapped[bool | None] = mapped_column()
    reason: Mapped[str] = mapped_column(Text, default="")
