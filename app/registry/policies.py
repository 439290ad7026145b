"""Who may join matters, separate and split them. Pure."""

from app.core.access import Actor, Role
from app.proposals.lifecycle import MatterKind
from app.proposals.models import Matter
from app.proposals.policies import is_author
from app.responses.policies import can_handle, can_register


def can_merge(actor: Actor, matter: Matter) -> bool:
    """The registry, who handles the matter and, for proposals, the budgeting team.

    Nobody does it to a matter of their own.
    """
    if can_handle(actor, matter):
        return True
    is_budgeted = actor.has(Role.BUDGETING) and matter.kind == MatterKind.PROPOSAL
    return (can_register(actor) or is_budgeted) and not is_author(actor, matter)
