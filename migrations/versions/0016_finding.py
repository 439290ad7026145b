"""What finding and similarity need: numbered parts, tokens of titles, known words

A document's number becomes that of its matter and part, so hits need not read the rows. Titles that
stand in the search already get their tokens here.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from app.search.services import word_rows
from app.search.tokens import index_tokens

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

PUT = "INSERT INTO search_index(rowid, tokens) VALUES (new.id, new.tokens);"
TAKE = (
    "INSERT INTO search_index(search_index, rowid, tokens) VALUES ('delete', old.id, old.tokens);"
)
TRIGGER = "CREATE TRIGGER search_document_updated AFTER UPDATE ON search_document BEGIN "
# Negative first, or a new number could still be another one's old number.
RENUMBER = (
    "UPDATE search_document SET id = -(matter_id * 8 + "
    "CASE part WHEN 'text' THEN 0 WHEN 'answer' THEN 1 ELSE 2 END)",
    "UPDATE search_document SET id = -id",
)
SQLITE = (
    "DROP TRIGGER search_document_updated",
    *RENUMBER,
    "INSERT INTO search_index(search_index) VALUES ('rebuild')",
    f"{TRIGGER}{TAKE} {PUT} END",
)
POSTGRESQL = (
    *RENUMBER,
    "ALTER TABLE search_document ALTER COLUMN id DROP DEFAULT",
    "DROP SEQUENCE IF EXISTS search_document_id_seq",
)
AT_ONCE = 2000


def upgrade() -> None:
    connection = op.get_bind()
    is_sqlite = connection.dialect.name == "sqlite"
    for statement in SQLITE if is_sqlite else POSTGRESQL:
        op.execute(statement)
    token = sa.String(64) if is_sqlite else sa.String(64, collation="C")
    title = op.create_table(
        "search_title",
        sa.Column("token", token, nullable=False),
        sa.Column("matter_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("token", "matter_id", name=op.f("pk_search_title")),
        sqlite_with_rowid=False,
    )
    known = op.create_table(
        "search_word",
        sa.Column("piece", sa.String(3), nullable=False),
        sa.Column("word", token, nullable=False),
        sa.PrimaryKeyConstraint("piece", "word", name=op.f("pk_search_word")),
        sqlite_with_rowid=False,
    )
    words: set[str] = set()
    for rows in _titles(connection):
        connection.execute(sa.insert(title), rows)
        words.update(row["token"] for row in rows)
    if rows := word_rows(words):
        connection.execute(sa.insert(known), rows)
    op.create_index("ix_search_title_matter_id", "search_title", ["matter_id"])


def _titles(connection: sa.Connection) -> Iterator[list[dict[str, object]]]:
    """The tokens of the titles that can be found, a part of them at a time."""
    query = sa.text(
        "SELECT m.id, m.language, m.title FROM matter m JOIN search_document d "
        "ON d.matter_id = m.id AND d.part = 'text' WHERE m.id > :after ORDER BY m.id LIMIT :n"
    )
    after = 0
    while found := connection.execute(query, {"after": after, "n": AT_ONCE}).all():
        after = found[-1].id
        yield [
            {"token": token, "matter_id": row.id}
            for row in found
            for token in index_tokens(row.title, row.language)
        ]


def downgrade() -> None:
    raise RuntimeError("the journal cannot be taken back")
