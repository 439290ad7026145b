"""Working days and due dates by the Finnish calendar (Act 150/1930)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.city.workdays import add_months, add_workdays, is_workday, next_workday

FREE = {
    "New Year": date(2026, 1, 1),
    "Epiphany": date(2026, 1, 6),
    "Good Friday": date(2026, 4, 3),
    "Easter Monday": date(2026, 4, 6),
    "the first of May": date(2026, 5, 1),
    "Ascension": date(2026, 5, 14),
    "Midsummer Eve": date(2026, 6, 19),
    "Midsummer Day": date(2026, 6, 20),
    "All Saints": date(2026, 10, 31),
    "Independence Day": date(2027, 12, 6),
    "Christmas Eve": date(2026, 12, 24),
    "Christmas": date(2026, 12, 25),
    "a Saturday": date(2026, 3, 14),
    "a Sunday": date(2026, 3, 15),
}
WORKING = {
    "an ordinary Monday": date(2026, 3, 9),
    "Maundy Thursday": date(2026, 4, 2),
    "the eve of the first of May": date(2026, 4, 30),
    "the day after Ascension": date(2026, 5, 15),
    "New Year's Eve": date(2026, 12, 31),
    "Shrove Tuesday": date(2026, 2, 17),
}


@pytest.mark.parametrize("day", FREE.values(), ids=FREE.keys())
def test_offices_are_closed(day: date) -> None:
    assert not is_workday(day)


@pytest.mark.parametrize("day", WORKING.values(), ids=WORKING.keys())
def test_offices_are_open(day: date) -> None:
    assert is_workday(day)


@pytest.mark.parametrize("year", range(2024, 2036))
def test_midsummer_eve_is_the_friday_before_the_saturday_of_20_to_26_june(year: int) -> None:
    eve = next(date(year, 6, d) for d in range(19, 26) if date(year, 6, d).weekday() == 4)
    assert not is_workday(eve)
    assert is_workday(eve - timedelta(days=1))


@pytest.mark.parametrize(
    ("due", "moved"),
    [
        (date(2026, 3, 9), date(2026, 3, 9)),
        (date(2026, 3, 14), date(2026, 3, 16)),
        (date(2026, 4, 3), date(2026, 4, 7)),
        (date(2026, 5, 1), date(2026, 5, 4)),
        (date(2026, 6, 19), date(2026, 6, 22)),
        (date(2026, 12, 24), date(2026, 12, 28)),
        (date(2026, 12, 6), date(2026, 12, 7)),
    ],
)
def test_a_due_day_moves_to_the_next_working_day(due: date, moved: date) -> None:
    assert next_workday(due) == moved


@pytest.mark.parametrize(
    ("day", "count", "due"),
    [
        (date(2026, 3, 9), 2, date(2026, 3, 11)),
        (date(2026, 3, 13), 2, date(2026, 3, 17)),
        (date(2026, 3, 14), 2, date(2026, 3, 17)),
        (date(2026, 4, 2), 2, date(2026, 4, 8)),
        (date(2026, 12, 23), 2, date(2026, 12, 29)),
        (date(2026, 3, 9), 0, date(2026, 3, 9)),
    ],
)
def test_working_days_are_counted_from_the_next_day(day: date, count: int, due: date) -> None:
    assert add_workdays(day, count) == due


@pytest.mark.parametrize(
    ("day", "months", "end"),
    [
        (date(2026, 3, 9), 1, date(2026, 4, 9)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 9), 1, date(2027, 1, 9)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
    ],
)
def test_a_month_ends_on_the_same_number_or_the_last_day(day: date, months: int, end: date) -> None:
    assert add_months(day, months) == end


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(1, 30))
def test_counting_working_days_never_lands_on_a_free_day(day: date, count: int) -> None:
    end = add_workdays(day, count)
    assert is_workday(end)
    passed = (day + timedelta(days=n) for n in range(1, (end - day).days + 1))
    assert sum(is_workday(one) for one in passed) == count
