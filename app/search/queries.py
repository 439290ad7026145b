"""Finding matters. What people write becomes tokens first, so it can never be query syntax.

`is_among` tells which matters have every word, `rank` how well, `is_many` whether that is worth
asking, and `correct` what was meant when nothing was found.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    any_,
    case,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
    text,
)

from app.extensions import db
from app.search import typing_errors
from app.search.models import KnownWord, TitleToken
from app.search.tokens import Term, has_voikko, pieces, query_terms, query_words

MANY = 5000  # hits; more are too many to be ranked
COUNTED = 10_000  # titles with a token are counted up to here
RARITY = 16  # bits; a word in 2**n titles weighs RARITY - n, at least 1
IN_CASE = 1_000_000
IN_TEXT = 10_000
CLOSE = 40  # known words that are compared letter by letter with one that nothing has
# How terms are written for each database: both, either, a token, a beginning. PostgreSQL knows the
# parts by which hits are ranked by their weights.
FTS5 = (" AND ", " OR ", '"{}"', '"{}"*')
TSQUERY = {
    None: (" & ", " | ", "'{}'", "'{}':*"),
    "text": (" & ", " | ", "'{}':A", "'{}':*A"),
    "case_number": (" & ", " | ", "'{}':B", "'{}':*B"),
}
LAST = "\U0010ffff"  # beyond every character of a token

# A literal and no parameter, so that PostgreSQL sees the expression that is indexed.
_SIMPLE: ColumnElement[str] = literal_column("'simple'")
_HIGHEST = "SELECT -1 AS place, (SELECT max(matter_id) FROM search_title) AS n"
_COUNT = (
    "SELECT {0}, (SELECT count(*) FROM "
    f"(SELECT 1 FROM search_title WHERE token = :token{{0}} LIMIT {COUNTED}) AS titles)"
)
_FTS5 = table("search_index", column("rowid"), column("search_index"))
_GIN = table("search_document", column("matter_id"), column("vector"))


@dataclass(frozen=True)
class Counts:
    """In how many titles tokens stand, and about how many titles there are (the highest number)."""

    of: dict[str, int]
    among: int


def matching(text: str) -> Select[int] | None:
    """The ids of the matters that have every word of the text, each in any of their parts.

    None when there is nothing to look for. The select knows nothing of visibility: the caller
    narrows its own visible matters with it (`is_among`).
    """
    terms = query_terms(text)
    if not terms:
        return None
    number, found = _documents(terms)
    return select(number.label("matter_id")).where(found)


def is_among(text: str, matter: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a matter of the caller's select is one of those that `matching` tells."""
    number, found = _documents(query_terms(text))
    return matter.in_(select(number).where(found))


def is_one_of_few(text: str, matter: ColumnElement[int]) -> ColumnElement[bool]:
    """The same where `is_many` does not hold: their rows are looked up, and no others read."""
    number, found = _documents(query_terms(text))
    hits = select(number).where(found)
    # Of a subquery, PostgreSQL would read every row there is; SQLite would not, and has no arrays.
    is_array = number.table is _GIN
    return matter == any_(func.array(hits.scalar_subquery())) if is_array else matter.in_(hits)


def fits(text: str, matter: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a matter of the caller's select has every word, asked for one row after the other.

    Where `is_many` holds, some rows of an order are found so without reading every hit.
    """
    number, found = _documents(query_terms(text))
    return select(number).where(found, number == matter).exists()


def is_many(text: str) -> bool:
    """Whether more than 5 000 matters have every word: then they come newest first, unranked."""
    found = matching(text)
    if found is None:
        return False
    some = found.limit(MANY + 1).subquery()
    return db.session.scalars(select(func.count()).select_from(some)).one() > MANY


def rank(text: str) -> Select[int, int] | None:
    """The same matters as `matching` with how well they fit, as `matter_id` and `score`.

    First come those whose case number was written, then those that have every word in the text
    (title or body) and not only in the answer. Among these, each word that stands in the title
    counts, and more the fewer titles it stands in. Among equal ones the highest number is first.
    The select is in this order, so that a caller who wants the first ones in it looks at no others.
    All of it is counted from what both databases keep, so the order is the same on both.
    None when there is nothing to look for; do not use it when `is_many`.
    """
    terms = query_terms(text)
    if not terms:
        return None
    number, found = _documents(terms)
    numbers = [term for term in terms if not term.exact]
    scores = [_in_title(term, number, weight) for term, weight in _weighed(terms)]
    scores.append(_in_part(terms, "text", IN_TEXT))
    if numbers:
        scores.append(_in_part(numbers, "case_number", IN_CASE))
    total: Any = sum(scores[1:], scores[0])
    score = total.label("score")
    ranked = select(number.label("matter_id"), score).where(found)
    return ranked.order_by(score.desc(), number.desc())


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


def _documents(
    terms: Sequence[Term], part: str | None = None
) -> tuple[ColumnElement[int], ColumnElement[bool]]:
    """The documents that have every term, by number, in the way of the database in use."""
    if db.session.get_bind().dialect.name == "postgresql":
        asked = func.to_tsquery(_SIMPLE, _written(terms, TSQUERY[part]))
        return _GIN.c.matter_id, _GIN.c.vector.bool_op("@@")(asked)
    words = _written(terms, FTS5)
    question = f"{{{part}}} : ({words})" if part else words
    return _FTS5.c.rowid, _FTS5.c.search_index.bool_op("MATCH")(question)


def _in_part(terms: Sequence[Term], part: str, weight: int) -> ColumnElement[int]:
    number, found = _documents(terms, part)
    if number.table is _FTS5:  # which answers one question in a select
        found = number.in_(select(number).where(found).correlate(None))
    return case((found, weight), else_=0)


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


def _written(terms: Sequence[Term], form: tuple[str, str, str, str]) -> str:
    """Terms in a query language; tokens are letters and digits and need no escape."""
    both, either, exact, beginning = form
    choices = [[exact.format(token) for token in term.exact] for term in terms]
    for term, some in zip(terms, choices, strict=True):
        some += [beginning.format(term.prefix)] if term.prefix else []
    return both.join(f"({either.join(some)})" for some in choices)
