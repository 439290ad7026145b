"""What the public list is narrowed by, and in which order it stands. Read from an address, so
everything unknown is left out without a word, and the same list always has the same address.
"""

import enum
import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from werkzeug.datastructures import MultiDict

from app.city import City
from app.core import clock
from app.core.language import LANGUAGES
from app.proposals.lifecycle import UNANSWERED, MatterKind, State
from app.proposals.models import Matter
from app.search.queries import is_among
from app.search.tokens import query_terms

QUERY_LIMIT = 200
COLUMNS = {
    "kind": Matter.kind,
    "area": Matter.area,
    "theme": Matter.theme,
    "service": Matter.service,
    "unit": Matter.holder_unit,
    "body": Matter.holder_body,
    "state": Matter.state,
    "language": Matter.language,
}
TYPED = ("q", "from", "to", "sort")  # fields that a form sends also when they are left empty
Values = tuple[str, ...]
IsHit = Callable[[str, ColumnElement[int]], ColumnElement[bool]]


class Sort(enum.StrEnum):
    """The orders of the list.

    SOONEST shows only matters that have a deadline. WAITING shows only those that wait for an
    answer (in a state of `lifecycle.UNANSWERED`), the one that was published first on top: a
    resident has waited since then, whatever has been done meanwhile. RELEVANT is for searches.
    """

    RELEVANT = "relevant"
    NEWEST = "newest"
    SUPPORTED = "supported"
    SOONEST = "soonest"
    WAITING = "waiting"


NARROWING = (Sort.SOONEST, Sort.WAITING)


@dataclass(frozen=True)
class Filters:
    """Words to look for, values of each facet (any of them fits), first and last local day of
    publishing, only late ones.
    """

    q: str = ""
    kind: Values = ()
    area: Values = ()
    theme: Values = ()
    service: Values = ()
    unit: Values = ()
    body: Values = ()
    state: Values = ()
    language: Values = ()
    first: date | None = None
    last: date | None = None
    late: bool = False

    @classmethod
    def from_args(cls, args: MultiDict[str, str], city: City) -> Self:
        """The filters of an address; values nobody knows are left out.

        Two days of which the later comes first are taken in their right order.
        """
        known = known_values(city)
        chosen = {name: _known(args.getlist(name), known[name]) for name in COLUMNS}
        words = " ".join(args.get("q", "").replace("\x00", " ").split())[:QUERY_LIMIT].strip()
        first, last = _day(args.get("from")), _day(args.get("to"))
        if first and last and last < first:
            first, last = last, first
        return cls(
            q=words if query_terms(words) else "",
            first=first,
            last=last,
            late=args.get("late") == "1",
            **chosen,
        )

    @property
    def is_empty(self) -> bool:
        """Whether the list is whole."""
        return self == type(self)()

    @property
    def only_facet(self) -> str | None:
        """The one facet that narrows the list while nothing else does."""
        chosen = [name for name in COLUMNS if getattr(self, name)]
        others = (self.q, self.first, self.last, self.late)
        return chosen[0] if len(chosen) == 1 and not any(others) else None

    def params(self) -> dict[str, Any]:
        """The same as parameters of an address, in one order, without those that narrow nothing."""
        found: dict[str, Any] = {"q": self.q} if self.q else {}
        found |= {name: getattr(self, name) for name in COLUMNS if getattr(self, name)}
        days = {"from": self.first, "to": self.last}
        found |= {name: day.isoformat() for name, day in days.items() if day}
        return found | ({"late": "1"} if self.late else {})

    def without(self, name: str, value: str) -> Self:
        """The filters with one value of one facet (or the words, the days, late) taken away."""
        if name == "late":
            return replace(self, late=False)
        if name == "q":
            return replace(self, q="")
        if name == "days":
            return replace(self, first=None, last=None)
        rest: Any = tuple(v for v in getattr(self, name) if v != value)
        return replace(self, **{name: rest})

    def with_area(self, key: str) -> Self:
        """The filters with one area only, or with none when it was chosen alone already."""
        return replace(self, area=() if self.area == (key,) else (key,))

    def conditions(self, is_hit: IsHit = is_among) -> list[ColumnElement[bool]]:
        """What a matter must fulfil, beyond being visible.

        `is_hit` is the way in which the words are looked for, one of those of the search.
        """
        found: list[ColumnElement[bool]] = [
            _Checked(column).in_(getattr(self, name))
            for name, column in COLUMNS.items()
            if getattr(self, name)
        ]
        if self.late:
            found.append(_Checked(Matter.overdue).is_(True))
        if self.first:
            found.append(Matter.published_at >= clock.start_of(self.first))
        if self.last:
            found.append(Matter.published_at < clock.end_of(self.last))
        if self.q:
            found.append(is_hit(self.q, Matter.id.expression))
        return found


