"""An existing database with its matters is brought up to date."""

import json
import sqlite3
from datetime import date, timedelta
from pathlib import Path

from flask_migrate import upgrade

from app.extensions import db
from app.responses.models import OpenQuestion
from tests.conftest import make_app

WAITING = {
    "kind": "proposal", "language": "fi", "title": "Valot reitille", "summary": "", "theme": "t",
    "service": "s", "created_at": "2026-03-01 09:00:00.000000", "state": "waiting",
    "state_since": "2026-03-05 09:00:00.000000", "published_at": "2026-03-01 09:00:00.000000",
    "holder_unit": "u", "overdue": 0, "supporters": 0, "makers": 0, "comments": 0,
}  # fmt: skip


def _insert(connection: sqlite3.Connection, table: str, **row: object) -> None:
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", [*row.values()])


def test_authors_who_are_asked_already_get_time_and_a_reminder(tmp_path: Path) -> None:
    path = tmp_path / "kuuluu.db"
    app = make_app(f"sqlite:///{path}", tmp_path)
    with app.app_context():
        upgrade(revision="0003")
        connection = sqlite3.connect(path)
        settings = json.dumps({"clocks": {"answer_days": {"proposal": 60}}})
        _insert(connection, "municipality", id=1, settings=settings, is_demo=0)
        names = json.dumps({"fi": "Nimi"})
        _insert(connection, "unit", key="u", position=1, kind="unit", names=names)
        _insert(connection, "theme", key="t", position=1, names=names)
        _insert(connection, "service", key="s", position=1, names=names, theme="t", unit="u")
        _insert(connection, "body", key="b", position=1, type="board", names=names)
        _insert(connection, "matter", id=1, **WAITING)
        _insert(connection, "matter", id=2, **WAITING, holder_body="b")
        _insert(connection, "matter", id=3, **{**WAITING, "state": "registered"})
        connection.commit()
        connection.close()
        upgrade(revision="0004")
        clocks = _settings(path)["clocks"]
        assert (clocks["reply_days"], clocks["ask_reminder_days"]) == (14, 7)
        assert clocks["answer_days"] == {"proposal": 60}
        questions = list(db.session.scalars(db.select(OpenQuestion)))
        assert [q.matter_id for q in questions] == [1]
        assert questions[0].reply_by == date.today() + timedelta(days=14)
        assert questions[0].reminded_at is None
        assert questions[0].remind_at - questions[0].asked_at > timedelta(days=7)
        db.session.remove()
        db.engine.dispose()


def _settings(path: Path) -> dict[str, dict[str, object]]:
    connection = sqlite3.connect(path)
    found: str = connection.execute("SELECT settings FROM municipality").fetchone()[0]
    connection.close()
    settings: dict[str, dict[str, object]] = json.loads(found)
    return settings
