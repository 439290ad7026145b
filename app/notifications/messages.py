"""The words of mails about a matter's steps, in the language in use."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from app.city import get_city
from app.core import clock, language, words
from app.core.labels import label
from app.duties.rules import parse
from app.follows.links import unfollow_token
from app.journal import Entry, Kind
from app.notifications.queries import Recipient
from app.proposals.lifecycle import Outcome
from app.proposals.models import Matter
from app.proposals.words import clock_name


@dataclass(frozen=True)
class Message:
    """A mail in plain text."""

    recipient: str
    subject: str
    body: str


def write_message(entry: Entry, matter: Matter, recipient: Recipient) -> Message:
    """The mail about a step of `SENTENCES` to one person, in that person's language."""
    with language.speaking(recipient.language):
        sentence = _sentence(entry, recipient)
        body = current_app.jinja_env.get_template("email/step.txt").render(
            sentence=sentence,
            title=matter.title,
            matter_url=_url("proposals.show", matter_id=matter.id),
            journey_url=_url("transparency.journey", matter_id=matter.id),
            reason=_reason(recipient),
            unsubscribe_url=_unfollow_url(matter, recipient),
            site_url=_url("pages.home"),
            city=get_city(),
        )
    return Message(recipient.email, f"{matter.title}: {sentence}", body.strip() + "\n")


def _sentence(entry: Entry, recipient: Recipient) -> str:
    if entry.kind == Kind.ASKED and recipient.is_author:
        return _("The city asks you for more information. Reply on the page of the matter.")
    return SENTENCES[entry.kind](entry)


def _reason(recipient: Recipient) -> str:
    if not recipient.follows:
        return _("You get this message because the city waits for your reply.")
    return _("You get this message because you follow the matter.")


def _unfollow_url(matter: Matter, recipient: Recipient) -> str | None:
    if not recipient.follows:
        return None
    return _url("follows.unfollow_by_mail", token=unfollow_token(matter.id, recipient.person_id))


def _url(endpoint: str, **values: Any) -> str:
    """An absolute address; jobs have no request, so the map of routes builds it."""
    routes = current_app.url_map.bind("localhost")
    path = routes.build(endpoint, {"lang": language.current(), **values})
    return f"{current_app.config['PUBLIC_URL']}{path}"


def _unit(key: str) -> str:
    return get_city().units[key].name


def _last_day(moment: str) -> str:
    return words.day_words(clock.last_day(parse(moment)))


def _registered(entry: Entry) -> str:
    unit, number = _unit(entry.facts["unit"]), entry.facts["case_number"]
    if not number:
        return _("Registered. %(unit)s handles it.", unit=unit)
    return _("Registered as %(number)s. %(unit)s handles it.", number=number, unit=unit)


def _overdue(entry: Entry) -> str:
    return _(
        "A deadline has passed: %(duty)s, due on %(day)s.",
        duty=clock_name(entry.facts["clock"]).lower(),
        day=words.day_words(clock.last_day(entry.at)),
    )


SENTENCES: dict[Kind, Callable[[Entry], str]] = {
    Kind.REGISTERED: _registered,
    Kind.HANDED_OVER: lambda e: _("Handed over to %(unit)s.", unit=_unit(e.facts["to_unit"])),
    Kind.ESTIMATED: lambda e: _(
        "The city expects to answer by %(day)s.",
        day=words.day_words(date.fromisoformat(e.facts["until"])),
    ),
    Kind.ASKED: lambda e: _("The city has asked the author for more information."),
    Kind.ANSWERED: lambda e: _(
        "The city has answered. Outcome: %(outcome)s.", outcome=label(Outcome(e.facts["outcome"]))
    ),
    Kind.PROMISE_KEPT: lambda e: _("The city has kept a promise."),
    Kind.PROMISE_MOVED: lambda e: _(
        "The city moves a promise to %(day)s.", day=_last_day(e.facts["due"])
    ),
    Kind.PROMISE_BROKEN: lambda e: _("The city does not keep a promise."),
    Kind.OVERDUE: _overdue,
    Kind.IMPLEMENTING: lambda e: _("The work has begun."),
    Kind.IMPLEMENTED: lambda e: _("The work is done. Tell whether it helped."),
    Kind.REOPENED: lambda e: _("The matter has been opened again."),
    Kind.TRANSFERRED: lambda e: _(
        "Transferred to another authority: %(authority)s.",
        authority=get_city().authorities[e.facts["authority"]].name,
    ),
    Kind.WITHDRAWN: lambda e: _("The author has withdrawn the matter."),
}
