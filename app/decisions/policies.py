"""Who may link decisions and plan meetings. Pure."""

from app.core.access import Actor
from app.proposals.models import Matter
from app.proposals.policies import is_author
from app.responses.policies import can_handle, can_register


def can_link(actor: Actor, matter: Matter) -> bool:
    """Who handles the matter, or the registry; never the matter's own author."""
    return can_handle(actor, matter) or (can_register(actor) and not is_author(actor, matter))


def can_import(actor: Actor) -> bool:
    """The system (a job or a command of the administrator) and the registry."""
    return actor.is_system or can_register(actor)
