"""The ballot in a browser without JavaScript: choose, review, cast, done."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.budgeting import queries as budgeting
from app.budgeting.models import Round
from app.core.access import Actor
from app.core.mail import OutboxMail
from app.extensions import db
from app.voting.models import BallotEnvelope
from tests import rounds
from tests.conftest import START
from tests.factories import Factory
from tests.rounds import AREA, OTHER_AREA, VOTING_CLOSES

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@pytest.fixture
def voter(client: FlaskClient, make: Factory, sign_in: Callable[..., None]) -> Actor:
    """Somebody signed in on the client."""
    actor = make.actor()
    sign_in(client, actor)
    return actor


@pytest.fixture
def city(open_round: Round, voter: Actor) -> str:
    """The address of the city's ballot."""
    return f"/en/rounds/{open_round.id}/vote/city"


def _ids(round: Round, key: str = "city") -> dict[str, int]:
    projects = budgeting.list_ballot_projects(rounds.contest_of(round, key).id)
    return {project.title["en"]: project.id for project in projects}


def _envelopes() -> int:
    return db.session.scalars(select(func.count()).select_from(BallotEnvelope)).one()


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).replace(" ,", ",")


def test_whoever_is_not_signed_in_is_led_to_sign_in(client: FlaskClient, open_round: Round) -> None:
    path = f"/en/rounds/{open_round.id}/vote/city"
    for call, rest in ((client.get, ""), (client.post, "/review"), (client.post, "/cast")):
        response = call(path + rest)
        assert response.status_code == 303
        assert "/sign-in" in response.headers["Location"]


def test_the_ballot_says_that_nothing_is_cast_yet(client: FlaskClient, city: str) -> None:
    response = client.get(city)
    page = _plain(response.text)
    assert "You have not voted yet." in page
    assert "You can choose at most 3 projects." in page
    assert "There is 100 000 € to be shared" in page
    assert "in 12 days" in page
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.text.count('name="project"') == 3


def test_the_total_is_worked_out_without_a_script(
    client: FlaskClient, city: str, open_round: Round
) -> None:
    ids = _ids(open_round)
    chosen = [ids["Skating park"], ids["Lights city"]]
    response = client.post(f"{city}/review", data={"project": chosen, "do": "sum"})
    page = _plain(response.text)
    assert response.status_code == 200
    assert "2 projects" in page
    assert "Your choices cost 110 000 €" in page
    assert len(re.findall(r'name="project"[^>]* checked', response.text)) == 2
    assert _envelopes() == 0


def test_choosing_review_and_casting_store_only_the_sealed_vote(
    client: FlaskClient, city: str, open_round: Round
) -> None:
    chosen = [_ids(open_round)["Lights city"], _ids(open_round)["Skating park"]]
    review = client.post(f"{city}/review", data={"project": chosen, "do": "next"})
    page = _plain(review.text)
    assert "Check your choices" in page
    assert "You have not voted yet." in page
    assert "more than the 100 000 € to be shared" in page
    assert "you confirm that you live in Espoo and are at least 13 years old" in page
    assert _envelopes() == 0
    hidden = re.findall(r'<input type="hidden" name="project" value="(\d+)"', review.text)
    assert sorted(map(int, hidden)) == sorted(chosen)
    with client.session_transaction() as session:
        assert set(session) <= {"_user_id", "_fresh", "csrf_token"}
    cast = client.post(f"{city}/cast", data={"project": hidden})
    assert (cast.status_code, cast.headers["Location"]) == (303, f"{city}/done")
    assert _envelopes() == 1


def test_the_choices_come_back_when_one_goes_back(
    client: FlaskClient, city: str, open_round: Round
) -> None:
    chosen = _ids(open_round)["Swings city"]
    response = client.post(f"{city}/review", data={"project": [chosen], "do": "back"})
    assert re.search(rf'value="{chosen}"[^>]* checked', response.text)


