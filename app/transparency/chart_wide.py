"""The wide lane chart: time to the right, a row a holder. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext, ngettext

from app.core.drawing import (
    Box,
    Drawing,
    Taken,
    Text,
    clamp,
    first_free,
    rows_for,
    text_width,
    wrap,
)
from app.transparency import dates
from app.transparency.lanes import (
    Axis,
    Deadline,
    Route,
    Stretch,
    cut_at_answer,
    end_holder,
    holder_on,
    list_lanes,
    list_months,
    one_day_on,
    split_room,
)
from app.transparency.spans import Holder, Span

WIDTH = 1120
LEFT, RIGHT = 234, 1092
NAME_WIDTH = 206
AFTER = 150  # least room for the time after the answer
GAP = 18  # between the time before and after the answer
LANE, ON_LANE = 58, 35  # height of a lane, and where in it the line runs
WIDEST_DAY = 40
LABELS = 80  # the longest spans may have their days beside them; the table has all
ROW = 18


@dataclass(frozen=True)
class Frame:
    """Where everything of one chart goes; `spans` do not reach over the answer."""

    route: Route
    axis: Axis
    lanes: Sequence[Holder]
    spans: Sequence[Span]
    top: float

    @property
    def bottom(self) -> float:
        """The lower edge of the last lane."""
        return self.top + LANE * len(self.lanes)

    def line(self, holder: Holder) -> float:
        """The y of a holder's line."""
        return self.top + LANE * self.lanes.index(holder) + ON_LANE

    def ends(self, span: Span) -> tuple[float, float]:
        """The x of a span's first and last day."""
        stretch = self.axis.stretch_of(span.start)
        return stretch.place(span.start), stretch.place(span.end)


def make_axis(route: Route) -> Axis:
    """One stretch; two when there is time after the answer, the shorter one never squeezed."""
    room, horizon = RIGHT - LEFT, max(route.horizon, one_day_on(route.start))
    if route.answered is None or route.answered >= horizon:
        px = min(room / (horizon - route.start).days, WIDEST_DAY)
        return Axis((Stretch(route.start, horizon, LEFT, px),))
    before = max((route.answered - route.start).days, 1)
    after = (horizon - route.answered).days
    room -= GAP
    wide = split_room(before, after, room, AFTER)
    first = Stretch(route.start, route.answered, LEFT, min(wide / before, WIDEST_DAY))
    px = min((room - first.px * before) / after, WIDEST_DAY)
    return Axis((first, Stretch(route.answered, horizon, first.at + first.px * before + GAP, px)))


def draw(route: Route) -> Drawing:
    """The whole chart."""
    axis = make_axis(route)
    top = 64 if len(axis.stretches) == 2 else 40
    frame = Frame(route, axis, list_lanes(route), cut_at_answer(route), top)
    chart = Drawing(WIDTH, frame.bottom)
    _draw_lanes(chart, frame)
    _draw_months(chart, frame)
    taken = _draw_line(chart, frame)
    _draw_days(chart, frame, taken)
    _draw_promises(chart, frame, taken)
    below = _draw_deadlines(chart, frame)
    _draw_brackets(chart, frame, below)
    chart.join_paths()
    return chart


def _draw_lanes(chart: Drawing, frame: Frame) -> None:
    edges = _edges(frame.axis)
    for number, holder in enumerate(frame.lanes):
        y = frame.top + LANE * number
        look = "g-lane alt" if number % 2 else "g-lane"
        for left, right in edges:
            chart.rect(left, y, right - left, LANE, look)
        lines = wrap(frame.route.names[holder], NAME_WIDTH)
        first = y + ON_LANE - 1 - 8 * (len(lines) - 1)
        for line, text in enumerate(lines):
            chart.text(12, first + 17 * line, text, "g-text b")
    if len(edges) == 2:
        chart.text(LEFT - 2, 22, gettext("Before the answer"), "g-text b")
        _head_after(chart, edges[1][0], gettext("After the answer"), _scale_note(frame.axis))


def _head_after(chart: Drawing, left: float, head: str, note: str) -> None:
    width = text_width(head, bold=True) + text_width(f" {note}", size=13)
    if left + width <= WIDTH:
        chart.text(left, 22, head, "g-text b", small=note)
    else:
        chart.text(WIDTH, 22, head, "g-text b", "end", small=note)


