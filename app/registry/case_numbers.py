"""Case numbers: from the city's own series, or typed by hand in the city's format.

The format is a setting such as "{n}/{function}/{year}". A number taken by hand is skipped when
the series reaches it.
"""

import re

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from app.city import get_city
from app.core import clock
from app.core.errors import Invalid
from app.extensions import db
from app.proposals.models import Matter
from app.registry.models import CaseSeries

PARTS = {
    "{n}": r"[1-9]\d{0,6}",
    "{function}": r"\d{2}(\.\d{2}){0,4}",
    "{year}": r"(19|20)\d{2}",
}


def next_number() -> str:
    """The next free number of the present year's series."""
    year = clock.today().year
    number = _format(_count(year, 1), year)
    while _is_taken(number):
        number = _format(_count(year, 1), year)
    return number


def checked(number: str) -> str:
    """A number typed by hand. Raises Invalid "case_number_form" or "case_number_taken"."""
    number = number.strip()
    if not re.fullmatch(_pattern(), number):
        raise Invalid("case_number_form", example=_format(123, clock.today().year))
    _count(clock.today().year, 0)
    if _is_taken(number):
        raise Invalid("case_number_taken")
    return number


def _format(n: int, year: int) -> str:
    settings = get_city().settings
    form: str = settings["case_number_format"]
    return form.format(n=n, function=settings["default_function"], year=year)


def _pattern() -> str:
    pieces = re.split(r"(\{\w+\})", get_city().settings["case_number_format"])
    return "".join(PARTS[piece] if piece in PARTS else re.escape(piece) for piece in pieces)


def _count(year: int, by: int) -> int:
    """Move the series on and lock its row until the commit, so that registering queues."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(CaseSeries).values(year=year, last=by)
    upsert = insert.on_conflict_do_update(
        index_elements=[CaseSeries.year], set_={"last": CaseSeries.last + by}
    )
    return int(db.session.execute(upsert.returning(CaseSeries.last)).scalar_one())


def _is_taken(number: str) -> bool:
    query = select(Matter.id).where(Matter.case_number == number)
    return db.session.scalars(query).first() is not None
