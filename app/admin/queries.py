"""Reads for administrators: grants and the outbox, newest first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select

from app.accounts.models import Person, RoleGrant
from app.city import get_city
from app.core import clock
from app.core.errors import NotFound
from app.core.mail import OutboxMail
from app.core.paging import Order, Page, page_by_key
from app.extensions import db

PAGE_SIZE = 50
GREATEST_ID = 2**31 - 1
STUCK = timedelta(minutes=15)  # the job that sends runs every minute


def page_grants(ended: bool, cursor: str | None) -> Page[Any]:
    """A page of rows (`RoleGrant`, `name`, `email`): ended grants, or those in force and coming.

    Raises NotFound for a broken cursor.
    """
    is_over = RoleGrant.ends.is_not(None) & (RoleGrant.ends <= clock.today())
    query = (
        select(RoleGrant, Person.name, Person.email)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(is_over if ended else ~is_over)
    )
    order = _newest_first(RoleGrant.__table__.c.id, lambda row: (row.RoleGrant.id,))
    return page_by_key(query, order, PAGE_SIZE, cursor)


def page_mail(cursor: str | None) -> Page[Any]:
    """A page of messages without their words. Raises NotFound for a broken cursor."""
    columns = OutboxMail.__table__.c
    query = select(*(column for column in columns if column.name != "body"))
    return page_by_key(query, _newest_first(columns.id, lambda row: (row.id,)), PAGE_SIZE, cursor)


@dataclass(frozen=True)
class MailState:
    """How many messages wait and were given up, and when the first of the waiting was due."""

    waiting: int
    given_up: int
    due_since: datetime | None

    @property
    def is_stuck(self) -> bool:
        """Whether a message has been due for so long that the mail server must be away."""
        return self.due_since is not None and clock.now() - self.due_since > STUCK


def get_mail_state() -> MailState:
    """What has not been sent; one query."""
    is_given_up = OutboxMail.given_up_at.is_not(None)
    query = select(
        func.count().filter(~is_given_up),
        func.count().filter(is_given_up),
        func.min(OutboxMail.next_try_at).filter(~is_given_up),
    )
    waiting, given_up, due = db.session.execute(query.where(OutboxMail.sent_at.is_(None))).one()
    return MailState(waiting, given_up, due)


def list_given_up() -> list[Any]:
    """The newest messages that were given up: number, moment and problem, at most fifty."""
    query = select(OutboxMail.id, OutboxMail.given_up_at, OutboxMail.problem)
    query = query.where(OutboxMail.given_up_at.is_not(None)).order_by(OutboxMail.id.desc())
    return list(db.session.execute(query.limit(PAGE_SIZE)))


def get_message(mail_id: int) -> OutboxMail:
    """A message with its words. Raises NotFound, always where the city is no demonstration."""
    mail = db.session.get(OutboxMail, mail_id) if get_city().is_demo else None
    if mail is None:
        raise NotFound("not_found")
    return mail


def _newest_first(column: ColumnElement[int], key: Any) -> Order:
    return Order((column,), key=key, from_text=_row_id)


def _row_id(key: list[Any]) -> tuple[int]:
    (text,) = key
    row_id = int(text)
    if not 0 < row_id <= GREATEST_ID:
        raise ValueError("not the id of a row")
    return (row_id,)
