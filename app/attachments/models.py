"""The table of attachments."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.files import MOST_BYTES
from app.core.types import UtcDateTime, enum_column
from app.extensions import Model
from app.proposals.models import MOST_ATTACHMENTS as MOST_ATTACHMENTS

WORDS_LIMIT = 300
MOST_A_DAY = 30  # what one person can add in 24 hours, to all matters together


class AttachmentKind(enum.StrEnum):
    """What an attachment is."""

    PHOTO = "photo"
    DOCUMENT = "document"


class Attachment(Model):
    """A photo or a document of a matter; one that is removed leaves no row.

    `file` names it (see `core.files`), and the small picture of a photo as well; `digest` is the
    SHA-256 of the file and `size` its bytes. `words` say what a photo shows to those who do not see
    it, or are the name of a document, in the language of the matter.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        CheckConstraint("(kind = 'photo') = (width IS NOT NULL)", name="photo"),
        CheckConstraint("(width IS NULL) = (height IS NULL)", name="sides"),
        CheckConstraint("width > 0 AND height > 0", name="shape"),
        CheckConstraint(f"size BETWEEN 1 AND {MOST_BYTES}", name="size"),
        CheckConstraint("words <> ''", name="words"),
        UniqueConstraint("file"),
        UniqueConstraint("matter_id", "digest"),
        Index("ix_attachment_added_by", "added_by", "added_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id", ondelete="CASCADE"))
    kind: Mapped[AttachmentKind] = mapped_column(enum_column(AttachmentKind))
    file: Mapped[str] = mapped_column(String(32))
    digest: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    words: Mapped[str] = mapped_column(String(WORDS_LIMIT))
    salt: Mapped[str] = mapped_column(String(32))
    added_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
