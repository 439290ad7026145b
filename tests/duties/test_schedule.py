"""Due days by the Finnish calendar, and due moments at the ends of local days."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.core import clock as time
from app.duties import schedule
from app.duties.rules import ClockKind
from app.proposals.lifecycle import MatterKind

SETTINGS: dict[str, Any] = {
    "acknowledge_working_days": 2,
    "estimate_months": 1,
    "answer_days": {"feedback": 14, "proposal": 60, "initiative": 120},
    "six_months_months": 6,
    "followup_months": [6, 12],
}

# Days of 2026 to 2028 on which offices are closed beside Saturdays and Sundays, from the
# almanac: New Year, Epiphany, Good Friday, Easter Monday, 1 May, Ascension, Midsummer Eve,
# 6 December, Christmas Eve, Christmas, Boxing Day. Those on weekends are left out.
ALMANAC = """
    2026-01-01 2026-01-06 2026-04-03 2026-04-06 2026-05-01 2026-05-14 2026-06-19 2026-12-24
    2026-12-25
    2027-01-01 2027-01-06 2027-03-26 2027-03-29 2027-05-06 2027-06-25 2027-12-06 2027-12-24
    2028-01-06 2028-04-14 2028-04-17 2028-05-01 2028-05-25 2028-06-23 2028-12-06 2028-12-25
    2028-12-26
