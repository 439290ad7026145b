"""The address in a mail that ends the following without signing in.

Its token is signed and names one matter and one person. It does not expire and can do nothing
else, so that an old mail can still be stopped. The same address is in the header List-Unsubscribe,
where mail programs end the following with one click (RFC 8058).
"""

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from app.core.errors import Gone


def unfollow_token(matter_id: int, person_id: int) -> str:
    """A token with which this person's following of this matter can be ended."""
    return _serializer().dumps([matter_id, person_id])


def read_token(token: str) -> tuple[int, int]:
    """Matter id and person id of a token. Raises Gone "bad_follow_link"."""
    try:
        matter_id, person_id = _serializer().loads(token)
    except BadSignature:
        raise Gone("bad_follow_link") from None
    return matter_id, person_id


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="kuuluu.unfollow")
