"""Who may take part in a discussion. Pure."""

from app.comments.models import DEEPEST, Comment
from app.core import clock
from app.core.access import Actor, Role
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from app.proposals.policies import can_write

SILENT = (State.WITHDRAWN, State.MERGED)


def is_open(matter: Matter) -> bool:
    """Whether a matter can be discussed: everybody sees it, and it has not been taken away."""
    return matter.is_visible and matter.state not in SILENT


def is_slow(matter: Matter) -> bool:
    """Whether a moderator has slowed the discussion down now."""
    return matter.slow_until is not None and matter.slow_until > clock.now()


def can_comment(actor: Actor, matter: Matter) -> bool:
    """Anybody with a confirmed address, on a matter that is open for discussion."""
    return can_write(actor) and is_open(matter)


def can_reply(actor: Actor, matter: Matter, parent: Comment) -> bool:
    """To a comment that everybody may read and that is not at the deepest level."""
    return can_comment(actor, matter) and parent.is_visible and parent.level < DEEPEST


def can_vote(actor: Actor, matter: Matter, comment: Comment) -> bool:
    """Anybody who may comment, on other people's visible comments."""
    return can_comment(actor, matter) and comment.is_visible and not is_own(actor, comment)


def can_edit(actor: Actor, matter: Matter, comment: Comment) -> bool:
    """Who wrote it, while the matter is discussed and everybody may read the comment."""
    return can_comment(actor, matter) and comment.is_visible and is_own(actor, comment)


def can_delete(actor: Actor, comment: Comment) -> bool:
    """Who wrote it, at any time, but what moderation has hidden stays until that is settled."""
    return comment.is_visible and is_own(actor, comment)


def can_read(actor: Actor, comment: Comment) -> bool:
    """Everybody; of a hidden one who wrote it, and moderators. Nobody what was deleted."""
    may_see_hidden = is_own(actor, comment) or actor.has(Role.MODERATOR)
    return comment.is_visible or (comment.deleted_at is None and may_see_hidden)


def is_own(actor: Actor, comment: Comment) -> bool:
    """Whether the actor wrote the comment."""
    return actor.person_id is not None and comment.author_id == actor.person_id
