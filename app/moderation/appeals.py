"""Writes of appeals, blocks, held texts and slow discussions."""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import inspect, select

from app.accounts.models import Person
from app.accounts.queries import get_person
from app.comments import services as comments
from app.comments.models import Comment
from app.comments.rules import DiscussionRule
from app.core import clock, errors, topics
from app.core.access import Actor, Role, require
from app.core.command import command
from app.core.errors import DomainError, Invalid, NotFound, WrongState
from app.core.text import clean
from app.extensions import db
from app.journal import Kind, record
from app.moderation import notices, policies, reading, services
from app.moderation.models import WORDS_LIMIT, Act, Appeal, Decision
from app.proposals import services as proposals
from app.proposals.holding import HeldText
from app.proposals.lifecycle import State
from app.proposals.models import Matter

BLOCKS = {"1": 1, "7": 7, "30": 30}  # days
FOR_GOOD = timedelta(days=365 * 100)  # until somebody takes it back
SLOW_MINUTES = (5, 15, 60)
SLOW_SPAN = timedelta(days=7)

errors.explain(
    {
        "cannot_appeal": _l("This decision can be appealed once, by whom it is about."),
        "cannot_decide_appeal": _l(
            "Another moderator than the one who decided has to decide on the appeal. An "
            "administrator decides only where there is no other moderator."
        ),
        "cannot_block": _l("You cannot keep this person from writing."),
        "cannot_end_block": _l("Only a moderator or an administrator can end this."),
        "cannot_decide_held": _l("Only a moderator can decide on this, and never on an own text."),
        "unknown_period": _l("Choose a time from the list."),
    }
)


@command
def appeal(actor: Actor, decision: Decision, words: str) -> Appeal:
    """Appeal against a decision, once. Raises Forbidden "cannot_appeal", Invalid for the words."""
    known = db.session.get(Appeal, decision.id)
    require(policies.can_appeal(actor, decision, known), "cannot_appeal")
    made = Appeal(decision_id=decision.id, words=clean(words, WORDS_LIMIT), at=clock.now())
    db.session.add(made)
    _record(actor, decision, None, "author")
    topics.touch("moderation")
    return made


@command
def decide_appeal(
    actor: Actor, matter: Matter | None, decision: Decision, *, upheld: bool, reason: str
) -> None:
    """Let a decision stand, or take it back; the author is told the reason.

    `matter` is that of the decision, None for a block: its row is locked first, as by all who hide,
    show and release. Raises Forbidden "cannot_decide_appeal", WrongState when there is no open
    appeal, Invalid.
    """
    others = reading.has_other_moderator(decision, matter)
    allowed = policies.can_decide_appeal(actor, decision, matter, others)
    require(allowed, "cannot_decide_appeal")
    made = db.session.get(Appeal, decision.id, with_for_update=True)
    if made is None or made.decided_at is not None:
        raise WrongState("wrong_state")
    made.reason, made.upheld = clean(reason, WORDS_LIMIT), upheld
    made.decided_at, made.decided_by = clock.now(), actor.person_id
    made.role = "moderator" if actor.has(Role.MODERATOR) else "administrator"
    _record(actor, decision, upheld, made.role)
    if not upheld and decision.ended_at is None:
        _take_back(actor, decision, matter, made.role)
    notices.tell_appeal_decided(decision, made)
    topics.touch("moderation")


@command
def block(actor: Actor, person: Person, days: str, rule: DiscussionRule, words: str) -> Decision:
    """Keep somebody from writing for 1, 7 or 30 days, or until it is taken back ("0").

    The person still reads, follows and votes. Raises Forbidden "cannot_block", Invalid.
    """
    require(policies.can_block(actor, person.as_actor()), "cannot_block")
    if days != "0" and days not in BLOCKS:
        raise Invalid("unknown_period")
    words = clean(words, WORDS_LIMIT, required=False)
    until = clock.now() + (timedelta(days=BLOCKS[days]) if days in BLOCKS else FOR_GOOD)
    decision = services.add_decision(actor, Act.BLOCK, person.id, rule, words, until=until)
    person.blocked_until = _latest_block(person)
    notices.tell_decision(decision)
    return decision


@command
def end_block(actor: Actor, decision: Decision) -> None:
    """Take a block back before its time. Raises Forbidden "cannot_end_block"."""
    require(policies.can_end_block(actor, decision), "cannot_end_block")
    _end_block(decision)


