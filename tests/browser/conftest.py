"""A served application and a real browser for the tests of this folder."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from app.accounts import services as accounts
from app.budgeting import services as budgeting
from app.budgeting.models import CITY, PhaseKind
from app.budgeting.services import PhasePlan, ProjectPlan, RoundPlan
from app.core import clock
from app.core.access import SYSTEM, Role
from app.extensions import db
from tests.conftest import make_app
from tests.factories import Factory
from tests.test_killed_worker import free_port

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = os.environ.get("KUULUU_CHROMIUM") or shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass(frozen=True)
class Site:
    """Where the application is served; people sign in as `key@example.org`."""

    url: str
    round_id: int


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs Chromium: apt-get install chromium")
        pytest.skip("no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def site(sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    """The application under gunicorn, with five people and a round in its voting phase."""

    def prepare() -> int:
        # In the past, so that voting is open now; the clock is otherwise the real one.
        with clock.moved_to(datetime.now(UTC) - timedelta(days=40)):
            return _people_and_round()

    with serving(sqlite_template, tmp_path, prepare) as served:
        yield served


@contextmanager
def serving(template: Path, folder: Path, prepare: Callable[[], int]) -> Iterator[Site]:
    """The application, served from a fresh database; `prepare` fills it and returns a round."""
    path = folder / "kuuluu.db"
    shutil.copy(template, path)
    app = make_app(f"sqlite:///{path}", folder)
    with app.app_context():
        round_id = prepare()
        db.session.remove()
        db.engine.dispose()
    port = free_port()
    server = _serve(folder, app.config["SECRET_KEY"], port)
    try:
        _wait(f"http://127.0.0.1:{port}/fi/about")
        yield Site(f"http://127.0.0.1:{port}", round_id)
    finally:
        _stop(server)


def _people_and_round() -> int:
    make = Factory()
    people = {
        "asukas": None,
        "kirjaamo": (Role.REGISTRY, {"unit": "registry"}),
        "viranhaltija": (Role.OFFICIAL, {"unit": "street_engineering"}),
        "valtuutettu": (Role.COUNCILLOR, {"body": "tela"}),
        "aanestaja": None,
        "budjetointi": (Role.BUDGETING, {"unit": "participation"}),
    }
    made = {}
    for key, role in people.items():
        person = make.person(email=f"{key}@example.org", name=key.capitalize())
        if role:
            accounts.grant_role(SYSTEM, person, role[0], **role[1])
        db.session.refresh(person)
        made[key] = person.as_actor()
    return _round(made["budjetointi"])


def _round(team: object) -> int:
    now = clock.now()

    def phase(kind: PhaseKind, opens: int, closes: int) -> PhasePlan:
        return PhasePlan(kind, now + timedelta(days=opens), now + timedelta(days=closes))

    texts = {"fi": "Osallistuva budjetointi", "sv": "Deltagande budgetering", "en": "Budgeting"}
    plan = RoundPlan(
        year=2026,
        names=texts,
        intro=texts,
        phases=[
            phase(PhaseKind.IDEAS, 1, 5),
            phase(PhaseKind.FEASIBILITY, 6, 30),
            phase(PhaseKind.VOTING, 35, 60),
            phase(PhaseKind.COUNTING, 60, 90),
        ],
        envelopes={CITY: 10_000_000, "suur-matinkyla": 5_000_000},
        max_choices=3,
    )
    round = budgeting.create_round(team, plan)  # type: ignore[arg-type]
    for contest in round.contests:
        for name, cost in (("Keinut", 2_000_000), ("Penkit", 1_500_000), ("Valot", 2_500_000)):
            words = dict.fromkeys(("fi", "sv", "en"), f"{name} {contest.key}")
            project = ProjectPlan(title=words, description=words, cost_cents=cost)
            budgeting.add_project(team, contest, project)  # type: ignore[arg-type]
    budgeting.publish_round(team, round)  # type: ignore[arg-type]
    return round.id


def _serve(folder: Path, key: str, port: int) -> subprocess.Popen[bytes]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("KUULUU_")}
    environment |= {"KUULUU_INSTANCE": str(folder), "KUULUU_SECRET_KEY": key}
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.py", "--workers", "1"]
    with (folder / "server.log").open("wb") as log:
        return subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{port}", "wsgi:app"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _stop(server: subprocess.Popen[bytes]) -> None:
    """End the server; a browser's open connection must not hold it."""
    os.killpg(server.pid, signal.SIGTERM)
    try:
        server.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(20)


def _wait(url: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")
