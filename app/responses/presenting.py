"""How clocks, promises and answers are said in words, for templates."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from app.city import get_city
from app.core import clock as time
from app.core import language, markup, words
from app.duties.rules import Clock, ClockKind, Status
from app.proposals.lifecycle import Outcome
from app.proposals.models import Matter
from app.proposals.words import SOON_DAYS, clock_name, waits_for_author
from app.responses.models import Answer, Promise, PromiseState, Work

IN_LANGUAGE = {"fi": _l("in Finnish"), "sv": _l("in Swedish"), "en": _l("in English")}
LANGUAGE_LABELS = {"fi": _l("In Finnish"), "sv": _l("In Swedish"), "en": _l("In English")}


@dataclass(frozen=True)
class Chip:
    """What the clock macro shows: a tone ("", soon, late, ok, wait) and words."""

    tone: str
    text: str | Markup


@dataclass(frozen=True)
class PromiseView:
    """What the promise macro shows; `status` is kept, due or late."""

    status: str
    what: str
    clock: Chip
    unit_name: str
    reason: str | None
    evidence: str | None
    language: str | None


@dataclass(frozen=True)
class AnswerView:
    """A version of an answer in one language; `texts` has its parts. `mark` tells a reader of
    another language which one it is; `others` are code and name of its other languages."""

    outcome: Outcome
    language: str
    mark: str | None
    others: tuple[tuple[str, str], ...]
    texts: Mapping[str, str]
    reasons: Markup
    cost: str | None
    work: Work | None
    unit_name: str
    version: int
    published_at: datetime
    correction: str | None
    promises: tuple[PromiseView, ...]


def short_chip(matter: Matter) -> Chip | None:
    """A matter's soonest deadline in as few words as fit beside other work."""
    if waits_for_author(matter):
        return Chip("wait", _("Waiting for the author"))
    if matter.next_due is None:
        return None
    day = time.last_day(matter.next_due)
    left = (day - time.today()).days
    if left < 0:
        return Chip("late", _("%(days)s late", days=words.days(-left)))
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
    if clock.status == Status.PAUSED:
        return Chip("wait", _("Stands still while the author is asked"))
    if clock.status == Status.RUNNING:
        chip = due_chip(clock.kind, day)
        if clock.due == clock.first_due:
            return chip
        first = _struck(time.last_day(clock.first_due))
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


def promise_chip(promise: Promise) -> Chip:
    """How a promise stands. Lateness counts from the first date, which stays visible."""
    if promise.state == PromiseState.BROKEN:
        text = _("Not kept: promised by %(day)s", day=words.day(promise.first_due))
        return Chip("late", text)
    if promise.state == PromiseState.KEPT and promise.kept_at is not None:
        return _kept_chip(time.local_date(promise.kept_at), promise.first_due)
    late = (time.today() - promise.first_due).days
    moved = promise.due != promise.first_due
    facts = {"first": _struck(promise.first_due), "day": words.day_words(promise.due)}
    if late > 0 and moved:
        text = escape(_("%(days)s late: promised by %(first)s, now by %(day)s"))
        return Chip("late", text % {"days": words.days(late), **facts})
    if late > 0:
        day = words.day(promise.first_due)
        return Chip("late", _("%(days)s late: promised by %(day)s", days=words.days(late), day=day))
    if moved:
        return Chip("soon", escape(_("Promised by %(first)s, now by %(day)s")) % facts)
    text = _("By %(day)s, %(distance)s", distance=words.distance(promise.due), day=facts["day"])
    return Chip("soon" if -late <= SOON_DAYS else "", text)


def _kept_chip(kept: date, first_due: date) -> Chip:
    days = (kept - first_due).days
    facts = {"day": words.day(kept), "days": words.days(abs(days))}
    if days > 0:
        return Chip("ok", _("Kept on %(day)s, %(days)s late", **facts))
    if days < 0:
        return Chip("ok", _("Kept on %(day)s, %(days)s early", **facts))
    return Chip("ok", _("Kept on %(day)s, on time", **facts))


def _struck(day: date) -> Markup:
    return Markup("<s>{}</s>").format(words.day(day))


def _first(day: Markup) -> Markup:
    return escape(_("first %(day)s")) % {"day": day}


def shown_language(languages: Collection[str], original: str) -> str:
    """The reader's language if the text has it, else the original one, else any there is."""
    for code in (language.current(), original, *language.LANGUAGES):
        if code in languages:
            return code
    raise ValueError("a text in no language")


def promise_view(promise: Promise, note: Mapping[str, str], wanted: str) -> PromiseView:
    """A promise in the wanted language, with the latest words beside it."""
    code = wanted if wanted in promise.what else shown_language(promise.what, wanted)
    is_late = promise.state == PromiseState.BROKEN or (
        promise.state == PromiseState.OPEN and promise.first_due < time.today()
    )
    is_kept = promise.state == PromiseState.KEPT
    status = "late" if is_late else "kept" if is_kept else "due"
    words_beside = note.get(code) or language.pick(note) or None
    return PromiseView(
        status=status,
        what=promise.what[code],
        clock=promise_chip(promise),
        unit_name=get_city().holder_name(promise.unit, None),
        reason=None if is_kept else words_beside,
        evidence=words_beside if is_kept else None,
        language=code if code != language.current() else None,
    )


def answer_view(
    answer: Answer,
    original: str,
    promises: list[tuple[Promise, dict[str, str]]],
    correction: Mapping[str, str] | None = None,
) -> AnswerView:
    """A version of an answer in the reader's language, else in the original one."""
    code = shown_language(answer.texts, original)
    does = answer.outcome in (Outcome.ACTION, Outcome.PARTLY)
    return AnswerView(
        outcome=answer.outcome,
        language=code,
        mark=None if code == language.current() else str(LANGUAGE_LABELS[code]),
        others=tuple((other, language.NAMES[other]) for other in answer.texts if other != code),
        texts=answer.texts[code],
        reasons=markup.render(answer.texts[code].get("reasons", "")),
        cost=_cost(answer.cost_cents, answer.texts[code].get("budget_line")),
        work=answer.work if does else None,
        unit_name=get_city().holder_name(answer.unit, None),
        version=answer.version,
        published_at=answer.published_at,
        correction=(correction or {}).get(code) or language.pick(correction or {}) or None,
        promises=tuple(promise_view(promise, note, code) for promise, note in promises),
    )


def _cost(cents: int | None, budget_line: str | None) -> str | None:
    if cents is None:
        return budget_line
    return f"{words.money(cents)}, {budget_line}" if budget_line else words.money(cents)
