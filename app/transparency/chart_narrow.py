"""The narrow lane chart: time downward, a numbered column a holder. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext, ngettext

from app.core import words
from app.core.drawing import Drawing, push_apart, wrap
from app.transparency import dates
from app.transparency.chart_wide import bracket_words
from app.transparency.lanes import (
    Axis,
    Route,
    Stretch,
    cut_at_answer,
    end_holder,
    holder_on,
    list_lanes,
    list_months,
    one_day_on,
)
from app.transparency.spans import Holder, Phase, Span

WIDTH = 328
TOP = 28
LEFT = 42
LANE = 16
LANES_WIDE = 128
PX = 2.75
TALLEST, LOWEST = 1000, 150
LABELS = 60  # the longest spans may have words beside them; the table has all
FAR = 45  # how far words may stand from what they speak of
LINE, AIR = 15, 6


@dataclass(frozen=True)
class Frame:
    """Where everything of one chart goes; `spans` do not reach over the answer."""

    route: Route
    axis: Axis
    lanes: Sequence[Holder]
    spans: Sequence[Span]

    @property
    def lane(self) -> float:
        """Width of a lane; many holders make them narrower."""
        return min(LANE, LANES_WIDE / len(self.lanes))

    @property
    def right(self) -> float:
        """The right edge of the lanes."""
        return LEFT + self.lane * len(self.lanes)

    @property
    def bottom(self) -> float:
        """The lower edge of the lanes."""
        return self.axis.stretches[-1].until + 12

    def line(self, holder: Holder) -> float:
        """The x of a holder's line."""
        return LEFT + self.lane * (self.lanes.index(holder) + 0.5)

    def number(self, holder: Holder) -> int:
        """The number at the head of a holder's lane."""
        return self.lanes.index(holder) + 1

    def ends(self, span: Span) -> tuple[float, float]:
        """The y of a span's first and last day."""
        stretch = self.axis.stretch_of(span.start)
        return stretch.place(span.start), stretch.place(span.end)


@dataclass(frozen=True)
class Label:
    """Words beside the lanes, and the point they speak of."""

    y: float
    x: float
    lines: tuple[tuple[str, str], ...]  # text and look

    @property
    def height(self) -> float:
        """What the label needs."""
        return LINE * len(self.lines) + AIR


def make_axis(route: Route) -> Axis:
    """2.75 px a day, less for long journeys and more for short ones; denser after the answer
    when carrying out takes far longer than answering did."""
    horizon = max(route.horizon, one_day_on(route.start))
    if route.answered is None or route.answered >= horizon:
        return Axis((Stretch(route.start, horizon, TOP + 10, _px((horizon - route.start).days)),))
    before = max((route.answered - route.start).days, 1)
    after = (horizon - route.answered).days
    px = _px(before, TALLEST / 2) if before + after > TALLEST / PX else _px(before + after)
    first = Stretch(route.start, route.answered, TOP + 10, px)
    px = min(px, TALLEST / after)
    return Axis((first, Stretch(route.answered, horizon, first.at + before * first.px, px)))


def _px(days: int, tallest: float = TALLEST) -> float:
    return min(max(PX, LOWEST / days), tallest / days, 20)


def draw(route: Route) -> Drawing:
    """The whole chart."""
    frame = Frame(route, make_axis(route), list_lanes(route), cut_at_answer(route))
    chart = Drawing(WIDTH, frame.bottom)
    _draw_lanes(chart, frame)
    _draw_months(chart, frame)
    _draw_deadlines(chart, frame)
    _draw_line(chart, frame)
    _draw_promises(chart, frame)
    chart.height = max(_draw_labels(chart, frame), frame.bottom) + 6
    chart.join_paths()
    return chart


def _draw_lanes(chart: Drawing, frame: Frame) -> None:
    for number, holder in enumerate(frame.lanes, 1):
        look = "g-lane" if number % 2 else "g-lane alt"
        left = LEFT + frame.lane * (number - 1)
        chart.rect(left, TOP - 6, frame.lane, frame.bottom - TOP + 6, look)
        chart.text(frame.line(holder), TOP - 10, str(number), "g-text s", "middle")


