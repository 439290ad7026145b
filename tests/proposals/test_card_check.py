"""`flask card rebuild`: kept counts and columns equal their sources."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from app.comments import services as comments
from app.comments.models import Stance
from app.core.command import command
from app.extensions import db
from app.proposals import card_sources
from app.proposals import services as proposals
from app.proposals import support as supporting
from app.proposals.counts import counted, get_counts
from app.proposals.lifecycle import MatterKind
from app.proposals.models import Matter, MatterCount
from tests.factories import Factory


@command
def spoil(matter: Matter, **values: Any) -> None:
    db.session.execute(update(Matter).where(Matter.id == matter.id).values(values))


@command
def spoil_counts() -> None:
    db.session.execute(update(MatterCount).values(n=MatterCount.n + 1))


@pytest.fixture
def matter(make: Factory) -> Matter:
    """An initiative with a supporter, a maker and two versions; a draft stands beside it."""
    author = make.actor()
    made = make.matter(author, kind=MatterKind.INITIATIVE)
    make.draft()
    supporting.support_proposal(make.actor(), made.id)
    supporting.sign_initiative(make.actor(), made, supporting.Signature("Aino Asukas", "Espoo"))
    proposals.edit_proposal(author, made, "Uusi otsikko asialle", "Uusi tiivistelmä.\n\nLisää.")
    return made


def test_nothing_differs_after_ordinary_work(context: Flask, matter: Matter) -> None:
    assert list(card_sources.differences()) == []
    result = context.test_cli_runner().invoke(args=["card", "rebuild", "--check"])
    assert result.exit_code == 0
    assert "equals its source" in result.output


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("supporters", 7),
        ("makers", 0),
        ("title", "Väärä otsikko"),
        ("summary", "Väärä tiivistelmä"),
    ],
)
def test_a_wrong_column_is_found_and_mended(
    context: Flask, matter: Matter, column: str, value: Any
) -> None:
    right = getattr(matter, column)
    spoil(matter, **{column: value})
    found = list(card_sources.differences())
    assert [(d.column, d.where, d.expected, d.found) for d in found] == [
        (column, str(matter.id), right, value)
    ]
    runner = context.test_cli_runner()
    result = runner.invoke(args=["card", "rebuild", "--check"])
    assert result.exit_code == 1
    assert f"{column} {matter.id}" in result.output
    assert runner.invoke(args=["card", "rebuild"]).output == "1 values were mended\n"
    assert list(card_sources.differences()) == []
    assert getattr(db.session.get_one(Matter, matter.id), column) == right


def test_wrong_kept_counts_are_found_and_mended(context: Flask, matter: Matter) -> None:
    spoil_counts()
    found = {d.where for d in card_sources.differences()}
    assert {"all", "kind initiative", "area suur-matinkyla", "state published"} <= found
    card_sources.rebuild()
    assert get_counts() == counted()


def test_comments_are_counted_by_the_feature_that_has_them(
    context: Flask, make: Factory, matter: Matter
) -> None:
    comments.add_comment(
        make.actor(), matter, stance=Stance.FOR, language="fi", text="Hyvä ehdotus."
    )
    assert list(card_sources.differences()) == []
    spoil(matter, comments=5)
    found = [(d.column, d.expected, d.found) for d in card_sources.differences()]
    assert found == [("comments", 1, 5)]
    card_sources.rebuild()
    assert db.session.get_one(Matter, matter.id).comments == 1


def test_another_column_can_be_added_with_its_source(
    context: Flask, matter: Matter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(card_sources.sources, "comments", lambda ids: dict.fromkeys(ids, 3))
    assert {(d.column, d.expected) for d in card_sources.differences()} == {("comments", 3)}


def test_many_matters_are_checked_in_parts(
    context: Flask, fill: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(25, supporters=1)
    monkeypatch.setattr(card_sources, "CHUNK", 10)
    wrong = [d for d in card_sources.differences() if d.column == "supporters"]
    assert len({d.where for d in wrong}) == 25
