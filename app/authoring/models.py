"""The table of invitations to write a matter together."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.types import UtcDateTime
from app.extensions import Model

VALID = timedelta(days=14)
ADDITION_LIMIT = 4000
# The most: co-authors of a matter with open invitations, an account's invitations and a matter's
# additions in 24 hours.
MOST_CO_AUTHORS = 5
MOST_INVITATIONS = 10
MOST_ADDITIONS = 3
DAY = timedelta(days=1)


class Invitation(Model):
    """One person may join a matter with it, once, within fourteen days.

    `email` is None for a link that the author hands on, and goes when the invitation ends: it is
    accepted, declined, taken back or too old. `code` binds the signed link to this row.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint("ended_at IS NULL OR email IS NULL", name="address_forgotten"),
        Index("ix_invitation_matter_id", "matter_id"),
        Index("ix_invitation_email", "email"),
        Index("ix_invitation_invited_by", "invited_by", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    invited_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    email: Mapped[str | None] = mapped_column(String(254))
    code: Mapped[str] = mapped_column(
        String(32), unique=True, default=lambda: secrets.token_hex(16)
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @staticmethod
    def open() -> "tuple[ColumnElement[bool], ...]":
        """What holds of invitations that can still be accepted."""
        return Invitation.ended_at.is_(None), Invitation.created_at > clock.now() - VALID

    @property
    def is_open(self) -> bool:
        """Whether it can still be accepted."""
        return self.ended_at is None and clock.now() < self.expires_at

    @property
    def expires_at(self) -> datetime:
        """From this moment on it cannot be accepted."""
        return self.created_at + VALID
