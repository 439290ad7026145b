"""What the public list is narrowed by, and in which order it stands. Read from an address, so
everything unknown is left out without a word.
"""

import enum
import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any, Self

from sqlalchemy import ColumnElement
from werkzeug.datastructures import MultiDict

from app.city import City
from app.proposals.lifecycle import MatterKind, State
from app.proposals.models import Matter
from app.search.queries import matching
from app.search.tokens import query_terms

QUERY_LIMIT = 200
COLUMNS = {
    "area": Matter.area,
    "state": Matter.state,
    "theme": Matter.theme,
    "unit": Matter.holder_unit,
    "kind": Matter.kind,
}
Values = tuple[str, ...]


class Sort(enum.StrEnum):
    """The orders of the list. SOONEST shows only matters that have a deadline."""

    NEWEST = "newest"
    SUPPORTED = "supported"
    SOONEST = "soonest"


@dataclass(frozen=True)
class Filters:
    """Words to look for, values of each facet (any of them fits), only late ones."""

    q: str = ""
    area: Values = ()
    state: Values = ()
    theme: Values = ()
    unit: Values = ()
    kind: Values = ()
    late: bool = False

    @classmethod
    def from_args(cls, args: MultiDict[str, str], city: City) -> Self:
        """The filters of an address; values nobody knows are left out."""
        known = known_values(city)
        chosen = {name: _known(args.getlist(name), known[name]) for name in COLUMNS}
        words = " ".join(args.get("q", "").replace("\x00", " ").split())[:QUERY_LIMIT].strip()
        return cls(q=words if query_terms(words) else "", late=args.get("late") == "1", **chosen)

    @property
    def is_empty(self) -> bool:
        """Whether the list is whole."""
        return self == type(self)()

    def params(self) -> dict[str, Any]:
        """The same as parameters of an address, without those that narrow nothing."""
        found: dict[str, Any] = {"q": self.q} if self.q else {}
        found |= {name: getattr(self, name) for name in COLUMNS if getattr(self, name)}
        return found | ({"late": "1"} if self.late else {})

    def without(self, name: str, value: str) -> Self:
        """The filters with one value of one facet taken away."""
        if name == "late":
            return replace(self, late=False)
        if name == "q":
            return replace(self, q="")
        rest: Any = tuple(v for v in getattr(self, name) if v != value)
        return replace(self, **{name: rest})

    def with_area(self, key: str) -> Self:
        """The filters with one area only, or with none when it was chosen alone already."""
        return replace(self, area=() if self.area == (key,) else (key,))

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a matter must fulfil, beyond being visible."""
        found: list[ColumnElement[bool]] = [
            column.in_(getattr(self, name))
            for name, column in COLUMNS.items()
            if getattr(self, name)
        ]
        if self.late:
            found.append(Matter.overdue.is_(True))
        hits = matching(self.q) if self.q else None
        if hits is not None:
            found.append(Matter.id.in_(hits))
        return found


@dataclass(frozen=True)
class Box:
    """A part of the map in WGS 84 degrees."""

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


def known_values(city: City) -> dict[str, Collection[str]]:
    """The values that each facet can have, in the order they are shown."""
    return {
        "area": city.areas,
        "state": [state.value for state in State if state != State.DRAFT],
        "theme": city.themes,
        "unit": city.units,
        "kind": [kind.value for kind in MatterKind],
    }


def read_sort(text: str | None, filters: Filters) -> Sort:
    """The order of an address. What was searched for stands newest first."""
    chosen = [sort for sort in Sort if sort.value == text and not filters.q]
    return chosen[0] if chosen else Sort.NEWEST


def _known(values: Iterable[str], known: Collection[str]) -> Values:
    chosen = set(values)
    return tuple(value for value in known if value in chosen)
