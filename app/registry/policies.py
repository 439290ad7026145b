"""Who may join duplicates. Pure."""

from app.core.access import Actor
from app.proposals.models import Matter
from app.proposals.policies import is_author
from app.responses.policies import can_handle, can_register


def can_merge(actor: Actor, matter: Matter) -> bool:
    """The registry, and who handles the matter, unless it is their own."""
    return can_handle(actor, matter) or (can_register(actor) and not is_author(actor, matter))
