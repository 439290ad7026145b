"""The lane chart: who held the matter, as one line over lanes. Pure.

Two drawings of the same route, never one scaled down: wide (time to the right, a row a holder)
and narrow (time downward, a column a holder). Time after the first answer has a scale of its own,
because carrying out takes longer than answering. `axis` turns days into places, `chart_wide` and
`chart_narrow` draw.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.transparency.spans import AUTHOR, REGISTRY, Ending, Holder, Party, Span

AHEAD = 45  # days after today in which promised days are drawn, or a quarter of the time so far
LONGEST_AHEAD = 200


@dataclass(frozen=True)
class Deadline:
    """An answer's deadline: the first day, the present one, and when it was late.

    `late_from` and `late_until` are None while it is not late.
    """

    first: date
    present: date
    late_from: date | None = None
    late_until: date | None = None
    is_open: bool = False

    @property
    def days_late(self) -> int:
        """Days between the day it became late and the answer, or today."""
        if self.late_from is None or self.late_until is None:
            return 0
        return (self.late_until - self.late_from).days


@dataclass(frozen=True)
class Promised:
    """A promised day; tone: "" open, "late", or "ok" once it is kept."""

    day: date
    tone: str


@dataclass(frozen=True)
class Route:
    """Everything the chart shows; `answered` is the day of the first answer, others follow when a
    matter was opened again."""

    spans: tuple[Span, ...]
    names: Mapping[Holder, str]
    start: date
    today: date
    answered: date | None = None
    later_answers: tuple[date, ...] = ()
    ending: Ending | None = None
    deadlines: tuple[Deadline, ...] = ()
    promises: tuple[Promised, ...] = ()

    @property
    def last(self) -> date:
        """Today, or the day on which the matter left everybody's hands."""
        return self.ending.day if self.ending else self.today

    @property
    def horizon(self) -> date:
        """The last day drawn: beyond today only where a deadline or a promise waits nearby."""
        if self.ending:
            return self.last
        far = max(AHEAD, (self.today - self.start).days // 4)
        days = [p.day for p in self.promises if (p.day - self.today).days <= far]
        for deadline in self.deadlines:
            if deadline.is_open and (deadline.present - self.today).days <= LONGEST_AHEAD:
                days.append(deadline.present)
        return max([self.last, *days])


@dataclass(frozen=True)
class Stretch:
    """Days from `start` to `end` on one scale, beginning at `at`, `px` a day."""

    start: date
    end: date
    at: float
    px: float

    def place(self, day: date) -> float:
        """Where a day is, kept within the stretch."""
        day = min(max(day, self.start), self.end)
        return self.at + (day - self.start).days * self.px

    @property
    def until(self) -> float:
        """Where the stretch ends."""
        return self.place(self.end)


@dataclass(frozen=True)
class Axis:
    """One stretch, or two with the first answer between them."""

    stretches: tuple[Stretch, ...]

    def stretch_of(self, start: date) -> Stretch:
        """The stretch in which something that starts on a day is drawn."""
        found = self.stretches[0]
        for stretch in self.stretches[1:]:
            if start >= stretch.start:
                found = stretch
        return found

    def place(self, day: date) -> float:
        """Where a day is; the day of the answer itself ends the first stretch."""
        for stretch in self.stretches:
            if day <= stretch.end:
                return stretch.place(day)
        return self.stretches[-1].until

    def pieces(self, start: date, end: date) -> Iterator[tuple[float, float]]:
        """The parts of a period, one for each stretch it touches."""
        for stretch in self.stretches:
            first, last = max(start, stretch.start), min(end, stretch.end)
            if first < last:
                yield stretch.place(first), stretch.place(last)

    @property
    def denser_after(self) -> bool:
        """Whether time after the answer is drawn at a clearly denser scale."""
        return len(self.stretches) == 2 and self.stretches[1].px < self.stretches[0].px * 0.9

    @property
    def wider_after(self) -> bool:
        """Whether time after the answer is drawn at a clearly wider scale."""
        return len(self.stretches) == 2 and self.stretches[1].px > self.stretches[0].px * 1.1


def split_room(before: int, after: int, room: float, least: float) -> float:
    """Room for the days before the answer, so that both parts are easy to read.

    The same scale where answering took the greater part of the time, but `least` for what came
    after; else a denser scale after the answer, which is as the square roots of the days.
    """
    if after <= before:
        return room - max(room * after / (before + after), least)
    return room * max(math.sqrt(before / (before + after)), 0.35)


def list_lanes(route: Route) -> list[Holder]:
    """One lane a holder: the author, the registry, units and then bodies as they first come."""
    seen = list(dict.fromkeys(span.holder for span in route.spans))
    if route.ending and route.ending.holder:
        seen.append(route.ending.holder)
    seen = seen or [REGISTRY]  # it left on the day it came
    order = (Party.AUTHOR, Party.REGISTRY, Party.UNIT, Party.BODY, Party.AUTHORITY)
    return sorted(seen, key=lambda holder: order.index(holder.party))


def cut_at_answer(route: Route) -> list[Span]:
    """The spans, none of them reaching over the first answer."""
    cut: list[Span] = []
    for span in route.spans:
        if route.answered and span.start < route.answered < span.end:
            cut.append(replace(span, end=route.answered, is_open=False))
            span = replace(span, start=route.answered)
        cut.append(span)
    return cut


def end_holder(route: Route) -> Holder:
    """On whose lane the line ends now."""
    if route.ending and route.ending.holder:
        return route.ending.holder
    return route.spans[-1].holder if route.spans else REGISTRY


def holder_on(spans: Sequence[Span], day: date) -> Holder:
    """Who held the matter when a day began to count: the last span that started before it."""
    before = [span for span in spans if span.start < day] or list(spans[:1])
    return before[-1].holder if before else AUTHOR


def list_months(stretch: Stretch, least: float) -> list[tuple[date, date]]:
    """First and last days of months, quarters or years in a stretch, at least `least` wide."""
    step = next((n for n in (1, 3, 12) if n * 30 * stretch.px >= least), 12)
    parts, first = [], stretch.start
    while first < stretch.end:
        following = _next_period(first, step)
        parts.append((first, min(following, stretch.end)))
        first = following
    return parts


def _next_period(day: date, step: int) -> date:
    index = day.year * 12 + day.month - 1
    index += step - index % step
    return date(index // 12, index % 12 + 1, 1)


def one_day_on(day: date) -> date:
    """The next day; a chart needs some width even on the first day."""
    return day + timedelta(days=1)
