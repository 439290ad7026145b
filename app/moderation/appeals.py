"""Writes of appeals, blocks, held texts and slow discussions."""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.accounts.models import Person
from app.comments import services as comments
from app.comments.models import Comment
from app.comments.rules import DiscussionRule
from app.core import clock, errors, topics
from app.core.access import Actor, Role, require
from app.core.command import command
from app.core.errors import Invalid, WrongState
from app.core.text import clean
from app.extensions import db
from app.journal import Kind, record
from app.moderation import notices, policies, reading, services
from app.moderation.models import WORDS_LIMIT, Act, Appeal, Decision
from app.proposals import services as proposals
from app.proposals.holding import HeldText
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
def decide_appeal(actor: Actor, decision: Decision, *, upheld: bool, reason: str) -> None:
    """Let a decision stand, or take it back; the author is told the reason.

    Raises Forbidden "cannot_decide_appeal", WrongState when there is no open appeal, Invalid.
    """
    matter = db.session.get(Matter, decision.matter_id) if decision.matter_id else None
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
def release(actor: Actor, held: HeldText) -> None:
    """Publish a held text in its author's name; a matter is pending from now on.

    Raises Forbidden "cannot_decide_held", WrongState, and what publishing or commenting raises.
    """
    matter = _decide_held(actor, held, released=True)
    if held.is_comment:
        notices.tell_shown(matter, comments.release_comment(held))
        return
    author = db.session.get_one(Person, held.author_id)
    proposals.publish_proposal(author.as_actor(), matter)
    notices.tell_shown(matter, None)


@command
def refuse(actor: Actor, held: HeldText, rule: DiscussionRule, words: str) -> None:
    """Leave a held text unpublished by a rule; its author is told and can appeal.

    Raises Forbidden "cannot_decide_held", WrongState, Invalid.
    """
    matter = _decide_held(actor, held, released=False)
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


def _decide_held(actor: Actor, held: HeldText, *, released: bool) -> Matter:
    matter = db.session.get_one(Matter, held.matter_id)
    require(policies.can_decide_held(actor, held, matter), "cannot_decide_held")
    if held.closed_at is not None:
        raise WrongState("wrong_state")
    held.closed_at, held.is_released = clock.now(), released
    db.session.flush()
    topics.touch("moderation")
    return matter


def _take_back(actor: Actor, decision: Decision, matter: Matter | None, role: str) -> None:
    if decision.act == Act.BLOCK:
        _end_block(decision)
    elif decision.act == Act.REFUSE:
        held = db.session.get_one(HeldText, decision.held_id)
        held.is_released, decision.ended_at = True, clock.now()
        if held.is_comment:
            comments.release_comment(held)
        elif matter is not None:
            author = db.session.get_one(Person, held.author_id)
            proposals.publish_proposal(author.as_actor(), matter)
    elif matter is not None:
        comment = db.session.get(Comment, decision.comment_id) if decision.comment_id else None
        services.show(actor, matter, comment, role)


def _end_block(decision: Decision) -> None:
    decision.ended_at = clock.now()
    db.session.flush()
    person = db.session.get(Person, decision.person_id)
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
