"""The words of mails about a matter's steps, in the language in use.

A step is told as on the page of the journey, so that both say the same. What officials wrote (a
reason, a question, an answer) goes into the mail; what residents wrote does not, since a mail
cannot be taken back when their words are hidden or erased.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _

from app.city import get_city
from app.core import language
from app.core.addresses import absolute
from app.feedback.links import make_token
from app.feedback.models import FeedbackSender
from app.follows.links import unfollow_token
from app.journal import Entry, Kind
from app.notifications.queries import Recipient
from app.outcomes.links import Survey, survey_url
from app.proposals.models import Matter
from app.transparency.queries import Record
from app.transparency.sentences import tell
from app.transparency.telling import Glossary, Said

RESIDENTS = ("author", "resident")


@dataclass(frozen=True)
class Step:
    """An entry with the matter it is about and the words beside the matter's entries."""

    entry: Entry
    matter: Matter
    record: Record


@dataclass(frozen=True)
class Message:
    """A mail in plain text."""

    recipient: str
    subject: str
    body: str
    headers: dict[str, str]


def write_message(step: Step, recipient: Recipient) -> Message:
    """The mail about a step to one person, in that person's language."""
    with language.speaking(recipient.language):
        sentence, paragraphs = _told(step, recipient)
        unsubscribe_url = _unfollow_url(step.matter, recipient)
        body = current_app.jinja_env.get_template("email/step.txt").render(
            sentence=sentence,
            paragraphs=paragraphs,
            survey_url=_survey_url(step.entry, recipient),
            title=step.matter.title,
            matter_url=absolute("proposals.show", matter_id=step.matter.id),
            journey_url=absolute("transparency.journey", matter_id=step.matter.id),
            reason=_reason(step.entry, recipient),
            unsubscribe_url=unsubscribe_url,
            site_url=absolute("pages.home"),
            city=get_city(),
        )
    headers = _headers(step.matter, unsubscribe_url)
    subject = f"{step.matter.title}: {sentence}"
    return Message(recipient.email, subject, body.strip() + "\n", headers)


def write_sender_message(step: Step, sender: FeedbackSender) -> Message:
    """The mail about a step to whoever sent feedback without an account."""
    token, recipient = make_token(sender), Recipient(0, sender.email or "", "", False, True, False)
    with language.speaking(sender.language):
        sentence, paragraphs = _told(step, recipient)
        if step.entry.kind in (Kind.ASKED, Kind.ASK_REMINDED):
            paragraphs = [*paragraphs[:-1], _("Reply on the page behind the link.")]
        stop_url = absolute("feedback.stop", token=token)
        body = current_app.jinja_env.get_template("email/step.txt").render(
            sentence=sentence,
            paragraphs=paragraphs,
            survey_url=None,
            title=step.matter.title,
            matter_url=absolute("feedback.sent", token=token),
            journey_url=None,
            reason=_("You get this message because you gave feedback and left your address."),
            unsubscribe_url=stop_url,
            site_url=absolute("pages.home"),
            city=get_city(),
        )
    subject = f"{step.matter.title}: {sentence}"
    headers = _headers(step.matter, stop_url)
    return Message(recipient.email, subject, body.strip() + "\n", headers)


def _told(step: Step, recipient: Recipient) -> tuple[str, list[str]]:
    """The step in one sentence, and the paragraphs below it."""
    entry = step.entry
    glossary = Glossary(get_city(), step.record.spoken, step.record.promises, step.record.others)
    told = tell(entry, glossary)
    said = [_paragraph(s) for s in told.texts if entry.role not in RESIDENTS or not s.quoted]
    if entry.kind == Kind.PUBLISHED and step.matter.city_only:
        return _("The city has received this. Only you and the city see it"), [*said, _next_step()]
    if recipient.is_author and entry.kind in TO_AUTHOR:
        sentence, advice = TO_AUTHOR[entry.kind]()
        return sentence or told.title, [*said, advice]
    return told.title, said


def _paragraph(said: Said) -> str:
    """A paragraph; another matter is named by its address, since its title can be hidden later."""
    if said.other:
        return f"{said.text} {absolute('proposals.show', matter_id=said.other.id)}"
    return f"{said.lead}: {said.text}" if said.lead else said.text


def _reason(entry: Entry, recipient: Recipient) -> str:
    if recipient.by_choice:
        return _("You get this message because you follow the matter.")
    if entry.kind in (Kind.ASKED, Kind.ASK_REMINDED):
        return _("You get this message because the city waits for your reply.")
    return _("You get this message because you are an author of the matter.")


def _survey_url(entry: Entry, recipient: Recipient) -> str | None:
    """The address of the one question that a step asks its followers, if it asks one."""
    if entry.kind not in SURVEYS:
        return None
    which, language_in_use = SURVEYS[entry.kind], language.current()
    return survey_url(recipient.person_id, entry.subject_id, which, language_in_use)


def _unfollow_url(matter: Matter, recipient: Recipient) -> str | None:
    if not recipient.by_choice:
        return None
    return absolute(
        "follows.unfollow_by_mail", token=unfollow_token(matter.id, recipient.person_id)
    )


def _headers(matter: Matter, unsubscribe_url: str | None) -> dict[str, str]:
    """What lets a mail program sort the mails of a matter and end them with one click.

    RFC 2919 and 2369; one click only over HTTPS, as RFC 8058 asks.
    """
    if unsubscribe_url is None:
        return {}
    public = urlsplit(current_app.config["PUBLIC_URL"])
    headers = {
        "List-Id": f"<matter-{matter.id}.{public.hostname or 'localhost'}>",
        "List-Unsubscribe": f"<{unsubscribe_url}>",
    }
    if public.scheme == "https":
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _next_step() -> str:
    return _(
        "Next the registry gives it a case number and the unit that handles it. You get a "
        "message at each step."
    )


def _registry() -> str:
    return str(get_city().settings["contact"]["registry_email"])


SURVEYS = {Kind.ANSWERED: Survey.UNDERSTANDING, Kind.IMPLEMENTED: Survey.HELP}

# What only its author is told: a sentence (empty where that of everybody fits) and what comes next.
TO_AUTHOR: dict[Kind, Callable[[], tuple[str, str]]] = {
    Kind.PUBLISHED: lambda: (
        _("The city has received this, and it is public"),
        _next_step(),
    ),
    Kind.ASKED: lambda: (
        _("The city asks you for more information"),
        _("Reply on the page of the matter."),
    ),
    Kind.ASK_REMINDED: lambda: (
        _("The city still waits for your reply"),
        _(
            "Reply on the page of the matter. If no reply comes, the city can go on with what it "
            "knows."
        ),
    ),
    Kind.TRANSFERRED: lambda: (
        "",
        _("The city does not handle it any more. Ask that authority how it goes on."),
    ),
    Kind.MERGED: lambda: (
        "",
        _(
            "You follow that matter from now on. If yours is about something else, write to the "
            "registry: %(email)s. Within %(days)s days the matters can be separated again.",
            days=get_city().settings["merging"]["undo_days"],
            email=_registry(),
        ),
    ),
    Kind.SPLIT: lambda: (
        "",
        _(
            "You are an author of both matters, and follow both. If the part should stay where it "
            "was, write to the registry: %(email)s.",
            email=_registry(),
        ),
    ),
    Kind.DISMISSED: lambda: (
        _("The registry did not take up your matter"),
        _(
            "If this is a mistake, write to the registry, and it can bring the matter back: "
            "%(email)s.",
            email=_registry(),
        ),
    ),
}