def _edges(axis: Axis) -> list[tuple[float, float]]:
    if len(axis.stretches) == 1:
        return [(0, WIDTH)]
    return [(0, axis.stretches[0].until), (axis.stretches[1].at, WIDTH)]


def _scale_note(axis: Axis) -> str:
    if axis.denser_after:
        return gettext("(denser scale)")
    return gettext("(wider scale)") if axis.wider_after else ""


def _draw_months(chart: Drawing, frame: Frame) -> None:
    for stretch in frame.axis.stretches:
        for first, last in list_months(stretch, 34):
            left, right = stretch.place(first), stretch.place(last)
            if first > stretch.start:
                chart.path("g-grid", "M", left, frame.top - 8, "V", frame.bottom)
            name = month_name(first, right - left)
            if name:
                chart.text((left + right) / 2, frame.top - 12, name, "g-text s", "middle")


def month_name(first: date, room: float) -> str:
    """The longest spelling of a month that fits; January gives its year."""
    year = f" {first.year}" if first.month == 1 else ""
    full, short = dates.month(first, full=True) + year, dates.month(first, full=False)
    choices = (full, str(first.year)) if year else (full, short)
    return next((name for name in choices if text_width(name, size=13) <= room - 6), "")


def _draw_line(chart: Drawing, frame: Frame) -> Taken:
    """The line, its turns and its stops; returns what they cover."""
    taken = Taken()
    before: tuple[float, float] | None = None
    for span in frame.spans:
        (left, right), y = frame.ends(span), frame.line(span.holder)
        if before:
            _draw_turn(chart, taken, before, (left, y))
        inner = min(5, (right - left) / 2)
        look = "g-wait" if span.waits else "g-line"
        chart.path(look, "M", left + inner, y, "H", max(right - inner, left + inner + 0.1))
        taken.add(Box(left, y - 6, right, y + 6))
        before = (right, y)
    _draw_stops(chart, frame, taken, before or (LEFT, frame.top + ON_LANE))
    return taken


def _draw_turn(
    chart: Drawing, taken: Taken, start: tuple[float, float], end: tuple[float, float]
) -> None:
    (x1, y1), (x2, y2) = start, end
    if x1 == x2:
        chart.path("g-link", "M", x1, y1, "V", y2)
    else:
        chart.path("g-link", "M", x1, y1, "H", x2, "V", y2)
        taken.add(Box(x1, y1 - 2, x2, y1 + 2))
    taken.add(Box(x2 - 3, min(y1, y2), x2 + 3, max(y1, y2)))


def _draw_stops(chart: Drawing, frame: Frame, taken: Taken, end: tuple[float, float]) -> None:
    route = frame.route
    first = route.spans[0].holder if route.spans else frame.lanes[0]
    chart.circle(LEFT, frame.line(first), 7, "g-stop")
    x, y = end
    last = frame.line(end_holder(route))
    if last != y:
        chart.path("g-link", "M", x, y, "V", last)
    if route.ending:
        chart.circle(x, last, 8, "g-stop")
    elif route.answered != route.today:
        chart.circle(x, last, 10, "g-stop now")
    taken.add(Box(x - 10, last - 10, x + 10, last + 10))
    for day in route.later_answers:
        y = frame.line(holder_on(frame.spans, day))
        chart.circle(frame.axis.place(day), y, 7, "g-stop ok")
    if route.answered:
        _draw_answer(chart, frame, taken, route.answered)


def _draw_answer(chart: Drawing, frame: Frame, taken: Taken, answered: date) -> None:
    x = frame.axis.stretches[0].place(answered)
    y = frame.line(holder_on(frame.spans, answered))
    chart.circle(x, y, 10, "g-stop ok")
    chart.mark("g-tick", "M", x - 4.5, y, "l", 3.5, 4, "l", 6, -7.5)
    taken.add(Box(x - 11, y - 11, x + 11, y + 11))
    words = gettext("answer %(day)s", day=dates.short(answered))
    look = "g-text ok"
    beside = x + 40 if len(frame.axis.stretches) == 2 else x + 16
    places = (
        Text(beside, y + 26, words, look),
        Text(x - 14, y + 26, words, look, "end"),
        Text(beside, y - 18, words, look),
        Text(x - 14, y - 18, words, look, "end"),
    )
    chart.texts.extend(filter(None, [first_free(places, taken, _whole(frame))]))


