"""The tables of what can be found. None has a foreign key to the matter: search knows nothing of
the features that use it.
"""

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model

# The parts of a matter, each a column of its document.
PARTS = ("text", "answer", "case_number", "text_fi", "text_sv", "text_en", "added")
# Compared byte by byte on both databases, so that beginnings are ranges of the index.
TOKEN = String(64).with_variant(String(64, collation="C"), "postgresql")


class SearchDocument(Model):
    """A matter as tokens with spaces between them, those of each part in a column.

    One row holds all parts, so the databases' own indexes tell which matters have every word of a
    query, however common each is. SQLite indexes the columns with FTS5; PostgreSQL makes a column
    `vector` of them, in which the text weighs A and the case number B, and indexes it with GIN.
    """

    __tablename__ = "search_document"

    matter_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(Text, default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    case_number: Mapped[str] = mapped_column(Text, default="")
    text_fi: Mapped[str] = mapped_column(Text, default="")
    text_sv: Mapped[str] = mapped_column(Text, default="")
    text_en: Mapped[str] = mapped_column(Text, default="")
    added: Mapped[str] = mapped_column(Text, default="")


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
