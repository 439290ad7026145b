"""Who hands over to whom: pairs of units, and days a unit held a matter before it handed it over.

Pure. A matter that belongs to another unit is handed over; how often, and after how long, tells
where the first unit is guessed wrong.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from statistics import median_low
from typing import Any

from flask_babel import gettext, ngettext

from app.core import clock, words
from app.core.drawing import Drawing, wrap
from app.journal import Entry, Kind

WIDTH = 1060
LEFT, RIGHT, BAR = 300, 750, 12
NAME_WIDTH = 280
SLOT, AIR = 34, 10  # least height for a unit's name, and the air between two
TALL = 220  # what all bands together take
MOST = 12  # bands in the drawing; the table has more
RECEIVED = {  # kinds by which a unit gets a matter, with the fact that names it
    Kind.REGISTERED: "unit",
    Kind.HANDED_OVER: "to_unit",
    Kind.BACK_FROM_BODY: "unit",
    Kind.REOPENED: "unit",
}


@dataclass(frozen=True)
class Handed:
    """One hand-over: `days` are the local days that the unit before had held the matter."""

    seq: int
    matter_id: int
    before: str
    after: str
    at: datetime
    days: int


def list_handed(entries: Iterable[tuple[int, Entry]]) -> list[Handed]:
    """The hand-overs of one matter, from its entries of the kinds in `RECEIVED` with their numbers,
    in the order of time.
    """
    found: list[Handed] = []
    holder: str | None = None
    since: datetime | None = None
    for seq, entry in entries:
        unit = str(entry.facts[RECEIVED[entry.kind]])
        if entry.kind == Kind.HANDED_OVER:
            start = since or entry.at
            days = (clock.local_date(entry.at) - clock.local_date(start)).days
            before = str(entry.facts["from_unit"])
            found.append(Handed(seq, entry.subject_id, before, unit, entry.at, max(days, 0)))
        if unit != holder or entry.kind == Kind.REOPENED:
            holder, since = unit, entry.at
    return found


@dataclass(frozen=True)
class Flow:
    """What one unit handed over to another: times, different matters, and the median of the days
    that the first unit had held them.
    """

    before: str
    after: str
    count: int
    matters: int
    days: int


def count_flows(pairs: Iterable[tuple[str, str, list[str], list[int]]]) -> list[Flow]:
    """Flows from the matters and days of each pair's hand-overs, the greatest first."""
    flows = [
        Flow(before, after, len(days), len(set(matters)), median_low(days))
        for before, after, matters, days in pairs
    ]
    return sorted(flows, key=lambda flow: (-flow.count, flow.before, flow.after))


def as_kept(flows: Iterable[Flow]) -> dict[str, Any]:
    """Flows as the figures keep them."""
    return {"flows": [list(astuple(flow)) for flow in flows]}


def read_kept(kept: Mapping[str, Any]) -> list[Flow]:
    """Flows that a figure holds."""
    return [Flow(*flow) for flow in kept["flows"]]


def finding(flows: Sequence[Flow], name: Callable[[str], str]) -> str:
    """The greatest flow in a sentence."""
    first, total = flows[0], sum(flow.count for flow in flows)
    all_of_them = ngettext(
        "%(total)s hand-over in this period.",
        "%(total)s hand-overs in this period.",
        total,
        total=words.number(total),
    )
    most = gettext(
        "Most of them from %(before)s to %(after)s: %(count)s.",
        before=name(first.before),
        after=name(first.after),
        count=words.number(first.count),
    )
    return f"{all_of_them} {most}"


@dataclass(frozen=True)
class Node:
    """One unit on one side: its bar and where its next band begins."""

    top: float
    height: float


def draw(flows: Sequence[Flow], name: Callable[[str], str]) -> Drawing:
    """The greatest flows: from the left to the right, as thick as their numbers."""
    shown = flows[:MOST]
    unit = TALL / max(sum(flow.count for flow in shown), 1)
    befores = _nodes(Counter(_sums(shown, "before")), unit)
    afters = _nodes(Counter(_sums(shown, "after")), unit)
    ends = [node.top + max(node.height, SLOT) for node in (*befores.values(), *afters.values())]
    picture = Drawing(WIDTH, max(ends, default=0) + 8)
    _draw_bands(picture, shown, befores, afters, unit)
    for nodes, x, anchor in ((befores, LEFT, "end"), (afters, RIGHT, "start")):
        for key, node in nodes.items():
            picture.rect(
                x - (BAR if anchor == "end" else 0), node.top, BAR, node.height, "g-bar", 1
            )
            _write_name(picture, node, name(key), _total(shown, key, anchor), x, anchor)
    return picture


def _sums(flows: Iterable[Flow], side: str) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for flow in flows:
        sums[getattr(flow, side)] += flow.count
    return sums


def _total(flows: Iterable[Flow], key: str, anchor: str) -> int:
    return _sums(flows, "before" if anchor == "end" else "after")[key]


def _nodes(sums: Counter[str], unit: float) -> dict[str, Node]:
    nodes, y = {}, 8.0
    for key, count in sums.most_common():
        height = max(count * unit, 2)
        slot = max(height, SLOT)
        nodes[key] = Node(y + (slot - height) / 2, height)
        y += slot + AIR
    return nodes


def _draw_bands(
    picture: Drawing,
    flows: Sequence[Flow],
    befores: dict[str, Node],
    afters: dict[str, Node],
    unit: float,
) -> None:
    left = {key: node.top for key, node in befores.items()}
    right = {key: node.top for key, node in afters.items()}
    order = {key: number for number, key in enumerate(afters)}
    middle = (LEFT + RIGHT) / 2
    for number, flow in enumerate(sorted(flows, key=lambda flow: order[flow.after])):
        y1, y2, tall = left[flow.before], right[flow.after], flow.count * unit
        up = ("M", LEFT, y1, "C", middle, y1, middle, y2, RIGHT, y2, "V", y2 + tall)
        down = ("C", middle, y2 + tall, middle, y1 + tall, LEFT, y1 + tall, "Z")
        picture.path("g-flow b" if number % 2 else "g-flow", *up, *down)
        left[flow.before] += tall
        right[flow.after] += tall


def _write_name(picture: Drawing, node: Node, name: str, count: int, x: float, anchor: str) -> None:
    lines = wrap(name, NAME_WIDTH)
    at = x - BAR - 10 if anchor == "end" else x + BAR + 10
    top = node.top + node.height / 2 - 8 * (len(lines) - 1) - 2
    for number, line in enumerate(lines):
        picture.text(at, top + 16 * number, line, "g-text b", anchor)
    words_below = ngettext(
        "%(count)s hand-over", "%(count)s hand-overs", count, count=words.number(count)
    )
    picture.text(at, top + 16 * len(lines), words_below, "g-text s", anchor)
