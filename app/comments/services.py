"""Writes of the discussion: comments, votes of usefulness, hiding.

What authors do with their comments afterwards is in `editing`. Whatever changes who speaks in a
discussion locks the matter's row first, and after it a comment's own.
"""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.accounts.queries import get_person
from app.comments import editing, keeping, pace, policies, queries
from app.comments.models import DEEPEST, TEXT_LIMIT, Capacity, Comment, CommentVote, Stance
from app.comments.rules import DiscussionRule
from app.core import clock, errors, topics
from app.core.access import Actor, Grant, Role, require
from app.core.command import command
from app.core.errors import Gone, Invalid, NotFound, WrongState
from app.core.language import LANGUAGES
from app.core.text import clean
from app.extensions import db
from app.journal import Kind, record, text_digest
from app.journal.recording import new_salt
from app.proposals import holding
from app.proposals.holding import HeldText
from app.proposals.models import Matter
from app.proposals.policies import is_author
from app.proposals.services import require_writer

THREAD_LIMIT = 1000

errors.explain(
    {
        "comments_closed": _l("This matter cannot be commented on any more."),
        "reply_to_hidden": _l("You cannot reply to a comment that has been hidden."),
        "reply_to_deleted": _l("You cannot reply to a comment that its author has deleted."),
        "comment_deleted": _l("The author has deleted this comment."),
        "too_deep": _l("Reply to the comment above this one. Threads have three levels."),
        "thread_full": _l("This thread is full. Start a new comment."),
        "cannot_vote": _l("You cannot mark this comment."),
    }
)


@dataclass(frozen=True)
class Words:
    """A comment that somebody wants to write; `form_key` is of the form that was sent, or ""."""

    stance: Stance
    language: str
    text: str
    parent: Comment | None = None
    form_key: str = ""


@command
def submit_comment(actor: Actor, matter: Matter, words: Words) -> Comment | None:
    """Write a comment; None when it is held for a moderator's look first.

    A form that is sent again gives the comment that it made before, and a text that waits already
    waits once. Raises what `add_comment` raises, and TooMany "slow_discussion" while a moderator
    has slowed the discussion down and the actor has just written.
    """
    known = queries.find_sent(actor, words.form_key)
    text = clean(words.text, TEXT_LIMIT)
    if known is not None or queries.is_waiting(actor, matter, words.parent, text):
        return known
    pace.check_slow_discussion(actor, matter)
    reason = None
    if pace.is_new(actor):
        reason = holding.reason_to_hold(actor, text)
        holding.remember(actor, text)
    if reason is None:
        comment = add_comment(
            actor,
            matter,
            stance=words.stance,
            language=words.language,
            text=text,
            parent=words.parent,
        )
        comment.form_key = words.form_key or None
        return comment
    _check_comment(actor, matter, words.language, words.parent)
    pace.check_pace(actor)
    db.session.add(
        HeldText(
            matter_id=matter.id,
            author_id=actor.person_id,
            reason=reason,
            at=clock.now(),
            is_comment=True,
            parent_id=words.parent.id if words.parent else None,
            stance=words.stance.value,
            language=words.language,
            text=text,
        )
    )
    topics.touch("moderation")
    return None


@command
def release_comment(held: HeldText) -> Comment:
    """Make a held comment a comment, or a held change a change, in its author's name.

    Who may is the caller's rule. Raises Forbidden, Invalid, Gone or WrongState when it could not be
    written any more.
    """
    author = get_person(held.author_id or 0).as_actor()
    matter = db.session.get_one(Matter, held.matter_id, with_for_update=True)
    if held.is_edit:
        return editing.release_edit(author, matter, held)
    parent = db.session.get(Comment, held.parent_id) if held.parent_id else None
    _check_comment(author, matter, held.language, parent)
    return _write(
        author, matter, Words(Stance(held.stance or ""), held.language, held.text, parent)
    )


@command
def set_slow_mode(matter: Matter, minutes: int | None, until: datetime | None) -> None:
    """One comment a person in so many minutes until a moment; None ends it.

    Who may is the caller's rule.
    """
    matter.slow_minutes, matter.slow_until = minutes, until
    topics.touch(f"matter:{matter.id}")


@command
def add_comment(
    actor: Actor,
    matter: Matter,
    *,
    stance: Stance,
    language: str,
    text: str,
    parent: Comment | None = None,
) -> Comment:
    """Write a comment, or an answer to one, in the capacity that the actor has now.

    Raises Forbidden "not_confirmed" or "comments_closed"; Invalid for the text (at most 2 000
    characters), for the language, and for an answer to a hidden or deleted comment, below level 3
    or in a thread of 1 000 answers; TooMany "slow_mode" or "slow_mode_day" for more than a new
    account may write within an hour or a day (see `proposals/holding.py`).
    """
    text = clean(text, TEXT_LIMIT)
    _check_comment(actor, matter, language, parent)
    pace.check_pace(actor)
    return _write(actor, matter, Words(stance, language, text, parent))


