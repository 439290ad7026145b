"""What journal entries do to clocks. Pure.

A clock is known by its kind and a reference: a promise's number, the months of a follow-up, empty
otherwise. Due moments are ends of local days: a deadline "by 8 May" is due at midnight
after it. A pause moves the due day by as many local days as it lasted, and so does the time that
a restored matter was away; the first due moment is never changed, and "on time" is judged by it.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from app.core import clock as time
from app.journal import Entry, Kind


class ClockKind(enum.StrEnum):
    """The duties that have a clock."""

    ACKNOWLEDGE = "acknowledge"
    ESTIMATE = "estimate"
    ANSWER = "answer"
    SIX_MONTHS = "six_months"
    PROMISE = "promise"
    FOLLOW_UP = "follow_up"


class Status(enum.StrEnum):
    """What a clock does now."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BROKEN = "broken"
    ENDED = "ended"


STATUTORY = (ClockKind.SIX_MONTHS,)
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
    return sorted(late, key=lambda c: (c.due, c.kind.value, c.ref))


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
    """An answer meets its clock and makes an estimate pointless."""
    clocks = _meets(ClockKind.ANSWER, ClockKind.SIX_MONTHS)(clocks, entry)
    rest = _of(clocks, ClockKind.ACKNOWLEDGE, ClockKind.ESTIMATE)
    return _stop(clocks, rest, entry.at, Status.ENDED)


def _left(clocks: Clocks, entry: Entry) -> Clocks:
    """Withdrawing or transferring ends what the city set itself, never a statutory duty."""
    own = [c for c in clocks.values() if c.is_open and c.kind not in STATUTORY]
    return _with(clocks, *(replace(c, status=Status.ENDED, stopped_at=entry.at) for c in own))


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


def _paused(clocks: Clocks, entry: Entry) -> Clocks:
    paused = [
        replace(clocks[key], status=Status.PAUSED, paused_at=entry.at)
        for key in _of(clocks, ClockKind.ANSWER)
        if clocks[key].status == Status.RUNNING
    ]
    return _with(clocks, *paused)


def _continued(clocks: Clocks, entry: Entry) -> Clocks:
    running = [
        _after_standing(clock, clock.paused_at, entry.at)
        for clock in (clocks[key] for key in _of(clocks, ClockKind.ANSWER))
        if clock.status == Status.PAUSED and clock.paused_at is not None
    ]
    return _with(clocks, *running)


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
    Kind.RESTORED: _restored,
    Kind.PROMISED: _promised,
    Kind.PROMISE_KEPT: _settles(Status.MET),
    Kind.PROMISE_MOVED: _promise_moved,
    Kind.PROMISE_BROKEN: _settles(Status.BROKEN),
    Kind.EVALUATED: _meets(ClockKind.FOLLOW_UP),
    Kind.REOPENED: _reopened,
    Kind.OVERDUE: _ran_out,
}

FOLLOWED = tuple(_RULES)
