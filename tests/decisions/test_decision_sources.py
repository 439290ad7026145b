"""The configured sources, the job that reads them and the command line."""

import http.server
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select
from structlog.testing import capture_logs

from app import jobs
from app.city import get_city
from app.core import clock
from app.core.access import SYSTEM
from app.core.errors import Invalid
from app.decisions import cli, queries, services
from app.decisions.models import Decision, Meeting, MeetingStatus
from app.decisions.reading_sources import is_reading_due, list_due, read_due, read_source
from app.decisions.sources import list_sources
from app.extensions import db
from tests.casework import Casework
from tests.conftest import START
from tests.decisions.data_of import DATA, registered
from tests.decisions.test_fetching import sends, serving

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
FEED = DATA / "dynasty_items.xml"
Settings = Callable[..., None]


def run(app: Flask, *words: str) -> Result:
    """`flask decisions ...`"""
    db.session.rollback()
    return app.test_cli_runner().invoke(args=["decisions", *words])


def count() -> int:
    """How many decisions are stored."""
    db.session.rollback()
    return db.session.scalars(select(func.count()).select_from(Decision)).one()


# ---------- settings ----------


def test_a_source_is_read_from_the_settings(settings: Settings) -> None:
    settings(
        {"key": "dynasty", "url": "https://paatokset.example.org/rss", "format": "rss"},
        {"key": "ahjo", "path": "/srv/x.json", "body": "kh", "bodies": {"00400": "kh"}},
    )
    first, second = list_sources(get_city())
    assert (first.key, first.url, first.path) == (
        "dynasty",
        "https://paatokset.example.org/rss",
        None,
    )
    assert (second.path, second.format, second.body) == (Path("/srv/x.json"), "auto", "kh")


def test_without_settings_there_are_no_sources(context: Flask) -> None:
    assert list_sources(get_city()) == []


GOOD: dict[str, Any] = {"key": "a", "path": "/srv/x.xml"}


@pytest.mark.parametrize(
    "bad",
    [
        "text",
        {},
        {"key": "a"},
        {"key": "A b", "path": "/srv/x.xml"},
        {"key": "a", "url": "file:///etc/passwd"},
        {"key": "a", "url": "https://x.example.org/", "path": "/srv/x.xml"},
        {"key": "a", "path": ""},
        GOOD | {"format": "pdf"},
        GOOD | {"language": "de"},
        GOOD | {"body": "nobody"},
        GOOD | {"bodies": {"x": "nobody"}},
        GOOD | {"bodies": ["x"]},
        GOOD | {"internal": "yes"},
        GOOD | {"formatt": "rss"},
        GOOD | {"format": ["rss"]},
    ],
)
def test_wrong_settings_are_refused_by_the_name_of_the_source(settings: Settings, bad: Any) -> None:
    settings(bad)
    with pytest.raises(Invalid, match="bad_source") as caught:
        list_sources(get_city())
    key = bad.get("key", 1) if isinstance(bad, dict) else 1
    assert caught.value.facts == {"source": key}


def test_two_sources_of_one_name_are_refused(settings: Settings) -> None:
    settings(GOOD, GOOD)
    with pytest.raises(Invalid, match="bad_source"):
        list_sources(get_city())


# ---------- the job ----------


def test_a_source_is_read_at_most_once_an_hour(
    settings: Settings, held: Callable[[Any], None]
) -> None:
    settings({"key": "dynasty", "path": str(FEED)})
    assert is_reading_due()
    assert read_due() == 3
    assert not is_reading_due()
    held(START + timedelta(minutes=59))
    assert list_due() == []
    held(START + timedelta(hours=1))
    assert [source.key for source in list_due()] == ["dynasty"]
    assert read_due() == 0


