"""Where the time went: days by holder until the answer, as one stacked bar. Pure."""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from app.core.drawing import Drawing, text_width
from app.transparency.spans import Holder, Party, Span

HEIGHT, BAR, AIR = 44, 40, 2
LEAST = 3.0  # a day is seen even where it is less than a pixel


class Use(enum.StrEnum):
    """What a holder's days were used for."""

    RIGHT = "right"
    ELSEWHERE = "elsewhere"
    BODY = "body"
    AUTHOR = "author"
    REGISTRY = "registry"


# Look of the bar and of the number on it; the registry's grey carries no number well.
LOOKS: dict[Use, tuple[str, str | None]] = {
    Use.RIGHT: ("g-bar", "g-text b inv"),
    Use.ELSEWHERE: ("g-bar off", "g-text b inv"),
    Use.BODY: ("g-bar soft e", "g-text b"),
    Use.AUTHOR: ("g-bar wait", "g-text b inv"),
    Use.REGISTRY: ("g-bar off2", None),
}
_USES = {Party.BODY: Use.BODY, Party.AUTHOR: Use.AUTHOR, Party.REGISTRY: Use.REGISTRY}


@dataclass(frozen=True)
class Share:
    """One holder's days until the answer."""

    holder: Holder
    use: Use
    days: int


def list_shares(spans: Sequence[Span], until: date | None) -> list[Share]:
    """Days by holder before a day (the first answer; all days when None), the longest first.

    The right unit is the one that had the matter last: the one that answered, or has it now.
    """
    before = [_cut(span, until) for span in spans if until is None or span.start < until]
    units = [span.holder for span in before if span.holder.party == Party.UNIT]
    right = units[-1] if units else None
    days: dict[Holder, int] = {}
    for span in before:
        days[span.holder] = days.get(span.holder, 0) + span.days
    shares = [Share(holder, _use(holder, right), count) for holder, count in days.items() if count]
    order = list(Use)
    return sorted(shares, key=lambda share: (order.index(share.use), -share.days))


def _cut(span: Span, until: date | None) -> Span:
    if until is None or span.end <= until:
        return span
    return Span(span.holder, span.phase, span.start, until)


def _use(holder: Holder, right: Holder | None) -> Use:
    if holder.party == Party.UNIT:
        return Use.RIGHT if holder == right else Use.ELSEWHERE
    return _USES[holder.party]


def total(shares: Iterable[Share]) -> int:
    """All days together."""
    return sum(share.days for share in shares)


def draw(shares: Sequence[Share], width: float) -> Drawing:
    """The stacked bar, with the number of days where it fits."""
    bar = Drawing(width, HEIGHT)
    room = width - AIR * len(shares)
    whole = total(shares)
    wide = [max(room * share.days / whole, LEAST) for share in shares]
    surplus = sum(wide) - room
    wide[wide.index(max(wide))] -= surplus
    x = AIR / 2
    for share, long in zip(shares, wide, strict=True):
        look, ink = LOOKS[share.use]
        bar.rect(x, AIR, long, BAR, look, 3)
        if ink and text_width(str(share.days), bold=True) + 6 <= long:
            bar.text(x + long / 2, 27, str(share.days), ink, "middle")
        x += long + AIR
    return bar