@dataclass(frozen=True)
class View:
    """The list that is looked at: its filters, the order asked for, and whether more matters have
    the words than can be ranked.
    """

    filters: Filters
    asked: Sort
    has_many: bool = False

    @property
    def sort(self) -> Sort:
        """The order that the list has: too many hits come newest first, unranked."""
        is_too_much = self.has_many and self.asked == Sort.RELEVANT
        return Sort.NEWEST if is_too_much else self.asked

    @property
    def is_whole(self) -> bool:
        """Whether every visible matter stands in the list."""
        return self.filters.is_empty and self.asked not in NARROWING

    @property
    def is_words_alone(self) -> bool:
        """Whether the list has all matters with some words."""
        return replace(self.filters, q="").is_empty and self.asked not in NARROWING


@dataclass(frozen=True)
class Box:
    """A part of the map in WGS 84 degrees, without its east and north sides."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def from_text(cls, text: str | None) -> Self | None:
        """A box written "west,south,east,north"; None for anything else."""
        try:
            west, south, east, north = (float(part) for part in (text or "").split(","))
        except ValueError:
            return None
        sides = (west, south, east, north)
        right = west < east and south < north and all(abs(side) <= 180 for side in sides)
        return cls(*sides) if right and all(map(math.isfinite, sides)) else None

    def has(self, place: Any) -> bool:
        """Whether something with `lat` and `lon` is inside."""
        return self.south <= place.lat < self.north and self.west <= place.lon < self.east


class _Checked(FunctionElement[Any]):
    """A column that is only checked, so that SQLite takes the index of the order.

    It keeps no statistics, and any index that begins with a column of a filter would tempt it.
    """

    inherit_cache = True

    def __init__(self, column: Any) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(_Checked)
def _plain(element: _Checked, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.clauses, **kw))


@compiles(_Checked, "sqlite")
def _unindexed(element: _Checked, compiler: Any, **kw: Any) -> str:
    return f"+{_plain(element, compiler, **kw)}"


def known_values(city: City) -> dict[str, Collection[str]]:
    """The values that each facet can have, in the order they are shown."""
    return {
        "kind": [kind.value for kind in MatterKind],
        "area": city.areas,
        "theme": city.themes,
        "service": city.services,
        "unit": city.units,
        "body": city.bodies,
        "state": [state.value for state in State if state != State.DRAFT],
        "language": LANGUAGES,
    }


def default_sort(filters: Filters) -> Sort:
    """The order that needs no words in the address."""
    return Sort.RELEVANT if filters.q else Sort.NEWEST


def read_sort(text: str | None, filters: Filters) -> Sort:
    """The order of an address."""
    chosen = [sort for sort in Sort if sort.value == text and (filters.q or sort != Sort.RELEVANT)]
    return chosen[0] if chosen else default_sort(filters)


def narrowed_by(sort: Sort) -> list[ColumnElement[bool]]:
    """What a matter must fulfil to stand in an order."""
    if sort == Sort.SOONEST:
        return [Matter.next_due.is_not(None)]
    return [_Checked(Matter.state).in_(UNANSWERED)] if sort == Sort.WAITING else []


def _known(values: Iterable[str], known: Collection[str]) -> Values:
    chosen = set(values)
    return tuple(value for value in known if value in chosen)


def _day(text: str | None) -> date | None:
    """A day written 2026-03-09, between the years 1900 and 2200; None for anything else."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2200 else None