def test_a_source_that_fails_is_told_and_the_others_are_read(
    settings: Settings, held: Callable[[Any], None]
) -> None:
    settings(
        {"key": "gone", "path": "/nowhere/feed.xml"},
        {"key": "wrong", "path": str(DATA / "ahjo_case.json"), "format": "rss"},
        {"key": "dynasty", "path": str(FEED)},
    )
    with capture_logs() as log:
        assert read_due() == 3
    failed = {line["source"]: line["code"] for line in log if line["event"] == "decisions.failed"}
    assert failed == {"gone": "file_missing", "wrong": "not_rss"}
    rows = queries.list_source_rows()
    assert {key: row.failure for key, row in rows.items()} == {
        "gone": "file_missing",
        "wrong": "not_rss",
        "dynasty": None,
    }
    assert not is_reading_due()
    held(START + timedelta(hours=1))
    assert is_reading_due()


def test_an_address_that_has_not_changed_is_not_read_again(
    settings: Settings, held: Callable[[Any], None]
) -> None:
    asked: list[str | None] = []

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        asked.append(handler.headers.get("If-None-Match"))
        if asked[-1] == '"v1"':
            handler.send_response(304)
            handler.end_headers()
        else:
            sends(FEED.read_bytes(), ETag='"v1"')(handler)

    with serving(answer) as url:
        settings({"key": "dynasty", "url": url, "internal": True})
        (source,) = list_sources(get_city())
        first = read_source(source)
        assert first is not None
        assert first[0].new == 3
        assert read_source(source) is None
        again = read_source(source, again=True)
        assert again is not None
        assert again[0].same == 3
    assert asked == [None, '"v1"', None]
    assert count() == 3


def test_another_address_is_not_asked_by_what_the_one_before_said(settings: Settings) -> None:
    asked: list[str | None] = []

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        asked.append(handler.headers.get("If-None-Match"))
        sends(FEED.read_bytes(), ETag='"v1"')(handler)

    with serving(answer) as url:
        for address in (url, url, url + "/moved"):
            settings({"key": "dynasty", "url": address, "internal": True})
            (source,) = list_sources(get_city())
            read_source(source)
    assert asked == [None, '"v1"', None]


def test_an_import_by_hand_is_not_taken_for_a_reading_of_the_source(
    context: Flask, settings: Settings
) -> None:
    settings({"key": "dynasty", "path": str(FEED)})
    assert run(context, "import", str(FEED), "--source", "dynasty").exit_code == 0
    assert is_reading_due()


def test_a_refused_file_leaves_nothing_and_is_asked_for_again(settings: Settings) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha">]><rss>&a;</rss>'
    with serving(sends(bomb, ETag='"bad"')) as url:
        settings({"key": "dynasty", "url": url, "internal": True})
        assert read_due() == 0
    row = queries.get_source("dynasty")
    assert row is not None
    assert (row.failure, row.etag) == ("has_doctype", None)
    assert count() == 0


def test_the_job_stands_among_the_others_and_closes_past_meetings(
    settings: Settings, held: Callable[[Any], None]
) -> None:
    assert not is_reading_due()
    services.plan_meeting(SYSTEM, "tela", clock.today())
    held(START + timedelta(days=1))
    assert is_reading_due()
    with capture_logs() as log:
        assert jobs.run_due()
    assert [line["count"] for line in log if line.get("job") == "decisions"] == [0]
    assert db.session.scalars(select(Meeting.status)).all() == [MeetingStatus.HELD]
    assert not is_reading_due()


def test_wrong_settings_fail_the_job_and_not_the_others(settings: Settings) -> None:
    settings({"key": "a"})
    with capture_logs() as log:
        assert not jobs.run_due()
    assert [line["job"] for line in log if line["event"] == "job.failed"] == ["decisions"]


# ---------- the command line ----------


def test_a_file_is_imported_with_its_progress_and_a_summary(context: Flask, work: Casework) -> None:
    registered(work)
    result = run(context, "import", str(FEED))
    assert result.exit_code == 0
    assert "3 of 3" in result.stderr
    assert "3 new, 0 changed, 0 as before" in result.stdout
    assert "1 links proposed; a person confirms them" in result.stdout
    assert "0 new, 0 changed, 3 as before" in run(context, "import", str(FEED)).stdout
    assert count() == 3


