"""The search index: FTS5 kept by triggers on SQLite, an expression index on PostgreSQL

Diacritics stay: by default FTS5 would take ä for a.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PUT = "INSERT INTO search_index(rowid, tokens) VALUES (new.id, new.tokens);"
TAKE = (
    "INSERT INTO search_index(search_index, rowid, tokens) VALUES ('delete', old.id, old.tokens);"
)

SQLITE = (
    "CREATE VIRTUAL TABLE search_index USING fts5(tokens, content='search_document', "
    "content_rowid='id', tokenize='unicode61 remove_diacritics 0')",
    f"CREATE TRIGGER search_document_inserted AFTER INSERT ON search_document BEGIN {PUT} END",
    f"CREATE TRIGGER search_document_deleted AFTER DELETE ON search_document BEGIN {TAKE} END",
    "CREATE TRIGGER search_document_updated AFTER UPDATE ON search_document "
    f"BEGIN {TAKE} {PUT} END",
)

POSTGRESQL = (
    "CREATE INDEX ix_search_document_tokens ON search_document "
    "USING gin (to_tsvector('simple', tokens))",
)


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE if is_sqlite else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("the journal cannot be taken back")
