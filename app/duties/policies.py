"""Who may say what a matter asks by law. Pure."""

from app.core.access import Actor, Role
from app.proposals.models import Matter
from app.proposals.policies import is_author


def can_mark(actor: Actor, matter: Matter) -> bool:
    """The registry and the officials of the unit that holds it, unless it is their own matter.

    The same people tell that documents were given, or that giving them takes longer.
    """
    unit = matter.holder_unit
    holds = unit is not None and actor.has(Role.OFFICIAL, unit)
    return (actor.has(Role.REGISTRY) or holds) and not is_author(actor, matter)
