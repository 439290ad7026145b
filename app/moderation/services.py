"""Writes of moderation: reports, hiding, showing again."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select, update

from app.accounts.models import Person
from app.city.discussion import get_discussion_settings
from app.comments import services as comments
from app.comments.models import Comment
from app.comments.rules import DiscussionRule
from app.core import clock, errors, mail, topics
from app.core.access import Actor, require
from app.core.command import command
from app.core.errors import TooMany, WrongState
from app.core.text import clean
from app.extensions import db
from app.journal import Entry, Kind, on, record
from app.moderation import notices, policies, queries
from app.moderation.models import WORDS_LIMIT, Act, Decision, Report
from app.proposals.models import Matter
from app.proposals.services import current_text
from app.search import services as search

errors.explain(
    {
        "cannot_report": _l("You cannot report this."),
        "cannot_moderate": _l(
            "Only a moderator can do this, and never on an own matter or an own comment."
        ),
        "cannot_hide_spam": _l("Only the registry can do this, and never in an own matter."),
        "unknown_rule": _l("Choose a rule from the list."),
        "hidden_already": _l("This has been hidden already."),
        "too_many_reports": _l(
            "You have %(limit)s reports that wait for a decision. Report more after that."
        ),
        "not_hidden": _l("This is not hidden."),
    }
)


@command
def report(
    actor: Actor, matter: Matter, comment: Comment | None, rule: DiscussionRule, words: str
) -> Report:
    """Report a matter, or one of its comments, to the moderators.

    Who has an open report on it already changes that one. Raises Forbidden "cannot_report", Invalid
    when the words are longer than 1 000 characters, TooMany "too_many_reports".
    """
    require(policies.can_report(actor, matter, comment), "cannot_report")
    words = clean(words, WORDS_LIMIT, required=False)
    query = select(Report).where(
        *_open_on(matter.id, comment.id if comment else None),
        Report.reporter_id == actor.person_id,
    )
    known = db.session.scalars(query).first()
    if known is None:
        limit = get_discussion_settings().open_reports
        if queries.count_open_of(actor) >= limit:
            raise TooMany("too_many_reports", limit=limit)
        known = Report(matter_id=matter.id, reporter_id=actor.person_id, at=clock.now())
        known.comment_id = comment.id if comment else None
        db.session.add(known)
    known.rule, known.words = rule, words
    topics.touch("moderation")
    return known


@command
def hide_matter(actor: Actor, matter: Matter, rule: DiscussionRule, words: str = "") -> None:
    """Hide a matter by a rule: from lists, search, counts and its page. Handling goes on.

    The author gets a message with the rule, the words and the way to appeal. Raises Forbidden
    "cannot_moderate", WrongState "hidden_already", Invalid for words over 1 000 characters.
    """
    require(policies.can_moderate(actor, matter), "cannot_moderate")
    if matter.hidden_rule is not None:
        raise WrongState("hidden_already")
    words = clean(words, WORDS_LIMIT, required=False)
    _hide(actor, matter, rule, "moderator")
    decision = add_decision(actor, Act.HIDE, matter.author_id, rule, words, matter_id=matter.id)
    notices.tell_decision(decision)


@command
def hide_spam(actor: Actor, matter: Matter) -> None:
    """Hide what the registry leaves without handling; nothing happens when it is hidden already.

    Raises Forbidden "cannot_hide_spam".
    """
    require(policies.can_hide_spam(actor, matter), "cannot_hide_spam")
    if matter.hidden_rule is None:
        _hide(actor, matter, DiscussionRule.SPAM, "registry")


@command
def show_spam(actor: Actor, matter: Matter) -> None:
    """Show again what the registry itself has hidden; what a moderator has hidden stays so.

    Raises Forbidden "cannot_hide_spam".
    """
    require(policies.can_hide_spam(actor, matter), "cannot_hide_spam")
    if matter.hidden_rule is not None and queries.is_hidden_by_registry(matter):
        _show(actor, matter, "registry")


@command
def show_matter(actor: Actor, matter: Matter) -> None:
    """Show a hidden matter again. Raises Forbidden "cannot_moderate", WrongState "not_hidden"."""
    require(policies.can_moderate(actor, matter), "cannot_moderate")
    if matter.hidden_rule is None:
        raise WrongState("not_hidden")
    show(actor, matter, None, "moderator")
    notices.tell_shown(matter, None)


def hide_comment(actor: Actor, comment: Comment, rule: DiscussionRule, words: str = "") -> None:
    """Hide a comment by a rule; its answers stay, and its author is told.

    Raises Forbidden, WrongState, Gone "comment_deleted".
    """
    # Every act of a discussion locks the matter before a comment: the first argument is locked.
    _hide_comment(db.session.get_one(Matter, comment.matter_id), actor, comment, rule, words)


@command
def _hide_comment(
    matter: Matter, actor: Actor, comment: Comment, rule: DiscussionRule, words: str
) -> None:
    require(policies.can_moderate(actor, matter, comment), "cannot_moderate")
    if comment.hidden_rule is not None:
        raise WrongState("hidden_already")
    words = clean(words, WORDS_LIMIT, required=False)
    comments.set_hidden(comment, rule)
    record(Kind.COMMENT_HIDDEN, matter, actor, role="moderator", comment=comment.id, rule=rule)
    _close(actor, matter.id, comment.id, rule)
    thing = {"matter_id": matter.id, "comment_id": comment.id}
    decision = add_decision(actor, Act.HIDE, comment.author_id, rule, words, **thing)
    notices.tell_decision(decision)


def show_comment(actor: Actor, comment: Comment) -> None:
    """Show a hidden comment again. Raises Forbidden, WrongState "not_hidden"."""
    _show_comment(db.session.get_one(Matter, comment.matter_id), actor, comment)


@command
def _show_comment(matter: Matter, actor: Actor, comment: Comment) -> None:
    require(policies.can_moderate(actor, matter, comment), "cannot_moderate")
    if comment.hidden_rule is None:
        raise WrongState("not_hidden")
    show(actor, matter, comment, "moderator")
    notices.tell_shown(matter, comment)


@command
def dismiss_reports(actor: Actor, matter: Matter, comment: Comment | None) -> None:
    """Leave a reported matter or comment as it is and close its reports. Raises Forbidden."""
    require(policies.can_moderate(actor, matter, comment), "cannot_moderate")
    _close(actor, matter.id, comment.id if comment else None, None)


@command
def add_decision(
    actor: Actor,
    act: Act,
    person_id: int | None,
    rule: DiscussionRule,
    words: str,
    **thing: Any,
) -> Decision:
    """Keep a moderator's decision about somebody, in the running command."""
    decision = Decision(act=act, person_id=person_id, rule=rule, words=words, at=clock.now())
    decision.decided_by, decision.role = actor.person_id, "moderator"
    for name, value in thing.items():
        setattr(decision, name, value)
    db.session.add(decision)
    db.session.flush()
    topics.touch("moderation")
    return decision


