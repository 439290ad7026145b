"""Tables of matters, their texts, their supporters, and which were joined or split."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
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
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.types import UtcDateTime, enum_column
from app.extensions import Model
from app.proposals.lifecycle import MatterKind, Outcome, State

TITLE_LEAST = 10
TITLE_LIMIT = 120
BODY_LIMIT = 8000
SUMMARY_LIMIT = 200
MOST_ATTACHMENTS = 5

# The orders of the public list end with every column it filters by, so that a filter is checked
# in the index and only the rows of one page are read, whichever filters come together.
SHOWN = ("hidden_rule", "city_only")
FACETS = ("area", "theme", "service", "state", "holder_unit", "holder_body", "kind", "language")
FILTERED = (*FACETS, "overdue", *SHOWN)
UNIT_FILTERED = ("state", "overdue", *SHOWN)
QUEUE_FILTERED = ("kind", "theme", "area", "assignee_id", "next_due", "holder_body", "id")
QUEUE_NARROWED = ("state", "kind", "theme", "area", "assignee_id", "holder_body")
# The whole map is counted in a narrow index. It is of points north of a pole, as they all are:
# SQLite takes it for a question with the same words, and would take it for others to their harm.
# PostgreSQL has one more, ix_matter_facets, made by hand, in which a narrowed list is counted.
_SHOWN = "published_at IS NOT NULL AND hidden_rule IS NULL AND city_only IS"
_ON_MAP: Any = {
    "sqlite_where": text(f"{_SHOWN} 0 AND lat >= -90"),
    "postgresql_where": text(f"{_SHOWN} FALSE AND lat >= -90"),
}
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
        CheckConstraint("makers_here >= 0", name="makers_here"),
        CheckConstraint(f"attachments BETWEEN 0 AND {MOST_ATTACHMENTS}", name="attachments"),
        CheckConstraint("(lat IS NULL) = (lon IS NULL)", name="place"),
        CheckConstraint("holder_body IS NULL OR holder_unit IS NOT NULL", name="holder"),
        CheckConstraint("state = 'draft' OR service IS NOT NULL", name="published_service"),
        CheckConstraint("(theme IS NULL) = (service IS NULL)", name="theme_of_service"),
        CheckConstraint("NOT city_only OR kind = 'feedback'", name="city_only"),
        Index("ix_matter_newest", "published_at", "id", *FILTERED),
        Index("ix_matter_supported", "supporters", "id", *FILTERED, "published_at"),
        Index("ix_matter_due", "next_due", "id", *FILTERED, "published_at"),
        Index("ix_matter_place", "lat", "lon", "district", *FILTERED, "published_at"),
        Index("ix_matter_point", "lat", "lon", **_ON_MAP),
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
        Index("ix_matter_form_key", "author_id", "form_key", unique=True),
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
    # Feedback that its author wrote for the city alone; settled when it is published.
    city_only: Mapped[bool] = mapped_column(default=False)

    # The opened form that made the draft: sent twice, it makes one. `saved_by` is by part (see
    # `writing.PARTS`) the form that saved it last, whose next save overwrites nobody.
    form_key: Mapped[str | None] = mapped_column(String(32))
    saved_by: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))

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
    makers_here: Mapped[int] = mapped_column(Integer, default=0)  # those who live in this city
    # A moderator's slow mode: one comment a person in so many minutes, until a moment.
    slow_minutes: Mapped[int | None] = mapped_column(Integer)
    slow_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    comments: Mapped[int] = mapped_column(Integer, default=0)
    attachments: Mapped[int] = mapped_column(Integer, default=0)

    # Whether anybody ever joined; so few have co-authors that the others need not be asked.
    co_written: Mapped[bool] = mapped_column(default=False)
    # Read when somebody who is signed in is asked about: never for anonymous visitors.
    co_authors: Mapped[list["CoAuthor"]] = relationship(
        order_by="CoAuthor.id", back_populates="matter", cascade="all, delete-orphan"
    )

    @property
    def author_ids(self) -> frozenset[int]:
        """Who wrote it: the person who started it and the co-authors; at most one query."""
        known = self.co_authors if self.co_written else []
        joined = {co_author.person_id for co_author in known}
        return frozenset(joined | {self.author_id} if self.author_id else joined)

    def add_co_author(self, person_id: int, at: datetime) -> None:
        """Let somebody write this matter too."""
        self.co_written = True
        self.co_authors.append(CoAuthor(person_id=person_id, joined_at=at))

    @staticmethod
    def visible() -> "Select[Matter]":
        """The matters that everybody may see: published, not hidden, and not for the city alone."""
        return select(Matter).where(Matter.published_at.is_not(None), *Matter.shown())

    @staticmethod
    def shown() -> "tuple[ColumnElement[bool], ...]":
        """What `visible` asks of published matters, for selects that join them to other things."""
        return Matter.hidden_rule.is_(None), Matter.city_only.is_(False)

    @property
    def is_visible(self) -> bool:
        """Whether everybody may see this matter."""
        return self.published_at is not None and self.hidden_rule is None and not self.city_only


class CoAuthor(Model):
    """Somebody who joined a matter by invitation and writes it together with its starter."""

    __tablename__ = "co_author"
    __table_args__ = (
        UniqueConstraint("matter_id", "person_id"),
        Index("ix_co_author_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    matter: Mapped[Matter] = relationship(back_populates="co_authors")


class MatterText(Model):
    """One version of a matter's text in one language; versions are never changed.

    `source_version` is the version of the original that a translation was made from, None for the
    original itself.
    """

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
    source_version: Mapped[int | None] = mapped_column(Integer)


class Support(Model):
    """One person's support of one matter, or the signature of an initiative's maker.

    `is_public` tells that the person's name may be shown. `municipality` is the code of a maker's
    home municipality, declared by the maker unless `is_verified`. `united_from` is the joined
    matter through which the person counts here; it is None for a support given to this matter
    itself (see `united.py`).
    """

    __tablename__ = "support"
    __table_args__ = (
        Index("ix_support_person_id", "person_id"),
        CheckConstraint("NOT is_maker OR maker_name IS NOT NULL", name="maker_named"),
        CheckConstraint("NOT is_maker OR municipality IS NOT NULL", name="maker_from"),
        CheckConstraint(
            "united_from IS NULL OR (united_from <> matter_id AND NOT is_maker)", name="united"
        ),
        Index("ix_support_public", "matter_id", "is_public", "at", "person_id"),
        Index("ix_support_makers", "matter_id", "is_maker", "at", "person_id"),
    )

    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_maker: Mapped[bool] = mapped_column(default=False)
    maker_name: Mapped[str | None] = mapped_column(String(120))
    municipality: Mapped[str | None] = mapped_column(String(3))
    is_verified: Mapped[bool] = mapped_column(default=False)
    is_public: Mapped[bool] = mapped_column(default=False)
    united_from: Mapped[int | None] = mapped_column(ForeignKey("matter.id"))


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


class SplitMatter(Model):
    """A part of another matter that became a matter of its own; follows from the journal."""

    __tablename__ = "split_matter"
    __table_args__ = (
        CheckConstraint("matter_id <> from_id", name="another"),
        Index("ix_split_matter_from_id", "from_id"),
    )

    matter_id: Mapped[int] = mapped_column(
        ForeignKey("matter.id"), primary_key=True, autoincrement=False
    )
    from_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))


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
