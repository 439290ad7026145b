"""The pages: what everybody sees of decisions and meetings, and what an official does with them."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.city import get_city
from app.comments.rules import DiscussionRule
from app.core import clock
from app.core.access import ANONYMOUS, SYSTEM, Actor, Role
from app.decisions import queries, services
from app.decisions.panels import _load_linked, _load_linking, _load_next
from app.extensions import db
from app.moderation.services import hide_matter
from app.proposals.models import Matter
from app.responses import services as responses
from tests.casework import Casework
from tests.comments.test_discussion_pages import count_queries
from tests.decisions.data_of import NUMBER, bring, read_decision, registered, stored

SignIn = Callable[[FlaskClient, Actor], None]
AHEAD = date(2026, 4, 22)


def page(client: FlaskClient, path: str, status: int = 200) -> str:
    """A page in English."""
    response = client.get(f"/en{path}")
    assert response.status_code == status, response.get_data(as_text=True)[:400]
    return response.get_data(as_text=True)


def words(html: str) -> str:
    """The words of a page without markup, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\xa0", " ").split())


def send(client: FlaskClient, path: str, status: int, **fields: str) -> str:
    """Send a form."""
    response = client.post(f"/en{path}", data=fields)
    assert response.status_code == status, response.get_data(as_text=True)[:400]
    return response.get_data(as_text=True)


# ---------- everybody ----------


def test_only_a_confirmed_decision_is_on_the_page_of_the_matter(
    client: FlaskClient, work: Casework
) -> None:
    matter = registered(work)
    bring(read_decision())
    address = f"/matters/{matter.id}"
    assert "Ulkoilureitin valaistus" not in page(client, address)
    services.link_decision(work.official, matter, stored())
    shown = page(client, address)
    assert (
        '<a href="https://paatokset.example.org/?id=20260302-1" rel="noopener external" lang="fi">'
        "Ulkoilureitin valaistus</a>" in shown
    )
    assert f"Technical Committee, section 38, 2 March, {NUMBER}" in words(shown)
    services.reject_decision(work.official, matter, stored(), "mistake")
    assert "Ulkoilureitin valaistus" not in page(client, address)


def test_a_title_in_the_readers_language_is_not_marked_as_another(
    client: FlaskClient, work: Casework
) -> None:
    matter = registered(work)
    bring(read_decision(titles={"fi": "Valaistus", "en": "Lights"}, url=None))
    services.link_decision(work.official, matter, stored())
    assert "<b>Lights</b>" in page(client, f"/matters/{matter.id}")


def test_what_a_file_says_is_never_markup(client: FlaskClient, work: Casework) -> None:
    matter = registered(work)
    title = "<script>alert(1)</script>"
    bring(read_decision(titles={"fi": title}, body_name="<b>Outo</b>", section="<i>"))
    services.link_decision(work.official, matter, stored())
    shown = page(client, f"/matters/{matter.id}")
    assert title not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<b>Outo" not in shown


def test_a_decision_without_a_title_is_called_by_its_number(
    client: FlaskClient, work: Casework
) -> None:
    matter = registered(work)
    bring(read_decision(titles={}))
    services.link_decision(work.official, matter, stored())
    assert f"Decision on case {NUMBER}" in page(client, f"/matters/{matter.id}")


def test_the_links_of_a_hidden_matter_are_not_shown(client: FlaskClient, work: Casework) -> None:
    matter = registered(work)
    bring(read_decision())
    services.link_decision(work.official, matter, stored())
    responses.start_preparation(work.official, matter)
    responses.send_to_body(work.official, matter, "tela", AHEAD)
    assert matter.title in page(client, "/meetings")
    hide_matter(work.make.actor(Role.MODERATOR), matter, DiscussionRule.PERSONAL_DATA)
    assert "Ulkoilureitin valaistus" not in client.get(f"/en/matters/{matter.id}").text
    assert matter.title not in page(client, "/meetings")


# ---------- the next meeting ----------


def test_the_meeting_of_the_table_is_shown_with_the_last_day_to_influence(
    client: FlaskClient, work: Casework
) -> None:
    matter = work.prepared()
    services.plan_meeting(SYSTEM, "kh", date(2026, 3, 30))
    responses.send_to_body(work.official, matter, "tela", AHEAD)
    shown = words(page(client, f"/matters/{matter.id}"))
    assert "Technical Committee , 22 April." in shown
    assert "This matter is on the table of the meeting." in shown
    assert "You can still influence until 21 April: support and comment." in shown


