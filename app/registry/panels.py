"""Panels: the acts of the registry where a matter is handled; what was joined and split."""

from collections.abc import Sequence
from typing import Any

from flask import url_for

from app.core.access import Actor, Role
from app.core.panels import Panel
from app.feedback.links import make_token
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from app.registry import acts, queries
from app.registry.policies import can_merge
from app.responses.policies import can_open, can_register


def _load_acts(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    return {matter.id: shown for matter in matters if (shown := _shown(actor, matter))}


def _shown(actor: Actor, matter: Matter) -> dict[str, Any] | None:
    offered = acts.offer_acts(actor, matter, "registry.act")
    is_pending = matter.state == State.PUBLISHED and can_register(actor)
    if not offered and not is_pending:
        return None
    return {"matter": matter, "is_pending": is_pending, "acts": offered}


def _load_lineage(matters: Sequence[Matter], _actor: Actor) -> dict[int, Any]:
    found = {matter.id: queries.get_lineage(matter) for matter in matters}
    return {number: lineage for number, lineage in found.items() if not lineage.is_empty}


def _load_sender_lineage(matters: Sequence[Matter], _actor: Actor) -> dict[int, Any]:
    """The same for who gave feedback without an account, whose link opens the parts as well."""
    found = {matter.id: _of_sender(matter) for matter in matters}
    return {key: shown for key, shown in found.items() if shown["into"] or shown["parts"]}


def _of_sender(matter: Matter) -> dict[str, Any]:
    parts = [
        {"url": url_for("feedback.sent", token=make_token(row[0])), "row": row}
        for row in queries.list_sender_parts(matter)
    ]
    return {"into": queries.get_lineage(matter).into, "parts": parts}


def _load_joining(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    """The way of the budgeting team, which has no page where matters are handled."""
    return {
        matter.id: {"matter": matter}
        for matter in matters
        if actor.has(Role.BUDGETING) and can_merge(actor, matter) and not can_open(actor, matter)
    }


ACTS = Panel("handle", "actions", "registry/acts_panel.html", _load_acts, private=True)
LINEAGE = Panel("matter", "top", "registry/lineage_panel.html", _load_lineage)
HANDLED = Panel("handle", "aside", "registry/lineage_panel.html", _load_lineage, private=True)
SENDER_LINEAGE = Panel("feedback", "top", "registry/sender_panel.html", _load_sender_lineage)
JOINING = Panel("matter", "aside", "registry/joining_panel.html", _load_joining, private=True)
