"""Reads for the desk (the field of a councillor, and the matters in it) and of questions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, func, or_, select, true
from sqlalchemy.orm import aliased

from app.city import City, get_city
from app.core.access import Actor, Role
from app.core.errors import NotFound
from app.council.models import CouncilQuestion
from app.duties.models import DutyClock
from app.duties.rules import Clock, ClockKind, Status
from app.extensions import db
from app.proposals.lifecycle import OPEN, UNANSWERED, MatterKind
from app.proposals.models import Matter
from app.proposals.notes import MatterNote
from app.proposals.queries import CARD, CardRow
from app.responses.queries import Units

_PUBLIC = (Matter.published_at.is_not(None), *Matter.shown())


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
        .with_only_columns(*CARD, Matter.makers_here.label("makers"))
        .where(Matter.kind == MatterKind.INITIATIVE, Matter.state.in_(UNANSWERED))
        .where(Matter.makers_here * 2 >= needed)
        .order_by(Matter.makers_here.desc(), Matter.id)
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


# ---------- questions ----------


@dataclass(frozen=True)
class Asked:
    """A question with its clock and its words by language, empty where there are none."""

    question: CouncilQuestion
    clock: Clock
    text: dict[str, str]
    reason: dict[str, str]
    answer: dict[str, str]


def get_question(question_id: int) -> CouncilQuestion:
    """A question by its number. Raises NotFound."""
    question = db.session.get(CouncilQuestion, question_id)
    if question is None:
        raise NotFound("not_found")
    return question


def list_questions(matter_ids: Iterable[int]) -> dict[int, list[Asked]]:
    """The questions about some matters by matter id, the newest first; one query."""
    ids = list(matter_ids)
    query = _questions().where(CouncilQuestion.matter_id.in_(ids))
    found: dict[int, list[Asked]] = {matter_id: [] for matter_id in ids}
    for row in db.session.execute(query.order_by(CouncilQuestion.id.desc())):
        found[row[0].matter_id].append(_asked(row))
    return found


def list_questions_of(bodies: Iterable[str], limit: int) -> list[tuple[Asked, Matter]]:
    """The questions of some bodies about public matters; one query.

    Late ones first, then those whose day comes next, then those that wait for the councillor, and
    last the answered ones, the newest answer first.
    """
    wanted = (CouncilQuestion.body.in_(list(bodies)), *_PUBLIC)
    return _with_matters(wanted, limit)


def list_questions_to(units: Units, limit: int) -> list[tuple[Asked, Matter]]:
    """The open questions about matters that some units (None for all) hold; one query.

    In the same order; also about hidden matters, since handling goes on.
    """
    wanted = [CouncilQuestion.answered_at.is_(None)]
    if units is not None:
        wanted.append(Matter.holder_unit.in_(list(units)))
    return _with_matters(wanted, limit)


def _with_matters(wanted: Iterable[ColumnElement[bool]], limit: int) -> list[tuple[Asked, Matter]]:
    place = case(
        (DutyClock.status == Status.RUNNING, 0), (DutyClock.status == Status.PAUSED, 1), else_=2
    )
    order = (place, CouncilQuestion.answered_at.desc(), DutyClock.due, CouncilQuestion.id)
    query = _questions().add_columns(Matter).join(Matter, Matter.id == CouncilQuestion.matter_id)
    rows = db.session.execute(query.where(*wanted).order_by(*order).limit(limit))
    return [(_asked(row), row[-1]) for row in rows]


def _questions() -> Select[Any]:
    """Questions, each with its clock and the words of question, reason and answer."""
    text, reason, answer = (aliased(MatterNote) for _ in range(3))
    is_its_clock = and_(
        DutyClock.matter_id == CouncilQuestion.matter_id,
        DutyClock.kind == ClockKind.COUNCIL_QUESTION,
        DutyClock.ref == cast(CouncilQuestion.id, String),
    )
    return (
        select(CouncilQuestion, DutyClock, text.texts, reason.texts, answer.texts)
        .join(DutyClock, is_its_clock)
        .join(text, text.digest == CouncilQuestion.text)
        .outerjoin(reason, reason.digest == CouncilQuestion.reason)
        .outerjoin(answer, answer.digest == CouncilQuestion.answer)
    )


def _asked(row: Any) -> Asked:
    question, its_clock, text, reason, answer = row[:5]
    return Asked(question, its_clock.as_clock(), text, reason or {}, answer or {})
