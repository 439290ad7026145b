"""Reads of answers, promises and the queues of the registry and the units."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from app.core import clock, paging
from app.core.errors import NotFound
from app.core.paging import Order, Page
from app.extensions import db
from app.proposals.lifecycle import EXITS, State
from app.proposals.models import Matter
from app.proposals.notes import MatterNote
from app.responses.models import Answer, Promise, PromiseState, SavedDraft

PAGE = 20
TO_ANSWER = (State.REGISTERED, State.IN_PREPARATION, State.WAITING)
TO_CARRY_OUT = (State.ANSWERED, State.IMPLEMENTING, State.IMPLEMENTED)
Units = Iterable[str] | None
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_DUE: ColumnElement[datetime] = func.coalesce(Matter.next_due, _NEVER, type_=Matter.next_due.type)


@dataclass(frozen=True)
class Answered:
    """A matter with the newest version of its answer."""

    matter: Matter
    answer: Answer


@dataclass(frozen=True)
class QueueCounts:
    """How many matters of a queue are open, and how many of them are late now."""

    open: int
    late: int


@dataclass(frozen=True)
class QueueFilter:
    """Whose queue: units (None for all), states, and one person's matters if given."""

    units: Units
    states: tuple[State, ...] = (*TO_ANSWER, *TO_CARRY_OUT)
    assignee_id: int | None = None


def get_answer(matter_id: int) -> Answer | None:
    """The newest version of a matter's answer, None while there is none."""
    return get_answers([matter_id]).get(matter_id)


def get_answers(matter_ids: Iterable[int]) -> dict[int, Answer]:
    """The newest versions of some matters' answers by matter id; one query."""
    query = select(Answer).where(Answer.matter_id.in_(list(matter_ids)), _is_newest())
    return {answer.matter_id: answer for answer in db.session.scalars(query)}


def list_versions(matter_id: int) -> list[Answer]:
    """All versions of a matter's answer, the newest first."""
    query = select(Answer).where(Answer.matter_id == matter_id).order_by(Answer.version.desc())
    return list(db.session.scalars(query))


def list_promises(matter_ids: Iterable[int]) -> dict[int, list[Promise]]:
    """Promises of some matters by matter id, the soonest first date first; one query."""
    ids = list(matter_ids)
    query = select(Promise).where(Promise.matter_id.in_(ids))
    found: dict[int, list[Promise]] = {matter_id: [] for matter_id in ids}
    for promise in db.session.scalars(query.order_by(Promise.first_due, Promise.id)):
        found[promise.matter_id].append(promise)
    return found


def list_promises_with_words(matter_id: int) -> list[tuple[Promise, dict[str, str]]]:
    """A matter's promises, each with the latest words beside it by language; one query."""
    query = (
        select(Promise, MatterNote.texts)
        .outerjoin(MatterNote, MatterNote.digest == Promise.note)
        .where(Promise.matter_id == matter_id)
        .order_by(Promise.first_due, Promise.id)
    )
    return [(promise, texts or {}) for promise, texts in db.session.execute(query)]


def get_promise(promise_id: int) -> Promise:
    """A promise by id. Raises NotFound."""
    promise = db.session.get(Promise, promise_id)
    if promise is None:
        raise NotFound("not_found")
    return promise


def list_promises_due(units: Units, until: date, limit: int = 100) -> list[tuple[Promise, Matter]]:
    """Open promises of units (None for all) due on a day or before, late ones first.

    Only those of public matters that have not left the city's handling.
    """
    query = (
        select(Promise, Matter)
        .join(Matter, Matter.id == Promise.matter_id)
        .where(Promise.state == PromiseState.OPEN, Promise.due <= until)
        .where(Matter.hidden_rule.is_(None), Matter.state.not_in(EXITS))
        .order_by(Promise.due, Promise.id)
        .limit(limit)
    )
    if units is not None:
        query = query.where(Promise.unit.in_(list(units)))
    return [(promise, matter) for promise, matter in db.session.execute(query)]


def list_late(units: Units = None, limit: int = 50) -> list[Matter]:
    """Public matters with a duty that has run out, held by units (None for all), latest first."""
    query = Matter.visible().where(Matter.overdue.is_(True))
    if units is not None:
        query = query.where(Matter.holder_unit.in_(list(units)))
    return list(db.session.scalars(query.order_by(_DUE, Matter.id).limit(limit)))


def answered_recently(limit: int = 3) -> list[Answered]:
    """The public matters that got their answer last, with its newest version; one query."""
    query = (
        select(Matter, Answer)
        .join(Answer, Answer.matter_id == Matter.id)
        .where(Matter.answered_at.is_not(None), Matter.hidden_rule.is_(None), _is_newest())
        .order_by(Matter.answered_at.desc(), Matter.id.desc())
        .limit(limit)
    )
    return [Answered(matter, answer) for matter, answer in db.session.execute(query)]


def get_draft(matter_id: int) -> SavedDraft | None:
    """What has been typed into a matter's answer so far."""
    return db.session.get(SavedDraft, matter_id)


def get_question(matter_id: int) -> MatterNote | None:
    """The latest question to a matter's author."""
    query = (
        select(MatterNote)
        .where(MatterNote.matter_id == matter_id, MatterNote.purpose == "asked")
        .order_by(MatterNote.written_at.desc())
        .limit(1)
    )
    return db.session.scalars(query).first()


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
    """How many matters wait for the registry, and how many of them are late."""
    return _count(select(Matter.id).where(Matter.state == State.PUBLISHED))


def page_queue(wanted: QueueFilter, cursor: str | None) -> Page[Any]:
    """Matters of a queue by their next due moment, late ones first; those without one last."""
    order = Order(
        (_DUE, Matter.id),
        lambda row: (row[0].next_due or _NEVER, row[0].id),
        descending=False,
        from_text=_moment_and_id,
    )
    return paging.page_by_key(select(Matter).where(*_in_queue(wanted)), order, PAGE, cursor)


def count_queue(wanted: QueueFilter) -> QueueCounts:
    """How many matters of a queue are open, and how many late; one query."""
    return _count(select(Matter.id).where(*_in_queue(wanted)))


def list_soonest(units: Units, limit: int = 7) -> list[Matter]:
    """The first matters of the units' queue."""
    query = select(Matter).where(*_in_queue(QueueFilter(units)))
    return list(db.session.scalars(query.order_by(_DUE, Matter.id).limit(limit)))


def _is_newest() -> ColumnElement[bool]:
    newer = Answer.__table__.alias("newer")
    newest = select(func.max(newer.c.version)).where(newer.c.matter_id == Answer.matter_id)
    return Answer.version == newest.scalar_subquery()


def _in_queue(wanted: QueueFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        Matter.state.in_(wanted.states),
        Matter.holder_unit.is_not(None),
    ]
    if wanted.units is not None:
        conditions.append(Matter.holder_unit.in_(list(wanted.units)))
    if wanted.assignee_id is not None:
        conditions.append(Matter.assignee_id == wanted.assignee_id)
    return conditions


def _count(ids: Select[Any]) -> QueueCounts:
    late = func.count().filter(Matter.next_due <= clock.now())
    total, late_ones = db.session.execute(ids.with_only_columns(func.count(), late)).one()
    return QueueCounts(total, late_ones)


def _moment_and_id(key: list[Any]) -> tuple[datetime, int]:
    moment, matter_id = key
    return datetime.fromisoformat(moment), int(matter_id)
