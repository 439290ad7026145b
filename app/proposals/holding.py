"""Limits for new accounts, and texts that a moderator looks at before they are public.

An account is new while it is younger than some days or has few texts that stand in public (city
settings, see `city/discussion.py`). A new account's text is held when it has many links, or when
the same text came lately from the same person or from two others: digests of normalised texts are
kept for a day. Short texts ("I agree!") are never duplicates. A held matter stays a draft, so that
nothing is pending; a held comment waits in `held_text` and is no comment yet.
"""

import enum
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    delete,
    func,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.queries import get_person
from app.city.discussion import decision_due, get_discussion_settings
from app.core import clock, errors, labels, topics
from app.core.access import Actor
from app.core.errors import Invalid, TooMany
from app.core.types import UtcDateTime, enum_column
from app.extensions import Model, db
from app.proposals.models import Matter

SHORTEST = 40  # characters of a normalised text that can be a duplicate
OTHERS = 2  # other accounts that wrote the same
LINK = re.compile(r"https?://|www\.|\b[\w-]+\.(?:com|net|info|biz|xyz|ru|shop|top)\b", re.I)


class HeldReason(enum.StrEnum):
    """Why a text waits for a look."""

    LINKS = "links"
    DUPLICATE = "duplicate"


labels.name(
    {
        HeldReason.LINKS: _l("Many links from a new account"),
        HeldReason.DUPLICATE: _l("The same text again from a new account"),
    }
)
errors.explain(
    {
        "new_account_matters": _l(
            "A new account can publish %(limit)s texts a day. Your draft is saved. Publish it "
            "tomorrow."
        ),
        "new_account_links": _l(
            "A new account's text can have at most %(limit)s links. Leave some of them out."
        ),
        "held_already": _l("A moderator looks at this first. You get a message then."),
    }
)


