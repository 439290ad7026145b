"""Reads of the public list and of its map: pages, numbers, places.

The order and every filter stand in one index (see FILTERED in `models.py`), so a page is chosen by
reading that alone, and only its cards are read from the table. Whatever the filters, a page and its
numbers cost at most one pass through an index each.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    Row,
    Select,
    String,
    cast,
    func,
    literal,
    literal_column,
    select,
    union_all,
)

from app.core import paging
from app.extensions import db
from app.proposals import counts
from app.proposals.filters import NARROWING, Box, Filters, Sort, View, narrowed_by
from app.proposals.models import Matter
from app.proposals.queries import CardRow, list_cards, read_number
from app.search import queries as search

PAGE = 20
EXACT = 1000  # a filtered number is said exactly up to here, then "1 000+" says enough
CORRECTED = 3  # words
SOUTH_POLE = -90
FACETED = 5000  # of more matters, those of each option are not counted


@dataclass(frozen=True)
class Found:
    """How many matters the list has (counted up to FACETED + 1), and how many of them each option
    of a facet has; `by_facet` is None when there are too many to be counted.
    """

    number: int
    by_facet: dict[str, dict[str, int]] | None


def has_many_hits(filters: Filters) -> bool:
    """Whether more matters have the words than can be ranked or counted by option; one query."""
    return bool(filters.q) and search.is_many(filters.q)


def correct_words(filters: Filters, names: Iterable[str]) -> str | None:
    """Words that find something, in place of those looked for; three queries for each wrong one.

    Only of a few words: a long sentence that finds nothing has no one word that is wrong.
    """
    few = filters.q and len(filters.q.split()) <= CORRECTED
    return search.correct(filters.q, names) if few else None


def list_page(view: View, cursor: str | None) -> paging.Page[CardRow]:
    """One page of the public list; two queries, three by relevance.

    Raises NotFound for a broken cursor.
    """
    order, query = _ranked(view) if view.sort == Sort.RELEVANT else _ordered(view)
    page = paging.page_by_key(query, order, PAGE, cursor)
    return replace(page, items=list_cards(row.id for row in page.items))


def count_found(view: View) -> Found:
    """The matters of the list and of each option; at most one query."""
    if view.has_many and view.is_words_alone:
        return Found(FACETED + 1, None)
    columns = [column.label(name) for name, column in counts.FACETS.items()]
    is_hit = search.is_among if view.has_many else search.is_one_of_few
    conditions = [*view.filters.conditions(is_hit), *narrowed_by(view.sort)]
    hit = _visible(columns, conditions).limit(FACETED + 1).cte("hit")
    total = select(func.count().label("n")).select_from(hit).cte("total")
    number = select(total.c.n).scalar_subquery()
    every = select(literal("all"), literal(""), number)
    options = [_options(name, hit.c[name], number <= FACETED) for name in counts.FACETS]
    found: dict[str, dict[str, int]] = {name: {} for name in ("all", *counts.FACETS)}
    for facet, value, n in db.session.execute(union_all(every, *options)):
        found[facet][value] = n
    n = found["all"][""]
    return Found(n, found if n <= FACETED else None)


def list_points(filters: Filters, sort: Sort, box: Box | None, limit: int) -> Sequence[Row[Any]]:
    """Matters with a place, inside a box if given (id, title, language, state, lat, lon)."""
    columns = (Matter.id, Matter.title, Matter.language, Matter.state, Matter.lat, Matter.lon)
    return db.session.execute(_placed(columns, filters, sort, box).limit(limit)).all()


def count_by_cell(
    filters: Filters, sort: Sort, box: Box, cells: int, *, is_whole: bool
) -> Sequence[Row[Any]]:
    """The same matters counted in a grid of cells x cells over a box: n, mean lat and mean lon.

    A cell has its south and west sides and not the others, so every matter is in exactly one.
    With `is_whole` matters beyond the box are counted too, in cells that go on outside it.
    """
    row = _whole((Matter.lat - box.south) * (cells / (box.north - box.south)))
    column = _whole((Matter.lon - box.west) * (cells / (box.east - box.west)))
    cell = (row * 1000 + column).label("cell")
    means = (func.avg(Matter.lat).label("lat"), func.avg(Matter.lon).label("lon"))
    query = _placed((func.count().label("n"), *means), filters, sort, None if is_whole else box)
    return db.session.execute(query.group_by(cell)).all()


def count_unplaced(filters: Filters, sort: Sort) -> Sequence[Row[Any]]:
    """Matters without a point by district and area (each of them may be None), as n."""
    columns = (Matter.district, Matter.area, func.count().label("n"))
    query = _listed(columns, filters, sort).where(Matter.lat.is_(None))
    return db.session.execute(query.group_by(Matter.district, Matter.area)).all()


def list_unplaced(
    filters: Filters, sort: Sort, districts: Collection[str], areas: Collection[str], limit: int
) -> Sequence[Row[Any]]:
    """Matters without a point in some districts, and of some areas without a district."""
    columns = (
        Matter.id,
        Matter.title,
        Matter.language,
        Matter.state,
        Matter.district,
        Matter.area,
    )
    query = _listed(columns, filters, sort).where(Matter.lat.is_(None))
    of_area = Matter.district.is_(None) & Matter.area.in_(areas)
    return db.session.execute(
        query.where(Matter.district.in_(districts) | of_area).limit(limit)
    ).all()


def _ordered(view: View) -> tuple[paging.Order, Select[Any]]:
    order = _ORDERS[view.sort]
    conditions = view.filters.conditions(search.fits if view.has_many else search.is_among)
    return order, _visible(order.columns, [*conditions, *narrowed_by(view.sort)])


def _ranked(view: View) -> tuple[paging.Order, Select[Any]]:
    """The best hits first, equally good ones newest first."""
    ranked = search.rank(view.filters.q)
    if ranked is None:
        return _ordered(replace(view, asked=Sort.NEWEST))
    found = ranked.subquery("ranked")
    order = paging.Order(
        (found.c.score, found.c.matter_id.label("id")),
        lambda row: (row.score, row.id),
        from_text=_number_key,
    )
    query = _listed(order.columns, replace(view.filters, q=""), Sort.RELEVANT)
    return order, query.join(found, found.c.matter_id == Matter.id)


def _listed(columns: Sequence[Any], filters: Filters, sort: Sort) -> Select[Any]:
    return _visible(columns, [*filters.conditions(), *narrowed_by(sort)])


def _visible(columns: Sequence[Any], conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    # What narrows comes first: checked for every row of an index, it should say no early.
    query = select(*columns).select_from(Matter).where(*conditions)
    shown = Matter.visible().whereclause
    return query if shown is None else query.where(shown)


def _placed(columns: Sequence[Any], filters: Filters, sort: Sort, box: Box | None) -> Select[Any]:
    query = _listed(columns, filters, sort)
    if box is None:
        # Unlike IS NOT NULL a range of an index; of ix_matter_point when it is written like there.
        is_whole = filters.is_empty and sort not in NARROWING
        south: Any = literal_column(str(SOUTH_POLE)) if is_whole else SOUTH_POLE - 1
        return query.where(Matter.lat >= south)
    inside = (Matter.lat >= box.south, Matter.lat < box.north)
    return query.where(*inside, Matter.lon >= box.west, Matter.lon < box.east)


def _options(
    name: str, column: ColumnElement[Any], is_counted: ColumnElement[bool]
) -> Select[str, str, int]:
    if isinstance(column.type, Boolean):
        number = select(literal(name), literal("1"), func.count())
        return number.where(column.is_(True), is_counted).group_by(column)
    by_value = select(literal(name), cast(column, String), func.count())
    return by_value.where(column.is_not(None), is_counted).group_by(column)


def _whole(number: ColumnElement[Any]) -> ColumnElement[int]:
    """The number rounded down; SQLite may lack floor, but cuts off what is behind the comma."""
    if db.session.get_bind().dialect.name == "sqlite":
        return cast(number, Integer)
    return cast(func.floor(number), Integer)


def _moment_key(key: list[Any]) -> tuple[datetime, int]:
    moment, number = key
    return datetime.fromisoformat(moment).astimezone(UTC), read_number(number)


def _number_key(key: list[Any]) -> tuple[int, int]:
    count, number = key
    return read_number(count), read_number(number)


def _by_moment(column: Any, *, descending: bool) -> paging.Order:
    return paging.Order(
        (column, Matter.id),
        lambda row: (getattr(row, column.key), row.id),
        descending=descending,
        from_text=_moment_key,
    )


_ORDERS = {
    Sort.NEWEST: _by_moment(Matter.published_at, descending=True),
    Sort.WAITING: _by_moment(Matter.published_at, descending=False),
    Sort.SOONEST: _by_moment(Matter.next_due, descending=False),
    Sort.SUPPORTED: paging.Order(
        (Matter.supporters, Matter.id),
        lambda row: (row.supporters, row.id),
        from_text=_number_key,
    ),
}
