"""What journal entries do to clocks. Pure.

A clock is known by its kind and a reference: the number of a promise or of a councillor's question,
the months of a follow-up, the number of a later answer, empty otherwise. Due moments are ends of
local days: a deadline "by 8 May" is due at midnight after it. A pause moves the due day by as many
local days as it lasted, and so does the time that a restored matter was away; the first due moment
is never changed, and "on time" is judged by it.

Six months are met only when the competent body has taken the matter up, which an official's answer
is not (Local Government Act 410/2015 section 23); a council, board or committee that has dealt
with the matter makes the entry TAKEN_UP. A measurement is met by its own value, never by asking
residents. A document request is met by the documents or by the answer. A councillor's question
has its own pauses and its own answer: asking the author or answering the matter leave it as it is.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from app.core import clock as time
from app.duties.table import LASTING, MARKS, PAUSABLE
from app.duties.table import ClockKind as ClockKind
from app.journal import Entry, Kind


class Status(enum.StrEnum):
    """What a clock does now."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BROKEN = "broken"
    ENDED = "ended"


HANDLING = (ClockKind.ACKNOWLEDGE, ClockKind.ESTIMATE, ClockKind.ANSWER)


@dataclass(frozen=True)
class Clock:
    """One duty's clock; moments aware UTC, `paused_days` whole local days that it stood still.

    `paused_at` is set while it is paused; a clock that was paused when its matter left keeps it,
    since the question still waits when the matter is restored.
    """

    kind: ClockKind
    ref: str
    started_at: datetime
    first_due: datetime
    due: datetime
    status: Status = Status.RUNNING
    paused_at: datetime | None = None
    paused_days: int = 0
    stopped_at: datetime | None = None
    overdue_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether the duty still has to be done."""
        return self.status in (Status.RUNNING, Status.PAUSED)

    @property
    def key(self) -> tuple[ClockKind, str]:
        """Kind and reference, which are one clock of a matter."""
        return self.kind, self.ref


Clocks = dict[tuple[ClockKind, str], Clock]


def parse(moment: str) -> datetime:
    """A moment as the journal spells it."""
    return datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def fold(clocks: Clocks, entry: Entry) -> Clocks:
    """The clocks after an entry; unknown kinds change nothing."""
    rule = _RULES.get(entry.kind)
    return rule(clocks, entry) if rule else clocks


def run_out_by(clocks: Clocks, moment: datetime) -> list[Clock]:
    """Running clocks whose due moment has come, without an overdue entry yet; oldest first."""
    late = [
        c
        for c in clocks.values()
        if c.status == Status.RUNNING and c.overdue_at is None and c.due <= moment
    ]
    # those due at one moment stay in the order in which they started, as the job takes them
    return sorted(late, key=lambda c: c.due)


def soonest(clocks: Clocks) -> Clock | None:
    """The open clock that runs out first, paused ones left out."""
    running = [c for c in clocks.values() if c.status == Status.RUNNING]
    return min(running, key=lambda c: (c.due, c.kind.value, c.ref), default=None)


def is_overdue(clocks: Clocks) -> bool:
    """Whether an open duty has run out."""
    return any(c.is_open and c.overdue_at is not None for c in clocks.values())


def _with(clocks: Clocks, *changed: Clock) -> Clocks:
    return {**clocks, **{c.key: c for c in changed}}


def _started(kind: ClockKind, ref: str, at: datetime, due: datetime) -> Clock:
    return Clock(kind, ref, started_at=at, first_due=due, due=due)


def _start(clocks: Clocks, entry: Entry) -> Clocks:
    started = [
        _started(ClockKind(c["kind"]), c["ref"], entry.at, parse(c["due"]))
        for c in entry.facts["clocks"]
    ]
    return _with(clocks, *started)


def _stop(clocks: Clocks, keys: list[tuple[ClockKind, str]], at: datetime, how: Status) -> Clocks:
    stopped = [
        replace(clocks[key], status=how, stopped_at=at, paused_at=None)
        for key in keys
        if key in clocks and clocks[key].is_open
    ]
    return _with(clocks, *stopped)


def _of(clocks: Clocks, *kinds: ClockKind) -> list[tuple[ClockKind, str]]:
    return [key for key in clocks if key[0] in kinds]


def _meets(*kinds: ClockKind) -> Callable[[Clocks, Entry], Clocks]:
    def rule(clocks: Clocks, entry: Entry) -> Clocks:
        return _stop(clocks, _of(clocks, *kinds), entry.at, Status.MET)

    return rule


def _answered(clocks: Clocks, entry: Entry) -> Clocks:
    """An answer meets its clock and what was marked, and makes an estimate pointless."""
    clocks = _meets(ClockKind.ANSWER, *MARKS)(clocks, entry)
    rest = _of(clocks, ClockKind.ACKNOWLEDGE, ClockKind.ESTIMATE)
    return _stop(clocks, rest, entry.at, Status.ENDED)


def _left(clocks: Clocks, entry: Entry) -> Clocks:
    """Leaving the handling ends what the city set itself, never what outlives it (`table`)."""
    own = [c for c in clocks.values() if c.is_open and c.kind not in LASTING]
    return _with(clocks, *(replace(c, status=Status.ENDED, stopped_at=entry.at) for c in own))


def _unmarked(clocks: Clocks, entry: Entry) -> Clocks:
    """What was marked by mistake is no duty."""
    return _stop(clocks, _of(clocks, ClockKind(entry.facts["mark"])), entry.at, Status.ENDED)


def _measured(clocks: Clocks, entry: Entry) -> Clocks:
    """A value meets the measurement that it is of, and no other."""
    key = ClockKind.FOLLOW_UP, str(entry.facts["months"])
    return _stop(clocks, [key], entry.at, Status.MET)


def _reopened(clocks: Clocks, entry: Entry) -> Clocks:
    """What is reopened is not measured any more; implementing again starts new follow-up."""
    return _stop(clocks, _of(clocks, ClockKind.FOLLOW_UP), entry.at, Status.ENDED)


def _restored(clocks: Clocks, entry: Entry) -> Clocks:
    """What the matter's leaving ended goes on; what an answer made pointless does not."""
    answered = any(clocks[key].status == Status.MET for key in _of(clocks, ClockKind.ANSWER))
    own = (ClockKind.ANSWER, ClockKind.PROMISE) if answered else (*HANDLING, ClockKind.PROMISE)
    ended = [clocks[key] for key in _of(clocks, *own) if clocks[key].status == Status.ENDED]
    return _with(clocks, *(_again(clock, entry.at) for clock in ended))