@command
def release(actor: Actor, matter: Matter, held: HeldText) -> bool:
    """Publish a held text in its author's name; a matter is pending from now on.

    False when it cannot be public any more (the discussion has ended, the author cannot write):
    then it waits no longer, and the author is told so without a decision about anybody. Raises
    Forbidden "cannot_decide_held", WrongState, NotFound when the author has changed the draft.
    """
    held = _take_held(actor, matter, held)
    return _publish(matter, held)


@command
def refuse(actor: Actor, matter: Matter, held: HeldText, rule: DiscussionRule, words: str) -> None:
    """Leave a held text unpublished by a rule; its author is told and can appeal.

    Raises Forbidden "cannot_decide_held", WrongState, NotFound when the author has changed the
    draft, Invalid.
    """
    held = _take_held(actor, matter, held)
    words = clean(words, WORDS_LIMIT, required=False)
    thing = {"matter_id": matter.id, "held_id": held.id}
    decision = services.add_decision(actor, Act.REFUSE, held.author_id, rule, words, **thing)
    notices.tell_decision(decision)


@command
def slow_down(actor: Actor, matter: Matter, minutes: int) -> None:
    """One comment a person in so many minutes for a week; 0 ends it. Raises Forbidden, Invalid."""
    require(policies.can_moderate(actor, matter), "cannot_moderate")
    if minutes and minutes not in SLOW_MINUTES:
        raise Invalid("unknown_period")
    until = clock.now() + SLOW_SPAN if minutes else None
    comments.set_slow_mode(matter, minutes or None, until)


def _take_held(actor: Actor, matter: Matter, held: HeldText) -> HeldText:
    """The held text, closed as not published; the matter's row is locked before it."""
    known = db.session.get(HeldText, inspect(held).identity, with_for_update=True)
    if known is None:
        raise NotFound("not_found")
    require(policies.can_decide_held(actor, known, matter), "cannot_decide_held")
    if known.closed_at is not None:
        raise WrongState("wrong_state")
    known.closed_at, known.is_released = clock.now(), False
    db.session.flush()
    topics.touch("moderation")
    return known


def _publish(matter: Matter, held: HeldText) -> bool:
    """Whether a held text is public now; its author is told either way."""
    comment = None
    try:
        if held.is_comment:
            comment = comments.release_comment(held)
        else:
            proposals.publish_proposal(get_person(held.author_id or 0).as_actor(), matter)
    except DomainError:
        # Both ask their rules before they write, so nothing is half done.
        notices.tell_too_late(matter, held)
        return False
    held.is_released = True
    notices.tell_shown(matter, comment)
    return True


def _take_back(actor: Actor, decision: Decision, matter: Matter | None, role: str) -> None:
    if decision.act == Act.BLOCK:
        _end_block(decision)
    elif decision.act == Act.REFUSE and matter is not None:
        decision.ended_at = clock.now()
        held = db.session.get_one(HeldText, decision.held_id)
        if held.is_comment or _is_as_refused(matter, decision):
            _publish(matter, held)
    elif matter is not None:
        comment = db.session.get(Comment, decision.comment_id) if decision.comment_id else None
        services.show(actor, matter, comment, role)


def _is_as_refused(matter: Matter, decision: Decision) -> bool:
    """Whether a draft still has the words that the decision was about, and not newer ones."""
    is_draft = matter.state == State.DRAFT
    return is_draft and proposals.current_text(matter).written_at <= decision.at


def _end_block(decision: Decision) -> None:
    decision.ended_at = clock.now()
    db.session.flush()
    person = db.session.get(Person, decision.person_id or 0, with_for_update=True)
    if person is not None:
        person.blocked_until = _latest_block(person)
    topics.touch("moderation")


def _latest_block(person: Person) -> datetime | None:
    """The end of the block in force that lasts longest."""
    query = select(Decision.until).where(
        Decision.person_id == person.id, Decision.act == Act.BLOCK, Decision.ended_at.is_(None)
    )
    return max((until for until in db.session.scalars(query) if until), default=None)


def _record(actor: Actor, decision: Decision, upheld: bool | None, role: str) -> None:
    """The public entry: only hiding is public, so a refusal or a block has none."""
    if decision.act != Act.HIDE:
        return
    matter = db.session.get_one(Matter, decision.matter_id)
    facts: dict[str, Any] = {"rule": decision.rule}
    if upheld is not None:
        facts["upheld"] = upheld
    if decision.comment_id is not None:
        kind = Kind.COMMENT_APPEALED if upheld is None else Kind.COMMENT_APPEAL_DECIDED
        role = "resident" if upheld is None else role
        record(kind, matter, actor, role=role, comment=decision.comment_id, **facts)
        return
    kind = Kind.APPEALED if upheld is None else Kind.APPEAL_DECIDED
    record(kind, matter, actor, role=role, **facts)
