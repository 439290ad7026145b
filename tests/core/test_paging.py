"""Paging by key: pages forward and back show every row once, in order, whatever the rows are."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, select

from app.core import paging
from app.core.errors import NotFound
from app.core.paging import Order, Page, decode, encode, page_by_key
from app.core.topics import Topic
from app.extensions import db

COLUMNS = Topic.__table__.c
MOMENT = datetime(2026, 3, 9, 9, tzinfo=UTC)


def by_version(descending: bool) -> Order:
    return Order((COLUMNS.version, COLUMNS.name), lambda r: (r.version, r.name), descending)


def by_moment(descending: bool) -> Order:
    return Order(
        (COLUMNS.touched_at, COLUMNS.name),
        lambda r: (r.touched_at, r.name),
        descending,
        lambda key: (datetime.fromisoformat(key[0]), key[1]),
    )


def by_name(descending: bool) -> Order:
    return Order((COLUMNS.name,), lambda r: (r.name,), descending)


def by_version_if_any(_descending: bool) -> Order:
    """Upwards, and rows without a number at the end."""
    return Order(
        (func.nullif(COLUMNS.version, 0), COLUMNS.name),
        lambda r: (r.version or None, r.name),
        descending=False,
        nulls_last=True,
    )


def fill(versions: list[int]) -> None:
    """Rows with these numbers, many alike, in the open transaction that is rolled back."""
    db.session.rollback()
    db.session.execute(delete(Topic))
    rows = [
        {
            "name": f"row {number:03}",
            "version": version,
            "touched_at": MOMENT + timedelta(hours=version, microseconds=version),
        }
        for number, version in enumerate(versions)
    ]
    if rows:
        db.session.execute(insert(Topic), rows)


def read(order: Order, size: int, cursor: str | None) -> Page[Any]:
    return page_by_key(select(COLUMNS), order, size, cursor)


def walk(order: Order, size: int) -> list[Page[Any]]:
    """All pages from the first one on."""
    pages = [read(order, size, None)]
    while pages[-1].next:
        pages.append(read(order, size, pages[-1].next))
    return pages


def names(page: Page[Any]) -> list[str]:
    return [row.name for row in page.items]


@given(
    versions=st.lists(st.integers(0, 4), max_size=14),
    size=st.integers(1, 5),
    descending=st.booleans(),
    make_order=st.sampled_from([by_version, by_moment, by_name, by_version_if_any]),
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_pages_forward_and_back_cover_everything_once(
    context: Flask,
    versions: list[int],
    size: int,
    descending: bool,
    make_order: Callable[[bool], Order],
) -> None:
    fill(versions)
    order = make_order(descending)
    whole = names(read(order, 1000, None))
    pages = walk(order, size)
    assert [name for page in pages for name in names(page)] == whole
    assert len(whole) == len(versions)
    assert all(len(page.items) == size for page in pages[:-1])
    assert pages[0].previous is None
    for earlier, later in itertools.pairwise(pages):
        assert later.previous is not None
        back = read(order, size, later.previous)
        assert names(back) == names(earlier)
        assert back.next is not None
        assert names(read(order, size, back.next)) == names(later)
        assert (back.previous is None) == (earlier.previous is None)
    db.session.rollback()


def test_rows_without_a_value_come_last(context: Flask) -> None:
    fill([0, 3, 0, 1])
    pages = walk(by_version_if_any(False), 1)
    assert [row.version for page in pages for row in page.items] == [1, 3, 0, 0]


def test_new_rows_do_not_move_the_next_page(context: Flask) -> None:
    fill([1, 2, 3, 4])
    order = by_version(descending=True)
    first = read(order, 2, None)
    row = {"name": "new", "version": 9, "touched_at": MOMENT}
    db.session.execute(insert(Topic), [row])
    assert [row.version for row in read(order, 2, first.next).items] == [2, 1]


def test_the_page_before_a_row_that_is_gone_is_still_there(context: Flask) -> None:
    fill([1, 2, 3, 4])
    order = by_version(descending=True)
    second = read(order, 2, read(order, 2, None).next)
    db.session.execute(delete(Topic).where(COLUMNS.version == 2))
    assert [row.version for row in read(order, 2, second.previous).items] == [4, 3]


@given(st.text(max_size=30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_cursor_that_nobody_made_is_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        decode(text)


@pytest.mark.parametrize(
    "cursor", [encode("x", [1]), encode("n", [1]), encode("n", [1, "a", 2]), encode("n", [])]
)
def test_a_cursor_with_other_contents_is_not_found(context: Flask, cursor: str) -> None:
    with pytest.raises(NotFound):
        read(by_version(descending=True), 2, cursor)


def test_a_key_that_cannot_be_read_is_not_found(context: Flask) -> None:
    for key in (["yesterday", "a"], [5, "a"], [None, "a"]):
        with pytest.raises(NotFound):
            read(by_moment(descending=True), 2, encode("n", key))


@given(st.sampled_from("np"), st.lists(st.one_of(st.integers(), st.text()), min_size=1))
def test_a_cursor_says_what_was_put_in(direction: str, key: list[Any]) -> None:
    assert paging.decode(paging.encode(direction, key)) == (direction, key)
