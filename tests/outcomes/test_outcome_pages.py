"""Results on the page of a matter, and the officials' reports."""

import html
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from app.answers import services as answers
from app.core import clock
from app.core.access import Actor
from app.extensions import db
from app.follows import services as follows
from app.outcomes import queries, services
from app.outcomes.queries import VerdictCounts
from app.proposals.lifecycle import State
from tests.casework import NO, WHY, Casework, promise
from tests.factories import Factory

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)

SignIn = Callable[[FlaskClient, Actor], None]
ASKED = "Did you understand why the city answered like this?"


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


def page(client: FlaskClient, path: str, lang: str = "en") -> str:
    response = client.get(f"/{lang}{path}")
    assert response.status_code == 200, response.text
    return html.unescape(response.text)


def send(client: FlaskClient, path: str, status: int, **fields: str) -> str:
    response = client.post(f"/en{path}", data=fields)
    assert response.status_code == status, html.unescape(response.text)
    return html.unescape(response.text)


def test_the_unit_reports_from_start_to_evaluation(
    client: FlaskClient, work: Casework, sign_in: SignIn, held: Any
) -> None:
    matter = work.answered()
    sign_in(client, work.official)
    path = f"/queue/{matter.id}"
    assert "The work has started" in page(client, path)
    send(client, f"{path}/implementing", 303)
    assert matter.state == State.IMPLEMENTING
    assert "The work has been going on since" in page(client, f"/matters/{matter.id}")
    assert "Report that it is done" in page(client, path)
    refused = send(client, f"{path}/implemented", 422, evidence_fi="Valot palavat")
    assert "Valot palavat" in refused
    assert 'href="#evidence_sv"' in refused
    send(
        client, f"{path}/implemented", 303, evidence_fi="Valot palavat", evidence_sv="Ljusen lyser"
    )
    assert matter.state == State.IMPLEMENTED
    assert "Ljusen lyser" in page(client, f"/matters/{matter.id}", "sv")
    services.give_verdict(work.author, matter, "partly", "Mäki on yhä pimeä")
    shown = page(client, path)
    assert "Yes 0, partly 1, no 0. 1 have answered." in shown
    assert "Mäki on yhä pimeä" in shown
    assert "Mäki on yhä pimeä" not in page(client, f"/matters/{matter.id}")
    assert "when 5 of them have answered" in shown
    assert "End the asking" not in shown
    send(client, f"{path}/evaluation", 409)
    held(clock.now() + timedelta(days=30))
    assert "End the asking" in page(client, path)
    send(client, f"{path}/evaluation", 303)
    assert matter.state == State.EVALUATED
    assert "Evaluated on" in page(client, f"/matters/{matter.id}")


def test_the_unit_publishes_a_measurement_when_it_is_due(
    client: FlaskClient, work: Casework, sign_in: SignIn, held: Any
) -> None:
    matter = work.implemented()
    sign_in(client, work.official)
    path, title = f"/queue/{matter.id}", "Publish the measurement after 6 months"
    assert title not in page(client, path)
    held(clock.now() + timedelta(days=180))
    assert title in page(client, path)
    send_to = f"{path}/measurements/6"
    field = "after-6-"
    words = {f"{field}note_fi": "Laskettiin", f"{field}note_sv": "Vi räknade"}
    refused = send(client, send_to, 422, **{f"{field}value": "paljon"}, **words)
    assert "Write the value as a number" in refused
    assert "Laskettiin" in refused
    send(client, send_to, 303, **{f"{field}value": "12,5"}, **words)
    assert title not in page(client, path)
    shown = page(client, f"/matters/{matter.id}", "sv")
    assert "Vi räknade" in shown
    assert "12,5" in shown
    assert client.post(f"/en{send_to}", data=words).status_code == 422


def test_a_closed_matter_is_opened_again(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    matter = work.answered(**NO)
    answers.close_matter(work.official, matter, WHY)
    sign_in(client, work.registry)
    assert "Open the matter again" in page(client, f"/queue/{matter.id}")
    assert 'href="#reason_sv"' in send(
        client, f"/queue/{matter.id}/reopening", 422, reason_fi="Uutta"
    )
    send(client, f"/queue/{matter.id}/reopening", 303, reason_fi="Uutta", reason_sv="Nytt")
    assert matter.state == State.IN_PREPARATION


def test_those_concerned_are_asked_whether_it_helped(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    matter = work.implemented()
    path = f"/matters/{matter.id}"
    button = "Send your verdict"
    shown = page(client, path)
    assert "Reported as done on" in shown
    assert "Nobody has answered yet." in shown
    assert button not in shown
    sign_in(client, work.make.actor())
    assert button not in page(client, path)
    assert client.post(f"/en{path}/verdict", data={"verdict": "no"}).status_code == 403
    sign_in(client, work.author)
    assert button in page(client, path)
    refused = send(client, f"{path}/verdict", 422, words="Mäki on pimeä")
    assert "Choose whether it helped: yes, partly or no." in refused
    assert "Mäki on pimeä" in refused
    send(client, f"{path}/verdict", 303, verdict="no", words="Mäki on pimeä")
    assert queries.count_verdicts([matter.id])[matter.id] == VerdictCounts(no=1)
    assert "Change your verdict" in page(client, path)


def test_those_concerned_say_how_well_they_understood(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    matter = work.answered()
    path = f"/matters/{matter.id}"
    assert ASKED not in page(client, path)
    sign_in(client, work.author)
    assert ASKED in page(client, path)
    assert "Choose a number from 1 to 5." in send(client, f"{path}/understanding", 422)
    assert "Choose a number" in send(client, f"{path}/understanding", 422, score="9")
    send(client, f"{path}/understanding", 303, score="4")
    shown = page(client, path)
    assert "1 resident has answered." in shown
    assert "The mean is" not in shown
    assert 'checked id="score-3"' in shown


def test_a_mean_is_shown_when_ten_have_answered(client: FlaskClient, work: Casework) -> None:
    matter = work.answered()
    for score in (5, 4, 4, 3, 5, 4, 4, 3, 5, 5):
        person = work.make.actor()
        follows.follow(person, matter)
        services.rate_answer(person, matter, score)
    assert "The mean is 4,2 on the scale from 1 to 5." in page(client, f"/matters/{matter.id}")


# Who is signed in also costs the person, their support and follow, co-authors and held comments.
@pytest.mark.parametrize(("who", "most"), [("nobody", 20), ("author", 24), ("official", 24)])
def test_the_page_of_a_matter_stays_within_its_queries(
    client: FlaskClient, work: Casework, sign_in: SignIn, who: str, most: int
) -> None:
    matter = work.answered(promises=[promise(10), promise(20)])
    services.start_implementing(work.official, matter)
    services.report_implemented(work.official, matter, WHY)
    if who != "nobody":
        sign_in(client, getattr(work, who))
    page(client, f"/matters/{matter.id}")
    found: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        found.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        page(client, f"/matters/{matter.id}?fresh=1")
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(found) <= most, "\n".join(found)
