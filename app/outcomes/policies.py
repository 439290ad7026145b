"""Who may say what about results. `can_judge` reads who supports and follows; the rest is pure."""

from sqlalchemy import ColumnElement, exists, or_, select

from app.core.access import Actor, Role
from app.extensions import db
from app.follows.models import Follow
from app.proposals.models import Matter, Support
from app.proposals.policies import can_write, is_author
from app.responses.policies import can_handle


def can_report(actor: Actor, matter: Matter) -> bool:
    """Who handles the matter says how it is carried out."""
    return can_handle(actor, matter)


def can_reopen(actor: Actor, matter: Matter) -> bool:
    """Who handles it, the registry, and the system by the residents' verdict."""
    return actor.is_system or actor.has(Role.REGISTRY) or can_handle(actor, matter)


def can_judge(actor: Actor, matter: Matter, involved: bool | None = None) -> bool:
    """The author, the supporters and the followers of a public matter.

    `involved` tells what `involvement` gave, where a page has read it already.
    """
    if not can_write(actor) or not matter.is_visible:
        return False
    if is_author(actor, matter):
        return True
    if involved is None:
        involved = bool(db.session.scalar(select(involvement(actor, matter))))
    return involved


def involvement(actor: Actor, matter: Matter) -> ColumnElement[bool]:
    """Whether the actor supports or follows the matter, as a part of a query."""
    ties = [
        exists().where(tie.matter_id == matter.id, tie.person_id == actor.person_id)
        for tie in (Support, Follow)
    ]
    return or_(*ties)
