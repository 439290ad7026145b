"""Working days and due dates by the Finnish calendar. Pure, but for the holiday tables.

Sources: Act 150/1930 (calculation of time limits) sections 3 and 5: a month ends on the day with
the same number, or the month's last day; a due day on a Sunday, holiday, Independence Day, 1 May,
Christmas Eve, Midsummer Eve or a Saturday moves to the next working day.
"""

import calendar
from datetime import date, timedelta
from functools import cache

from holidays import country_holidays


@cache
def _holidays(year: int) -> frozenset[date]:
    # Midsummer Eve and Christmas Eve are no public holidays in the library's default set
    holidays = set(country_holidays("FI", years=year))
    midsummer = next(
        date(year, 6, day) for day in range(19, 26) if date(year, 6, day).weekday() == 4
    )
    return frozenset(holidays | {midsummer, date(year, 12, 24)})


def is_workday(day: date) -> bool:
    """Whether offices are open: Monday to Friday and no holiday or eve."""
    return day.weekday() < 5 and day not in _holidays(day.year)


def next_workday(day: date) -> date:
    """The day itself if it is a working day, else the first one after it."""
    while not is_workday(day):
        day += timedelta(days=1)
    return day


def add_workdays(day: date, count: int) -> date:
    """The `count`-th working day after a day."""
    while count > 0:
        day += timedelta(days=1)
        if is_workday(day):
            count -= 1
    return day


def add_months(day: date, count: int) -> date:
    """The same number `count` months later, or that month's last day."""
    index = day.year * 12 + day.month - 1 + count
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