def test_the_hour_and_the_place_are_told_where_they_are_known(
    client: FlaskClient, work: Casework
) -> None:
    matter = work.prepared()
    at = clock.start_of(AHEAD) + timedelta(hours=17)
    services.plan_meeting(SYSTEM, "tela", AHEAD, at, "Valtuustotalo")
    shown = words(page(client, f"/matters/{matter.id}"))
    assert "Technical Committee , 22 April at 17:00, Valtuustotalo." in shown
    assert "The matter is prepared under this body." in shown


def test_the_meeting_is_shown_only_while_influence_is_possible(
    client: FlaskClient, work: Casework, held: Callable[[Any], None]
) -> None:
    matter = work.prepared()
    services.plan_meeting(SYSTEM, "tela", AHEAD)
    address = f"/matters/{matter.id}"
    held(clock.start_of(AHEAD) - timedelta(seconds=1))
    assert "You can still influence until 21 April" in words(page(client, address))
    held(clock.start_of(AHEAD))
    today = words(page(client, address))
    assert "The meeting is today." in today
    assert "You can still influence" not in today
    held(clock.end_of(AHEAD))
    assert "The next meeting" not in page(client, address)


def test_an_answered_matter_and_a_cancelled_meeting_are_not_told_of(
    client: FlaskClient, work: Casework
) -> None:
    matter = work.answered()
    other = work.prepared()
    services.plan_meeting(SYSTEM, "tela", AHEAD)
    assert "The next meeting" not in page(client, f"/matters/{matter.id}")
    assert "The next meeting" in page(client, f"/matters/{other.id}")
    services.cancel_meeting(SYSTEM, "tela", AHEAD)
    assert "The next meeting" not in page(client, f"/matters/{other.id}")


def test_a_matter_that_no_unit_has_is_under_no_body(client: FlaskClient, work: Casework) -> None:
    services.plan_meeting(SYSTEM, "tela", AHEAD)
    assert "The next meeting" not in page(client, f"/matters/{work.published().id}")


def test_all_next_meetings_are_on_one_page_by_body(client: FlaskClient, work: Casework) -> None:
    assert "No meeting is known yet" in page(client, "/meetings")
    matter = work.prepared()
    services.plan_meeting(SYSTEM, "kh", date(2026, 3, 30))
    services.plan_meeting(SYSTEM, "tela", date(2026, 6, 1))
    responses.send_to_body(work.official, matter, "tela", AHEAD)
    shown = words(page(client, "/meetings"))
    order = ["City Board", "30 March", "Technical Committee", "22 April", matter.title, "1 June"]
    places = [shown.index(text) for text in order]
    assert places == sorted(places)
    assert "No matter of the residents is on the table." in shown


