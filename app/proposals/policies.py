"""Who may do what with a matter. Pure."""

from app.core.access import Actor, Role
from app.proposals.lifecycle import OPEN, State
from app.proposals.models import Matter

HANDLERS = (Role.REGISTRY, Role.OFFICIAL, Role.MODERATOR, Role.ADMINISTRATOR, Role.AUDITOR)


def is_starter(actor: Actor, matter: Matter) -> bool:
    """Whether the actor started the matter: invites and removes co-authors, takes it back."""
    return actor.signed_in and actor.person_id == matter.author_id


def is_author(actor: Actor, matter: Matter) -> bool:
    """Whether the actor started the matter or is a co-author; asks nothing of anonymous visitors.

    The co-authors are read once for a matter, unless it is the starter who asks.
    """
    return is_starter(actor, matter) or (
        actor.person_id is not None and actor.person_id in matter.author_ids
    )


def is_confirmed(actor: Actor) -> bool:
    """Whether somebody is signed in with a confirmed address; enough to follow and to vote."""
    return actor.signed_in and actor.confirmed


def can_write(actor: Actor) -> bool:
    """Publishing, supporting, commenting and reporting: confirmed, and not blocked by moderation.

    This is the one place that knows of blocks.
    """
    return is_confirmed(actor) and actor.blocked_until is None


def can_read(actor: Actor, matter: Matter) -> bool:
    """Drafts are their author's; hidden and city-only matters also their handlers'.

    A councillor is no handler: feedback for the city alone is for those who answer it.
    """
    if matter.is_visible or is_author(actor, matter):
        return True
    return matter.published_at is not None and any(actor.has(role) for role in HANDLERS)


def can_edit(actor: Actor, matter: Matter) -> bool:
    """The authors, until handling starts; what moderation has hidden stays as it is."""
    is_early = matter.state in (State.DRAFT, State.PUBLISHED) and matter.hidden_rule is None
    return is_author(actor, matter) and is_early


def can_publish(actor: Actor, matter: Matter) -> bool:
    """Who started it, with a confirmed address: nobody else publishes in that name."""
    return is_starter(actor, matter) and can_write(actor)


def can_withdraw(actor: Actor, matter: Matter) -> bool:
    """Who started it, while the matter is open."""
    return is_starter(actor, matter) and matter.state in OPEN


def can_support(actor: Actor, matter: Matter) -> bool:
    """Anybody with a confirmed address except the authors, while the matter is open."""
    return (
        can_write(actor)
        and matter.is_visible
        and matter.state in OPEN
        and not is_author(actor, matter)
    )


def can_list_makers(actor: Actor, matter: Matter) -> bool:
    """The registry, and the officials of the unit that holds the matter; nobody about their own."""
    unit = matter.holder_unit
    handles = actor.has(Role.REGISTRY) or (unit is not None and actor.has(Role.OFFICIAL, unit))
    return handles and not is_author(actor, matter)
