"""Due days by the Finnish calendar, and due moments at the ends of local days."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from app.city import get_city
from app.city import services as city
from app.core import clock as time
from app.core.language import speaking
from app.duties import schedule
from app.duties.rules import HANDLING
from app.duties.table import DUTIES, ClockKind
from app.proposals.lifecycle import MatterKind

SETTINGS: dict[str, Any] = {
    "acknowledge_working_days": 2,
    "estimate_months": 1,
    "answer_days": {"feedback": 14, "proposal": 60, "initiative": 120},
    "six_months_months": 6,
    "document_request_days": 14,
    "document_request_most_months": 1,
    "accessibility_days": 14,
    "council_question_days": 30,
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


def last_day(
    kind: ClockKind, start: str, matter: MatterKind = MatterKind.PROPOSAL, ref: str = ""
) -> str:
    """The last local day of a clock that starts at noon of a day."""
    due = schedule.dues(SETTINGS, kind, matter, noon(start))[kind, ref]
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
    assert last_day(ClockKind.SIX_MONTHS, pending) == last


@pytest.mark.parametrize(
    ("requested", "last", "latest"),
    [
        ("2026-03-09", "2026-03-23", "2026-04-09"),
        ("2026-03-20", "2026-04-07", "2026-04-20"),  # Good Friday: over Easter
        ("2026-01-31", "2026-02-16", "2026-03-02"),  # the month's last day is a Saturday
        ("2026-11-24", "2026-12-08", "2026-12-28"),  # Christmas Eve
        ("2026-12-10", "2026-12-28", "2027-01-11"),
    ],
)
def test_a_document_request_has_two_weeks_and_at_most_a_month(
    requested: str, last: str, latest: str
) -> None:
    assert last_day(ClockKind.DOCUMENT_REQUEST, requested) == last
    assert last_day(ClockKind.ACCESSIBILITY, requested) == last
    assert schedule.last_request_day(SETTINGS, noon(requested)).isoformat() == latest


def test_a_promise_has_the_day_it_names() -> None:
    assert schedule.dues(SETTINGS, ClockKind.PROMISE, MatterKind.PROPOSAL, noon("2026-03-09")) == {}


def test_every_clock_stands_in_the_table_and_only_questions_pause() -> None:
    assert set(DUTIES) == set(ClockKind)
    assert [kind for kind, duty in DUTIES.items() if duty.is_pausable] == [
        ClockKind.ANSWER,
        ClockKind.COUNCIL_QUESTION,
    ]
    assert {kind for kind, duty in DUTIES.items() if duty.is_statutory} == {
        ClockKind.SIX_MONTHS,
        ClockKind.DOCUMENT_REQUEST,
        ClockKind.ACCESSIBILITY,
    }


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
    days = {ref: last_day(ClockKind.FOLLOW_UP, "2026-08-31", ref=ref) for ref in ("6", "12")}
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


# ---------- every day of a year, by an oracle that counts days one by one ----------


def _next_open(day: date) -> date:
    while not is_open(day):
        day += timedelta(days=1)
    return day


def _days_later(day: date, days: int) -> date:
    for _ in range(days):
        day += timedelta(days=1)
    return day


def _months_later(day: date, months: int) -> date:
    """The same number, or the last day before the month after that, found day by day."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    found = date(year, month, 1)
    while found.day < day.day and (found + timedelta(days=1)).month == month:
        found += timedelta(days=1)
    return found


def _workdays_later(day: date, count: int) -> date:
    while count:
        day += timedelta(days=1)
        count -= is_open(day)
    return day


def _midnight_after(day: date) -> datetime:
    """The moment a local day ends. Espoo is two hours before UTC, and three from the last Sunday of
    March to the last Sunday of October; both turn at 1.00 UTC, after the midnight of that day."""
    after = day + timedelta(days=1)
    is_summer = _last_sunday(after.year, 3) < after <= _last_sunday(after.year, 10)
    return datetime(after.year, after.month, after.day, tzinfo=UTC) - timedelta(
        hours=3 if is_summer else 2
    )


def _last_sunday(year: int, month: int) -> date:
    day = date(year, month, 31)
    while day.isoweekday() != 7:
        day -= timedelta(days=1)
    return day