def _whole(frame: Frame) -> Box:
    return Box(LEFT - 10, 0, WIDTH, frame.bottom)


def _draw_days(chart: Drawing, frame: Frame, taken: Taken) -> None:
    """How many days each span took; the longest ones find their places first."""
    lines = _list_lines(frame)
    for span in sorted(frame.spans, key=lambda span: -span.days)[:LABELS]:
        if span.days:
            places = _places_of_days(span, frame)
            found = first_free(places, taken, _whole(frame), lines)
            chart.texts.extend(filter(None, [found]))


def _places_of_days(span: Span, frame: Frame) -> list[Text]:
    """Above the line (in its middle, else left or right of it), under it, or at its ends."""
    (left, right), y = frame.ends(span), frame.line(span.holder)
    look = "g-text b wait" if span.waits else "g-text b"
    words = gettext("%(days)s d", days=span.days)
    parts = (0.5, 0.35, 0.65) if right - left > 3 * text_width(words, bold=True) else (0.5,)
    along = [left + (right - left) * part for part in parts]
    return [
        *(Text(x, y - 12, words, look, "middle") for x in along),
        *(Text(x, y + 23, words, look, "middle") for x in along),
        Text(right + 13, y + 5, words, look),
        Text(left - 13, y + 5, words, look, "end"),
    ]


def _list_lines(frame: Frame) -> list[Box]:
    """The upright lines of deadlines and of today."""
    days = [day for one in frame.route.deadlines for day in (one.first, one.present)]
    found = [frame.axis.place(day) for day in days if day <= frame.route.horizon]
    if not frame.route.ending:
        found.append(frame.axis.stretch_of(frame.route.today).place(frame.route.today))
    return [Box(x - 2, frame.top, x + 2, frame.bottom) for x in found]


def _draw_promises(chart: Drawing, frame: Frame, taken: Taken) -> None:
    route = frame.route
    y = frame.line(end_holder(route))
    drawn = [p for p in route.promises if route.start <= p.day <= route.horizon]
    for promise in drawn:
        x = frame.axis.place(promise.day)
        look = f"g-stop {promise.tone}".rstrip()
        chart.mark(look, "M", x, y - 8, "l", 8, 8, "l", -8, 8, "l", -8, -8, "Z")
        taken.add(Box(x - 9, y - 9, x + 9, y + 9))
    if drawn:
        words = ngettext("promise", "promises", len(drawn))
        x = min(frame.axis.place(max(p.day for p in drawn)) + 9, WIDTH - 8)
        places = [Text(x, y + side, words, "g-text s", "end") for side in (-16, 27, -32, 43)]
        chart.texts.extend(filter(None, [first_free(places, taken, _whole(frame))]))


def _draw_deadlines(chart: Drawing, frame: Frame) -> float:
    """Lines of deadlines and of today, with their words below; returns how far down they go."""
    route = frame.route
    foot = frame.bottom + 14
    labels: list[Text] = []
    for deadline in route.deadlines:
        if deadline.late_from and deadline.late_until:
            for left, right in frame.axis.pieces(deadline.late_from, deadline.late_until):
                chart.rect(left, frame.top, right - left, frame.bottom - frame.top, "g-over")
        x = frame.axis.place(deadline.first)
        if deadline.first <= route.horizon:
            chart.path("g-due", "M", x, frame.top, "V", foot)
            labels.append(_label(x, first_words(deadline), _ink(deadline, first=True), "end"))
        if deadline.present != deadline.first and deadline.present <= route.horizon:
            x = frame.axis.place(deadline.present)
            look = "g-due now" if deadline.days_late else "g-axis"
            chart.path(look, "M", x, frame.top, "V", foot)
            labels.append(_label(x, present_words(deadline), _ink(deadline), "start"))
    if not route.ending:
        x = frame.axis.stretch_of(route.today).place(route.today)
        chart.path("g-axis", "M", x, frame.top - 8, "V", foot)
        words = gettext("today %(day)s", day=dates.short(route.today))
        labels.append(_label(x, words, "g-text b", "middle"))
    return _write_rows(chart, labels, foot + 16)


