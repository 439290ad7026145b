"""Paging by key: fast at any depth, stable while new rows arrive."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, or_, tuple_

from app.core.errors import NotFound
from app.extensions import db

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of rows with the cursors of its neighbours, None where there is none."""

    items: Sequence[T]
    next: str | None
    previous: str | None


@dataclass(frozen=True)
class Order:
    """Sort columns (the last one unique), all in one direction, and the key of a row.

    `nulls_last` is for two columns upwards of which the first can be empty, and needs an index on
    both: empty ones come at the end.
    """

    columns: tuple[Any, ...]
    key: Callable[[Any], tuple[Any, ...]]
    descending: bool = True
    from_text: Callable[[list[Any]], tuple[Any, ...]] = tuple
    nulls_last: bool = False


def encode(direction: str, key: Sequence[Any]) -> str:
    """An opaque cursor; its values are public sort keys, so it is not signed."""
    raw = json.dumps([direction, *key], default=str, separators=(",", ":"))
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def decode(cursor: str) -> tuple[str, list[Any]]:
    """Direction ("n" or "p") and key values. Raises NotFound for a broken cursor."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        direction, *key = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
    except (ValueError, binascii.Error, UnicodeError, TypeError, RecursionError):
        raise NotFound("not_found") from None
    if direction not in ("n", "p"):
        raise NotFound("not_found")
    return direction, key


def page_by_key(
    query: Select[*tuple[Any, ...]], order: Order, size: int, cursor: str | None
) -> Page[Any]:
    """Run a query for one page of `size` rows after (or before) the cursor."""
    direction, key = decode(cursor) if cursor else ("n", None)
    backwards = direction == "p"
    down = order.descending != backwards
    if key is not None:
        query = query.where(_beyond(order, key, down))
    sort = [column.desc() if down else column.asc() for column in order.columns]
    if order.nulls_last:
        sort[0] = sort[0].nulls_first() if down else sort[0].nulls_last()
    rows = list(db.session.execute(query.order_by(*sort).limit(size + 1)).all())
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    has_next = backwards or more
    has_previous = (backwards and more) or (not backwards and key is not None)
    return Page(
        rows,
        encode("n", order.key(rows[-1])) if rows and has_next else None,
        encode("p", order.key(rows[0])) if rows and has_previous else None,
    )


def _beyond(order: Order, key: list[Any], down: bool) -> ColumnElement[bool]:
    try:
        values = order.from_text(key)
    except (ValueError, TypeError, OverflowError):
        raise NotFound("not_found") from None
    if len(values) != len(order.columns):
        raise NotFound("not_found")
    if len(values) == 1:
        return order.columns[0] < values[0] if down else order.columns[0] > values[0]
    if order.nulls_last:
        return _beyond_with_nulls(order, values, down)
    row = tuple_(*order.columns)
    return row < values if down else row > values


def _beyond_with_nulls(order: Order, values: tuple[Any, ...], down: bool) -> ColumnElement[bool]:
    first, last = order.columns
    is_empty = first.is_(None)
    if values[0] is None:
        if down:
            return or_(first.is_not(None), and_(is_empty, last < values[1]))
        return and_(is_empty, last > values[1])
    row = tuple_(first, last)
    return row < values if down else or_(row > values, is_empty)
