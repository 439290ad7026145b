"""The last steps of a matter in words, from its journal, for those who handle it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import lazy_gettext as _l

from app.city import get_city
from app.core import language, words
from app.journal import Entry, Kind
from app.proposals.notes import MatterNote

SHORT = 8  # steps
NOTES = ("reason", "text", "evidence", "contact", "note")

STEPS = {
    Kind.PUBLISHED: _l("Published"),
    Kind.EDITED: _l("The author edited the text"),
    Kind.WITHDRAWN: _l("The author withdrew the matter"),
    Kind.TRANSLATED: _l("The text was published in another language"),
    Kind.ADDED: _l("The author added to the text"),
    Kind.CO_AUTHOR_JOINED: _l("A co-author joined"),
    Kind.CO_AUTHOR_LEFT: _l("A co-author left"),
    Kind.ATTACHED: _l("The author added a photo or a document"),
    Kind.ATTACHMENT_REMOVED: _l("The author removed a photo or a document"),
    Kind.MAKERS_THRESHOLD: _l("The makers reached two percent of the residents"),
    Kind.HIDDEN: _l("Hidden by moderation"),
    Kind.SHOWN: _l("Shown again by moderation"),
    Kind.APPEALED: _l("The author appealed against the hiding"),
    Kind.APPEAL_DECIDED: _l("A moderator decided on the appeal"),
    Kind.REGISTERED: _l("Registered with case number %(case_number)s"),
    Kind.PREPARING: _l("Preparation started"),
    Kind.HANDOVER_OFFERED: _l("Offered to %(to_unit)s"),
    Kind.HANDOVER_RETURNED: _l("%(to_unit)s did not take it"),
    Kind.HANDOVER_TAKEN_BACK: _l("The offer to %(to_unit)s was taken back"),
    Kind.HANDED_OVER: _l("Handed over to %(to_unit)s"),
    Kind.ESTIMATED: _l("Answer expected by %(until)s"),
    Kind.ASKED: _l("The author was asked"),
    Kind.ASK_REMINDED: _l("The author was reminded of the question"),
    Kind.REPLIED: _l("The author replied"),
    Kind.RESUMED: _l("Preparation goes on without a reply"),
    Kind.SENT_TO_BODY: _l("Sent to %(body)s, meeting on %(meeting)s"),
    Kind.BACK_FROM_BODY: _l("Back from %(body)s"),
    Kind.EXTENDED: _l("The deadline was moved to a later day"),
    Kind.ANSWERED: _l("Answered, version %(version)s"),
    Kind.CORRECTED: _l("The answer was corrected, version %(version)s"),
    Kind.CLOSED: _l("Closed"),
    Kind.TRANSFERRED: _l("Transferred to %(authority)s"),
    Kind.RESTORED: _l("Brought back"),
    Kind.CASE_NUMBER_CHANGED: _l("Case number corrected: %(case_number)s"),
    Kind.DISMISSED: _l("Left without handling"),
    Kind.MERGED: _l("Joined to the matter number %(into)s"),
    Kind.MERGED_IN: _l("The matter number %(other)s was joined to this one"),
    Kind.PARTED: _l("The matter number %(other)s was separated from this one"),
    Kind.SPLIT: _l("A part was split off: the matter number %(other)s"),
    Kind.SPLIT_FROM: _l("Split from the matter number %(other)s"),
    Kind.PROMISE_KEPT: _l("A promise was kept"),
    Kind.PROMISE_MOVED: _l("A promise was moved to a later day"),
    Kind.PROMISE_BROKEN: _l("A promise was broken"),
    Kind.EVIDENCE_REMOVED: _l("The picture beside a promise was removed"),
    Kind.OVERDUE: _l("A deadline passed"),
    Kind.MARKED: _l("Marked as a duty of the law"),
    Kind.UNMARKED: _l("The mark of a duty of the law was taken away"),
    Kind.DOCUMENTS_GIVEN: _l("The document request was settled"),
    Kind.TAKEN_UP: _l("%(body)s took the initiative up"),
    Kind.IMPLEMENTING: _l("Implementing started"),
    Kind.IMPLEMENTED: _l("Implemented"),
    Kind.EVALUATED: _l("Evaluated"),
    Kind.REOPENED: _l("Reopened"),
    Kind.MEASURED: _l("Measured after %(months)s months: %(value)s"),
    Kind.QUESTION_ASKED: _l("A councillor asked a question: %(body)s"),
    Kind.QUESTION_PAUSED: _l("The councillor was asked to make the question clearer"),
    Kind.QUESTION_CONTINUED: _l("The deadline for answering the councillor runs again"),
    Kind.QUESTION_ANSWERED: _l("A councillor's question was answered"),
}


@dataclass(frozen=True)
class Step:
    """One step: when, what in words, and the words of a reason, question or reply, if any."""

    at: datetime
    text: str
    note: str | None
    note_language: str | None


def last_steps(entries: Sequence[Entry], notes: dict[str, MatterNote]) -> list[Step]:
    """The newest steps that have words, the newest first."""
    told = [entry for entry in entries if entry.kind in STEPS]
    return [_step(entry, notes) for entry in reversed(told[-SHORT:])]


def _step(entry: Entry, notes: dict[str, MatterNote]) -> Step:
    digests = (entry.facts.get(name) for name in NOTES)
    note = next((notes[digest] for digest in digests if digest in notes), None)
    text = language.pick(note.texts) if note else None
    spoken = (
        next((code for code, words in note.texts.items() if words == text), None) if note else None
    )
    return Step(entry.at, str(STEPS[entry.kind]) % _named(entry), text, spoken)


def _named(entry: Entry) -> dict[str, str]:
    """The facts of an entry with names in place of keys and days in place of dates."""
    city, facts = get_city(), entry.facts
    named = {name: str(value) for name, value in facts.items()}
    things = {"to_unit": city.units, "body": city.bodies, "authority": city.authorities}
    for name, known in things.items():
        if name in facts:
            named[name] = known[facts[name]].name
    for name in ("until", "meeting"):
        if name in facts:
            named[name] = words.day(date.fromisoformat(facts[name]))
    return named
