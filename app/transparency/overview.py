"""How the city answers now, put together for its page from kept figures and a few live reads."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext, ngettext

from app.city import City
from app.city.queries import Named
from app.core import clock, words
from app.transparency.queries import Kept
from app.transparency.survival import Median

FLOWS = 50  # rows of the table of hand-overs


@dataclass(frozen=True)
class UnitRow:
    """One unit: what it has open, what is late, its usual time (None for a small group)."""

    key: str
    name: str
    open: int
    late: int
    median: Median | None


def list_units(kept: Kept, city: City) -> list[UnitRow]:
    """The units that have or had matters, those with most open ones first."""
    rows = []
    for key, value in kept.values.items():
        kind, _, unit = key.partition(":")
        if kind == "unit" and unit in city.units:
            name = city.units[unit].name
            rows.append(UnitRow(unit, name, value["open"], value["late"], kept.unit_median(unit)))
    return sorted(rows, key=lambda row: (-row.open, row.name))


def lead(kept: Kept, late: int) -> str:
    """The finding in a sentence or two."""
    said = []
    if kept.median and kept.median.days is not None:
        said.append(
            gettext(
                "Half of the matters get their answer in %(days)s.",
                days=words.days(kept.median.days),
            )
        )
    if kept.on_time:
        said.append(
            gettext(
                "%(percent)s %% of the answers come by the first deadline.",
                percent=kept.on_time.percent,
            )
        )
    said.append(
        ngettext("%(num)s matter is late now.", "%(num)s matters are late now.", late)
        if late
        else gettext("Nothing is late now.")
    )
    return " ".join(said)


def median_facts(median: Median) -> str:
    """Number of matters and interval of a usual time."""
    number = f"n\xa0=\xa0{words.number(median.n)}"
    if median.low is None:
        return number
    if median.high is None:
        return f"{number}, " + gettext("interval from %(low)s days on", low=median.low)
    interval = gettext("interval %(low)s–%(high)s days", low=median.low, high=median.high)
    return f"{number}, {interval}"


def days_since(moment: datetime) -> str:
    """Local days from a moment until today."""
    return words.number((clock.today() - clock.local_date(moment)).days)


@dataclass(frozen=True)
class Around:
    """Where a unit stands in the tree: those above it from the top on, and those right below."""

    above: list[Named]
    below: list[Named]
    body: Named | None


def around(city: City, key: str) -> Around:
    """The units above and below a unit, and the body under which it works."""
    above: list[Named] = []
    parent = city.units[key].parent
    while parent:
        above.insert(0, city.units[parent])
        parent = city.units[parent].parent
    below = [unit for unit in city.units.values() if unit.parent == key]
    body = city.committee_of(key)
    return Around(above, below, city.bodies[body] if body else None)
