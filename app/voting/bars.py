"""Bars on tracks of equal length, one below the other, with their words above. Pure geometry."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.drawing import Drawing, fit_lines, text_width

WIDE, NARROW = 480, 280  # a card's width on wide screens, and on a phone
LINE, BAR, AIR, GAP = 18, 16, 18, 2
LEAST = 2.0  # a part that is not nothing is seen


@dataclass(frozen=True)
class Part:
    """A part of a bar: its share of the track (0 to 1) and how it looks."""

    share: float
    look: str = "g-bar"


@dataclass(frozen=True)
class Row:
    """One bar: its name at the left, its figure at the right."""

    name: str
    figure: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Pair:
    """The same bars for wide and for narrow screens."""

    wide: Drawing
    narrow: Drawing


def draw_both(rows: Sequence[Row]) -> Pair:
    """The bars for both widths."""
    return Pair(draw(rows, WIDE), draw(rows, NARROW))


def draw(rows: Sequence[Row], width: float) -> Drawing:
    """The bars in their order, each on its track."""
    picture, y = Drawing(width, 0), 0.0
    for row in rows:
        room = width - text_width(row.figure, bold=True) - 10
        lines = fit_lines(row.name, room, 2)
        for number, line in enumerate(lines):
            picture.text(0, y + 13 + LINE * number, line, "g-text")
        y += LINE * len(lines)
        picture.text(width, y - 5, row.figure, "g-text b", "end")
        picture.rect(0, y, width, BAR, "g-lane", 3)
        _draw_parts(picture, row, y)
        y += BAR + AIR
    picture.height = max(y - AIR, 0) + 1
    return picture


def _draw_parts(picture: Drawing, row: Row, y: float) -> None:
    x = 0.0
    for part in row.parts:
        if part.share <= 0:
            continue
        long = max(part.share * picture.width - GAP * (x > 0), LEAST)
        left = min(x + GAP * (x > 0), picture.width - long)
        picture.rect(left, y, long, BAR, part.look, 3)
        x = left + long