def _draw_months(chart: Drawing, frame: Frame) -> None:
    taken = _words_at_left(frame)
    for stretch in frame.axis.stretches:
        for first, _last in list_months(stretch, 30):
            y = stretch.place(first)
            if first > stretch.start:
                chart.path("g-grid", "M", LEFT - 2, y, "H", frame.right)
            named = first.day == 1 or first == frame.route.start
            if named and all(abs(y + 14 - other) > 13 for other in taken):
                name = str(first.year) if first.month == 1 else dates.month(first, full=False)
                chart.text(0, y + 14, name, "g-text s")


def _words_at_left(frame: Frame) -> list[float]:
    """Baselines at the left edge that belong to deadlines."""
    taken = []
    for deadline in frame.route.deadlines:
        taken += [frame.axis.place(deadline.first) + 4, frame.axis.place(deadline.present) + 9]
        if deadline.days_late and deadline.late_from:
            middle = _late_middle(frame, deadline.late_from, deadline.late_until)
            taken += [middle, middle + 16]
    if not frame.route.ending:
        taken.append(frame.axis.stretch_of(frame.route.today).place(frame.route.today) + 5)
    return taken


def _late_middle(frame: Frame, start: date, end: date | None) -> float:
    top, bottom = frame.axis.place(start), frame.axis.place(end or start)
    return max((top + bottom) / 2 + 4, top + 26)


def _draw_deadlines(chart: Drawing, frame: Frame) -> None:
    route = frame.route
    for deadline in route.deadlines:
        late = deadline.days_late
        if deadline.late_from and deadline.late_until:
            for top, bottom in frame.axis.pieces(deadline.late_from, deadline.late_until):
                chart.rect(LEFT, top, frame.right - LEFT, bottom - top, "g-over")
        moved = deadline.present != deadline.first
        if deadline.first <= route.horizon:
            y = frame.axis.place(deadline.first)
            chart.path("g-due", "M", LEFT + 2, y, "H", frame.right)
            ink = "g-text late" if late and not moved else "g-text s"
            chart.text(0, y + 4, dates.tiny(deadline.first), ink)
        if moved and deadline.present <= route.horizon:
            y = frame.axis.place(deadline.present)
            chart.path("g-due now" if late else "g-axis", "M", LEFT + 2, y, "H", frame.right)
            chart.text(
                0, y + 9, dates.tiny(deadline.present), "g-text late" if late else "g-text s"
            )
        if late and deadline.late_from:
            middle = _late_middle(frame, deadline.late_from, deadline.late_until)
            chart.text(0, middle, gettext("%(days)s d", days=late), "g-text late")
            chart.text(0, middle + 16, gettext("late"), "g-text late")
    if not route.ending:
        y = frame.axis.stretch_of(route.today).place(route.today)
        chart.path("g-axis", "M", 0, y, "H", frame.right)


def _draw_line(chart: Drawing, frame: Frame) -> None:
    route = frame.route
    before: tuple[float, float] | None = None
    for span in frame.spans:
        (top, bottom), x = frame.ends(span), frame.line(span.holder)
        if before:
            chart.path("g-link", "M", before[0], before[1], "V", top, "H", x)
        inner = min(5, (bottom - top) / 2)
        look = "g-wait" if span.waits else "g-line"
        chart.path(look, "M", x, top + inner, "V", max(bottom - inner, top + inner + 0.1))
        before = (x, bottom)
    x, y = before or (frame.line(frame.lanes[0]), TOP + 10)
    last = frame.line(end_holder(route))
    if last != x:
        chart.path("g-link", "M", x, y, "H", last)
    first = route.spans[0].holder if route.spans else frame.lanes[0]
    chart.circle(frame.line(first), TOP + 10, 6, "g-stop")
    for day in route.later_answers:
        at = frame.axis.place(day)
        chart.circle(frame.line(holder_on(frame.spans, day)), at, 6, "g-stop ok")
    if route.answered:
        x = frame.line(holder_on(frame.spans, route.answered))
        at = frame.axis.stretches[0].place(route.answered)
        chart.circle(x, at, 8, "g-stop ok")
        chart.mark("g-tick", "M", x - 4, at, "l", 3, 3.5, "l", 5, -6.5)
    if route.ending:
        chart.circle(last, y, 7, "g-stop")
    elif route.answered != route.today:
        chart.circle(last, y, 9, "g-stop now")


