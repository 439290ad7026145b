"""Who may do what with rounds. Pure."""

from app.budgeting.models import Round, RoundState
from app.core.access import Actor, Role


def can_manage(actor: Actor) -> bool:
    """The budgeting team makes and runs rounds; the system does at the command line."""
    return actor.is_system or actor.has(Role.BUDGETING)


def can_read(actor: Actor, round: Round) -> bool:
    """Drafts are for those who manage rounds."""
    return round.state == RoundState.PUBLISHED or can_manage(actor)
