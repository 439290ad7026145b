"""Reads of who supports a matter and who has signed it. Names leave the database only as chosen."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from app.accounts.models import Person
from app.core import paging
from app.extensions import db
from app.proposals.models import Support

PAGE = 50


def page_public(matter_id: int, cursor: str | None) -> paging.Page[Row[Any]]:
    """A page of those who show their name, the latest first: `name`, `is_maker`, `municipality`,
    `is_verified`, `at`.

    A maker is named as signed, others by the name of their account. Raises NotFound for a broken
    cursor.
    """
    query = _people(func.coalesce(Support.maker_name, Person.name).label("name"))
    query = query.join(Person, Person.id == Support.person_id)
    query = query.where(Support.matter_id == matter_id, Support.is_public.is_(True))
    return paging.page_by_key(query, _LATEST, PAGE, cursor)


def count_public(matter_id: int) -> int:
    """How many show their name."""
    query = select(func.count()).select_from(Support)
    wanted = (Support.matter_id == matter_id, Support.is_public.is_(True))
    return db.session.scalars(query.where(*wanted)).one()


def page_makers(matter_id: int, cursor: str | None) -> paging.Page[Row[Any]]:
    """A page of all makers with the same columns, for those who handle the initiative."""
    query = _people(Support.maker_name.label("name"))
    query = query.where(Support.matter_id == matter_id, Support.is_maker.is_(True))
    return paging.page_by_key(query, _LATEST, PAGE, cursor)


def _people(name: Any) -> Any:
    return select(
        name,
        Support.is_maker,
        Support.municipality,
        Support.is_verified,
        Support.at,
        Support.person_id,
    )


def _moment_and_number(key: list[Any]) -> tuple[datetime, int]:
    moment, number = key
    return datetime.fromisoformat(moment), int(number)


_LATEST = paging.Order(
    (Support.at, Support.person_id),
    lambda row: (row.at, row.person_id),
    from_text=_moment_and_number,
)
