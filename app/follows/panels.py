"""The button to follow on the page of a matter."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from app.core.access import Actor
from app.core.panels import Panel
from app.extensions import db
from app.follows import policies
from app.follows.models import Follow
from app.proposals.models import Matter


def load_follow(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    """Whether the actor follows each matter and may do so; at most one query."""
    followed: set[int] = set()
    if actor.signed_in:
        ids = [matter.id for matter in matters]
        query = select(Follow.matter_id).where(
            Follow.person_id == actor.person_id, Follow.matter_id.in_(ids)
        )
        followed = set(db.session.scalars(query))
    return {
        matter.id: {
            "matter": matter,
            "follows": matter.id in followed,
            "can_follow": policies.can_follow(actor, matter),
        }
        for matter in matters
        if matter.published_at is not None
    }


FOLLOW = Panel("matter", "actions", "follows/panel.html", load_follow)
