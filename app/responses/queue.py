"""What the page of the officials' queue shows: matters, filters with counts, load, offers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from app.city import get_city
from app.core.access import Actor, require
from app.core.labels import label
from app.proposals.lifecycle import MatterKind
from app.proposals.models import Matter
from app.proposals.words import clock_words
from app.responses import acts, desk, filters, policies, queries
from app.responses.filters import (
    IN_QUEUE,
    NOBODY,
    Counted,
    Due,
    Group,
    QueueCounts,
    QueueFilter,
)
from app.responses.queries import Colleague, Offered


@dataclass(frozen=True)
class Option:
    """One value of a filter with the number of matters that it would leave."""

    value: str
    text: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Facet:
    """One filter with its values."""

    name: str
    title: str
    options: Sequence[Option]


@dataclass(frozen=True)
class Load:
    """How much work a person has in the units, or nobody has yet."""

    name: str
    url: str
    counts: QueueCounts


def get_queue(
    actor: Actor, wanted: QueueFilter, cursor: str | None, chosen: Collection[int] = ()
) -> dict[str, Any]:
    """A page of the actor's queue; `chosen` are the matters that are ticked.

    Raises Forbidden "not_your_unit" for another unit's queue, NotFound for a broken cursor.
    """
    units = policies.units_of(actor)
    if wanted.unit is not None:
        require(policies.can_see_queue(actor, wanted.unit), "not_your_unit")
    groups = queries.list_groups(units)
    page = queries.page_queue(units, wanted, cursor)
    matters = [row[0] for row in page.items]
    people = queries.list_colleagues(units, {g.person for g in groups} - {NOBODY})
    names = {person.id: person.name for person in people}
    counted = filters.count_values(groups, wanted)
    return {
        "page": page,
        "items": [_item(matter, names, matter.id in chosen) for matter in matters],
        "counts": filters.count(counted, wanted),
        "facets": _facets(actor, counted, wanted, people),
        "offered": counted["offered"][True],
        "wanted": wanted,
        "args": wanted.as_args(),
        "cursor": cursor,
        "people": [person for person in people if person.is_official],
        "load": _load(groups, wanted, people),
        "offers": [_offer(offered) for offered in queries.list_offers_to(units)],
        "lost": desk.get_lost(),
    }


def _item(matter: Matter, names: dict[int, str], is_chosen: bool) -> dict[str, Any]:
    return {
        "matter": matter,
        "seen": f"{matter.id}-{matter.assignee_id or NOBODY}",
        "is_chosen": is_chosen,
        "url": url_for("responses.handle", matter_id=matter.id),
        "clock": clock_words(matter),
        "holder": names.get(matter.assignee_id or NOBODY) or _("Nobody has taken this yet"),
    }


def _offer(offered: Offered) -> dict[str, Any]:
    matter = offered.matter
    shown: dict[str, Any] = {
        "matter": matter,
        "from_unit": get_city().units[offered.offer.from_unit].name,
        "at": offered.offer.offered_at,
        "reason": offered.reason.texts,
        "clock": clock_words(matter),
        "acts": [],
    }
    for key, act in acts.OFFER_ACTS.items():
        name, form = acts.make_offer_form(key, matter.id)
        url = url_for("responses.settle_offer", matter_id=matter.id, key=key)
        shown["acts"].append(desk.offer(name, act, form, url))
    return shown


def _facets(
    actor: Actor, counted: Counted, wanted: QueueFilter, people: list[Colleague]
) -> list[Facet]:
    city = get_city()
    units = {*counted["unit"], *(policies.units_of(actor) or ())}
    due = {
        Due.LATE: _("Late"),
        Due.WEEK: _("Due within seven days"),
        Due.WAITING: _("Waiting for the author"),
    }
    named: list[tuple[str, str, dict[Any, str]]] = [
        ("unit", _("Unit"), {key: city.units[key].name for key in sorted(units)}),
        ("due", _("Deadline"), due),
        ("person", _("Who works on it"), _person_names(actor, people)),
        ("state", _("State"), {state: label(state) for state in IN_QUEUE}),
        ("kind", _("Kind"), {kind: label(kind) for kind in MatterKind}),
        ("theme", _("Theme"), {key: theme.name for key, theme in city.themes.items()}),
        ("area", _("Area"), {key: area.name for key, area in city.areas.items()}),
    ]
    return [
        _facet(name, title, names, counted, wanted)
        for name, title, names in named
        if name != "unit" or len(names) > 1
    ]


def _facet(
    name: str, title: str, names: dict[Any, str], counted: Counted, wanted: QueueFilter
) -> Facet:
    chosen = getattr(wanted, name)
    options = [
        Option(str(value), text, counted[name][value], value == chosen)
        for value, text in names.items()
    ]
    return Facet(name, title, options)


def _person_names(actor: Actor, people: list[Colleague]) -> dict[int, str]:
    own = actor.person_id or NOBODY
    first = {own: _("Only mine"), NOBODY: _("Nobody yet")}
    return first | {person.id: person.name for person in people if person.id != own}


def _load(groups: list[Group], wanted: QueueFilter, people: list[Colleague]) -> list[Load]:
    """Everybody's open, late and soon due matters in the chosen unit, nobody's first."""
    counts = filters.count_by_person(groups, wanted.unit)
    names = {NOBODY: _("Nobody yet")} | {person.id: person.name for person in people}
    rows = []
    for person, name in names.items():
        own = QueueFilter(unit=wanted.unit, person=person)
        url = url_for("responses.queue", **own.as_args())
        rows.append(Load(name, url, counts.get(person, QueueCounts(0, 0))))
    return rows
