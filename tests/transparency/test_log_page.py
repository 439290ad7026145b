"""The public log: its page, the whole journal as a file, and the program that checks the file."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from app.comments.rules import DiscussionRule
from app.core.access import Role
from app.extensions import db
from app.journal import queries as journal
from app.moderation import services as moderation
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
    assert f'href="/en/log/{entry.seq}"' in page


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
    assert first.count('href="/en/log/') >= 50
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


@only_sqlite
def test_both_files_can_be_downloaded(office: Office, client: FlaskClient, tmp_path: Path) -> None:
    office.published()
    response = client.get("/en/log/journal.jsonl")
    assert response.headers["Content-Disposition"] == (
        'attachment; filename="kuuluu-2026-03-09.jsonl"'
    )
    path = tmp_path / "journal.jsonl"
    path.write_bytes(response.data)
    command = [sys.executable, "-I", "-S", str(CHECKER), str(path)]
    assert subprocess.run(command, env={}, capture_output=True).returncode == 0
    with client.get("/en/log/verify_journal.py") as checker:
        assert checker.data == CHECKER.read_bytes()
