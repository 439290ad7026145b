"""Reads of promises."""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts import queries as accounts
from app.accounts.models import Person
from app.core import clock, files, paging
from app.core.access import Role
from app.core.errors import NotFound
from app.extensions import db
from app.promises.models import Promise, PromiseEvidence, PromiseState
from app.proposals.lifecycle import EXITS
from app.proposals.models import Matter
from app.proposals.notes import MatterNote
from app.responses.queries import Units

LEDGER_PAGE = 20
_PUBLIC = (*Matter.shown(), Matter.state.not_in(EXITS))


def list_promises(matter_ids: Iterable[int]) -> dict[int, list[Promise]]:
    """Promises of some matters by matter id, the soonest first date first; one query."""
    ids = list(matter_ids)
    query = select(Promise).where(Promise.matter_id.in_(ids))
    found: dict[int, list[Promise]] = {matter_id: [] for matter_id in ids}
    for promise in db.session.scalars(query.order_by(Promise.first_due, Promise.id)):
        found[promise.matter_id].append(promise)
    return found


def list_promises_with_words(matter_id: int) -> list[tuple[Promise, dict[str, str]]]:
    """A matter's promises with evidence, each with the latest words beside it; one query."""
    query = (
        select(Promise, MatterNote)
        .outerjoin(MatterNote, MatterNote.digest == Promise.note)
        .where(Promise.matter_id == matter_id)
        .options(joinedload(Promise.evidence))
        .order_by(Promise.first_due, Promise.id)
    )
    rows = db.session.execute(query).unique()
    return [(promise, note.texts if note else {}) for promise, note in rows]


def has_open_promise(matter_id: int) -> bool:
    """Whether a promise of a matter is neither kept nor broken."""
    query = select(Promise.id).where(
        Promise.matter_id == matter_id, Promise.state == PromiseState.OPEN
    )
    return db.session.scalars(query.limit(1)).first() is not None


def get_promise(promise_id: int) -> Promise:
    """A promise by id. Raises NotFound."""
    promise = db.session.get(Promise, promise_id)
    if promise is None:
        raise NotFound("not_found")
    return promise


def get_evidence(piece_id: int) -> PromiseEvidence:
    """A piece of evidence by id. Raises NotFound."""
    piece = db.session.get(PromiseEvidence, piece_id)
    if piece is None:
        raise NotFound("not_found")
    return piece


def get_pictured_matter(picture: str) -> int:
    """The number of the matter that has a photo, by the name of its file. Raises NotFound."""
    query = (
        select(Promise.matter_id)
        .join(PromiseEvidence, PromiseEvidence.promise_id == Promise.id)
        .where(PromiseEvidence.picture == picture)
    )
    matter_id = db.session.scalars(query).first() if files.NAME.fullmatch(picture) else None
    if matter_id is None:
        raise NotFound("not_found")
    return matter_id


@files.named_by
def list_pictures(names: Sequence[str]) -> list[str]:
    """Which of some names of files photos beside promises have; one query."""
    query = select(PromiseEvidence.picture).where(PromiseEvidence.picture.in_(names))
    return [picture for picture in db.session.scalars(query) if picture]


def list_photos(matter_id: int) -> list[tuple[PromiseEvidence, Promise]]:
    """The photos that stand beside a matter's promises, each with its promise; one query."""
    query = (
        select(PromiseEvidence, Promise)
        .join(Promise, Promise.id == PromiseEvidence.promise_id)
        .where(Promise.matter_id == matter_id, PromiseEvidence.picture.is_not(None))
        .order_by(Promise.first_due, PromiseEvidence.id)
    )
    return [(piece, promise) for piece, promise in db.session.execute(query)]


def list_keepers(unit: str, matter: Matter) -> list[Person]:
    """Officials of a unit who may see to its promises in a matter, by name."""
    staff = accounts.list_staff(Role.OFFICIAL, unit)
    return [person for person in staff if person.id not in matter.author_ids]


