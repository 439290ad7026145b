"""Who may keep, move or break a promise, and who may take its photos away."""

from app.city import get_city
from app.core.access import Actor, Role
from app.promises.models import Promise
from app.proposals.models import Matter
from app.proposals.policies import is_author

PHOTO_ROLES = (Role.OFFICIAL, Role.REGISTRY, Role.MODERATOR)


def can_settle(actor: Actor, matter: Matter, promise: Promise) -> bool:
    """An official of the unit that promised, unless it is the official's own matter.

    When that unit exists no more, its promises are those of the unit that holds the matter.
    """
    unit = promise.unit
    if matter.holder_unit and get_city().is_closed(unit):
        unit = matter.holder_unit
    return actor.has(Role.OFFICIAL, unit) and not is_author(actor, matter)


def can_remove_photo(actor: Actor, matter: Matter, promise: Promise) -> bool:
    """Whoever may settle the promise, the registry and moderators, but not in an own matter."""
    cares = actor.has(Role.REGISTRY) or actor.has(Role.MODERATOR)
    return can_settle(actor, matter, promise) or (cares and not is_author(actor, matter))
