"""Reads of the units' queues, of offers between units, questions, notes and templates."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    case,
    func,
    literal,
    not_,
    or_,
    select,
    type_coerce,
    union_all,
)

from app.accounts.models import Person, RoleGrant
from app.core import clock, paging
from app.core.access import Actor, Role
from app.core.errors import NotFound
from app.core.paging import Order, Page
from app.extensions import db
from app.proposals.lifecycle import OPEN, State
from app.proposals.models import Matter, QueueCount
from app.proposals.notes import MatterNote
from app.proposals.queries import CARD, CardRow
from app.proposals.similar import compare_with
from app.proposals.words import SOON_DAYS, waits_for_author
from app.responses import policies
from app.responses.filters import IN_QUEUE, NOBODY, Due, Group, QueueCounts, QueueFilter
from app.responses.models import AnswerTemplate, Handover, InternalNote, OpenQuestion

PAGE = 20
OFFERS = 20
RELATED = 5
Units = Iterable[str] | None
_SOONEST = (Matter.next_due.asc().nulls_last(), Matter.id)
_ALIKE: tuple[Any, ...] = (
    Matter.holder_unit,
    Matter.state,
    Matter.kind,
    Matter.theme,
    Matter.area,
    Matter.assignee_id,
)
_WAITS = and_(Matter.state == State.WAITING, Matter.holder_body.is_(None))


@dataclass(frozen=True)
class Offered:
    """A matter that is offered to a unit, with the public words of the reason."""

    matter: Matter
    offer: Handover
    reason: MatterNote


@dataclass(frozen=True)
class Colleague:
    """Somebody to whom matters of the units can be given, or who has some."""

    id: int
    name: str
    is_official: bool


# ---------- the queue ----------


def page_queue(units: Units, wanted: QueueFilter, cursor: str | None) -> Page[Any]:
    """Matters of a queue by their next due moment, late ones first; those without one last."""
    order = Order(
        (Matter.next_due, Matter.id),
        lambda row: (row[0].next_due, row[0].id),
        descending=False,
        nulls_last=True,
        from_text=_moment_and_id,
    )
    query = select(Matter).where(*_in_queue(units), *_narrowed(wanted))
    return paging.page_by_key(query, order, PAGE, cursor)


def list_groups(units: Units) -> list[Group]:
    """The whole queue of some units, counted by everything that it is filtered by; one query.

    Most matters have no deadline near and are not offered. So the kept numbers are read, the few
    others counted once more by the rest, and these are taken off.
    """
    later: Counter[Any] = Counter()
    groups: list[Group] = []
    for *key, due_now, offered, n in db.session.execute(union_all(_kept(units), *_few(units))):
        if due_now is None:
            later[tuple(key)] += n
        else:
            later[tuple(key)] -= n
            groups.append(_group(key, Due(due_now), bool(offered), n))
    return groups + [_group(key, Due.LATER, False, n) for key, n in later.items() if n]


def _kept(units: Units) -> Select[Any]:
    kept = (
        QueueCount.unit,
        type_coerce(QueueCount.state, Matter.state.type),
        type_coerce(QueueCount.kind, Matter.kind.type),
        QueueCount.theme,
        func.nullif(QueueCount.area, ""),
        func.nullif(QueueCount.assignee_id, NOBODY),
        literal(None, String).label("due"),
        literal(False).label("offered"),
        QueueCount.n,
    )
    query = select(*kept).where(QueueCount.state.in_([state.value for state in IN_QUEUE]))
    return query if units is None else query.where(QueueCount.unit.in_(list(units)))


def _few(units: Units) -> list[Select[Any]]:
    """Matters that are due soon, those of the rest that wait, and those of the rest that are
    offered: each by the index that has them.
    """
    is_offered = Matter.id.in_(select(Handover.matter_id))
    marks = (_due_now().label("due"), is_offered.label("offered"))
    counted = select(*_ALIKE, *marks, func.count()).group_by(*_ALIKE, *marks)
    is_soon = Matter.next_due <= _week_ends()
    not_soon = or_(Matter.next_due.is_(None), Matter.next_due > _week_ends())
    in_queue = counted.where(*_in_queue(units))
    # An open offer's giver holds the matter, so that the unit need not be asked of both.
    offered = counted.join(Handover, Handover.matter_id == Matter.id)
    offered = offered.where(not_soon, not_(_WAITS), *_in_queue(None))
    if units is not None:
        offered = offered.where(Handover.from_unit.in_(list(units)))
    return [in_queue.where(is_soon), in_queue.where(not_soon, _WAITS), offered]


def _group(alike: Sequence[Any], due: Due, offered: bool, n: int) -> Group:
    unit, state, kind, theme, area, person = alike
    return Group(unit, state, kind, theme, area, person or NOBODY, due, offered, n)


def count_queue(units: Units) -> QueueCounts:
    """How many matters of a queue are open, and how many late; one query."""
    late = func.count().filter(_due_now() == Due.LATE.value)
    query = select(func.count(), late).select_from(Matter).where(*_in_queue(units))
    return QueueCounts(*db.session.execute(query).one())


def list_soonest(units: Units, limit: int = 7) -> list[Matter]:
    """The first matters of the units' queue."""
    query = select(Matter).where(*_in_queue(units))
    return list(db.session.scalars(query.order_by(*_SOONEST).limit(limit)))


