"""Finished public pages, kept in memory and served while what they show has not changed.

A view that may be cached calls `public(topics...)` before it reads anything. Its page is good as
long as the versions of these topics hold, and until the given moment at the latest (the local
midnight always ends it: words like "in 9 days" come from the date). Soon after a change of its
topics it is good for a minute only, since counts may change then without a new version (see
`topics.touch_calmly`). `PageCache` stands before Flask: for a request without a session it
compares versions with one small query on a connection of its own and answers 304 or the stored
bytes. The first query of a view is the one that reads the versions, in the same snapshot as what it
shows, so a page can be too new for its versions but never too old.
"""

import gzip
import hashlib
import json
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, g, request
from werkzeug.wrappers import Response

from app.core import clock, topics

MARK = "X-Kuuluu-Page"
LOOPBACK = ("127.0.0.1", "::1")
LOCAL_HOSTS = ("127.0.0.1", "localhost", "[::1]")

StartResponse = Callable[..., Any]
Environ = dict[str, Any]


def public(*names: str) -> None:
    """Declare the page of this request public and cacheable, as the view's first statement.

    `names` are the topics it depends on, beside those of the frame. Pages for people who are
    signed in stay private.
    """
    versions, unsettled_until = topics.read([*topics.FRAME, *names])
    g.page_mark = {"topics": versions, "until": clock.end_of(clock.today()).timestamp()}
    good_until(unsettled_until)


def good_until(moment: datetime | None) -> None:
    """Shorten the life of this page: at this moment it changes by itself (a phase opens)."""
    if moment is not None:
        g.page_mark["until"] = min(g.page_mark["until"], moment.timestamp())


def private_or_public(response: Response) -> Response:
    """Set the caching headers of a response; the mark goes to `PageCache`."""
    mark = g.pop("page_mark", None)
    has_session = request.cookies.get("kuuluu") or response.headers.get("Set-Cookie")
    if mark and not has_session and request.method == "GET" and response.status_code == 200:
        response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
        response.headers[MARK] = json.dumps(mark)
    else:
        response.headers.setdefault("Cache-Control", "private, no-store")
    return response


def is_local(environ: Environ) -> bool:
    """Whether the request comes straight from this machine, by address and by name."""
    forwarded = environ.get("HTTP_X_FORWARDED_FOR") or environ.get("HTTP_FORWARDED")
    host = environ.get("HTTP_HOST", "").rpartition(":")[0] or environ.get("HTTP_HOST", "")
    return environ.get("REMOTE_ADDR") in LOOPBACK and not forwarded and host in LOCAL_HOSTS


@dataclass(frozen=True)
class _Entry:
    topics: dict[str, int]
    until: float
    etag: str
    headers: list[tuple[str, str]]
    body: bytes


