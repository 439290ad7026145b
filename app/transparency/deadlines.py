"""How a duty clock stands, in local days. Pure.

Lateness counts from the first due day. Only days on which the clock stood still for a public
reason are taken off: a deadline that was extended is late from its first day on.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.core import clock as time
from app.core import words
from app.duties.rules import Clock, ClockKind, Status
from app.transparency import dates
from app.transparency.phrases import gettext

SOON = 7  # days before a deadline in which it is shown as coming soon

NAMES: dict[ClockKind, Any] = {
    ClockKind.ACKNOWLEDGE: _l("Registering"),
    ClockKind.ESTIMATE: _l("Estimate of the handling time"),
    ClockKind.ANSWER: _l("Answer"),
    ClockKind.SIX_MONTHS: _l("Taken up within six months"),
    ClockKind.DOCUMENT_REQUEST: _l("Giving the documents"),
    ClockKind.ACCESSIBILITY: _l("Answer about accessibility"),
    ClockKind.PROMISE: _l("Promise"),
    ClockKind.FOLLOW_UP: _l("Measuring the effect"),
    ClockKind.COUNCIL_QUESTION: _l("Answer to a councillor"),
}


@dataclass(frozen=True)
class Result:
    """How a clock ended or stands: tone and icon of a chip, and its words."""

    tone: str
    icon: str
    text: str


def start_day(clock: Clock) -> date:
    """The day the clock started."""
    return time.local_date(clock.started_at)


def first_day(clock: Clock) -> date:
    """The last day on which the first deadline could be met."""
    return time.last_day(clock.first_due)


def present_day(clock: Clock) -> date:
    """The last day on which the deadline as it is now can be met."""
    return time.last_day(clock.due)


def days_still(clock: Clock, now: datetime) -> int:
    """Days on which the clock stood still for a public reason, until it stopped or now."""
    if clock.paused_at is None:
        return clock.paused_days
    return clock.paused_days + (end_day(clock, now) - time.local_date(clock.paused_at)).days


def fair_day(clock: Clock, now: datetime) -> date:
    """The day by which lateness is counted: the first one, later by the days it stood still."""
    return first_day(clock) + timedelta(days=days_still(clock, now))


def end_day(clock: Clock, now: datetime) -> date:
    """The day the clock stopped, today while it has not."""
    return time.local_date(clock.stopped_at or now)


def days_late(clock: Clock, now: datetime) -> int:
    """Days from the fair day to the end: late when positive, early or left when negative."""
    return (end_day(clock, now) - fair_day(clock, now)).days


def is_late(clock: Clock, now: datetime) -> bool:
    """Whether the duty was done late, has not been done in time, or ended late without it."""
    return clock.status == Status.BROKEN or days_late(clock, now) > 0


def result(clock: Clock, now: datetime) -> Result:
    """What a reader should know of a clock first."""
    late = days_late(clock, now)
    if clock.status == Status.ENDED:
        return _ended(late)
    if clock.status == Status.BROKEN:
        return Result("late", "alert", gettext("Not kept"))
    if late > 0:
        return Result("late", "alert", ngettext("%(num)s day late", "%(num)s days late", late))
    if clock.status == Status.PAUSED:
        return Result("wait", "pause", gettext("Stands still now"))
    if clock.status == Status.MET:
        return Result("ok", "check", _early(-late))
    if late == 0:
        return Result("soon", "clock", gettext("Due today"))
    left = ngettext("%(num)s day left", "%(num)s days left", -late)
    return Result("soon" if -late <= SOON else "", "clock", left)


def _ended(late: int) -> Result:
    if late <= 0:
        return Result("", "x", gettext("Not needed any more"))
    text = ngettext("%(num)s day late when it ended", "%(num)s days late when it ended", late)
    return Result("late", "alert", text)


def _early(days: int) -> str:
    if days == 0:
        return gettext("On time")
    return ngettext("%(num)s day early", "%(num)s days early", days)


def name(clock: Clock) -> str:
    """What the duty is; a measurement says after how many months."""
    if clock.kind == ClockKind.FOLLOW_UP and clock.ref.isdigit():
        return gettext("Measuring the effect after %(months)s months", months=clock.ref)
    return str(NAMES[clock.kind])


def moved_words(before: Clock, after: Clock) -> str:
    """The sentence about a deadline that an entry moved."""
    return gettext(
        "%(deadline)s: the deadline moved from %(before)s to %(after)s.",
        deadline=name(after),
        before=dates.in_words(present_day(before)),
        after=dates.in_words(present_day(after)),
    )


def share_of_time(clock: Clock, now: datetime) -> str:
    """How many days were used of how many, for those who do not see the bar."""
    allowed = max((first_day(clock) - start_day(clock)).days, 0)
    used = max((end_day(clock, now) - start_day(clock)).days, 0)
    text = gettext("Used %(used)s days of %(allowed)s", used=used, allowed=allowed)
    still = days_still(clock, now)
    if still:
        text += ", " + gettext("the clock stood still for %(days)s", days=words.days(still))
    return text
