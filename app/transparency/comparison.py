"""A matter beside the ones like it: days to the answer as dots on a line. Pure.

Like it means: of the same kind, answered within 24 months; of the same theme as well where those
are ten at least. A group under ten is never shown.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from flask_babel import gettext, ngettext

from app.core.drawing import Drawing, clamp, text_width
from app.proposals.lifecycle import Outcome

LEAST = 10
TICKS = (1, 2, 5, 10, 20, 30, 60, 90, 180, 365)
HEIGHT, BASE, TOP = 172, 126, 20
STEP = 13.0  # a dot and the air around it
TALLEST = 7  # dots over each other


@dataclass(frozen=True)
class Group:
    """Matters alike: how many were answered after each number of days, and what became of them."""

    counts: tuple[tuple[int, int], ...]
    on_time: int
    on_time_of: int
    direct: int
    outcomes: Mapping[Outcome, int]
    of_theme: bool = False

    @classmethod
    def from_kept(cls, kept: Mapping[str, Any], *, of_theme: bool = False) -> Self:
        """A group as the figures keep it (see `as_kept`); `of_theme`: of one theme only."""
        counts = tuple((days, n) for days, n in kept["days"])
        outcomes = {Outcome(name): n for name, n in kept["outcomes"].items()}
        return cls(counts, kept["on_time"], kept["on_time_of"], kept["direct"], outcomes, of_theme)

    @property
    def n(self) -> int:
        """How many matters."""
        return sum(n for _, n in self.counts)

    def quantile(self, part: float) -> int:
        """The number of days after which this part of them had an answer."""
        missing = max(math.ceil(part * self.n), 1)
        for days, n in self.counts:
            missing -= n
            if missing <= 0:
                return days
        raise ValueError("a group of nothing")

    def count_faster(self, days: int) -> int:
        """How many took fewer days."""
        return sum(n for each, n in self.counts if each < days)

    def count_slower(self, days: int) -> int:
        """How many took more days."""
        return sum(n for each, n in self.counts if each > days)


@dataclass(frozen=True)
class Own:
    """The matter that is compared; `is_answered` tells whether its days have ended."""

    days: int
    is_answered: bool
    handovers: int
    due: int | None = None
    on_time: bool | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True)
class Scale:
    """Days to x."""

    width: float
    last: int
    tick: int

    @property
    def px(self) -> float:
        """Units a day."""
        return (self.width - 32) / self.last

    def x(self, days: float) -> float:
        """The x of a number of days; what is longer stands at the end."""
        return 16 + min(days, self.last) * self.px


def make_scale(group: Group, own: Own, width: float) -> Scale:
    """As long as nearly all matters need; a tick stands every few days, months or a year."""
    last = max(group.quantile(0.98), own.days, own.due or 0, 6)
    most = 6 if width > 600 else 5
    tick = next((tick for tick in TICKS if last / tick <= most), 365)
    return Scale(width, math.ceil(last / tick) * tick, tick)


def draw(group: Group, own: Own, width: float) -> Drawing:
    """The strip plot: a dot for each matter (or for several), the middle half, this one."""
    to = make_scale(group, own, width)
    plot = Drawing(width, HEIGHT)
    left, right = to.x(group.quantile(0.25)), to.x(group.quantile(0.75))
    plot.rect(left, TOP, max(right - left, 2), BASE - TOP, "g-band")
    middle = to.x(group.quantile(0.5))
    plot.path("g-med", "M", middle, TOP, "V", BASE)
    _write_head(plot, to, group, own)
    _draw_axis(plot, to)
    _write_notes(plot, to, group)
    mine = to.x(own.days)
    for x, count in _stacks(group, to):
        for level in range(count):
            if abs(x - mine) > STEP / 2 or level:
                plot.circle(x, BASE - 8 - STEP * level, 5, "g-dot")
    _draw_own(plot, to, own, group)
    return plot


def _stacks(group: Group, to: Scale) -> list[tuple[float, int]]:
    """Middle of each column of dots, and how many dots it has."""
    worth = dot_worth(group, to)
    return [(x, math.ceil(n / worth)) for x, n in _columns(group, to)]


def _columns(group: Group, to: Scale) -> list[tuple[float, int]]:
    counts: dict[int, int] = {}
    for days, n in group.counts:
        column = int((to.x(days) - 16) // STEP)
        counts[column] = counts.get(column, 0) + n
    return [(16 + STEP * (column + 0.5), n) for column, n in sorted(counts.items())]


def dot_worth(group: Group, to: Scale) -> int:
    """How many matters one dot stands for, so that no column grows over the plot."""
    return max(math.ceil(max(n for _, n in _columns(group, to)) / TALLEST), 1)


def _draw_axis(plot: Drawing, to: Scale) -> None:
    plot.path("g-axis", "M", 16, BASE, "H", to.width - 16)
    for days in range(0, to.last + 1, to.tick):
        x = to.x(days)
        plot.path("g-axis", "M", x, BASE, "v", 6)
        anchor = "start" if days == 0 else "end" if days == to.last else "middle"
        plot.text(x, BASE + 24, str(days), "g-text s", anchor)
    plot.text(16, BASE + 42, gettext("days from publishing to the answer"), "g-text s")


def _write_notes(plot: Drawing, to: Scale, group: Group) -> None:
    """What a dot stands for where it is several, and who does not fit on the line."""
    worth, beyond = dot_worth(group, to), group.count_slower(to.last)
    notes = []
    if worth > 1:
        notes.append(gettext("one dot: up to %(count)s matters", count=worth))
    if beyond:
        notes.append(
            ngettext("%(num)s took longer than this", "%(num)s took longer than this", beyond)
        )
    if notes:
        plot.text(16, BASE + 58, ", ".join(notes), "g-text s")
        plot.height = HEIGHT + 16


def _write_head(plot: Drawing, to: Scale, group: Group, own: Own) -> None:
    """The median at its line, the deadline at its own, on the sides away from each other."""
    median = gettext("middle one %(days)s", days=group.quantile(0.5))
    x, width = to.x(group.quantile(0.5)), text_width(median, bold=True)
    due_is_left = own.due is not None and own.due < group.quantile(0.5)
    if own.due is None:
        plot.text(clamp(x, width, 0, to.width), 14, median, "g-text b", "middle")
        return
    due = gettext("deadline %(days)s", days=own.due)
    at = to.x(own.due)
    plot.path("g-due", "M", at, TOP, "V", BASE)
    for text, place, look, to_left in (
        (median, x, "g-text b", not due_is_left),
        (due, at, "g-text s", due_is_left),
    ):
        if to_left:
            plot.text(max(place - 6, text_width(text)), 14, text, look, "end")
        else:
            plot.text(min(place + 6, to.width - text_width(text)), 14, text, look)


def _draw_own(plot: Drawing, to: Scale, own: Own, group: Group) -> None:
    x = to.x(own.days)
    words = (
        gettext("this one %(days)s", days=own.days)
        if own.is_answered
        else gettext("this one %(days)s so far", days=own.days)
    )
    columns = dict(_stacks(group, to))
    beside = [n for at, n in columns.items() if abs(at - x) < text_width(words, bold=True) / 2]
    top = BASE - 8 - STEP * max([1, *beside]) - 14
    top = max(top, 34)
    plot.path("g-lead", "M", x, top + 6, "V", BASE - 16)
    middle = clamp(x, text_width(words, bold=True), 0, to.width)
    plot.text(middle, top, words, "g-text late halo", "middle")
    plot.circle(x, BASE - 8, 7, "g-dot me")


def finding(group: Group, own: Own) -> str:
    """The comparison in a sentence."""
    half = gettext(
        "Half of them got their answer in %(low)s–%(high)s days.",
        low=group.quantile(0.25),
        high=group.quantile(0.75),
    )
    return f"{half} {_place_of(group, own)}"


def _place_of(group: Group, own: Own) -> str:
    faster = group.count_faster(own.days)
    if not own.is_answered:
        return ngettext(
            "This one has waited longer than %(num)s of them.",
            "This one has waited longer than %(num)s of them.",
            faster,
        )
    return ngettext(
        "This one took longer than %(num)s of them.",
        "This one took longer than %(num)s of them.",
        faster,
    )


def as_kept(days: Sequence[int], **rest: Any) -> dict[str, Any]:
    """A group as the figures keep it: days with their numbers, short even for a large city."""
    counts: dict[int, int] = {}
    for day in sorted(days):
        counts[day] = counts.get(day, 0) + 1
    return {"days": list(counts.items()), **rest}
