"""The filters of a unit's queue, and what is counted for each of their values. Pure.

A matter is late while an open duty's present due moment has passed: `proposals.words.is_late` says
it of one matter, `Due.LATE` of a queue, and the queue begins with those. Whether something was done
on time by its first date is a matter of statistics.
"""

import enum
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from app.proposals.lifecycle import MatterKind, State

TO_ANSWER = (State.REGISTERED, State.IN_PREPARATION, State.WAITING)
TO_CARRY_OUT = (State.ANSWERED, State.IMPLEMENTING, State.IMPLEMENTED)
IN_QUEUE = (*TO_ANSWER, *TO_CARRY_OUT)
NOBODY = 0

E = TypeVar("E", bound=enum.StrEnum)


class Due(enum.StrEnum):
    """How a matter's soonest deadline stands."""

    LATE = "late"
    WEEK = "week"
    WAITING = "waiting"
    LATER = "later"


@dataclass(frozen=True)
class QueueFilter:
    """What is looked for in a queue; None leaves a filter out. `person` is an id or NOBODY."""

    unit: str | None = None
    state: State | None = None
    kind: MatterKind | None = None
    theme: str | None = None
    area: str | None = None
    person: int | None = None
    due: Due | None = None
    offered: bool | None = None

    def as_args(self) -> dict[str, Any]:
        """The filters as the address has them."""
        found = {f.name: getattr(self, f.name) for f in fields(self)}
        return {
            name: "1" if value is True else str(value)
            for name, value in found.items()
            if value is not None
        }


FACETS = tuple(f.name for f in fields(QueueFilter))


@dataclass(frozen=True)
class Group:
    """How many matters of a queue are alike in everything that is filtered by."""

    unit: str
    state: State
    kind: MatterKind
    theme: str
    area: str | None
    person: int
    due: Due
    offered: bool
    n: int

    def fits(self, wanted: QueueFilter) -> bool:
        """Whether these matters are looked for."""
        given = ((name, getattr(wanted, name)) for name in FACETS)
        return all(value is None or getattr(self, name) == value for name, value in given)


@dataclass(frozen=True)
class QueueCounts:
    """How many matters are open, how many of them late, and how many due in seven days."""

    open: int
    late: int
    week: int = 0


def read_filter(args: Mapping[str, str]) -> QueueFilter:
    """The filters of an address; values that no filter knows are left out."""
    person = args.get("person", "")
    return QueueFilter(
        unit=args.get("unit") or None,
        state=_member(State, args.get("state")),
        kind=_member(MatterKind, args.get("kind")),
        theme=args.get("theme") or None,
        area=args.get("area") or None,
        person=int(person) if person.isdecimal() and len(person) < 10 else None,
        due=_member(Due, args.get("due")),
        offered=True if args.get("offered") == "1" else None,
    )


def count(groups: Iterable[Group], wanted: QueueFilter) -> QueueCounts:
    """The matters that are looked for."""
    by_due: Counter[Due] = Counter()
    for group in groups:
        if group.fits(wanted):
            by_due[group.due] += group.n
    return QueueCounts(by_due.total(), by_due[Due.LATE], by_due[Due.WEEK])


def count_values(groups: Iterable[Group], wanted: QueueFilter, facet: str) -> Counter[object]:
    """The matters by each value of one filter, as the other filters leave them."""
    others = replace(wanted, **{facet: None})
    found: Counter[object] = Counter()
    for group in groups:
        if group.fits(others):
            found[getattr(group, facet)] += group.n
    return found


def _member(kind: type[E], value: str | None) -> E | None:
    return next((member for member in kind if member.value == value), None)
