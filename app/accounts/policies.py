"""Who may do what with people. Pure."""

from app.core.access import Actor, Role


def can_grant(actor: Actor) -> bool:
    """Administrators give and end roles; the system does at the command line."""
    return actor.is_system or actor.has(Role.ADMINISTRATOR)
