"""The index that no model can describe, as statements for the migrations.

SQLite has an FTS5 table whose content is `search_document`, kept up to date by triggers;
PostgreSQL has a GIN index on the expression that `queries.matching` asks. Diacritics stay: by
default FTS5 would take ä for a.
"""

_PUT = "INSERT INTO search_index(rowid, tokens) VALUES (new.id, new.tokens);"
_TAKE = (
    "INSERT INTO search_index(search_index, rowid, tokens) VALUES ('delete', old.id, old.tokens);"
)

_CREATE = {
    "sqlite": [
        "CREATE VIRTUAL TABLE search_index USING fts5(tokens, content='search_document', "
        "content_rowid='id', tokenize='unicode61 remove_diacritics 0')",
        f"CREATE TRIGGER search_document_inserted AFTER INSERT ON search_document BEGIN {_PUT} END",
        f"CREATE TRIGGER search_document_deleted AFTER DELETE ON search_document BEGIN {_TAKE} END",
        "CREATE TRIGGER search_document_updated AFTER UPDATE ON search_document "
        f"BEGIN {_TAKE} {_PUT} END",
    ],
    "postgresql": [
        "CREATE INDEX ix_search_document_tokens ON search_document "
        "USING gin (to_tsvector('simple', tokens))",
    ],
}

_DROP = {
    "sqlite": [
        "DROP TRIGGER search_document_updated",
        "DROP TRIGGER search_document_deleted",
        "DROP TRIGGER search_document_inserted",
        "DROP TABLE search_index",
    ],
    "postgresql": ["DROP INDEX ix_search_document_tokens"],
}


def statements(dialect: str) -> list[str]:
    """What builds the index once `search_document` stands; KeyError for another dialect."""
    return _CREATE[dialect]


def drop_statements(dialect: str) -> list[str]:
    """What takes the index away again, before its table goes; KeyError for another dialect."""
    return _DROP[dialect]
