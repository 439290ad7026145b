"""Reads of senders of feedback."""

import secrets

from sqlalchemy import select

from app.core.errors import Gone
from app.extensions import db
from app.feedback.links import read_token
from app.feedback.models import FeedbackSender
from app.proposals.models import Matter


def get_sent(token: str, *, lock: bool = False) -> tuple[FeedbackSender, Matter]:
    """The sender of a link and the matter; `lock` holds the matter's row for a command.

    Raises Gone "bad_feedback_link" for a link that is forged, or whose sender is forgotten.
    """
    matter_id, key = read_token(token)
    matter = db.session.get(Matter, matter_id, with_for_update=lock or None)
    sender = find_sender(matter_id)
    if matter is None or sender is None or not secrets.compare_digest(sender.key, key):
        raise Gone("bad_feedback_link")
    return sender, matter


def find_sender(matter_id: int) -> FeedbackSender | None:
    """Who sent a matter without an account, None for all others and when it is forgotten."""
    return db.session.get(FeedbackSender, matter_id)


def find_by_form(form_key: str) -> FeedbackSender | None:
    """Who sent this form already."""
    query = select(FeedbackSender).where(FeedbackSender.form_key == form_key)
    return db.session.scalars(query).first()
