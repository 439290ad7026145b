"""The table of kept figures: what a job last worked out for the overview."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.types import UtcDateTime
from app.extensions import Model


class Figure(Model):
    """One group's figures: "city", "flows", "unit:<key>" or "theme:<key>"."""

    __tablename__ = "figure"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
