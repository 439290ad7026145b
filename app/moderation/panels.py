"""Reporting a matter, and for moderators hiding it, beside its page."""

from collections.abc import Sequence
from typing import Any

from app.comments.policies import is_slow
from app.comments.rules import DiscussionRule
from app.core.access import Actor
from app.core.panels import Panel
from app.moderation import policies, reading
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


def load_notices(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    """What the actor must know before writing; one query a matter, for people signed in."""
    found: dict[int, Any] = {}
    for matter in matters:
        data = {
            "blocked_until": actor.blocked_until,
            "slow": matter.slow_minutes if is_slow(matter) else None,
            "held": reading.list_held_of(actor, matter.id),
        }
        if any(data.values()):
            found[matter.id] = data
    return found


NOTICES = Panel("matter", "top", "moderation/notice_panel.html", load_notices, private=True)
DRAFT_NOTICES = Panel("draft", "top", "moderation/notice_panel.html", load_notices, private=True)
