"""How one message leaves: to a mail server, or as a file to a folder.

`carrier()` gives what the settings ask for. A carrier is made ready before each message, so that
a server that is away is noticed before any message is touched, and one connection serves a whole
run. What became of a message is told by an exception: none when the server (or the disk) has it.

Addresses of the server: `smtps://` is TLS from the first byte (port 465), `smtp://` begins in the
clear (port 25) and turns to TLS with STARTTLS. That is demanded as soon as a user is named, so that
no password travels in the clear; without a user it is done when the server offers it, but not on
this machine itself, where mail servers have certificates made by nobody. Certificates are always
checked; `SSL_CERT_FILE` names the file of another authority than the system's.
"""

import os
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from flask import current_app

CONNECTING = 20  # seconds
# A server may think about a whole message for long; leaving early would send it twice (RFC 1047).
ANSWERING = 120
PORTS = {"smtp": 25, "smtps": 465}
NOT_TRUSTED = ("530", "534", "535", "538")  # RFC 4954: sign in first, or better
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


class ServerAwayError(Exception):
    """There is no server, or not for us: no message is to blame."""


class RefusedError(Exception):
    """The message did not go; `problem` says why in a code that names nobody."""

    def __init__(self, problem: str, *, for_good: bool) -> None:
        super().__init__(problem)
        self.problem = problem
        self.for_good = for_good


@dataclass(frozen=True)
class Letter:
    """A message as it is sent; `attempt` counts from 1, `number` is its row in the outbox."""

    number: int
    attempt: int
    recipient: str
    subject: str
    body: str
    message_id: str
    created_at: datetime
    headers: Mapping[str, str]


class Carrier(Protocol):
    """What takes messages away."""

    def make_ready(self) -> None:
        """Be able to take a message. Raises ServerAwayError."""

    def send(self, letter: Letter) -> None:
        """Take a message. Raises RefusedError, or ServerAwayError when none can be taken."""

    def close(self) -> None:
        """Let go; what was taken stays taken whatever happens here."""


def carrier() -> Carrier:
    """What the settings ask for. Raises ValueError for an address of neither scheme."""
    url = current_app.config["SMTP_URL"]
    if not url:
        return FolderCarrier(Path(current_app.config["INSTANCE"]) / "mail")
    parts = urlsplit(url)
    if parts.scheme not in PORTS:
        raise ValueError("KUULUU_SMTP_URL begins with neither smtp:// nor smtps://")
    return ServerCarrier(parts)


class ServerCarrier:
    """One connection to a mail server."""

    def __init__(self, address: SplitResult) -> None:
        self.address = address
        self.server: smtplib.SMTP | None = None

    def make_ready(self) -> None:
        """Connect, or see that the connection is still there."""
        if self.server is not None and not _answers(self.server):
            self.close()
        if self.server is None:
            try:
                self.server = _connect(self.address)
            except (OSError, smtplib.SMTPException) as error:
                raise ServerAwayError(_code(error) or type(error).__name__) from error

    def send(self, letter: Letter) -> None:
        """Hand a message over; once the server has answered 250 it is sent.

        A refusal of the recipient or the words with 5xx is for good. Everything else is tried
        again: a refused sender, or one that the server does not trust (RFC 3463, 5.7), is the
        city's own setting, and a connection that breaks before the answer says nothing (RFC 5321
        section 4.5.4.1).
        """
        message = _written(letter, cte="quoted-printable")
        if self.server is None:
            raise ServerAwayError("not_ready")
        try:
            self.server.send_message(message)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
            raise RefusedError(_code(error), for_good=_is_for_good(error)) from error
        except smtplib.SMTPNotSupportedError as error:
            raise RefusedError("address_not_supported", for_good=True) from error
        except smtplib.SMTPResponseException as error:
            raise RefusedError(_code(error), for_good=False) from error
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise RefusedError("cut_off", for_good=False) from error

    def close(self) -> None:
        """Say goodbye as far as the server listens."""
        server, self.server = self.server, None
        if server is None:
            return
        try:
            server.quit()
        except (OSError, smtplib.SMTPException):
            # every message was answered before this; only the connection is lost
            server.close()


