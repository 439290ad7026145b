"""A killed process leaves the change whole or absent.

The application is served as in production, by a gunicorn master with one worker. People write
over HTTP all the time; the worker is killed at random moments with SIGKILL. After each kill the
writers pause, and everything has to agree: the chain, the replay, the kept counts, and whatever
was acknowledged to somebody.
"""

import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import func, select, text

from app.accounts.models import Person
from app.comments.models import Comment
from app.core import clock
from app.core.command import command
from app.extensions import db
from app.journal import Kind, replay, verification
from app.journal.models import JournalEntry
from app.proposals import counts
from app.proposals.lifecycle import State
from app.proposals.models import Matter, Support
from tests.factories import Factory

ROOT = Path(__file__).parent.parent
PEOPLE, DRAFTS, MATTERS, WRITERS = 120, 3, 6, 6
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
MATTER = re.compile(r"/matters/(\d+)")


# ---------- the served application ----------


def free_port() -> int:
    """A port below the range from which outgoing connections take theirs."""
    for port in random.sample(range(20000, 32000), 50):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise RuntimeError("no free port")


def _state(pid: int) -> str:
    """The state letter of a process, empty when there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _wait(condition: Callable[[], Any], what: str, seconds: float = 30) -> Any:
    """Poll until something is true; returns it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.002)
    raise AssertionError(f"waited {seconds} s for {what}")


class Service:
    """A gunicorn master with one worker, in a process group of its own."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.port = free_port()
        self.log = folder / "server.log"
        environment = {k: v for k, v in os.environ.items() if not k.startswith("KUULUU_")}
        url = app.config["SQLALCHEMY_DATABASE_URI"].replace("postgresql+psycopg:", "postgresql:")
        environment |= {
            "KUULUU_INSTANCE": str(folder),
            "KUULUU_SECRET_KEY": app.config["SECRET_KEY"],
            "KUULUU_DATABASE_URL": url,
        }
        gunicorn = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.py"]
        flags = ["--workers", "1", "--bind", f"127.0.0.1:{self.port}", "--no-control-socket"]
        with self.log.open("wb") as log:
            self.master = subprocess.Popen(
                [*gunicorn, *flags, "wsgi:app"],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def worker(self) -> int | None:
        """The process that answers requests, None while there is none."""
        master = self.master.pid
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        alive = [int(pid) for pid in children if _state(int(pid)) not in ("", "Z", "X")]
        return alive[0] if alive else None

    def kill_worker(self) -> None:
        """SIGKILL; returns when the process is dead."""
        pid = _wait(self.worker, "a worker")
        os.kill(pid, signal.SIGKILL)
        _wait(lambda: _state(pid) in ("", "Z", "X"), "the killed worker to end")

    def stop(self) -> None:
        """End the master and whatever it started."""
        self.master.terminate()
        try:
            self.master.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.master.pid, signal.SIGKILL)
            self.master.wait(15)
        _wait(lambda: not self._group(), "the service's processes to end")

    def _group(self) -> bool:
        try:
            os.killpg(self.master.pid, 0)
        except ProcessLookupError:
            return False
        return True


# ---------- people who write ----------


@dataclass(frozen=True)
class Answer:
    """Status, address to which it leads, and page; None in place of it when nobody answered."""

    status: int
    location: str
    cookies: list[str]
    body: str


class Browser:
    """One person's session, without JavaScript: a cookie, the token of a form, own drafts."""

    def __init__(self, port: int, person_id: int, cookie: str, drafts: list[int]) -> None:
        self.port, self.person_id, self.drafts = port, person_id, drafts
        self.cookie, self.token = cookie, ""

    def take_token(self) -> None:
        """Open a form as a browser would and keep its token, and the session it belongs to."""
        answer = self.send("GET", "/en/matters/new")
        assert answer is not None
        assert answer.status == 200, answer
        found = TOKEN.search(answer.body)
        assert found, answer.body
        self.token = found[1]
        self.cookie = next(c for c in answer.cookies if c.startswith("kuuluu=")).partition(";")[0]

    def post(self, path: str, **form: str) -> Answer | None:
        """Send a form; None when the connection broke, so that nobody knows what happened."""
        return self.send("POST", path, urlencode({"csrf_token": self.token, **form}))

    def send(self, method: str, path: str, body: str | None = None) -> Answer | None:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Cookie": self.cookie, "Connection": "close"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            page = response.read().decode()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        cookies = response.headers.get_all("Set-Cookie") or []
        return Answer(response.status, response.headers.get("Location", ""), cookies, page)


@dataclass
class Known:
    """What people were told. A pair that is in neither set of supports is not known."""

    supported: set[tuple[int, int]] = field(default_factory=set)
    not_supported: set[tuple[int, int]] = field(default_factory=set)
    comments: set[str] = field(default_factory=set)
    drafts: set[int] = field(default_factory=set)
    published: set[int] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)


