"""Tables of rounds: phases, contests (envelopes), projects and where projects come from.

Names and texts are mappings from language code to text; amounts are whole cents.
"""

import enum
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    UniqueConstraint,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import labels
from app.core.types import UtcDateTime, enum_column
from app.extensions import Model

CITY = "city"
MOST_CHOICES = 50
PLACE_LIMIT = 80


class RoundState(enum.StrEnum):
    """Drafts are the budgeting team's own; a published round never changes its rules."""

    DRAFT = "draft"
    PUBLISHED = "published"


class BallotType(enum.StrEnum):
    """How a voter fills in the ballot. Only approval can be chosen for a round so far."""

    APPROVAL = "approval"
    KNAPSACK = "knapsack"
    POINTS = "points"
    RANKING = "ranking"


class PhaseKind(enum.StrEnum):
    """The parts of a round, in their order."""

    IDEAS = "ideas"
    CO_CREATION = "co_creation"
    FEASIBILITY = "feasibility"
    VOTING = "voting"
    COUNTING = "counting"
    IMPLEMENTATION = "implementation"
    EVALUATION = "evaluation"


class ProjectState(enum.StrEnum):
    """Where a project is on its way to the vote and through it."""

    PROPOSED = "proposed"
    FEASIBLE = "feasible"
    REFUSED = "refused"
    WINNER = "winner"
    LOST = "lost"


ON_BALLOT = (ProjectState.FEASIBLE, ProjectState.WINNER, ProjectState.LOST)

labels.name(
    {
        PhaseKind.IDEAS: _l("Ideas"),
        PhaseKind.CO_CREATION: _l("Planning together"),
        PhaseKind.FEASIBILITY: _l("Costs and feasibility"),
        PhaseKind.VOTING: _l("Voting"),
        PhaseKind.COUNTING: _l("Counting of votes"),
        PhaseKind.IMPLEMENTATION: _l("Carrying out"),
        PhaseKind.EVALUATION: _l("Evaluation"),
        ProjectState.PROPOSED: _l("Being studied"),
        ProjectState.FEASIBLE: _l("Goes to the vote"),
        ProjectState.REFUSED: _l("Does not go to the vote"),
        ProjectState.WINNER: _l("Won"),
        ProjectState.LOST: _l("Did not win"),
    }
)


class Round(Model):
    """A budgeting round. `rule` and `eligibility` are described in `rules.py`."""

    __tablename__ = "budget_round"
    __table_args__ = (
        CheckConstraint(
            f"min_choices >= 0 AND max_choices >= 1 AND max_choices >= min_choices "
            f"AND max_choices <= {MOST_CHOICES}",
            name="choices",
        ),
        CheckConstraint("(state = 'draft') = (published_at IS NULL)", name="draft_unpublished"),
        CheckConstraint("(published_at IS NULL) = (rules_digest IS NULL)", name="rules_fixed"),
        Index("ix_budget_round_year", "year", "id"),
    )
    journal_subject = "round"

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(Integer)
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    intro: Mapped[dict[str, str]] = mapped_column(JSON)
    state: Mapped[RoundState] = mapped_column(enum_column(RoundState), default=RoundState.DRAFT)
    ballot_type: Mapped[BallotType] = mapped_column(enum_column(BallotType))
    min_choices: Mapped[int] = mapped_column(Integer)
    max_choices: Mapped[int] = mapped_column(Integer)
    rule: Mapped[dict[str, Any]] = mapped_column(JSON)
    eligibility: Mapped[dict[str, Any]] = mapped_column(JSON)
    rules_digest: Mapped[str | None] = mapped_column(String(64))
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    phases: Mapped[list["Phase"]] = relationship(order_by="Phase.opens", lazy="selectin")
    contests: Mapped[list["Contest"]] = relationship(
        order_by="Contest.position", lazy="selectin", back_populates="round"
    )

    @staticmethod
    def visible() -> "Select[Round]":
        """The rounds that everybody may see."""
        return select(Round).where(Round.state == RoundState.PUBLISHED)

    def phase(self, kind: PhaseKind) -> "Phase | None":
        """The round's phase of a kind, None if it has none."""
        return next((phase for phase in self.phases if phase.kind == kind), None)

    def current_phase(self, now: datetime) -> "Phase | None":
        """The phase that is open at a moment, None between phases, before and after."""
        return next((phase for phase in self.phases if phase.is_open(now)), None)

    def voting_opened(self, now: datetime) -> bool:
        """Whether voting is open or over at a moment."""
        voting = self.phase(PhaseKind.VOTING)
        return voting is not None and voting.opens <= now


class Phase(Model):
    """One phase of a round, from `opens` until just before `closes`."""

    __tablename__ = "round_phase"
    __table_args__ = (CheckConstraint("opens < closes", name="period"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("budget_round.id"), primary_key=True)
    kind: Mapped[PhaseKind] = mapped_column(enum_column(PhaseKind), primary_key=True)
    opens: Mapped[datetime] = mapped_column(UtcDateTime)
    closes: Mapped[datetime] = mapped_column(UtcDateTime)

    def is_open(self, now: datetime) -> bool:
        """Whether a moment falls into the phase."""
        return self.opens <= now < self.closes


class Contest(Model):
    """One envelope of a round: `key` is "city" or the key of its area."""

    __tablename__ = "contest"
    __table_args__ = (
        UniqueConstraint("round_id", "key"),
        CheckConstraint("amount_cents > 0", name="amount"),
        CheckConstraint(
            f"(area IS NULL AND key = '{CITY}') OR (area IS NOT NULL AND area = key)", name="area"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("budget_round.id"))
    key: Mapped[str] = mapped_column(String(60))
    area: Mapped[str | None] = mapped_column(ForeignKey("area.key"))
    amount_cents: Mapped[int] = mapped_column(Integer)
    position: Mapped[int] = mapped_column(Integer)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    round: Mapped[Round] = relationship(back_populates="contests")


class Project(Model):
    """Something with a cost that residents can vote for in one contest."""

    __tablename__ = "project"
    __table_args__ = (
        CheckConstraint("cost_cents > 0", name="cost"),
        CheckConstraint("(state = 'refused') = (refusal IS NOT NULL)", name="refused_why"),
        Index("ix_project_contest_id", "contest_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"))
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    description: Mapped[dict[str, str]] = mapped_column(JSON)
    text_salt: Mapped[str] = mapped_column(String(32))
    place: Mapped[str | None] = mapped_column(String(PLACE_LIMIT))
    cost_cents: Mapped[int] = mapped_column(Integer)
    icon: Mapped[str] = mapped_column(String(20))
    state: Mapped[ProjectState] = mapped_column(
        enum_column(ProjectState), default=ProjectState.PROPOSED
    )
    refusal: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    refusal_salt: Mapped[str | None] = mapped_column(String(32))

    @property
    def on_ballot(self) -> bool:
        """Whether residents can vote, or could have voted, for it."""
        return self.state in ON_BALLOT


class ProjectMatter(Model):
    """A matter from which a project was made."""

    __tablename__ = "project_matter"
    __table_args__ = (Index("ix_project_matter_matter_id", "matter_id"),)

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), primary_key=True)


def next_instant(phases: Iterable[Phase], now: datetime) -> datetime | None:
    """The next moment at which a phase opens or closes, None when all is over."""
    instants = [moment for phase in phases for moment in (phase.opens, phase.closes)]
    return min((moment for moment in instants if moment > now), default=None)
