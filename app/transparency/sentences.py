"""Every kind of journal entry in plain words: by whom, and what. Pure.

A title is one sentence; texts are what people wrote beside the entry (a reason, a question, the
answer), in the reader's language where there is one. Erased words are said to be erased.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from flask_babel import gettext, ngettext

from app.city import City
from app.city.queries import Things
from app.comments.rules import DiscussionRule
from app.core import clock, labels, language, words
from app.duties.rules import ClockKind, parse
from app.journal import Entry, Kind
from app.proposals.lifecycle import MatterKind, Outcome
from app.transparency import dates
from app.transparency.deadlines import NAMES

Texts = Mapping[str, str]


@dataclass(frozen=True)
class Said:
    """A paragraph; `language` is given when it is not the page's own, `lead` tells what it is."""

    text: str
    language: str | None = None
    quoted: bool = False
    lead: str = ""


@dataclass(frozen=True)
class Told:
    """A step in words, with the tone and icon of its stop."""

    title: str
    texts: tuple[Said, ...] = ()
    tone: str = ""
    icon: str = "dot"


@dataclass(frozen=True)
class Glossary:
    """What the words of entries are made with.

    `spoken` has texts by their digest, `promises` those of promises by their number; texts are
    mappings by language. The log, which tells titles only, leaves both empty. `reader` is the
    reader's language.
    """

    city: City
    spoken: Mapping[str, Texts] = field(default_factory=dict)
    promises: Mapping[int, Texts] = field(default_factory=dict)
    tells_texts: bool = True
    reader: str = field(default_factory=language.current)

    def unit(self, key: str | None) -> str:
        """A unit's name; a former one, gone from the city's list, is told by its key."""
        return self._name(self.city.units, key) if key else gettext("The city")

    def body(self, key: str) -> str:
        """A body's name."""
        return self._name(self.city.bodies, key)

    def authority(self, key: str) -> str:
        """Another authority's name."""
        return self._name(self.city.authorities, key)

    def _name(self, things: Things, key: str) -> str:
        return language.pick(things[key].names, self.reader) if key in things else key

    def by(self, entry: Entry) -> str:
        """Who acted, as the beginning of a sentence."""
        if entry.role == "registry":
            return gettext("The registry")
        if entry.role == "author":
            return gettext("The author")
        return self.unit(entry.unit)

    def quote(self, digest: str | None, lead: str = "") -> tuple[Said, ...]:
        """The words behind a digest."""
        if digest is None or not self.tells_texts:
            return ()
        if digest not in self.spoken:
            return (Said(gettext("The words have been erased.")),)
        return (self.say(self.spoken[digest], lead),)

    def reason(self, entry: Entry) -> tuple[Said, ...]:
        """Why it was done."""
        return self.quote(entry.facts["reason"], self._reason_word)

    @cached_property
    def _reason_word(self) -> str:
        return gettext("Reason")

    def promise(self, entry: Entry) -> tuple[Said, ...]:
        """What was promised."""
        texts = self.promises.get(entry.facts["promise"])
        return (self.say(texts, gettext("The promise")),) if texts else ()

    def say(self, texts: Texts, lead: str = "") -> Said:
        """Words in the reader's language, else in one there is, marked as such."""
        if texts.get(self.reader):
            return Said(texts[self.reader], quoted=True, lead=lead)
        text = language.pick(texts, self.reader)
        code = next((code for code, found in texts.items() if found == text), None)
        return Said(text, code, quoted=True, lead=lead)


Teller = Callable[[Entry, Glossary], Told]


def tell(entry: Entry, glossary: Glossary) -> Told:
    """An entry in words."""
    return TELLERS[entry.kind](entry, glossary)


def _published(entry: Entry, _glossary: Glossary) -> Told:
    titles = {
        MatterKind.FEEDBACK: gettext("The author gave feedback"),
        MatterKind.PROPOSAL: gettext("The author published the proposal"),
        MatterKind.INITIATIVE: gettext("The author filed the resident initiative"),
    }
    return Told(titles[MatterKind(entry.facts["matter_kind"])], icon="edit")


def _edited(entry: Entry, _glossary: Glossary) -> Told:
    version = Said(gettext("This is version %(number)s.", number=entry.facts["version"]))
    return Told(gettext("The author changed the text"), (version,), icon="edit")


def _withdrawn(entry: Entry, glossary: Glossary) -> Told:
    title = gettext("The author withdrew the matter")
    return Told(title, glossary.reason(entry), icon="x")


def _makers(entry: Entry, _glossary: Glossary) -> Told:
    facts = entry.facts
    law = gettext(
        "%(needed)s makers are two percent of the residents. The law now gives the city six "
        "months to take the initiative up.",
        needed=words.number(facts["needed"]),
    )
    title = gettext("%(count)s people have signed it", count=words.number(facts["makers"]))
    return Told(title, (Said(law),), "ok", "users")


def _rule(entry: Entry) -> Said:
    rules = {rule.value: rule for rule in DiscussionRule}
    rule = rules.get(entry.facts["rule"])
    return Said(
        gettext("The rule: %(rule)s.", rule=labels.label(rule) if rule else entry.facts["rule"])
    )


def _hidden(entry: Entry, _glossary: Glossary) -> Told:
    goes_on = Said(gettext("Handling and deadlines go on."))
    return Told(gettext("A moderator hid the matter"), (_rule(entry), goes_on), icon="eye")


