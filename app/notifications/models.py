"""The table of steps whose mails are being written."""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.types import UtcDateTime
from app.extensions import Model

NEWS = timedelta(days=7)  # what is older is no news to anybody


class News(Model):
    """A step of a matter that is told by mail, gone when everybody has been written to.

    Whoever has a number up to `after` has been. `failures` and `problem` (the kind and place of
    the error) are for administrators.
    """

    __tablename__ = "news"
    __table_args__ = (Index("ix_news_next_try_at", "next_try_at"),)

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    kind: Mapped[str] = mapped_column(String(40))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    after: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    problem: Mapped[str | None] = mapped_column(String(120))

    @staticmethod
    def is_fresh() -> ColumnElement[bool]:
        """Whether a step is still news; mails about an older one are given up."""
        return News.recorded_at >= clock.now() - NEWS
