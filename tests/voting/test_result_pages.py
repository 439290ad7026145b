"""The result page: winners, payments, the other way of counting, and the file for recounting."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.budgeting.models import Round
from app.core import language
from app.core.access import SYSTEM
from app.tally import read_pabulib
from app.voting import sentences, services
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
    assert "At least one project that they chose won for 67 % of them." in page


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


def test_the_sentences_tell_ties_and_parts(context: object) -> None:
    titles = {1: "Lamps", 2: "Swings", 3: "Trees"}
    winner = {
        "phase": "main",
        "cost_cents": 1000,
        "left_cents": 500,
        "full": [{"voters": 440, "each_cents": 1433}],
        "part": {"voters": 16, "total_cents": 100},
        "tie": {"projects": [1, 2, 3], "decided_by": "lot"},
    }
    with language.speaking("en"):
        paid = sentences.how_paid(winner, titles)
    assert paid == (
        "440 supporters paid 14,33\xa0€ each. 16 supporters paid all that was left of their "
        "shares. It was level with Swings and Trees, and the lot decided."
    )
    greedy = {**winner, "phase": "then_greedy", "full": [], "part": None, "tie": None}
    with language.speaking("en"):
        paid = sentences.how_paid(greedy, titles)
    assert paid.startswith("Bought at the end with the 15\xa0€")


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("over_budget", "more than all the money"),
        ("no_support", "Nobody chose it."),
        ("threshold", "fewer votes than the rules ask for"),
        ("no_room", "only 3\xa0€ of all the money was left"),
        ("too_dear", "not enough for its price"),
    ],
)
def test_every_reason_for_not_winning_has_a_sentence(
    context: object, reason: str, words: str
) -> None:
    loser = {
        "reason": reason,
        "had_cents": None,
        "missing_cents": None,
        "room_cents": 300,
        "spendings": [],
    }
    with language.speaking("en"):
        assert words in sentences.why_lost(loser, {}, in_detail=True)
