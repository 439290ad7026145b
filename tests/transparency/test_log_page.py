"""The public log: its page, the whole journal as a file, and the program that checks the file."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from app.comments.rules import DiscussionRule
from app.core import clock
from app.core.access import Role
from app.extensions import db
from app.journal import queries as journal
from app.journal.services import seal_day
from app.journal.verification import verify_file
from app.moderation import services as moderation
from app.transparency.queries import stream_journal
from tests.factories import Factory
from tests.transparency.handling import Office

CHECKER = Path(__file__).parents[2] / "docs" / "verify_journal.py"
only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@pytest.fixture
def office(make: Factory, held: Callable) -> Office:
    """People who handle matters, and the clock they live by."""
    return Office(make, held)


@only_sqlite
def test_the_newest_entries_are_told_in_words(office: Office, client: FlaskClient) -> None:
    matter = office.published(title="Valot Olarin mäelle")
    office.register(matter)
    page = client.get("/en/log").text
    assert "The registry gave a case number and a unit" in page
    assert "Valot Olarin mäelle" in page
    assert f'href="/en/matters/{matter.id}/journey"' in page
    assert "An administrator gave a role" in page
    entry = journal.list_entries("matter", matter.id)[-1]
    assert entry.hash in page


@only_sqlite
def test_an_empty_log_and_no_seals_are_explained(client: FlaskClient) -> None:
    page = client.get("/en/log").text
    assert "Nothing has happened yet." in page
    assert "The first seal is made tonight." in page


@only_sqlite
def test_a_hidden_matters_title_is_not_in_the_log(office: Office, client: FlaskClient) -> None:
    matter = office.published(title="Canary in the mine of words")
    moderator = office.make.actor(Role.MODERATOR)
    moderation.hide_matter(moderator, matter, DiscussionRule.SPAM)
    page = client.get("/en/log").text
    assert "Canary" not in page
    assert "A moderator hid the matter" in page


@only_sqlite
def test_older_entries_are_pages_away(office: Office, client: FlaskClient) -> None:
    for _ in range(30):
        office.published()
    first = client.get("/en/log").text
    assert first.count("<summary>") >= 50
    link = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    second = client.get(link.replace("&amp;", "&")).text
    assert "Previous page" in second
    assert "An administrator gave a role" in second
    assert client.get("/en/log?cursor=nonsense").status_code == 404
    assert client.get("/en/log?cursor=WyJuIiwieCJd").status_code == 404


@only_sqlite
def test_the_log_costs_few_queries(office: Office, client: FlaskClient) -> None:
    for _ in range(30):
        office.published()
    client.get("/en/log?warm")
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    client.get("/en/log")
    assert len([sql for sql in statements if sql.startswith("SELECT")]) <= 7


def _export(office: Office, tmp_path: Path) -> Path:
    matter = office.published()
    office.register(matter)
    office.wait(1)
    seal_day(clock.today() - timedelta(days=1))
    office.prepare(matter)
    path = tmp_path / "journal.jsonl"
    path.write_text("".join(stream_journal()), encoding="utf-8", newline="\n")
    return path


def _check(path: Path, *seals: str) -> subprocess.CompletedProcess[str]:
    """Run the program in an isolated Python with an empty environment."""
    command = [sys.executable, "-I", str(CHECKER), str(path), *seals]
    return subprocess.run(command, env={}, cwd=path.parent, capture_output=True, text=True)


def test_the_file_is_what_both_checkers_read(office: Office, tmp_path: Path) -> None:
    path = _export(office, tmp_path)
    with path.open(encoding="utf-8", newline="\n") as file:
        report = verify_file(file)
    assert report.ok, report.reason
    result = _check(path)
    expected = f"verified: {report.count} entries, 1 seals, head {report.hash}"
    assert (result.returncode, result.stdout.strip()) == (0, expected), result.stderr


@only_sqlite
def test_entries_that_come_while_the_file_is_read_are_left_out(
    office: Office, tmp_path: Path
) -> None:
    office.published()
    lines = stream_journal()
    first = next(lines)
    rest = list(lines)
    count = json.loads(rest[-1])["head"]["count"]
    assert len([first, *rest]) == count + 1


def _change(path: Path, number: int, **fields) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    entry = json.loads(lines[number]) | fields
    lines[number] = json.dumps(entry, ensure_ascii=False, sort_keys=True) + "\n"
    path.write_text("".join(lines), encoding="utf-8", newline="\n")


def _drop(path: Path, *numbers: int) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for n, line in enumerate(lines) if n not in {x % len(lines) for x in numbers}]
    path.write_text("".join(kept), encoding="utf-8", newline="\n")


TAMPERINGS = {
    "a changed fact": (lambda p: _change(p, 5, unit="sports"), "entry 6 has been changed"),
    "a changed moment": (
        lambda p: _change(p, 0, at="2020-01-01T00:00:00.000000Z"),
        "entry 1 has been changed",
    ),
    "a missing entry": (lambda p: _drop(p, 2), "entry 3 is missing"),
    "a missing beginning": (lambda p: _drop(p, 0), "entry 1 is missing"),
    "a cut end": (lambda p: _drop(p, -1, -2, -3), "the head does not match"),
    "a missing last entry": (lambda p: _drop(p, -3), "the head does not match"),
    "another seal": (
        lambda p: _change(p, -2, seal={"day": "2026-03-09", "count": 3, "hash": "0" * 64}),
        "the seal of 2026-03-09 does not match entry 3",
    ),
    "a seal from the other end": (
        lambda p: _change(p, -2, seal={"day": "2026-03-09", "count": -1, "hash": "0" * 64}),
        "the seal of 2026-03-09 does not match entry -1",
    ),
    "what is no journal": (lambda p: p.write_text("hello\n"), "Expecting value"),
    "nothing": (lambda p: p.write_text(""), "the head does not match"),
}


@only_sqlite
@pytest.mark.parametrize("name", list(TAMPERINGS))
def test_whatever_is_tampered_with_is_noticed(office: Office, tmp_path: Path, name: str) -> None:
    path = _export(office, tmp_path)
    tamper, said = TAMPERINGS[name]
    tamper(path)
    result = _check(path)
    assert result.returncode == 1
    assert said in result.stderr


@only_sqlite
def test_a_seal_that_somebody_kept_shows_a_rewritten_log(office: Office, tmp_path: Path) -> None:
    path = _export(office, tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines()
    entry = json.loads(lines[2])
    good = f"2026-03-09:3:{entry['hash']}"
    assert _check(path, good).stdout.startswith("verified:")
    result = _check(path, "2026-03-09:3:" + "a" * 64)
    assert result.returncode == 1
    assert "the seal of 2026-03-09 does not match entry 3" in result.stderr
    assert _check(path, "not a seal").returncode == 1


def test_the_checker_is_short_and_knows_nothing_of_the_application() -> None:
    source = CHECKER.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 60
    imports = [line for line in source.splitlines() if "import" in line.split()[:1]]
    assert imports == ["import hashlib", "import json", "import sys"]


@only_sqlite
def test_both_files_can_be_downloaded(office: Office, client: FlaskClient, tmp_path: Path) -> None:
    office.published()
    response = client.get("/en/log/journal.jsonl")
    assert response.headers["Content-Disposition"] == (
        'attachment; filename="kuuluu-2026-03-09.jsonl"'
    )
    path = tmp_path / "journal.jsonl"
    path.write_bytes(response.data)
    assert _check(path).returncode == 0
    with client.get("/en/log/verify_journal.py") as checker:
        assert checker.data == CHECKER.read_bytes()
