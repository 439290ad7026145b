"""Where the money came from and went: voters at the left, winners at the right. Pure geometry.

Two drawings of the same streams, never one scaled down: wide, and narrow for phones. A stream is
as thick as its money. Heights grow with the number of winners, so that every label has its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.drawing import Drawing, fit_lines

TOP, AIR, BAR = 10, 10, 14
LINE = 17  # from one line of a label to the next
THIN = 2.0  # no bar is thinner
LEAST_TALL = 150  # height of all streams together; it grows with each of a few winners,
FEW, EACH, EACH_MORE = 8, 48, 12  # and less with each of many


@dataclass(frozen=True)
class Source:
    """A group of voters: name and note for the wide drawing, one short line for the narrow one.

    `cents` is what it paid for each target, in their order.
    """

    name: str
    note: str
    short: str
    cents: tuple[int, ...]


@dataclass(frozen=True)
class Target:
    """A winner, with its price in words."""

    title: str
    price: str


@dataclass(frozen=True)
class Frame:
    """The measures of a drawing: x of the two bars, the titles' lines, labels above or beside."""

    width: int
    left: int
    right: int
    most_lines: int
    above: bool

    @property
    def title_x(self) -> int:
        """Where titles begin."""
        return self.right + BAR + 8

    @property
    def title_width(self) -> int:
        """The room of a title."""
        return self.width - self.title_x - 2


@dataclass(frozen=True)
class Slot:
    """One bar and the room it takes: `head` lies above the bar, where its label is above."""

    height: float
    room: float
    head: float = 0


WIDE = Frame(width=1120, left=262, right=824, most_lines=2, above=False)
NARROW = Frame(width=328, left=2, right=158, most_lines=3, above=True)
LABEL_ABOVE = 26
LABEL_BESIDE = 2 * LINE + 4


def draw_wide(sources: Sequence[Source], targets: Sequence[Target]) -> Drawing:
    """The drawing for wide screens."""
    return _draw(WIDE, sources, targets)


def draw_narrow(sources: Sequence[Source], targets: Sequence[Target]) -> Drawing:
    """The drawing for narrow screens: labels of voters above their bars."""
    return _draw(NARROW, sources, targets)


def _draw(frame: Frame, sources: Sequence[Source], targets: Sequence[Target]) -> Drawing:
    titles = [fit_lines(target.title, frame.title_width, frame.most_lines) for target in targets]
    total = sum(sum(source.cents) for source in sources)
    few, many = min(len(targets), FEW), max(len(targets) - FEW, 0)
    unit = max(EACH * few + EACH_MORE * many, LEAST_TALL) / max(total, 1)
    givers = [_giver(frame, sum(source.cents) * unit) for source in sources]
    takers = [
        Slot(max(cents * unit, THIN), max(cents * unit, LINE * (len(lines) + 1) + 4))
        for cents, lines in zip(_sums(sources, len(targets)), titles, strict=True)
    ]
    tall = max(_natural(givers), _natural(takers))
    picture = Drawing(frame.width, TOP + tall + TOP)
    lefts, rights = _tops(givers, tall), _tops(takers, tall)
    _draw_streams(picture, frame, sources, unit, (lefts, rights))
    for source, slot, top in zip(sources, givers, lefts, strict=True):
        picture.rect(frame.left, top, BAR, slot.height, "g-bar", 2)
        _label_source(picture, frame, source, top, slot.height)
    for target, lines, slot, top in zip(targets, titles, takers, rights, strict=True):
        picture.rect(frame.right, top, BAR, slot.height, "g-bar ok", 2)
        _label_target(picture, frame, (*lines, target.price), top + slot.height / 2)
    return picture


def _giver(frame: Frame, height: float) -> Slot:
    height = max(height, THIN)
    if frame.above:
        return Slot(height, height + LABEL_ABOVE, LABEL_ABOVE)
    return Slot(height, max(height, LABEL_BESIDE))


def _sums(sources: Sequence[Source], targets: int) -> list[int]:
    return [sum(source.cents[number] for source in sources) for number in range(targets)]


def _natural(slots: Sequence[Slot]) -> float:
    return sum(slot.room for slot in slots) + AIR * (len(slots) - 1)


def _tops(slots: Sequence[Slot], tall: float) -> list[float]:
    """Tops of the bars of one column, spread evenly over its height."""
    extra = (tall - _natural(slots)) / len(slots)
    tops, y = [], float(TOP)
    for slot in slots:
        free = slot.room + extra - slot.height - slot.head
        tops.append(y + slot.head + free / 2)
        y += slot.room + extra + AIR
    return tops


def _draw_streams(
    picture: Drawing,
    frame: Frame,
    sources: Sequence[Source],
    unit: float,
    tops: tuple[list[float], list[float]],
) -> None:
    left, right = list(tops[0]), list(tops[1])
    x1, x2 = frame.left + BAR, frame.right
    middle = (x1 + x2) // 2
    for to in range(len(right)):
        for number, source in enumerate(sources):
            thick = source.cents[to] * unit
            if not thick:
                continue
            y1, y2 = left[number], right[to]
            up = ("M", x1, y1, "C", middle, y1, middle, y2, x2, y2, "V", y2 + thick)
            down = ("C", middle, y2 + thick, middle, y1 + thick, x1, y1 + thick, "Z")
            picture.path("g-flow b" if number % 2 else "g-flow", *up, *down)
            left[number] += thick
            right[to] += thick


def _label_source(
    picture: Drawing, frame: Frame, source: Source, top: float, height: float
) -> None:
    if frame.above:
        picture.text(frame.left, top - 7, source.short, "g-text b halo")
        return
    middle = top + height / 2
    picture.text(frame.left - 12, middle - 3, source.name, "g-text b", "end")
    picture.text(frame.left - 12, middle + LINE - 3, source.note, "g-text s", "end")


def _label_target(picture: Drawing, frame: Frame, lines: Sequence[str], middle: float) -> None:
    """The title's lines and, last, the price; their middle is the bar's."""
    first = middle - LINE * (len(lines) - 1) / 2 + 5
    for number, line in enumerate(lines):
        look = "g-text b" if number < len(lines) - 1 else "g-text s"
        picture.text(frame.title_x, first + LINE * number, line, look)
