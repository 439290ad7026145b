"""What a job has worked out for the overviews: kept figures, and the hand-overs of the journal."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.types import UtcDateTime
from app.extensions import Model


class Figure(Model):
    """One group's figures: "city", "unit:<key>", "flows:<period>", "alike:<kind>[:<theme>]"."""

    __tablename__ = "figure"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class HandOver(Model):
    """One hand-over of the journal, by its number, with the days that the unit had held the matter.

    A copy that counts fast: the job adds what is new (`services.collect_hand_overs`).
    """

    __tablename__ = "hand_over"
    __table_args__ = (
        CheckConstraint("days >= 0", name="days"),
        Index("ix_hand_over_period", "at", "from_unit", "to_unit", "matter_id", "days"),
    )

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    matter_id: Mapped[int] = mapped_column(Integer)
    from_unit: Mapped[str] = mapped_column(String(60))
    to_unit: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    days: Mapped[int] = mapped_column(Integer)
