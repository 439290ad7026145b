"""Writes of the discussion: comments, and votes of usefulness."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import case, func, select, update
from sqlalchemy.orm import aliased

from app.accounts.queries import get_person
from app.city.discussion import get_discussion_settings
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
from app.proposals import holding
from app.proposals import services as proposals
from app.proposals.holding import HeldText, Standing
from app.proposals.models import Matter
from app.proposals.policies import is_author
from app.proposals.services import require_writer

THREAD_LIMIT = 100

errors.explain(
    {
        "comments_closed": _l("This matter cannot be commented on any more."),
        "reply_to_hidden": _l("You cannot reply to a comment that has been hidden."),
        "too_deep": _l("Reply to the comment above this one. Threads have three levels."),
        "thread_full": _l("This thread is full. Start a new comment."),
        "slow_mode": _l(
            "A new account can write %(limit)s comments an hour. Copy your text and send it later."
        ),
        "slow_mode_day": _l(
            "A new account can write %(limit)s comments a day. Copy your text and send it tomorrow."
        ),
        "slow_discussion": _l(
            "This discussion has been slowed down: one comment in %(minutes)s minutes. Copy your "
            "text and send it a little later."
        ),
        "cannot_vote": _l("You cannot mark this comment."),
    }
)


@dataclass(frozen=True)
class Words:
    """A comment that somebody wants to write."""

    stance: Stance
    language: str
    text: str
    parent: Comment | None = None


@command
def submit_comment(actor: Actor, matter: Matter, words: Words) -> Comment | None:
    """Write a comment; None when it is held for a moderator's look first.

    Raises what `add_comment` raises, and TooMany "slow_discussion" while a moderator has slowed
    the discussion down and the actor has just written.
    """
    _check_slow_discussion(actor, matter)
    text = clean(words.text, TEXT_LIMIT)
    reason = None
    if _standing(actor).is_new:
        reason = holding.reason_to_hold(actor, text)
        holding.remember(actor, text)
    if reason is None:
        return add_comment(
            actor,
            matter,
            stance=words.stance,
            language=words.language,
            text=text,
            parent=words.parent,
        )
    _check_comment(actor, matter, words.language, words.parent)
    _check_pace(actor)
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
    return None


@command
def release_comment(held: HeldText) -> Comment:
    """Make a held comment a comment, in its author's name; who may is the caller's rule.

    Raises Forbidden or Invalid when it could not be written any more.
    """
    author = get_person(held.author_id or 0).as_actor()
    matter = db.session.get_one(Matter, held.matter_id)
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
    characters), for the language, and for an answer to a hidden comment, below level 3 or in a
    thread of 100 answers; TooMany "slow_mode" or "slow_mode_day" for more than a new account may
    write within an hour or a day (see `proposals/holding.py`).
    """
    text = clean(text, TEXT_LIMIT)
    _check_comment(actor, matter, language, parent)
    _check_pace(actor)
    return _write(actor, matter, Words(stance, language, text, parent))


def _check_comment(actor: Actor, matter: Matter, language: str, parent: Comment | None) -> None:
    require_writer(actor)
    require(policies.can_comment(actor, matter), "comments_closed")
    if language not in LANGUAGES:
        raise Invalid("unknown_language")
    _check_parent(matter, parent)


def _write(actor: Actor, matter: Matter, words: Words) -> Comment:
    parent = words.parent
    comment = Comment(
        matter_id=matter.id,
        parent_id=parent.id if parent else None,
        thread_id=parent.top_id if parent else None,
        level=parent.level + 1 if parent else 1,
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
    _count(matter, 1)
    _follow_thread(comment)
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
    db.session.flush()
    _follow_thread(comment)


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


def _standing(actor: Actor) -> Standing:
    return holding.standing_of(actor, queries.count_accepted(actor.person_id or 0))


def _check_pace(actor: Actor) -> None:
    limits, author_id = get_discussion_settings(), actor.person_id or 0
    spans = (
        (timedelta(hours=1), limits.new_comments_an_hour, "slow_mode"),
        (timedelta(days=1), limits.new_comments_a_day, "slow_mode_day"),
    )
    passed = [s for s in spans if queries.count_lately(author_id, s[0]) >= s[1]]
    if passed and _standing(actor).is_new:
        _, limit, code = passed[-1]
        raise TooMany(code, limit=limit)


def _check_slow_discussion(actor: Actor, matter: Matter) -> None:
    if not policies.is_slow(matter) or actor.grants:
        return
    span = timedelta(minutes=matter.slow_minutes or 0)
    if queries.count_lately(actor.person_id or 0, span, matter.id):
        raise TooMany("slow_discussion", minutes=matter.slow_minutes)


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


def _follow_thread(comment: Comment) -> None:
    """Bring the numbers kept by the start of a thread along; the matter's row is locked."""
    said = aliased(Comment)
    public = select(func.count()).select_from(said).where(said.hidden_rule.is_(None))
    city = said.role.in_((Capacity.OFFICIAL, Capacity.COUNCILLOR))
    answers = public.where(said.thread_id == comment.top_id)
    start = public.where(said.id == comment.top_id)
    of_city = answers.where(city).scalar_subquery() + start.where(city).scalar_subquery()
    change = update(Comment).where(Comment.id == comment.top_id)
    kept = {"replies": answers.scalar_subquery(), "official": case((of_city > 0, 1), else_=0)}
    db.session.execute(change.values(kept), execution_options={"synchronize_session": False})


def _vote(comment: Comment, by: int) -> None:
    comment.useful += by
    topics.touch_calmly(f"matter:{comment.matter_id}")
