"""The outbox: a message goes once, to the folder or the server, and waits while that is away."""

import random
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import select

from app.core import mail
from app.core.command import command
from app.core.errors import Invalid
from app.core.mail import OutboxMail
from app.extensions import db
from tests.conftest import START

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@command
def post(*recipients: str, fail: bool = False) -> None:
    """Messages in one command."""
    for recipient in recipients:
        mail.post(recipient, "Vastaus on\ntullut", "Hyvää päivää!\n\nKaupunki vastasi.")
    if fail:
        raise Invalid("empty")


def outbox() -> list[OutboxMail]:
    db.session.rollback()
    return list(db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def files(app: Flask) -> list[Path]:
    return sorted(Path(app.config["INSTANCE"], "mail").glob("*.eml"))


class Inbox:
    """Keeps what a mail server got."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[str] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Take one message."""
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients += envelope.rcpt_tos
        return "250 OK"


def free_port() -> int:
    while True:
        port = random.randint(20000, 32000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


@contextmanager
def server(port: int) -> Iterator[Inbox]:
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()


def test_without_a_server_messages_go_to_a_folder_once(context: Flask) -> None:
    post("one@example.org", "two@example.org")
    assert mail.send_waiting() == 2
    assert mail.send_waiting() == 0
    first, second = files(context)
    message = message_from_bytes(first.read_bytes(), policy=policy.default)
    assert message["To"] == "one@example.org"
    assert message["Subject"] == "Vastaus on tullut"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "Kaupunki vastasi." in message.get_content()
    assert message["Message-ID"] != message_from_bytes(second.read_bytes())["Message-ID"]
    assert all(row.sent_at == START for row in outbox())


def test_a_failed_command_sends_nothing(context: Flask) -> None:
    with pytest.raises(Invalid):
        post("one@example.org", fail=True)
    assert mail.send_waiting() == 0
    assert files(context) == []


def test_messages_reach_the_mail_server(context: Flask) -> None:
    port = free_port()
    context.config["SMTP_URL"] = f"smtp://127.0.0.1:{port}"
    post("one@example.org", "two@example.org")
    with server(port) as inbox:
        assert mail.send_waiting() == 2
        assert mail.send_waiting() == 0
    assert inbox.recipients == ["one@example.org", "two@example.org"]
    assert "Hyvää päivää!" in inbox.messages[0].get_content()
    assert inbox.messages[0]["Message-ID"] == outbox()[0].message_id


def test_while_the_server_is_away_messages_wait_and_nothing_is_lost(
    context: Flask, held: Callable[[Any], None]
) -> None:
    port = free_port()
    context.config["SMTP_URL"] = f"smtp://127.0.0.1:{port}"
    post("one@example.org", "two@example.org")
    ids = [row.message_id for row in outbox()]
    assert mail.send_waiting() == 0
    assert [row.attempts for row in outbox()] == [1, 1]
    assert mail.send_waiting() == 0, "not before its time"
    held(START + timedelta(minutes=1))
    assert mail.send_waiting() == 0
    held(START + timedelta(minutes=2))
    assert mail.send_waiting() == 0, "each time it waits longer"
    assert [row.attempts for row in outbox()] == [2, 2]
    held(START + timedelta(minutes=3))
    with server(port) as inbox:
        assert mail.send_waiting() == 2
    assert [message["Message-ID"] for message in inbox.messages] == ids


def test_a_message_is_given_up_after_five_days_and_stays_to_be_seen(
    context: Flask, held: Callable[[Any], None]
) -> None:
    context.config["SMTP_URL"] = f"smtp://127.0.0.1:{free_port()}"
    post("one@example.org")
    held(START + timedelta(days=5, minutes=1))
    assert mail.send_waiting() == 0
    (row,) = outbox()
    assert row.given_up_at is not None
    assert row.sent_at is None
    held(START + timedelta(days=9))
    mail.send_waiting()
    assert outbox()[0].attempts == 1


def test_one_refused_message_does_not_hold_up_the_others(context: Flask) -> None:
    class Picky(Inbox):
        async def handle_RCPT(
            self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
        ) -> str:
            if address.startswith("gone"):
                return "550 no such person"
            envelope.rcpt_tos.append(address)
            return "250 OK"

    port = free_port()
    context.config["SMTP_URL"] = f"smtp://127.0.0.1:{port}"
    post("gone@example.org", "here@example.org")
    inbox = Picky()
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        assert mail.send_waiting() == 1
    finally:
        controller.stop()
    assert inbox.recipients == ["here@example.org"]
    assert [row.sent_at is None for row in outbox()] == [True, False]
