"""Messages of moderation to the people it is about and to those who reported, in their language.

They go through the outbox, and never carry the words of what was hidden.
"""

from collections.abc import Iterable

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from app.accounts.models import Person
from app.city import get_city
from app.comments.models import Comment
from app.comments.rules import DiscussionRule
from app.core import language, mail, words
from app.core.addresses import absolute
from app.core.labels import label
from app.extensions import db
from app.feedback.links import make_token
from app.feedback.queries import find_sender
from app.moderation.models import Act, Appeal, Decision
from app.proposals.holding import HeldText
from app.proposals.models import Matter


def tell_decision(decision: Decision) -> None:
    """Tell whom a decision is about: what, by which rule, the words, and how to appeal.

    Who gave feedback without an account is told whom to write to instead.
    """
    if decision.person_id is None:
        _tell_sender(decision)
        return
    person = _reachable(decision.person_id)
    if person is None:
        return
    with language.speaking(person.language):
        lines = _facts(decision)
        lines.append(
            _("If you think this is wrong, you can appeal once. Another moderator decides.")
        )
        _post(person, _sentence(decision), lines, decision)


def tell_appeal_decided(decision: Decision, appeal: Appeal) -> None:
    """Tell the author what another moderator decided on the appeal, and why."""
    person = _reachable(decision.person_id)
    if person is None:
        return
    with language.speaking(person.language):
        subject = _("Your appeal was accepted")
        if appeal.upheld:
            subject = _("Your appeal was not accepted")
        lines = [_("The reason: %(reason)s", reason=appeal.reason)] if appeal.reason else []
        _post(person, subject, lines, decision)


def tell_shown(matter: Matter, comment: Comment | None) -> None:
    """Tell the author that something is public, again or after a moderator's look."""
    person = _reachable((comment or matter).author_id)
    if person is None:
        return
    with language.speaking(person.language):
        subject = _("Your comment is public") if comment else _("Your text is public")
        page = {"matter_id": matter.id}
        url = absolute("proposals.show", **page)
        if comment is not None:
            url = absolute("comments.show", comment_id=comment.id, **page)
        _send(person.email, subject, [], url)


def tell_too_late(matter: Matter, held: HeldText) -> None:
    """Tell the author that a held text cannot be public any more, though it broke no rule."""
    person = _reachable(held.author_id)
    if person is None:
        return
    with language.speaking(person.language):
        line = _("A moderator looked at it. The discussion has ended, or you cannot write now.")
        if not held.is_comment:
            line = _("A moderator looked at it. You cannot write now. Your draft is saved.")
        url = absolute("proposals.show", matter_id=matter.id)
        _send(person.email, _("Your text was not published"), [line], url)


def tell_reporters(person_ids: Iterable[int], rule: DiscussionRule | None) -> None:
    """Tell those who reported something what was decided: hidden by a rule, or left as it is."""
    query = select(Person).where(Person.id.in_(list(person_ids)), Person.confirmed_at.is_not(None))
    for person in db.session.scalars(query.order_by(Person.id)):
        with language.speaking(person.language):
            line = _("A moderator looked at it, and it stays as it is.")
            if rule is not None:
                line = _("It was hidden. The rule: %(rule)s", rule=label(rule))
            reason = _("You get this message because you reported something.")
            subject, url = _("What you reported has been decided"), absolute("moderation.own")
            _send(person.email, subject, [line], url, reason)


def _facts(decision: Decision) -> list[str]:
    lines = [_("The rule: %(rule)s", rule=label(decision.rule))]
    if decision.until is not None:
        lines.append(_("Until %(when)s", when=words.moment(decision.until)))
    if decision.words:
        lines.append(_("The moderator writes: %(words)s", words=decision.words))
    return lines


def _tell_sender(decision: Decision) -> None:
    sender = find_sender(decision.matter_id or 0)
    if sender is None or sender.email is None or decision.comment_id is not None:
        return
    with language.speaking(sender.language):
        email = get_city().settings["contact"]["registry_email"]
        line = _(
            "If you think this is wrong, write to %(email)s. Another moderator looks at it.",
            email=email,
        )
        url = absolute("feedback.sent", token=make_token(sender))
        _send(sender.email, _sentence(decision), [*_facts(decision), line], url)


def _sentence(decision: Decision) -> str:
    if decision.act == Act.BLOCK:
        return _("A moderator keeps you from writing for a time")
    if decision.act == Act.REFUSE:
        return _("A moderator did not publish your text")
    if decision.comment_id is not None:
        return _("A moderator has hidden your comment")
    return _("A moderator has hidden your matter")


def _reachable(person_id: int | None) -> Person | None:
    person = db.session.get(Person, person_id) if person_id is not None else None
    return person if person and person.confirmed_at else None


def _post(person: Person, subject: str, lines: list[str], decision: Decision) -> None:
    _send(
        person.email, subject, lines, absolute("moderation.own_decision", decision_id=decision.id)
    )


def _send(
    address: str, subject: str, lines: list[str], url: str, reason: str | None = None
) -> None:
    reason = reason or _("You get this message because it is about what you wrote.")
    body = current_app.jinja_env.get_template("email/moderation.txt").render(
        sentence=subject,
        lines=lines,
        url=url,
        reason=reason,
        unsubscribe_url=None,
        site_url=absolute("pages.home"),
        city=get_city(),
    )
    mail.post(address, subject, body.strip() + "\n")
