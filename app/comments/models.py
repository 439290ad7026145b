"""Tables of comments, of their earlier versions and of their votes of usefulness."""

import enum
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Text,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.comments.rules import DiscussionRule
from app.core import labels
from app.core.types import UtcDateTime, enum_column
from app.extensions import Model

TEXT_LIMIT = 2000
DEEPEST = 3
_PUBLIC = text("hidden_rule IS NULL AND deleted_at IS NULL")


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

    An answer has its `place` in the thread, from 1 in the order of writing, and for the order of
    reading `branch`, the place of the answer of level 2 that it is or answers. Both are 0 for a
    comment of level 1, and neither changes, so that pages by them stand still.

    The row has the present words; what was there before each change is a `CommentVersion`. A row
    that its author deleted stays without author, words and capacity, to hold what answers it.
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
        CheckConstraint(
            "deleted_at IS NULL OR (author_id IS NULL AND text = '' AND salt = '')", name="deleted"
        ),
        Index("ix_comment_newest", "matter_id", "level", "id"),
        Index("ix_comment_most_useful", "matter_id", "level", "useful", "id"),
        Index("ix_comment_debated", "matter_id", "level", "replies", "id"),
        Index("ix_comment_official", "matter_id", "level", "official", "id"),
        # Counts by stance and the most useful arguments, of what everybody may read. The last two
        # columns are always empty, and let SQLite count without reading the rows.
        Index(
            "ix_comment_arguments",
            "matter_id",
            "stance",
            "useful",
            "id",
            "hidden_rule",
            "deleted_at",
            sqlite_where=_PUBLIC,
            postgresql_where=_PUBLIC,
        ),
        Index("ix_comment_place", "thread_id", "place", unique=True),
        Index("ix_comment_branch", "thread_id", "branch", "place"),
        Index("ix_comment_author_at", "author_id", "at"),
        Index("ix_comment_form_key", "author_id", "form_key", unique=True),
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
    place: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    branch: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hidden_rule: Mapped[DiscussionRule | None] = mapped_column(enum_column(DiscussionRule))
    # The opened form that was sent: sent twice, it makes one comment.
    form_key: Mapped[str | None] = mapped_column(String(32))

    @staticmethod
    def visible() -> "Select[Comment]":
        """The comments whose words everybody may read."""
        return select(Comment).where(Comment.hidden_rule.is_(None), Comment.deleted_at.is_(None))

    @property
    def is_visible(self) -> bool:
        """Whether everybody may read its words."""
        return self.hidden_rule is None and self.deleted_at is None

    @property
    def top_id(self) -> int:
        """The comment that starts the thread."""
        return self.thread_id or self.id


class CommentVersion(Model):
    """What a comment said before it was changed; versions are never changed themselves."""

    __tablename__ = "comment_version"

    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    language: Mapped[str] = mapped_column(String(2))
    text: Mapped[str] = mapped_column(Text)
    salt: Mapped[str] = mapped_column(String(32))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CommentVote(Model):
    """One person found a comment useful. Not journalled."""

    __tablename__ = "comment_vote"
    __table_args__ = (Index("ix_comment_vote_person_id", "person_id"),)

    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