def _draw_promises(chart: Drawing, frame: Frame) -> None:
    route = frame.route
    x = frame.line(end_holder(route))
    for promise in route.promises:
        if route.start <= promise.day <= route.horizon:
            y = frame.axis.place(promise.day)
            look = f"g-stop {promise.tone}".rstrip()
            chart.mark(look, "M", x, y - 7, "l", 7, 7, "l", -7, 7, "l", -7, -7, "Z")


def _draw_labels(chart: Drawing, frame: Frame) -> float:
    """Words of today, of promises and of spans, pushed apart; returns where they end."""
    left = frame.right + 12
    labels = _chosen(_list_labels(frame, WIDTH - left))
    for label, top in zip(labels, _tops(labels), strict=True):
        chart.path("g-lead", "M", label.x, label.y, "H", frame.right + 1, "L", left - 4, top + 8)
        for number, (text, look) in enumerate(label.lines):
            chart.text(left, top + LINE * number + 12, text, look)
    return _tops(labels)[-1] + labels[-1].height if labels else 0


def _tops(labels: Sequence[Label]) -> list[float]:
    return push_apart([label.y - LINE for label in labels], [label.height for label in labels], 8)


def _chosen(labels: Sequence[Label]) -> list[Label]:
    """The labels that find room near what they speak of, in their order downward.

    The first ones come first; one that would push others too far away is left to the table.
    """
    chosen: list[Label] = []
    for label in labels:
        tried = sorted([*chosen, label], key=lambda one: one.y)
        if all(
            abs(one.y - LINE - top) <= FAR for one, top in zip(tried, _tops(tried), strict=True)
        ):
            chosen = tried
    return chosen


def _list_labels(frame: Frame, room: float) -> list[Label]:
    """Labels by weight: today, promises, then spans from the longest."""
    route = frame.route
    labels = []
    x = frame.line(end_holder(route)) + 10
    if not route.ending:
        today = gettext("today %(day)s", day=dates.short(route.today))
        y = frame.axis.stretch_of(route.today).place(route.today)
        labels.append(Label(y, x, ((today, "g-text b"),)))
    days = [p.day for p in route.promises if route.last < p.day <= route.horizon]
    if days:
        text = ngettext("promise", "promises", len(days))
        text += " " + ", ".join(dates.short(day) for day in sorted(days)[:3])
        labels.append(Label(frame.axis.place(max(days)), x, ((text, "g-text s"),)))
    spans = [span for span in frame.spans if span.days]
    for span in sorted(spans, key=lambda span: -span.days)[:LABELS]:
        labels.append(_span_label(span, frame, room))
    return labels


def _span_label(span: Span, frame: Frame, room: float) -> Label:
    top, bottom = frame.ends(span)
    look = "g-text b wait" if span.waits else "g-text b"
    name = span_words(span, frame.route.names[span.holder])
    lines = [(words.days(span.days), look)]
    numbered = f"{frame.number(span.holder)} {name}"
    lines += [(text, "g-text s") for text in wrap(numbered, room, bold=False, size=13)]
    return Label((top + bottom) / 2, frame.line(span.holder) + 8, tuple(lines))


def span_words(span: Span, name: str) -> str:
    """What a span was, with the holder's name: for labels and tables."""
    match span.phase:
        case Phase.ASKED:
            return gettext("the author was asked")
        case Phase.AT_BODY:
            return gettext("%(holder)s: waited for the meeting", holder=name)
        case Phase.ANSWERED:
            return gettext("%(holder)s: waited to begin", holder=name)
        case Phase.CARRYING_OUT:
            return gettext("%(holder)s: being carried out", holder=name)
        case Phase.FOLLOWING:
            return gettext("%(holder)s: the effect is followed", holder=name)
    return name


def describe(route: Route) -> str:
    """The finding in words, for the title of both drawings."""
    return gettext(
        "From one holder to the next, %(start)s to %(end)s: %(finding)s",
        start=words.day(route.start),
        end=words.day(route.last),
        finding=", ".join(bracket_words(route)),
    )