def _check_comment(actor: Actor, matter: Matter, language: str, parent: Comment | None) -> None:
    require_writer(actor)
    require(policies.can_comment(actor, matter), "comments_closed")
    if language not in LANGUAGES:
        raise Invalid("unknown_language")
    _check_parent(matter, parent)


def _write(actor: Actor, matter: Matter, words: Words) -> Comment:
    parent = words.parent
    place = queries.count_thread(parent.top_id) + 1 if parent else 0
    comment = Comment(
        matter_id=matter.id,
        parent_id=parent.id if parent else None,
        thread_id=parent.top_id if parent else None,
        level=parent.level + 1 if parent else 1,
        place=place,
        branch=parent.branch if parent and parent.level > 1 else place,
        author_id=actor.person_id,
        language=words.language,
        stance=words.stance,
        text=words.text,
        salt=new_salt(),
        at=clock.now(),
        useful=0,
    )
    comment.role, comment.unit, comment.body = _capacity(actor, matter)
    db.session.add(comment)
    db.session.flush()
    record(
        Kind.COMMENTED,
        matter,
        actor,
        role=comment.role,
        unit=comment.unit,
        comment=comment.id,
        language=words.language,
        stance=words.stance,
        text=text_digest(words.text, comment.salt),
    )
    keeping.count_change(matter, 1)
    keeping.follow_thread(comment)
    return comment


@command
def mark_useful(actor: Actor, comment: Comment) -> None:
    """Mark a comment as useful; doing it twice changes nothing. Raises Forbidden."""
    matter = db.session.get_one(Matter, comment.matter_id)
    require(policies.can_vote(actor, matter, comment), "cannot_vote")
    if db.session.get(CommentVote, (comment.id, actor.person_id)) is None:
        vote = CommentVote(comment_id=comment.id, person_id=actor.person_id, at=clock.now())
        db.session.add(vote)
        _vote(comment, 1)


@command
def unmark_useful(actor: Actor, comment: Comment) -> None:
    """Take the mark back; nothing happens when there is none. Raises Forbidden."""
    require(actor.signed_in, "not_allowed")
    vote = db.session.get(CommentVote, (comment.id, actor.person_id))
    if vote is not None:
        db.session.delete(vote)
        _vote(comment, -1)


@command
def set_hidden(comment: Comment, rule: DiscussionRule | None) -> None:
    """Hide a comment by a rule, or show it again with None; who may is the caller's rule.

    The counts follow at once. Raises WrongState "wrong_state" when it is so already, Gone
    "comment_deleted".
    """
    matter = db.session.get_one(Matter, comment.matter_id, with_for_update=True)
    comment = db.session.get_one(Comment, comment.id, with_for_update=True)
    if comment.deleted_at is not None:
        raise Gone("comment_deleted")
    if (comment.hidden_rule is None) == (rule is None):
        raise WrongState("wrong_state")
    comment.hidden_rule = rule
    keeping.count_change(matter, -1 if rule else 1)
    db.session.flush()
    keeping.follow_thread(comment)


def _check_parent(matter: Matter, parent: Comment | None) -> None:
    if parent is None:
        return
    if parent.matter_id != matter.id:
        raise NotFound("not_found")
    if parent.deleted_at is not None:
        raise Invalid("reply_to_deleted")
    if parent.hidden_rule is not None:
        raise Invalid("reply_to_hidden")
    if parent.level >= DEEPEST:
        raise Invalid("too_deep")
    if queries.count_thread(parent.top_id) >= THREAD_LIMIT:
        raise Invalid("thread_full")


def _capacity(actor: Actor, matter: Matter) -> tuple[Capacity, str | None, str | None]:
    """The author first, then an official (of the holding unit if possible), then a councillor."""
    if is_author(actor, matter):
        return Capacity.AUTHOR, None, None

    def of(role: Role) -> list[Grant]:
        found = [grant for grant in actor.grants if grant.role == role]
        return sorted(found, key=lambda grant: grant.unit != matter.holder_unit)

    for grant in of(Role.OFFICIAL):
        return Capacity.OFFICIAL, grant.unit, None
    for grant in of(Role.COUNCILLOR):
        return Capacity.COUNCILLOR, None, grant.body
    return Capacity.RESIDENT, None, None


def _vote(comment: Comment, by: int) -> None:
    comment.useful += by
    topics.touch_calmly(f"matter:{comment.matter_id}")
