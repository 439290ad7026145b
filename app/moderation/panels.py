"""Reporting a matter, and for moderators hiding it, beside its page."""

from collections.abc import Sequence
from typing import Any

from app.comments.rules import DiscussionRule
from app.core.access import Actor
from app.core.panels import Panel
from app.moderation import policies
from app.moderation.forms import HideForm
from app.proposals.models import Matter
from app.proposals.policies import is_author


def load_acts(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    """What the actor can do about each matter, and by which rule it is hidden; no query."""
    return {matter.id: _acts(matter, actor) for matter in matters if matter.published_at}


def _acts(matter: Matter, actor: Actor) -> dict[str, Any]:
    can_moderate = policies.can_moderate(actor, matter)
    return {
        "matter": matter,
        "rule": DiscussionRule(matter.hidden_rule) if matter.hidden_rule else None,
        "form": HideForm(formdata=None) if can_moderate else None,
        "own": is_author(actor, matter),
    }


ACTS = Panel("matter", "aside", "moderation/panel.html", load_acts)
