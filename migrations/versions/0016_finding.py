"""What finding and similarity need: all parts of a matter in one document, tokens of titles, words

Titles that stand in the search already get their tokens here.
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

PARTS = ("text", "answer", "case_number", "text_fi", "text_sv", "text_en", "added")
COLUMNS = ", ".join(PARTS)
KEEP = (
    "CREATE TEMPORARY TABLE search_part AS SELECT matter_id, part, tokens FROM search_document",
    "DROP TABLE search_document",
)
FILL = (
    "INSERT INTO search_document (matter_id, text, answer, case_number, text_fi, text_sv, text_en, "
    "added) SELECT matter_id, max(CASE part WHEN 'text' THEN tokens ELSE '' END), "
    "max(CASE part WHEN 'answer' THEN tokens ELSE '' END), "
    "max(CASE part WHEN 'case' THEN tokens ELSE '' END), '', '', '', '' "
    "FROM search_part GROUP BY matter_id",
    "DROP TABLE search_part",
)
PUT = (
    f"INSERT INTO search_index(rowid, {COLUMNS}) "
    f"VALUES (new.matter_id, {', '.join(f'new.{part}' for part in PARTS)});"
)
TAKE = (
    f"INSERT INTO search_index(search_index, rowid, {COLUMNS}) "
    f"VALUES ('delete', old.matter_id, {', '.join(f'old.{part}' for part in PARTS)});"
)
SQLITE = (
    f"CREATE VIRTUAL TABLE search_index USING fts5({COLUMNS}, content='search_document', "
    "content_rowid='matter_id', tokenize='unicode61 remove_diacritics 0')",
    "INSERT INTO search_index(search_index) VALUES ('rebuild')",
    f"CREATE TRIGGER search_document_inserted AFTER INSERT ON search_document BEGIN {PUT} END",
    f"CREATE TRIGGER search_document_deleted AFTER DELETE ON search_document BEGIN {TAKE} END",
    "CREATE TRIGGER search_document_updated AFTER UPDATE ON search_document "
    f"BEGIN {TAKE} {PUT} END",
)
OTHERS = " || ' ' || ".join(part for part in PARTS if part not in ("text", "case_number"))
POSTGRESQL = (
    "ALTER TABLE search_document ADD COLUMN vector tsvector NOT NULL GENERATED ALWAYS AS ("
    "setweight(to_tsvector('simple', text), 'A') || "
    "setweight(to_tsvector('simple', case_number), 'B') || "
    f"to_tsvector('simple', {OTHERS})) STORED",
    "CREATE INDEX ix_search_document_vector ON search_document USING gin (vector)",
)
AT_ONCE = 2000


def upgrade() -> None:
    connection = op.get_bind()
    is_sqlite = connection.dialect.name == "sqlite"
    _join_parts(is_sqlite)
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


def _join_parts(is_sqlite: bool) -> None:
    """One document for a matter in place of one for each of its parts, and its index anew."""
    if is_sqlite:
        op.execute("DROP TABLE search_index")
    for statement in KEEP:
        op.execute(statement)
    op.create_table(
        "search_document",
        sa.Column("matter_id", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(part, sa.Text(), nullable=False) for part in PARTS),
        sa.PrimaryKeyConstraint("matter_id", name=op.f("pk_search_document")),
    )
    for statement in (*FILL, *(SQLITE if is_sqlite else POSTGRESQL)):
        op.execute(statement)


def _titles(connection: sa.Connection) -> Iterator[list[dict[str, object]]]:
    """The tokens of the titles that can be found, a part of them at a time."""
    query = sa.text(
        "SELECT m.id, m.language, m.title FROM matter m JOIN search_document d "
        "ON d.matter_id = m.id AND d.text <> '' WHERE m.id > :after ORDER BY m.id LIMIT :n"
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
