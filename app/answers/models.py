"""Tables of answers, of how their effect is measured, and of their drafts."""

import enum
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    event,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import labels
from app.core.types import UtcDateTime, enum_column
from app.extensions import Model
from app.proposals.lifecycle import Outcome


class Work(enum.StrEnum):
    """Where an accepted matter is done: in the core task, or in a project that ends something."""

    CORE = "core"
    NEW_PROJECT = "new_project"


labels.name(
    {
        Work.CORE: _l("As part of the core work"),
        Work.NEW_PROJECT: _l("As a new project"),
    }
)


class Origin(enum.StrEnum):
    """Who wrote a text in one language: a person, or a machine that nobody has checked."""

    HUMAN = "human"
    MACHINE = "machine"


CASE_LIMIT = 60
URL_LIMIT = 1000


class Answer(Model):
    """One published version of the official answer; versions are never changed.

    `texts` has for each language its parts: sentence, reasons, next_step and, where given,
    would_change, ends, budget_line and unmeasured (why the effect cannot be measured). `digest`
    is the text's digest in the journal; `correction` that of the note with the reason for a
    version that corrects the one before. `unit` has answered; `responsible_unit` carries it out
    when that is another one. `origins` tells by language who wrote it, a person where it is
    silent. `approved_by` is internal: whose second pair of eyes has seen it.
    """

    __tablename__ = "answer"
    __table_args__ = (
        UniqueConstraint("matter_id", "version"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("cost_cents IS NULL OR cost_cents >= 0", name="cost"),
        CheckConstraint(
            "decision_url IS NULL OR substr(decision_url, 1, 8) = 'https://'", name="decision_url"
        ),
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
    decision_url: Mapped[str | None] = mapped_column(String(URL_LIMIT))
    decision_case_number: Mapped[str | None] = mapped_column(String(CASE_LIMIT))
    responsible_unit: Mapped[str | None] = mapped_column(ForeignKey("unit.key"))
    origins: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    contract: Mapped["EffectContract | None"] = relationship(lazy="joined", back_populates="answer")


class EffectContract(Model):
    """How one will know that what an answer promises has helped; stands as it was published.

    Texts are by language; `baseline` and `target` are decimal numbers as text, so that nothing is
    rounded; `measure_months` are the months after implementing when it is measured.
    """

    __tablename__ = "effect_contract"
    __table_args__ = (
        CheckConstraint("length(baseline) > 0", name="baseline"),
        CheckConstraint("length(target) > 0", name="target"),
        Index("ix_effect_contract_matter_id", "matter_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id"), unique=True)
    indicator: Mapped[dict[str, str]] = mapped_column(JSON)
    measure_unit: Mapped[dict[str, str]] = mapped_column(JSON)
    baseline: Mapped[str] = mapped_column(String(40))
    target: Mapped[str] = mapped_column(String(40))
    method: Mapped[dict[str, str]] = mapped_column(JSON)
    measure_months: Mapped[list[int]] = mapped_column(JSON)
    salt: Mapped[str] = mapped_column(String(32))
    digest: Mapped[str] = mapped_column(String(64))
    answer: Mapped[Answer] = relationship(back_populates="contract")


@event.listens_for(Answer, "before_update")
@event.listens_for(EffectContract, "before_update")
def _refuse_change(_mapper: Any, _connection: Any, _published: Any) -> None:
    """A published version stands as it was published."""
    raise RuntimeError("a published answer cannot be changed")


class SavedDraft(Model):
    """What has been typed into the answer of a matter so far, field by field.

    `version` grows with each change, so that nobody saves over words they have not seen.
    `approved_version` is the version that a second pair of eyes has approved. `publish_at` is when
    it is to be published; `problem` is the code of why that did not happen.
    """

    __tablename__ = "answer_draft"
    __table_args__ = (
        CheckConstraint("(approved_version IS NULL) = (approved_by IS NULL)", name="approved"),
        CheckConstraint("(publish_at IS NULL) = (scheduled_by IS NULL)", name="scheduled"),
        Index("ix_answer_draft_publish_at", "publish_at"),
    )

    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), primary_key=True)
    fields: Mapped[dict[str, str]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(Integer)
    saved_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    origins: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    approved_version: Mapped[int | None] = mapped_column(Integer)
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    publish_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    scheduled_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    problem: Mapped[str | None] = mapped_column(String(40))

    @property
    def is_approved(self) -> bool:
        """Whether a second pair of eyes has approved what stands here now."""
        return self.approved_version == self.version
