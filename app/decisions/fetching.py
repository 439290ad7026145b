"""Reads a file or a web address of decisions, within limits.

Only http and https are opened, and only on an address of the open internet: after connecting and
before anything is sent, the peer's address is looked at, so that no name can lead to the inside of
the network. An address on the inside must be marked `internal` by whoever configures it. At most
three redirects are followed, on the same host only and never from https to http. No proxy is used.
A server that gives its answer byte by byte is hung up on when the whole has taken too long.
"""

import contextlib
import http.client
import ipaddress
import socket
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.core.errors import Invalid
from app.decisions.reading import BYTES_LIMIT, web_address

SILENCE = 10  # seconds without a byte
WHOLE = 60  # seconds for everything
REDIRECTS = 3
VALIDATOR_LIMIT = 100


@dataclass(frozen=True)
class Fetched:
    """What an address gave; `data` is None when nothing has changed since the validators."""

    data: bytes | None
    etag: str | None = None
    last_modified: str | None = None


def read_path(path: Path) -> bytes:
    """The bytes of a file. Raises Invalid "file_missing" or "file_too_large"."""
    try:
        with path.open("rb") as file:
            data = file.read(BYTES_LIMIT + 1)
    except OSError:
        raise Invalid("file_missing") from None
    return _within(data)


def fetch(
    url: str, *, internal: bool = False, etag: str | None = None, last_modified: str | None = None
) -> Fetched:
    """What stands at an address, or that it has not changed since the validators.

    Raises Invalid "address_refused" (not http, not public, a redirect to elsewhere),
    "address_failed" (no answer, too slow, a status that is not 200) or "file_too_large".
    """
    if web_address(url) is None:
        raise Invalid("address_refused")
    headers = {"User-Agent": "Kuuluu", "Accept-Encoding": "identity"}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - http and https only
    try:
        with (
            _Deadline(WHOLE) as deadline,
            _opener(internal, deadline).open(request, timeout=SILENCE) as response,
        ):
            return _read(response, deadline)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 304:
            return Fetched(None, etag, last_modified)
        raise Invalid("address_failed") from None
    except (OSError, http.client.HTTPException, ValueError):
        raise Invalid("address_failed") from None


def _read(response: Any, deadline: "_Deadline") -> Fetched:
    if response.status != 200 or response.headers.get("Content-Encoding", "identity") != "identity":
        raise Invalid("address_failed")
    data = _within(response.read(BYTES_LIMIT + 1))
    length = response.headers.get("Content-Length", "")
    is_short = length.isdecimal() and int(length) != len(data)
    # a connection that was hung up on can look like the end of the file
    if is_short or deadline.has_passed:
        raise Invalid("address_failed")
    return Fetched(data, _validator(response, "ETag"), _validator(response, "Last-Modified"))


def _validator(response: Any, name: str) -> str | None:
    value = response.headers.get(name)
    return value if value and len(value) <= VALIDATOR_LIMIT and value.isprintable() else None


def _within(data: bytes) -> bytes:
    if len(data) > BYTES_LIMIT:
        raise Invalid("file_too_large", megabytes=BYTES_LIMIT // 1024 // 1024)
    return data


# ---------- the way out ----------


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        # an IPv4 address in the clothes of an IPv6 one
        inside = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if inside is not None:
            return is_public(str(inside))
        if found in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    return found.is_global and not found.is_multicast


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def _require_public(connection: socket.socket) -> None:
    if not is_public(connection.getpeername()[0]):
        connection.close()
        raise Invalid("address_refused")


class _Deadline:
    """Hangs up on every connection of a piece of work when its time is over."""

    def __init__(self, seconds: float) -> None:
        self.has_passed = False
        self.watched: list[socket.socket] = []
        self.timer = threading.Timer(seconds, self._hang_up)
        self.timer.daemon = True

    def __enter__(self) -> "_Deadline":
        self.timer.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.timer.cancel()
        for connection in self.watched:
            connection.close()

    def watch(self, connection: socket.socket) -> None:
        """Hang up on this one too; the handle of its own outlives the wrapping in TLS."""
        self.watched.append(connection.dup())

    def _hang_up(self) -> None:
        self.has_passed = True
        for connection in list(self.watched):
            with contextlib.suppress(OSError):  # it has ended by itself
                connection.shutdown(socket.SHUT_RDWR)


class _Connection(http.client.HTTPConnection):
    """Hangs up on an address inside the network, before anything is sent."""

    internal: bool
    deadline: _Deadline

    def connect(self) -> None:
        """Connect, then look at whom."""
        super().connect()
        self.deadline.watch(self.sock)
        if not self.internal:
            _require_public(self.sock)


class _SecureConnection(http.client.HTTPSConnection, _Connection):
    """The same: the check comes between connecting and the handshake, by the order of classes."""


def _maker(kind: type[_Connection], internal: bool, deadline: _Deadline) -> Any:
    def make(host: str, **options: Any) -> _Connection:
        connection = kind(host, **options)
        connection.internal, connection.deadline = internal, deadline
        return connection

    return make


class _Handler(urllib.request.AbstractHTTPHandler):
    """Opens http and https with connections of our own."""

    def __init__(self, internal: bool, deadline: _Deadline) -> None:
        super().__init__()
        self.plain = _maker(_Connection, internal, deadline)
        self.secure = _maker(_SecureConnection, internal, deadline)

    def http_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(self.plain, request)

    def https_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(self.secure, request)

    http_request = urllib.request.AbstractHTTPHandler.do_request_
    https_request = urllib.request.AbstractHTTPHandler.do_request_


class _SameHost(urllib.request.HTTPRedirectHandler):
    max_redirections = REDIRECTS

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        before, after = urlsplit(req.full_url), urlsplit(newurl)
        is_downgrade = before.scheme == "https" and after.scheme != "https"
        if web_address(newurl) is None or after.hostname != before.hostname or is_downgrade:
            fp.close()
            raise Invalid("address_refused")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(internal: bool, deadline: _Deadline) -> urllib.request.OpenerDirector:
    """An opener that knows http and https and nothing else; no file, ftp, data or proxy."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
        _SameHost(),
        _Handler(internal, deadline),
    ):
        opener.add_handler(handler)
    return opener
