"""Who may take part in a discussion. Pure."""

from app.comments.models import DEEPEST, Comment
from app.core import clock
from app.core.access import Actor
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
    open_for_replies = parent.hidden_rule is None and parent.level < DEEPEST
    return can_comment(actor, matter) and open_for_replies


def can_vote(actor: Actor, matter: Matter, comment: Comment) -> bool:
    """Anybody who may comment, on other people's visible comments."""
    others = comment.author_id != actor.person_id
    return can_comment(actor, matter) and comment.hidden_rule is None and others
