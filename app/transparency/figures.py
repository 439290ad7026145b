"""What the overview's figures are made of: one pass over matters, clocks and entries. Pure.

Waits are those of matters published within 12 months; whether answers came in time is judged by
the first deadlines that passed within them, answered or not. Comparisons take the answers of 24
months. A matter belongs to the unit that has it now, or had it last.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from app.core import clock as time
from app.transparency import comparison
from app.transparency.survival import Median, Wait, median

LEAST = comparison.LEAST


@dataclass(frozen=True)
class Case:
    """What the figures need of one public matter; moments aware UTC.

    `answered` is the first answer, `first_due` its first deadline. `ended` is when a matter left
    without an answer (withdrawn, transferred), else None.
    """

    kind: str
    theme: str
    unit: str | None
    published: datetime
    registered: datetime | None = None
    answered: datetime | None = None
    ended: datetime | None = None
    is_open: bool = False
    is_late: bool = False
    first_due: datetime | None = None
    outcome: str | None = None
    handovers: int = 0

    def wait(self, now: datetime) -> Wait:
        """Local days from publishing to the answer, the leaving or today."""
        return self._until(self.answered, now)

    def registering(self, now: datetime) -> Wait:
        """Local days from publishing to the case number, the leaving or today."""
        return self._until(self.registered, now)

    def _until(self, done: datetime | None, now: datetime) -> Wait:
        end = done or self.ended or now
        days = (time.local_date(end) - time.local_date(self.published)).days
        return Wait(max(days, 0), done is not None)

    @property
    def on_time(self) -> bool:
        """Whether the answer came by its first deadline."""
        due = self.first_due
        return self.answered is not None and due is not None and self.answered < due

    def was_due_in(self, start: datetime, end: datetime) -> bool:
        """Whether the first deadline fell within a period, and the answer was still owed then."""
        due = self.first_due
        return due is not None and start <= due <= end and (self.ended is None or self.ended > due)


@dataclass
class UnitTally:
    """What is counted for one unit."""

    open: int = 0
    late: int = 0
    waits: list[Wait] = field(default_factory=list)
    registering: list[Wait] = field(default_factory=list)


@dataclass
class AlikeTally:
    """What is counted for matters alike that were answered."""

    days: list[int] = field(default_factory=list)
    on_time: int = 0
    on_time_of: int = 0
    direct: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Periods:
    """Beginnings of the periods: 12 months for figures, 24 for comparisons."""

    year: datetime
    two_years: datetime


def work_out(cases: Iterable[Case], periods: Periods, now: datetime) -> dict[str, dict[str, Any]]:
    """Figures by key (see `models.Figure`), without the flows."""
    waits: list[Wait] = []
    on_time: Counter[bool] = Counter()
    units: defaultdict[str, UnitTally] = defaultdict(UnitTally)
    alike: defaultdict[str, AlikeTally] = defaultdict(AlikeTally)
    for case in cases:
        wait = case.wait(now)
        if case.published >= periods.year:
            waits.append(wait)
        if case.was_due_in(periods.year, now):
            on_time[case.on_time] += 1
        _count_unit(units, case, periods, now)
        if case.answered and case.answered >= periods.two_years:
            for key in (f"alike:{case.kind}", f"alike:{case.kind}:{case.theme}"):
                _count_alike(alike[key], case, wait)
    found = {"city": {**_median(waits), "on_time": on_time[True], "on_time_of": on_time.total()}}
    found |= {f"unit:{key}": _unit(tally) for key, tally in units.items()}
    found |= {key: _alike(tally) for key, tally in alike.items()}
    return found


def _count_unit(
    units: defaultdict[str, UnitTally], case: Case, periods: Periods, now: datetime
) -> None:
    if case.unit is None:
        return
    tally = units[case.unit]
    tally.open += case.is_open
    tally.late += case.is_open and case.is_late
    if case.published >= periods.year:
        tally.waits.append(case.wait(now))
        tally.registering.append(case.registering(now))


def _count_alike(tally: AlikeTally, case: Case, wait: Wait) -> None:
    tally.days.append(wait.days)
    tally.direct += case.handovers == 0
    if case.first_due is not None:
        tally.on_time += case.on_time
        tally.on_time_of += 1
    if case.outcome:
        tally.outcomes[case.outcome] += 1


def _median(waits: list[Wait]) -> dict[str, Any]:
    return asdict(median(waits))


def _unit(tally: UnitTally) -> dict[str, Any]:
    return {
        "open": tally.open,
        "late": tally.late,
        "registering": _median(tally.registering),
        **_median(tally.waits),
    }


def _alike(tally: AlikeTally) -> dict[str, Any]:
    return comparison.as_kept(
        tally.days,
        on_time=tally.on_time,
        on_time_of=tally.on_time_of,
        direct=tally.direct,
        outcomes=dict(tally.outcomes),
    )


def read_median(kept: Mapping[str, Any]) -> Median:
    """The median that a kept figure holds."""
    names = ("days", "low", "high", "n", "answered")
    return Median(**{name: kept[name] for name in names})
