"""Who held a matter from when to when, and where it waited. Pure.

Time is counted in local calendar days: a matter that comes and goes on one day leaves no span.
Asking the author and waiting for a body's meeting are waiting, whoever is to blame for them;
so is the time between an answer and the beginning of what it promised.
"""

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

from app.core import clock
from app.journal import Entry, Kind


class Party(enum.StrEnum):
    """Who can hold a matter."""

    AUTHOR = "author"
    REGISTRY = "registry"
    UNIT = "unit"
    BODY = "body"
    AUTHORITY = "authority"


class Phase(enum.StrEnum):
    """What happens to a matter while somebody holds it."""

    REGISTERING = "registering"
    WORK = "work"
    ASKED = "asked"
    AT_BODY = "at_body"
    ANSWERED = "answered"
    CARRYING_OUT = "carrying_out"
    FOLLOWING = "following"


WAITS = (Phase.ASKED, Phase.AT_BODY, Phase.ANSWERED, Phase.FOLLOWING)


@dataclass(frozen=True)
class Holder:
    """One party; `key` is the city's key of a unit, body or authority."""

    party: Party
    key: str = ""


AUTHOR = Holder(Party.AUTHOR)
REGISTRY = Holder(Party.REGISTRY)


@dataclass(frozen=True)
class Span:
    """A holder from a local day until another; `is_open` when it lasts until today."""

    holder: Holder
    phase: Phase
    start: date
    end: date
    is_open: bool = False

    @property
    def days(self) -> int:
        """Length in local calendar days."""
        return (self.end - self.start).days

    @property
    def waits(self) -> bool:
        """Whether nobody worked on the matter."""
        return self.phase in WAITS


@dataclass(frozen=True)
class Ending:
    """The local day on which a matter left everybody's hands, and the authority it went to."""

    day: date
    kind: Kind
    holder: Holder | None = None


@dataclass(frozen=True)
class Stand:
    """Where a matter is after an entry; nobody holds it when `holder` is None."""

    holder: Holder | None = None
    phase: Phase = Phase.REGISTERING
    unit: Holder | None = None
    before: "Stand | None" = None


def list_spans(entries: Iterable[Entry], today: date) -> list[Span]:
    """The spans that the entries of a matter give, in order; `entries` by the time they count."""
    spans: list[Span] = []
    stand = Stand()
    for entry in entries:
        after = next_stand(stand, entry)
        day = clock.local_date(entry.at)
        if (after.holder, after.phase) == (stand.holder, stand.phase):
            stand = after
            continue
        _close(spans, day)
        stand = after
        if stand.holder is not None:
            _open(spans, Span(stand.holder, stand.phase, day, day, is_open=True))
    if spans and spans[-1].is_open:
        spans[-1] = replace(spans[-1], end=max(today, spans[-1].start))
    return spans


def find_ending(entries: Iterable[Entry]) -> Ending | None:
    """How and when the matter left everybody's hands; None while somebody holds it."""
    stand, ending = Stand(), None
    for entry in entries:
        before, stand = stand, next_stand(stand, entry)
        if stand.holder is not None:
            ending = None
        elif before.holder is not None:
            to = None
            if entry.kind == Kind.TRANSFERRED:
                to = Holder(Party.AUTHORITY, entry.facts["authority"])
            ending = Ending(clock.local_date(entry.at), entry.kind, to)
    return ending


def next_stand(stand: Stand, entry: Entry) -> Stand:
    """Where a matter is after an entry; kinds that move nothing change nothing."""
    rule = _RULES.get(entry.kind)
    return rule(stand, entry) if rule else stand


def _close(spans: list[Span], day: date) -> None:
    if not spans or not spans[-1].is_open:
        return
    last = spans.pop()
    if day > last.start:
        spans.append(replace(last, end=day, is_open=False))


def _open(spans: list[Span], new: Span) -> None:
    last = spans[-1] if spans else None
    if last and (last.holder, last.phase, last.end) == (new.holder, new.phase, new.start):
        spans[-1] = replace(last, is_open=True)
    else:
        spans.append(new)


def _at_unit(fact: str, phase: Phase | None = None) -> Callable[[Stand, Entry], Stand]:
    """The matter comes to the unit of a fact, in a phase (the present one if not given)."""

    def rule(stand: Stand, entry: Entry) -> Stand:
        unit = Holder(Party.UNIT, entry.facts[fact])
        return Stand(unit, phase or stand.phase, unit)

    return rule


def _handed_over(stand: Stand, entry: Entry) -> Stand:
    """A new unit; while the author or a body has the matter, it is the unit behind."""
    unit = Holder(Party.UNIT, entry.facts["to_unit"])
    if stand.holder is not None and stand.holder.party in (Party.AUTHOR, Party.BODY):
        return replace(stand, unit=unit)
    phase = Phase.WORK if stand.phase == Phase.REGISTERING else stand.phase
    return Stand(unit, phase, unit)


def _at_own_unit(phase: Phase) -> Callable[[Stand, Entry], Stand]:
    return lambda stand, _entry: replace(stand, holder=stand.unit or REGISTRY, phase=phase)


def _left(stand: Stand, _entry: Entry) -> Stand:
    return Stand(before=stand)


_RULES: dict[Kind, Callable[[Stand, Entry], Stand]] = {
    Kind.PUBLISHED: lambda stand, _entry: Stand(REGISTRY, Phase.REGISTERING),
    Kind.REGISTERED: _at_unit("unit", Phase.WORK),
    Kind.HANDED_OVER: _handed_over,
    Kind.ASKED: lambda stand, _entry: replace(stand, holder=AUTHOR, phase=Phase.ASKED),
    Kind.REPLIED: _at_own_unit(Phase.WORK),
    Kind.RESUMED: _at_own_unit(Phase.WORK),
    Kind.SENT_TO_BODY: lambda stand, entry: replace(
        stand, holder=Holder(Party.BODY, entry.facts["body"]), phase=Phase.AT_BODY
    ),
    Kind.BACK_FROM_BODY: _at_unit("unit", Phase.WORK),
    Kind.ANSWERED: _at_own_unit(Phase.ANSWERED),
    Kind.IMPLEMENTING: _at_own_unit(Phase.CARRYING_OUT),
    Kind.IMPLEMENTED: _at_own_unit(Phase.FOLLOWING),
    Kind.REOPENED: _at_unit("unit", Phase.WORK),
    Kind.CLOSED: _left,
    Kind.EVALUATED: _left,
    Kind.WITHDRAWN: _left,
    Kind.TRANSFERRED: _left,
    Kind.MERGED: _left,
    Kind.DISMISSED: _left,
    Kind.RESTORED: lambda stand, _entry: stand.before or stand,
}
