"""Finding matters, with the same hits on both databases."""

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.core.command import command
from app.extensions import db
from app.search.models import SearchDocument
from app.search.queries import correct, is_finnish_exact, matching
from app.search.services import index_matter, remove_matter

DOCUMENTS = [
    (1, "text", "fi", "Katuvalaistus kuntoon\nPimeällä polulla ei näe mitään."),
    (1, "answer", "fi", "Uusimme valaisimet leikkipuistossa."),
    (1, "case_number", "", "1487/10.03.01/2026"),
    (2, "text", "sv", "Bättre belysning i lekparken"),
    (2, "case_number", "", "1488/10.03.01/2026"),
    (3, "text", "en", "More street lights and a playground"),
    (4, "text", "fi", "Leikkipuisto Kallioon, myös lahti ja sää"),
    (5, "text", "ru", "Освещение во дворе, الإضاءة"),
    (6, "text", "fi", "10e5 1e400 1990luvun a1b2 x_y user@example.org https://example.org/a?b=c"),
]
HITS = [
    ("katuvalaistus", {1}),
    ("belysningen", {2}),
    ("belysning lekpark", {2}),
    ("light", {3}),
    ("playgrounds", {3}),
    ("1487/10.03.01/2026", {1}),
    ("10.03.01", {1, 2}),
    ("1488", {2}),
    ("katuvalaistus 1487", {1}),  # one word in the text, the other in the case number
    ("katuvalaistus 1488", set()),
    ("освещение", {5}),
    ("الإضاءة", {5}),
    ("10e5", {6}),
    ("1e400", {6}),
    ("1990luvun", {6}),
    ("a1b2", {6}),
    ("user@example.org", {6}),
    ("https://example.org/a?b=c", {6}),
    ("lähti", set()),
    ("saa", set()),
]
FINNISH_HITS = [
    ("valaistuksesta", {1}),
    ("katuvalaistuksen", {1}),
    ("valaistus", {1}),
    ("leikkipuistossa", {1, 4}),
    ("leikkipuisto", {1, 4}),
    ("puistoja", {1, 4}),
    ("valaisin puisto", {1}),
    ("polut", {1}),
]
SYNTAX = [
    ("katuvalaistus'", {1}),
    ("katuvalaistus:*", {1}),
    ("katuvalaistus*", {1}),
    ("(katuvalaistus", {1}),
    ("^katuvalaistus", {1}),
    ("-katuvalaistus", {1}),
    ("katuvalaistus \\", {1}),
    ("katuvalaistus \x00", {1}),
    ("\ud800katuvalaistus", {1}),
    ("katuvalaistus <-> kuntoon", {1}),
    ("katuvalaistus & !kuntoon | (", {1}),
    ('katuvalaistus" OR "belysning', set()),
    ("katuvalaistus OR belysning", set()),
    ("katuvalaistus | belysning", set()),
    ("katuvalaistus & !belysning", set()),
    ("katuvalaistus NOT belysning", set()),
    ("NEAR(katuvalaistus kuntoon)", set()),
    ("tokens:katuvalaistus", set()),
    ("{tokens}: katuvalaistus", set()),
    ("katuvalaistus'; DROP TABLE search_document; --", set()),
    ("%s %(a)s :a ? {0}", set()),
]


@pytest.fixture
def documents(context: Flask) -> None:
    """The documents, indexed in one command."""

    @command
    def index_all() -> None:
        for document in DOCUMENTS:
            index_matter(*document)

    index_all()


def hits(query: str) -> set[int]:
    """The matters found."""
    statement = matching(query)
    assert statement is not None
    found = list(db.session.scalars(statement))
    assert len(found) == len(set(found))
    return set(found)


@pytest.mark.usefixtures("documents")
def test_hits() -> None:
    assert {query: hits(query) for query, _ in HITS} == dict(HITS)


@pytest.mark.skipif(not is_finnish_exact(), reason="libvoikko is not installed")
@pytest.mark.usefixtures("documents")
def test_finnish_hits() -> None:
    assert {query: hits(query) for query, _ in FINNISH_HITS} == dict(FINNISH_HITS)


@pytest.mark.usefixtures("documents")
def test_every_text_finds_itself() -> None:
    for matter_id, _, _, content in DOCUMENTS:
        assert matter_id in hits(content)


@pytest.mark.usefixtures("documents")
def test_query_syntax_is_only_words() -> None:
    assert {query: hits(query) for query, _ in SYNTAX} == dict(SYNTAX)


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize("query", ["", " \n", "\x00", '"*"', "🙂"])
def test_nothing_to_look_for(query: str) -> None:
    assert matching(query) is None


@pytest.mark.usefixtures("documents")
def test_a_part_is_replaced() -> None:
    index_matter(2, "text", "sv", "Cykelvägar")
    assert hits("belysning") == set()
    assert hits("cykelväg") == {2}
    assert hits("1488") == {2}
    document = db.session.get(SearchDocument, 2)
    assert document is not None
    assert "cykelvägar" in document.text
    assert document.case_number


@pytest.mark.usefixtures("documents")
def test_a_part_can_become_empty() -> None:
    index_matter(2, "text", "sv", "")
    assert hits("belysning") == set()
    assert hits("1488") == {2}


@pytest.mark.usefixtures("documents")
def test_a_removed_matter_is_not_found() -> None:
    remove_matter(1)
    remove_matter(77)
    assert hits("katuvalaistus") == set()
    assert hits("1487") == set()
    assert hits("belysningen") == {2}


@pytest.mark.usefixtures("documents")
def test_words_of_a_removed_title_are_suggested_no_more() -> None:
    index_matter(7, "text", "fi", "Penkit kuntoon\nVanhat penkit ovat rikki.")
    assert correct("katuvalaistsu") == "katuvalaistus"
    remove_matter(1)
    assert correct("katuvalaistsu") is None
    assert correct("kuntoom") == "kuntoon", "it stands in another title"
    remove_matter(7)
    assert correct("kuntoom") is None


@pytest.mark.usefixtures("documents")
def test_a_command_that_fails_leaves_the_search_as_it_was() -> None:
    @command
    def fail() -> None:
        remove_matter(1)
        index_matter(2, "text", "sv", "Cykelvägar")
        raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert hits("katuvalaistus") == {1}
    assert hits("cykelvägar") == set()


@pytest.mark.usefixtures("documents")
def test_the_select_narrows_another() -> None:
    found = matching("1487")
    assert found is not None
    numbers = select(SearchDocument.case_number).where(SearchDocument.matter_id.in_(found))
    assert "1487x10x03x01x2026x" in db.session.scalars(numbers).one()


@pytest.mark.usefixtures("documents")
def test_postgresql_can_use_its_index(dialect: str) -> None:
    if dialect != "postgresql":
        pytest.skip("FTS5 has no other way")
    db.session.execute(text("SET LOCAL enable_seqscan = off"))
    found = matching("belysning")
    assert found is not None
    compiled = str(found.compile(db.engine, compile_kwargs={"literal_binds": True}))
    plan = "\n".join(db.session.scalars(text("EXPLAIN " + compiled.replace(":", "\\:"))))
    assert "ix_search_document_vector" in plan


@pytest.mark.usefixtures("documents")
def test_fts5_agrees_with_its_content(dialect: str) -> None:
    if dialect != "sqlite":
        pytest.skip("PostgreSQL keeps its index itself")
    index_matter(2, "text", "sv", "Cykelvägar")
    remove_matter(1)
    check = "INSERT INTO search_index(search_index, rank) VALUES ('integrity-check', 1)"
    db.session.execute(text(check))
