"""The outbox: a message is a row written in the command, sent by a job afterwards.

Nothing is lost when the mail server is away, and nothing is sent for a command that failed.

Sending is three steps, so that no transaction is open while a server talks: a short command claims
a message, `mail_delivery` sends it, a short command records what became of it. Rules:

- A claim is one worker's; one that is older than fifteen minutes belongs to a process that died.
- Such a message may have been sent or not. It is sent once more, with the same Message-ID so that
  the recipient's server can tell; when that claim is not finished either, it is given up as
  `uncertain` for an administrator to see. So nobody gets a message more than twice.
- A server that is away costs no message an attempt: the whole outbox waits, in its order.
- A message that fails waits longer each time (1, 2, 4 ... minutes), about five days in all, then is
  given up. A recipient or words refused with 5xx are given up at once.
- Who is given up stays in the outbox with the reason; `retry` sets it free again.

Without a mail server messages go as files to the folder `mail` of the instance.
"""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import make_msgid, parseaddr
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import JSON, ColumnElement, Index, Integer, String, Text, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.command import command, scratch
from app.core.errors import NotFound
from app.core.mail_delivery import Carrier, Letter, RefusedError, ServerAwayError, carrier
from app.core.types import UtcDateTime
from app.extensions import Model, db

log = structlog.get_logger()
BATCH = 50
SUBJECT_LIMIT = 300
ATTEMPTS = 22  # with the waits between them about five days
CLAIM = timedelta(minutes=15)  # longer than a server can keep one message waiting
RUN = 20.0  # seconds after which a run of the job begins no other message
UNFINISHED = 2  # claims that nobody finished
UNCERTAIN = "uncertain"


