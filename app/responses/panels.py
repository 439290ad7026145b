"""Panels on the page of a matter: the reply form, the way to work."""

from collections.abc import Sequence
from typing import Any

from app.core.access import Actor
from app.core.panels import Panel
from app.proposals.models import Matter
from app.proposals.policies import is_author
from app.proposals.words import waits_for_author
from app.responses import policies, queries
from app.responses.forms import ReplyForm


def _load_staff(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    return {matter.id: {"matter": matter} for matter in matters if policies.can_open(actor, matter)}


def _load_reply(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    asked = [m for m in matters if waits_for_author(m) and is_author(actor, m)]
    return {matter.id: _asked(matter) for matter in asked}


def _load_sender_reply(matters: Sequence[Matter], _actor: Actor) -> dict[int, Any]:
    """The same on the page of feedback without an account: its link stands for its sender."""
    return {matter.id: _asked(matter) for matter in matters if waits_for_author(matter)}


def _asked(matter: Matter) -> dict[str, Any]:
    return {
        "matter": matter,
        "form": ReplyForm(formdata=None),
        "question": queries.get_question(matter.id),
        "open": queries.get_open_question(matter),
    }


STAFF = Panel("matter", "aside", "responses/staff_panel.html", _load_staff, private=True)
SENDER_REPLY = Panel("feedback", "top", "responses/reply_panel.html", _load_sender_reply)
REPLY = Panel("matter", "top", "responses/reply_panel.html", _load_reply, private=True)
