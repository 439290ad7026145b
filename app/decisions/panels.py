"""Panels: linked decisions and the next meeting for everybody; linking where it is handled."""

from collections.abc import Sequence
from typing import Any

from app.city import get_city
from app.core.access import Actor
from app.core.panels import Panel
from app.decisions import policies, presenting, queries
from app.decisions.forms import RejectForm
from app.decisions.models import LinkState
from app.proposals.models import Matter


def _load_linked(matters: Sequence[Matter], _actor: Actor) -> dict[int, Any]:
    found = queries.list_confirmed(matter.id for matter in matters)
    return {
        matter_id: [presenting.decision_view(decision) for decision in decisions]
        for matter_id, decisions in found.items()
        if decisions
    }


def _load_next(matters: Sequence[Matter], _actor: Actor) -> dict[int, Any]:
    found = queries.list_next_meetings(matters, get_city())
    return {matter_id: presenting.next_view(meeting) for matter_id, meeting in found.items()}


def _load_linking(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    own = [matter for matter in matters if policies.can_link(actor, matter)]
    found = queries.list_links(matter.id for matter in own)
    return {
        matter.id: {
            "matter": matter,
            "links": [
                {
                    "decision": presenting.decision_view(decision),
                    "is_proposed": link.state == LinkState.PROPOSED,
                    "form": RejectForm(formdata=None, prefix=f"d{decision.id}-"),
                }
                for link, decision in found[matter.id]
            ],
        }
        for matter in own
    }


LINKED = Panel("matter", "main", "decisions/linked_panel.html", _load_linked)
NEXT = Panel("matter", "top", "decisions/next_panel.html", _load_next, topics=("meetings",))
LINKING = Panel("handle", "main", "decisions/linking_panel.html", _load_linking, private=True)