class FolderCarrier:
    """Files for development and demonstrations, named by time and number."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make_ready(self) -> None:
        """See that the folder is there, for the service's user only."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ServerAwayError(type(error).__name__) from error

    def send(self, letter: Letter) -> None:
        """Write the file whole or not at all; a repeat replaces it."""
        content = _written(letter).as_bytes()
        path = self.folder / f"{letter.created_at:%Y%m%d-%H%M%S}-{letter.number:06}.eml"
        half = path.with_suffix(".part")
        try:
            half.write_bytes(content)
            os.replace(half, path)
        except OSError as error:
            raise ServerAwayError(type(error).__name__) from error

    def close(self) -> None:
        """Nothing is held open."""


def _connect(address: SplitResult) -> smtplib.SMTP:
    host = address.hostname or ""
    port = address.port or PORTS[address.scheme]
    if address.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, port, timeout=CONNECTING, context=ssl.create_default_context()
        )
    else:
        server = smtplib.SMTP(host, port, timeout=CONNECTING)
    try:
        _greet(server, address)
    except BaseException:
        server.close()
        raise
    if server.sock is not None:
        server.sock.settimeout(ANSWERING)
    return server


def _greet(server: smtplib.SMTP, address: SplitResult) -> None:
    server.ehlo_or_helo_if_needed()
    is_ours = address.hostname in THIS_MACHINE
    offers = server.has_extn("starttls") and not is_ours
    if address.scheme == "smtp" and (address.username or offers):
        server.starttls(context=ssl.create_default_context())
        server.ehlo()
    if address.username:
        server.login(unquote(address.username), unquote(address.password or ""))


def _answers(server: smtplib.SMTP) -> bool:
    try:
        code, _ = server.noop()
    except (OSError, smtplib.SMTPException):
        return False
    return code == 250


def _code(error: Exception) -> str:
    """The three digits of a server's answer, never its words: they name people."""
    return _answer(error)[0]


def _is_for_good(error: Exception) -> bool:
    code, words = _answer(error)
    return code.startswith("5") and code not in NOT_TRUSTED and not words.startswith(b"5.7.")


def _answer(error: Exception) -> tuple[str, bytes]:
    """Code and words of the server's answer, empty when there was none."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
        return str(code), words
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return str(error.smtp_code), said if isinstance(said, bytes) else said.encode()
    return "", b""


class _OneLine(UnstructuredHeader):
    """A header with an address, which folding would take apart or encode."""

    name: str

    def fold(self, *, policy: EmailPolicy) -> str:
        """The header as it is, on one line."""
        return f"{self.name}: {self}{policy.linesep}"


_headers = HeaderRegistry()
for _name in ("list-unsubscribe", "list-unsubscribe-post", "list-id", "message-id"):
    _headers.map_to_type(_name, _OneLine)  # type: ignore[arg-type]
POLICY = EmailPolicy(header_factory=_headers)


def _with_plain_host(address: str) -> str:
    """The address with its host in the letters that every mail server knows (RFC 3490)."""
    name, at, host = address.rpartition("@")
    return f"{name}{at}{host.encode('idna').decode('ascii')}"


def _written(letter: Letter, cte: str | None = None) -> EmailMessage:
    """The message with its headers. Raises RefusedError when its words fit into none."""
    message = EmailMessage(policy=POLICY)
    try:
        message["From"] = current_app.config["MAIL_FROM"]
        message["To"] = _with_plain_host(letter.recipient)
        (_one_address,) = message["To"].addresses
        message["Subject"] = letter.subject
        message["Message-ID"] = letter.message_id
        message["Date"] = format_datetime(letter.created_at)
        message["Auto-Submitted"] = "auto-generated"
        for name, value in letter.headers.items():
            message[name] = value
        message.set_content(letter.body, cte=cte)
        message.as_bytes()
    except Exception as error:
        # the library raises many things for odd words, and one message must not stop the others
        raise RefusedError("unwritable", for_good=True) from error
    return message
