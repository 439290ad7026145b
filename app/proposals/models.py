"""Tables of matters, their texts and their supporters."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Text,
    UniqueConstraint,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.types import UtcDateTime, enum_column
from app.extensions import Model
from app.proposals.lifecycle import MatterKind, Outcome, State

TITLE_LEAST = 10
TITLE_LIMIT = 120
BODY_LIMIT = 8000
SUMMARY_LIMIT = 200

# The orders of the public list end with every column it filters by, so that a filter is checked
# in the index and only the rows of one page are read, whichever filters come together.
FILTERED = ("area", "theme", "state", "holder_unit", "kind", "overdue", "hidden_rule")
UNIT_FILTERED = ("state", "overdue", "hidden_rule")
QUEUE_FILTERED = ("kind", "theme", "area", "assignee_id", "next_due", "holder_body", "id")
QUEUE_NARROWED = ("state", "kind", "theme", "area", "assignee_id", "holder_body")
ROUTED = ("holder_unit", "state", "published_at")


class Matter(Model):
    """A matter and its card.

    The columns from `state` to `last_step_at` follow from the journal (see `card.py`); `next_due`,
    `next_due_kind` and `overdue` are set by duties; the counts by their features.
    """

    __tablename__ = "matter"
    __table_args__ = (
        CheckConstraint("(state = 'draft') = (published_at IS NULL)", name="draft_unpublished"),
        CheckConstraint("supporters >= 0 AND makers >= 0 AND comments >= 0", name="counts"),
        CheckConstraint("(lat IS NULL) = (lon IS NULL)", name="place"),
        CheckConstraint("holder_body IS NULL OR holder_unit IS NOT NULL", name="holder"),
        CheckConstraint("state = 'draft' OR service IS NOT NULL", name="published_service"),
        CheckConstraint("(theme IS NULL) = (service IS NULL)", name="theme_of_service"),
        Index("ix_matter_newest", "published_at", "id", *FILTERED),
        Index("ix_matter_supported", "supporters", "id", *FILTERED, "published_at"),
        Index("ix_matter_due", "next_due", "id", *FILTERED, "published_at"),
        Index("ix_matter_place", "lat", "lon", *FILTERED, "published_at"),
        Index("ix_matter_state_newest", "state", "published_at", "id"),
        Index("ix_matter_unit_newest", "holder_unit", "published_at", "id", *UNIT_FILTERED),
        Index("ix_matter_unit_state", "holder_unit", "state", "next_due", "id"),
        Index("ix_matter_queue", "holder_unit", "state", *QUEUE_FILTERED),
        Index("ix_matter_unit_due", "holder_unit", "next_due", "id", *QUEUE_NARROWED),
        Index("ix_matter_state_untouched", "state", "last_step_at", "id"),
        # Only the few hidden ones: an index of all would tempt the planner on every public list.
        Index(
            "ix_matter_hidden",
            "id",
            sqlite_where=text("hidden_rule IS NOT NULL"),
            postgresql_where=text("hidden_rule IS NOT NULL"),
        ),
        Index("ix_matter_routing", "theme", "service", "area", *ROUTED),
        Index("ix_matter_author_id", "author_id"),
        Index("ix_matter_answered", "answered_at", "id"),
    )
    journal_subject = "matter"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[MatterKind] = mapped_column(enum_column(MatterKind))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    language: Mapped[str] = mapped_column(String(2))
    title: Mapped[str] = mapped_column(String(TITLE_LIMIT))
    summary: Mapped[str] = mapped_column(String(SUMMARY_LIMIT))
    area: Mapped[str | None] = mapped_column(ForeignKey("area.key"))
    district: Mapped[str | None] = mapped_column(ForeignKey("district.key"))
    # Only a draft may lack its service, and with it the theme.
    theme: Mapped[str] = mapped_column(ForeignKey("theme.key"), nullable=True)
    service: Mapped[str] = mapped_column(ForeignKey("service.key"), nullable=True)
    lat: Mapped[float | None] = mapped_column(Float)
    lon: Mapped[float | None] = mapped_column(Float)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    state: Mapped[State] = mapped_column(enum_column(State), default=State.DRAFT)
    state_before: Mapped[str | None] = mapped_column(String(32))
    state_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    case_number: Mapped[str | None] = mapped_column(String(60), unique=True)
    holder_unit: Mapped[str | None] = mapped_column(ForeignKey("unit.key"))
    holder_body: Mapped[str | None] = mapped_column(ForeignKey("body.key"))
    holder_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[Outcome | None] = mapped_column(enum_column(Outcome))
    hidden_rule: Mapped[str | None] = mapped_column(String(40))
    last_step_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    next_due: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_due_kind: Mapped[str | None] = mapped_column(String(32))
    overdue: Mapped[bool] = mapped_column(default=False)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    supporters: Mapped[int] = mapped_column(Integer, default=0)
    makers: Mapped[int] = mapped_column(Integer, default=0)
    comments: Mapped[int] = mapped_column(Integer, default=0)

    @staticmethod
    def visible() -> "Select[Matter]":
        """The matters that everybody may see: published and not hidden."""
        return select(Matter).where(Matter.published_at.is_not(None), Matter.hidden_rule.is_(None))

    @property
    def is_visible(self) -> bool:
        """Whether everybody may see this matter."""
        return self.published_at is not None and self.hidden_rule is None


class MatterText(Model):
    """One version of a matter's text in one language; versions are never changed."""

    __tablename__ = "matter_text"
    __table_args__ = (
        UniqueConstraint("matter_id", "language", "version"),
        CheckConstraint("origin IN ('author', 'human', 'machine')", name="origin"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    language: Mapped[str] = mapped_column(String(2))
    version: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(TITLE_LIMIT))
    body: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(String(10), default="author")
    salt: Mapped[str] = mapped_column(String(32))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Support(Model):
    """One person's support of one matter, or the signature of an initiative's maker."""

    __tablename__ = "support"
    __table_args__ = (
        Index("ix_support_person_id", "person_id"),
        CheckConstraint("NOT is_maker OR maker_name IS NOT NULL", name="maker_named"),
    )

    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_maker: Mapped[bool] = mapped_column(default=False)
    maker_name: Mapped[str | None] = mapped_column(String(120))


class MatterCount(Model):
    """Kept number of visible matters for one value of one filter."""

    __tablename__ = "matter_count"

    facet: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str] = mapped_column(String(60), primary_key=True)
    n: Mapped[int] = mapped_column(Integer)


class QueueCount(Model):
    """Kept number of the matters that a unit holds and that are alike in these columns.

    `area` is empty for the whole city, `assignee_id` 0 while nobody works on them.
    """

    __tablename__ = "queue_count"

    unit: Mapped[str] = mapped_column(String(60), primary_key=True)
    state: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    theme: Mapped[str] = mapped_column(String(60), primary_key=True)
    area: Mapped[str] = mapped_column(String(60), primary_key=True)
    assignee_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(Integer)