def list_late(units: Units = None, limit: int = 50) -> list[Matter]:
    """Public matters that are late now, held by units (None for all), latest first."""
    query = Matter.visible().where(Matter.next_due <= clock.now())
    if units is not None:
        query = query.where(Matter.holder_unit.in_(list(units)))
    return list(db.session.scalars(query.order_by(*_SOONEST).limit(limit)))


def list_colleagues(units: Units, also: Iterable[int]) -> list[Colleague]:
    """The officials of some units today (None for all), and some other people; one query."""
    today = clock.today()
    grants = select(RoleGrant.person_id).where(
        RoleGrant.role == Role.OFFICIAL,
        RoleGrant.starts <= today,
        or_(RoleGrant.ends.is_(None), RoleGrant.ends > today),
    )
    if units is not None:
        grants = grants.where(RoleGrant.unit.in_(list(units)))
    is_official = Person.id.in_(grants)
    query = (
        select(Person.id, Person.name, is_official)
        .where(or_(is_official, Person.id.in_(list(also))))
        .order_by(Person.name, Person.id)
    )
    return [Colleague(*row) for row in db.session.execute(query)]


def list_held(unit: str, states: Sequence[State]) -> list[int]:
    """The ids of the matters in some states that a unit holds, in order."""
    query = select(Matter.id).where(Matter.holder_unit == unit, Matter.state.in_(states))
    return list(db.session.scalars(query.order_by(Matter.id)))


# ---------- offers to other units ----------


def get_offer(matter_id: int) -> Handover | None:
    """The open offer of a matter to another unit."""
    return db.session.get(Handover, matter_id)


def list_offers_to(units: Units) -> list[Offered]:
    """The oldest offers that wait for some units (None for all); one query."""
    query = (
        select(Matter, Handover, MatterNote)
        .join(Handover, Handover.matter_id == Matter.id)
        .join(MatterNote, MatterNote.digest == Handover.reason)
        .order_by(Handover.offered_at, Matter.id)
        .limit(OFFERS)
    )
    if units is not None:
        query = query.where(Handover.to_unit.in_(list(units)))
    return [Offered(*row) for row in db.session.execute(query)]


# ---------- questions to authors ----------


def get_question(matter_id: int) -> MatterNote | None:
    """The words of the latest question to a matter's author."""
    query = (
        select(MatterNote)
        .where(MatterNote.matter_id == matter_id, MatterNote.purpose == "asked")
        .order_by(MatterNote.written_at.desc())
        .limit(1)
    )
    return db.session.scalars(query).first()


def get_open_question(matter: Matter) -> OpenQuestion | None:
    """When a matter's author was asked and has to reply, None unless the city waits for it."""
    return db.session.get(OpenQuestion, matter.id) if waits_for_author(matter) else None