def test_after_casting_a_page_says_so_and_shows_no_choices(
    client: FlaskClient, city: str, open_round: Round
) -> None:
    assert client.get(f"{city}/done").headers["Location"] == city
    client.post(f"{city}/cast", data={"project": [_ids(open_round)["Swings city"]]})
    done = client.get(f"{city}/done").text
    assert "data-ballot-cast" in done
    assert "Your vote is in the box: The whole of Espoo." in _plain(done)
    assert "You can still vote here" in _plain(done)
    assert "Swings" not in done
    again = client.get(city).text
    assert "You have voted here already." in _plain(again)
    assert " checked" not in again


def test_after_voting_in_an_area_other_areas_are_not_offered(
    client: FlaskClient, open_round: Round, voter: Actor
) -> None:
    area = f"/en/rounds/{open_round.id}/vote/{AREA}"
    other = f"/en/rounds/{open_round.id}/vote/{OTHER_AREA}"
    client.post(f"{area}/cast", data={"project": [_ids(open_round, AREA)[f"Lights {AREA}"]]})
    done = client.get(f"{area}/done").text
    assert f"/en/rounds/{open_round.id}/vote/city" in done
    assert other not in done
    refused = client.get(other)
    assert refused.status_code == 409
    assert "You have voted in Suur-Matinkylä." in refused.text


@pytest.mark.parametrize("step", ["review", "cast"])
def test_a_ballot_outside_the_limits_is_told_and_keeps_its_choices(
    client: FlaskClient, city: str, step: str
) -> None:
    response = client.post(f"{city}/{step}", data={"do": "next"})
    assert response.status_code == 422
    assert "You must choose at least 1 of the projects. Nothing was stored." in response.text
    odd = client.post(f"{city}/{step}", data={"project": ["999", "x"], "do": "next"})
    assert odd.status_code == 422
    assert _envelopes() == 0


def test_too_many_choices_stay_ticked(
    client: FlaskClient, make: Factory, held: Callable[..., None], sign_in: Callable[..., None]
) -> None:
    round = rounds.make_round(max_choices=2)
    held(rounds.DURING)
    sign_in(client, make.actor())
    ids = list(_ids(round).values())
    path = f"/en/rounds/{round.id}/vote/city/review"
    response = client.post(path, data={"project": ids, "do": "next"})
    assert response.status_code == 422
    assert "You chose 3 projects. You can choose at most 2." in response.text
    assert len(re.findall(r'name="project"[^>]* checked', response.text)) == 3


def test_when_voting_is_not_open_the_page_says_so(
    client: FlaskClient, city: str, open_round: Round, held: Callable[..., None]
) -> None:
    chosen = {"project": [_ids(open_round)["Swings city"]]}
    held(VOTING_CLOSES)
    for response in (client.get(city), client.post(f"{city}/cast", data=chosen)):
        assert response.status_code == 409
        assert "Voting is over." in response.text
    held(START)
    assert "Voting has not begun yet." in client.get(city).text
    assert _envelopes() == 0


def test_what_there_is_not_is_not_found(
    client: FlaskClient, voter: Actor, open_round: Round
) -> None:
    assert client.get(f"/en/rounds/{open_round.id}/vote/nowhere").status_code == 404
    assert client.get("/en/rounds/99/vote/city").status_code == 404


def test_an_unconfirmed_address_cannot_vote(
    client: FlaskClient, open_round: Round, make: Factory, sign_in: Callable[..., None]
) -> None:
    sign_in(client, make.person(confirmed=False).as_actor())
    response = client.get(f"/en/rounds/{open_round.id}/vote/city")
    assert response.status_code == 403
    assert "Confirm your e-mail address" in response.text


def test_the_browser_memory_of_two_voters_is_apart(
    client: FlaskClient, city: str, make: Factory, sign_in: Callable[..., None]
) -> None:
    keys = []
    for actor in (make.actor(), make.actor()):
        sign_in(client, actor)
        keys += re.findall(r'data-ballot-key="([^"]+)"', client.get(city).text)
    assert len(set(keys)) == 2


def test_the_message_is_in_the_voters_language(
    client: FlaskClient, city: str, open_round: Round
) -> None:
    client.post(f"{city}/cast", data={"project": [_ids(open_round)["Swings city"]]})
    mail = db.session.scalars(select(OutboxMail)).one()
    assert "Budgeting 2026 (fi)" in mail.body
