"""Finding matters. What people write becomes tokens first, so it can never be query syntax.

`matching` tells which matters have every word, `rank` how well, `is_many` whether that is worth
asking, and `correct` what was meant when nothing was found.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    case,
    column,
    func,
    intersect,
    literal_column,
    or_,
    select,
    table,
    text,
)

from app.extensions import db
from app.search import typing_errors
from app.search.models import PARTS, PLACES, KnownWord, SearchDocument, TitleToken
from app.search.tokens import Term, has_voikko, pieces, query_terms, query_words

MANY = 5000  # hits; more are too many to be ranked
COUNTED = 10_000  # titles with a token are counted up to here
RARITY = 16  # bits; a word in 2**n titles weighs RARITY - n, at least 1
IN_CASE = 1_000_000
IN_TEXT = 10_000
CLOSE = 40  # known words that are compared letter by letter with one that nothing has
TSQUERY = (" | ", "'", ":*")  # how a term is written: either, quote, star
FTS5 = (" OR ", '"', "*")
LAST = "\U0010ffff"  # beyond every character of a token

# A literal and no parameter, so that PostgreSQL sees the expression that is indexed.
_SIMPLE: ColumnElement[str] = literal_column("'simple'")
_HIGHEST = "SELECT -1 AS place, (SELECT max(matter_id) FROM search_title) AS n"
_COUNT = (
    "SELECT {0}, (SELECT count(*) FROM "
    f"(SELECT 1 FROM search_title WHERE token = :token{{0}} LIMIT {COUNTED}) AS titles)"
)
_FTS = table("search_index", column("rowid"), column("search_index"))


@dataclass(frozen=True)
class Counts:
    """In how many titles tokens stand, and about how many titles there are (the highest number)."""

    of: dict[str, int]
    among: int


def matching(text: str) -> Select[int] | None:
    """The ids of the matters that have every word of the text, each in any of their parts.

    None when there is nothing to look for. The select knows nothing of visibility: the caller
    narrows its own visible matters with it (`Matter.id.in_(...)`).
    """
    terms = query_terms(text)
    return _distinct(_having_all(terms)) if terms else None


def fits(text: str, matter: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a matter of the caller's select has every word, asked for one row after the other.

    Where `is_many` holds, some rows of an order are found so without reading every hit.
    """
    return and_(*(_has(term, matter) for term in query_terms(text)))


def is_many(text: str) -> bool:
    """Whether more than 5 000 matters have every word: then they come newest first, unranked."""
    found = matching(text)
    if found is None:
        return False
    terms = query_terms(text)
    if len(terms) > 1 and _count_some(_in_one_text(terms)) > MANY:
        return True
    return _count_some(found) > MANY


def rank(text: str) -> Select[int, int] | None:
    """The same matters as `matching` with how well they fit, as `matter_id` and `score`.

    First come those whose case number was written, then those that have every word in the text
    (title or body) and not only in the answer. Among these, each word that stands in the title
    counts, and more the fewer titles it stands in. Equal ones the caller puts newest first.
    All of it is counted from what both databases keep, so the order is the same on both.
    None when there is nothing to look for; do not use it when `is_many`.
    """
    terms = query_terms(text)
    if not terms:
        return None
    hits = _distinct(_having_all(terms)).cte("hits")
    matter = hits.c.matter_id
    numbers = [term for term in terms if not term.exact]
    scores = [_in_title(term, matter, weight) for term, weight in _weighed(terms)]
    scores.append(_in_part(terms, "text", matter, IN_TEXT))
    if numbers:
        scores.append(_in_part(numbers, "case", matter, IN_CASE))
    total: Any = sum(scores[1:], scores[0])
    return select(matter.label("matter_id"), total.label("score"))


def correct(text: str, names: Iterable[str] = ()) -> str | None:
    """The text with words that nothing has replaced by close known ones; None if there are none.

    For a search without hits. Known are the words of titles and the given `names` (of places,
    units, services). A word may differ by one letter (taken away, added, changed, two swapped), one
    of six letters or more by two; among equally close ones the one in more titles is taken.
    """
    words = query_words(text)
    unknown = [word for word in words if len(word) >= typing_errors.SHORTEST and not _has_any(word)]
    given = {name for text in names for name in query_words(text)}
    better = {word: best for word in unknown if (best := _closest(word, given)) is not None}
    return " ".join(better.get(word, word) for word in words) if better else None


def count_titles(tokens: Sequence[str]) -> Counts:
    """In how many titles each token stands, counted up to 10 000; one query."""
    # Plain text, since it is different for each number of tokens and asked while somebody types:
    # making it of expressions took longer than running it.
    counts = " UNION ALL ".join(_COUNT.format(number) for number in range(len(tokens)))
    given = {f"token{number}": token for number, token in enumerate(tokens)}
    found = db.session.execute(text(_HIGHEST + (counts and f" UNION ALL {counts}")), given).all()
    numbers = {row.place: row.n or 0 for row in found}
    among = numbers.pop(-1)
    return Counts({tokens[place]: n for place, n in numbers.items()}, among)