class OutboxMail(Model):
    """A message waiting for, or done with, its journey to the mail server.

    `claimed_at` is set while somebody sends it; `unfinished` counts claims of processes that died;
    `problem` is the code of the last failure: a server's three digits, or a word. `about` names the
    thing whose words the message carries ("matter:12"), so that it can be taken back.
    """

    __tablename__ = "outbox_mail"
    __table_args__ = (Index("ix_outbox_mail_waiting", "sent_at", "next_try_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(SUBJECT_LIMIT))
    body: Mapped[str] = mapped_column(Text)
    headers: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    given_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    unfinished: Mapped[int] = mapped_column(Integer, default=0)
    problem: Mapped[str | None] = mapped_column(String(40))
    about: Mapped[str | None] = mapped_column(String(40))


def post(
    recipient: str,
    subject: str,
    body: str,
    headers: Mapping[str, str] | None = None,
    about: str | None = None,
) -> None:
    """Put a plain text message into the outbox of the running command.

    Line breaks in the subject become spaces, so that no title can write headers of its own.
    `about` names the thing whose words it carries, for `take_back`.
    """
    scratch()
    sender_host = parseaddr(current_app.config["MAIL_FROM"])[1].rpartition("@")[2]
    db.session.add(
        OutboxMail(
            recipient=recipient,
            subject=_one_line(subject),
            body=body,
            headers=dict(headers or {}),
            message_id=make_msgid(domain=sender_host),
            created_at=clock.now(),
            next_try_at=clock.now(),
            about=about,
        )
    )


def take_back(about: str, but: str | None = None) -> None:
    """Delete the messages about a thing that nobody has begun to send, in the running command.

    Those to the address `but` stay. Who asks for a retry of one that was given up finds none.
    """
    scratch()
    waiting = (OutboxMail.sent_at.is_(None), OutboxMail.claimed_at.is_(None))
    query = delete(OutboxMail).where(*waiting, OutboxMail.about == about)
    db.session.execute(query.where(OutboxMail.recipient != but) if but else query)


def send_waiting(seconds: float = RUN) -> int:
    """Send what is due in the order it was written; returns how many were sent.

    Begins no other message after some seconds, so that the other jobs have their turn. Raises
    ValueError for a setting that names no mail server.
    """
    _release_stale_claims()
    sent, until, van = 0, time.monotonic() + seconds, carrier()
    try:
        while ids := _due_ids():
            for mail_id in ids:
                if time.monotonic() > until:
                    return sent
                sent += _carry(van, mail_id)
    except ServerAwayError as error:
        log.warning("mail.server_away", problem=str(error))
    finally:
        van.close()
    return sent


@command
def retry(mail_id: int) -> None:
    """Set a message that was given up free again, with all its attempts. Raises NotFound."""
    mail = db.session.get(OutboxMail, mail_id, with_for_update=True)
    if mail is None or mail.given_up_at is None:
        raise NotFound("not_found")
    mail.given_up_at = mail.problem = None
    mail.attempts = mail.unfinished = 0
    mail.next_try_at = clock.now()


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SUBJECT_LIMIT else line[: SUBJECT_LIMIT - 1] + "…"


def _carry(van: Carrier, mail_id: int) -> int:
    van.make_ready()
    letter = _claim(mail_id)
    if letter is None:
        return 0
    try:
        van.send(letter)
    except RefusedError as refusal:
        log.warning("mail.failed", mail=mail_id, attempt=letter.attempt, problem=refusal.problem)
        _record_failure(letter, refusal.problem, refusal.for_good)
        return 0
    except ServerAwayError:
        _give_back(letter)
        raise
    _record_sent(letter)
    return 1


def oldest_waiting() -> datetime | None:
    """Since when the message waits that should have been sent first; None when none is due."""
    return db.session.scalar(select(func.min(OutboxMail.next_try_at)).where(*_is_waiting()))


def _is_waiting() -> tuple[ColumnElement[bool], ...]:
    """Neither done with nor being sent."""
    return (
        OutboxMail.sent_at.is_(None),
        OutboxMail.given_up_at.is_(None),
        OutboxMail.claimed_at.is_(None),
        OutboxMail.next_try_at <= clock.now(),
    )


def _due_ids() -> list[int]:
    query = select(OutboxMail.id).where(*_is_waiting()).order_by(OutboxMail.id).limit(BATCH)
    ids = list(db.session.scalars(query))
    db.session.rollback()
    return ids


@command
def _claim(mail_id: int) -> Letter | None:
    """Take a message for sending; None when another worker has it or is done with it."""
    query = select(OutboxMail).where(OutboxMail.id == mail_id, *_is_waiting())
    mail = db.session.scalars(query.with_for_update(skip_locked=True)).first()
    if mail is None:
        return None
    mail.claimed_at = clock.now()
    mail.attempts += 1
    return Letter(
        number=mail.id,
        attempt=mail.attempts,
        recipient=mail.recipient,
        subject=mail.subject,
        body=mail.body,
        message_id=mail.message_id,
        created_at=mail.created_at,
        headers=mail.headers,
    )


@command
def _record_sent(letter: Letter) -> None:
    """The server has it, whoever has claimed the message since."""
    mail = db.session.get_one(OutboxMail, letter.number, with_for_update=True)
    mail.sent_at = clock.now()
    mail.claimed_at = mail.given_up_at = mail.problem = None


@command
def _record_failure(letter: Letter, problem: str, for_good: bool) -> None:
    mail = _claimed(letter)
    if mail is None:
        return
    mail.claimed_at, mail.problem = None, problem
    mail.next_try_at = clock.now() + timedelta(minutes=2 ** min(mail.attempts - 1, 9))
    if for_good or mail.attempts >= ATTEMPTS:
        mail.given_up_at = clock.now()


@command
def _give_back(letter: Letter) -> None:
    """No message could be taken, so that this one has lost nothing."""
    mail = _claimed(letter)
    if mail is not None:
        mail.claimed_at = None
        mail.attempts -= 1


def _claimed(letter: Letter) -> OutboxMail | None:
    """The message while the claim is still this letter's."""
    mail = db.session.get_one(OutboxMail, letter.number, with_for_update=True)
    return mail if mail.claimed_at is not None and mail.attempts == letter.attempt else None


@command
def _release_stale_claims() -> None:
    """Free the messages of dead processes once, and give them up the second time."""
    query: Any = select(OutboxMail).where(OutboxMail.claimed_at <= clock.now() - CLAIM)
    for mail in db.session.scalars(query.with_for_update(skip_locked=True)):
        mail.claimed_at, mail.problem = None, UNCERTAIN
        mail.unfinished += 1
        if mail.unfinished >= UNFINISHED:
            mail.given_up_at = clock.now()
        log.warning("mail.unfinished", mail=mail.id, times=mail.unfinished)
