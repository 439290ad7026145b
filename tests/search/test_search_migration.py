"""What could be found before can be found when a database is brought up to date."""

from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask import Flask
from sqlalchemy import Connection, text

from app.extensions import db
from app.search.queries import matching
from app.search.services import index_matter
from app.search.tokens import index_tokens
from tests.migrating import load_migration

PARTS = [
    (1, "text", "Katuvalaistus kuntoon"),
    (1, "answer", "Uusimme valaisimet leikkipuistossa"),
    (1, "case", "1487/10.03.01/2026"),
    (2, "text", "Leikkipuisto Kallioon"),
]


def one_row_for_each_part(connection: Connection) -> None:
    """The documents as they were."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("DROP TABLE search_index"))
    connection.execute(text("DROP TABLE search_document"))
    columns = "id INTEGER PRIMARY KEY, matter_id INTEGER, part VARCHAR(20), tokens TEXT"
    connection.execute(text(f"CREATE TABLE search_document ({columns})"))
    if connection.dialect.name == "sqlite":
        index = "fts5(tokens, content='search_document', content_rowid='id')"
        connection.execute(text(f"CREATE VIRTUAL TABLE search_index USING {index}"))
    for number, (matter, part, words) in enumerate(PARTS, 1):
        connection.execute(
            text("INSERT INTO search_document VALUES (:number, :matter, :part, :tokens)"),
            {
                "number": number,
                "matter": matter,
                "part": part,
                "tokens": " ".join(index_tokens(words, "fi")),
            },
        )


def hits(query: str) -> list[int]:
    statement = matching(query)
    assert statement is not None
    return sorted(db.session.scalars(statement))


def test_the_parts_of_a_matter_become_one_document(context: Flask) -> None:
    with db.engine.connect().execution_options(kuuluu_write=True) as connection:
        one_row_for_each_part(connection)
        with Operations.context(MigrationContext.configure(connection)):
            load_migration("0016_finding")._join_parts(connection.dialect.name == "sqlite")
        connection.commit()
    assert hits("katuvalaistus leikkipuistossa 1487") == [1]
    assert hits("kuntoon") == [1]
    assert hits("kallioon") == [2]
    index_matter(2, "case_number", "", "1488/10.03.01/2026")
    assert hits("kallioon 1488") == [2]
    assert hits("10.03.01") == [1, 2]
    assert hits("kallioon 1487") == []