@command
def show(actor: Actor, matter: Matter, comment: Comment | None, role: str) -> None:
    """Show a hidden thing again, and end the decision that hid it, in the running command."""
    if comment is None:
        _show(actor, matter, role)
    else:
        comments.set_hidden(comment, None)
        record(Kind.COMMENT_SHOWN, matter, actor, role=role, comment=comment.id)
    thing = Decision.comment_id == comment.id if comment else Decision.comment_id.is_(None)
    standing = (Decision.act == Act.HIDE, Decision.ended_at.is_(None))
    query = update(Decision).where(Decision.matter_id == matter.id, thing, *standing)
    db.session.execute(query.values(ended_at=clock.now()))
    topics.touch("moderation")


@on(Kind.COMMENT_DELETED)
def close_reports(entry: Entry) -> None:
    """What its author has deleted waits for no decision any more."""
    query = update(Report).where(*_open_on(entry.subject_id, entry.facts["comment"]))
    db.session.execute(query.values(closed_at=clock.now(), upheld=False))
    topics.touch("moderation")


def _hide(actor: Actor, matter: Matter, rule: DiscussionRule, role: str) -> None:
    record(Kind.HIDDEN, matter, actor, role=role, rule=rule)
    search.remove_matter(matter.id)
    author = db.session.get(Person, matter.author_id or 0)
    mail.take_back(f"matter:{matter.id}", author.email if author else None)
    _close(actor, matter.id, None, rule)


def _show(actor: Actor, matter: Matter, role: str) -> None:
    record(Kind.SHOWN, matter, actor, role=role)
    text = current_text(matter)
    search.index_matter(matter.id, "text", matter.language, f"{text.title}\n{text.body}")


def _close(
    actor: Actor, matter_id: int, comment_id: int | None, rule: DiscussionRule | None
) -> None:
    """Close the open reports on a thing, which is hidden by a rule now or left as it is."""
    open_on = _open_on(matter_id, comment_id)
    reporters = set(db.session.scalars(select(Report.reporter_id).where(*open_on)))
    closed = {"closed_at": clock.now(), "closed_by": actor.person_id, "upheld": rule is not None}
    db.session.execute(update(Report).where(*open_on).values(closed))
    others = [one for one in reporters if one is not None and one != actor.person_id]
    notices.tell_reporters(others, rule)
    topics.touch("moderation")


def _open_on(matter_id: int, comment_id: int | None) -> tuple[ColumnElement[bool], ...]:
    return (
        Report.matter_id == matter_id,
        Report.comment_id.is_(None) if comment_id is None else Report.comment_id == comment_id,
        Report.closed_at.is_(None),
    )
