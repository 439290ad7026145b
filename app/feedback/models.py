"""The table of those who gave feedback without an account."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.types import UtcDateTime
from app.extensions import Model


class FeedbackSender(Model):
    """What is known of a sender: the only personal data, apart from the matter and its journal.

    `key` stands in the sender's link, which dies with the row; `email` is None unless the sender
    wants messages; `form_key` is of the form that was sent, so that it is taken once.
    """

    __tablename__ = "feedback_sender"

    matter_id: Mapped[int] = mapped_column(
        ForeignKey("matter.id"), primary_key=True, autoincrement=False
    )
    key: Mapped[str] = mapped_column(String(32))
    email: Mapped[str | None] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(2))
    form_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