def test_the_page_of_meetings_has_few_queries_and_is_the_same_for_everybody(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    for number in range(3):
        matter = work.prepared()
        responses.send_to_body(work.official, matter, "tela", AHEAD + timedelta(days=number))
    page(client, "/meetings")
    assert count_queries(lambda: client.get("/en/meetings?again")) <= 5
    response = client.get("/en/meetings")
    assert response.headers["Cache-Control"].startswith("public")


@pytest.mark.parametrize("path", ["/meetings", "/matters/{id}"])
def test_a_cached_page_follows_a_new_meeting(
    client: FlaskClient, work: Casework, path: str
) -> None:
    matter = work.prepared()
    address = path.format(id=matter.id)
    assert "22 April" not in words(page(client, address))
    services.plan_meeting(SYSTEM, "tela", AHEAD)
    assert "22 April" in words(page(client, address))


def test_each_panel_makes_at_most_two_queries(context: Flask, work: Casework) -> None:
    matters = [work.prepared() for _ in range(3)]
    services.plan_meeting(SYSTEM, "tela", AHEAD)
    bring(*(read_decision(f"1-{n}", case_number=m.case_number) for n, m in enumerate(matters)))
    for number, matter in enumerate(matters[:2]):
        services.link_decision(work.official, matter, stored(f"1-{number}"))
    for matter in matters:
        db.session.refresh(matter)
    with context.test_request_context("/en/meetings"):
        get_city()
        for loader in (_load_linked, _load_next, _load_linking):
            for actor in (ANONYMOUS, work.official):
                assert count_queries(lambda who=actor, load=loader: load(matters, who)) <= 2
        assert set(_load_next(matters, ANONYMOUS)) == {matter.id for matter in matters}
        assert _load_linking(matters, ANONYMOUS) == {}


# ---------- officials ----------


@pytest.fixture
def proposed(work: Casework, client: FlaskClient, sign_in: SignIn) -> Matter:
    """A matter with a proposed decision; its official is signed in."""
    matter = registered(work)
    bring(read_decision())
    sign_in(client, work.official)
    return matter


def test_an_official_confirms_a_proposal(client: FlaskClient, proposed: Matter) -> None:
    shown = page(client, f"/queue/{proposed.id}")
    assert "Proposed by its case number" in shown
    send(client, f"/queue/{proposed.id}/decisions/{stored().id}/link", 303)
    shown = page(client, f"/queue/{proposed.id}")
    assert "Linked, public" in shown
    assert "Take the link away" in shown
    assert "linked a decision: Technical Committee" in page(
        client, f"/matters/{proposed.id}/journey"
    )


def test_an_official_says_why_it_is_not_this_one(client: FlaskClient, proposed: Matter) -> None:
    number = stored().id
    address = f"/queue/{proposed.id}/decisions/{number}/reject"
    assert "Choose a reason from the list." in send(client, address, 422)
    send(client, address, 303, **{f"d{number}-reason": "not_decision"})
    shown = page(client, f"/queue/{proposed.id}")
    assert "No decision has this matter's case number." in shown


def test_an_official_finds_a_decision_and_links_it(client: FlaskClient, proposed: Matter) -> None:
    bring(read_decision("1-1", case_number=None, titles={"fi": "Toinen päätös"}))
    address = f"/queue/{proposed.id}/decisions"
    assert "Ulkoilureitin valaistus" in page(client, address)
    assert "Toinen päätös" in page(client, f"{address}?q=1-1")
    assert "No imported decision has this number" in page(client, f"{address}?q=nothing")
    send(client, f"{address}/{stored('1-1').id}/link", 303, q="1-1")
    assert "Toinen päätös" in page(client, f"/matters/{proposed.id}")
    again = page(client, f"{address}?q=1-1")
    assert "Linked, public" in again
    assert "Link this decision" not in again


def test_another_matters_decision_is_refused_on_the_page_too(
    client: FlaskClient, proposed: Matter, work: Casework
) -> None:
    other = registered(work, "42/10.03.01/2026")
    shown = send(client, f"/queue/{other.id}/decisions/{stored().id}/link", 422, q=NUMBER)
    assert "This decision has the case number of another matter" in shown
    assert queries.list_confirmed([other.id]) == {other.id: []}
    send(client, f"/queue/{other.id}/decisions/{stored().id}/reject", 422)


def test_addresses_of_what_is_not_there_are_not_found(
    client: FlaskClient, proposed: Matter, work: Casework
) -> None:
    for decision in (0, 999, 2**40):
        send(client, f"/queue/{proposed.id}/decisions/{decision}/link", 404)
    send(client, f"/queue/999/decisions/{stored().id}/link", 404)
    other = registered(work, "42/10.03.01/2026")
    fields = {f"d{stored().id}-reason": "mistake"}
    send(client, f"/queue/{other.id}/decisions/{stored().id}/reject", 404, **fields)


@pytest.mark.parametrize("who", ["nobody", "resident", "other_unit", "author", "councillor"])
def test_others_neither_see_nor_settle_proposals(
    client: FlaskClient, work: Casework, sign_in: SignIn, who: str
) -> None:
    matter = registered(work)
    bring(read_decision())
    people = {
        "resident": lambda: work.make.actor(),
        "other_unit": lambda: work.make.actor(Role.OFFICIAL, unit="sports"),
        "author": lambda: work.author,
        "councillor": lambda: work.make.actor(Role.COUNCILLOR, body="tela"),
    }
    status = 403
    if who == "nobody":
        status = 303
    else:
        sign_in(client, people[who]())
    assert client.get(f"/en/queue/{matter.id}/decisions").status_code == status
    for act in ("link", "reject"):
        send(client, f"/queue/{matter.id}/decisions/{stored().id}/{act}", status)
    assert "Ulkoilureitin" not in page(client, f"/matters/{matter.id}")
    assert queries.list_confirmed([matter.id]) == {matter.id: []}


def test_the_journey_tells_of_links(client: FlaskClient, work: Casework) -> None:
    matter = registered(work)
    bring(read_decision(body_name="Outo lautakunta", decided_on=None))
    services.link_decision(work.official, matter, stored())
    services.reject_decision(work.official, matter, stored(), "mistake")
    shown = words(page(client, f"/matters/{matter.id}/journey"))
    assert "City Engineering Centre linked a decision of the city" in shown
    assert f"The case number is {NUMBER}." in shown
    assert "City Engineering Centre took the link to a decision away" in shown
    assert "Reason: It was linked by mistake" in shown
