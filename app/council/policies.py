"""Who may ask as a councillor, and who answers. Pure."""

from app.core.access import Actor, Role
from app.council.models import CouncilQuestion
from app.proposals.models import Matter
from app.proposals.policies import is_author
from app.responses.policies import can_handle


def is_councillor(actor: Actor) -> bool:
    """Whether the actor is a councillor of some body."""
    return actor.signed_in and bool(actor.bodies(Role.COUNCILLOR))


def can_ask(actor: Actor, matter: Matter) -> bool:
    """A councillor, about a public matter that somebody else started."""
    return is_councillor(actor) and matter.is_visible and not is_author(actor, matter)


def can_settle(actor: Actor, matter: Matter, question: CouncilQuestion) -> bool:
    """An official of the unit that holds the matter now, who did not ask the question.

    A question goes along when the matter is handed over, so that it is never without a unit.
    """
    return can_handle(actor, matter) and actor.person_id != question.asked_by