def is_finnish_exact() -> bool:
    """Whether Voikko is in use: Finnish words are found by base form, else only by stem."""
    return has_voikko()


def _having_all(terms: Sequence[Term], part: str | None = None) -> CompoundSelect[int]:
    """The matters with every term, or those with every term in one part."""
    # Each term is looked up once and for all; as nested IN, SQLite asks FTS5 again for every row.
    return intersect(*(_having(term, part) for term in terms))


def _distinct(found: CompoundSelect[int]) -> Select[int]:
    return select(found.subquery("found").c.matter_id).distinct()


def _count_some(found: Select[int]) -> int:
    some = found.limit(MANY + 1).subquery()
    return db.session.scalars(select(func.count()).select_from(some)).one()


def _in_one_text(terms: Sequence[Term]) -> Select[int]:
    """The texts that have every term: fewer than all hits, but found without reading all."""
    number, found = _documents(terms)
    return select(number).where(found, number % PLACES == PARTS.index("text"))


def _having(term: Term, part: str | None) -> Select[int]:
    """The matters that have a term."""
    number, found = _documents([term])
    query = select((number // PLACES).label("matter_id")).where(found)
    return query if part is None else query.where(number % PLACES == PARTS.index(part))


def _has(term: Term, matter: ColumnElement[int]) -> ColumnElement[bool]:
    number, found = _documents([term])
    first = matter * PLACES
    return select(number).where(found, number >= first, number < first + PLACES).exists()


def _documents(terms: Sequence[Term]) -> tuple[ColumnElement[int], ColumnElement[bool]]:
    """The documents that have every term, by number, in the way of the database in use."""
    if db.session.get_bind().dialect.name == "postgresql":
        words = " & ".join(f"({_joined(term, *TSQUERY)})" for term in terms)
        document = func.to_tsvector(_SIMPLE, SearchDocument.tokens)
        found = document.bool_op("@@")(func.to_tsquery(_SIMPLE, words))
        return SearchDocument.id.expression, found
    words = " AND ".join(f"({_joined(term, *FTS5)})" for term in terms)
    return _FTS.c.rowid, _FTS.c.search_index.bool_op("MATCH")(words)


def _in_part(
    terms: Sequence[Term], part: str, matter: ColumnElement[int], weight: int
) -> ColumnElement[int]:
    found = _having_all(terms, part).subquery()
    return case((matter.in_(select(found.c.matter_id)), weight), else_=0)


def _in_title(term: Term, matter: ColumnElement[int], weight: int) -> ColumnElement[int]:
    has_it = select(TitleToken.matter_id).where(_is_token(term), TitleToken.matter_id == matter)
    return case((has_it.exists(), weight), else_=0)


def _is_token(term: Term) -> ColumnElement[bool]:
    choices: list[ColumnElement[bool]] = []
    if term.exact:
        choices.append(TitleToken.token.in_(term.exact))
    if term.prefix:
        end = term.prefix + LAST
        choices.append(and_(TitleToken.token >= term.prefix, TitleToken.token < end))
    return or_(*choices)


def _weighed(terms: Sequence[Term]) -> list[tuple[Term, int]]:
    """Each term with its weight by how many titles have its commonest form."""
    counts = count_titles(sorted({token for term in terms for token in term.exact})).of
    weighed = []
    for term in terms:
        most = max((counts[token] for token in term.exact), default=0)
        weighed.append((term, max(1, RARITY - most.bit_length())))
    return weighed


def _has_any(word: str) -> bool:
    found = matching(word)
    return found is not None and db.session.scalars(found.limit(1)).first() is not None


def _closest(word: str, names: set[str]) -> str | None:
    """The known word with the fewest differences, None when all have too many."""
    shared = func.count()
    query = (
        select(KnownWord.word)
        .where(KnownWord.piece.in_(pieces(word)))
        .where(func.length(KnownWord.word).between(len(word) - 2, len(word) + 2))
        .group_by(KnownWord.word)
        .order_by(shared.desc(), KnownWord.word)
        .limit(CLOSE)
    )
    close = typing_errors.closest(word, {*db.session.scalars(query), *names})
    if len(close) < 2:
        return close[0] if close else None
    counts = count_titles(close).of
    return min(close, key=lambda one: (-counts[one], one))


def _joined(term: Term, either: str, quote: str, star: str) -> str:
    """The term in a query language; tokens are letters and digits and need no escape."""
    choices = [f"{quote}{token}{quote}" for token in term.exact]
    if term.prefix:
        choices.append(f"{quote}{term.prefix}{quote}{star}")
    return either.join(choices)
