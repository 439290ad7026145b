"""What is put into the search and taken out; both join the command of the change itself."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.core.command import before_commit, command, scratch
from app.extensions import db
from app.search.models import PARTS, KnownWord, SearchDocument, TitleToken
from app.search.tokens import index_tokens, pieces

SHORTEST_KNOWN = 4  # characters; shorter words are too alike to be taken for each other
AT_ONCE = 10_000  # rows of one statement


@command
def index_matter(matter_id: int, part: str, language: str, text: str) -> None:
    """Make a part of a matter findable by this text, in place of what it had before.

    `part` is one of PARTS: "text" (whose first line is the title), "answer", "case_number",
    "text_sv" for a translation, "added" for what the authors added. Raises ValueError for another.
    """
    if part not in PARTS:
        raise ValueError(part)
    document = db.session.get(SearchDocument, matter_id)
    if document is None:
        document = SearchDocument(matter_id=matter_id)
        db.session.add(document)
    setattr(document, part, " ".join(index_tokens(text, language)))
    if part == "text":
        _remove_title(matter_id)
        add_titles({matter_id: index_tokens(text.partition("\n")[0], language)})


@command
def add_titles(titles: dict[int, list[str]]) -> None:
    """Keep the tokens of new titles by matter; their words become known when the command ends."""
    pairs = sorted((token, number) for number, found in titles.items() for token in found)
    rows = [{"token": token, "matter_id": number} for token, number in pairs]
    if rows:
        db.session.execute(insert(TitleToken), rows)
        scratch().setdefault("known_words", set()).update(token for token, _ in pairs)


@command
def remove_matter(matter_id: int) -> None:
    """Take every part of a matter out of the search; nothing happens when it is not there.

    Words of its title that stand in no other one are suggested to nobody any more.
    """
    words = select(TitleToken.token).where(TitleToken.matter_id == matter_id)
    scratch().setdefault("gone_words", set()).update(db.session.scalars(words))
    db.session.execute(delete(SearchDocument).where(SearchDocument.matter_id == matter_id))
    _remove_title(matter_id)


@command
def renew_words() -> int:
    """Know the words of the present titles and no others; returns how many."""
    db.session.execute(delete(KnownWord))
    words = set(db.session.scalars(select(TitleToken.token).distinct()))
    scratch().setdefault("known_words", set()).update(words)
    return len(words)


def word_rows(words: Iterable[str]) -> list[dict[str, str]]:
    """The rows that make words known, in the order in which everybody writes them."""
    known = {w for w in words if len(w) >= SHORTEST_KNOWN and w.isalpha()}
    return [
        {"piece": piece, "word": word}
        for piece, word in sorted((piece, word) for word in known for piece in pieces(word))
    ]


@before_commit(14)
def _forget_words(session: Session, space: dict[str, Any]) -> None:
    """Late and in one order, as they are learned, so that nobody waits for another in a circle."""
    gone = sorted(space.get("gone_words", ()))
    stand = select(TitleToken.token).where(TitleToken.token.in_(gone)).distinct()
    for word in sorted(set(gone) - set(session.scalars(stand))) if gone else ():
        found = (KnownWord.piece.in_(pieces(word)), KnownWord.word == word)
        session.execute(delete(KnownWord).where(*found))


@before_commit(15)
def _learn_words(session: Session, space: dict[str, Any]) -> None:
    """In one order and late, so that two commands with the same new word wait only briefly."""
    rows = word_rows(_unknown(session, space.get("known_words", ())))
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    for start in range(0, len(rows), AT_ONCE):
        statement = dialect.insert(KnownWord).on_conflict_do_nothing()
        session.execute(statement, rows[start : start + AT_ONCE])


def _unknown(session: Session, words: Iterable[str]) -> set[str]:
    wanted = sorted(words)
    known: set[str] = set()
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        firsts = {pieces(word)[0] for word in some}
        query = select(KnownWord.word).where(KnownWord.piece.in_(firsts), KnownWord.word.in_(some))
        known.update(session.scalars(query))
    return set(wanted) - known


def _remove_title(matter_id: int) -> None:
    db.session.execute(delete(TitleToken).where(TitleToken.matter_id == matter_id))
