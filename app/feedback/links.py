"""The address that a sender follows the own feedback with, and the seal of an opened form.

The token is signed and names one matter and its sender's key, so that it is dead once the sender
is forgotten. Whatever is wrong with a token, the refusal is the same.
"""

import secrets

from flask import current_app
from itsdangerous import BadSignature, TimestampSigner, URLSafeSerializer

from app.core import clock
from app.core.errors import Gone
from app.feedback.models import FeedbackSender

LEAST_SECONDS = 3  # nobody writes feedback faster


def make_token(sender: FeedbackSender) -> str:
    """The token of a sender's link."""
    return str(_serializer().dumps([sender.matter_id, sender.key]))


def read_token(token: str) -> tuple[int, str]:
    """Matter id and key of a token. Raises Gone "bad_feedback_link"."""
    try:
        matter_id, key = _serializer().loads(token)
    except BadSignature:
        raise Gone("bad_feedback_link") from None
    return matter_id, key


def seal_form() -> str:
    """A new form's own key with the moment at which it was opened, signed."""
    return _signer().sign(secrets.token_hex(16)).decode()


def read_form(sealed: str) -> tuple[str, bool] | None:
    """The key of a form, and whether enough time has passed; None for one that is not ours."""
    try:
        key, opened = _signer().unsign(sealed, return_timestamp=True)
    except BadSignature:
        return None
    return key.decode(), clock.now().timestamp() - opened.timestamp() >= LEAST_SECONDS


class _HouseSigner(TimestampSigner):
    """Dates forms by the house clock."""

    def get_timestamp(self) -> int:
        """Whole seconds since the epoch."""
        return int(clock.now().timestamp())


def _signer() -> TimestampSigner:
    return _HouseSigner(current_app.config["SECRET_KEY"], salt="kuuluu.feedback_form")


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="kuuluu.feedback")
