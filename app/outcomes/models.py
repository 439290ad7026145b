"""Tables of residents' verdicts, of how well they understood an answer, and of measurements."""

import enum
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core import labels
from app.core.types import UtcDateTime, enum_column
from app.extensions import Model

WORDS_LIMIT = 1000
VALUE_LIMIT = 40


class Verdict(enum.StrEnum):
    """Whether what was done helped."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


labels.name(
    {Verdict.YES: _l("Yes"), Verdict.PARTLY: _l("Partly"), Verdict.NO: _l("No")},
)


class GivenVerdict(Model):
    """One person's verdict on one matter. `is_current` ends when the matter is reopened."""

    __tablename__ = "verdict"
    __table_args__ = (
        Index("ix_verdict_person_id", "person_id"),
        Index("ix_verdict_counted", "matter_id", "is_current", "verdict"),
    )

    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    verdict: Mapped[Verdict] = mapped_column(enum_column(Verdict))
    words: Mapped[str] = mapped_column(String(WORDS_LIMIT), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_current: Mapped[bool] = mapped_column(default=True)


class Measurement(Model):
    """What was measured some months after implementing; `value` is a decimal number as written.

    `is_current` ends when the matter is reopened, and the next implementing is measured anew.
    """

    __tablename__ = "measurement"
    __table_args__ = (Index("ix_measurement_matter_id", "matter_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    months: Mapped[int] = mapped_column(Integer)
    value: Mapped[str] = mapped_column(String(VALUE_LIMIT))
    note: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_current: Mapped[bool] = mapped_column(default=True)


class Understanding(Model):
    """How well one person understood the reasons of one version of an answer, 1 to 5."""

    __tablename__ = "understanding"
    __table_args__ = (
        CheckConstraint("score BETWEEN 1 AND 5", name="score"),
        Index("ix_understanding_person_id", "person_id"),
    )

    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    score: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
