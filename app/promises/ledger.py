"""What the public page of promises shows."""

from collections.abc import Mapping
from functools import reduce
from operator import add
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l

from app.city import get_city
from app.core import language
from app.core.errors import NotFound
from app.promises import presenting, queries
from app.promises.queries import Standing, Tally

NAMES = {
    Standing.OPEN: _l("Open"),
    Standing.LATE: _l("Open and late"),
    Standing.KEPT: _l("Kept"),
    Standing.BROKEN: _l("Not kept"),
}
HEADINGS = {
    Standing.OPEN: _l("Open promises, the soonest first"),
    Standing.LATE: _l("Late promises, the oldest first"),
    Standing.KEPT: _l("Kept promises, the newest day first"),
    Standing.BROKEN: _l("Promises that will not be kept, the newest day first"),
}


def get_ledger(standing: str, unit: str | None, cursor: str | None) -> dict[str, Any]:
    """A page of promises that stand so, with the counts of that unit or of the whole city.

    Raises NotFound for an unknown standing or unit.
    """
    if standing not in set(Standing) or (unit and unit not in get_city().units):
        raise NotFound("not_found")
    chosen = Standing(standing)
    by_unit = queries.count_by_unit()
    tally = by_unit.get(unit, Tally()) if unit else reduce(add, by_unit.values(), Tally())
    page = queries.page_ledger(chosen, unit, cursor)
    return {
        "standing": chosen,
        "heading": str(HEADINGS[chosen]),
        "unit": unit,
        "page": page,
        "promises": [_item(*row) for row in page.items],
        "tally": tally,
        "tabs": _tabs(chosen, tally),
        "units": _units(by_unit),
        "pages": {
            side: url_for("promises.ledger", state=standing, unit=unit, page=key)
            for side, key in (("previous", page.previous), ("next", page.next))
            if key
        },
    }


def _item(promise: Any, title: str, code: str, note: Mapping[str, str] | None) -> dict[str, Any]:
    return {
        "view": presenting.promise_view(promise, note or {}, language.current()),
        "title": title,
        "language": code if code != language.current() else None,
        "url": url_for("proposals.show", matter_id=promise.matter_id),
    }


def _tabs(chosen: Standing, tally: Tally) -> list[dict[str, Any]]:
    return [
        {
            "value": standing.value,
            "label": str(name),
            "count": getattr(tally, standing.value),
            "current": standing == chosen,
        }
        for standing, name in NAMES.items()
    ]


def _units(by_unit: Mapping[str, Tally]) -> list[tuple[str, str]]:
    """The units that have promised something, by name."""
    known = get_city().units
    return sorted(((key, known[key].name) for key in by_unit), key=lambda one: one[1].casefold())
