"""What the pages with lists show, made of rows, filters and kept counts; no queries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.city import City, get_city
from app.core import clock, paging, words
from app.core.labels import label
from app.core.language import NAMES
from app.proposals import maps
from app.proposals.filters import (
    COLUMNS,
    NARROWING,
    Filters,
    Sort,
    View,
    default_sort,
    known_values,
)
from app.proposals.lifecycle import STAGES, MatterKind, State
from app.proposals.list_queries import EXACT, Found
from app.proposals.queries import CardRow
from app.proposals.words import clock_words
from app.search.queries import MANY

TITLES = {
    "kind": _l("Kind"),
    "area": _l("Area"),
    "theme": _l("Theme"),
    "service": _l("Service"),
    "unit": _l("Responsible unit"),
    "body": _l("Now before a body"),
    "state": _l("State"),
    "language": _l("Language of the text"),
}
SORTS = {
    Sort.RELEVANT: _l("Best match first"),
    Sort.NEWEST: _l("Newest first"),
    Sort.SUPPORTED: _l("Most supporters first"),
    Sort.SOONEST: _l("Soonest deadline first"),
    Sort.WAITING: _l("Longest wait for an answer first"),
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


def whole(view: View, kept: Counts) -> Found | None:
    """The numbers of the whole list, which are kept; None when it is narrowed."""
    return Found(kept["all"].get("", 0), kept) if view.is_whole else None


def show_page(view: View, page: paging.Page[CardRow] | None) -> dict[str, Any]:
    """The cards of a page and the addresses of the pages beside it."""
    if page is None:
        return {"cards": [], "pages": {}}
    urls = {"next": page.next, "previous": page.previous}
    pages = {k: list_url(view.filters, view.asked, v) if v else None for k, v in urls.items()}
    return {"cards": [as_card(row) for row in page.items], "pages": pages}


def around_list(view: View, kept: Counts, found: Found, better: str | None) -> dict[str, Any]:
    """What stands around the public list. `kept` are the kept counts, `better` are words that would
    find more.
    """
    city, filters, asked = get_city(), view.filters, view.asked
    numbers = {name: option_numbers(view, name, kept, found) for name in (*COLUMNS, "overdue")}
    chosen = tags(city, filters, asked)
    areas, view_box = maps.draw_areas(
        city, numbers["area"], filters.area, lambda key: list_url(filters.with_area(key), asked)
    )
    narrowing = asked.value if asked in NARROWING else None
    return {
        "filters": filters,
        "sort": view.sort,
        "heading": heading(found.number, view.is_whole),
        "is_cut": asked != view.sort,
        "cut_at": MANY,
        "better": better and (better, list_url(replace(filters, q=better), asked)),
        "groups": filter_groups(city, numbers, kept, filters),
        "late_option": option(_("Only late ones"), "1", numbers["overdue"]["1"], filters.late),
        "presets": period_presets(filters, asked),
        "tags": chosen,
        "clear_url": list_url(Filters(), asked) if len(chosen) > 1 else None,
        "sorts": sort_options(filters, asked),
        "keep_filters": keep(filters),
        "keep_sort": keep(Filters(q=filters.q), asked),
        "keep_all": keep(replace(filters, q=""), asked),
        "areas": areas,
        "most": None if view.is_whole else EXACT,
        "elsewhere": _without_area(view, numbers, found),
        "view_box": view_box,
        "points_url": url_for("proposals.points", **filters.params(), sort=narrowing),
        "canonical_url": list_url(filters, asked),
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


def heading(number: int, is_whole: bool) -> str:
    """How many matters there are; a narrowed number is said exactly up to 1 000."""
    if number > EXACT and not is_whole:
        return _("%(number)s+ matters", number=words.number(EXACT))
    return ngettext("%(number)s matter", "%(number)s matters", number, number=words.number(number))


def option_numbers(view: View, name: str, kept: Counts, found: Found) -> dict[str, int | None]:
    """How many matters each option of a facet would leave; None where nobody has counted.

    Beside an option stands what the list would have if it alone were chosen in its facet. So a
    facet that narrows the list has numbers for its chosen options only, unless it narrows alone:
    then they are the kept ones.
    """
    values = ["1"] if name == "overdue" else known_values(get_city())[name]
    chosen = getattr(view.filters, "late" if name == "overdue" else name)
    if view.filters.only_facet == name and view.sort not in NARROWING:
        return {value: kept[name].get(value, 0) for value in values}
    if found.by_facet is None:
        return dict.fromkeys(values)
    numbers = found.by_facet[name]
    if not chosen or name == "overdue":
        return {value: numbers.get(value, 0) for value in values}
    return {value: numbers.get(value, 0) if value in chosen else None for value in values}


def option(text: str, value: str, number: int | None, checked: bool) -> dict[str, Any]:
    """An option as `ui.filter_group` takes it."""
    return {"value": value, "label": text, "count": number, "checked": checked}


def filter_groups(
    city: City, numbers: dict[str, dict[str, int | None]], kept: Counts, filters: Filters
) -> list[dict[str, Any]]:
    """The groups of filters with the number beside each option.

    Options that no matter has are left out, except of short lists and those that are chosen.
    """
    groups = []
    for name, values in known_values(city).items():
        chosen = getattr(filters, name)
        options = [
            option(value_name(city, name, value), value, numbers[name][value], value in chosen)
            for value in values
            if name in ALWAYS_SHOWN or value in kept[name] or value in chosen
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
    if name == "language":
        return NAMES[value]
    things = {
        "area": city.areas,
        "theme": city.themes,
        "service": city.services,
        "unit": city.units,
        "body": city.bodies,
    }[name]
    return things[value].name


def city_names(city: City) -> list[str]:
    """Names of places, units and services: words that people look for beside those of titles."""
    named = (city.areas, city.districts, city.units, city.bodies, city.themes, city.services)
    return [name for things in named for thing in things.values() for name in thing.names.values()]


def tags(city: City, filters: Filters, sort: Sort) -> list[dict[str, str]]:
    """The active filters, each with the address of the list without it."""
    chosen = [("q", filters.q, _("“%(words)s”", words=filters.q))] if filters.q else []
    for name in COLUMNS:
        for value in getattr(filters, name):
            chosen.append((name, value, value_name(city, name, value)))
    if filters.first or filters.last:
        chosen.append(("days", "", period_words(filters)))
    if filters.late:
        chosen.append(("late", "1", _("Only late ones")))
    return [
        {"label": text, "url": list_url(filters.without(name, value), sort)}
        for name, value, text in chosen
    ]


def period_words(filters: Filters) -> str:
    """The days between which the matters were published."""
    first = words.day(filters.first) if filters.first else ""
    last = words.day(filters.last) if filters.last else ""
    if first and last:
        return _("Published %(first)s–%(last)s", first=first, last=last)
    if first:
        return _("Published from %(first)s on", first=first)
    return _("Published by %(last)s", last=last)


def period_presets(filters: Filters, sort: Sort) -> list[dict[str, Any]]:
    """Periods that one link chooses; the address has their first day, so it stays the same list."""
    today = clock.today()
    starts = (
        (_("This month"), today.replace(day=1)),
        (_("This year"), today.replace(day=1, month=1)),
    )
    return [
        {
            "label": text,
            "url": list_url(replace(filters, first=first, last=None), sort),
            "current": (filters.first, filters.last) == (first, None),
        }
        for text, first in starts
    ]


def sort_options(filters: Filters, asked: Sort) -> list[dict[str, Any]]:
    """The orders that can be chosen; the usual one has no words in the address."""
    usual = default_sort(filters)
    return [
        {"value": "" if each == usual else each.value, "label": name, "current": each == asked}
        for each, name in SORTS.items()
        if filters.q or each != Sort.RELEVANT
    ]


def keep(filters: Filters, sort: Sort | None = None) -> Pairs:
    """The filters (and order) as hidden fields of another form."""
    pairs = [
        (name, value)
        for name, values in filters.params().items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    if sort and sort not in (Sort.RELEVANT, Sort.NEWEST):
        pairs.append(("sort", sort.value))
    return Pairs(tuple(pairs))


def list_url(filters: Filters, sort: Sort, cursor: str | None = None) -> str:
    """Address of the list with these filters, in this order, at this page; always the same one."""
    is_usual = sort in (default_sort(filters), Sort.RELEVANT)
    order = None if is_usual else sort.value
    return url_for("proposals.list_matters", **filters.params(), sort=order, cursor=cursor or None)


def _without_area(
    view: View, numbers: dict[str, dict[str, int | None]], found: Found
) -> int | None:
    """How many matters of the list are of no area; None where nobody has counted."""
    of_areas: Sequence[int | None] = list(numbers["area"].values())
    if view.filters.area or found.by_facet is None:
        return None
    return found.number - sum(number or 0 for number in of_areas)
