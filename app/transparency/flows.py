"""Matters handed over from unit to unit, as bands between two columns. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import ngettext

from app.core import words
from app.core.drawing import Drawing, wrap

WIDTH = 1060
LEFT, RIGHT, BAR = 300, 750, 12
NAME_WIDTH = 280
SLOT, AIR = 34, 10  # least height for a unit's name, and the air between two
TALL = 220  # what all bands together take
MOST = 12  # bands in the drawing; the table has all


@dataclass(frozen=True)
class Flow:
    """How many matters one unit handed over to another."""

    before: str
    after: str
    count: int


def count_flows(pairs: Iterable[tuple[str, str]]) -> list[Flow]:
    """Flows from single hand-overs, the greatest first."""
    counts = Counter(pairs)
    flows = [Flow(before, after, n) for (before, after), n in counts.items()]
    return sorted(flows, key=lambda flow: (-flow.count, flow.before, flow.after))


def as_kept(flows: Iterable[Flow]) -> dict[str, Any]:
    """Flows as the figures keep them."""
    return {"flows": [[flow.before, flow.after, flow.count] for flow in flows]}


def read_kept(kept: Mapping[str, Any]) -> list[Flow]:
    """Flows that the figures hold."""
    return [Flow(*flow) for flow in kept["flows"]]


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
        "%(count)s matter", "%(count)s matters", count, count=words.number(count)
    )
    picture.text(at, top + 16 * len(lines), words_below, "g-text s", anchor)
