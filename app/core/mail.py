"""The outbox: a message is a row written in the command, sent by a job afterwards.

Nothing is lost when the mail server is away, and nothing is sent for a command that failed. A
message keeps its Message-ID over attempts, so that a repeat after a crash can be recognised.
Without a mail server messages go as files to the folder `mail` of the instance.
"""

import smtplib
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from urllib.parse import unquote, urlsplit

import structlog
from flask import current_app
from sqlalchemy import Index, Integer, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.command import command, scratch
from app.core.types import UtcDateTime
from app.extensions import Model, db

log = structlog.get_logger()
BATCH = 50
PATIENCE = timedelta(days=5)


class OutboxMail(Model):
    """A message waiting for, or done with, its journey to the mail server."""

    __tablename__ = "outbox_mail"
    __table_args__ = (Index("ix_outbox_mail_waiting", "sent_at", "next_try_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    given_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0)


def post(recipient: str, subject: str, body: str) -> None:
    """Put a plain text message into the outbox of the running command."""
    scratch()
    sender_host = current_app.config["MAIL_FROM"].rpartition("@")[2]
    db.session.add(
        OutboxMail(
            recipient=recipient,
            subject=" ".join(subject.split()),
            body=body,
            message_id=make_msgid(domain=sender_host),
            created_at=clock.now(),
            next_try_at=clock.now(),
        )
    )


def send_waiting() -> int:
    """Send what is due, one message a transaction; returns how many were sent.

    A message that fails waits longer each time (1, 2, 4 ... minutes) for five days, then is
    given up and stays in the outbox for the administrator to see.
    """
    sent = 0
    for mail_id in _due_ids():
        sent += _send_one(mail_id)
    return sent


def _due_ids() -> list[int]:
    query = (
        select(OutboxMail.id)
        .where(OutboxMail.sent_at.is_(None), OutboxMail.given_up_at.is_(None))
        .where(OutboxMail.next_try_at <= clock.now())
        .order_by(OutboxMail.id)
        .limit(BATCH)
    )
    ids = list(db.session.scalars(query))
    db.session.rollback()
    return ids


@command
def _send_one(mail_id: int) -> int:
    mail = db.session.get(OutboxMail, mail_id, with_for_update={"skip_locked": True})
    if mail is None or mail.sent_at is not None:
        return 0
    mail.attempts += 1
    try:
        _deliver(mail)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail.failed", mail=mail.id, attempts=mail.attempts, error=type(error).__name__)
        if clock.now() - mail.created_at > PATIENCE:
            mail.given_up_at = clock.now()
        mail.next_try_at = clock.now() + timedelta(minutes=2 ** min(mail.attempts - 1, 9))
        return 0
    mail.sent_at = clock.now()
    return 1


def _deliver(mail: OutboxMail) -> None:
    message = EmailMessage()
    message["From"] = current_app.config["MAIL_FROM"]
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Message-ID"] = mail.message_id
    message["Date"] = format_datetime(mail.created_at)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    url = current_app.config["SMTP_URL"]
    if url:
        _to_server(url, message)
    else:
        _to_folder(Path(current_app.config["INSTANCE"]) / "mail", mail, message)


def _to_server(url: str, message: EmailMessage) -> None:
    parts = urlsplit(url)
    with smtplib.SMTP(parts.hostname or "", parts.port or 25, timeout=20) as server:
        if parts.scheme == "smtps" or parts.username:
            server.starttls()
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)


def _to_folder(folder: Path, mail: OutboxMail, message: EmailMessage) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{mail.created_at:%Y%m%d-%H%M%S}-{mail.id:06}.eml"
    (folder / name).write_bytes(message.as_bytes())
