"""Tables of promises and of what shows that they are kept."""

import enum
from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import labels
from app.core.types import UtcDateTime, enum_column
from app.extensions import Model

URL_LIMIT = 500


class PromiseState(enum.StrEnum):
    """What became of a promise; an open one can be late."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"


labels.name(
    {
        PromiseState.OPEN: _l("Promised"),
        PromiseState.KEPT: _l("Kept"),
        PromiseState.BROKEN: _l("Broken"),
    }
)


class EvidenceKind(enum.StrEnum):
    """What shows, beside the words, that a promise is kept."""

    LINK = "link"
    DECISION = "decision"
    PHOTO = "photo"


labels.name(
    {
        EvidenceKind.LINK: _l("A page"),
        EvidenceKind.DECISION: _l("A decision"),
        EvidenceKind.PHOTO: _l("A photo"),
    }
)


class Promise(Model):
    """A dated promise of an answer, owned by a unit. Dates are local days, the last one included.

    `note` is the digest of the latest words beside it: evidence, or the reason for moving or
    breaking it (see `proposals.notes`). `kept_on` is the local day of `kept_at`, for comparing
    with `first_due`. `keeper_id` is the official who sees to it, which is not public, and
    `reminded_due` the present date for which a reminder has been mailed.
    """

    __tablename__ = "promise"
    __table_args__ = (
        CheckConstraint("(state = 'kept') = (kept_at IS NOT NULL)", name="kept"),
        CheckConstraint("(kept_at IS NULL) = (kept_on IS NULL)", name="kept_day"),
        CheckConstraint("due >= first_due", name="due"),
        Index("ix_promise_matter_id", "matter_id"),
        Index("ix_promise_open_due", "state", "due", "id"),
        Index("ix_promise_unit", "unit", "state", "due", "matter_id"),
        Index("ix_promise_keeper_id", "keeper_id"),
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
    kept_on: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str | None] = mapped_column(ForeignKey("matter_note.digest"))
    keeper_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reminded_due: Mapped[date | None] = mapped_column(Date)
    evidence: Mapped[list["PromiseEvidence"]] = relationship(order_by="PromiseEvidence.id")


class PromiseEvidence(Model):
    """A page, a decision or a photo that shows that a promise is kept; only HTTPS addresses.

    `picture` names the file of a photo (see `core.files`), and `alt` says by language what it
    shows. `digest` is what the journal knows of the address, or of the file with these words. When
    a photo is removed only the digest stays, and no salt tells any more of what.
    """

    __tablename__ = "promise_evidence"
    __table_args__ = (
        CheckConstraint("url LIKE 'https://%'", name="https"),
        CheckConstraint("(kind = 'photo') = (url IS NULL)", name="address"),
        CheckConstraint(
            "(kind = 'photo' AND removed_at IS NULL) = (picture IS NOT NULL)", name="photo"
        ),
        CheckConstraint(
            "(picture IS NULL) = (width IS NULL) AND (picture IS NULL) = (height IS NULL) "
            "AND (picture IS NULL) = (alt IS NULL)",
            name="removed",
        ),
        UniqueConstraint("picture"),
        Index("ix_promise_evidence_promise_id", "promise_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    promise_id: Mapped[int] = mapped_column(ForeignKey("promise.id"))
    kind: Mapped[EvidenceKind] = mapped_column(enum_column(EvidenceKind))
    url: Mapped[str | None] = mapped_column(String(URL_LIMIT))
    picture: Mapped[str | None] = mapped_column(String(32))
    width: Mapped[int | None]
    height: Mapped[int | None]
    alt: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    salt: Mapped[str | None] = mapped_column(String(32))
    digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