def list_promises_due(units: Units, until: date, limit: int = 100) -> list[tuple[Promise, Matter]]:
    """Open promises of units (None for all) due on a day or before, late ones first.

    Only those of public matters that have not left the city's handling.
    """
    query = (
        select(Promise, Matter)
        .join(Matter, Matter.id == Promise.matter_id)
        .where(Promise.state == PromiseState.OPEN, Promise.due <= until)
        .where(*_PUBLIC)
        .order_by(Promise.due, Promise.id)
        .limit(limit)
    )
    if units is not None:
        query = query.where(Promise.unit.in_(list(units)))
    return [(promise, matter) for promise, matter in db.session.execute(query)]


# ---------- the public ledger ----------


class Standing(enum.StrEnum):
    """How promises stand, as the ledger's filter; the late ones are among the open ones."""

    OPEN = "open"
    LATE = "late"
    KEPT = "kept"
    BROKEN = "broken"


@dataclass(frozen=True)
class Tally:
    """Promises of some units counted. `in_time` of the `judged` ones were kept by their first day.

    A promise is judged once it is settled or its first day has passed.
    """

    open: int = 0
    late: int = 0
    kept: int = 0
    broken: int = 0
    judged: int = 0
    in_time: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.open + other.open,
            self.late + other.late,
            self.kept + other.kept,
            self.broken + other.broken,
            self.judged + other.judged,
            self.in_time + other.in_time,
        )

    @property
    def percent(self) -> int:
        """The share kept by the first day, in whole percents."""
        return round(100 * self.in_time / self.judged)


def page_ledger(standing: Standing, unit: str | None, cursor: str | None) -> paging.Page[Any]:
    """A page of public promises, each with its matter and the latest words beside it.

    Open ones by their present day, settled ones the newest day first; two queries. Raises NotFound
    for a broken cursor.
    """
    query = (
        select(Promise, Matter.title, Matter.language, MatterNote.texts)
        .join(Matter, Matter.id == Promise.matter_id)
        .outerjoin(MatterNote, MatterNote.digest == Promise.note)
        .where(*_PUBLIC, _stands(standing))
        .options(selectinload(Promise.evidence))
    )
    if unit:
        query = query.where(Promise.unit == unit)
    order = paging.Order(
        (Promise.due, Promise.id),
        lambda row: (row[0].due, row[0].id),
        descending=standing in (Standing.KEPT, Standing.BROKEN),
        from_text=_day_and_number,
    )
    return paging.page_by_key(query, order, LEDGER_PAGE, cursor)


def count_by_unit() -> dict[str, Tally]:
    """Public promises counted by the unit that owns them; one query."""
    settled, past = Promise.state != PromiseState.OPEN, Promise.first_due < clock.today()
    in_time = and_(Promise.state == PromiseState.KEPT, Promise.kept_on <= Promise.first_due)
    counted = [_stands(standing) for standing in Standing]
    counts = [func.count().filter(rule) for rule in (*counted, or_(settled, past), in_time)]
    query = select(Promise.unit, *counts).join(Matter, Matter.id == Promise.matter_id)
    rows = db.session.execute(query.where(*_PUBLIC).group_by(Promise.unit))
    return {unit: Tally(*numbers) for unit, *numbers in rows}


def _stands(standing: Standing) -> ColumnElement[bool]:
    if standing == Standing.LATE:
        return and_(Promise.state == PromiseState.OPEN, Promise.due < clock.today())
    return Promise.state == PromiseState(standing.value)


def _day_and_number(key: list[Any]) -> tuple[date, int]:
    day, number = key
    return date.fromisoformat(day), int(number)


# ---------- reminders ----------


def list_to_remind(days: int, limit: int) -> list[int]:
    """Numbers of open promises due in so many days or sooner, not yet reminded of that day."""
    today = clock.today()
    query = (
        select(Promise.id)
        .join(Matter, Matter.id == Promise.matter_id)
        .where(Promise.state == PromiseState.OPEN, Matter.state.not_in(EXITS))
        .where(Promise.due.between(today, today + timedelta(days=days)))
        .where(or_(Promise.reminded_due.is_(None), Promise.reminded_due != Promise.due))
        .order_by(Promise.due, Promise.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))
