"""The result page: winners, payments, the other way of counting, and the file for recounting."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.budgeting.models import Round
from app.core.access import SYSTEM
from app.tally import read_pabulib
from app.voting import services
from tests.comments.test_discussion_pages import count_queries
from tests.rounds import AFTER, AREA

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@pytest.fixture
def counted(vote: Callable, open_round: Round, held: Callable[..., None]) -> Round:
    """60 votes in the city, three in an area; confirmed."""
    ballots = (("Lights city", "Swings city"), ("Lights city",), ("Skating park",))
    for number in range(60):
        voter = vote(*ballots[number % 3])
        if number < 3:
            vote(f"Lights {AREA}", key=AREA, actor=voter)
    held(AFTER)
    services.close_voting(SYSTEM, open_round)
    services.open_ballots(SYSTEM, open_round)
    services.confirm_results(SYSTEM, open_round)
    return open_round


def _plain(client: FlaskClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


def test_there_is_no_result_before_it_is_confirmed(client: FlaskClient, open_round: Round) -> None:
    for path in ("result/city", "result/city/ballots.pb"):
        assert client.get(f"/en/rounds/{open_round.id}/{path}").status_code == 404


def test_the_result_says_who_won_and_why(client: FlaskClient, counted: Round) -> None:
    page = _plain(client, f"/en/rounds/{counted.id}/result/city")
    for words in (
        "2 projects won",
        "60 residents voted.",
        "55 000 € is used of the 100 000 € there was",
        "1. Lights city",
        "All 40 supporters paid 750 € each.",
        "Why these did not win",
        "Skating park",
        "was missing",
        "Result confirmed on 25/3/2026",
        "What if the votes had been counted another way?",
        "flask tally count 2026-city.pb --rule mes_cost_add1_then_greedy",
    ):
        assert words in page, words
    assert "67 % of them got at least one project that they chose." in page


def test_the_round_leads_to_its_results(client: FlaskClient, counted: Round) -> None:
    page = client.get(f"/en/rounds/{counted.id}").text
    assert f"/en/rounds/{counted.id}/result/city" in page
    assert "The votes are counted" in page


def test_the_file_is_anonymous_and_counts(client: FlaskClient, counted: Round) -> None:
    response = client.get(f"/en/rounds/{counted.id}/result/city/ballots.pb")
    assert response.headers["Content-Disposition"] == 'attachment; filename="2026-city.pb"'
    assert response.headers["Cache-Control"].startswith("public")
    file = read_pabulib(response.get_data())
    assert file.profile.num_ballots == 60
    assert file.votes.columns == ["voter_id", "vote"]
    assert file.votes.column("voter_id") == [str(number) for number in range(1, 61)]
    assert file.votes.column("vote") == sorted(file.votes.column("vote"))


def test_a_small_contest_publishes_totals_only(client: FlaskClient, counted: Round) -> None:
    page = _plain(client, f"/en/rounds/{counted.id}/result/{AREA}")
    assert "3 residents voted." in page
    assert "only the totals are published" in page
    assert "Fewer than 50 people voted here." in page
    assert "paid" not in page.replace("How it was paid", "")
    assert "flask tally" not in page
    assert client.get(f"/en/rounds/{counted.id}/result/{AREA}/ballots.pb").status_code == 404


def test_the_page_is_cached_for_anonymous_visitors(client: FlaskClient, counted: Round) -> None:
    first = client.get(f"/en/rounds/{counted.id}/result/city")
    assert first.headers["Cache-Control"].startswith("public")
    etag = {"If-None-Match": first.headers["ETag"]}
    assert client.get(f"/en/rounds/{counted.id}/result/city", headers=etag).status_code == 304


def test_the_other_results_of_the_round_stand_beside(client: FlaskClient, counted: Round) -> None:
    page = _plain(client, f"/en/rounds/{counted.id}/result/city")
    assert "The whole round by area" in page
    assert "60 2 of 3 55 000 € of 100 000 € 67 %" in page
    assert "3 1 of 2 30 000 € of 50 000 € –" in page
    assert "Where fewer than 50 people voted, only the totals are published." in page
    raw = client.get(f"/en/rounds/{counted.id}/result/city").text
    assert f'href="/en/rounds/{counted.id}/result/{AREA}"' in raw


def test_a_small_contest_shows_no_picture_of_its_voters(
    client: FlaskClient, counted: Round
) -> None:
    page = client.get(f"/en/rounds/{counted.id}/result/{AREA}").text
    assert "Where the money came from" not in page
    assert "shares-wide" not in page
    assert "money-wide" in page  # what the winners cost is one of the totals


def test_the_page_stays_within_its_queries(client: FlaskClient, counted: Round) -> None:
    path = f"/en/rounds/{counted.id}/result/city"
    client.get(path)
    assert count_queries(lambda: client.get(f"{path}?again")) <= 10
