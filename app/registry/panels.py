"""Panels: the acts of the registry where a matter is handled; duplicates on its page."""

from collections.abc import Sequence
from typing import Any

from flask import url_for

from app.core.access import Actor
from app.core.panels import Panel
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from app.registry import acts, queries
from app.responses import desk
from app.responses.policies import can_register


def _load_acts(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    return {matter.id: shown for matter in matters if (shown := _shown(actor, matter))}


def _shown(actor: Actor, matter: Matter) -> dict[str, Any] | None:
    offered = [
        desk.offer(
            acts.name_of(key),
            act,
            acts.make_form(key),
            url_for("registry.act", matter_id=matter.id, key=key),
        )
        for key, act in acts.open_acts(actor, matter).items()
    ]
    is_pending = matter.state == State.PUBLISHED and can_register(actor)
    if not offered and not is_pending:
        return None
    return {"matter": matter, "is_pending": is_pending, "acts": offered}


def _load_joined(matters: Sequence[Matter], _actor: Actor) -> dict[int, Any]:
    found = {matter.id: queries.get_joined(matter) for matter in matters}
    return {key: joined for key, joined in found.items() if joined.into or joined.others}


ACTS = Panel("handle", "actions", "registry/acts_panel.html", _load_acts, private=True)
JOINED = Panel("matter", "top", "registry/joined_panel.html", _load_joined)
