"""The municipality as one snapshot in memory, good while the topic "city" stands still."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.city.models import (
    Area,
    Authority,
    Body,
    District,
    Municipality,
    Service,
    Theme,
    Unit,
    UnitKind,
)
from app.core import clock, errors, language, topics
from app.core.errors import NotFound
from app.extensions import db


@dataclass(frozen=True)
class Named:
    """A thing of the city with its key and names; `row` holds its other facts."""

    key: str
    names: Mapping[str, str]
    row: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The name in the language in use."""
        return language.pick(self.names)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.row[name]
        except KeyError:
            raise AttributeError(name) from None


errors.explain({"no_city": _l("The municipality has not been set up yet.")})

Things = Mapping[str, Named]


@dataclass(frozen=True)
class City:
    """The municipality's settings and everything that belongs to it, by key, in order."""

    settings: Mapping[str, Any]
    is_demo: bool
    areas: Things
    districts: Things
    units: Things
    bodies: Things
    themes: Things
    services: Things
    authorities: Things

    @property
    def name(self) -> str:
        """The municipality's name in the language in use."""
        return language.pick(self.settings["name"])

    @property
    def official_languages(self) -> tuple[str, ...]:
        """Languages in which the city must answer."""
        return tuple(self.settings["official_languages"])

    @property
    def population(self) -> int:
        """Residents, for thresholds; its date and source stand in the settings."""
        return int(self.settings["population"]["value"])

    def unit_for(self, service: str) -> str:
        """The key of the unit that answers for a service."""
        return str(self.services[service].unit)

    def takes_matters(self, unit: str) -> bool:
        """Whether matters can be given to a unit today: never to a sector or a closed unit."""
        return self.units[unit].kind != UnitKind.SECTOR and not self.is_closed(unit)

    def is_closed(self, unit: str) -> bool:
        """Whether a unit exists no more; its name stays known."""
        closed_at = self.units[unit].closed_at
        return closed_at is not None and closed_at <= clock.today()

    def receiving_units(self) -> list[Named]:
        """The units to which matters can be given today, by name."""
        found = [unit for unit in self.units.values() if self.takes_matters(unit.key)]
        return sorted(found, key=lambda unit: unit.name.casefold())

    def holder_name(self, unit: str | None, body: str | None) -> str:
        """Name of the unit or body that holds a matter, empty when nobody does yet."""
        if body:
            return self.bodies[body].name
        return self.units[unit].name if unit else ""

    def committee_of(self, unit: str) -> str | None:
        """The body under which a unit works, looking upwards in the tree."""
        found: str | None = unit
        while found:
            row = self.units[found]
            if row.body:
                return str(row.body)
            found = row.parent
        return None


def _things(model: Any) -> Things:
    order = getattr(model, "position", model.key)
    columns = model.__table__.c
    rows = db.session.execute(select(columns).order_by(order)).mappings()
    return {row["key"]: Named(row["key"], row["names"], dict(row)) for row in rows}


def _load() -> City:
    municipality = db.session.get(Municipality, 1)
    if municipality is None:
        raise NotFound("no_city")
    return City(
        settings=municipality.settings,
        is_demo=municipality.is_demo,
        areas=_things(Area),
        districts=_things(District),
        units=_things(Unit),
        bodies=_things(Body),
        themes=_things(Theme),
        services=_things(Service),
        authorities=_things(Authority),
    )


def get_city() -> City:
    """The municipality. Costs one small query a request, and a reload when it changed.

    Raises NotFound "no_city" on a database that has not been seeded.
    """
    version = topics.version("city")
    known = current_app.extensions.get("kuuluu_city")
    if known is None or known[0] != version:
        known = (version, _load())
        current_app.extensions["kuuluu_city"] = known
    city: City = known[1]
    return city
