"""The tables of what can be found. None has a foreign key to the matter: search knows nothing of
the features that use it.
"""

from sqlalchemy import Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model

# Translations and additions come after the first three. Never change the order: ids depend on it.
PARTS = ("text", "answer", "case", "text:fi", "text:sv", "text:en", "added")
PLACES = 8  # numbers that each matter has for its parts
# Compared byte by byte on both databases, so that beginnings are ranges of the index.
TOKEN = String(64).with_variant(String(64, collation="C"), "postgresql")


class SearchDocument(Model):
    """One part of a matter as tokens with spaces between them.

    The id tells the matter and the part (`document_id`), so hits need not read the rows.
    """

    __tablename__ = "search_document"
    __table_args__ = (UniqueConstraint("matter_id", "part"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    matter_id: Mapped[int] = mapped_column(Integer, index=True)
    part: Mapped[str] = mapped_column(String(20))
    tokens: Mapped[str] = mapped_column(Text)


class TitleToken(Model):
    """A token of a matter's title: what ranks hits, and how similar titles are found."""

    __tablename__ = "search_title"
    __table_args__ = (
        Index("ix_search_title_matter_id", "matter_id"),
        {"sqlite_with_rowid": False},
    )

    token: Mapped[str] = mapped_column(TOKEN, primary_key=True)
    matter_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


class KnownWord(Model):
    """A token of some title under each of its three-letter pieces, for words with typing errors."""

    __tablename__ = "search_word"
    __table_args__ = ({"sqlite_with_rowid": False},)

    piece: Mapped[str] = mapped_column(String(3), primary_key=True)
    word: Mapped[str] = mapped_column(TOKEN, primary_key=True)


def document_id(matter_id: int, part: str) -> int:
    """The number of a part of a matter. Raises ValueError for a part that search does not know."""
    return matter_id * PLACES + PARTS.index(part)
