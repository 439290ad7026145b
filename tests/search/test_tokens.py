"""What texts and queries become."""

import threading
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.search.tokens import LONGEST_TOKEN, MOST_TERMS, Term, has_voikko, index_tokens, query_terms
from app.search.voikko import compound_parts, whole_bases

finnish = pytest.mark.skipif(not has_voikko(), reason="libvoikko is not installed")


def finds(query: str, text: str, language: str) -> bool:
    """Whether every term of the query has a token of the text."""
    tokens = index_tokens(text, language)
    return all(
        any(t in term.exact or (term.prefix and t.startswith(term.prefix)) for t in tokens)
        for term in query_terms(query)
    )


@finnish
@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("valaistuksesta", "valaistus"),
        ("valaistuksesta", "katuvalaistus"),
        ("valaistus", "Katuvalaistuksen uusiminen"),
        ("leikkipuistossa", "leikkipuisto"),
        ("puisto", "leikkipuistossa"),
        ("leikki", "leikkipuistossa"),
        ("aloite", "kuntalaisaloitteita"),
        ("kuntalainen", "kuntalaisaloitteita"),
        ("pyöräilijä", "työmatkapyöräilijöiden"),
        ("väylä", "kevyenliikenteenväylän"),
        ("linja-auto", "linja-autopysäkillä"),
        ("avustukset", "EU-avustusten"),
        ("HELSINKI", "Helsingissä"),
        ("EU", "EU:n"),
        ("EU:n", "EU"),
    ],
)
def test_finnish_is_found_by_base_form_and_by_part(query: str, text: str) -> None:
    assert finds(query, text, "fi")


@finnish
@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("leikkipuisto", "puisto"),
        ("katuvalaistus", "valaistus"),
        ("suoda", "suojatie"),  # Voikko reads suo-ja-tie too
        ("valo", "valaistus"),
        ("lähde", "lahti"),
        ("sää", "saa"),
        ("talli", "tälli"),
    ],
)
def test_finnish_is_not_found_by_what_it_is_not(query: str, text: str) -> None:
    assert not finds(query, text, "fi")


@pytest.mark.parametrize(
    ("query", "text", "language"),
    [
        ("belysning", "belysningen", "sv"),
        ("belysningen", "belysning", "sv"),
        ("lekparken", "Lekparker åt alla", "sv"),
        ("skolan", "skola", "sv"),
        ("lights", "Street lighting, more light", "en"),
        ("Harjukylässä", "Harjukylän koulu", "fi"),
        ("kissa", "kissa", "xx"),
        ("belysningen", "belysning", "xx"),
        ("lights", "light", ""),
    ],
)
def test_stems_are_found_in_their_language(query: str, text: str, language: str) -> None:
    assert finds(query, text, language)


@finnish
def test_unknown_language_gets_the_forms_of_all() -> None:
    tokens = index_tokens("valoista belysningen lights", "")
    assert {"valo", "belysning", "light"} <= set(tokens)


@pytest.mark.parametrize("query", ["skäl", "skål"])
def test_letters_with_marks_stay_apart(query: str) -> None:
    assert not finds(query, "skal", "sv")
    assert finds(unicodedata.normalize("NFD", query), query.upper(), "sv")


def test_marks_that_no_letter_takes_in_are_left_out() -> None:
    assert finds("istanbul", "İstanbul", "en")


@pytest.mark.parametrize(
    "query",
    ["1487/10.03.01/2026", "1487/10.03.01", "10.03.01", "1487", "asia 1487/10.03.01/2026"],
)
def test_case_number_is_found_whole_and_in_part(query: str) -> None:
    assert finds(query, "Asia 1487/10.03.01/2026.", "fi")


@pytest.mark.parametrize("query", ["1487/10.03.01/2025", "1487/10.0", "148", "2026/1487"])
def test_case_number_is_not_found_by_another(query: str) -> None:
    assert not finds(query, "Asia 1487/10.03.01/2026.", "fi")


def test_date_is_not_the_beginning_of_a_time() -> None:
    assert finds("9.3.", "kokous 9.3.2026", "fi")
    assert not finds("9.3.", "kello 9.30", "fi")


@pytest.mark.parametrize("text", ["", "  ", "\x00", '"*():^-', "\ud800", "½ ²", "🙂"])
def test_nothing_to_look_for(text: str) -> None:
    assert index_tokens(text, "fi") == []
    assert query_terms(text) == []


def test_only_unknown_words_are_taken_as_beginnings() -> None:
    assert query_terms("bus") == [Term(("bus",))]
    assert query_terms("2026") == [Term(("2026",))]
    assert query_terms("kyrkslätt")[0].prefix


def test_long_queries_and_words_are_cut() -> None:
    assert len(query_terms(" ".join(f"sana{n}" for n in range(100)))) == MOST_TERMS
    assert max(map(len, index_tokens("ä" * 5000 + " " + "1." * 5000, ""))) == LONGEST_TOKEN
    assert finds("ä" * 5000, "ä" * 5000, "fi")


def test_parts_follow_the_structure_of_the_word() -> None:
    assert compound_parts("katuvaloja", "katuvalo", "=pppp=pppppp") == ["katu", "valo"]
    assert compound_parts("uudenvuoden", "uusivuosi", "=ppppp=pppppp") == []
    assert whole_bases(["suoda", "+ja", "tie"]) == ["tie"]
    assert whole_bases(["järven=pää"]) == ["järvenpää"]


@given(st.text())
def test_tokens_are_letters_and_digits_and_a_text_finds_itself(text: str) -> None:
    assert all(c.isalpha() or c.isdecimal() for t in index_tokens(text, "") for c in t)
    assert finds(text, text, "fi")
    assert finds(text, text, "")


def test_threads_have_tools_of_their_own() -> None:
    words = [f"{head}valaistuksesta" for head in ("katu", "piha", "puisto", "tie", "silta")]
    expected = [index_tokens(word, "fi") for word in words]
    failures: list[str] = []

    def work(number: int) -> None:
        for turn in range(100):
            fresh = f"{number}x{turn}"  # not in the cache, so that the analyser works
            if index_tokens(fresh, "fi")[0] != fresh:
                failures.append(fresh)
            if [index_tokens(word, "fi") for word in words] != expected:
                failures.append("words")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
