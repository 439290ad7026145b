"""The series of case numbers, and which matter is handled with which."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model


class CaseSeries(Model):
    """The last case number given in a year. Whoever registers locks the year's row."""

    __tablename__ = "case_series"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)


class MergedMatter(Model):
    """A matter that is handled with another one; follows from the journal."""

    __tablename__ = "merged_matter"
    __table_args__ = (
        CheckConstraint("matter_id <> into_id", name="another"),
        Index("ix_merged_matter_into_id", "into_id"),
    )

    matter_id: Mapped[int] = mapped_column(
        ForeignKey("matter.id"), primary_key=True, autoincrement=False
    )
    into_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
