"""Addresses of decisions: what is opened, how much of it, and what is never opened."""

import http.server
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import Invalid
from app.decisions import fetching
from app.decisions.fetching import fetch, is_public, read_path
from app.decisions.reading import BYTES_LIMIT

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """A web server on this machine that answers every request with `answer`; gives its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                answer(self)
            except OSError:  # the other side has hung up
                self.close_connection = True

        def log_message(self, *_args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/feed"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def sends(body: bytes, status: int = 200, **headers: str) -> Answer:
    """An answer with a body and headers."""

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def refusal(url: str, **options: Any) -> str:
    """The code with which an address is refused."""
    with pytest.raises(Invalid) as caught:
        fetch(url, **options)
    return caught.value.code


def test_an_address_gives_its_bytes_and_what_to_ask_by_next_time() -> None:
    answer = sends(b"<rss/>", ETag='"1"', Last_Modified="Mon, 02 Mar 2026 08:00:00 GMT")
    with serving(answer) as url:
        found = fetch(url, internal=True)
    assert found.data == b"<rss/>"
    assert found.etag == '"1"'
    assert found.last_modified == "Mon, 02 Mar 2026 08:00:00 GMT"


def test_an_address_is_asked_only_for_what_is_new() -> None:
    asked: list[tuple[str | None, str | None]] = []

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        headers = handler.headers
        asked.append((headers.get("If-None-Match"), headers.get("If-Modified-Since")))
        handler.send_response(304)
        handler.end_headers()

    with serving(answer) as url:
        found = fetch(url, internal=True, etag='"1"', last_modified="yesterday")
    assert asked == [('"1"', "yesterday")]
    assert (found.data, found.etag, found.last_modified) == (None, '"1"', "yesterday")


def test_an_address_inside_the_network_is_not_asked_unless_it_is_marked() -> None:
    asked = []

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        sends(b"secret")(handler)

    with serving(answer) as url:
        assert refusal(url) == "address_refused"
        assert refusal(url.replace("127.0.0.1", "localhost")) == "address_refused"
        assert asked == []
        assert fetch(url, internal=True).data == b"secret"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_the_inside_of_the_network_is_known_by_its_addresses(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/x",
        "data:text/plain,x",
        "gopher://127.0.0.1/",
        "http://me:secret@127.0.0.1/",
        "//example.org/",
        "",
    ],
)
@pytest.mark.parametrize("internal", [False, True])
def test_only_the_web_is_opened(url: str, internal: bool) -> None:
    assert refusal(url, internal=internal) == "address_refused"


@pytest.mark.parametrize(
    "target",
    ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://localhost:{port}/", "http://example.org/"],
)
def test_a_redirect_to_elsewhere_is_not_followed(target: str) -> None:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        to = target.format(port=handler.server.server_address[1])
        sends(b"", 302, Location=to)(handler)

    with serving(answer) as url:
        # what is not of the web at all is refused by the standard library, as a failure
        code = "address_failed" if target.startswith("file") else "address_refused"
        assert refusal(url, internal=True) == code


def test_a_redirect_on_the_same_host_is_followed_but_not_for_ever() -> None:
    def once(handler: http.server.BaseHTTPRequestHandler) -> None:
        if handler.path == "/feed":
            sends(b"", 302, Location="/new")(handler)
        else:
            sends(b"<rss/>")(handler)

    with serving(once) as url:
        assert fetch(url, internal=True).data == b"<rss/>"
    hops = []

    def always(handler: http.server.BaseHTTPRequestHandler) -> None:
        hops.append(handler.path)
        sends(b"", 302, Location=f"/{len(hops)}")(handler)

    with serving(always) as url:
        assert refusal(url, internal=True) == "address_failed"
    assert len(hops) == fetching.REDIRECTS + 1


@pytest.mark.parametrize("status", [204, 206, 400, 404, 500])
def test_another_status_is_a_failure(status: int) -> None:
    body = b"" if status == 204 else b"x"
    with serving(sends(body, status)) as url:
        assert refusal(url, internal=True) == "address_failed"


def test_an_answer_that_is_too_large_is_not_read_to_its_end() -> None:
    sent = []

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(400):  # 100 megabytes
            handler.wfile.write(b"x" * 256 * 1024)
            sent.append(256 * 1024)

    with serving(answer) as url:
        assert refusal(url, internal=True) == "file_too_large"
    assert sum(sent) < 4 * BYTES_LIMIT


def test_a_packed_or_broken_off_answer_is_a_failure() -> None:
    with serving(sends(b"x", Content_Encoding="gzip")) as url:
        assert refusal(url, internal=True) == "address_failed"
    with serving(sends(b"x", Content_Length="100")) as url:
        assert refusal(url, internal=True) == "address_failed"


def test_a_silent_server_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "SILENCE", 0.2)
    started = time.monotonic()
    with serving(lambda handler: time.sleep(3)) as url:
        assert refusal(url, internal=True) == "address_failed"
        assert time.monotonic() - started < 2


@pytest.mark.parametrize("where", ["headers", "body"])
def test_a_server_that_answers_byte_by_byte_is_left(
    monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr(fetching, "WHOLE", 0.4)

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        if where == "body":
            handler.send_response(200)
            handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)

    started = time.monotonic()
    with serving(answer) as url:
        assert refusal(url, internal=True) == "address_failed"
        assert time.monotonic() - started < 2


def test_nobody_listening_is_a_failure() -> None:
    with serving(sends(b"")) as url:
        pass
    assert refusal(url, internal=True) == "address_failed"


def test_a_file_is_read_within_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    for missing in (path, tmp_path):
        with pytest.raises(Invalid, match="file_missing"):
            read_path(missing)
    path.write_bytes(b"x" * (BYTES_LIMIT + 1))
    with pytest.raises(Invalid, match="file_too_large"):
        read_path(path)
    path.write_bytes(b"<rss/>")
    assert read_path(path) == b"<rss/>"
