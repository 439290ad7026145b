"""When a duty is due: from the municipality's settings, working days and the law. Pure.

Sources stand in `SOURCES` for every clock and are shown with it.
"""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l

from app.city import workdays
from app.core import clock as time
from app.duties.rules import ClockKind
from app.proposals.lifecycle import MatterKind

SOURCES = {
    ClockKind.ACKNOWLEDGE: _l("The city's own rule: case number and unit within two working days."),
    ClockKind.ESTIMATE: _l("The city's administrative regulations: an estimate within one month."),
    ClockKind.ANSWER: _l("The city's own deadline. The law says: without undue delay."),
    ClockKind.SIX_MONTHS: _l("Local Government Act 410/2015, section 23."),
    ClockKind.PROMISE: _l("The city's answer."),
    ClockKind.FOLLOW_UP: _l("Agreed when the matter was accepted."),
}


def handling_due(
    settings: dict[str, Any], kind: MatterKind, pending: datetime
) -> dict[ClockKind, datetime]:
    """Due moments of the clocks that start when a matter becomes pending.

    `settings` is the municipality's block `clocks`: working days, months and days.
    """
    day = time.local_date(pending)
    ack = workdays.add_workdays(day, settings["acknowledge_working_days"])
    estimate = workdays.next_workday(workdays.add_months(day, settings["estimate_months"]))
    answer = day + timedelta(days=settings["answer_days"][kind.value])
    return {
        ClockKind.ACKNOWLEDGE: time.end_of(ack),
        ClockKind.ESTIMATE: time.end_of(estimate),
        ClockKind.ANSWER: time.end_of(workdays.next_workday(answer)),
    }


def six_months_due(settings: dict[str, Any], pending: datetime) -> datetime:
    """Six months from becoming pending, moved to a working day (Act 150/1930)."""
    day = workdays.add_months(time.local_date(pending), settings["six_months_months"])
    return time.end_of(workdays.next_workday(day))


def follow_up_due(settings: dict[str, Any], implemented: datetime) -> dict[str, datetime]:
    """Due moments of the measurements after implementing, by their number of months."""
    day = time.local_date(implemented)
    return {
        str(months): time.end_of(workdays.next_workday(workdays.add_months(day, months)))
        for months in settings["followup_months"]
    }
