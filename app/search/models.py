"""The table of what can be found."""

from sqlalchemy import Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model


class SearchDocument(Model):
    """One part of a matter as tokens with spaces between them.

    There is no foreign key to the matter: search knows nothing of the features that use it.
    """

    __tablename__ = "search_document"
    __table_args__ = (UniqueConstraint("matter_id", "part"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(Integer, index=True)
    part: Mapped[str] = mapped_column(String(20))
    tokens: Mapped[str] = mapped_column(Text)
