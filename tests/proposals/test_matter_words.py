"""The words of cards and states, for every state and every clock."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from app.city import get_city
from app.core import clock, language
from app.duties.rules import ClockKind
from app.proposals import words
from app.proposals.differences import compare
from app.proposals.lifecycle import MatterKind, Outcome, State

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@pytest.fixture
def english(context: Flask) -> Iterator[None]:
    """Sentences in English."""
    with language.speaking("en"):
        yield


def card(**columns: Any) -> Any:
    since = datetime(2026, 3, 3, 8, tzinfo=UTC)
    values = {
        "state": State.IN_PREPARATION,
        "state_since": since,
        "holder_unit": "street_engineering",
        "holder_body": None,
        "holder_since": since,
        "next_due": None,
        "next_due_kind": None,
        "outcome": None,
        "hidden_rule": None,
    }
    return SimpleNamespace(**(values | columns))


def plain(text: str) -> str:
    return text.replace("\xa0", " ")


def due(days: int) -> datetime:
    return clock.end_of(clock.today() + timedelta(days=days))


@only_sqlite
@pytest.mark.parametrize(
    ("days", "tone", "text"),
    [
        (54, "", "Answer by 2 May, in 54 days"),
        (7, "soon", "Answer by 16 March, in 7 days"),
        (1, "soon", "Answer by 10 March, tomorrow"),
        (0, "soon", "Answer by 9 March, today"),
        (-1, "late", "Answer 1 day late, was due 8 March"),
        (-4, "late", "Answer 4 days late, was due 5 March"),
    ],
)
def test_a_clock_says_until_when_or_how_late(
    english: None, days: int, tone: str, text: str
) -> None:
    found = words.clock_words(card(next_due=due(days), next_due_kind="answer"))
    assert found
    assert (found.tone, plain(found.text)) == (tone, text)


@only_sqlite
def test_a_clock_is_late_only_when_its_last_day_has_passed(
    english: None, held: Callable[[datetime], None]
) -> None:
    open_answer = card(next_due=due(0), next_due_kind="answer")
    held(due(0) - timedelta(seconds=1))
    assert not words.is_late(open_answer)
    held(due(0) + timedelta(days=0))
    assert words.is_late(card(next_due=clock.now(), next_due_kind="answer"))


@only_sqlite
@pytest.mark.parametrize("kind", [kind.value for kind in ClockKind])
def test_every_kind_of_clock_has_its_words(english: None, kind: str) -> None:
    assert words.clock_name(kind)
    for days in (3, -3):
        one = card(next_due=due(days), next_due_kind=kind)
        found = words.clock_words(one)
        assert found
        assert "%(" not in found.text
        sentence = words.due_sentence(one)
        assert sentence.endswith(".")
        assert "%(" not in sentence


@only_sqlite
@pytest.mark.parametrize("state", list(State))
def test_every_state_has_its_sentence(english: None, state: State) -> None:
    sentence = words.state_sentence(card(state=state, outcome=Outcome.ACTION))
    assert sentence.endswith(".")
    assert "%(" not in sentence


@only_sqlite
def test_the_sentence_names_holder_since_and_what_is_due(english: None) -> None:
    one = card(next_due=due(54), next_due_kind="answer")
    assert plain(words.state_sentence(one)) == (
        "In preparation at City Engineering Centre since 3 March. "
        "An answer is due by 2 May, in 54 days."
    )
    handed_over = card(holder_unit="sports", holder_since=datetime(2026, 3, 6, 8, tzinfo=UTC))
    assert plain(words.state_sentence(handed_over)) == (
        "In preparation at Sports Services since 6 March."
    )


@only_sqlite
def test_waiting_for_the_author_stops_the_clock_and_a_body_does_not(english: None) -> None:
    asked = card(state=State.WAITING)
    found = words.clock_words(asked)
    assert found
    assert found.tone == "wait"
    assert words.state_sentence(asked).endswith("The clock stands meanwhile.")
    body = next(iter(get_city().bodies.values()))
    at_body = card(
        state=State.WAITING, holder_body=body.key, next_due=due(20), next_due_kind="answer"
    )
    found = words.clock_words(at_body)
    assert found
    assert found.tone == ""
    assert body.name in words.state_sentence(at_body)
    assert "The deadline keeps running." in words.state_sentence(at_body)


@only_sqlite
def test_finished_matters_without_a_clock_say_nothing_of_it(english: None) -> None:
    assert words.clock_words(card(state=State.CLOSED)) is None
    assert words.due_sentence(card(state=State.CLOSED)) == ""


@only_sqlite
def test_kinds_are_described_with_the_times_of_the_settings(english: None) -> None:
    for kind, days in get_city().settings["clocks"]["answer_days"].items():
        assert f"within {days} days" in words.describe_kind(MatterKind(kind), get_city())


def test_a_difference_is_told_word_by_word() -> None:
    before = "Reitti on pimeä.\n\nEhdotan valoja."
    after = "Reitti on hyvin pimeä.\n\nEhdotan valoja.\nKiitos."
    pieces = compare(before, after)
    assert "".join(p.text for p in pieces if p.change != "added") == before
    assert "".join(p.text for p in pieces if p.change != "removed") == after
    assert [p.text for p in pieces if p.change == "removed"] == []
    assert [p.text.strip() for p in pieces if p.change == "added"] == ["hyvin", "Kiitos."]


def test_the_same_text_has_no_difference() -> None:
    assert [p.change for p in compare("Sama teksti", "Sama teksti")] == ["same"]
    assert compare("", "") == []
