"""Reads of who follows what."""

from sqlalchemy import select

from app.core.access import Actor
from app.extensions import db
from app.follows.models import Follow
from app.proposals.models import Matter


def is_following(actor: Actor, matter: Matter) -> bool:
    """Whether the actor follows the matter."""
    if actor.person_id is None:
        return False
    return db.session.get(Follow, (matter.id, actor.person_id)) is not None


def list_followers(matter_id: int) -> list[int]:
    """Ids of the people who follow a matter."""
    query = select(Follow.person_id).where(Follow.matter_id == matter_id)
    return list(db.session.scalars(query.order_by(Follow.person_id)))


def list_followed(actor: Actor) -> list[int]:
    """Ids of the matters that the actor follows, the latest first."""
    query = select(Follow.matter_id).where(Follow.person_id == actor.person_id)
    return list(db.session.scalars(query.order_by(Follow.at.desc(), Follow.matter_id.desc())))