def test_bad_items_are_named_and_the_good_ones_come_in(context: Flask, tmp_path: Path) -> None:
    actions = json.loads((DATA / "espoo_actions.json").read_text(encoding="utf-8"))
    actions[1] = {**actions[1], "title": ""}
    path = tmp_path / "actions.json"
    path.write_text(json.dumps(actions), encoding="utf-8")
    result = run(context, "import", str(path), "--body", "kh", "--day", "2026-04-20")
    assert result.exit_code == 0
    assert "item 2 left out: it has neither a title nor a case number" in result.stderr
    assert count() == 2
    meeting = db.session.scalars(select(Meeting)).one()
    assert (meeting.body, meeting.day) == ("kh", date(2026, 4, 20))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["/nowhere.xml"], "file_missing"),
        (["file:///etc/passwd"], "address_refused"),
        (["http://127.0.0.1:1/"], "address_failed"),
        ([str(FEED), "--format", "ahjo"], "not_json"),
        ([str(FEED), "--body", "nobody"], "bad_source"),
        ([str(FEED), "--source", "A B"], "bad_source"),
    ],
)
def test_what_cannot_be_imported_ends_with_its_code(
    context: Flask, words: list[str], code: str
) -> None:
    result = run(context, "import", *words)
    assert result.exit_code == 1
    assert code in result.stderr
    assert count() == 0


def test_an_import_that_is_stopped_says_how_to_go_on(
    context: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    actions = [{"sourceId": n, "articleNumber": "1", "title": "x"} for n in range(150)]
    path = tmp_path / "actions.json"
    path.write_text(json.dumps(actions), encoding="utf-8")

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_progress", stop)
    result = run(context, "import", str(path))
    assert result.exit_code == 130
    assert "stopped; run it again to go on" in result.stderr
    assert count() == 100
    monkeypatch.undo()
    assert "50 new, 0 changed, 100 as before" in run(context, "import", str(path)).stdout


def test_the_sources_of_the_settings_are_read_and_listed(
    context: Flask, settings: Settings
) -> None:
    settings({"key": "gone", "path": "/nowhere"}, {"key": "dynasty", "path": str(FEED)})
    assert "dynasty: never, not read yet" in run(context, "sources").stdout
    result = run(context, "read")
    assert result.exit_code == 1
    assert "file_missing" in result.stderr
    assert "3 new" in result.stdout
    listed = run(context, "sources").stdout
    assert "gone: 2026-03-09T09:00+00:00, file_missing" in listed
    assert "dynasty: 2026-03-09T09:00+00:00, well" in listed
    assert run(context, "read", "--source", "dynasty").exit_code == 0
    assert run(context, "read", "--source", "else").exit_code == 1


def test_a_meeting_is_planned_changed_and_called_off(context: Flask) -> None:
    assert run(context, "meeting", "tela", "2026-04-22").exit_code == 0
    again = run(context, "meeting", "tela", "2026-04-22", "--at", "17:00", "--place", "Sali 1")
    assert "planned" in again.stdout
    db.session.rollback()
    (meeting,) = db.session.scalars(select(Meeting))
    assert meeting.at is not None
    assert (meeting.at.isoformat(), meeting.place) == ("2026-04-22T14:00:00+00:00", "Sali 1")
    assert run(context, "meeting", "tela", "2026-04-22", "--cancel").exit_code == 0
    db.session.rollback()
    assert db.session.scalars(select(Meeting.status)).all() == [MeetingStatus.CANCELLED]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["nobody", "2026-04-22"], "unknown_body"),
        (["tela", "2026-03-08"], "not_ahead"),
        (["tela", "2026-04-22", "--cancel"], "not_found"),
        (["tela", "2026-04-22", "--place", "x" * 201], "too_long"),
    ],
)
def test_a_meeting_that_cannot_be_ends_with_its_code(
    context: Flask, words: list[str], code: str
) -> None:
    result = run(context, "meeting", *words)
    assert (result.exit_code, code in result.stderr) == (1, True)
