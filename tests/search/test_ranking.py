"""The order of hits, words with typing errors, and a search without Voikko."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.core.command import command
from app.extensions import db
from app.search import queries, services, tokens, typing_errors

DOCUMENTS = [
    (1, "text", "fi", "Penkkejä rantaan\nMyös suojatie olisi hyvä."),
    (2, "text", "fi", "Suojatie Tapiolan koululle\nAutot ajavat lujaa."),
    (3, "text", "fi", "Penkkejä torille\nVanhukset istuisivat."),
    (3, "answer", "", "Suojatien paikka tutkitaan."),
    (4, "text", "fi", "Suojatie Kivenlahteen"),
    (4, "case_number", "", "17/10.03.01/2026"),
    (5, "text", "fi", "Numero 17/10.03.01/2026 on minun\nSuojatiestä."),
]


@pytest.fixture
def documents(context: Flask) -> None:
    """The documents, indexed in one command."""

    @command
    def index_all() -> None:
        for document in DOCUMENTS:
            services.index_matter(*document)

    index_all()


def ranked(text: str) -> list[int]:
    """The matters in the order of a list."""
    found = queries.rank(text)
    assert found is not None
    hits = found.subquery()
    order = select(hits.c.matter_id).order_by(hits.c.score.desc(), hits.c.matter_id.desc())
    return list(db.session.scalars(order))


@pytest.mark.usefixtures("documents")
def test_title_comes_before_text_and_text_before_answer() -> None:
    assert ranked("suojatie") == [4, 2, 5, 1, 3]
    assert ranked("suojatie tapiola")[0] == 2
    assert ranked("17/10.03.01/2026") == [4, 5]
    assert queries.rank("!") is None
    services.remove_matter(4)
    assert ranked("suojatie") == [2, 5, 1, 3]


@pytest.mark.usefixtures("documents")
def test_many_hits_are_told_without_ranking_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not queries.is_many("suojatie")
    monkeypatch.setattr(queries, "MANY", 4)
    assert queries.is_many("suojatie")
    assert not queries.is_many("")


@pytest.mark.usefixtures("documents")
def test_typing_errors_are_set_right_only_where_nothing_was_found() -> None:
    assert queries.correct("Tapoila") == "tapiola"
    assert queries.correct("sujatie tapiloa") == "suojatie tapiola"
    assert queries.correct("suojatie") is None
    assert queries.correct("qwertyxz") is None
    assert queries.correct("Mätinkylä") is None
    assert queries.correct("Mätinkylä", ["Matinkylä"]) == "matinkylä"
    services.remove_matter(2)
    services.renew_words()
    assert queries.correct("Tapoila") is None


@given(st.text("abcåä", max_size=8), st.text("abcåä", max_size=8))
def test_distance_is_a_number_of_slips(one: str, other: str) -> None:
    n = typing_errors.distance(one, other)
    assert n == typing_errors.distance(other, one)
    assert (n == 0) == (one == other)
    assert abs(len(one) - len(other)) <= n <= max(len(one), len(other))
    assert typing_errors.distance("ab" + one, "ba" + one) == 1


def test_health_tells_whether_finnish_is_exact(client: FlaskClient) -> None:
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json == {
        "database": True,
        "voikko": queries.is_finnish_exact(),
        "mail_waits_seconds": 0,
    }
    assert "Set-Cookie" not in answer.headers


@pytest.fixture
def without_voikko(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that has no libvoikko."""
    monkeypatch.setattr(tokens._tools, "voikko", None)
    for cache in (tokens._analyse, tokens._word):
        cache.cache_clear()
        monkeypatch.setattr(tokens, cache.__name__, cache)


@pytest.mark.usefixtures("without_voikko", "documents")
def test_without_voikko_stems_are_found_and_the_health_page_says_so(client: FlaskClient) -> None:
    try:
        assert ranked("suojatiet")[:2] == [4, 2]
        assert ranked("penkki") == [3, 1]
        assert not queries.is_finnish_exact()
    finally:
        tokens._analyse.cache_clear()
        tokens._word.cache_clear()
