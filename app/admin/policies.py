"""Who may run the service. Pure."""

from app.core.access import Actor, Role


def can_run_mail(actor: Actor) -> bool:
    """Administrators, and the command line of the machine."""
    return actor.is_system or actor.has(Role.ADMINISTRATOR)