class HeldText(Model):
    """A text that waits, or has been released or refused.

    A matter's text is its draft, so `text` is empty; a comment is all here until its release. A
    change of a comment names that as its `parent_id` and has no stance.
    `due` is when a moderator's look was promised.
    """

    __tablename__ = "held_text"
    __table_args__ = (
        CheckConstraint("(closed_at IS NULL) = (is_released IS NULL)", name="decided"),
        CheckConstraint("is_comment OR (parent_id IS NULL AND stance IS NULL)", name="comment"),
        Index("ix_held_text_open", "closed_at", "at", "id"),
        Index("ix_held_text_at", "at"),
        Index("ix_held_text_author_id", "author_id"),
        Index("ix_held_text_matter_id", "matter_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[HeldReason] = mapped_column(enum_column(HeldReason))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    due: Mapped[datetime] = mapped_column(UtcDateTime, default=decision_due)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_released: Mapped[bool | None] = mapped_column()
    is_comment: Mapped[bool] = mapped_column()
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id"))
    stance: Mapped[str | None] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(2))
    text: Mapped[str] = mapped_column(Text, default="")

    @property
    def is_edit(self) -> bool:
        """Whether it changes a comment that stands already."""
        return self.is_comment and self.stance is None


class RecentText(Model):
    """The digest of a text that somebody sent lately."""

    __tablename__ = "recent_text"
    __table_args__ = (
        Index("ix_recent_text_digest", "digest"),
        Index("ix_recent_text_at", "at"),
        Index("ix_recent_text_author_id", "author_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Standing:
    """How new an account is. `accepted` counts its texts that stand in public."""

    age: timedelta
    accepted: int

    @property
    def is_new(self) -> bool:
        """Whether the limits of new accounts hold."""
        limits = get_discussion_settings()
        too_young = self.age < timedelta(days=limits.new_account_days)
        return too_young or self.accepted < limits.trusted_texts


def standing_of(actor: Actor, accepted_comments: int) -> Standing:
    """How new the actor's account is; two queries.

    Comments belong to a higher feature, which counts them.
    """
    query = Matter.visible().with_only_columns(func.count())
    matters = db.session.scalars(query.where(Matter.author_id == actor.person_id)).one()
    age = clock.now() - get_person(actor.person_id or 0).created_at
    return Standing(age, matters + accepted_comments)


def count_links(text: str) -> int:
    """How many links a text has. Pure."""
    return len(LINK.findall(re.sub(r"https?://(www\.)?\S+", " https:// ", text)))


def normalised(text: str) -> str:
    """A text without case, spaces and punctuation, for comparing. Pure."""
    return "".join(re.findall(r"\w+", text.casefold()))


def reason_to_hold(actor: Actor, text: str) -> HeldReason | None:
    """Why a new account's text waits for a look, None when it does not; at most two queries."""
    limits = get_discussion_settings()
    if count_links(text) > limits.most_links:
        return HeldReason.LINKS
    return HeldReason.DUPLICATE if _is_duplicate(actor, text) else None


def hold(actor: Actor, matter: Matter, reason: HeldReason) -> HeldText:
    """Keep a draft waiting for a moderator's look, in the running command."""
    held = HeldText(matter_id=matter.id, author_id=actor.person_id, reason=reason, at=clock.now())
    held.is_comment, held.language, held.text = False, matter.language, ""
    db.session.add(held)
    topics.touch("moderation")
    return held


def remember(actor: Actor, text: str) -> None:
    """Keep the digest of a text in the running command, and forget those that are too old."""
    db.session.execute(delete(RecentText).where(RecentText.at < _since()))
    if (digest := _digest(text)) and actor.person_id is not None:
        db.session.add(RecentText(digest=digest, author_id=actor.person_id, at=clock.now()))


def check_matters_a_day(actor: Actor) -> None:
    """Raises TooMany "new_account_matters" when a new account has published enough for a day."""
    limit = get_discussion_settings().new_matters_a_day
    query = select(func.count()).where(
        Matter.author_id == actor.person_id, Matter.published_at > clock.now() - timedelta(days=1)
    )
    if db.session.scalars(query).one() >= limit:
        raise TooMany("new_account_matters", limit=limit)


def check_links(actor: Actor, text: str, before: str = "") -> None:
    """Raises Invalid "new_account_links" when a new account's text has more links than it may have.

    A text that changes or follows a public one is not held, so links cannot come in with it either;
    those of the text before it may stay.
    """
    limit, links = get_discussion_settings().most_links, count_links(text)
    if links > max(limit, count_links(before)) and standing_of(actor, 0).is_new:
        raise Invalid("new_account_links", limit=limit)


def find_held(matter_id: int) -> HeldText | None:
    """The waiting hold of a draft; one query."""
    query = select(HeldText).where(HeldText.matter_id == matter_id, *_waiting_drafts())
    return db.session.scalars(query).first()


def take_back(matter_id: int) -> None:
    """Stop a draft's waiting, since its author changes it, in the running command."""
    waits = delete(HeldText).where(HeldText.matter_id == matter_id, *_waiting_drafts())
    if db.session.execute(waits.returning(HeldText.id)).all():
        topics.touch("moderation")


def _waiting_drafts() -> tuple[ColumnElement[bool], ...]:
    return HeldText.closed_at.is_(None), HeldText.is_comment.is_(False)


def _since() -> datetime:
    return clock.now() - timedelta(hours=get_discussion_settings().duplicate_hours)


def _digest(text: str) -> str | None:
    plain = normalised(text)
    return hashlib.sha256(plain.encode()).hexdigest() if len(plain) >= SHORTEST else None


def _is_duplicate(actor: Actor, text: str) -> bool:
    digest = _digest(text)
    if digest is None:
        return False
    query = select(RecentText.author_id).where(
        RecentText.digest == digest, RecentText.at >= _since()
    )
    authors = set(db.session.scalars(query.distinct()))
    return actor.person_id in authors or len(authors) >= OTHERS
