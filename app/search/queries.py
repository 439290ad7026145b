"""Finding matters. What people write becomes tokens first, so it can never be query syntax."""

from sqlalchemy import ColumnElement, Select, column, func, intersect, literal_column, select, table

from app.extensions import db
from app.search.models import SearchDocument
from app.search.tokens import Term, has_voikko, query_terms

# A literal and no parameter, so that PostgreSQL sees the expression that is indexed.
_SIMPLE: ColumnElement[str] = literal_column("'simple'")
_FTS = table("search_index", column("rowid"), column("search_index"))


def matching(text: str) -> Select[int] | None:
    """The ids of the matters that have every word of the text, each in any of their parts.

    None when there is nothing to look for. The select knows nothing of visibility: the caller
    narrows its own visible matters with it (`Matter.id.in_(...)`).
    """
    terms = query_terms(text)
    if not terms:
        return None
    # Each term is looked up once and for all; as nested IN, SQLite asks FTS5 again for every row.
    found = intersect(*(select(SearchDocument.matter_id).where(_has(term)) for term in terms))
    return select(found.subquery("found").c.matter_id).distinct()


def is_finnish_exact() -> bool:
    """Whether Voikko is in use: Finnish words are found by base form, else only by stem."""
    return has_voikko()


def _has(term: Term) -> ColumnElement[bool]:
    """Whether a document has the term, in the way of the database in use."""
    if db.session.get_bind().dialect.name == "postgresql":
        document = func.to_tsvector(_SIMPLE, SearchDocument.tokens)
        return document.bool_op("@@")(func.to_tsquery(_SIMPLE, _joined(term, " | ", "'", ":*")))
    found = _FTS.c.search_index.bool_op("MATCH")(_joined(term, " OR ", '"', "*"))
    return SearchDocument.id.in_(select(_FTS.c.rowid).where(found))


def _joined(term: Term, either: str, quote: str, star: str) -> str:
    """The term in a query language; tokens are letters and digits and need no escape."""
    choices = [f"{quote}{token}{quote}" for token in term.exact]
    if term.prefix:
        choices.append(f"{quote}{term.prefix}{quote}{star}")
    return either.join(choices)
