"""The jobs that run beside the web: answers at their time, clocks, messages, the nightly seal.

`flask jobs run` keeps one process with one worker in the foreground: huey's scheduler starts the
jobs every minute. `flask jobs once` runs what is due and ends, for cron or a timer. Every job may
run twice or late: each is idempotent, and the seal is due from 00.05 on until it is written.
A job that fails is logged and tried again the next time; it does not hold up the others.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import click
import structlog
from flask import Flask, current_app
from flask.cli import AppGroup
from huey import Huey, RedisHuey, SqliteHuey, crontab
from huey.consumer import Consumer

from app.answers.services import publish_due
from app.authoring.services import forget_old_invitations
from app.core import clock, files, logs, mail
from app.decisions.reading_sources import is_reading_due, read_due
from app.duties.services import run_out_clocks
from app.extensions import db
from app.feedback.services import forget_old_senders
from app.journal import queries as journal
from app.journal.services import seal_day
from app.notifications.readers import read_new
from app.promises.reminders import remind_owners
from app.responses.services import remind_authors
from app.transparency.services import are_figures_due, rebuild_figures

log = structlog.get_logger()
SEAL_AFTER = timedelta(minutes=5)  # entries that were on their way at midnight are in
EVERY = 60  # seconds; a run that has waited longer in the queue is left out
PATIENCE = 30  # seconds that a running job may take to end after SIGTERM

jobs = AppGroup("jobs", help="The jobs that run beside the web.")


@dataclass(frozen=True)
class Job:
    """A piece of work that returns how many things it did; `is_due` says whether it is time."""

    name: str
    work: Callable[[], int]
    is_due: Callable[[], bool] = lambda: True


def read_notifications() -> int:
    """Write the mails about all new entries of the journal."""
    read = 0
    while count := read_new():
        read += count
    return read


def is_seal_due() -> bool:
    """Whether yesterday has no seal yet, five minutes into the new day."""
    today = clock.today()
    if clock.now() < clock.start_of(today) + SEAL_AFTER:
        return False
    latest = journal.get_latest_seal()
    return latest is None or latest.day < today - timedelta(days=1)


def seal_yesterday() -> int:
    """Write yesterday's seal; 0 when another process was faster."""
    return 1 if seal_day(clock.today() - timedelta(days=1)) else 0


JOBS = (
    Job("answers", publish_due),
    Job("clocks", run_out_clocks),
    Job("questions", remind_authors),
    Job("invitations", forget_old_invitations),
    Job("notifications", read_notifications),
    Job("reminders", remind_owners),
    Job("feedback", forget_old_senders),
    Job("mail", mail.send_waiting),
    Job("seal", seal_yesterday, is_seal_due),
    Job("figures", rebuild_figures, are_figures_due),
    Job("files", files.sweep, files.is_sweep_due),
    Job("decisions", read_due, is_reading_due),  # last, since it waits for other machines
)


def run_due() -> bool:
    """Run the jobs that are due, each with one line in the log; False when one has failed."""
    results = [_run(job) for job in JOBS]
    return all(results)


def _run(job: Job) -> bool:
    started = time.perf_counter()
    try:
        count = job.work() if job.is_due() else None
    except Exception as error:
        db.session.rollback()
        place = logs.place_of(error)
        log.error("job.failed", job=job.name, error=type(error).__name__, place=place)
        return False
    db.session.rollback()
    if count is not None:
        log.info("job.done", job=job.name, count=count, ms=_since(started))
    return True


def _since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)


def make_huey(app: Flask) -> Huey:
    """The queue with its one task, which runs every minute: in Redis where it is set."""
    if app.config["REDIS_URL"]:
        huey = RedisHuey("kuuluu", url=app.config["REDIS_URL"])
    else:
        path = Path(app.config["INSTANCE"]) / "jobs.db"
        huey = SqliteHuey("kuuluu", filename=str(path))

    @huey.periodic_task(crontab(), name="run_due", expires=EVERY)
    def every_minute() -> None:
        with app.app_context():
            run_due()

    return huey


@jobs.command("run")
def run_command() -> None:
    """Run the jobs every minute until SIGTERM; a job that is running ends first."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    consumer = Consumer(
        make_huey(app), workers=1, graceful_signal="TERM", shutdown_timeout=PATIENCE
    )
    log.info("jobs.started")
    consumer.run()
    log.info("jobs.stopped")


@jobs.command("once")
def once_command() -> None:
    """Run all jobs that are due once, in the foreground."""
    if not run_due():
        click.echo("a job has failed; the log tells which", err=True)
        sys.exit(1)
