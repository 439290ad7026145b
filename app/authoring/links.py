"""The address of an invitation: signed, and bound to one row by its code."""

import secrets

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from app.authoring.models import Invitation
from app.core.errors import Gone
from app.extensions import db


def invitation_token(invitation: Invitation) -> str:
    """A token with which the invitation can be accepted or declined."""
    return _serializer().dumps([invitation.id, invitation.code])


def read_token(token: str) -> Invitation:
    """The open invitation of a token. Raises Gone "bad_invitation" for any reason at all."""
    try:
        number, code = _serializer().loads(token)
    except (BadSignature, ValueError, TypeError):
        raise Gone("bad_invitation") from None
    invitation = db.session.get(Invitation, number)
    if invitation is None or not invitation.is_open:
        raise Gone("bad_invitation")
    if not secrets.compare_digest(invitation.code, code):
        raise Gone("bad_invitation")
    return invitation


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="kuuluu.invitation")
