"""The result page under each rule that a round can have, in three languages."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from app.budgeting.models import Round
from tests.voting.conftest import Decide

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)

COSTS = {"Lamps": 40_000, "Swings": 30_000, "Trees": 25_000, "Bath": 90_000, "Bridge": 400_000}
BALLOTS = {
    ("Lamps", "Swings"): 20,
    ("Lamps",): 15,
    ("Trees", "Bath"): 12,
    ("Bath", "Bridge"): 4,
    ("Trees",): 3,
}
# Votes alone choose lamps and swings, and leave the 22 who want trees with nothing.
SPLIT_COSTS = {"Lamps": 50_000, "Swings": 45_000, "Trees": 40_000}
SPLIT_BALLOTS = {("Lamps", "Swings"): 32, ("Trees",): 22}


def _plain(client: FlaskClient, round: Round, lang: str = "en") -> str:
    """The words of the page; also without the parts that only look."""
    response = client.get(f"/{lang}/rounds/{round.id}/result/city")
    assert response.status_code == 200
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.text)))


def _cells(page: str) -> list[list[str]]:
    """The rows of the table behind the flow, each as its texts."""
    table = re.search(r'<table class="table dense">.*?<tbody>(.*?)</tbody>', page, re.S)
    assert table
    return [
        [unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", table[1])
    ]


def _cents(text: str) -> int:
    euros, _, rest = re.sub(r"[\s€]", "", text).partition(",")
    return int(euros) * 100 + int(rest or 0)


@pytest.mark.parametrize("lang", ["fi", "sv", "en"])
@pytest.mark.parametrize(
    ("rule", "parameters"),
    [
        ("greedy", {}),
        ("greedy_no_skip", {}),
        ("greedy_density", {}),
        ("greedy_threshold", {"threshold": "20"}),
        ("mes_cost", {}),
        ("mes_card_add1", {"compare_greedy": True}),
        ("mes_cost_add1_integral_then_greedy", {"threshold": "1"}),
    ],
)
def test_every_rule_has_a_page_in_every_language(
    client: FlaskClient, decide: Decide, rule: str, parameters: dict[str, object], lang: str
) -> None:
    round = decide(COSTS, BALLOTS, rule=rule, parameters=parameters)
    page = client.get(f"/{lang}/rounds/{round.id}/result/city")
    assert page.status_code == 200
    assert page.text.count("<h1") == 1
    has_flow = rule.startswith("mes")
    assert ('id="flow-wide"' in page.text) is has_flow
    titles = re.findall(r'<svg [^>]*role="img"[^>]*aria-labelledby="([^"]+)"', page.text)
    assert len(titles) == len(set(titles))
    for title in titles:
        assert f'<title id="{title}">' in page.text
    assert " style=" not in page.text


def test_most_votes_first_has_neither_shares_nor_another_way_beside(
    client: FlaskClient, decide: Decide
) -> None:
    page = _plain(client, decide(COSTS, BALLOTS, rule="greedy"))
    assert "93 % of the voters got at least one project that they chose" in page
    assert "Its turn came by its votes, and there was enough money for it." in page
    assert "Why it won" in page
    for word in ("share", "paid", "What if the votes had been counted another way?"):
        assert word not in page.partition("Count the votes again")[0], word


def test_another_rule_of_votes_stands_beside_most_votes_first(
    client: FlaskClient, decide: Decide
) -> None:
    round = decide(COSTS, BALLOTS, rule="greedy_threshold", parameters={"threshold": "20"})
    page = _plain(client, round)
    assert "The rules of this vote (used)" in page
    assert "Most votes first" in page
    assert "It had fewer votes than the rules ask for." in page


def test_counting_that_stops_says_where(client: FlaskClient, decide: Decide) -> None:
    """The bath comes second and does not fit, so nothing after it is looked at."""
    ballots = {("Lamps", "Bath"): 30, ("Lamps",): 10, ("Trees",): 15}
    page = _plain(client, decide(COSTS, ballots, rule="greedy_no_skip"))
    assert "At its turn, only 60 000 € of all the money was left." in page
    assert "A project before it did not fit in the money that was left" in page


def test_equal_shares_say_what_everybody_paid(client: FlaskClient, decide: Decide) -> None:
    """54 voters have 1 851,85 each; the 35 for the lamps pay 1 142,86 of it."""
    page = _plain(client, decide(COSTS, BALLOTS, rule="mes_cost"))
    assert "1 851,85 € was each voter's share in the count" in page
    assert "It was raised" not in page
    assert "All 35 supporters paid 1 142,86 € each." in page
    assert "It costs more than all the money there was." in page
    assert "were raised for the count only" not in page


def test_raised_shares_are_explained(client: FlaskClient, decide: Decide) -> None:
    page = _plain(client, decide(COSTS, BALLOTS, rule="mes_cost_add1"))
    assert "It was 1 851,85 € at first. It was raised little by little" in page
    assert "The shares were raised for the count only." in page


def test_what_was_bought_with_the_rest_is_not_in_the_flow(
    client: FlaskClient, decide: Decide
) -> None:
    """Equal shares buy the lamps only; the trees are bought with what is left."""
    costs = {"Lamps": 50_000, "Trees": 45_000, "Bath": 90_000}
    ballots = {("Lamps",): 40, ("Trees",): 15, ("Bath",): 1}
    round = decide(costs, ballots, rule="mes_cost_then_greedy")
    page = _plain(client, round)
    assert "Bought at the end with the 50 000 € that was left." in page
    assert (
        "Trees is not in the picture: it was bought at the end with the money that was left" in page
    )
    assert "1 voter chose none of the projects that won. That share was left unused." in page
    finnish = _plain(client, round, "fi")
    assert "Trees (fi) puuttuu kuvasta: se ostettiin lopuksi jäljellä olleella rahalla" in finnish


def test_the_picture_and_its_table_say_the_same(client: FlaskClient, decide: Decide) -> None:
    round = decide(COSTS, BALLOTS, rule="mes_cost_add1_then_greedy")
    page = client.get(f"/en/rounds/{round.id}/result/city").text
    voters, *winners, left = _cells(page)
    assert [int(cell) for cell in voters[1:]] == [4, 30, 20, 54]
    for name, *amounts, price in winners:
        assert sum(map(_cents, amounts)) == _cents(price) == COSTS[name] * 100
    assert sum(map(_cents, left[1:-1])) == _cents(left[-1])
    for drawing in ("flow-wide", "flow-narrow"):
        found = re.search(rf'<title id="{drawing}">.*?</svg>', page, re.S)
        assert found
        texts = [unescape(text) for text in re.findall(r"<text[^>]*>(.*?)</text>", found[0])]
        for name, *_, price in winners:
            assert name in texts
            assert price in texts
        counts = ["20 voters", "30 voters"] if drawing == "flow-wide" else ["2 wishes: 20"]
        assert set(counts) <= set(texts)


def test_both_ways_of_counting_say_the_same_in_picture_and_table(
    client: FlaskClient, decide: Decide
) -> None:
    """Votes alone leave no room for trees; equal shares take them instead of the lamps."""
    round = decide(SPLIT_COSTS, SPLIT_BALLOTS, rule="mes_cost_add1")
    page = client.get(f"/en/rounds/{round.id}/result/city").text
    for drawing, figures in (
        ("shares-wide", ["100 %", "59 %"]),
        ("money-wide", ["85 000 €", "95 000 €"]),
    ):
        found = re.search(rf'<title id="{drawing}">.*?</svg>', page, re.S)
        assert found
        shown = [unescape(text) for text in re.findall(r'text-anchor="end">(.*?)</text>', found[0])]
        assert [re.sub(r"\s", " ", text) for text in shown] == figures
    plain = _plain(client, round)
    assert "Equal shares (used) 2 85 000 € 45 000 € 15 000 € 100 %" in plain
    assert "Most votes first 2 95 000 € 45 000 € 5 000 € 59 %" in plain
    assert "Then 59 % of the voters would have got at least one" in plain


def test_the_greedy_result_is_taken_where_more_voters_prefer_it(
    client: FlaskClient, decide: Decide
) -> None:
    parameters = {"compare_greedy": True}
    round = decide(SPLIT_COSTS, SPLIT_BALLOTS, rule="mes_cost_add1", parameters=parameters)
    page = _plain(client, round)
    assert (
        "Voters who got more by equal shares: 22. Voters who got more by most votes first: 32. So "
        "the projects were taken in the order of their votes." in page
    )
    assert "Where the money came from" not in page
    assert "Most votes first (used) 2 95 000 €" in page
    assert "By equal shares, 2 projects would have won. Then 100 % of the voters" in page


def test_equal_shares_stay_where_more_voters_prefer_them(
    client: FlaskClient, decide: Decide
) -> None:
    ballots = {("Lamps", "Swings"): 27, ("Swings", "Trees"): 1, ("Trees",): 26}
    parameters = {"compare_greedy": True}
    page = _plain(client, decide(SPLIT_COSTS, ballots, rule="mes_cost_add1", parameters=parameters))
    assert "So equal shares decided." in page
    assert "Where the money came from" in page


def test_winners_are_counted_by_their_area(client: FlaskClient, decide: Decide) -> None:
    """Places that name a part of an area count for it, in whatever language they are written."""
    round = decide(
        COSTS,
        BALLOTS,
        rule="mes_cost_add1",
        places={"Lamps": "Olari", "Swings": "Mattby", "Trees": "Kilo", "Bath": "Oittaa"},
    )
    page = _plain(client, round)
    assert "Suur-Matinkylä 2 2 70 000 €" in page
    assert "Suur-Leppävaara 1 1 25 000 €" in page
    assert "Oittaa 0 1 0 €" in page
    assert "No single place 0 1 0 €" in page
    assert "The number in each area tells how many projects won there." in page
    assert "Stor-Mattby 2 2 70 000 €" in _plain(client, round, "sv")


def test_one_place_needs_no_picture(client: FlaskClient, decide: Decide) -> None:
    assert "Where the winners are" not in _plain(client, decide(COSTS, BALLOTS))
