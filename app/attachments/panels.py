"""The photos and documents of a matter on its pages, and the way to change them."""

from collections.abc import Sequence
from typing import Any

from app.attachments import policies, presenting, queries
from app.attachments.models import MOST_ATTACHMENTS
from app.core.access import Actor
from app.core.panels import Panel
from app.proposals.models import Matter


def _load(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    """What there is, and whether the actor can change it; a matter without both has no panel."""
    found = {}
    for matter in matters:
        can_change = policies.can_attach(actor, matter)
        if matter.attachments or can_change:
            shown = presenting.show(queries.list_attachments(matter))
            found[matter.id] = {"shown": shown, "can_change": can_change}
    return found


def _load_step(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    most = MOST_ATTACHMENTS
    changing = [matter for matter in matters if policies.can_attach(actor, matter)]
    return {matter.id: {"count": matter.attachments, "most": most} for matter in changing}


SHOWN = Panel("matter", "main", "attachments/shown.html", _load)
HANDLED = Panel("handle", "main", "attachments/shown.html", _load, private=True)
DRAFT = Panel("draft", "main", "attachments/draft.html", _load, private=True)
STEP = Panel("draft", "form", "attachments/step.html", _load_step, private=True)
