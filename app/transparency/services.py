"""Working the overview's figures out anew; the only write of this feature."""

from sqlalchemy import delete, insert

from app.core import clock, topics
from app.core.command import command
from app.extensions import db
from app.transparency import flows, queries
from app.transparency.figures import work_out
from app.transparency.models import Figure


@command
def rebuild_figures() -> int:
    """Work out all figures and replace the kept ones; returns how many.

    Reads every public matter once. Running it again gives the same figures on the same day.
    """
    now, periods = clock.now(), queries.periods()
    found = work_out(queries.stream_cases(), periods, now)
    found["flows"] = flows.as_kept(flows.count_flows(queries.list_handovers(periods.year)))
    db.session.execute(delete(Figure))
    rows = [{"key": key, "value": value, "made_at": now} for key, value in found.items()]
    db.session.execute(insert(Figure), rows)
    topics.touch("figures")
    return len(rows)
