"""Shapes of a drawing, and keeping its texts apart. Pure.

A module of geometry returns a `Drawing`; one template turns it into SVG. Classes are those of the
stylesheet (g-*). Order of painting: rectangles, paths, texts, circles, marks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.core.words import LONG_WORDS

COLUMN = 32  # width of the columns in which taken parts are looked up
VOWELS = "aeiouyåäö"
BOLD, NORMAL = 0.58, 0.53  # mean width of a character of the site's font, in em


@dataclass(frozen=True)
class Rect:
    """A rectangle with rounded corners of radius `round_by`."""

    x: float
    y: float
    width: float
    height: float
    look: str
    round_by: float = 0


@dataclass(frozen=True)
class Path:
    """A path; `d` as in SVG."""

    d: str
    look: str


@dataclass(frozen=True)
class Text:
    """One line of text; anchor: start, middle or end. `small` follows it in small letters."""

    x: float
    y: float
    text: str
    look: str = "g-text"
    anchor: str = "start"
    small: str = ""


@dataclass(frozen=True)
class Circle:
    """A circle with its radius."""

    x: float
    y: float
    r: float
    look: str


@dataclass
class Drawing:
    """Everything of one drawing of `width` times `height` units."""

    width: float
    height: float
    rects: list[Rect] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    circles: list[Circle] = field(default_factory=list)
    marks: list[Path] = field(default_factory=list)

    def rect(
        self, x: float, y: float, width: float, height: float, look: str, r: float = 0
    ) -> None:
        """Add a rectangle."""
        self.rects.append(Rect(near(x), near(y), near(width), near(height), look, near(r)))

    def path(self, look: str, *parts: str | float) -> None:
        """Add a path made of letters and numbers in turn."""
        self.paths.append(Path(spell(*parts), look))

    def mark(self, look: str, *parts: str | float) -> None:
        """Add a path that lies over everything."""
        self.marks.append(Path(spell(*parts), look))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        look: str = "g-text",
        anchor: str = "start",
        small: str = "",
    ) -> None:
        """Add a line of text."""
        self.texts.append(Text(near(x), near(y), text, look, anchor, small))

    def circle(self, x: float, y: float, r: float, look: str) -> None:
        """Add a circle."""
        self.circles.append(Circle(near(x), near(y), near(r), look))

    def join_paths(self) -> None:
        """Make one path of all that look alike, in the order in which each look came first."""
        joined: dict[str, list[str]] = {}
        for path in self.paths:
            joined.setdefault(path.look, []).append(path.d)
        self.paths = [Path(" ".join(parts), look) for look, parts in joined.items()]


def near(value: float) -> float:
    """One decimal is enough for a drawing; whole numbers lose theirs."""
    rounded = round(value, 1)
    return int(rounded) if rounded == int(rounded) else rounded


def spell(*parts: str | float) -> str:
    """The `d` of a path: letters and whole numbers as they are, others with one decimal."""
    return " ".join(f"{part:.1f}" if isinstance(part, float) else str(part) for part in parts)


def text_width(text: str, *, bold: bool = False, size: float = 14) -> float:
    """About how wide a line of text becomes."""
    return len(text) * size * (BOLD if bold else NORMAL)


def wrap(text: str, width: float, *, bold: bool = True, size: float = 14) -> list[str]:
    """Lines no wider than `width`; a word that is wider itself breaks where its parts meet."""
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(joined, bold=bold, size=size) <= width:
            lines[-1] = joined
        elif text_width(word, bold=bold, size=size) <= width:
            lines.append(word)
        else:
            lines += _broken(word)
    return lines


def _broken(word: str) -> list[str]:
    for part in LONG_WORDS:
        at = word.find(part)
        if at > 0:
            return [f"{word[:at]}-", word[at:]]
    return [word]


def fit_lines(
    text: str, width: float, most: int, *, bold: bool = True, size: float = 14
) -> list[str]:
    """At most `most` lines, none wider than `width`; what is too long ends with an ellipsis."""
    room = max(int(width / text_width("x", bold=bold, size=size)), 3)
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if len(joined) <= room:
            lines[-1:] = [joined]
            continue
        rest = word
        while len(rest) > room:
            at = _syllable(rest, room - 1)
            lines.append(f"{rest[:at]}-")
            rest = rest[at:]
        lines.append(rest)
    if len(lines) <= most:
        return lines
    last = lines[most - 1][: room - 1].rstrip(" ,-–")
    return [*lines[: most - 1], f"{last}…"]


def _syllable(word: str, most: int) -> int:
    """Where to break a word after at most `most` letters: before a consonant with its vowel."""
    letters = f"{word.lower()} "
    for at in range(most, most // 2, -1):
        before, first, second = letters[at - 1], letters[at], letters[at + 1]
        if before.isalpha() and first.isalpha() and first not in VOWELS and second in VOWELS:
            return at
    return most


def push_apart(wanted: Sequence[float], heights: Sequence[float], least: float) -> list[float]:
    """Tops of labels in order, as near to the wanted ones as can be without overlapping.

    None lies above `least`. Labels that meet form a block, which sits where the squares of its
    distances are least (pool adjacent violators).
    """
    blocks: list[list[float]] = []  # sum of (wanted - offset), number of labels, height
    for want, height in zip(wanted, heights, strict=True):
        blocks.append([want, 1, height])
        while len(blocks) > 1 and _top(blocks[-2], least) + blocks[-2][2] > _top(blocks[-1], least):
            total, count, tall = blocks.pop()
            before = blocks[-1]
            before[0] += total - count * before[2]
            before[1] += count
            before[2] += tall
    tops: list[float] = []
    for block in blocks:
        top = _top(block, least)
        for _ in range(int(block[1])):
            tops.append(top)
            top += heights[len(tops) - 1]
    return tops


def _top(block: list[float], least: float) -> float:
    return max(block[0] / block[1], least)


def rows_for(ranges: Sequence[tuple[float, float]], gap: float = 10) -> list[int]:
    """The row of each label, given its left and right end, so that none overlap in a row."""
    rows: list[list[tuple[float, float]]] = []
    chosen = []
    for left, right in ranges:
        free = [
            number
            for number, row in enumerate(rows)
            if all(right + gap <= start or end + gap <= left for start, end in row)
        ]
        number = free[0] if free else len(rows)
        if number == len(rows):
            rows.append([])
        rows[number].append((left, right))
        chosen.append(number)
    return chosen


def clamp(center: float, width: float, low: float, high: float) -> float:
    """The middle for a text of this width so that it stays between two edges."""
    return min(max(center, low + width / 2), max(high - width / 2, low + width / 2))


@dataclass(frozen=True)
class Box:
    """A part of a drawing that is taken."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        """Whether two boxes overlap."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


