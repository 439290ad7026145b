"""Tables of people and their roles."""

import secrets
from datetime import date, datetime, timedelta

from flask_babel import lazy_gettext as _l
from flask_login import UserMixin
from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock, labels
from app.core.access import Actor, Grant, Role
from app.core.types import UtcDateTime, enum_column
from app.extensions import Model

labels.name(
    {
        Role.REGISTRY: _l("Registry"),
        Role.OFFICIAL: _l("Official"),
        Role.MODERATOR: _l("Moderator"),
        Role.BUDGETING: _l("Budgeting team"),
        Role.CLERK: _l("Polling clerk"),
        Role.COUNCILLOR: _l("Councillor"),
        Role.MANAGER: _l("Management"),
        Role.ADMINISTRATOR: _l("Administrator"),
        Role.AUDITOR: _l("Auditor"),
    }
)


class Person(UserMixin, Model):
    """Somebody with an account. `session_key` ends all sessions when it changes.

    Until `blocked_until` the person cannot write; moderation sets it.
    """

    __tablename__ = "person"
    __table_args__ = (CheckConstraint("email = lower(email)", name="email_lower"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(2), default="fi")
    home_area: Mapped[str | None] = mapped_column(ForeignKey("area.key"))
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    blocked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    session_key: Mapped[str] = mapped_column(
        String(32), unique=True, default=lambda: secrets.token_hex(16)
    )
    grants: Mapped[list["RoleGrant"]] = relationship(
        back_populates="person", foreign_keys="RoleGrant.person_id", lazy="selectin"
    )

    def get_id(self) -> str:
        """What the session keeps: the session key, never the row's id."""
        return self.session_key

    def as_actor(self) -> Actor:
        """The person with the grants that are in force today, and with the block if there is one.

        Who holds a role is never blocked: staff must be able to do their work.
        """
        today = clock.today()
        grants = tuple(Grant(g.role, g.unit, g.body) for g in self.grants if g.in_force_on(today))
        until = self.blocked_until
        return Actor(
            person_id=self.id,
            name=self.name,
            language=self.language,
            home_area=self.home_area,
            confirmed=self.confirmed_at is not None,
            grants=grants,
            blocked_until=until if until and until > clock.now() and not grants else None,
        )


class RoleGrant(Model):
    """A role for a unit or body (or everywhere), from a day and until before another."""

    __tablename__ = "role_grant"
    __table_args__ = (
        CheckConstraint("ends IS NULL OR ends >= starts", name="period"),
        CheckConstraint("unit IS NULL OR body IS NULL", name="unit_or_body"),
        Index("ix_role_grant_person_id", "person_id"),
    )
    journal_subject = "role"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[Role] = mapped_column(enum_column(Role))
    unit: Mapped[str | None] = mapped_column(ForeignKey("unit.key"))
    body: Mapped[str | None] = mapped_column(ForeignKey("body.key"))
    starts: Mapped[date] = mapped_column(Date)
    ends: Mapped[date | None] = mapped_column(Date)
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    person: Mapped[Person] = relationship(back_populates="grants", foreign_keys=[person_id])

    @property
    def last_day(self) -> date | None:
        """The last day with the role; None while it has no end, before `starts` if it never was."""
        return self.ends - timedelta(days=1) if self.ends else None

    def in_force_on(self, day: date) -> bool:
        """Whether the role holds on a day; the end day itself is outside."""
        return self.starts <= day and not self.has_ended_on(day)

    def has_ended_on(self, day: date) -> bool:
        """Whether the role is over on a day."""
        return self.ends is not None and self.ends <= day

    def overlaps(self, other: "RoleGrant") -> bool:
        """Whether both give the same role in the same place on some same day."""
        same = (self.role, self.unit, self.body) == (other.role, other.unit, other.body)
        starts = max(self.starts, other.starts)
        return same and not self.has_ended_on(starts) and not other.has_ended_on(starts)
