"""Who may report and who may decide. Pure."""

from app.comments.models import Comment
from app.core.access import Actor, Role
from app.moderation.models import Act, Appeal, Decision
from app.proposals.holding import HeldText
from app.proposals.models import Matter
from app.proposals.policies import can_write, is_author


def can_report(actor: Actor, matter: Matter, comment: Comment | None = None) -> bool:
    """Anybody with a confirmed address, what everybody may read and is not one's own."""
    if not can_write(actor) or not matter.is_visible:
        return False
    if comment is None:
        return not is_author(actor, matter)
    return comment.is_visible and comment.author_id != actor.person_id


def can_moderate(actor: Actor, matter: Matter, comment: Comment | None = None) -> bool:
    """Moderators, but not on an own matter, its discussion, or an own comment."""
    own = is_author(actor, matter) or (comment is not None and comment.author_id == actor.person_id)
    return actor.has(Role.MODERATOR) and matter.published_at is not None and not own


def can_hide_spam(actor: Actor, matter: Matter) -> bool:
    """The registry, for what it leaves without handling, but not in an own matter."""
    return actor.has(Role.REGISTRY) and not is_author(actor, matter)


def can_block(actor: Actor, person: Actor) -> bool:
    """Moderators, anybody but themselves and those who hold a role: staff work under their unit."""
    return actor.has(Role.MODERATOR) and actor.person_id != person.person_id and not person.grants


def can_appeal(actor: Actor, decision: Decision, appeal: Appeal | None) -> bool:
    """Whom a moderator's decision is about, once, while it stands."""
    is_own = actor.signed_in and actor.person_id == decision.person_id
    return is_own and appeal is None and decision.ended_at is None and decision.role == "moderator"


def can_decide_appeal(
    actor: Actor, decision: Decision, matter: Matter | None, others: bool
) -> bool:
    """A moderator who did not decide and whose own matter it is not.

    `others` tells whether the municipality has such a moderator; an administrator decides if not.
    """
    is_own = matter is not None and is_author(actor, matter)
    if (
        not actor.signed_in
        or is_own
        or actor.person_id in (decision.person_id, decision.decided_by)
    ):
        return False
    return actor.has(Role.MODERATOR) or (actor.has(Role.ADMINISTRATOR) and not others)


def can_end_block(actor: Actor, decision: Decision) -> bool:
    """A moderator or an administrator, while the block is in force; nobody ends their own."""
    is_staff = actor.has(Role.MODERATOR) or actor.has(Role.ADMINISTRATOR)
    is_own = actor.person_id == decision.person_id
    return is_staff and not is_own and decision.act == Act.BLOCK and decision.ended_at is None


def can_decide_held(actor: Actor, held: HeldText, matter: Matter) -> bool:
    """Moderators, but not on an own text nor on the discussion of an own matter."""
    is_own = is_author(actor, matter) or actor.person_id == held.author_id
    return actor.has(Role.MODERATOR) and not is_own