def first_words(deadline: Deadline) -> str:
    """The words at the first deadline."""
    day = dates.short(deadline.first)
    if deadline.present != deadline.first:
        return gettext("first deadline %(day)s", day=day)
    if deadline.days_late:
        return _late_words(deadline, day)
    return gettext("deadline %(day)s", day=day)


def present_words(deadline: Deadline) -> str:
    """The words at a deadline that has moved."""
    day = dates.short(deadline.present)
    if deadline.days_late:
        return _late_words(deadline, day)
    return gettext("deadline %(day)s", day=day)


def _late_words(deadline: Deadline, day: str) -> str:
    late = deadline.days_late
    if deadline.is_open:
        return ngettext(
            "deadline %(day)s, %(num)s day late now",
            "deadline %(day)s, %(num)s days late now",
            late,
            day=day,
        )
    return ngettext(
        "deadline %(day)s, answer %(num)s day late",
        "deadline %(day)s, answer %(num)s days late",
        late,
        day=day,
    )


def _ink(deadline: Deadline, *, first: bool = False) -> str:
    moved = deadline.present != deadline.first
    return "g-text late" if deadline.days_late and not (first and moved) else "g-text"


def _label(x: float, words: str, look: str, anchor: str) -> Text:
    """A text at a line, on its left or right side or under it, within the chart."""
    width = text_width(words, bold=True)
    if anchor == "middle":
        return Text(clamp(x, width, 0, WIDTH), 0, words, look, "middle")
    if anchor == "end" and x - width >= 0:
        return Text(x + 4, 0, words, look, "end")
    return Text(min(x + 6, WIDTH - width), 0, words, look)


def _write_rows(chart: Drawing, labels: list[Text], top: float) -> float:
    """Write labels in as few rows as keep them apart; returns the y of the last row."""
    ranges = []
    for label in labels:
        width = text_width(label.text, bold=True)
        left = label.x - {"start": 0, "middle": width / 2, "end": width}[label.anchor]
        ranges.append((left, left + width))
    last = top
    for label, row in zip(labels, rows_for(ranges), strict=True):
        y = top + ROW * row
        chart.text(label.x, y, label.text, label.look, label.anchor)
        last = max(last, y)
    return last


def _draw_brackets(chart: Drawing, frame: Frame, below: float) -> None:
    """How long it took to the answer, and from it until now."""
    labels = []
    top = below + 18
    if frame.route.last == frame.route.start:
        chart.height = top
        return
    for (left, right), words in zip(_brackets(frame), bracket_words(frame.route), strict=True):
        chart.path("g-axis g-lead", "M", left, top, "V", top + 8, "H", right, "V", top)
        middle = clamp((left + right) / 2, text_width(words, bold=True), 0, WIDTH)
        labels.append(Text(middle, 0, words, "g-text b", "middle"))
    chart.height = _write_rows(chart, labels, top + 32) + 16


def _brackets(frame: Frame) -> list[tuple[float, float]]:
    route, stretches = frame.route, frame.axis.stretches
    if not route.answered:
        return [(LEFT, stretches[0].place(route.last))]
    first = (LEFT, stretches[0].place(route.answered))
    if len(stretches) == 1:
        return [first]
    return [first, (stretches[1].at, stretches[1].place(route.last))]


def bracket_words(route: Route) -> list[str]:
    """The sentences under the chart: to the answer, and after it."""
    if not route.answered:
        days = (route.last - route.start).days
        if route.ending:
            return [ngettext("%(num)s day", "%(num)s days", days)]
        return [
            ngettext(
                "%(num)s day without an answer so far",
                "%(num)s days without an answer so far",
                days,
            )
        ]
    before = (route.answered - route.start).days
    words = [ngettext("%(num)s day to the answer", "%(num)s days to the answer", before)]
    after = (route.last - route.answered).days
    if route.answered >= route.horizon:
        return words
    if route.ending:
        words.append(
            ngettext(
                "%(num)s day from the answer to the end",
                "%(num)s days from the answer to the end",
                after,
            )
        )
    else:
        words.append(
            ngettext(
                "%(num)s day from the answer until today",
                "%(num)s days from the answer until today",
                after,
            )
        )
    return words
