"""What a matter's card says in words: its clock, the sentence of its state, what its kind leads to.

Everything comes from the card's own columns, so a list needs no further query. `card` is a matter
or a row with the same columns. Duties own the clocks; `next_due_kind` names one by its key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app.city import City, get_city
from app.core import clock, language, words
from app.core.labels import label, word
from app.proposals.lifecycle import MatterKind, State
from app.proposals.models import Matter, MatterText
from app.proposals.thresholds import makers_needed

SOON_DAYS = 7


@dataclass(frozen=True)
class ClockWords:
    """A clock in words; `tone` is "", "soon", "late" or "wait"."""

    tone: str
    text: str


@dataclass(frozen=True)
class _Duty:
    """How one kind of duty is spoken of: its name, a short phrase and a sentence, due and late."""

    name: Any
    due: Any
    late: Any
    say_due: Any
    say_late: Any


_DUTIES = {
    "acknowledge": _Duty(
        _l("Case number"),
        _l("Case number by %(day)s, %(distance)s"),
        _l("Case number %(days)s late, was due %(day)s"),
        _l("The registry gives it a case number by %(day)s, %(distance)s."),
        _l("The case number is %(days)s late: it was due on %(day)s."),
    ),
    "estimate": _Duty(
        _l("Estimate of the handling time"),
        _l("Estimate of the handling time by %(day)s, %(distance)s"),
        _l("Estimate of the handling time %(days)s late, was due %(day)s"),
        _l("The city tells by %(day)s, %(distance)s, how long the handling takes."),
        _l("The estimate of the handling time is %(days)s late: it was due on %(day)s."),
    ),
    "answer": _Duty(
        _l("Answer"),
        _l("Answer by %(day)s, %(distance)s"),
        _l("Answer %(days)s late, was due %(day)s"),
        _l("An answer is due by %(day)s, %(distance)s."),
        _l("The answer is %(days)s late: it was due on %(day)s."),
    ),
    "six_months": _Duty(
        _l("Statutory handling"),
        _l("Statutory handling by %(day)s, %(distance)s"),
        _l("Statutory handling %(days)s late, was due %(day)s"),
        _l("By law the city must take it up by %(day)s, %(distance)s."),
        _l("The statutory handling is %(days)s late: it was due on %(day)s."),
    ),
    "document_request": _Duty(
        _l("Documents"),
        _l("Documents by %(day)s, %(distance)s"),
        _l("Documents %(days)s late, were due %(day)s"),
        _l("By law the documents are due by %(day)s, %(distance)s."),
        _l("The documents asked for are %(days)s late: they were due on %(day)s."),
    ),
    "accessibility": _Duty(
        _l("Answer about accessibility"),
        _l("Answer about accessibility by %(day)s, %(distance)s"),
        _l("Answer about accessibility %(days)s late, was due %(day)s"),
        _l("By law an answer about accessibility is due by %(day)s, %(distance)s."),
        _l("The answer about accessibility is %(days)s late: it was due on %(day)s."),
    ),
    "promise": _Duty(
        _l("Promise"),
        _l("Promise by %(day)s, %(distance)s"),
        _l("Promise %(days)s late, was due %(day)s"),
        _l("The next promise is due by %(day)s, %(distance)s."),
        _l("A promise is %(days)s late: it was due on %(day)s."),
    ),
    "follow_up": _Duty(
        _l("Measurement"),
        _l("Measurement by %(day)s, %(distance)s"),
        _l("Measurement %(days)s late, was due %(day)s"),
        _l("The effect is measured by %(day)s, %(distance)s."),
        _l("Measuring the effect is %(days)s late: it was due on %(day)s."),
    ),
    "council_question": _Duty(
        _l("Answer to a councillor"),
        _l("Answer to a councillor by %(day)s, %(distance)s"),
        _l("Answer to a councillor %(days)s late, was due %(day)s"),
        _l("An answer to a councillor is due by %(day)s, %(distance)s."),
        _l("The answer to a councillor is %(days)s late: it was due on %(day)s."),
    ),
}

_STATES = {
    State.DRAFT: _l("This is a draft. Only you see it."),
    State.PUBLISHED: _l("Published on %(day)s. It has no case number yet."),
    State.REGISTERED: _l(
        "Registered on %(day)s. %(holder)s is responsible and has not started yet."
    ),
    State.IN_PREPARATION: _l("In preparation at %(holder)s since %(day)s."),
    State.WAITING: _l("Waiting for the author since %(day)s: %(holder)s has asked for more."),
    State.ANSWERED: _l("Answered on %(day)s by %(holder)s. Outcome: %(outcome)s."),
    State.CLOSED: _l("Closed on %(day)s. The answer came from %(holder)s. Outcome: %(outcome)s."),
    State.IMPLEMENTING: _l("Being carried out by %(holder)s since %(day)s."),
    State.IMPLEMENTED: _l("Carried out by %(holder)s. It was reported as done on %(day)s."),
    State.EVALUATED: _l("Carried out by %(holder)s. Residents evaluated the result by %(day)s."),
    State.WITHDRAWN: _l("The author withdrew this on %(day)s."),
    State.MERGED: _l("Merged into another matter on %(day)s."),
    State.TRANSFERRED: _l("Transferred on %(day)s to another authority, whose task it is."),
}
_DISMISSED = _l("The registry left this without handling on %(day)s.")
_AT_BODY = _l("Waiting for a meeting since %(day)s: %(holder)s. The deadline keeps running.")


def clock_name(kind: str) -> str:
    """What a kind of clock is called ("Answer")."""
    return str(_DUTIES[kind].name)


def is_late(card: Any) -> bool:
    """Whether the soonest open deadline has passed, also before its journal entry is written."""
    return card.next_due is not None and card.next_due <= clock.now()


def waits_for_author(card: Any) -> bool:
    """Whether the answer's clock stands because the author was asked; a body stops no clock."""
    return card.state == State.WAITING and card.holder_body is None


