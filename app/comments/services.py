"""Writes of the discussion: comments, and votes of usefulness."""

from datetime import timedelta

from flask_babel import lazy_gettext as _l

from app.accounts.queries import get_person
from app.comments import policies, queries
from app.comments.models import DEEPEST, TEXT_LIMIT, Capacity, Comment, CommentVote, Stance
from app.comments.rules import DiscussionRule
from app.core import clock, errors, topics
from app.core.access import Actor, Grant, Role, require
from app.core.command import command
from app.core.errors import Invalid, NotFound, TooMany, WrongState
from app.core.language import LANGUAGES
from app.core.text import clean
from app.extensions import db
from app.journal import Kind, record, text_digest
from app.journal.recording import new_salt
from app.proposals import services as proposals
from app.proposals.models import Matter
from app.proposals.policies import can_write, is_author

NEW_ACCOUNT = timedelta(days=1)
SLOW_SPAN = timedelta(hours=1)
SLOW_LIMIT = 5
THREAD_LIMIT = 100

errors.explain(
    {
        "comments_closed": _l("This matter cannot be commented on any more."),
        "reply_to_hidden": _l("You cannot reply to a comment that has been hidden."),
        "too_deep": _l("Reply to the comment above this one. Threads have three levels."),
        "thread_full": _l("This thread is full. Start a new comment."),
        "slow_mode": _l(
            "A new account can write five comments an hour. Copy your text and send it later."
        ),
        "cannot_vote": _l("You cannot mark this comment."),
    }
)


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
    characters), for the language, and for an answer to a hidden comment, below level 3 or in a
    thread of 100 answers; TooMany "slow_mode" for the sixth comment within an hour by an account
    that is less than a day old.
    """
    require(can_write(actor), "not_confirmed")
    require(policies.can_comment(actor, matter), "comments_closed")
    text = clean(text, TEXT_LIMIT)
    if language not in LANGUAGES:
        raise Invalid("unknown_language")
    _check_parent(matter, parent)
    _check_pace(actor)
    comment = Comment(
        matter_id=matter.id,
        parent_id=parent.id if parent else None,
        thread_id=parent.top_id if parent else None,
        level=parent.level + 1 if parent else 1,
        author_id=actor.person_id,
        language=language,
        stance=stance,
        text=text,
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
        language=language,
        stance=stance,
        text=text_digest(text, comment.salt),
    )
    _count(matter, 1)
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

    The counts follow at once. Raises WrongState "wrong_state" when it is so already.
    """
    if (comment.hidden_rule is None) == (rule is None):
        raise WrongState("wrong_state")
    comment.hidden_rule = rule
    # the matter's row is locked here, since the command locked only the comment's
    matter = db.session.get_one(Matter, comment.matter_id, with_for_update=True)
    _count(matter, -1 if rule else 1)


def _check_parent(matter: Matter, parent: Comment | None) -> None:
    if parent is None:
        return
    if parent.matter_id != matter.id:
        raise NotFound("not_found")
    if parent.hidden_rule is not None:
        raise Invalid("reply_to_hidden")
    if parent.level >= DEEPEST:
        raise Invalid("too_deep")
    if queries.count_thread(parent.top_id) >= THREAD_LIMIT:
        raise Invalid("thread_full")


def _check_pace(actor: Actor) -> None:
    person = get_person(actor.person_id or 0)
    is_new = clock.now() - person.created_at < NEW_ACCOUNT
    if is_new and queries.count_lately(person.id, SLOW_SPAN) >= SLOW_LIMIT:
        raise TooMany("slow_mode")


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


def _count(matter: Matter, by: int) -> None:
    proposals.count_change(matter, "comments", by)
    topics.touch(f"matter:{matter.id}")


def _vote(comment: Comment, by: int) -> None:
    comment.useful += by
    topics.touch_calmly(f"matter:{comment.matter_id}")
