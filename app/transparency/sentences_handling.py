"""Entries of the registry, of handling and of answering in plain words. Pure."""

from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from app.core import labels, words
from app.journal import Entry, Kind
from app.proposals.lifecycle import Outcome
from app.transparency import dates
from app.transparency.phrases import gettext
from app.transparency.sentences_matters import rule_said
from app.transparency.telling import Glossary, Said, Teller, Told


def _registered(entry: Entry, glossary: Glossary) -> Told:
    given = gettext(
        "The number is %(number)s. The matter was given to %(unit)s.",
        number=entry.facts["case_number"],
        unit=glossary.unit(entry.facts["unit"]),
    )
    title = gettext("The registry gave a case number and a unit")
    return Told(title, (Said(given),), icon="doc")


def _preparing(entry: Entry, glossary: Glossary) -> Told:
    unit = glossary.unit(entry.facts["unit"])
    return Told(gettext("%(unit)s began to prepare the matter", unit=unit), icon="edit")


def _offered(entry: Entry, glossary: Glossary) -> Told:
    title = gettext(
        "%(before)s offered the matter to %(after)s",
        before=glossary.unit(entry.facts["from_unit"]),
        after=glossary.unit(entry.facts["to_unit"]),
    )
    stays = Said(
        gettext(
            "Until %(after)s accepts it, the matter and its deadlines are those of %(before)s.",
            before=glossary.unit(entry.facts["from_unit"]),
            after=glossary.unit(entry.facts["to_unit"]),
        )
    )
    return Told(title, (*glossary.reason(entry), stays), icon="swap")


def _returned(entry: Entry, glossary: Glossary) -> Told:
    title = gettext(
        "%(after)s did not take the matter. It stays with %(before)s",
        before=glossary.unit(entry.facts["from_unit"]),
        after=glossary.unit(entry.facts["to_unit"]),
    )
    return Told(title, glossary.reason(entry), icon="swap")


def _taken_back(entry: Entry, glossary: Glossary) -> Told:
    title = gettext(
        "%(before)s keeps the matter and does not offer it to %(after)s any more",
        before=glossary.unit(entry.facts["from_unit"]),
        after=glossary.unit(entry.facts["to_unit"]),
    )
    return Told(title, icon="swap")


def _handed_over(entry: Entry, glossary: Glossary) -> Told:
    title = gettext(
        "%(before)s handed the matter over to %(after)s",
        before=glossary.unit(entry.facts["from_unit"]),
        after=glossary.unit(entry.facts["to_unit"]),
    )
    return Told(title, glossary.reason(entry), icon="swap")


def _estimated(entry: Entry, glossary: Glossary) -> Told:
    until = words.day_words(dates.parse(entry.facts["until"]))
    said = Said(gettext("The answer is expected by %(day)s.", day=until))
    contact = glossary.quote(entry.facts["contact"])
    more = (Said(gettext("Contact: %(who)s", who=contact[0].text)),) if contact else ()
    title = gettext("%(unit)s estimated the handling time", unit=glossary.by(entry))
    return Told(title, (said, *more), icon="calendar")


def _asked(entry: Entry, glossary: Glossary) -> Told:
    title = gettext("%(unit)s asked the author for more", unit=glossary.by(entry))
    stands = Said(gettext("The answer's deadline stands still until the reply."))
    return Told(title, (*glossary.quote(entry.facts["text"]), stands), "wait", "pause")


def _reminded(_entry: Entry, _glossary: Glossary) -> Told:
    return Told(gettext("The author was reminded of the question"), icon="mail")


def _replied(entry: Entry, glossary: Glossary) -> Told:
    title = gettext("The author replied")
    return Told(title, glossary.quote(entry.facts["text"]), icon="chat")


def _resumed(entry: Entry, glossary: Glossary) -> Told:
    title = gettext("%(unit)s went on without a reply", unit=glossary.by(entry))
    return Told(title, glossary.reason(entry), icon="edit")


def _sent_to_body(entry: Entry, glossary: Glossary) -> Told:
    title = gettext(
        "%(unit)s took the matter to a meeting: %(body)s",
        unit=glossary.by(entry),
        body=glossary.body(entry.facts["body"]),
    )
    meeting = gettext(
        "The meeting is on %(day)s. The deadline does not stop for it.",
        day=words.day_words(dates.parse(entry.facts["meeting"])),
    )
    return Told(title, (Said(meeting),), "wait", "scale")


def _back_from_body(entry: Entry, glossary: Glossary) -> Told:
    title = gettext("%(body)s has dealt with it", body=glossary.body(entry.facts["body"]))
    goes_on = gettext("%(unit)s goes on.", unit=glossary.unit(entry.facts["unit"]))
    return Told(title, (Said(goes_on),), icon="scale")


def _extended(entry: Entry, glossary: Glossary) -> Told:
    title = gettext("%(unit)s moved the deadline to a later day", unit=glossary.by(entry))
    return Told(title, glossary.reason(entry), icon="clock")


def _answered(entry: Entry, glossary: Glossary) -> Told:
    title = gettext(
        "%(unit)s answered: %(outcome)s",
        unit=glossary.by(entry),
        outcome=labels.label(Outcome(entry.facts["outcome"])).lower(),
    )
    return Told(title, glossary.quote(entry.facts["text"]), "ok", "check")