def clock_words(card: Any) -> ClockWords | None:
    """The soonest deadline in a phrase, None where no clock runs or stands."""
    if is_late(card):
        return ClockWords("late", _filled(_DUTIES[card.next_due_kind].late, card.next_due))
    if waits_for_author(card):
        return ClockWords("wait", gettext("The clock stands: waiting for the author"))
    if card.next_due is None:
        return None
    left = (clock.last_day(card.next_due) - clock.today()).days
    text = _filled(_DUTIES[card.next_due_kind].due, card.next_due)
    return ClockWords("soon" if left <= SOON_DAYS else "", text)


def state_sentence(card: Any) -> str:
    """Where the matter is, who has it, since when, and what is due next."""
    sentence = _STATES[card.state]
    if card.state == State.WAITING and card.holder_body:
        sentence = _AT_BODY
    if card.state == State.CLOSED and card.outcome is None:
        sentence = _DISMISSED
    since = max((m for m in (card.state_since, card.holder_since) if m), default=None)
    facts = {
        "day": words.day_words(since) if since else "",
        "holder": get_city().holder_name(card.holder_unit, card.holder_body) or gettext("the city"),
        "outcome": label(card.outcome) if card.outcome else "",
    }
    due = due_sentence(card)
    return f"{str(sentence) % facts} {due}".rstrip()


def due_sentence(card: Any) -> str:
    """The soonest deadline in a sentence, empty where no clock runs."""
    if card.next_due is None:
        return gettext("The clock stands meanwhile.") if waits_for_author(card) else ""
    duty = _DUTIES[card.next_due_kind]
    return _filled(duty.say_late if is_late(card) else duty.say_due, card.next_due)


def rule_name(card: Any) -> str:
    """The rule by which a matter is hidden; the rules belong to the discussion."""
    return word("DiscussionRule", card.hidden_rule)


def describe_kind(kind: MatterKind, city: City) -> str:
    """What a kind of matter is for and what happens next, with the municipality's own times."""
    clocks = city.settings["clocks"]
    facts = {
        "days": clocks["answer_days"][kind.value],
        "working_days": clocks["acknowledge_working_days"],
        "months": clocks["six_months_months"],
        "percent": city.settings["thresholds"]["initiative_percent"],
        "makers": words.number(makers_needed(city)),
    }
    return str(_KINDS[kind]) % facts


_KINDS = {
    MatterKind.FEEDBACK: _l(
        "You tell how a service works now. The unit that runs the service answers within "
        "%(days)s days."
    ),
    MatterKind.PROPOSAL: _l(
        "You suggest a change or something new. The registry gives it a case number within "
        "%(working_days)s working days, and the city answers within %(days)s days."
    ),
    MatterKind.INITIATIVE: _l(
        "You make an initiative under the Local Government Act. The city answers within "
        "%(days)s days. When %(makers)s people (%(percent)s %% of the residents) have signed it, "
        "the city must take it up within %(months)s months."
    ),
}


def _filled(phrase: Any, due: datetime) -> str:
    last = clock.last_day(due)
    facts = {
        "day": words.day_words(last),
        "distance": words.distance(last),
        "days": words.days((clock.today() - last).days),
    }
    return str(phrase) % facts


_ORIGINS = {
    "author": _l("Written by the author"),
    "human": _l("Translated by the city"),
    "machine": _l("Machine translation"),
}


def origin_words(origin: str) -> str:
    """Who made a text in some language, as a role."""
    return str(_ORIGINS[origin])


def choose_text(
    matter: Matter, texts: Mapping[str, MatterText], asked: str | None = None
) -> MatterText:
    """The text in the language that was asked for, else the reader's, else the original."""
    for code in (asked or "", language.current()):
        if code in texts:
            return texts[code]
    return texts[matter.language]


def is_stale(text: MatterText, original: MatterText) -> bool:
    """Whether a translation was made from an older version than the original has now."""
    return text.source_version is not None and text.source_version < original.version
