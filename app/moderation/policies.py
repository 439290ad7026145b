"""Who may report and who may decide. Pure."""

from app.comments.models import Comment
from app.core.access import Actor, Role
from app.proposals.models import Matter
from app.proposals.policies import can_write, is_author


def can_report(actor: Actor, matter: Matter, comment: Comment | None = None) -> bool:
    """Anybody with a confirmed address, what everybody may read and is not one's own."""
    if not can_write(actor) or not matter.is_visible:
        return False
    if comment is None:
        return not is_author(actor, matter)
    return comment.hidden_rule is None and comment.author_id != actor.person_id


def can_moderate(actor: Actor, matter: Matter, comment: Comment | None = None) -> bool:
    """Moderators, but not on an own matter, its discussion, or an own comment."""
    own = is_author(actor, matter) or (comment is not None and comment.author_id == actor.person_id)
    return actor.has(Role.MODERATOR) and matter.published_at is not None and not own


def can_hide_spam(actor: Actor, matter: Matter) -> bool:
    """The registry, for what it leaves without handling, but not in an own matter."""
    return actor.has(Role.REGISTRY) and not is_author(actor, matter)
