"""Who may do what with people. Pure."""

from app.accounts.models import RoleGrant
from app.core.access import Actor, Role


def can_grant(actor: Actor) -> bool:
    """Administrators give and end roles; the system does at the command line."""
    return actor.is_system or actor.has(Role.ADMINISTRATOR)


def ends_own_administration(actor: Actor, grant: RoleGrant) -> bool:
    """Whether an administrator saws off the branch to sit on; another one has to do it."""
    return grant.role == Role.ADMINISTRATOR and grant.person_id == actor.person_id
