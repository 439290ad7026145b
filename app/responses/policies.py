"""Who may do what in handling and answering. Pure.

`states` of an act are asked by the commands through the journal; here it is only about people.
"""

from app.core.access import Actor, Role
from app.proposals.models import Matter
from app.proposals.policies import is_author
from app.responses.models import Promise


def can_register(actor: Actor) -> bool:
    """The registry gives case number and unit, and takes back what left by mistake."""
    return actor.has(Role.REGISTRY)


def holds(actor: Actor, matter: Matter) -> bool:
    """Whether the actor is an official of the unit that holds the matter."""
    unit = matter.holder_unit
    return unit is not None and actor.has(Role.OFFICIAL, unit)


def can_handle(actor: Actor, matter: Matter) -> bool:
    """An official of the unit that holds the matter, unless it is the official's own matter."""
    return holds(actor, matter) and not is_author(actor, matter)


def can_transfer(actor: Actor, matter: Matter) -> bool:
    """Who handles it; while no unit does, the registry."""
    return can_handle(actor, matter) or (matter.holder_unit is None and can_register(actor))


def can_settle(actor: Actor, matter: Matter, promise: Promise) -> bool:
    """An official of the unit that promised, unless it is the official's own matter."""
    return actor.has(Role.OFFICIAL, promise.unit) and not is_author(actor, matter)


def can_open(actor: Actor, matter: Matter) -> bool:
    """Who may see the page on which the matter is handled."""
    return can_register(actor) or holds(actor, matter)


def units_of(actor: Actor) -> frozenset[str] | None:
    """The units whose queue is the actor's; None for an official of all units."""
    grants = [grant for grant in actor.grants if grant.role == Role.OFFICIAL]
    if any(grant.unit is None and grant.body is None for grant in grants):
        return None
    return frozenset(grant.unit for grant in grants if grant.unit)
