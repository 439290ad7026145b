"""The filters of a unit's queue, and what is counted for each of their values. Pure.

A matter is late while an open duty's present due moment has passed: `proposals.words.is_late` says
it of one matter, `Due.LATE` of a queue, and the queue begins with those. Whether something was done
on time by its first date is a matter of statistics.
"""

import enum
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, TypeVar

from app.proposals.lifecycle import MatterKind, State

TO_ANSWER = (State.REGISTERED, State.IN_PREPARATION, State.WAITING)
TO_CARRY_OUT = (State.ANSWERED, State.IMPLEMENTING, State.IMPLEMENTED)
IN_QUEUE = (*TO_ANSWER, *TO_CARRY_OUT)
NOBODY = 0

E = TypeVar("E", bound=enum.StrEnum)
Counted = Mapping[str, Counter[Any]]  # by filter and value


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


class Group(NamedTuple):
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


def count_values(groups: Iterable[Group], wanted: QueueFilter) -> Counted:
    """For each filter the matters by its values, as the other filters leave them; in one pass."""
    given = [(name, value) for name in FACETS if (value := getattr(wanted, name)) is not None]
    counted: dict[str, Counter[Any]] = {name: Counter() for name in FACETS}
    for group in groups:
        missed = [name for name, value in given if getattr(group, name) != value]
        if len(missed) < 2:
            for name in missed or FACETS:
                counted[name][getattr(group, name)] += group.n
    return counted


def count(counted: Counted, wanted: QueueFilter) -> QueueCounts:
    """The matters that are looked for, out of what `count_values` gives."""
    by_due = counted["due"]
    return _counts(by_due if wanted.due is None else Counter({wanted.due: by_due[wanted.due]}))


def count_by_person(groups: Iterable[Group], unit: str | None) -> dict[int, QueueCounts]:
    """The matters of a unit (None for all) by who works on them; who has none is left out."""
    counted: dict[int, Counter[Due]] = {}
    for group in groups:
        if unit in (None, group.unit):
            counted.setdefault(group.person, Counter())[group.due] += group.n
    return {person: _counts(by_due) for person, by_due in counted.items()}


def _counts(by_due: Counter[Due]) -> QueueCounts:
    return QueueCounts(by_due.total(), by_due[Due.LATE], by_due[Due.WEEK])


def _member(kind: type[E], value: str | None) -> E | None:
    return next((member for member in kind if member.value == value), None)
