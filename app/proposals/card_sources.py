"""Where the kept columns of a matter come from, so that they can be checked and made again.

`sources` has, by column, what counts its values afresh for some matters. A higher feature that
keeps a count on the card adds its own when its services are imported.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from app.city import get_city
from app.core import topics
from app.core.command import command
from app.extensions import db
from app.proposals.counts import (
    counted,
    counted_groups,
    get_counts,
    get_groups,
    rebuild_counts,
)
from app.proposals.models import Matter, MatterText, Support
from app.proposals.services import summary_of

CHUNK = 500

Source = Callable[[Sequence[int]], dict[int, Any]]


@dataclass(frozen=True)
class Difference:
    """A kept value that is not what its source gives; `where` is a matter's id or a filter."""

    column: str
    where: str
    expected: Any
    found: Any


def count_supporters(matter_ids: Sequence[int]) -> dict[int, int]:
    """Supporters by matter, makers among them; matters without any are left out."""
    return _count_support(matter_ids)


def count_makers(matter_ids: Sequence[int]) -> dict[int, int]:
    """Makers by matter; matters without any are left out."""
    return _count_support(matter_ids, Support.is_maker)


def count_makers_here(matter_ids: Sequence[int]) -> dict[int, int]:
    """Makers who live in this municipality, by matter; matters without any are left out."""
    here = Support.municipality == get_city().settings["code"]
    return _count_support(matter_ids, Support.is_maker, here)


def list_titles(matter_ids: Sequence[int]) -> dict[int, str]:
    """Titles of the newest versions in the matters' own languages."""
    return {row.matter_id: row.title for row in _newest_texts(matter_ids)}


def list_summaries(matter_ids: Sequence[int]) -> dict[int, str]:
    """Summaries of the newest versions in the matters' own languages."""
    return {row.matter_id: summary_of(row.body) for row in _newest_texts(matter_ids)}


sources: dict[str, Source] = {
    "supporters": count_supporters,
    "makers": count_makers,
    "makers_here": count_makers_here,
    "title": list_titles,
    "summary": list_summaries,
}


def differences() -> Iterator[Difference]:
    """Every kept count and column that differs from its source, in bounded memory."""
    yield from _differing_counts()
    for ids in _chunks():
        for matter_id, column, expected, found in _differing(ids):
            yield Difference(column, str(matter_id), expected, found)


def rebuild() -> int:
    """Set every kept count and column to what its source gives; returns how many differed."""
    mended = len(list(_differing_counts()))
    rebuild_counts()
    for ids in _chunks():
        mended += mend(ids)
    return mended


@command
def mend(matter_ids: Sequence[int]) -> int:
    """Set the columns of some matters to what their sources give; returns how many differed."""
    wrong = _differing(matter_ids)
    for matter_id, column, expected, _ in wrong:
        setattr(db.session.get_one(Matter, matter_id), column, expected)
        topics.touch("matters", f"matter:{matter_id}")
    return len(wrong)


def _differing(matter_ids: Sequence[int]) -> list[tuple[int, str, Any, Any]]:
    columns = [getattr(Matter, name) for name in sources]
    query = select(Matter.id, *columns).where(Matter.id.in_(matter_ids)).order_by(Matter.id)
    rows = db.session.execute(query).all()
    wrong = []
    for name, source in sources.items():
        values = source(matter_ids)
        for row in rows:
            found = getattr(row, name)
            expected = values.get(row.id, type(found)())
            if found != expected:
                wrong.append((row.id, name, expected, found))
    return wrong


def _differing_counts() -> Iterator[Difference]:
    expected, found = counted(), get_counts()
    for facet in expected:
        for value in sorted(expected[facet].keys() | found[facet].keys()):
            right, kept = expected[facet].get(value, 0), found[facet].get(value, 0)
            if right != kept:
                yield Difference("matter_count", f"{facet} {value}".rstrip(), right, kept)
    groups, kept_groups = counted_groups(), get_groups()
    for key in sorted(groups.keys() | kept_groups.keys()):
        if groups.get(key, 0) != kept_groups.get(key, 0):
            where = " ".join(map(str, key))
            yield Difference("queue_count", where, groups.get(key, 0), kept_groups.get(key, 0))


def _chunks() -> Iterator[list[int]]:
    last = 0
    query = select(Matter.id).order_by(Matter.id).limit(CHUNK)
    while ids := list(db.session.scalars(query.where(Matter.id > last))):
        db.session.rollback()
        yield ids
        last = ids[-1]


def _count_support(matter_ids: Sequence[int], *conditions: Any) -> dict[int, int]:
    query = (
        select(Support.matter_id, func.count().label("n"))
        .where(Support.matter_id.in_(matter_ids), *conditions)
        .group_by(Support.matter_id)
    )
    return {row.matter_id: row.n for row in db.session.execute(query)}


def _newest_texts(matter_ids: Sequence[int]) -> Sequence[Any]:
    newest = (
        select(MatterText.matter_id, MatterText.language, func.max(MatterText.version).label("n"))
        .where(MatterText.matter_id.in_(matter_ids))
        .group_by(MatterText.matter_id, MatterText.language)
        .subquery()
    )
    query = (
        select(MatterText.matter_id, MatterText.title, MatterText.body)
        .join(Matter, Matter.id == MatterText.matter_id)
        .join(
            newest,
            (newest.c.matter_id == MatterText.matter_id)
            & (newest.c.language == MatterText.language)
            & (newest.c.n == MatterText.version),
        )
        .where(MatterText.language == Matter.language)
    )
    return db.session.execute(query).all()
