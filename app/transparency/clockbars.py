"""Bars of duty clocks: the first due day is at the same x on every row. Pure.

Time before it is drawn at one scale; time after it at the same scale where it fits, else denser,
so that a bar never leaves its track.
"""

from dataclasses import dataclass
from datetime import date, datetime

from app.core.drawing import Drawing
from app.duties.rules import Clock, Status
from app.transparency import deadlines

WIDTH, HEIGHT = 232, 30
LEFT, DUE, RIGHT = 4.0, 140.0, 228.0
MIDDLE, STOP = 15, 6


@dataclass(frozen=True)
class Scale:
    """Days to x, bent at the first due day."""

    start: date
    first: date
    before: float
    after: float

    def x(self, day: date) -> float:
        """The x of a day, kept on the track."""
        if day > self.first:
            return min(DUE + (day - self.first).days * self.after, RIGHT)
        return max(DUE + (day - self.first).days * self.before, LEFT)


def scale(clock: Clock, now: datetime) -> Scale:
    """The scale on which a clock's whole story fits."""
    start, first = deadlines.start_day(clock), deadlines.first_day(clock)
    before = (DUE - LEFT) / max((first - start).days, 1)
    last = max(
        deadlines.end_day(clock, now), deadlines.present_day(clock), deadlines.fair_day(clock, now)
    )
    beyond = (last - first).days
    after = min(before, (RIGHT - DUE - 6) / beyond) if beyond > 0 else before
    return Scale(start, first, before, after)


def draw(clock: Clock, now: datetime) -> Drawing:
    """The bar of one clock: used time, standing still, lateness, first and present due day."""
    to = scale(clock, now)
    end, fair = deadlines.end_day(clock, now), deadlines.fair_day(clock, now)
    present = deadlines.present_day(clock)
    late = deadlines.is_late(clock, now)
    bar = Drawing(WIDTH, HEIGHT)
    bar.rect(LEFT, 10, RIGHT - LEFT, 10, "g-lane", 3)
    bar.rect(LEFT, 10, max(to.x(min(end, to.first)) - LEFT, 2), 10, "g-bar", 3)
    if end > to.first and fair > to.first:
        bar.path("g-wait thin", "M", DUE + 4, MIDDLE, "H", max(to.x(min(end, fair)) - 2, DUE + 4.1))
    if end > fair:
        bar.rect(to.x(fair), 10, max(to.x(end) - to.x(fair), 2), 10, "g-bar late", 2)
    bar.path("g-due", "M", DUE, 2, "V", 28)
    if present != to.first:
        bar.path("g-due now" if late else "g-axis", "M", to.x(present), 4, "V", 26)
    bar.circle(min(max(to.x(end), STOP + 1), WIDTH - STOP - 1), MIDDLE, STOP, _stop(clock, late))
    return bar


def _stop(clock: Clock, late: bool) -> str:
    if clock.is_open:
        return "g-stop now"
    if late:
        return "g-stop late"
    return "g-stop ok" if clock.status == Status.MET else "g-stop"
