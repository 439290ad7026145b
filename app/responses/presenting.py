"""How the clocks of a matter are said in words, for templates."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from app.core import clock as time
from app.core import language, words
from app.duties.rules import Clock, ClockKind, Status
from app.proposals.models import Matter
from app.proposals.words import SOON_DAYS, clock_name, is_late, waits_for_author

LANGUAGE_LABELS = {"fi": _l("In Finnish"), "sv": _l("In Swedish"), "en": _l("In English")}


@dataclass(frozen=True)
class Chip:
    """What the clock macro shows: a tone ("", soon, late, ok, wait) and words."""

    tone: str
    text: str | Markup


def short_chip(matter: Matter) -> Chip | None:
    """A matter's soonest deadline in as few words as fit beside other work; late comes first."""
    day = time.last_day(matter.next_due) if matter.next_due else time.today()
    left = (day - time.today()).days
    if is_late(matter):
        return Chip("late", _("%(days)s late", days=words.days(-left)))
    if waits_for_author(matter):
        return Chip("wait", _("Waiting for the author"))
    if matter.next_due is None:
        return None
    text = words.distance(day)
    return Chip("soon" if left <= SOON_DAYS else "", text[:1].upper() + text[1:])


def due_chip(kind: ClockKind, day: date) -> Chip:
    """A running deadline by its kind and its last day."""
    left = (day - time.today()).days
    facts = {"duty": clock_name(kind), "day": words.day_words(day)}
    if left < 0:
        return Chip("late", _("%(duty)s: %(days)s late", days=words.days(-left), **facts))
    if left == 0:
        return Chip("soon", _("%(duty)s: today", **facts))
    text = _("%(duty)s: by %(day)s, %(distance)s", distance=words.distance(day), **facts)
    return Chip("soon" if left <= SOON_DAYS else "", text)


def clock_chip(clock: Clock) -> Chip:
    """How any clock of a matter stands, with its first deadline when that one has moved."""
    day = time.last_day(clock.due)
    if clock.status == Status.PAUSED and clock.kind == ClockKind.COUNCIL_QUESTION:
        return Chip("wait", _("Stands still while the councillor is asked"))
    if clock.status == Status.PAUSED:
        return Chip("wait", _("Stands still while the author is asked"))
    if clock.status == Status.RUNNING:
        chip = due_chip(clock.kind, day)
        if clock.due == clock.first_due:
            return chip
        first = struck(time.last_day(clock.first_due))
        return Chip(chip.tone, Markup("{} ({})").format(chip.text, _first(first)))
    return _stopped_chip(clock)


def _stopped_chip(clock: Clock) -> Chip:
    facts = {
        "duty": clock_name(clock.kind),
        "day": words.day(clock.stopped_at or clock.due),
    }
    if clock.status == Status.MET:
        is_late = (clock.stopped_at or clock.due) > clock.due
        text = _("%(duty)s: done on %(day)s", **facts)
        return Chip("late" if is_late or clock.overdue_at else "ok", text)
    if clock.status == Status.BROKEN:
        return Chip("late", _("%(duty)s: not kept", **facts))
    return Chip("", _("%(duty)s: not needed any more", **facts))


def struck(day: date) -> Markup:
    """A first day that has moved, struck through."""
    return Markup("<s>{}</s>").format(words.day(day))


def _first(day: Markup) -> Markup:
    return escape(_("first %(day)s")) % {"day": day}


def shown_language(languages: Collection[str], original: str) -> str:
    """The reader's language if the text has it, else the original one, else any there is."""
    for code in (language.current(), original, *language.LANGUAGES):
        if code in languages:
            return code
    raise ValueError("a text in no language")
