"""Short spellings of days for drawings."""

from datetime import date, datetime
from functools import lru_cache

from babel import dates

from app.core import clock, language, words


def _locale() -> str:
    return words.LOCALES[language.current()]


@lru_cache(maxsize=8192)
def _format(day: date, pattern: str, locale: str) -> str:
    """Formatting costs much for what a long journey asks hundreds of times."""
    return dates.format_date(day, pattern, locale=locale)


def short(day: date, reader: str | None = None) -> str:
    """A day without its year: 8.5. or 8 May; in a language, the present one if not given."""
    code = reader or language.current()
    return _format(day, "d MMM" if code == "en" else "d.M.", words.LOCALES[code])


def full(day: date, reader: str) -> str:
    """A day with its weekday, as `words.day_long` spells it in the reader's language."""
    return _full(day, reader)


@lru_cache(maxsize=8192)
def _full(day: date, _language: str) -> str:
    return words.day_long(day)


def in_words(day: date) -> str:
    """A day as `words.day_words` spells it."""
    return _in_words(day, language.current(), clock.today().year)


@lru_cache(maxsize=8192)
def _in_words(day: date, _language: str, _year: int) -> str:
    return words.day_words(day)


def tiny(day: date) -> str:
    """A day in digits without its year: 8.5. or 8/5."""
    pattern = "d/M" if language.current() == "en" else "d.M."
    return _format(day, pattern, _locale())


def month(day: date, *, full: bool) -> str:
    """The name of a month by itself, in full or short; January gives its year when short."""
    return _format(day, "LLLL" if full else "LLL", _locale())


def parse(text: str) -> date:
    """A day as the journal spells it: a plain one, or the last day before a due moment."""
    if "T" in text:
        return clock.last_day(datetime.fromisoformat(text))
    return date.fromisoformat(text)
