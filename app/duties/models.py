"""The table of clocks: how they stand now, as their journal entries give them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.types import UtcDateTime, enum_column
from app.duties.rules import Clock, ClockKind, Status
from app.extensions import Model

FACTS = tuple(Clock.__dataclass_fields__)


class DutyClock(Model):
    """One clock of one matter. See `rules.Clock` for the meaning of the columns."""

    __tablename__ = "duty_clock"
    __table_args__ = (
        UniqueConstraint("matter_id", "kind", "ref"),
        CheckConstraint("status <> 'paused' OR paused_at IS NOT NULL", name="paused"),
        CheckConstraint("paused_at IS NULL OR status IN ('paused', 'ended')", name="not_paused"),
        CheckConstraint("(status IN ('running', 'paused')) = (stopped_at IS NULL)", name="stopped"),
        Index("ix_duty_clock_running_out", "status", "overdue_at", "due"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    kind: Mapped[ClockKind] = mapped_column(enum_column(ClockKind))
    ref: Mapped[str] = mapped_column(String(20), default="")
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    first_due: Mapped[datetime] = mapped_column(UtcDateTime)
    due: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[Status] = mapped_column(enum_column(Status))
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paused_days: Mapped[int] = mapped_column(Integer, default=0)
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    overdue_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def as_clock(self) -> Clock:
        """The row as the value that rules speak of."""
        return Clock(**{name: getattr(self, name) for name in FACTS})

    def follow(self, clock: Clock) -> None:
        """Take over a value that the rules gave."""
        for name in FACTS:
            setattr(self, name, getattr(clock, name))