class Taken:
    """The parts of a drawing that are taken, found quickly by their place along x."""

    def __init__(self) -> None:
        self.columns: dict[int, list[Box]] = {}

    def add(self, box: Box) -> None:
        """Take a part."""
        for column in _columns(box):
            self.columns.setdefault(column, []).append(box)

    def meets(self, box: Box) -> bool:
        """Whether something is there already."""
        return any(
            box.meets(other) for column in _columns(box) for other in self.columns.get(column, ())
        )


def _columns(box: Box) -> range:
    return range(int(box.left // COLUMN), int(box.right // COLUMN) + 1)


def text_box(text: Text) -> Box:
    """About where a line of bold text lies."""
    width = text_width(text.text, bold=True)
    left = text.x - {"start": 0, "middle": width / 2, "end": width}[text.anchor]
    return Box(left, text.y - 12, left + width, text.y + 3)


def first_free(
    candidates: Sequence[Text], taken: Taken, within: Box, lines: Sequence[Box] = ()
) -> Text | None:
    """The first text that meets nothing, none of the `lines` either if that can be.

    Its box is taken from then on. None when all meet something.
    """
    free = [
        (text, box)
        for text in candidates
        if (box := text_box(text)).left >= within.left
        and box.right <= within.right
        and not taken.meets(box)
    ]
    if not free:
        return None
    off_lines = [pair for pair in free if not any(pair[1].meets(line) for line in lines)]
    text, box = (off_lines or free)[0]
    taken.add(box)
    return text
