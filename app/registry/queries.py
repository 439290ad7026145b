"""Reads of the registry: its inbox, where like matters went, duplicates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select

from app.core import clock, paging
from app.core.paging import Order, Page
from app.extensions import db
from app.proposals.lifecycle import EXITS, State
from app.proposals.models import Matter
from app.registry.models import MergedMatter
from app.responses.filters import QueueCounts

PAGE = 20
JOINED = 50
_NOT_TAKEN = (State.DRAFT, State.PUBLISHED, State.REGISTERED, *EXITS)


def page_pending(cursor: str | None) -> Page[Any]:
    """Matters that wait for the registry, the oldest first."""
    query = select(Matter).where(Matter.state == State.PUBLISHED)
    order = Order(
        (Matter.published_at, Matter.id),
        lambda row: (row[0].published_at, row[0].id),
        descending=False,
        from_text=_moment_and_id,
    )
    return paging.page_by_key(query, order, PAGE, cursor)


def count_pending() -> QueueCounts:
    """How many matters wait for the registry, and how many of them are late; one query."""
    late = func.count().filter(Matter.next_due <= clock.now())
    query = select(func.count(), late).where(Matter.state == State.PUBLISHED)
    total, late_ones = db.session.execute(query).one()
    return QueueCounts(total, late_ones)


def count_routes(themes: Iterable[str], since: datetime) -> Sequence[Any]:
    """How many matters published since a moment each unit took: theme, service, area, unit, n.

    Only those that a unit has begun to prepare and that are still the city's; one query.
    """
    columns = (Matter.theme, Matter.service, Matter.area, Matter.holder_unit)
    query = (
        select(*columns, func.count().label("n"))
        .where(Matter.theme.in_(set(themes)), Matter.published_at >= since)
        .where(Matter.holder_unit.is_not(None), Matter.state.not_in(_NOT_TAKEN))
        .group_by(*columns)
    )
    return db.session.execute(query).all()


@dataclass(frozen=True)
class Joined:
    """The other matter with which one is handled, and the public ones handled with it: rows of id,
    title and language."""

    into: Any
    others: list[Any]


def get_joined(matter: Matter) -> Joined:
    """What is joined to a matter, and to what it is joined itself; one query."""
    columns = (Matter.id, Matter.title, Matter.language, MergedMatter.matter_id)
    either = or_(
        and_(MergedMatter.matter_id == matter.id, Matter.id == MergedMatter.into_id),
        and_(MergedMatter.into_id == matter.id, Matter.id == MergedMatter.matter_id),
    )
    query = Matter.visible().with_only_columns(*columns).join(MergedMatter, either)
    rows = list(db.session.execute(query.order_by(Matter.id).limit(JOINED)))
    into = next((row for row in rows if row.matter_id == matter.id), None)
    return Joined(into, [row for row in rows if row is not into])


def _moment_and_id(key: list[Any]) -> tuple[datetime, int]:
    moment, matter_id = key
    return datetime.fromisoformat(moment), int(matter_id)
