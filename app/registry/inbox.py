"""What the registry's inbox shows."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from app.city import get_city
from app.core import clock
from app.proposals.models import Matter
from app.proposals.notes import list_why_new
from app.proposals.words import clock_words
from app.registry import queries
from app.registry.forms import RegisterForm
from app.registry.routing import propose

TWO_YEARS = 730  # days


def get_inbox(cursor: str | None, refused: tuple[int, RegisterForm] | None) -> dict[str, Any]:
    """A page of what waits for the registry, each with its proposed unit and a form."""
    page = queries.page_pending(cursor)
    matters = [row[0] for row in page.items]
    since = clock.start_of(clock.today() - timedelta(days=TWO_YEARS))
    routes = queries.count_routes((matter.theme for matter in matters), since)
    why_new = list_why_new(matter.id for matter in matters)
    return {
        "page": page,
        "counts": queries.count_pending(),
        "items": [
            _pending(matter, routes, refused) | {"why_new": why_new.get(matter.id)}
            for matter in matters
        ],
    }


def _pending(
    matter: Matter, routes: Sequence[Any], refused: tuple[int, RegisterForm] | None
) -> dict[str, Any]:
    city = get_city()
    proposed = propose(matter, routes, city)
    if refused and refused[0] == matter.id:
        form = refused[1]
    else:
        form = RegisterForm(formdata=None, prefix=f"m{matter.id}-", data={"unit": proposed.unit})
    return {
        "matter": matter,
        "form": form,
        "clock": clock_words(matter),
        "reason": proposed.reason,
        "area_name": city.areas[matter.area].name if matter.area else None,
    }
