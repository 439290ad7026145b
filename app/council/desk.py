"""What the desk shows, in words."""

from datetime import timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.city import get_city
from app.core import clock, language, words
from app.core.access import Actor
from app.council import queries
from app.council.presenting import question_item
from app.duties.rules import ClockKind
from app.follows import queries as follows
from app.promises import presenting
from app.promises.models import Promise
from app.promises.queries import list_promises_due
from app.proposals.lifecycle import State
from app.proposals.listing import as_queue_item
from app.proposals.queries import CardRow, list_cards
from app.proposals.thresholds import makers_needed
from app.proposals.words import ClockWords, clock_name, clock_words, waits_for_author

LATE = 8
PROMISES = 6
PROMISE_DAYS = 30
FOLLOWED = 6
SUPPORTED = 6
INITIATIVES = 3
QUESTIONS = 8

_LEFT = _l("not handled any more, but the duty by law goes on")
_REASONS = {
    State.PUBLISHED: _l("no case number yet"),
    State.REGISTERED: _l("preparation has not started"),
    State.WAITING: _l("waits for the author"),
    State.IN_PREPARATION: _l("preparation goes on"),
    State.ANSWERED: _l("answered, the promise waits"),
    State.CLOSED: _l("answered, the promise waits"),
    State.IMPLEMENTING: _l("being carried out"),
    State.IMPLEMENTED: _l("carried out, the effect has not been measured"),
    State.EVALUATED: _l("carried out, the effect has not been measured"),
    State.WITHDRAWN: _LEFT,
    State.MERGED: _LEFT,
    State.TRANSFERRED: _LEFT,
}


def get_desk(actor: Actor) -> dict[str, Any]:
    """Names for the template of the desk; seven queries whatever the amount."""
    field = queries.get_field(actor)
    late = queries.list_late(field, LATE)
    until = clock.today() + timedelta(days=PROMISE_DAYS)
    promises = list_promises_due(field.units, until, PROMISES)
    followed = list_cards(follows.list_followed(actor)[:FOLLOWED])
    units = None if field.units is None else sorted(field.units)
    return {
        "bodies": [get_city().bodies[key].name for key in field.own_bodies],
        "late_total": late.total,
        "longest": _days_late(late.rows[0]) if late.rows else 0,
        "late": [_late_item(row) for row in late.rows],
        "late_url": url_for("proposals.list_matters", unit=units, late="1"),
        "promises": [_promise_item(promise) for promise, _matter in promises],
        "followed": [_item(row) | {"clock": clock_words(row)} for row in followed],
        "supported": [as_queue_item(row) for row in queries.list_supported(field, SUPPORTED)],
        "initiatives": _initiatives(),
        "questions": _questions(field.own_bodies),
    }


def _item(row: CardRow) -> dict[str, Any]:
    """A matter as the queue macro shows it, with its state and holder."""
    holder = get_city().holder_name(row.holder_unit, row.holder_body)
    return as_queue_item(row) | {"supporters": None, "holder_name": holder}


def _days_late(row: CardRow) -> int:
    return (clock.today() - clock.last_day(row.late_since)).days


def _late_item(row: CardRow) -> dict[str, Any]:
    """How late, why, and who has it."""
    text = _(
        "%(duty)s: %(days)s late, %(reason)s",
        duty=clock_name(row.late_kind),
        days=words.days(_days_late(row)),
        reason=_reason(row),
    )
    return _item(row) | {"state": None, "clock": ClockWords("late", text)}


def _reason(row: CardRow) -> str:
    if row.late_kind == ClockKind.COUNCIL_QUESTION:
        return _("a councillor waits for the answer")
    if row.holder_body:
        return _("waits for a meeting")
    if not waits_for_author(row) and row.late_due > clock.now():
        return _("a new deadline was set: %(day)s", day=words.day(clock.last_day(row.late_due)))
    return str(_REASONS[row.state])


def _promise_item(promise: Promise) -> dict[str, Any]:
    view = presenting.promise_view(promise, {}, language.current())
    return {
        "url": url_for("proposals.show", matter_id=promise.matter_id),
        "title": view.what,
        "language": view.language,
        "clock": view.clock,
        "holder_name": view.unit_name,
    }


def _questions(bodies: tuple[str, ...]) -> list[dict[str, Any]]:
    """The own bodies' questions, each with its matter; late ones first."""
    found = queries.list_questions_of(bodies, QUESTIONS)
    return [question_item(asked, matter, "proposals.show") for asked, matter in found]


def _initiatives() -> list[dict[str, Any]]:
    """Initiatives that have gathered at least half of the makers that oblige the city."""
    city = get_city()
    needed = makers_needed(city)
    facts = {
        "needed": words.number(needed),
        "percent": city.settings["thresholds"]["initiative_percent"],
        "months": city.settings["clocks"]["six_months_months"],
    }
    found = []
    for row in queries.list_near_threshold(needed, INITIATIVES):
        item = as_queue_item(row)
        item |= {"makers": row.makers, "needed": needed, "clock": clock_words(row)}
        item["sentence"] = _threshold_sentence(row.makers >= needed, row.makers, facts)
        found.append(item)
    return found


def _threshold_sentence(is_reached: bool, makers: int, facts: dict[str, Any]) -> str:
    if is_reached:
        return _(
            "%(makers)s people have signed this, and %(needed)s were needed. The city must take it "
            "up within %(months)s months of its publishing.",
            makers=words.number(makers),
            **facts,
        )
    return _(
        "%(makers)s people have signed this. When %(needed)s is reached (%(percent)s %% of the "
        "residents), the city must take it up within %(months)s months.",
        makers=words.number(makers),
        **facts,
    )
