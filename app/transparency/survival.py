"""The usual time until an answer, with matters that still wait counted in. Pure.

Kaplan and Meier (1958): the share still unanswered after t days is the product over the days up
to t of (1 - answers on that day / matters that waited until it). A matter that is still open, or
left the city, counts for as long as it waited. The interval of the median follows Brookmeyer and
Crowley (1982) on the log-log scale.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

Z95 = 1.959964


@dataclass(frozen=True)
class Wait:
    """Whole days a matter waited, and whether the answer came at their end."""

    days: int
    answered: bool


@dataclass(frozen=True)
class Median:
    """The day by which half were answered, with its 95 % interval.

    Each is None where the curve never comes down so far. `n` is the number of matters, `answered`
    how many of them have their answer.
    """

    days: int | None
    low: int | None
    high: int | None
    n: int
    answered: int


def curve(waits: Iterable[Wait]) -> list[tuple[int, float, float]]:
    """Days, share still unanswered after them, and Greenwood's sum for its variance."""
    answers: Counter[int] = Counter()
    leaving: Counter[int] = Counter()
    for wait in waits:
        leaving[wait.days] += 1
        answers[wait.days] += wait.answered
    at_risk, share, total = leaving.total(), 1.0, 0.0
    points = []
    for day in sorted(leaving):
        answered = answers[day]
        if answered:
            share *= 1 - answered / at_risk
            remaining = at_risk - answered
            total += answered / (at_risk * remaining) if remaining else math.inf
            points.append((day, share, total))
        at_risk -= leaving[day]
    return points


def median(waits: Iterable[Wait]) -> Median:
    """The median wait of some matters."""
    known = list(waits)
    points = curve(known)
    days = next((day for day, share, _ in points if share <= 0.5), None)
    inside = [day for day, share, total in points if _covers_half(share, total)]
    low = inside[0] if inside else days
    after = [day for day, share, total in points if share < 0.5 and not _covers_half(share, total)]
    return Median(
        days=days,
        low=low,
        high=after[0] if after else None,
        n=len(known),
        answered=sum(wait.answered for wait in known),
    )


def _covers_half(share: float, total: float) -> bool:
    """Whether one half lies in the interval around the share, on the log-log scale."""
    if share <= 0 or share >= 1 or math.isinf(total):
        return False
    log_share = math.log(share)
    spread = math.sqrt(total) / abs(log_share)
    center = math.log(-log_share)
    return abs(center - math.log(math.log(2))) <= Z95 * spread


def share_interval(hits: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share, both ends between 0 and 1; `n` above 0."""
    p = hits / n
    square = Z95 * Z95
    center = (p + square / (2 * n)) / (1 + square / n)
    half = Z95 / (1 + square / n) * math.sqrt(p * (1 - p) / n + square / (4 * n * n))
    return max(center - half, 0.0), min(center + half, 1.0)
