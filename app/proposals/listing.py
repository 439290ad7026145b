"""What the pages with lists show, made of rows, filters and kept counts; no queries."""

from dataclasses import dataclass, replace
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.city import City, get_city
from app.core import words
from app.core.labels import label
from app.proposals import maps
from app.proposals.filters import COLUMNS, Filters, Sort, known_values
from app.proposals.lifecycle import STAGES, MatterKind, State
from app.proposals.queries import EXACT, CardRow
from app.proposals.words import clock_words

TITLES = {
    "area": _l("Area"),
    "state": _l("State"),
    "theme": _l("Theme"),
    "unit": _l("Responsible unit"),
    "kind": _l("Kind"),
}
SORTS = {
    Sort.NEWEST: _l("Newest first"),
    Sort.SUPPORTED: _l("Most supporters first"),
    Sort.SOONEST: _l("Soonest deadline first"),
}
ALWAYS_SHOWN = ("area", "kind")
Counts = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Pairs:
    """Names and values for hidden fields, where a name may come more than once."""

    pairs: tuple[tuple[str, str], ...]

    def items(self) -> tuple[tuple[str, str], ...]:
        """The pairs, as a template takes them from a mapping."""
        return self.pairs


def around_list(kept: Counts, number: int, filters: Filters, sort: Sort) -> dict[str, Any]:
    """What stands around the public list. `kept` are the kept counts, `number` is how many matters
    the list has (at most one more than EXACT when it is filtered).
    """
    city = get_city()
    areas, view_box = maps.draw_areas(
        city, kept["area"], filters.area, lambda key: list_url(filters.with_area(key), sort)
    )
    chosen = tags(city, filters, sort)
    return {
        "filters": filters,
        "sort": sort,
        "heading": heading(number, filters),
        "groups": filter_groups(city, kept, filters),
        "late_count": kept["overdue"].get("1", 0),
        "tags": chosen,
        "clear_url": list_url(Filters(), sort) if len(chosen) > 1 else None,
        "sorts": [] if filters.q else sort_options(sort),
        "keep_filters": keep(filters),
        "keep_sort": keep(Filters(q=filters.q), sort),
        "keep_all": keep(replace(filters, q=""), sort),
        "areas": areas,
        "view_box": view_box,
        "points_url": url_for("proposals.points", **filters.params()),
    }


def as_card(row: Any) -> dict[str, Any]:
    """A matter (or a row of `queries.CARD`) as the macro `ui.matter_card` takes it."""
    city = get_city()
    hidden = row.hidden_rule is not None
    return {
        "url": url_for("proposals.show", matter_id=row.id),
        "title": _("Hidden matter") if hidden else row.title or _("No title yet"),
        "excerpt": row.summary,
        "language": None if hidden or not row.title else row.language,
        "state": row.state,
        "kind_label": label(row.kind),
        "stage": STAGES[row.state],
        "clock": clock_words(row),
        "area_name": place_name(city, row.area, row.district),
        "holder_name": city.holder_name(row.holder_unit, row.holder_body),
        "supporters": None if row.state == State.DRAFT else row.supporters,
        "hidden": hidden,
    }


def as_queue_item(row: CardRow) -> dict[str, Any]:
    """The same, shorter, as `ui.queue` takes it."""
    card = as_card(row)
    names = ("url", "title", "language", "state", "supporters")
    return {name: card[name] for name in names}


def place_name(city: City, area: str | None, district: str | None) -> str:
    """The district, else the area, else the whole city."""
    if district:
        return city.districts[district].name
    return city.areas[area].name if area else _("The whole city")


def place_names(city: City, area: str | None, district: str | None) -> str:
    """The district with its area, else what there is."""
    if district and area:
        return f"{city.districts[district].name}, {city.areas[area].name}"
    return place_name(city, area, district)


def heading(number: int, filters: Filters) -> str:
    """How many matters there are; a filtered number is said exactly up to 1 000."""
    if number > EXACT and not filters.is_empty:
        return _("%(number)s+ matters", number=words.number(EXACT))
    return ngettext("%(number)s matter", "%(number)s matters", number, number=words.number(number))


def filter_groups(city: City, counts: Counts, filters: Filters) -> list[dict[str, Any]]:
    """The groups of filters with the kept number beside each option.

    Options without matters are left out, except of short lists and those that are chosen.
    """
    groups = []
    for name, values in known_values(city).items():
        chosen = getattr(filters, name)
        options = [
            {
                "value": value,
                "label": value_name(city, name, value),
                "count": counts[name].get(value, 0),
                "checked": value in chosen,
            }
            for value in values
            if name in ALWAYS_SHOWN or value in counts[name] or value in chosen
        ]
        is_open = bool(chosen) or name in ("area", "state")
        groups.append({"name": name, "title": TITLES[name], "options": options, "open": is_open})
    return groups


def value_name(city: City, name: str, value: str) -> str:
    """What a value of a facet is called."""
    if name == "state":
        return label(State(value))
    if name == "kind":
        return label(MatterKind(value))
    things = {"area": city.areas, "theme": city.themes, "unit": city.units}[name]
    return things[value].name


def tags(city: City, filters: Filters, sort: Sort) -> list[dict[str, str]]:
    """The active filters, each with the address of the list without it."""
    chosen = [("q", filters.q, _("“%(words)s”", words=filters.q))] if filters.q else []
    for name in COLUMNS:
        for value in getattr(filters, name):
            chosen.append((name, value, value_name(city, name, value)))
    if filters.late:
        chosen.append(("late", "1", _("Only late ones")))
    return [
        {"label": text, "url": list_url(filters.without(name, value), sort)}
        for name, value, text in chosen
    ]


def sort_options(sort: Sort) -> list[dict[str, Any]]:
    """The orders that can be chosen."""
    return [
        {"value": each.value, "label": name, "current": each == sort}
        for each, name in SORTS.items()
    ]


def keep(filters: Filters, sort: Sort | None = None) -> Pairs:
    """The filters (and order) as hidden fields of another form."""
    pairs = [
        (name, value)
        for name, values in filters.params().items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    if sort and sort != Sort.NEWEST:
        pairs.append(("sort", sort.value))
    return Pairs(tuple(pairs))


def list_url(filters: Filters, sort: Sort, cursor: str | None = None) -> str:
    """Address of the list with these filters, in this order, at this page."""
    order = None if sort == Sort.NEWEST else sort.value
    return url_for("proposals.list_matters", **filters.params(), sort=order, cursor=cursor)
