"""The jobs beside the web: what is due, at which minute, and a process that ends when told."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from structlog.testing import capture_logs

from app import jobs
from app.core.mail import OutboxMail
from app.duties.models import DutyClock
from app.extensions import db
from app.journal.queries import get_head, list_seals
from tests.casework import Casework
from tests.conftest import START
from tests.factories import Factory

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
ROOT = Path(__file__).parent.parent.parent


def lines(text: str) -> list[dict[str, Any]]:
    """The log's lines."""
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def test_once_runs_all_that_is_due(
    context: Flask, make: Factory, held: Callable[[Any], None]
) -> None:
    work = Casework(make)
    work.published()
    held(START + timedelta(days=3))
    with capture_logs() as log:
        assert jobs.run_due()
    db.session.rollback()
    assert any(row.overdue_at for row in db.session.scalars(select(DutyClock)))
    receipt, late = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id))
    assert receipt.sent_at is not None
    assert late.sent_at is not None
    assert [seal.day for seal in list_seals()] == [date(2026, 3, 11)]
    done = {line["job"]: line["count"] for line in log if line["count"]}
    assert done.pop("figures") > 0
    assert done == {"clocks": 1, "notifications": get_head()[0], "mail": 2, "seal": 1}
    with capture_logs() as log:
        assert jobs.run_due()
    db.session.rollback()
    assert {line["job"] for line in log} >= {"clocks", "notifications", "mail"}
    assert not any(line["count"] for line in log)
    assert len(list(db.session.scalars(select(OutboxMail)))) == 2


def test_the_log_holds_no_personal_data(context: Flask, make: Factory) -> None:
    matter = Casework(make).registered()
    with capture_logs() as log:
        jobs.run_due()
    # no source of decisions is configured, so that job is not due
    assert {line["job"] for line in log} == {job.name for job in jobs.JOBS} - {"decisions"}
    assert "@" not in str(log)
    assert matter.title not in str(log)


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        (datetime(2026, 3, 9, 22, 4, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 9, 22, 5, tzinfo=UTC), True),
        (datetime(2026, 3, 10, 15, 0, tzinfo=UTC), True),
        (datetime(2026, 3, 29, 21, 4, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 29, 21, 5, tzinfo=UTC), True),
        (datetime(2026, 10, 24, 21, 5, tzinfo=UTC), True),
        (datetime(2026, 10, 25, 22, 4, 59, tzinfo=UTC), False),
        (datetime(2026, 10, 25, 22, 5, tzinfo=UTC), True),
    ],
    ids=str,
)
def test_yesterday_is_sealed_from_five_past_midnight_in_espoo(
    context: Flask, held: Callable[[Any], None], moment: datetime, due: bool
) -> None:
    held(moment)
    assert jobs.is_seal_due() == due
    if due:
        assert jobs.seal_yesterday() == 1
        assert not jobs.is_seal_due()
        assert jobs.seal_yesterday() == 0


def test_a_night_that_was_missed_is_sealed_later_in_the_day_and_once(
    context: Flask, held: Callable[[Any], None]
) -> None:
    held(datetime(2026, 3, 10, 6, 0, tzinfo=UTC))
    jobs.run_due()
    held(datetime(2026, 3, 10, 6, 1, tzinfo=UTC))
    jobs.run_due()
    assert [seal.day for seal in list_seals()] == [date(2026, 3, 9)]
    held(datetime(2026, 3, 13, 6, 0, tzinfo=UTC))
    jobs.run_due()
    assert [seal.day for seal in list_seals()] == [date(2026, 3, 9), date(2026, 3, 12)]


def test_a_job_that_fails_is_logged_without_its_words_and_holds_up_nobody(
    context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> int:
        raise ValueError("somebody@example.org wrote this")

    ran: list[str] = []
    broken = jobs.Job("broken", fail)
    after = jobs.Job("after", lambda: ran.append("after") or 1)
    monkeypatch.setattr(jobs, "JOBS", (broken, after))
    with capture_logs() as log:
        assert not jobs.run_due()
    assert ran == ["after"]
    failed, done = log
    assert (failed["event"], failed["job"], failed["error"]) == (
        "job.failed",
        "broken",
        "ValueError",
    )
    assert failed["place"].startswith("test_jobs.py:")
    assert "somebody" not in json.dumps(failed)
    assert done["job"] == "after"
    result = context.test_cli_runner().invoke(args=["jobs", "once"])
    assert result.exit_code == 1


def test_once_ends_well(context: Flask) -> None:
    result = context.test_cli_runner().invoke(args=["jobs", "once"])
    assert result.exit_code == 0


def test_the_queue_is_a_file_beside_the_database_or_in_redis(app: Flask, tmp_path: Path) -> None:
    queue = jobs.make_huey(app)
    assert queue.storage.filename == str(tmp_path / "jobs.db")
    (task,) = queue._registry.periodic_tasks
    for minute in (0, 1, 59):
        assert task.validate_datetime(datetime(2026, 3, 9, 12, minute))
    queue.storage.close()
    app.config["REDIS_URL"] = "redis://127.0.0.1:1/0"
    assert type(jobs.make_huey(app)).__name__ == "RedisHuey"


def test_a_run_in_the_queue_does_the_work(app: Flask, make: Factory) -> None:
    Casework(make).published()
    queue = jobs.make_huey(app)
    (task,) = queue._registry.periodic_tasks
    queue.execute(task)
    queue.storage.close()
    db.session.rollback()
    assert len(list(db.session.scalars(select(OutboxMail)))) == 1


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_the_process_works_and_ends_when_told(
    dialect: str, sqlite_template: Path, tmp_path: Path, stop: signal.Signals
) -> None:
    """A real process: it runs the jobs at once and leaves with success at a signal."""
    shutil.copy(sqlite_template, tmp_path / "kuuluu.db")
    environment = os.environ | {"KUULUU_INSTANCE": str(tmp_path), "KUULUU_DATABASE_URL": ""}
    log = tmp_path / "log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "run"],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=out,
        )
        try:
            deadline = time.monotonic() + 60
            while '"job": "mail"' not in log.read_text() and time.monotonic() < deadline:
                assert process.poll() is None, log.read_text()
                time.sleep(0.2)
            process.send_signal(stop)
            assert process.wait(timeout=40) == 0, log.read_text()
        finally:
            process.kill()
    events = lines(log.read_text())
    assert events[0]["event"] == "jobs.started"
    assert {line["job"] for line in events if "job" in line} >= {"clocks", "notifications", "mail"}
    assert events[-1]["event"] == "jobs.stopped"