def list_unreminded(until: datetime, limit: int) -> list[int]:
    """Ids of matters whose author is to be reminded of the question."""
    query = (
        select(Matter.id)
        .join(OpenQuestion, OpenQuestion.matter_id == Matter.id)
        .where(OpenQuestion.reminded_at.is_(None), OpenQuestion.remind_at <= until, _WAITS)
        .order_by(OpenQuestion.remind_at, Matter.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))


# ---------- internal notes, related matters, templates ----------


def list_internal_notes(matter_id: int) -> list[tuple[InternalNote, str]]:
    """The internal notes of a matter with the names of their writers, oldest first; one query."""
    query = (
        select(InternalNote, Person.name)
        .join(Person, Person.id == InternalNote.author_id)
        .where(InternalNote.matter_id == matter_id)
        .order_by(InternalNote.id)
    )
    return [(note, name) for note, name in db.session.execute(query)]


def get_internal_note(matter: Matter, note_id: int) -> InternalNote:
    """One note of a matter. Raises NotFound."""
    note = db.session.get(InternalNote, note_id)
    if note is None or note.matter_id != matter.id:
        raise NotFound("not_found")
    return note


def list_related(matter: Matter) -> Sequence[CardRow]:
    """Up to five open matters with a title like a matter's; two queries."""
    written = compare_with(matter.title)
    if written is None:
        return []
    found = written.candidates
    query = (
        Matter.visible()
        .with_only_columns(*CARD)
        .join(found, found.c.matter_id == Matter.id)
        .where(Matter.id != matter.id, Matter.state.in_(OPEN), Matter.answered_at.is_(None))
        .order_by(found.c.shared.desc(), Matter.id.desc())
    )
    best = written.best(db.session.execute(query), lambda row: (row.title, row.language))
    return [row for row, _ in best[:RELATED]]


def list_templates(units: Units) -> list[AnswerTemplate]:
    """The templates of some units (None for all), by unit and name."""
    query = select(AnswerTemplate).order_by(AnswerTemplate.unit, AnswerTemplate.name)
    if units is not None:
        query = query.where(AnswerTemplate.unit.in_(list(units)))
    return list(db.session.scalars(query))


def get_template(template_id: int, actor: Actor) -> AnswerTemplate:
    """A template of one of the actor's units. Raises NotFound for any other."""
    template = db.session.get(AnswerTemplate, template_id)
    if template is None or not policies.can_use_templates(actor, template.unit):
        raise NotFound("not_found")
    return template


# ---------- shared ----------


def _in_queue(units: Units) -> list[ColumnElement[bool]]:
    held: list[ColumnElement[bool]] = [
        Matter.state.in_(IN_QUEUE),
        Matter.holder_unit.is_not(None),
    ]
    return held if units is None else [*held, Matter.holder_unit.in_(list(units))]


def _narrowed(wanted: QueueFilter) -> list[ColumnElement[bool]]:
    found = {
        "unit": Matter.holder_unit == wanted.unit,
        "state": Matter.state == wanted.state,
        "kind": Matter.kind == wanted.kind,
        "theme": Matter.theme == wanted.theme,
        "area": Matter.area == wanted.area,
        "person": func.coalesce(Matter.assignee_id, NOBODY) == wanted.person,
        "due": _due_now() == wanted.due,
        "offered": Matter.id.in_(select(Handover.matter_id)),
    }
    return [found[name] for name in wanted.as_args()]


def _due_now() -> ColumnElement[str]:
    """How a matter's deadline stands at this moment, as one of `Due`."""
    return case(
        (Matter.next_due <= clock.now(), Due.LATE.value),
        (_WAITS, Due.WAITING.value),
        (Matter.next_due <= _week_ends(), Due.WEEK.value),
        else_=Due.LATER.value,
    )


def _week_ends() -> datetime:
    return clock.end_of(clock.today() + timedelta(days=SOON_DAYS))


def _moment_and_id(key: list[Any]) -> tuple[datetime | None, int]:
    moment, matter_id = key
    return datetime.fromisoformat(moment) if moment else None, int(matter_id)
