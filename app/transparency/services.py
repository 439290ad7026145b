"""Working the overview's figures out anew; the only write of this feature."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert

from app.core import clock, topics
from app.core.command import command
from app.extensions import db
from app.transparency import flows, queries
from app.transparency.figures import work_out
from app.transparency.models import Figure

FRESH = timedelta(hours=1)


def rebuild_figures() -> int:
    """Work out all figures and replace the kept ones; returns how many.

    Reads every public matter once, outside the command that writes, so that nobody waits for it.
    Running it again gives the same figures on the same day.
    """
    now, periods = clock.now(), queries.periods()
    found = work_out(queries.stream_cases(), periods, now)
    found["flows"] = flows.as_kept(flows.count_flows(queries.list_handovers(periods.year)))
    db.session.rollback()
    keep_figures(found, now)
    return len(found)


@command
def keep_figures(found: dict[str, dict[str, Any]], now: datetime) -> None:
    """Replace the kept figures by these, worked out at a moment."""
    db.session.execute(delete(Figure))
    rows = [{"key": key, "value": value, "made_at": now} for key, value in found.items()]
    db.session.execute(insert(Figure), rows)
    topics.touch("figures")


def are_figures_due() -> bool:
    """Whether the figures are older than an hour, of another day, or not there; one query."""
    made_at = queries.get_kept().made_at
    if made_at is None:
        return True
    old = clock.now() - made_at >= FRESH
    return old or clock.local_date(made_at) != clock.today()
