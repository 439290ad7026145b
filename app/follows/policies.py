"""Who may follow. Pure."""

from app.core.access import Actor
from app.proposals.models import Matter
from app.proposals.policies import is_author, is_confirmed


def can_follow(actor: Actor, matter: Matter) -> bool:
    """Anybody with a confirmed address, once the matter is public; its author even if hidden."""
    seen = matter.is_visible or (matter.published_at is not None and is_author(actor, matter))
    return is_confirmed(actor) and seen
