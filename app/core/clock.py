"""The one source of time. Aware UTC inside, Europe/Helsinki outside.

Tests and the demonstration move it with `moved_to`; nothing else reads the system clock.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Helsinki")


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """The present moment as aware UTC."""
    return _source()


def today() -> date:
    """The present local date in the municipality's time zone."""
    return local_date(now())


def local_date(moment: datetime) -> date:
    """The local calendar date on which a moment falls."""
    return moment.astimezone(ZONE).date()


def start_of(day: date) -> datetime:
    """The moment a local day begins, in UTC; right on days when summer time changes."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The moment a local day ends (half-open), which is when a deadline of that day passes."""
    return start_of(day + timedelta(days=1))


def last_day(due: datetime) -> date:
    """The last local day on which a deadline with this due moment can still be met."""
    return local_date(due - timedelta(microseconds=1))


def set_source(source: Callable[[], datetime] | None) -> None:
    """Replace the clock for the whole process; None brings the system's clock back."""
    global _source
    _source = source or _system


@contextmanager
def moved_to(moment: datetime) -> Iterator[Callable[[datetime], None]]:
    """Hold the clock at a moment; yields a function that moves it on."""
    held = [moment]

    def move(to: datetime) -> None:
        held[0] = to

    before = _source
    set_source(lambda: held[0])
    try:
        yield move
    finally:
        set_source(None if before is _system else before)
