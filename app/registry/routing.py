"""Which unit is proposed for a pending matter, and why. Pure.

First the unit that took most of the matters of the same service in the same area within two years,
when it took at least three; else the unit of the service; else the unit that took most of the
theme's. A closed unit or a sector is never proposed.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.city.queries import City

MONTHS = 24
LEAST = 3


@dataclass(frozen=True)
class Proposal:
    """The proposed unit, None when there is none, and the reason in a sentence."""

    unit: str | None
    reason: str


def propose(matter: Any, routes: Iterable[Any], city: City) -> Proposal:
    """The unit for a matter, by rows of where others went: theme, service, area, unit and n."""
    rows = [row for row in routes if row.theme == matter.theme]
    service = city.services[matter.service]
    alike = _count(rows, lambda row: (row.service, row.area) == (matter.service, matter.area))
    best = _most(alike, city, service.unit)
    facts = {"service": service.name, "theme": city.themes[matter.theme].name}
    if best and alike[best] >= LEAST:
        return Proposal(best, _by_past(matter, city, best, alike, facts))
    if city.takes_matters(service.unit):
        unit = city.units[service.unit].name
        text = _(
            "Proposed: %(unit)s, because the matter is about the service %(service)s.",
            unit=unit,
            service=service.name,
        )
        return Proposal(service.unit, text)
    of_theme = _count(rows, lambda row: True)
    best = _most(of_theme, city, service.unit)
    if best is None:
        return Proposal(None, _("No unit can be proposed. Choose one."))
    text = _(
        "Proposed: %(unit)s. The unit of the service takes no matters any more, and this one has "
        "taken most of the theme %(theme)s: %(count)s.",
        unit=city.units[best].name,
        theme=facts["theme"],
        count=of_theme[best],
    )
    return Proposal(best, text)


def _by_past(matter: Any, city: City, best: str, alike: Counter[str], facts: dict[str, str]) -> str:
    numbers = {"unit": city.units[best].name, "count": alike[best], "total": alike.total()}
    if matter.area is None:
        return _(
            "Proposed: %(unit)s. In %(months)s months it took %(count)s of %(total)s matters about "
            "the service %(service)s in the whole city.",
            months=MONTHS,
            service=facts["service"],
            **numbers,
        )
    return _(
        "Proposed: %(unit)s. In %(months)s months it took %(count)s of %(total)s matters about the "
        "service %(service)s in the area %(area)s.",
        months=MONTHS,
        service=facts["service"],
        area=city.areas[matter.area].name,
        **numbers,
    )


def _count(rows: Iterable[Any], fits: Callable[[Any], bool]) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in rows:
        if fits(row):
            found[row.holder_unit] += row.n
    return found


def _most(counts: Counter[str], city: City, usual: str) -> str | None:
    """The unit with the most matters; of equal ones the service's own."""
    able = [unit for unit in counts if city.takes_matters(unit)]
    return max(able, key=lambda unit: (counts[unit], unit == usual, unit), default=None)
