"""Who may say what about results. `can_judge` reads who supports and follows; the rest is pure."""

from app.core.access import Actor, Role
from app.extensions import db
from app.follows.queries import is_following
from app.proposals.models import Matter, Support
from app.proposals.policies import can_write, is_author
from app.responses.policies import can_handle


def can_report(actor: Actor, matter: Matter) -> bool:
    """Who handles the matter says how it is carried out."""
    return can_handle(actor, matter)


def can_reopen(actor: Actor, matter: Matter) -> bool:
    """Who handles it, the registry, and the system by the residents' verdict."""
    return actor.is_system or actor.has(Role.REGISTRY) or can_handle(actor, matter)


def can_judge(actor: Actor, matter: Matter) -> bool:
    """The author, the supporters and the followers of a public matter."""
    if not can_write(actor) or not matter.is_visible:
        return False
    return (
        is_author(actor, matter)
        or db.session.get(Support, (matter.id, actor.person_id)) is not None
        or is_following(actor, matter)
    )