def _again(clock: Clock, at: datetime) -> Clock:
    """A promise keeps its date; a paused clock still waits; others run, later by the time away."""
    if clock.kind == ClockKind.PROMISE:
        return replace(clock, status=Status.RUNNING, stopped_at=None)
    if clock.paused_at is not None:
        return replace(clock, status=Status.PAUSED, stopped_at=None)
    return _after_standing(clock, clock.stopped_at or at, at)


def _after_standing(clock: Clock, since: datetime, until: datetime) -> Clock:
    """The clock running again, its due day later by the local days it stood still."""
    days = (time.local_date(until) - time.local_date(since)).days
    return replace(
        clock,
        status=Status.RUNNING,
        stopped_at=None,
        paused_at=None,
        paused_days=clock.paused_days + days,
        due=time.end_of(time.last_day(clock.due) + timedelta(days=days)),
    )


def _stand(clocks: Clocks, keys: list[tuple[ClockKind, str]], at: datetime) -> Clocks:
    paused = [
        replace(clocks[key], status=Status.PAUSED, paused_at=at)
        for key in keys
        if key in clocks and key[0] in PAUSABLE and clocks[key].status == Status.RUNNING
    ]
    return _with(clocks, *paused)


def _go_on(clocks: Clocks, keys: list[tuple[ClockKind, str]], at: datetime) -> Clocks:
    running = [
        _after_standing(clock, clock.paused_at, at)
        for clock in (clocks[key] for key in keys if key in clocks)
        if clock.status == Status.PAUSED and clock.paused_at is not None
    ]
    return _with(clocks, *running)


def _paused(clocks: Clocks, entry: Entry) -> Clocks:
    return _stand(clocks, _of(clocks, ClockKind.ANSWER), entry.at)


