"""Tables of comments and their votes of usefulness."""

import enum
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Select, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from app.comments.rules import DiscussionRule
from app.core import labels
from app.core.types import UtcDateTime, enum_column
from app.extensions import Model

TEXT_LIMIT = 2000
DEEPEST = 3


class Stance(enum.StrEnum):
    """How a comment stands to the matter."""

    FOR = "for"
    AGAINST = "against"
    NEUTRAL = "neutral"


class Capacity(enum.StrEnum):
    """In which capacity a comment was written."""

    RESIDENT = "resident"
    AUTHOR = "author"
    OFFICIAL = "official"
    COUNCILLOR = "councillor"


labels.name(
    {
        Stance.FOR: _l("For"),
        Stance.AGAINST: _l("Against"),
        Stance.NEUTRAL: _l("Neither"),
        Capacity.RESIDENT: _l("Resident"),
        Capacity.AUTHOR: _l("Author of the matter"),
        Capacity.OFFICIAL: _l("Official"),
        Capacity.COUNCILLOR: _l("Councillor"),
    }
)


class Comment(Model):
    """One comment. `thread_id` is the comment of level 1 above it, None for that one itself.

    The comment of level 1 keeps two numbers of its whole thread for the orders of a discussion:
    `replies`, the answers that everybody may read, and `official`, 1 when an official or a
    councillor speaks in it and else 0. Both are 0 for answers.
    """

    __tablename__ = "comment"
    __table_args__ = (
        CheckConstraint("level BETWEEN 1 AND 3", name="level"),
        CheckConstraint(
            "(level = 1) = (parent_id IS NULL) AND (parent_id IS NULL) = (thread_id IS NULL)",
            name="thread",
        ),
        CheckConstraint("unit IS NULL OR role = 'official'", name="unit_of_official"),
        CheckConstraint("body IS NULL OR role = 'councillor'", name="body_of_councillor"),
        CheckConstraint("useful >= 0", name="useful"),
        Index("ix_comment_newest", "matter_id", "level", "id"),
        Index("ix_comment_most_useful", "matter_id", "level", "useful", "id"),
        Index("ix_comment_debated", "matter_id", "level", "replies", "id"),
        Index("ix_comment_official", "matter_id", "level", "official", "id"),
        Index("ix_comment_thread_id", "thread_id"),
        Index("ix_comment_author_at", "author_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id"))
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id"))
    level: Mapped[int] = mapped_column(Integer)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    role: Mapped[Capacity] = mapped_column(enum_column(Capacity))
    unit: Mapped[str | None] = mapped_column(ForeignKey("unit.key"))
    body: Mapped[str | None] = mapped_column(ForeignKey("body.key"))
    language: Mapped[str] = mapped_column(String(2))
    stance: Mapped[Stance] = mapped_column(enum_column(Stance))
    text: Mapped[str] = mapped_column(Text)
    salt: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    useful: Mapped[int] = mapped_column(Integer, default=0)
    replies: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    official: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    hidden_rule: Mapped[DiscussionRule | None] = mapped_column(enum_column(DiscussionRule))

    @staticmethod
    def visible() -> "Select[Comment]":
        """The comments whose words everybody may read."""
        return select(Comment).where(Comment.hidden_rule.is_(None))

    @property
    def top_id(self) -> int:
        """The comment that starts the thread."""
        return self.thread_id or self.id


class CommentVote(Model):
    """One person found a comment useful. Not journalled."""

    __tablename__ = "comment_vote"
    __table_args__ = (Index("ix_comment_vote_person_id", "person_id"),)

    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