class Gate:
    """Lets writers through or holds them between two requests."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.is_open, self.is_over, self.writing, self.done = False, False, 0, 0

    @contextmanager
    def through(self) -> Iterator[bool]:
        """Around one request; False when it is all over."""
        with self.changed:
            self.changed.wait_for(lambda: self.is_open or self.is_over)
            self.writing += 1
        try:
            yield not self.is_over
        finally:
            with self.changed:
                self.writing -= 1
                self.done += 1
                self.changed.notify_all()

    def open(self) -> None:
        """Let the writers write, and wait until some requests have been answered."""
        with self.changed:
            self.is_open = True
            self.changed.notify_all()
            before = self.done
            assert self.changed.wait_for(lambda: self.done >= before + 2, 60), "nobody writes"

    def close(self, over: bool = False) -> None:
        """Hold the writers, and wait until the last request has its answer or none."""
        with self.changed:
            self.is_open, self.is_over = False, over
            self.changed.notify_all()
            assert self.changed.wait_for(lambda: self.writing == 0, 60), "a request hangs"


class Writer(threading.Thread):
    """Some people who support, comment and publish in turn, as chance has it."""

    def __init__(self, browsers: list[Browser], matters: list[int], gate: Gate, seed: str) -> None:
        super().__init__(daemon=True, name=seed)
        self.browsers, self.matters, self.gate = browsers, matters, gate
        self.chance, self.known = random.Random(seed), Known()
        self.number, self.error = 0, None

    def run(self) -> None:
        """Write until the gate says that it is over."""
        acts = [*[self.support] * 6, *[self.comment] * 2, self.begin, *[self.publish] * 2]
        try:
            while not self.gate.is_over:
                self.number += 1
                self.chance.choice(acts)(self.chance.choice(self.browsers))
        except BaseException as error:
            self.error = error
            raise

    def support(self, browser: Browser) -> None:
        """Support a matter, or take the support back."""
        matter = self.chance.choice(self.matters)
        pair = (matter, browser.person_id)
        known = self.known
        wants = pair not in known.supported
        with self.gate.through() as goes_on:
            if not goes_on:
                return
            act = "support" if wants else "unsupport"
            answer = browser.post(f"/en/matters/{matter}/{act}")
            if self._accepted(act, answer) or answer is None:
                known.supported.discard(pair)
                known.not_supported.discard(pair)
            if answer and answer.status == 303:
                (known.supported if wants else known.not_supported).add(pair)

    def comment(self, browser: Browser) -> None:
        """Say something that nobody else says."""
        words = f"Kommentti {self.name}-{self.number}"
        matter = self.chance.choice(self.matters)
        form = {"text": words, "stance": "for", "language": "fi", "parent": ""}
        if self._send(browser, "comment", f"/en/matters/{matter}/comments", **form):
            self.known.comments.add(words)

    def begin(self, browser: Browser) -> None:
        """Begin a draft."""
        start = {"kind": "proposal", "title": f"Valot reitille {self.number}", "language": "fi"}
        if begun := self._send(browser, "begin", "/en/matters/new", **start):
            self.known.drafts.add(int(MATTER.findall(begun.location)[0]))

    def publish(self, browser: Browser) -> None:
        """Publish one of the drafts that wait; whether a broken try did it, the journal tells."""
        if not browser.drafts:
            return
        matter = browser.drafts.pop()
        if self._send(browser, "publish", f"/en/matters/{matter}/publish"):
            self.known.published.add(matter)

    def _send(self, browser: Browser, act: str, path: str, **form: str) -> Answer | None:
        with self.gate.through() as goes_on:
            answer = browser.post(path, **form) if goes_on else None
            return answer if goes_on and self._accepted(act, answer) else None

    def _accepted(self, act: str, answer: Answer | None) -> bool:
        """Whether it was done; too many tries are refused, anything else is a surprise."""
        self.known.answers[f"{act} {answer.status if answer else 'cut'}"] += 1
        if answer is not None and answer.status not in (303, 429):
            raise AssertionError(f"{act}: {answer.status} {answer.body[:2000]}")
        return answer is not None and answer.status == 303


# ---------- what must hold after each kill ----------


class Witness:
    """Looks into the database while nobody writes."""

    def __init__(self) -> None:
        self.count, self.hash = 0, verification.GENESIS

    def check(self, writers: list[Writer]) -> None:
        """Raise unless everything agrees, as a new reader sees it."""
        db.session.rollback()
        _wait(_nobody_commits, "killed transactions to end")
        self._check_journal()
        assert counts.get_counts() == counts.counted()
        self._check_cards()
        for writer in writers:
            assert writer.error is None
            self._check_known(writer.known)
        db.session.remove()
        db.engine.dispose()

    def _check_journal(self) -> None:
        before = verification.SealedPoint("before", self.count, self.hash)
        report = verification.verify_database([before])
        assert report.ok, report.reason
        assert "before" in report.seals
        self.count, self.hash = report.count, report.hash
        assert list(replay.differences()) == []

    def _check_cards(self) -> None:
        """What a matter's card counts is there, and every comment has its entry."""
        supports = dict(
            db.session.execute(
                select(Support.matter_id, func.count()).group_by(Support.matter_id)
            ).all()
        )
        cards = dict(db.session.execute(select(Matter.id, Matter.supporters)).all())
        assert {k: n for k, n in cards.items() if n} == supports
        said = select(JournalEntry.facts).where(JournalEntry.kind == Kind.COMMENTED.value)
        recorded = sorted(json.loads(facts)["comment"] for facts in db.session.scalars(said))
        assert recorded == sorted(db.session.scalars(select(Comment.id)))

    def _check_known(self, known: Known) -> None:
        """Whatever somebody was told is so."""
        supports = {
            tuple(row) for row in db.session.execute(select(*Support.__table__.primary_key))
        }
        assert known.supported <= supports
        assert not known.not_supported & supports
        assert known.comments <= set(db.session.scalars(select(Comment.text)))
        assert known.drafts <= set(db.session.scalars(select(Matter.id)))
        public = select(Matter.id).where(Matter.state != State.DRAFT)
        assert known.published <= set(db.session.scalars(public))


