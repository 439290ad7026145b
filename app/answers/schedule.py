"""When an answer is to be published: a local day and time as a moment. Pure.

When summer time begins, the hour that the clocks skip does not exist and is refused. When it ends,
an hour comes twice, and the first one is meant. The time is at most half a year away.
"""

import re
from datetime import UTC, datetime, timedelta

from app.core import clock
from app.core.errors import Invalid

FARTHEST = timedelta(days=183)


def moment_of(day: str, time: str) -> datetime:
    """The moment of a local day (2027-05-29 or 29.5.2027) and time (9.30, 09:30).

    Raises Invalid "no_such_time" for what is no day or time, also in the hour that is skipped.
    """
    local = _local(day.strip(), time.strip())
    if local is None:
        raise Invalid("no_such_time")
    moment = local.replace(tzinfo=clock.ZONE, fold=0).astimezone(UTC)
    if moment.astimezone(clock.ZONE).replace(tzinfo=None) != local:
        raise Invalid("no_such_time")
    return moment


def require_ahead(moment: datetime) -> None:
    """Refuse a moment that has passed or is too far away.

    Raises Invalid "time_passed" or "time_too_far".
    """
    if moment <= clock.now():
        raise Invalid("time_passed")
    if moment > clock.now() + FARTHEST:
        raise Invalid("time_too_far")


def _local(day: str, time: str) -> datetime | None:
    clocked = re.fullmatch(r"(\d{1,2})[.:](\d{2})", time)
    for pattern in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            start = datetime.strptime(day, pattern)
            return start.replace(hour=int(clocked[1]), minute=int(clocked[2])) if clocked else None
        except ValueError:
            continue
    return None