def _expected(day: date, matter: MatterKind) -> dict[tuple[ClockKind, str], date]:
    """The last day of every clock that starts on a day."""
    days = {MatterKind.FEEDBACK: 14, MatterKind.PROPOSAL: 60, MatterKind.INITIATIVE: 120}[matter]
    return {
        (ClockKind.ACKNOWLEDGE, ""): _workdays_later(day, 2),
        (ClockKind.ESTIMATE, ""): _next_open(_months_later(day, 1)),
        (ClockKind.ANSWER, ""): _next_open(_days_later(day, days)),
        (ClockKind.SIX_MONTHS, ""): _next_open(_months_later(day, 6)),
        (ClockKind.DOCUMENT_REQUEST, ""): _next_open(_days_later(day, 14)),
        (ClockKind.ACCESSIBILITY, ""): _next_open(_days_later(day, 14)),
        (ClockKind.COUNCIL_QUESTION, ""): _next_open(_days_later(day, 30)),
        (ClockKind.FOLLOW_UP, "6"): _next_open(_months_later(day, 6)),
        (ClockKind.FOLLOW_UP, "12"): _next_open(_months_later(day, 12)),
    }


YEAR = [date(2026, 3, 1) + timedelta(days=number) for number in range(366)]


def test_the_year_of_the_oracle_has_both_turns_of_the_clock() -> None:
    assert YEAR[0] == date(2026, 3, 1)
    assert YEAR[-1] == date(2027, 3, 1)
    assert _last_sunday(2026, 3) == date(2026, 3, 29)
    assert _last_sunday(2026, 10) == date(2026, 10, 25)


@pytest.mark.parametrize("matter", MatterKind)
@pytest.mark.parametrize("hour", ["00:00", "03:30", "12:00", "23:59"])
def test_every_clock_on_every_day_of_a_year(matter: MatterKind, hour: str) -> None:
    """The clock is held at each day in turn; the almanac above tells what to expect."""
    with time.moved_to(noon("2026-03-01")) as move:
        for day in YEAR:
            move(datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=time.ZONE))
            found = {
                key: due
                for kind in ClockKind
                for key, due in schedule.dues(SETTINGS, kind, matter, time.now()).items()
            }
            expected = {key: _midnight_after(last) for key, last in _expected(day, matter).items()}
            assert found == expected, day
            latest = schedule.last_request_day(SETTINGS, time.now())
            assert latest == _next_open(_months_later(day, 1)), day
            assert schedule.handling_due(SETTINGS, matter, time.now()) == {
                kind: due for (kind, _), due in found.items() if kind in HANDLING
            }


@pytest.mark.parametrize("turn", ["2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25"])
def test_around_the_turns_of_the_clock_a_deadline_is_local_midnight(turn: str) -> None:
    """Fourteen days before and after; deadlines on the Sunday itself move to Monday."""
    day = date.fromisoformat(turn)
    assert time.end_of(day) == _midnight_after(day)
    for distance in range(-16, 17):
        start = noon((day + timedelta(days=distance)).isoformat())
        for kind in ClockKind:
            for due in schedule.dues(SETTINGS, kind, MatterKind.FEEDBACK, start).values():
                assert due.astimezone(time.ZONE).time().isoformat() == "00:00:00"


# ---------- where the rules come from ----------

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@only_sqlite
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("kind", ClockKind)
def test_every_clock_has_a_source_in_the_settings(
    context: Flask, kind: ClockKind, language: str
) -> None:
    with speaking(language):
        source = schedule.source_of(get_city(), kind)
    named = get_city().settings["clocks"]["sources"][DUTIES[kind].source]
    assert source.text == get_city().settings["sources"][named][language]
    if DUTIES[kind].is_statutory:
        assert source.url.startswith("https://www.finlex.fi/")


@only_sqlite
def test_the_citys_own_source_is_shown_as_it_writes_it(context: Flask) -> None:
    seed = city.read_seed()
    seed["municipality"]["clocks"]["sources"]["answer_days"] = "our_promise"
    seed["sources"]["our_promise"] = {"fi": "Palvelulupaus", "sv": "Servicelöfte"}
    city.seed_city(seed)
    with speaking("sv"):
        assert schedule.source_of(get_city(), ClockKind.ANSWER) == schedule.Source("Servicelöfte")
