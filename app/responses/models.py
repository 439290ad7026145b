"""Tables of answers, promises, drafts of answers and the series of case numbers."""

import enum
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    event,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core import labels
from app.core.types import UtcDateTime, enum_column
from app.extensions import Model
from app.proposals.lifecycle import Outcome


class Work(enum.StrEnum):
    """Where an accepted matter is done: in the core task, or in a project that ends something."""

    CORE = "core"
    NEW_PROJECT = "new_project"


class PromiseState(enum.StrEnum):
    """What became of a promise; an open one can be late."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"


labels.name(
    {
        Work.CORE: _l("As part of the core work"),
        Work.NEW_PROJECT: _l("As a new project"),
        PromiseState.OPEN: _l("Promised"),
        PromiseState.KEPT: _l("Kept"),
        PromiseState.BROKEN: _l("Broken"),
    }
)


class CaseSeries(Model):
    """The last case number given in a year. Whoever registers locks the year's row."""

    __tablename__ = "case_series"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)


class Answer(Model):
    """One published version of the official answer; versions are never changed.

    `texts` has for each language its parts: sentence, reasons, next_step and, where given,
    would_change, ends and budget_line. `digest` is the text's digest in the journal;
    `correction` that of the note with the reason for a version that corrects the one before.
    """

    __tablename__ = "answer"
    __table_args__ = (
        UniqueConstraint("matter_id", "version"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("cost_cents IS NULL OR cost_cents >= 0", name="cost"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    version: Mapped[int] = mapped_column(Integer)
    outcome: Mapped[Outcome] = mapped_column(enum_column(Outcome))
    texts: Mapped[dict[str, dict[str, str]]] = mapped_column(JSON)
    cost_cents: Mapped[int | None] = mapped_column(BigInteger)
    work: Mapped[Work] = mapped_column(enum_column(Work))
    unit: Mapped[str] = mapped_column(ForeignKey("unit.key"))
    correction: Mapped[str | None] = mapped_column(String(64))
    salt: Mapped[str] = mapped_column(String(32))
    digest: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)


@event.listens_for(Answer, "before_update")
def _refuse_change(_mapper: Any, _connection: Any, _answer: Answer) -> None:
    """A published version stands as it was published."""
    raise RuntimeError("a published answer cannot be changed")


class Promise(Model):
    """A dated promise of an answer, owned by a unit. Dates are local days, the last one included.

    `note` is the digest of the latest words beside it: evidence, or the reason for moving or
    breaking it (see `proposals.notes`).
    """

    __tablename__ = "promise"
    __table_args__ = (
        CheckConstraint("(state = 'kept') = (kept_at IS NOT NULL)", name="kept"),
        CheckConstraint("due >= first_due", name="due"),
        Index("ix_promise_matter_id", "matter_id"),
        Index("ix_promise_open_due", "state", "due", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id"))
    unit: Mapped[str] = mapped_column(ForeignKey("unit.key"))
    what: Mapped[dict[str, str]] = mapped_column(JSON)
    salt: Mapped[str] = mapped_column(String(32))
    first_due: Mapped[date] = mapped_column(Date)
    due: Mapped[date] = mapped_column(Date)
    state: Mapped[PromiseState] = mapped_column(
        enum_column(PromiseState), default=PromiseState.OPEN
    )
    kept_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str | None] = mapped_column(ForeignKey("matter_note.digest"))


class SavedDraft(Model):
    """What has been typed into the answer of a matter so far, field by field.

    `version` grows with each saving, so that nobody saves over words they have not seen.
    """

    __tablename__ = "answer_draft"

    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), primary_key=True)
    fields: Mapped[dict[str, str]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(Integer)
    saved_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
