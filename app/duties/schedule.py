"""When a duty is due, as moments, and where its rule comes from. Pure.

The rules stand in `table.py`; here local days become the moments that end them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.city import City, workdays
from app.core import clock as time
from app.core import language
from app.duties.table import DUTIES, ClockKind, Start
from app.proposals.lifecycle import MatterKind

Dues = dict[tuple[ClockKind, str], datetime]


@dataclass(frozen=True)
class Source:
    """Where a rule comes from, in the language in use: a law or the city's own rule; `url` may be
    empty."""

    text: str
    url: str = ""


def dues(
    settings: Mapping[str, Any], kind: ClockKind, matter_kind: MatterKind, at: datetime
) -> Dues:
    """Due moments of one kind of clock that starts at a moment, by kind and reference.

    `settings` is the municipality's block `clocks`: working days, days and months.
    """
    rule = DUTIES[kind].due
    days = rule(settings, matter_kind, time.local_date(at)) if rule else {}
    return {(kind, ref): time.end_of(day) for ref, day in days.items()}


def handling_due(
    settings: Mapping[str, Any], matter_kind: MatterKind, pending: datetime
) -> dict[ClockKind, datetime]:
    """Due moments of the clocks that start when a matter becomes pending."""
    starting = [kind for kind, duty in DUTIES.items() if duty.starts == Start.PENDING]
    return {
        kind: due
        for clock_kind in starting
        for (kind, _), due in dues(settings, clock_kind, matter_kind, pending).items()
    }


def last_request_day(settings: Mapping[str, Any], requested: datetime) -> date:
    """The last day to which handling a document request can be extended.

    At most one month from the request: Act on Openness 621/1999 section 14.
    """
    months = settings["document_request_most_months"]
    return workdays.next_workday(workdays.add_months(time.local_date(requested), months))


def source_of(city: City, kind: ClockKind) -> Source:
    """Where a duty's rule comes from, as the municipality's settings tell."""
    name = city.settings["clocks"]["sources"][DUTIES[kind].source]
    found = city.settings["sources"][name]
    texts = {code: text for code, text in found.items() if code in language.LANGUAGES}
    return Source(language.pick(texts), language.pick(found.get("url", {})))
