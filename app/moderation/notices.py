"""Messages of moderation to the people it is about, in their language, through the outbox."""

from flask import current_app
from flask_babel import gettext as _

from app.accounts.models import Person
from app.city import get_city
from app.comments.models import Comment
from app.core import language, mail, words
from app.core.addresses import absolute
from app.core.labels import label
from app.extensions import db
from app.moderation.models import Act, Appeal, Decision
from app.proposals.models import Matter


def tell_decision(decision: Decision) -> None:
    """Tell whom a decision is about: what, by which rule, the words, and how to appeal."""
    person = _reachable(decision.person_id)
    if person is None:
        return
    with language.speaking(person.language):
        lines = [_("The rule: %(rule)s", rule=label(decision.rule))]
        if decision.until is not None:
            lines.append(_("Until %(when)s", when=words.moment(decision.until)))
        if decision.words:
            lines.append(_("The moderator writes: %(words)s", words=decision.words))
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
        _send(person, subject, [], url)


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
    _send(person, subject, lines, absolute("moderation.own_decision", decision_id=decision.id))


def _send(person: Person, subject: str, lines: list[str], url: str) -> None:
    body = current_app.jinja_env.get_template("email/moderation.txt").render(
        sentence=subject,
        lines=lines,
        url=url,
        reason=_("You get this message because it is about what you wrote."),
        unsubscribe_url=None,
        site_url=absolute("pages.home"),
        city=get_city(),
    )
    mail.post(person.email, subject, body.strip() + "\n")
