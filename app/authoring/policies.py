"""Who may translate, add, invite and leave. Pure."""

from app.authoring.models import Invitation
from app.core.access import Actor, Role
from app.proposals.lifecycle import OPEN, State
from app.proposals.models import Matter, MatterText
from app.proposals.policies import can_write, is_author, is_starter

OVER = (State.WITHDRAWN, State.MERGED)
EDITABLE = (State.DRAFT, State.PUBLISHED)


def is_translator(actor: Actor, matter: Matter) -> bool:
    """The registry, and officials of the unit that holds the matter, unless it is their own."""
    unit = matter.holder_unit
    holds = unit is not None and actor.has(Role.OFFICIAL, unit)
    return (holds or actor.has(Role.REGISTRY)) and not is_author(actor, matter)


def can_translate(actor: Actor, matter: Matter, known: MatterText | None = None) -> bool:
    """Authors while the matter is open; translators as long as it was not taken away.

    `known` is the newest text in that language: an author's own words are changed by authors only.
    """
    if matter.published_at is None or matter.hidden_rule is not None:
        return False
    if is_author(actor, matter):
        return can_write(actor) and matter.state in OPEN
    is_theirs = known is not None and known.origin == "author"
    return is_translator(actor, matter) and matter.state not in OVER and not is_theirs


def can_add(actor: Actor, matter: Matter) -> bool:
    """Authors, once editing has closed and while the matter is open."""
    is_late = matter.state in OPEN and matter.state not in EDITABLE
    return is_late and matter.hidden_rule is None and is_author(actor, matter) and can_write(actor)


def can_invite(actor: Actor, matter: Matter) -> bool:
    """Who started the matter, while it is a draft or open."""
    is_on = matter.state in (State.DRAFT, *OPEN) and matter.hidden_rule is None
    return is_on and is_starter(actor, matter) and can_write(actor)


def can_join(actor: Actor, matter: Matter, invitation: Invitation) -> bool:
    """Anybody with a confirmed address who is no author yet, while the invitation is open."""
    is_on = invitation.is_open and matter.state in (State.DRAFT, *OPEN)
    return is_on and can_write(actor) and not is_author(actor, matter)


def can_leave(actor: Actor, matter: Matter) -> bool:
    """A co-author; who started the matter stays its author."""
    return is_author(actor, matter) and not is_starter(actor, matter)
