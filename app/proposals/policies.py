"""Who may do what with a matter. Pure."""

from app.core.access import Actor, Role
from app.proposals.lifecycle import OPEN, State
from app.proposals.models import Matter

HANDLERS = (Role.REGISTRY, Role.OFFICIAL, Role.MODERATOR, Role.ADMINISTRATOR, Role.AUDITOR)


def is_author(actor: Actor, matter: Matter) -> bool:
    """Whether the actor started the matter."""
    return actor.signed_in and actor.person_id == matter.author_id


def can_write(actor: Actor) -> bool:
    """Publishing, supporting and commenting need a confirmed address."""
    return actor.signed_in and actor.confirmed


def can_read(actor: Actor, matter: Matter) -> bool:
    """Drafts are their author's; hidden matters are also for those who handle or moderate."""
    if matter.is_visible or is_author(actor, matter):
        return True
    return matter.published_at is not None and any(actor.has(role) for role in HANDLERS)


def can_edit(actor: Actor, matter: Matter) -> bool:
    """The author, until handling starts."""
    return is_author(actor, matter) and matter.state in (State.DRAFT, State.PUBLISHED)


def can_publish(actor: Actor, matter: Matter) -> bool:
    """The author, with a confirmed address."""
    return is_author(actor, matter) and can_write(actor)


def can_withdraw(actor: Actor, matter: Matter) -> bool:
    """The author, while the matter is open."""
    return is_author(actor, matter) and matter.state in OPEN


def can_support(actor: Actor, matter: Matter) -> bool:
    """Anybody with a confirmed address except the author, while the matter is open."""
    return (
        can_write(actor)
        and matter.is_visible
        and matter.state in OPEN
        and not is_author(actor, matter)
    )
