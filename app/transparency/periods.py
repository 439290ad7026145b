"""The periods of the overview of hand-overs that everybody can choose by name. Pure."""

from datetime import date, timedelta

from app.core import clock

PRESETS = {"month": 30, "quarter": 91, "year": 365, "all": None}  # days


def days_of(period: str, first: date | None) -> tuple[date, date]:
    """First and last local day of a period that ends today; `first` is the day it all began."""
    today, length = clock.today(), PRESETS[period]
    if length is None:
        return first or today, today
    return today - timedelta(days=length - 1), today