def _continued(clocks: Clocks, entry: Entry) -> Clocks:
    return _go_on(clocks, _of(clocks, ClockKind.ANSWER), entry.at)


def _extended(clocks: Clocks, entry: Entry) -> Clocks:
    clock = clocks.get((ClockKind(entry.facts["clock"]), entry.facts["ref"]))
    if clock is None or not clock.is_open:
        return clocks
    return _with(clocks, replace(clock, due=parse(entry.facts["due"])))


def _promise(entry: Entry) -> tuple[ClockKind, str]:
    return ClockKind.PROMISE, str(entry.facts["promise"])


def _promised(clocks: Clocks, entry: Entry) -> Clocks:
    kind, ref = _promise(entry)
    return _with(clocks, _started(kind, ref, entry.at, parse(entry.facts["due"])))


def _promise_moved(clocks: Clocks, entry: Entry) -> Clocks:
    clock = clocks[_promise(entry)]
    return _with(clocks, replace(clock, due=parse(entry.facts["due"])))


def _settles(how: Status) -> Callable[[Clocks, Entry], Clocks]:
    """A promise is kept or broken also when its matter has left meanwhile."""

    def rule(clocks: Clocks, entry: Entry) -> Clocks:
        settled = replace(clocks[_promise(entry)], status=how, stopped_at=entry.at)
        return _with(clocks, settled)

    return rule


def _question(entry: Entry) -> tuple[ClockKind, str]:
    return ClockKind.COUNCIL_QUESTION, str(entry.facts["question"])


def _question_asked(clocks: Clocks, entry: Entry) -> Clocks:
    kind, ref = _question(entry)
    return _with(clocks, _started(kind, ref, entry.at, parse(entry.facts["due"])))


def _question_paused(clocks: Clocks, entry: Entry) -> Clocks:
    return _stand(clocks, [_question(entry)], entry.at)


def _question_continued(clocks: Clocks, entry: Entry) -> Clocks:
    return _go_on(clocks, [_question(entry)], entry.at)


def _question_answered(clocks: Clocks, entry: Entry) -> Clocks:
    """An answer ends a pause as well, so that the days it lasted count."""
    clocks = _question_continued(clocks, entry)
    return _stop(clocks, [_question(entry)], entry.at, Status.MET)


def _ran_out(clocks: Clocks, entry: Entry) -> Clocks:
    clock = clocks[ClockKind(entry.facts["clock"]), entry.facts["ref"]]
    return _with(clocks, replace(clock, overdue_at=entry.at))


_RULES: dict[Kind, Callable[[Clocks, Entry], Clocks]] = {
    Kind.CLOCKS_STARTED: _start,
    Kind.REGISTERED: _meets(ClockKind.ACKNOWLEDGE),
    Kind.ESTIMATED: _meets(ClockKind.ESTIMATE),
    Kind.ASKED: _paused,
    Kind.REPLIED: _continued,
    Kind.RESUMED: _continued,
    Kind.EXTENDED: _extended,
    Kind.ANSWERED: _answered,
    Kind.WITHDRAWN: _left,
    Kind.TRANSFERRED: _left,
    Kind.MERGED: _left,
    Kind.DISMISSED: _left,
    Kind.RESTORED: _restored,
    Kind.PROMISED: _promised,
    Kind.PROMISE_KEPT: _settles(Status.MET),
    Kind.PROMISE_MOVED: _promise_moved,
    Kind.PROMISE_BROKEN: _settles(Status.BROKEN),
    Kind.TAKEN_UP: _meets(ClockKind.SIX_MONTHS),
    Kind.UNMARKED: _unmarked,
    Kind.DOCUMENTS_GIVEN: _meets(ClockKind.DOCUMENT_REQUEST),
    Kind.MEASURED: _measured,
    Kind.REOPENED: _reopened,
    Kind.QUESTION_ASKED: _question_asked,
    Kind.QUESTION_PAUSED: _question_paused,
    Kind.QUESTION_CONTINUED: _question_continued,
    Kind.QUESTION_ANSWERED: _question_answered,
    Kind.OVERDUE: _ran_out,
}

FOLLOWED = tuple(_RULES)
