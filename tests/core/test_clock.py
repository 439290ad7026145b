"""Time: local days begin and end at the right moment, also when summer time changes."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.core import clock


@pytest.mark.parametrize(
    ("day", "start", "hours"),
    [
        (date(2026, 1, 15), datetime(2026, 1, 14, 22, tzinfo=UTC), 24),
        (date(2026, 7, 15), datetime(2026, 7, 14, 21, tzinfo=UTC), 24),
        (date(2026, 3, 29), datetime(2026, 3, 28, 22, tzinfo=UTC), 23),
        (date(2026, 10, 25), datetime(2026, 10, 24, 21, tzinfo=UTC), 25),
        (date(2026, 12, 31), datetime(2026, 12, 30, 22, tzinfo=UTC), 24),
    ],
)
def test_a_local_day_in_utc(day: date, start: datetime, hours: int) -> None:
    assert clock.start_of(day) == start
    assert clock.end_of(day) - clock.start_of(day) == timedelta(hours=hours)
    assert clock.end_of(day) == clock.start_of(day + timedelta(days=1))


def test_periods_are_half_open() -> None:
    day = date(2026, 3, 29)
    assert clock.local_date(clock.start_of(day)) == day
    assert clock.local_date(clock.end_of(day)) == day + timedelta(days=1)
    assert clock.last_day(clock.end_of(day)) == day
    assert clock.last_day(clock.start_of(day)) == day - timedelta(days=1)


def test_an_evening_in_utc_is_the_next_day_in_espoo() -> None:
    with clock.moved_to(datetime(2026, 3, 9, 22, 30, tzinfo=UTC)):
        assert clock.today() == date(2026, 3, 10)
    with clock.moved_to(datetime(2026, 3, 9, 21, 59, 59, tzinfo=UTC)):
        assert clock.today() == date(2026, 3, 9)


def test_the_clock_can_be_held_and_goes_on_afterwards() -> None:
    moment = datetime(2026, 3, 9, 9, tzinfo=UTC)
    with clock.moved_to(moment) as move:
        assert clock.now() == moment
        move(moment + timedelta(days=1))
        assert clock.now() == moment + timedelta(days=1)
        with clock.moved_to(moment - timedelta(days=1)):
            assert clock.now() == moment - timedelta(days=1)
        assert clock.now() == moment + timedelta(days=1)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_the_clock_goes_on_after_a_failure() -> None:
    with pytest.raises(ValueError), clock.moved_to(datetime(2026, 3, 9, tzinfo=UTC)):
        raise ValueError("failed inside")
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
