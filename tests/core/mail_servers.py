"""Mail servers for tests: one that keeps what it gets, and its ill-mannered relatives."""

import ipaddress
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Inbox:
    """Keeps what a mail server got; `refuse` answers to an address, None where it is welcome."""

    def __init__(self, refuse: Callable[[str], str | None] = lambda address: None) -> None:
        self.messages: list[EmailMessage] = []
        self.contents: list[bytes] = []
        self.recipients: list[str] = []
        self.connections: set[int] = set()
        self.users: list[bytes] = []
        self.was_encrypted: list[bool] = []
        self.refuse = refuse

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Take a recipient or not."""
        if answer := self.refuse(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Take one message."""
        self.contents.append(envelope.content)
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients += envelope.rcpt_tos
        self.connections.add(session.peer[1])
        self.was_encrypted.append(session.ssl is not None)
        return "250 OK"

    def ids(self) -> list[str]:
        """The Message-IDs in the order in which they came."""
        return [message["Message-ID"] for message in self.messages]

    def let_in(self, _server: Any, _session: Any, _envelope: Any, _how: str, data: Any) -> Any:
        """Whoever knows the password."""
        self.users.append(data.login)
        return AuthResult(success=data.password == b"s:cr/t", handled=False)


class DropsInTheMiddle(SMTP):
    """Says that it takes the words, then hangs up, as often as it is told."""

    times = 1

    async def smtp_DATA(self, arg: str) -> None:
        """Hang up after 354."""
        if DropsInTheMiddle.times:
            DropsInTheMiddle.times -= 1
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            self.transport.close()
            return
        await super().smtp_DATA(arg)


class DropsAfterAnswer(SMTP):
    """Takes a message, answers 250 and hangs up."""

    async def smtp_DATA(self, arg: str) -> None:
        """Take it and hang up."""
        await super().smtp_DATA(arg)
        self.transport.close()


@contextmanager
def serving(
    port: int, inbox: Inbox, kind: type[SMTP] = SMTP, host: str = "127.0.0.1", **options: Any
) -> Iterator[Inbox]:
    """A mail server for a while."""
    ssl_context = options.pop("ssl_context", None)

    class Here(Controller):
        def factory(self) -> SMTP:
            return kind(self.handler, **self.SMTP_kwargs)

    controller = Here(inbox, hostname=host, port=port, ssl_context=ssl_context, **options)
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()


def make_certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate of 127.0.0.1 and 127.0.0.2 that only itself vouches for, and its context."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail for tests")])
    now = datetime.now(UTC)
    hosts = [x509.IPAddress(ipaddress.ip_address(f"127.0.0.{n}")) for n in (1, 2)]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path, key_path = folder / "certificate.pem", folder / "key.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path, key_path)
    return path, context