def _shown(_entry: Entry, _glossary: Glossary) -> Told:
    return Told(gettext("A moderator made the matter public again"), icon="eye")


def _commented(_entry: Entry, _glossary: Glossary) -> Told:
    return Told(gettext("Somebody commented"), icon="chat")


def _comment_hidden(entry: Entry, _glossary: Glossary) -> Told:
    return Told(gettext("A moderator hid a comment"), (_rule(entry),), icon="eye")


def _comment_shown(_entry: Entry, _glossary: Glossary) -> Told:
    return Told(gettext("A moderator made a comment public again"), icon="eye")


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
    return Told(title, glossary.reason(entry), icon="arrow")


def _promised(entry: Entry, glossary: Glossary) -> Told:
    title = gettext(
        "%(unit)s promised by %(day)s",
        unit=glossary.by(entry),
        day=words.day_words(clock.last_day(parse(entry.facts["due"]))),
    )
    return Told(title, promised_said(entry, glossary), icon="flag")


def promised_said(entry: Entry, glossary: Glossary) -> tuple[Said, ...]:
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


def _clocks_started(entry: Entry, _glossary: Glossary) -> Told:
    return Told(gettext("Deadlines began"), (Said(deadlines_said(entry)),), icon="clock")


def deadlines_said(entry: Entry) -> str:
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


def _overdue(entry: Entry, _glossary: Glossary) -> Told:
    titles = {
        ClockKind.ACKNOWLEDGE: gettext("The deadline for registering passed"),
        ClockKind.ESTIMATE: gettext("The deadline for estimating the handling time passed"),
        ClockKind.ANSWER: gettext("The deadline for the answer passed"),
        ClockKind.SIX_MONTHS: gettext("The six months of the law passed"),
        ClockKind.PROMISE: gettext("A promised day passed"),
        ClockKind.FOLLOW_UP: gettext("The day for measuring the effect passed"),
    }
    due, first = clock.last_day(entry.at), clock.last_day(parse(entry.facts["first_due"]))
    text = gettext("It had to be done by %(day)s.", day=words.day_words(due))
    if first != due:
        text += " " + gettext("The first deadline was %(day)s.", day=words.day_words(first))
    return Told(titles[ClockKind(entry.facts["clock"])], (Said(text),), "late", "alert")


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


def _plain(title: Callable[[], str], icon: str) -> Teller:
    return lambda _entry, _glossary: Told(title(), icon=icon)


def _voting_closed(entry: Entry, _glossary: Glossary) -> Told:
    count = entry.facts["envelopes"]
    title = ngettext(
        "The voting closed with %(count)s ballot",
        "The voting closed with %(count)s ballots",
        count,
        count=words.number(count),
    )
    return Told(title, icon="lock")


def _result(entry: Entry, _glossary: Glossary) -> Told:
    count = len(entry.facts["winners"])
    title = ngettext(
        "A result was confirmed: %(num)s project won",
        "A result was confirmed: %(num)s projects won",
        count,
    )
    return Told(title, tone="ok", icon="check")


TELLERS: dict[Kind, Teller] = {
    Kind.PUBLISHED: _published,
    Kind.EDITED: _edited,
    Kind.WITHDRAWN: _withdrawn,
    Kind.MAKERS_THRESHOLD: _makers,
    Kind.HIDDEN: _hidden,
    Kind.SHOWN: _shown,
    Kind.COMMENTED: _commented,
    Kind.COMMENT_HIDDEN: _comment_hidden,
    Kind.COMMENT_SHOWN: _comment_shown,
    Kind.REGISTERED: _registered,
    Kind.PREPARING: _preparing,
    Kind.HANDED_OVER: _handed_over,
    Kind.ESTIMATED: _estimated,
    Kind.ASKED: _asked,
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
    Kind.PROMISED: _promised,
    Kind.PROMISE_KEPT: _promise_kept,
    Kind.PROMISE_MOVED: _promise_moved,
    Kind.PROMISE_BROKEN: _promise_broken,
    Kind.CLOCKS_STARTED: _clocks_started,
    Kind.OVERDUE: _overdue,
    Kind.IMPLEMENTING: _implementing,
    Kind.IMPLEMENTED: _implemented,
    Kind.EVALUATED: _evaluated,
    Kind.REOPENED: _reopened,
    Kind.ROUND_PUBLISHED: _plain(
        lambda: gettext("The budgeting team published a round with its rules"), "scale"
    ),
    Kind.PROJECT_MADE: _plain(
        lambda: gettext("The budgeting team made a project of ideas"), "plus"
    ),
    Kind.PROJECT_FEASIBLE: _plain(
        lambda: gettext("The budgeting team let a project go to the vote"), "check"
    ),
    Kind.PROJECT_REFUSED: _plain(
        lambda: gettext("The budgeting team kept a project from the vote"), "x"
    ),
    Kind.VOTING_CLOSED: _voting_closed,
    Kind.BALLOTS_OPENED: _plain(lambda: gettext("The ballots of a vote were opened"), "mail"),
    Kind.RESULT_CONFIRMED: _result,
    Kind.ROLE_GRANTED: _plain(lambda: gettext("An administrator gave a role"), "user"),
    Kind.ROLE_ENDED: _plain(lambda: gettext("An administrator ended a role"), "user"),
}
