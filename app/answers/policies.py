"""Who may approve an answer, and where that is required. Pure, but for the unit's setting."""

from app.answers.models import SavedDraft
from app.city import get_city
from app.core.access import Actor
from app.proposals.models import Matter
from app.responses.policies import can_handle


def needs_second_eyes(matter: Matter) -> bool:
    """Whether the unit that holds the matter requires a colleague's approval of each answer."""
    unit = matter.holder_unit
    return unit is not None and bool(get_city().units[unit].second_eyes)


def can_approve(actor: Actor, matter: Matter, draft: SavedDraft) -> bool:
    """Another official of the unit than the last writer, and not the author of the matter."""
    return can_handle(actor, matter) and actor.person_id != draft.saved_by