"""
CLOSED = {date.fromisoformat(day) for day in ALMANAC.split()}


def is_open(day: date) -> bool:
    """Whether offices are open, by the list above."""
    return day.weekday() < 5 and day not in CLOSED


def noon(day: str) -> datetime:
    """Noon of a local day."""
    return datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=time.ZONE)


def last_day(kind: ClockKind, pending: str, matter: MatterKind = MatterKind.PROPOSAL) -> str:
    """The last local day of a clock of a matter that became pending at noon of a day."""
    due = schedule.handling_due(SETTINGS, matter, noon(pending))[kind]
    return time.last_day(due).isoformat()


@pytest.mark.parametrize(
    ("pending", "last"),
    [
        ("2026-03-09", "2026-03-11"),  # Monday
        ("2026-03-12", "2026-03-16"),  # Thursday, over the weekend
        ("2026-03-13", "2026-03-17"),  # Friday
        ("2026-03-14", "2026-03-17"),  # Saturday
        ("2026-03-15", "2026-03-17"),  # Sunday
        ("2026-04-01", "2026-04-07"),  # Wednesday before Easter
        ("2026-04-02", "2026-04-08"),  # Maundy Thursday is a working day
        ("2026-04-03", "2026-04-08"),  # Good Friday
        ("2026-04-29", "2026-05-04"),  # over 1 May
        ("2026-06-17", "2026-06-22"),  # Thursday, then Midsummer Eve
        ("2026-06-18", "2026-06-23"),
        ("2027-06-23", "2027-06-28"),  # Midsummer Eve on 25 June
        ("2026-12-22", "2026-12-28"),  # over Christmas
        ("2026-12-23", "2026-12-29"),
        ("2026-12-31", "2027-01-05"),  # over New Year
        ("2027-01-05", "2027-01-08"),  # over Epiphany
        ("2027-12-03", "2027-12-08"),  # 6 December on a Monday
        ("2026-12-04", "2026-12-08"),  # 6 December on a Sunday moves nothing
    ],
)
def test_two_working_days(pending: str, last: str) -> None:
    assert last_day(ClockKind.ACKNOWLEDGE, pending) == last


@pytest.mark.parametrize(
    ("pending", "last"),
    [
        ("2026-03-09", "2026-04-09"),
        ("2026-01-31", "2026-03-02"),  # 28 February is a Saturday
        ("2028-01-31", "2028-02-29"),  # a leap year
        ("2028-01-29", "2028-02-29"),
        ("2026-03-31", "2026-04-30"),  # the month's last day
        ("2026-03-03", "2026-04-07"),  # Good Friday moves over Easter
        ("2026-04-01", "2026-05-04"),  # 1 May is a Friday
        ("2026-05-19", "2026-06-22"),  # Midsummer Eve
        ("2026-11-24", "2026-12-28"),  # Christmas Eve
        ("2027-11-06", "2027-12-07"),  # 6 December is a Monday
        ("2026-12-31", "2027-02-01"),  # 31 January is a Sunday
    ],
)
def test_one_month(pending: str, last: str) -> None:
    assert last_day(ClockKind.ESTIMATE, pending) == last


@pytest.mark.parametrize(
    ("pending", "last"),
    [
        ("2026-03-09", "2026-09-09"),
        ("2026-08-31", "2027-03-01"),  # 28 February 2027 is a Sunday
        ("2027-08-31", "2028-02-29"),
        ("2026-06-24", "2026-12-28"),  # Christmas Eve, Christmas and a weekend
        ("2026-11-01", "2027-05-03"),  # 1 May on a Saturday
        ("2027-06-06", "2027-12-07"),  # Independence Day
        ("2026-10-03", "2027-04-05"),  # a Saturday
        ("2026-09-26", "2027-03-30"),  # Good Friday: over Easter
        ("2026-12-25", "2027-06-28"),  # Midsummer Eve
    ],
)
def test_six_months(pending: str, last: str) -> None:
    due = schedule.six_months_due(SETTINGS, noon(pending))
    assert time.last_day(due).isoformat() == last


@pytest.mark.parametrize(
    ("matter", "pending", "last"),
    [
        (MatterKind.FEEDBACK, "2026-03-09", "2026-03-23"),
        (MatterKind.FEEDBACK, "2026-03-21", "2026-04-07"),  # Saturday before Easter
        (MatterKind.PROPOSAL, "2026-03-09", "2026-05-08"),
        (MatterKind.PROPOSAL, "2026-03-02", "2026-05-04"),  # 1 May
        (MatterKind.INITIATIVE, "2026-03-09", "2026-07-07"),
        (MatterKind.INITIATIVE, "2026-08-26", "2026-12-28"),  # Christmas Eve
    ],
)
def test_the_answer_is_due_by_the_kind_of_matter(
    matter: MatterKind, pending: str, last: str
) -> None:
    assert last_day(ClockKind.ANSWER, pending, matter) == last


def test_the_effect_is_measured_after_six_and_twelve_months() -> None:
    dues = schedule.follow_up_due(SETTINGS, noon("2026-08-31"))
    days = {ref: time.last_day(due).isoformat() for ref, due in dues.items()}
    assert days == {"6": "2027-03-01", "12": "2027-08-31"}


@pytest.mark.parametrize(
    ("pending", "due"),
    [
        ("2026-03-25T12:00", "2026-03-27T22:00"),  # before summer time begins
        ("2026-03-26T12:00", "2026-03-30T21:00"),  # the weekend of 47 hours between
        ("2026-10-21T12:00", "2026-10-23T21:00"),
        ("2026-10-22T12:00", "2026-10-26T22:00"),  # the weekend of 49 hours between
        ("2026-03-28T23:59", "2026-03-31T21:00"),
        ("2026-03-29T00:00", "2026-03-31T21:00"),  # the day summer time begins
        ("2026-10-25T03:30", "2026-10-27T22:00"),  # the hour that comes twice
    ],
)
def test_due_moments_in_utc_around_summer_time(pending: str, due: str) -> None:
    at = datetime.fromisoformat(pending).replace(tzinfo=time.ZONE)
    found = schedule.handling_due(SETTINGS, MatterKind.PROPOSAL, at)[ClockKind.ACKNOWLEDGE]
    assert found == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_what_is_filed_at_midnight_belongs_to_the_new_day() -> None:
    before = datetime(2026, 3, 9, 21, 59, 59, tzinfo=UTC)
    after = datetime(2026, 3, 9, 22, 0, tzinfo=UTC)
    dues = [
        schedule.handling_due(SETTINGS, MatterKind.PROPOSAL, at)[ClockKind.ACKNOWLEDGE]
        for at in (before, after)
    ]
    assert [time.last_day(due).isoformat() for due in dues] == ["2026-03-11", "2026-03-12"]


def _next_open(day: date) -> date:
    return day if is_open(day) else _next_open(day + timedelta(days=1))


def _months_later(day: date, months: int) -> date:
    """Counted day by day: the same number, or the last day before the month after that."""
    first = day.replace(day=1)
    for _ in range(months):
        first = (first + timedelta(days=31)).replace(day=1)
    end = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return min(first + timedelta(days=day.day - 1), end)


def _expected(day: date, days: int) -> dict[ClockKind, date]:
    acknowledge = _next_open(_next_open(day + timedelta(days=1)) + timedelta(days=1))
    return {
        ClockKind.ACKNOWLEDGE: acknowledge,
        ClockKind.ESTIMATE: _next_open(_months_later(day, 1)),
        ClockKind.ANSWER: _next_open(day + timedelta(days=days)),
    }


@pytest.mark.parametrize("matter", MatterKind)
@pytest.mark.parametrize("hour", ["00:00", "12:00", "23:59"])
def test_every_day_of_two_years(matter: MatterKind, hour: str) -> None:
    """The clock is held at each day in turn; the almanac above tells what to expect."""
    with time.moved_to(noon("2026-01-01")) as move:
        for number in range(730):
            day = date(2026, 1, 1) + timedelta(days=number)
            move(datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=time.ZONE))
            dues = schedule.handling_due(SETTINGS, matter, time.now())
            expected = _expected(day, SETTINGS["answer_days"][matter.value])
            assert {kind: time.last_day(due) for kind, due in dues.items()} == expected, day
            six = schedule.six_months_due(SETTINGS, time.now())
            assert time.last_day(six) == _next_open(_months_later(day, 6)), day
            for due in (*dues.values(), six):
                assert due.astimezone(time.ZONE).time().isoformat() == "00:00:00"
                assert due > time.now()