def _corrected(entry: Entry, glossary: Glossary) -> Told:
    title = gettext("%(unit)s corrected the answer", unit=glossary.by(entry))
    return Told(title, glossary.reason(entry), icon="edit")


def _closed(entry: Entry, glossary: Glossary) -> Told:
    title = gettext("%(unit)s closed the matter", unit=glossary.by(entry))
    return Told(title, glossary.reason(entry), icon="check")


def _transferred(entry: Entry, glossary: Glossary) -> Told:
    title = gettext(
        "%(unit)s transferred the matter to another authority: %(authority)s",
        unit=glossary.by(entry),
        authority=glossary.authority(entry.facts["authority"]),
    )
    return Told(title, glossary.reason(entry), icon="arrow")


def _restored(entry: Entry, glossary: Glossary) -> Told:
    title = gettext("%(unit)s took the matter up again", unit=glossary.by(entry))
    other = entry.facts.get("other")
    apart = (_apart(other, glossary),) if other else ()
    return Told(title, (*apart, *glossary.reason(entry)), icon="arrow")


def _apart(other: int, glossary: Glossary) -> Said:
    return glossary.about(
        other,
        gettext("It is handled by itself again, not with the matter number %(number)s."),
        gettext("It is handled by itself again, not with another matter."),
    )


def _case_number_changed(entry: Entry, _glossary: Glossary) -> Told:
    said = gettext(
        "The number is now %(number)s. Before it was %(before)s.",
        number=entry.facts["case_number"],
        before=entry.facts["before"],
    )
    return Told(gettext("The registry corrected the case number"), (Said(said),), icon="doc")


def _dismissed(entry: Entry, glossary: Glossary) -> Told:
    title = gettext("The registry left the matter without handling")
    return Told(title, (rule_said(entry), *glossary.reason(entry)), icon="x")


@dataclass(frozen=True)
class _Lineage:
    """An act on two matters: its title, and what is said of the other one while it is public, and
    while it is not.
    """

    title: LazyString
    named: LazyString
    unnamed: LazyString
    icon: str


_LINEAGE = {
    Kind.MERGED: _Lineage(
        _l("%(unit)s joined the matter to another one"),
        _l("It is handled with the matter number %(number)s."),
        _l("It is handled with another matter, which is not public now."),
        "link",
    ),
    Kind.MERGED_IN: _Lineage(
        _l("%(unit)s joined another matter to this one"),
        _l("The matter number %(number)s is handled here, and its supporters count here."),
        _l("A matter that is not public now is handled here."),
        "link",
    ),
    Kind.PARTED: _Lineage(
        _l("%(unit)s separated another matter from this one"),
        _l("The matter number %(number)s is handled by itself again."),
        _l("A matter that is not public now is handled by itself again."),
        "arrow",
    ),
    Kind.SPLIT: _Lineage(
        _l("%(unit)s made a part of this a matter of its own"),
        _l("The part is the matter number %(number)s. Supporters of this one stay here."),
        _l("The part is not public now."),
        "swap",
    ),
    Kind.SPLIT_FROM: _Lineage(
        _l("%(unit)s split this from another matter"),
        _l("It was a part of the matter number %(number)s."),
        _l("It was a part of a matter that is not public now."),
        "swap",
    ),
}


def _lineage(entry: Entry, glossary: Glossary) -> Told:
    words = _LINEAGE[Kind(entry.kind)]
    number = entry.facts["into" if entry.kind == Kind.MERGED else "other"]
    other = glossary.about(number, str(words.named), str(words.unnamed))
    title = str(words.title) % {"unit": glossary.by(entry)}
    return Told(title, (other, *glossary.reason(entry)), icon=words.icon)


TELLERS: dict[Kind, Teller] = {
    Kind.REGISTERED: _registered,
    Kind.PREPARING: _preparing,
    Kind.HANDOVER_OFFERED: _offered,
    Kind.HANDOVER_RETURNED: _returned,
    Kind.HANDOVER_TAKEN_BACK: _taken_back,
    Kind.HANDED_OVER: _handed_over,
    Kind.ESTIMATED: _estimated,
    Kind.ASKED: _asked,
    Kind.ASK_REMINDED: _reminded,
    Kind.REPLIED: _replied,
    Kind.RESUMED: _resumed,
    Kind.SENT_TO_BODY: _sent_to_body,
    Kind.BACK_FROM_BODY: _back_from_body,
    Kind.EXTENDED: _extended,
    Kind.ANSWERED: _answered,
    Kind.CORRECTED: _corrected,
    Kind.CLOSED: _closed,
    Kind.TRANSFERRED: _transferred,
    Kind.RESTORED: _restored,
    Kind.CASE_NUMBER_CHANGED: _case_number_changed,
    Kind.DISMISSED: _dismissed,
    Kind.MERGED: _lineage,
    Kind.MERGED_IN: _lineage,
    Kind.PARTED: _lineage,
    Kind.SPLIT: _lineage,
    Kind.SPLIT_FROM: _lineage,
}
