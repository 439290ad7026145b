"""Dates, distances, numbers and money in words, as template filters."""

from datetime import date, datetime

from babel import dates, numbers
from flask import Flask
from flask_babel import gettext, ngettext
from markupsafe import Markup, escape

from app.core import clock, language

LOCALES = {"fi": "fi_FI", "sv": "sv_FI", "en": "en_GB"}
LONG_WORDS = ("keskus", "palvelut", "lautakunta", "valvonta", "suunnittelu", "centralen", "nämnden")


def _locale() -> str:
    return LOCALES[language.current()]


def _date(value: date | datetime) -> date:
    return clock.local_date(value) if isinstance(value, datetime) else value


def day(value: date | datetime) -> str:
    """9.3.2026"""
    pattern = "d/M/yyyy" if language.current() == "en" else "d.M.yyyy"
    return dates.format_date(_date(value), pattern, locale=_locale())


def day_words(value: date | datetime) -> str:
    """9. maaliskuuta 2026; the year is left out when it is the present one."""
    local = _date(value)
    year = "" if local.year == clock.today().year else " yyyy"
    pattern = {"fi": "d. MMMM", "sv": "'den' d MMMM", "en": "d MMMM"}[language.current()]
    text = dates.format_date(local, pattern + year, locale=_locale())
    return text.replace(" ", "\xa0", 1)


def day_long(value: date | datetime) -> str:
    """Maanantai 9. maaliskuuta 2026, the first letter capital."""
    pattern = {"fi": "EEEE d. MMMM yyyy", "sv": "EEEE 'den' d MMMM yyyy", "en": "EEEE d MMMM yyyy"}
    text = dates.format_date(_date(value), pattern[language.current()], locale=_locale())
    return text[:1].upper() + text[1:]


def month(value: date) -> str:
    """Maaliskuu 2026, the first letter capital."""
    text = dates.format_date(value, "LLLL yyyy", locale=_locale())
    return text[:1].upper() + text[1:]


def moment(value: datetime) -> str:
    """9.3.2026 klo 14.05"""
    local = value.astimezone(clock.ZONE)
    pattern = {"fi": "'klo' H.mm", "sv": "'kl.' H.mm", "en": "'at' HH:mm"}[language.current()]
    return f"{day(value)} {dates.format_time(local, pattern, locale=_locale())}"


def distance(value: date | datetime) -> str:
    """Days from today in words: in 9 days, today, 3 days ago."""
    away = (_date(value) - clock.today()).days
    if away == 0:
        return gettext("today")
    if away == 1:
        return gettext("tomorrow")
    if away == -1:
        return gettext("yesterday")
    if away > 0:
        return ngettext("in %(num)s day", "in %(num)s days", away)
    return ngettext("%(num)s day ago", "%(num)s days ago", -away)


def last_day(closes: datetime) -> date:
    """The last whole day before a half-open end."""
    return clock.last_day(closes)


def days(count: int) -> str:
    """A number of days in words."""
    return ngettext("%(num)s day", "%(num)s days", count)


def number(value: int | float) -> str:
    """1 126, with no-break spaces."""
    if isinstance(value, int):
        # A page has a hundred of these; the library takes its time.
        return f"{value:,}".replace(",", "\xa0")
    return numbers.format_decimal(value, locale="fi_FI")


def money(cents: int) -> str:
    """118 000 €; cents are shown only when there are any."""
    whole = cents % 100 == 0
    text = numbers.format_decimal(cents / 100, "#,##0" if whole else "#,##0.00", locale="fi_FI")
    return f"{text}\xa0€"


def file_size(size: int) -> str:
    """85 kB or 1.2 MB, for a number of bytes."""
    kilo, mega = ("kt", "Mt") if language.current() == "fi" else ("kB", "MB")
    if size < 1024 * 1024:
        return f"{max(round(size / 1024), 1)}\xa0{kilo}"
    return f"{numbers.format_decimal(size / 1024 / 1024, '0.0', locale=_locale())}\xa0{mega}"


def soft_hyphens(name: str) -> Markup:
    """A long unit name with places where it may break."""
    text = str(escape(name))
    for part in LONG_WORDS:
        text = text.replace(part, f"\u00ad{part}")
    return Markup(text.replace(" \u00ad", " ").lstrip("\u00ad"))  # noqa: S704 - escaped above


def init_app(app: Flask) -> None:
    """Make the words available in templates."""
    for word in (
        last_day,
        day,
        day_words,
        day_long,
        month,
        moment,
        distance,
        days,
        number,
        money,
        soft_hyphens,
    ):
        app.add_template_filter(word)
