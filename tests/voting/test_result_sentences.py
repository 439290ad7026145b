"""The account of a project in sentences, whatever the rule was."""

from typing import Any

import pytest

from app.core import language
from app.voting import sentences

pytestmark = [
    pytest.mark.parametrize("dialect", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("context"),
]
TITLES = {1: "Lamps", 2: "Swings", 3: "Trees"}


def _winner(**facts: Any) -> dict[str, Any]:
    known = {
        "votes": 456,
        "phase": "main",
        "cost_cents": 1000,
        "left_cents": 500,
        "full": [{"voters": 440, "each_cents": 1433}],
        "part": {"voters": 16, "total_cents": 100},
        "tie": None,
    }
    return known | facts


def _loser(**facts: Any) -> dict[str, Any]:
    known = {
        "votes": 12,
        "reason": "too_dear",
        "had_cents": None,
        "missing_cents": None,
        "room_cents": None,
        "spendings": [],
    }
    return known | facts


def _paid(winner: dict[str, Any], lang: str = "en") -> str:
    with language.speaking(lang):
        return sentences.how_paid(winner, TITLES)


def _lost(loser: dict[str, Any], lang: str = "en", in_detail: bool = True) -> str:
    with language.speaking(lang):
        return sentences.why_lost(loser, TITLES, in_detail)


def test_some_paid_all_and_some_paid_the_rest() -> None:
    assert _paid(_winner()) == (
        "440 supporters paid 14,33\xa0€ each. 16 supporters paid all that was left of their shares."
    )


def test_all_supporters_paid_the_same() -> None:
    full = [{"voters": 456, "each_cents": 1433}]
    assert _paid(_winner(full=full, part=None)) == "All 456 supporters paid 14,33\xa0€ each."


def test_supporters_without_anything_left_are_not_counted_among_all() -> None:
    """Who had spent the whole share before paid nothing, so "all" would be wrong."""
    assert _paid(_winner(part=None)) == "440 supporters paid 14,33\xa0€ each."


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("fi", "Ainoa kannattaja (1) maksoi 10\xa0€."),
        ("sv", "Den enda (1) som valde projektet betalade 10\xa0€."),
        ("en", "Its 1 supporter paid 10\xa0€."),
    ],
)
def test_one_supporter_is_one(lang: str, words: str) -> None:
    one = _winner(votes=1, full=[{"voters": 1, "each_cents": 1000}], part=None)
    assert _paid(one, lang) == words


def test_with_points_the_price_follows_the_points() -> None:
    full = [{"voters": 30, "each_cents": 400}, {"voters": 10, "each_cents": 100}]
    assert _paid(_winner(full=full, part=None)) == (
        "40 supporters paid from 1\xa0€ to 4\xa0€ each, by the points they had given."
    )
    assert "40 kannattajaa maksoi kukin 1\xa0€–4\xa0€" in _paid(_winner(full=full), "fi")


@pytest.mark.parametrize(
    ("decided_by", "words"),
    [
        ("cost", "It was level with Swings and Trees and costs less."),
        ("votes", "It was level with Swings and Trees and had more votes."),
        ("lot", "It was level with Swings and Trees, and the lot decided."),
        ("order", "It was level with Swings and Trees."),
    ],
)
def test_it_says_what_settled_a_level_result(decided_by: str, words: str) -> None:
    tie = {"projects": [1, 2, 3], "decided_by": decided_by}
    assert _paid(_winner(tie=tie)).endswith(words)


def test_what_was_bought_with_the_rest_was_not_paid_by_anybody() -> None:
    rest = _winner(phase="then_greedy", full=[], part=None)
    assert _paid(rest) == (
        "Bought at the end with the 15\xa0€ that was left. Of the projects that still fitted, it "
        "had the most votes."
    )
    assert _paid({**rest, "votes": 0}) == "Nobody chose it, but there was money left for it."


def test_where_nobody_pays_the_turn_came_by_votes() -> None:
    assert _paid(_winner(full=[], part=None)) == (
        "Its turn came by its votes, and there was enough money for it."
    )


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("over_budget", "It costs more than all the money there was."),
        ("no_support", "Nobody chose it."),
        ("excluded", "Another project won, and only one of the two can be carried out."),
        ("threshold", "It had fewer votes than the rules ask for."),
        ("no_room", "At its turn, only 3\xa0€ of all the money was left."),
        ("stopped", "A project before it did not fit in the money that was left"),
        ("too_dear", "The shares of its supporters were not enough for its price."),
    ],
)
def test_every_reason_for_not_winning_has_a_sentence(reason: str, words: str) -> None:
    assert _lost(_loser(reason=reason, room_cents=300)).startswith(words)


@pytest.mark.parametrize("reason", ["over_budget", "no_support", "excluded", "threshold"])
def test_money_left_is_told_only_where_it_was_the_reason(reason: str) -> None:
    told = _lost(_loser(reason=reason, had_cents=500, missing_cents=700))
    assert "left of their shares" not in told


def test_the_money_of_supporters_had_gone_to_others() -> None:
    spendings = [{"winner": 2, "voters": 3, "cents": 400}, {"winner": 1, "voters": 2, "cents": 90}]
    loser = _loser(
        reason="no_room", had_cents=500, missing_cents=700, room_cents=300, spendings=spendings
    )
    assert _lost(loser) == (
        "Its supporters had 5\xa0€ left of their shares; 7\xa0€ was missing. Most of their money "
        "had gone to: Swings and Lamps. At its turn, only 3\xa0€ of all the money was left."
    )
    assert _lost(loser, in_detail=False) == "At its turn, only 3\xa0€ of all the money was left."


@pytest.mark.parametrize("reason", ["too_dear", "no_room", "threshold", "no_support"])
def test_what_nobody_chose_has_that_as_its_reason(reason: str) -> None:
    loser = _loser(votes=0, reason=reason, had_cents=0, missing_cents=700, room_cents=300)
    assert _lost(loser) == "Nobody chose it."
    assert _lost(loser, "fi") == "Kukaan ei valinnut sitä."


def test_unused_shares_are_counted_in_the_right_number() -> None:
    with language.speaking("fi"):
        (one,) = sentences.unused([{"wins": 0, "voters": 1}, {"wins": 1, "voters": 5}])
        (many,) = sentences.unused([{"wins": 0, "voters": 180}])
    assert (
        one
        == "1 äänestäjä ei valinnut yhtään voittanutta hanketta. Hänen osuutensa jäi käyttämättä."
    )
    assert many.endswith("Heidän osuutensa jäivät käyttämättä.")
    assert sentences.unused([{"wins": 1, "voters": 5}]) == []
