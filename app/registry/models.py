"""The series of case numbers."""

from sqlalchemy import Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model


class CaseSeries(Model):
    """The last case number given in a year. Whoever registers locks the year's row."""

    __tablename__ = "case_series"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)