class PageCache:
    """WSGI layer that answers for pages which are still good. `limit` is in bytes."""

    def __init__(self, app: Flask, limit: int) -> None:
        self.inner = app.wsgi_app
        self.limit = limit
        self.used = 0
        self.entries: OrderedDict[tuple[Any, ...], _Entry] = OrderedDict()
        self.lock = threading.Lock()
        self.build = app.config["BUILD"]
        self.opened: list[Any] = []
        self.versions = _version_reader(app.config["SQLALCHEMY_DATABASE_URI"], self.opened)

    def close(self) -> None:
        """Close the connections that the threads have opened to read versions."""
        while self.opened:
            self.opened.pop().close()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        key = self._key(environ)
        if key is None:
            return self.inner(environ, _without_mark(start_response))
        entry = self.entries.get(key)
        if entry and self._good(entry):
            return _answer(entry, environ, start_response)
        return self._render(key, environ, start_response)

    def _key(self, environ: Environ) -> tuple[Any, ...] | None:
        """What the stored bytes depend on, None for a request that is never answered from here."""
        if environ["REQUEST_METHOD"] != "GET" or "kuuluu=" in environ.get("HTTP_COOKIE", ""):
            return None
        return (
            environ.get("HTTP_HOST"),
            environ["PATH_INFO"],
            environ.get("QUERY_STRING", ""),
            "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""),
            is_local(environ),
            environ.get("wsgi.url_scheme"),
        )

    def _good(self, entry: _Entry) -> bool:
        return clock.now().timestamp() < entry.until and self.versions(entry.topics) == entry.topics

    def _render(
        self, key: tuple[Any, ...], environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        caught: dict[str, Any] = {}

        def catch(status: str, headers: list[tuple[str, str]], *_error: Any) -> Any:
            caught.update(status=status, headers=headers)

        parts = self.inner(environ, catch)
        mark = dict(caught["headers"]).get(MARK)
        if mark is None:
            start_response(caught["status"], caught["headers"])
            return parts
        body = b"".join(parts)
        close = getattr(parts, "close", None)
        if close:
            close()
        entry = self._entry(json.loads(mark), caught["headers"], body, zipped=key[3])
        if self.limit:
            self._keep(key, entry)
        return _answer(entry, environ, start_response)

    def _entry(
        self, mark: dict[str, Any], headers: list[tuple[str, str]], body: bytes, zipped: bool
    ) -> _Entry:
        digest = hashlib.sha256(self.build.encode() + body).hexdigest()[:20]
        kept = [(k, v) for k, v in headers if k not in (MARK, "Content-Length", "ETag")]
        if zipped:
            body = gzip.compress(body, 6, mtime=0)
            kept.append(("Content-Encoding", "gzip"))
        etag = f'"{digest}{"-gz" if zipped else ""}"'
        kept += [("Content-Length", str(len(body))), ("ETag", etag), ("Vary", "Accept-Encoding")]
        return _Entry(mark["topics"], mark["until"], etag, kept, body)

    def _keep(self, key: tuple[Any, ...], entry: _Entry) -> None:
        with self.lock:
            old = self.entries.pop(key, None)
            self.entries[key] = entry
            self.used += len(entry.body) - (len(old.body) if old else 0)
            while self.used > self.limit:
                _, gone = self.entries.popitem(last=False)
                self.used -= len(gone.body)


def _without_mark(start_response: StartResponse) -> StartResponse:
    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        return start_response(status, [(k, v) for k, v in headers if k != MARK], exc_info)

    return start


def _answer(entry: _Entry, environ: Environ, start_response: StartResponse) -> list[bytes]:
    if entry.etag in environ.get("HTTP_IF_NONE_MATCH", ""):
        kept = [(k, v) for k, v in entry.headers if k not in ("Content-Length", "Content-Type")]
        start_response("304 Not Modified", kept)
        return []
    start_response("200 OK", entry.headers)
    return [entry.body]


def _version_reader(url: str, opened: list[Any]) -> Callable[[dict[str, int]], dict[str, int]]:
    """Present versions of the same topics, over a connection of this thread's own."""
    local = threading.local()
    is_sqlite = url.startswith("sqlite")
    mark = "?" if is_sqlite else "%s"

    def connect() -> Any:
        if is_sqlite:
            path = url.removeprefix("sqlite:///")
            return sqlite3.connect(
                f"file:{path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
            )
        import psycopg

        return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)

    def read(names: dict[str, int]) -> dict[str, int]:
        if not hasattr(local, "connection"):
            local.connection = connect()
            opened.append(local.connection)
        marks = ",".join([mark] * len(names))
        sql = f"SELECT name, version FROM topic WHERE name IN ({marks})"
        try:
            rows = local.connection.execute(sql, tuple(names)).fetchall()
        except Exception:
            # A lost connection: the next request opens a new one, this one renders the page.
            opened.remove(local.connection)
            del local.connection
            return {}
        found = dict(rows)
        return {name: found.get(name, 0) for name in names}

    return read
