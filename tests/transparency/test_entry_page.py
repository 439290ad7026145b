"""The page of one entry of the log: its proof is computed anew, and says so when it fails."""

import hashlib
import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from app.comments.rules import DiscussionRule
from app.core import clock
from app.core.access import Role
from app.extensions import db
from app.journal import queries as journal
from app.journal.models import JournalEntry
from app.journal.services import seal_day
from app.moderation import services as moderation
from app.proposals.models import Matter
from tests.factories import Factory
from tests.journal.test_chain import change, unlock
from tests.transparency.handling import Office


@pytest.fixture
def office(make: Factory, held: Callable) -> Office:
    """People who handle matters, and the clock they live by."""
    return Office(make, held)


def registered(office: Office) -> tuple[Matter, JournalEntry]:
    matter = office.published(title="Valot Olarin mäelle")
    office.register(matter)
    entry = next(e for e in journal.list_entries("matter", matter.id) if e.kind == "registered")
    return matter, entry


def test_each_step_of_a_journey_leads_to_its_entries(office: Office, client: FlaskClient) -> None:
    matter, entry = registered(office)
    page = client.get(f"/en/matters/{matter.id}/journey").text
    for each in journal.list_entries("matter", matter.id):
        assert f'href="/en/log/{each.seq}"' in page
    page = client.get(f"/en/log/{entry.seq}").text
    assert "The registry gave a case number and a unit" in page
    assert "Valot Olarin mäelle" in page
    assert f'href="/en/matters/{matter.id}/journey"' in page


def test_an_entry_is_proved_by_its_content_and_its_place(
    office: Office, client: FlaskClient
) -> None:
    _, entry = registered(office)
    page = client.get(f"/en/log/{entry.seq}").text
    assert "This entry verifies" in page
    assert page.count(entry.hash) == 2
    hashed = html.unescape(re.findall(r'<p class="mono long">(.*?)</p>', page)[-1])
    assert hashlib.sha256(hashed.encode()).hexdigest() == entry.hash
    assert "It gets its seal in the coming night." in page


def test_the_first_seal_that_covers_it_is_named(office: Office, client: FlaskClient) -> None:
    _, entry = registered(office)
    for _ in range(2):
        office.wait(1)
        seal_day(clock.today() - timedelta(days=1))
    page = client.get(f"/en/log/{entry.seq}").text
    assert "The seal of 9/3/2026 covers it:" in page


def test_a_changed_entry_and_the_one_behind_it_do_not_verify(
    office: Office, client: FlaskClient
) -> None:
    matter, entry = registered(office)
    office.prepare(matter)
    seq = entry.seq
    db.session.rollback()
    unlock()
    change(seq, role="moderator")
    page = client.get(f"/en/log/{seq}").text
    assert "its content gives another fingerprint" in page
    change(seq, role="registry", hash="f" * 64)
    assert (
        "it does not carry the fingerprint of the entry before"
        in client.get(f"/en/log/{seq + 1}").text
    )


def test_facts_that_are_no_json_any_more_are_shown_as_they_stand(
    office: Office, client: FlaskClient
) -> None:
    _, entry = registered(office)
    seq, facts = entry.seq, entry.facts
    db.session.rollback()
    unlock()
    change(seq, facts=facts.replace(",", ", "))
    page = client.get(f"/en/log/{seq}").text
    assert "does not verify" in page


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
class TestPage:
    """What else is on the page."""

    @pytest.mark.parametrize("number", ["0", "999", "99999999999999999999"])
    def test_there_is_no_page_of_what_is_not_there(self, client: FlaskClient, number: str) -> None:
        assert client.get(f"/en/log/{number}").status_code == 404

    def test_every_entry_has_a_page_and_they_lead_from_one_to_the_next(
        self, office: Office, client: FlaskClient
    ) -> None:
        registered(office)
        count, _ = journal.get_head()
        for seq in range(1, count + 1):
            page = client.get(f"/en/log/{seq}").text
            assert ('rel="next"' in page) == (seq < count)
            assert ('rel="prev"' in page) == (seq > 1)

    def test_a_hidden_matters_title_is_not_there(self, office: Office, client: FlaskClient) -> None:
        matter = office.published(title="Canary in the mine of words")
        moderation.hide_matter(office.make.actor(Role.MODERATOR), matter, DiscussionRule.SPAM)
        for entry in journal.list_entries("matter", matter.id):
            page = client.get(f"/en/log/{entry.seq}").text
            assert "Canary" not in page
            assert "Hidden matter" in page

    def test_it_costs_few_queries(self, office: Office, client: FlaskClient) -> None:
        _, entry = registered(office)
        client.get(f"/en/log/{entry.seq}?warm")
        statements: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
        client.get(f"/en/log/{entry.seq}")
        assert len([sql for sql in statements if sql.startswith("SELECT")]) <= 8
