"""The winners of a contest by area: a city-wide contest by the city's areas, an area by its parts.

Projects have their place in words; words that name an area or a part of one are known as such.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext

from app.budgeting.models import Contest, Project
from app.city import City, get_city


@dataclass
class Place:
    """Projects of one place: how many won, of how many, and what the winners cost.

    `area` is the key of the city's area, None for places of other kinds.
    """

    name: str
    area: str | None
    won: int = 0
    projects: int = 0
    cents: int = 0


def list_places(
    contest: Contest, projects: Iterable[Project], winners: Iterable[int]
) -> list[Place]:
    """The places of a contest's projects, those with the most money first."""
    city, won = get_city(), set(winners)
    find = _areas(city) if contest.area is None else _parts(city)
    places: dict[str, Place] = {}
    for project in projects:
        key, name = find.get(_folded(project.place), (None, project.place or ""))
        if not name:
            name = gettext("No single place")
        place = places.setdefault(name, Place(name, key))
        place.projects += 1
        if project.id in won:
            place.won += 1
            place.cents += project.cost_cents
    return sorted(places.values(), key=lambda place: (-place.cents, -place.projects, place.name))


def _folded(name: str | None) -> str:
    return (name or "").strip().casefold()


def _areas(city: City) -> dict[str, tuple[str | None, str]]:
    """Key and name of the area, by the names of areas and of their parts in every language."""
    found: dict[str, tuple[str | None, str]] = {}
    for part in city.districts.values():
        area = city.areas[str(part.area)]
        found |= {_folded(name): (area.key, area.name) for name in part.names.values()}
    for area in city.areas.values():
        found |= {_folded(name): (area.key, area.name) for name in area.names.values()}
    return found


def _parts(city: City) -> dict[str, tuple[str | None, str]]:
    """The name in the language in use, by the names of parts of areas in every language."""
    return {
        _folded(name): (None, part.name)
        for part in city.districts.values()
        for name in part.names.values()
    }
