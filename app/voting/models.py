"""Tables of voting. Nothing in `Ballot` and below can be joined to a voter."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.types import UtcDateTime
from app.extensions import Model
from app.voting.sealing import SEALED

# Contests with fewer ballots publish totals only.
SMALL = 50


class Poll(Model):
    """The voting of one round: the key that ballots are sealed to, and how far closing has come."""

    __tablename__ = "poll"
    __table_args__ = (
        CheckConstraint("deleted_at IS NULL OR closed_at IS NOT NULL", name="closed_first"),
        CheckConstraint("cleaned_at IS NULL OR deleted_at IS NOT NULL", name="deleted_first"),
        CheckConstraint("key_destroyed_at IS NULL OR cleaned_at IS NOT NULL", name="cleaned_first"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("budget_round.id"), primary_key=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cleaned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    key_destroyed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RollEntry(Model):
    """Somebody has voted in a round, over this channel; in this area, if in any.

    `area` is the one area contest the voter has chosen. `age_band` waits for strong
    identification. `day` is the local day of the first vote and is dropped at closing.
    """

    __tablename__ = "roll_entry"
    __table_args__ = (CheckConstraint("length(voter_key) = 64", name="voter_key"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("poll.round_id"), primary_key=True)
    voter_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    channel: Mapped[str] = mapped_column(String(10))
    area: Mapped[str | None] = mapped_column(ForeignKey("area.key"))
    age_band: Mapped[str | None] = mapped_column(String(10))
    day: Mapped[date | None] = mapped_column(Date)


class BallotEnvelope(Model):
    """A sealed ballot: one a voter and contest, and one area at most."""

    __tablename__ = "ballot_envelope"
    __table_args__ = (
        ForeignKeyConstraint(
            ["round_id", "voter_key"], ["roll_entry.round_id", "roll_entry.voter_key"]
        ),
        UniqueConstraint("round_id", "voter_key", "is_area"),
        CheckConstraint(f"length(ciphertext) = {SEALED}", name="length"),
    )

    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), primary_key=True)
    voter_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    round_id: Mapped[int] = mapped_column(Integer)
    is_area: Mapped[bool] = mapped_column()
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary(SEALED))


class Ballot(Model):
    """An opened ballot under a random id: project ids, none for a blank one."""

    __tablename__ = "ballot"
    __table_args__ = (Index("ix_ballot_contest_id", "contest_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"))
    choices: Mapped[list[int]] = mapped_column(JSON)


class ContestOpening(Model):
    """The ballots of a contest were opened: how many, and their seal.

    `seal` is the SHA-256 of the canonical ballots. `digest` is what the journal says of them: the
    seal itself, or, for a small contest whose few ballots could be guessed from it, the SHA-256
    of `salt` and seal, which the auditor can check.
    """

    __tablename__ = "contest_opening"
    __table_args__ = (
        CheckConstraint(f"(ballots < {SMALL}) = (salt IS NOT NULL)", name="small_salted"),
    )

    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), primary_key=True)
    ballots: Mapped[int] = mapped_column(Integer)
    seal: Mapped[str] = mapped_column(String(64))
    salt: Mapped[str | None] = mapped_column(String(32))
    digest: Mapped[str] = mapped_column(String(64))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def is_small(self) -> bool:
        """Whether only totals of this contest are published."""
        return self.ballots < SMALL


class ContestResult(Model):
    """The confirmed result of a contest. `account` is described in `counting.py`."""

    __tablename__ = "contest_result"

    contest_id: Mapped[int] = mapped_column(
        ForeignKey("contest_opening.contest_id"), primary_key=True
    )
    rule: Mapped[str] = mapped_column(String(60))
    winners: Mapped[list[int]] = mapped_column(JSON)
    account: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))
    confirmed_at: Mapped[datetime] = mapped_column(UtcDateTime)
