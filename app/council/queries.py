"""Reads for the desk: the field of a councillor, and the matters in it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true

from app.city import City, get_city
from app.core.access import Actor, Role
from app.duties.models import DutyClock
from app.duties.rules import Status
from app.extensions import db
from app.proposals.lifecycle import OPEN, UNANSWERED, MatterKind
from app.proposals.models import Matter
from app.proposals.queries import CARD, CardRow


@dataclass(frozen=True)
class Field:
    """What a councillor answers for; `units` is None for the whole city."""

    own_bodies: tuple[str, ...]
    bodies: frozenset[str]
    units: frozenset[str] | None

    @property
    def condition(self) -> ColumnElement[bool]:
        """What holds for a matter of the field."""
        if self.units is None:
            return true()
        services = [key for key, row in get_city().services.items() if row.unit in self.units]
        return or_(
            Matter.holder_unit.in_(self.units),
            Matter.holder_body.in_(self.bodies),
            and_(Matter.holder_unit.is_(None), Matter.service.in_(services)),
        )


@dataclass(frozen=True)
class Late:
    """Late matters, the one that has been late longest first, and how many there are in all.

    The rows are cards with `late_kind` (which duty), `late_since` (the moment it ran out) and
    `late_due` (its present deadline, later when it was extended afterwards).
    """

    rows: list[CardRow]
    total: int

    @property
    def since(self) -> datetime | None:
        """When the one that has been late longest ran out."""
        return self.rows[0].late_since if self.rows else None


def get_field(actor: Actor) -> Field:
    """The field of the bodies in which the actor is a councillor today."""
    city = get_city()
    own = actor.bodies(Role.COUNCILLOR)
    bodies = frozenset(key for key in city.bodies if _is_under(city, key, own))
    is_council = any(city.bodies[key].type == "council" for key in own)
    units = frozenset(key for key in city.units if city.committee_of(key) in bodies)
    ordered = tuple(key for key in city.bodies if key in own)
    return Field(ordered, bodies, None if is_council else units)


def list_late(field: Field, limit: int) -> Late:
    """Public matters of the field with an open duty that has run out; one query."""
    first = _first_late_clocks()
    query = (
        Matter.visible()
        .with_only_columns(
            *CARD,
            first.c.late_kind,
            first.c.late_since,
            first.c.late_due,
            func.count().over().label("total"),
        )
        .join(first, and_(first.c.matter_id == Matter.id, first.c.place == 1))
        .where(Matter.overdue.is_(True), field.condition)
        .order_by(first.c.late_since, Matter.id)
        .limit(limit)
    )
    rows = list(db.session.execute(query))
    return Late(rows, rows[0].total if rows else 0)


def _first_late_clocks() -> Any:
    """The open clocks that have run out; `place` is 1 for the first one of each matter."""
    place = func.row_number().over(
        partition_by=DutyClock.matter_id, order_by=(DutyClock.overdue_at, DutyClock.id)
    )
    return (
        select(
            DutyClock.matter_id,
            DutyClock.kind.label("late_kind"),
            DutyClock.overdue_at.label("late_since"),
            DutyClock.due.label("late_due"),
            place.label("place"),
        )
        .where(DutyClock.overdue_at.is_not(None))
        .where(DutyClock.status.in_((Status.RUNNING, Status.PAUSED)))
        .subquery()
    )


def list_supported(field: Field, limit: int) -> list[CardRow]:
    """The open matters of the field that most people support."""
    query = (
        Matter.visible()
        .with_only_columns(*CARD)
        .where(Matter.state.in_(OPEN), Matter.supporters > 0, field.condition)
        .order_by(Matter.supporters.desc(), Matter.id.desc())
        .limit(limit)
    )
    return list(db.session.execute(query))


def list_near_threshold(needed: int, limit: int) -> list[CardRow]:
    """Unanswered initiatives of the city with at least half of the makers needed (`makers`)."""
    query = (
        Matter.visible()
        .with_only_columns(*CARD, Matter.makers)
        .where(Matter.kind == MatterKind.INITIATIVE, Matter.state.in_(UNANSWERED))
        .where(Matter.makers * 2 >= needed)
        .order_by(Matter.makers.desc(), Matter.id)
        .limit(limit)
    )
    return list(db.session.execute(query))


def _is_under(city: City, body: str, own: frozenset[str]) -> bool:
    """Whether a body is one of the own ones or below one of them."""
    found: str | None = body
    while found:
        if found in own:
            return True
        found = city.bodies[found].parent
    return False
