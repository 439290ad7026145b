"""Entries of promises, deadlines, decisions, results and council questions in plain words. Pure."""

from flask_babel import ngettext

from app.core import clock, labels, words
from app.decisions.models import UnlinkReason
from app.duties.rules import ClockKind, parse
from app.journal import Entry, Kind
from app.transparency import dates
from app.transparency.deadlines import NAMES
from app.transparency.phrases import gettext
from app.transparency.telling import Glossary, Said, Teller, Told


def _promised(entry: Entry, glossary: Glossary) -> Told:
    title = gettext(
        "%(unit)s promised by %(day)s",
        unit=glossary.by(entry),
        day=words.day_words(clock.last_day(parse(entry.facts["due"]))),
    )
    return Told(title, _promised_said(entry, glossary), icon="flag")


def _promised_said(entry: Entry, glossary: Glossary) -> tuple[Said, ...]:
    """A promise with its day, in one paragraph."""
    texts = glossary.promises.get(entry.facts["promise"])
    day = words.day_words(clock.last_day(parse(entry.facts["due"])))
    return (glossary.say(texts, gettext("Promised by %(day)s", day=day)),) if texts else ()


def _promise_kept(entry: Entry, glossary: Glossary) -> Told:
    title = gettext("%(unit)s kept a promise", unit=glossary.by(entry))
    texts = (
        *glossary.promise(entry),
        *glossary.quote(entry.facts["evidence"], gettext("How to see it")),
    )
    return Told(title, texts, "ok", "check")


def _promise_moved(entry: Entry, glossary: Glossary) -> Told:
    title = gettext(
        "%(unit)s moved a promise to %(day)s",
        unit=glossary.by(entry),
        day=words.day_words(clock.last_day(parse(entry.facts["due"]))),
    )
    texts = (*glossary.promise(entry), *glossary.reason(entry))
    return Told(title, texts, icon="clock")


def _promise_broken(entry: Entry, glossary: Glossary) -> Told:
    title = gettext("%(unit)s does not keep a promise", unit=glossary.by(entry))
    texts = (*glossary.promise(entry), *glossary.reason(entry))
    return Told(title, texts, "late", "x")


def _evidence_removed(entry: Entry, glossary: Glossary) -> Told:
    if entry.role == "moderator":
        title = gettext("A moderator removed the picture beside a promise")
    else:
        title = gettext("%(who)s removed the picture beside a promise", who=glossary.by(entry))
    return Told(title, glossary.promise(entry), icon="eye")


def _clocks_started(entry: Entry, _glossary: Glossary) -> Told:
    return Told(gettext("Deadlines began"), (Said(_deadlines_said(entry)),), icon="clock")


def _deadlines_said(entry: Entry) -> str:
    """The deadlines that began with an entry, in one sentence."""
    parts = [
        gettext(
            "%(duty)s %(day)s",
            duty=str(NAMES[ClockKind(started["kind"])]).lower(),
            day=words.day_words(clock.last_day(parse(started["due"]))),
        )
        for started in entry.facts["clocks"]
    ]
    return ngettext(
        "Deadline: %(list)s.", "Deadlines: %(list)s.", len(parts), list=", ".join(parts)
    )


def _overdue(entry: Entry, glossary: Glossary) -> Told:
    titles = {
        ClockKind.ACKNOWLEDGE: gettext("The deadline for registering passed"),
        ClockKind.ESTIMATE: gettext("The deadline for estimating the handling time passed"),
        ClockKind.ANSWER: gettext("The deadline for the answer passed"),
        ClockKind.SIX_MONTHS: gettext("The six months of the law passed"),
        ClockKind.DOCUMENT_REQUEST: gettext("The law's deadline for giving documents passed"),
        ClockKind.ACCESSIBILITY: gettext("The law's deadline for accessibility feedback passed"),
        ClockKind.PROMISE: gettext("A promised day passed"),
        ClockKind.FOLLOW_UP: gettext("The day for measuring the effect passed"),
        ClockKind.COUNCIL_QUESTION: gettext("The deadline for answering a councillor passed"),
    }
    due, first = clock.last_day(entry.at), clock.last_day(parse(entry.facts["first_due"]))
    text = gettext("It had to be done by %(day)s.", day=words.day_words(due))
    if first != due:
        text += " " + gettext("The first deadline was %(day)s.", day=words.day_words(first))
    texts: tuple[Said, ...] = (Said(text),)
    ref = entry.facts["ref"]
    if entry.facts["clock"] == ClockKind.PROMISE and int(ref) in glossary.promises:
        texts = (glossary.say(glossary.promises[int(ref)], gettext("The promise")), *texts)
    return Told(titles[ClockKind(entry.facts["clock"])], texts, "late", "alert")


def _marked(entry: Entry, glossary: Glossary) -> Told:
    who, is_by_text = glossary.by(entry), entry.role == "system"
    if entry.facts["mark"] == ClockKind.DOCUMENT_REQUEST:
        by_text = gettext("The text asks for documents")
        by_person = gettext("%(who)s marked the matter as a document request", who=who)
    else:
        by_text = gettext("The text is about digital accessibility")
        by_person = gettext("%(who)s marked the matter as feedback on accessibility", who=who)
    return Told(by_text if is_by_text else by_person, icon="flag")


def _unmarked(entry: Entry, glossary: Glossary) -> Told:
    if entry.facts["mark"] == ClockKind.DOCUMENT_REQUEST:
        title = gettext("%(who)s found that this is no document request", who=glossary.by(entry))
    else:
        title = gettext(
            "%(who)s found that this is not about accessibility", who=glossary.by(entry)
        )
    return Told(title, icon="x")


