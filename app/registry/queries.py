"""Reads of the registry: its inbox, where like matters went, what was joined and split."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, func, literal, select, union_all

from app.core import clock, paging
from app.core.paging import Order, Page
from app.extensions import db
from app.feedback.models import FeedbackSender
from app.proposals.lifecycle import EXITS, State
from app.proposals.models import Matter, MatterText, MergedMatter, SplitMatter
from app.responses.filters import QueueCounts

PAGE = 20
RELATED = 50
_HOWS = ("into", "joined", "origin", "parts")
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
class Lineage:
    """The public matters that one was joined to or split from, and the other way round.

    Rows of id, title and language: `into` is handled with it, `joined` are handled here, it was
    split from `origin`, and `parts` were split from it.
    """

    into: Any = None
    joined: tuple[Any, ...] = ()
    origin: Any = None
    parts: tuple[Any, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is none of them."""
        return self == Lineage()


def get_lineage(matter: Matter) -> Lineage:
    """What is joined to a matter and split from it, and the other way round; one query."""
    related = _related(matter.id).subquery()
    columns = (Matter.id, Matter.title, Matter.language, related.c.how)
    query = Matter.visible().with_only_columns(*columns).join(related, related.c.other == Matter.id)
    rows = list(db.session.execute(query.order_by(Matter.id).limit(RELATED)))
    found = {how: tuple(row for row in rows if row.how == how) for how in _HOWS}
    into, origin = (next(iter(found[how]), None) for how in ("into", "origin"))
    return Lineage(into, found["joined"], origin, found["parts"])


def list_related(matter_id: int) -> list[int]:
    """The numbers of the matters joined to one or split from it, and the other way round."""
    return list(db.session.scalars(select(_related(matter_id).subquery().c.other)))


def _related(matter_id: int) -> CompoundSelect[Any]:
    merged, split = MergedMatter, SplitMatter
    ways = (
        (merged.into_id, merged.matter_id),
        (merged.matter_id, merged.into_id),
        (split.from_id, split.matter_id),
        (split.matter_id, split.from_id),
    )
    return union_all(
        *(
            select(other.label("other"), literal(how).label("how")).where(own == matter_id)
            for how, (other, own) in zip(_HOWS, ways, strict=True)
        )
    )


def find_part(matter: Matter, title: str, body: str) -> Matter | None:
    """The part of a matter that has this title and text; one query."""
    query = (
        select(Matter)
        .join(SplitMatter, SplitMatter.matter_id == Matter.id)
        .join(MatterText, MatterText.matter_id == Matter.id)
        .where(SplitMatter.from_id == matter.id, Matter.title == title, MatterText.body == body)
    )
    return db.session.scalars(query.limit(1)).first()


def list_sender_parts(matter: Matter) -> Sequence[Any]:
    """The parts of feedback without an account whose links its sender may have: the sender and the
    title of each; one query.
    """
    query = (
        select(FeedbackSender, Matter.title, Matter.language)
        .join(SplitMatter, SplitMatter.matter_id == FeedbackSender.matter_id)
        .join(Matter, Matter.id == SplitMatter.matter_id)
        .where(SplitMatter.from_id == matter.id)
    )
    return db.session.execute(query.order_by(Matter.id).limit(RELATED)).all()


def _moment_and_id(key: list[Any]) -> tuple[datetime, int]:
    moment, matter_id = key
    return datetime.fromisoformat(moment), int(matter_id)
