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
    return {
        matter.id: {
            "matter": matter,
            "form": ReplyForm(formdata=None),
            "question": queries.get_question(matter.id),
            "open": queries.get_open_question(matter),
        }
        for matter in matters
        if waits_for_author(matter) and is_author(actor, matter)
    }


STAFF = Panel("matter", "aside", "responses/staff_panel.html", _load_staff, private=True)
REPLY = Panel("matter", "top", "responses/reply_panel.html", _load_reply, private=True)
