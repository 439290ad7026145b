"""Who may do what with people. Pure."""

from app.accounts.models import RoleGrant
from app.core.access import Actor, Role


def can_grant(actor: Actor) -> bool:
    """Administrators give and end roles; the system does at the command line."""
    return actor.is_system or actor.has(Role.ADMINISTRATOR)


def can_end(actor: Actor, grant: RoleGrant) -> bool:
    """Those who may grant; but nobody the own administration, another administrator has to."""
    is_own = grant.role == Role.ADMINISTRATOR and grant.person_id == actor.person_id
    return can_grant(actor) and not is_own
