"""Reads of the overviews that show the present: untouched matters, a unit's page, hand-overs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import String, and_, case, cast, func, not_, select, union_all

from app.core import clock, paging
from app.extensions import db
from app.promises.models import Promise, PromiseState
from app.proposals.lifecycle import OPEN
from app.proposals.models import Matter
from app.transparency import flows
from app.transparency.models import Figure, HandOver
from app.transparency.periods import days_of

UNTOUCHED = 50
UNIT_PAGE = 20
_LISTED = (
    Matter.id,
    Matter.title,
    Matter.language,
    Matter.state,
    Matter.holder_unit,
    Matter.holder_body,
    Matter.published_at,
    Matter.last_step_at,
    Matter.next_due,
    Matter.next_due_kind,
    Matter.overdue,
)


def list_untouched() -> Sequence[Any]:
    """The fifty open public matters whose last step is longest ago; one query."""
    of_states = []
    for state in OPEN:
        query = Matter.visible().with_only_columns(*_LISTED).where(Matter.state == state)
        longest = query.order_by(Matter.last_step_at, Matter.id).limit(UNTOUCHED).subquery()
        of_states.append(select(longest))
    found = union_all(*of_states).subquery()
    ordered = select(found).order_by(found.c.last_step_at, found.c.id).limit(UNTOUCHED)
    return db.session.execute(ordered).all()


def page_unit(unit: str, cursor: str | None, *, late: bool) -> paging.Page[Any]:
    """Open public matters of a unit, the oldest first; one query. Raises NotFound for a broken
    cursor."""
    query = Matter.visible().with_only_columns(*_LISTED)
    query = query.where(Matter.holder_unit == unit, Matter.state.in_(OPEN))
    if late:
        query = query.where(Matter.overdue.is_(True))
    order = paging.Order(
        (Matter.published_at, Matter.id),
        lambda row: (row.published_at, row.id),
        descending=False,
        from_text=_moment_and_number,
    )
    return paging.page_by_key(query, order, UNIT_PAGE, cursor)


def _moment_and_number(key: list[Any]) -> tuple[datetime, int]:
    moment, number = key
    return datetime.fromisoformat(moment), int(number)


@dataclass(frozen=True)
class Held:
    """How many open public matters a unit has, and how many of them are late."""

    open: int
    late: int


def count_held(unit: str) -> Held:
    """The open and the late matters of a unit; one query."""
    late = func.sum(case((Matter.overdue, 1), else_=0))
    query = Matter.visible().with_only_columns(func.count(), late)
    row = db.session.execute(query.where(Matter.holder_unit == unit, Matter.state.in_(OPEN))).one()
    return Held(row[0], row[1] or 0)


@dataclass(frozen=True)
class Promised:
    """Numbers of a unit's promises by what became of them; late ones are open ones."""

    open: int = 0
    late: int = 0
    kept: int = 0
    broken: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.open + self.kept + self.broken


def count_promised(unit: str) -> Promised:
    """The promises of a unit in answers to public matters; one query."""
    late = func.sum(case((Promise.due < clock.today(), 1), else_=0))
    query = (
        select(Promise.state, func.count(), late)
        .join(Matter, Matter.id == Promise.matter_id)
        .where(Promise.unit == unit, *Matter.shown())
        .group_by(Promise.state)
    )
    found = {state: (n, past) for state, n, past in db.session.execute(query)}
    n, past = found.get(PromiseState.OPEN, (0, 0))
    kept, broken = (found.get(s, (0, 0))[0] for s in (PromiseState.KEPT, PromiseState.BROKEN))
    return Promised(n, past or 0, kept, broken)


def list_flows(start: date, end: date) -> list[flows.Flow]:
    """Who handed over to whom in a period of local days, both included; one query.

    Matters that are hidden now, or only for the city, are left out.
    """
    hidden = select(Matter.id).where(not_(and_(*Matter.shown())))
    # One row a pair with its numbers as text: thousands of rows would take longer than counting.
    matters, days = (
        func.aggregate_strings(cast(column, String), ",")
        for column in (HandOver.matter_id, HandOver.days)
    )
    query = (
        select(HandOver.from_unit, HandOver.to_unit, matters, days)
        .where(
            HandOver.at >= clock.start_of(start),
            HandOver.at < clock.end_of(end),
            HandOver.matter_id.not_in(hidden),
        )
        .group_by(HandOver.from_unit, HandOver.to_unit)
    )
    return flows.count_flows(
        (row[0], row[1], row[2].split(","), [int(held) for held in row[3].split(",")])
        for row in db.session.execute(query)
    )


def read_flows(
    period: str, chosen: tuple[date, date] | None
) -> tuple[tuple[date, date], list[flows.Flow]]:
    """The days of a period and their flows: counted now for chosen days, and as the job last
    counted them today for a period with a name; at most three queries.
    """
    if chosen is not None:
        return chosen, list_flows(*chosen)
    days = days_of(period, get_first_hand_over() if period == "all" else None)
    figure = db.session.get(Figure, f"flows:{period}")
    if figure is None or clock.local_date(figure.made_at) != clock.today():
        return days, list_flows(*days)
    return days, flows.read_kept(figure.value)


def get_first_hand_over() -> date | None:
    """The local day of the first collected hand-over."""
    first = db.session.scalar(select(func.min(HandOver.at, type_=HandOver.at.type)))
    return clock.local_date(first) if first else None
