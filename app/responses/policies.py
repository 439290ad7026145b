"""Who may do what in handling. Pure.

`states` of an act are asked by the commands through the journal; here it is only about people.
"""

from app.core.access import Actor, Role, require
from app.proposals.models import Matter
from app.proposals.policies import is_author
from app.responses.models import Handover


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


def require_handler(actor: Actor, matter: Matter) -> None:
    """Refuse whoever does not handle it. Raises Forbidden "not_your_unit" or "own_matter"."""
    require(holds(actor, matter), "not_your_unit")
    require(can_handle(actor, matter), "own_matter")


def can_open(actor: Actor, matter: Matter) -> bool:
    """Who may see the page on which the matter is handled."""
    return can_register(actor) or holds(actor, matter)


def can_receive(actor: Actor, offer: Handover) -> bool:
    """An official of the unit to which a matter is offered."""
    return actor.has(Role.OFFICIAL, offer.to_unit)


def can_move(actor: Actor) -> bool:
    """The registry and administrators move the matters of a unit that is closed."""
    return actor.is_system or actor.has(Role.REGISTRY) or actor.has(Role.ADMINISTRATOR)


def moving_role(actor: Actor) -> str:
    """The role in which the actor moves them; empty for the command line."""
    roles = (role for role in (Role.REGISTRY, Role.ADMINISTRATOR) if actor.has(role))
    return next((role.value for role in roles), "")


def can_note(actor: Actor, matter: Matter) -> bool:
    """Internal notes are for those who may open the matter, never for its author."""
    return can_open(actor, matter) and not is_author(actor, matter)


def can_use_templates(actor: Actor, unit: str) -> bool:
    """The officials of a unit share its templates."""
    return actor.has(Role.OFFICIAL, unit)


def can_see_queue(actor: Actor, unit: str) -> bool:
    """The officials of a unit see its queue."""
    return actor.has(Role.OFFICIAL, unit)


def units_of(actor: Actor) -> frozenset[str] | None:
    """The units whose queue is the actor's; None for an official of all units."""
    grants = [grant for grant in actor.grants if grant.role == Role.OFFICIAL]
    if any(grant.unit is None and grant.body is None for grant in grants):
        return None
    return frozenset(grant.unit for grant in grants if grant.unit)