def _nobody_commits() -> bool:
    """PostgreSQL ends the transactions of a dead client in a moment; SQLite has no server."""
    if db.engine.dialect.name != "postgresql":
        return True
    busy = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND state <> 'idle'"
    )
    db.session.rollback()  # a transaction sees the activity as it was when it first looked
    return db.session.execute(busy).scalar_one() == 0


def _check_file() -> None:
    """SQLite's own look at its file."""
    if db.engine.dialect.name == "sqlite":
        assert db.session.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
        assert db.session.execute(text("PRAGMA foreign_key_check")).all() == []


# ---------- the test ----------


@command
def _settle(make: Factory) -> tuple[list[tuple[Person, list[int]]], list[int]]:
    """People who joined a month ago with their drafts, and matters by others; one transaction."""
    joined = clock.now() - timedelta(days=30)
    people = [make.person(created_at=joined) for _ in range(PEOPLE)]
    drafts = [[make.draft(p.as_actor()).id for _ in range(DRAFTS)] for p in people]
    return list(zip(people, drafts, strict=True)), [make.matter().id for _ in range(MATTERS)]


def _browsers(
    app: Flask, service: Service, people: list[tuple[Person, list[int]]]
) -> list[Browser]:
    """A signed-in session for each person, made with the service's key."""
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    browsers = []
    for person, drafts in people:
        session = signer.dumps({"_user_id": person.session_key, "_fresh": True})
        browsers.append(Browser(service.port, person.id, f"kuuluu={session}", drafts))
    _wait(lambda: browsers[0].send("GET", "/en/matters/new"), "the service to answer", 60)
    for browser in browsers:
        browser.take_token()
    return browsers


@pytest.mark.timeout(900)
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds workers in /proc")
@pytest.mark.parametrize(
    ("dialect", "rounds"), [("sqlite", 200), ("postgresql", 20)], indirect=["dialect"]
)
def test_a_killed_process_leaves_the_change_whole_or_absent(
    app: Flask, tmp_path: Path, rounds: int
) -> None:
    seed = os.environ.get("KUULUU_TEST_SEED") or str(random.randrange(10**9))
    service = Service(app, tmp_path)
    gate, writers, killed = Gate(), [], 0
    try:
        with app.app_context():
            people, matters = _settle(Factory())
            browsers = _browsers(app, service, people)
            for n in range(WRITERS):
                own = browsers[n::WRITERS]
                writers.append(Writer(own, matters, gate, f"{seed}-{n}"))
            for writer in writers:
                writer.start()
            chance, witness = random.Random(seed), Witness()
            for killed in range(1, rounds + 1):  # noqa: B007 - told when something fails
                gate.open()
                time.sleep(chance.uniform(0, 0.2))
                service.kill_worker()
                gate.close()
                witness.check(writers)
            _check_file()
    except BaseException as error:
        error.add_note(f"KUULUU_TEST_SEED={seed}, killed {killed} times")
        error.add_note(service.log.read_text(errors="replace")[-3000:])
        raise
    finally:
        gate.close(over=True)
        service.stop()
        for writer in writers:
            writer.join(60)
    answers = sum((writer.known.answers for writer in writers), Counter())
    cut = sum(n for act, n in answers.items() if act.endswith("cut"))
    assert cut >= rounds / 2, f"the kills hit too little: {answers}"
    for act in ("support", "unsupport", "comment", "begin", "publish"):
        assert min(answers[f"{act} 303"], answers[f"{act} cut"]) >= rounds // 50, answers
