"""Short spellings of days for drawings."""

from datetime import date, datetime

from babel import dates

from app.core import clock, language, words


def _locale() -> str:
    return words.LOCALES[language.current()]


def short(day: date) -> str:
    """A day without its year: 8.5. or 8 May."""
    pattern = "d MMM" if language.current() == "en" else "d.M."
    return dates.format_date(day, pattern, locale=_locale())


def tiny(day: date) -> str:
    """A day in digits without its year: 8.5. or 8/5."""
    pattern = "d/M" if language.current() == "en" else "d.M."
    return dates.format_date(day, pattern, locale=_locale())


def month(day: date, *, full: bool) -> str:
    """The name of a month by itself, in full or short; January gives its year when short."""
    return dates.format_date(day, "LLLL" if full else "LLL", locale=_locale())


def parse(text: str) -> date:
    """A day as the journal spells it: a plain one, or the last day before a due moment."""
    if "T" in text:
        return clock.last_day(datetime.fromisoformat(text))
    return date.fromisoformat(text)
