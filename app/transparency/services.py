"""Working the overview's figures out anew, and collecting hand-overs: the job's two writes."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert

from app.core import clock, topics
from app.core.command import command
from app.extensions import db
from app.transparency import flows, lists, queries
from app.transparency.figures import work_out
from app.transparency.flows import Handed
from app.transparency.models import Figure, HandOver
from app.transparency.periods import PRESETS, days_of

CHUNK = 2000  # hand-overs of one command
FRESH = timedelta(hours=1)


def rebuild_figures() -> int:
    """Work out all figures and replace the kept ones; returns how many.

    Reads every public matter once, outside the command that writes, so that nobody waits for it.
    Running it again gives the same figures on the same day.
    """
    now, periods = clock.now(), queries.periods()
    found = work_out(queries.stream_cases(), periods, now)
    db.session.rollback()
    collect_hand_overs()
    first = lists.get_first_hand_over()
    for period in PRESETS:
        listed = lists.list_flows(*days_of(period, first))
        found[f"flows:{period}"] = flows.as_kept(listed)
    db.session.rollback()
    keep_figures(found, now)
    return len(found)


def collect_hand_overs() -> int:
    """Add the journal's new hand-overs to the table that the overview counts; returns how many.

    Entries never change, so each is read once; running it again adds nothing.
    """
    added = 0
    while handed := queries.list_new_handed(CHUNK):
        db.session.rollback()
        keep_hand_overs(handed)
        added += len(handed)
    return added


@command
def keep_hand_overs(handed: list[Handed]) -> None:
    """Keep some hand-overs of the journal, each once."""
    rows = [
        {
            "seq": one.seq,
            "matter_id": one.matter_id,
            "from_unit": one.before,
            "to_unit": one.after,
            "at": one.at,
            "days": one.days,
        }
        for one in handed
    ]
    db.session.execute(insert(HandOver), rows)
    topics.touch("figures")


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