def _documents_given(entry: Entry, glossary: Glossary) -> Told:
    title = gettext("%(who)s settled the document request", who=glossary.by(entry))
    return Told(title, glossary.quote(entry.facts["note"]), "ok", "doc")


def _taken_up(entry: Entry, glossary: Glossary) -> Told:
    title = gettext("%(body)s took the initiative up", body=glossary.body(entry.facts["body"]))
    return Told(title, tone="ok", icon="scale")


def _measured(entry: Entry, glossary: Glossary) -> Told:
    months = int(entry.facts["months"] or 0)
    value = Said(gettext("The measured value is %(value)s.", value=entry.facts["value"]))
    title = ngettext(
        "%(unit)s measured the effect after %(num)s month",
        "%(unit)s measured the effect after %(num)s months",
        months,
        unit=glossary.by(entry),
    )
    return Told(title, (value, *glossary.quote(entry.facts["note"])), "ok", "check")


def _decision_linked(entry: Entry, glossary: Glossary) -> Told:
    body, number = entry.facts["body"], entry.facts["case_number"]
    who = glossary.by(entry)
    if body:
        name = glossary.body(body)
        title = gettext("%(who)s linked a decision: %(body)s", who=who, body=name)
    else:
        title = gettext("%(who)s linked a decision of the city", who=who)
    said = []
    if entry.facts["decided_on"]:
        day = words.day_words(dates.parse(entry.facts["decided_on"]))
        said.append(Said(gettext("The meeting or decision is of %(day)s.", day=day)))
    if number:
        said.append(Said(gettext("The case number is %(number)s.", number=number)))
    return Told(title, tuple(said), icon="link")


def _decision_unlinked(entry: Entry, glossary: Glossary) -> Told:
    title = gettext("%(who)s took the link to a decision away", who=glossary.by(entry))
    reasons = {reason.value: reason for reason in UnlinkReason}
    known = reasons.get(entry.facts["reason"])
    reason = labels.label(known) if known else entry.facts["reason"]
    return Told(title, (Said(gettext("Reason: %(reason)s", reason=reason)),), icon="x")


def _implementing(entry: Entry, glossary: Glossary) -> Told:
    title = gettext("%(unit)s began to carry it out", unit=glossary.unit(entry.facts["unit"]))
    return Told(title, icon="tools")


def _implemented(entry: Entry, glossary: Glossary) -> Told:
    title = gettext("%(unit)s reported that it is done", unit=glossary.by(entry))
    return Told(
        title, glossary.quote(entry.facts["evidence"], gettext("How to see it")), "ok", "check"
    )


def _evaluated(entry: Entry, _glossary: Glossary) -> Told:
    facts = {name: words.number(entry.facts[name]) for name in ("yes", "partly", "no")}
    said = gettext("Helped: yes %(yes)s, partly %(partly)s, no %(no)s.", **facts)
    return Told(gettext("Residents said whether it helped"), (Said(said),), "ok", "users")


def _reopened(entry: Entry, glossary: Glossary) -> Told:
    unit = glossary.unit(entry.facts["unit"])
    title = gettext("The matter was opened again and given to %(unit)s", unit=unit)
    return Told(title, glossary.reason(entry), icon="arrow")


def _question_asked(entry: Entry, glossary: Glossary) -> Told:
    title = gettext(
        "A councillor asked a question: %(body)s", body=glossary.body(entry.facts["body"])
    )
    due = Said(
        gettext(
            "%(unit)s answers by %(day)s.",
            unit=glossary.unit(entry.facts["unit"]),
            day=words.day_words(clock.last_day(parse(entry.facts["due"]))),
        )
    )
    return Told(title, (*glossary.quote(entry.facts["text"]), due), icon="chat")


def _question_paused(entry: Entry, glossary: Glossary) -> Told:
    title = gettext(
        "%(unit)s asked the councillor to make the question clearer", unit=glossary.by(entry)
    )
    stands = Said(gettext("The deadline for answering the councillor stands still meanwhile."))
    return Told(title, (*glossary.reason(entry), stands), "wait", "pause")


def _question_continued(entry: Entry, glossary: Glossary) -> Told:
    title = gettext("%(unit)s went on with the councillor's question", unit=glossary.by(entry))
    return Told(title, icon="clock")


def _question_answered(entry: Entry, glossary: Glossary) -> Told:
    title = gettext("%(unit)s answered a councillor's question", unit=glossary.by(entry))
    return Told(title, glossary.quote(entry.facts["text"]), "ok", "check")


TELLERS: dict[Kind, Teller] = {
    Kind.PROMISED: _promised,
    Kind.PROMISE_KEPT: _promise_kept,
    Kind.PROMISE_MOVED: _promise_moved,
    Kind.PROMISE_BROKEN: _promise_broken,
    Kind.EVIDENCE_REMOVED: _evidence_removed,
    Kind.DECISION_LINKED: _decision_linked,
    Kind.DECISION_UNLINKED: _decision_unlinked,
    Kind.CLOCKS_STARTED: _clocks_started,
    Kind.OVERDUE: _overdue,
    Kind.MARKED: _marked,
    Kind.UNMARKED: _unmarked,
    Kind.DOCUMENTS_GIVEN: _documents_given,
    Kind.TAKEN_UP: _taken_up,
    Kind.IMPLEMENTING: _implementing,
    Kind.IMPLEMENTED: _implemented,
    Kind.EVALUATED: _evaluated,
    Kind.REOPENED: _reopened,
    Kind.MEASURED: _measured,
    Kind.QUESTION_ASKED: _question_asked,
    Kind.QUESTION_PAUSED: _question_paused,
    Kind.QUESTION_CONTINUED: _question_continued,
    Kind.QUESTION_ANSWERED: _question_answered,
}
