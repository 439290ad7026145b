"""Tables of decisions, their links to matters, the meetings, and the sources they come from."""

import enum
from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Select,
    String,
    UniqueConstraint,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core import labels
from app.core.types import UtcDateTime, enum_column
from app.decisions.case_keys import NUMBER_LIMIT
from app.decisions.reading import ID_LIMIT, NAME_LIMIT, SECTION_LIMIT, URL_LIMIT
from app.extensions import Model

KEY_LIMIT = 40
REF_LIMIT = ID_LIMIT + KEY_LIMIT + 1


class MeetingStatus(enum.StrEnum):
    """Whether a meeting is still to come."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class LinkState(enum.StrEnum):
    """Whether a person has said that a decision is about a matter."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class ProposedBy(enum.StrEnum):
    """Where a link came from: equal case numbers, or a person who searched."""

    MATCH = "match"
    PERSON = "person"


class UnlinkReason(enum.StrEnum):
    """Why a decision is not linked to a matter."""

    OTHER_CASE = "other_case"
    NOT_DECISION = "not_decision"
    DUPLICATE = "duplicate"
    MISTAKE = "mistake"


labels.name(
    {
        UnlinkReason.OTHER_CASE: _l("It is about something else"),
        UnlinkReason.NOT_DECISION: _l("It is not a decision on this matter"),
        UnlinkReason.DUPLICATE: _l("The same decision is linked already"),
        UnlinkReason.MISTAKE: _l("It was linked by mistake"),
    }
)

# From which states a link comes to each; a pair without a link is as good as a rejected one.
MOVES: dict[LinkState, tuple[LinkState, ...]] = {
    LinkState.CONFIRMED: (LinkState.PROPOSED, LinkState.REJECTED),
    LinkState.REJECTED: (LinkState.PROPOSED, LinkState.CONFIRMED),
}


class DecisionSource(Model):
    """A file or address from which decisions come, and how its last reading went.

    `etag` and `last_modified` are what the server of `address` said, to ask it only for what is
    new; `failure` is the code of the refusal when the last reading failed.
    """

    __tablename__ = "decision_source"

    key: Mapped[str] = mapped_column(String(KEY_LIMIT), primary_key=True)
    address: Mapped[str | None] = mapped_column(String(URL_LIMIT))
    etag: Mapped[str | None] = mapped_column(String(200))
    last_modified: Mapped[str | None] = mapped_column(String(100))
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failure: Mapped[str | None] = mapped_column(String(40))


class Meeting(Model):
    """A meeting of a body on a local day; two sittings of one day are one meeting here.

    `source_ref` is its name at the source it came from, with the source's key before it.
    """

    __tablename__ = "meeting"
    __table_args__ = (
        UniqueConstraint("body", "day"),
        Index("ix_meeting_coming", "status", "day", "body"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str] = mapped_column(ForeignKey("body.key"))
    day: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    place: Mapped[str] = mapped_column(String(NAME_LIMIT), default="")
    status: Mapped[MeetingStatus] = mapped_column(
        enum_column(MeetingStatus), default=MeetingStatus.PLANNED
    )
    source_ref: Mapped[str] = mapped_column(String(REF_LIMIT), unique=True)


class Decision(Model):
    """A decision as its source published it.

    `case_key` and `case_short` make its number comparable (see `case_keys.py`). `decided_on` is the
    day of the decision, or of the meeting on whose agenda it stands. `body` is the city's own key,
    None where only the name is known. `digest` is that of the content, by which a change is seen.
    """

    __tablename__ = "decision"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        CheckConstraint("(case_key IS NULL) = (case_short IS NULL)", name="case_keys"),
        CheckConstraint("(case_key IS NULL) = (case_number IS NULL)", name="case_number"),
        CheckConstraint("meeting_id IS NULL OR body IS NOT NULL", name="meeting_of_body"),
        Index("ix_decision_case_short", "case_short"),
        Index("ix_decision_url", "url"),
        Index("ix_decision_external_id", "external_id"),
        Index("ix_decision_meeting_id", "meeting_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(ForeignKey("decision_source.key"))
    external_id: Mapped[str] = mapped_column(String(ID_LIMIT))
    case_number: Mapped[str | None] = mapped_column(String(NUMBER_LIMIT))
    case_key: Mapped[str | None] = mapped_column(String(NUMBER_LIMIT))
    case_short: Mapped[str | None] = mapped_column(String(KEY_LIMIT))
    titles: Mapped[dict[str, str]] = mapped_column(JSON)
    language: Mapped[str] = mapped_column(String(2))
    body: Mapped[str | None] = mapped_column(ForeignKey("body.key"))
    body_name: Mapped[str] = mapped_column(String(NAME_LIMIT), default="")
    decided_on: Mapped[date | None] = mapped_column(Date)
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"))
    section: Mapped[str] = mapped_column(String(SECTION_LIMIT), default="")
    url: Mapped[str | None] = mapped_column(String(URL_LIMIT))
    salt: Mapped[str] = mapped_column(String(32))
    digest: Mapped[str] = mapped_column(String(64))
    first_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DecisionLink(Model):
    """What is thought and what is confirmed of a decision being about a matter.

    `settled_by` is the person who confirmed or rejected, None after the account was erased.
    """

    __tablename__ = "decision_link"
    __table_args__ = (
        CheckConstraint("(state = 'proposed') = (settled_at IS NULL)", name="settled"),
        CheckConstraint("state <> 'proposed' OR settled_by IS NULL", name="settled_by"),
        CheckConstraint("(state = 'rejected') = (reason IS NOT NULL)", name="reason"),
        CheckConstraint("state <> 'proposed' OR proposed_by = 'match'", name="proposal"),
        Index("ix_decision_link_matter", "matter_id", "state"),
        Index("ix_decision_link_settled_by", "settled_by"),
    )

    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), primary_key=True)
    state: Mapped[LinkState] = mapped_column(enum_column(LinkState))
    proposed_by: Mapped[ProposedBy] = mapped_column(enum_column(ProposedBy))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[UnlinkReason | None] = mapped_column(enum_column(UnlinkReason))

    @staticmethod
    def visible() -> "Select[DecisionLink]":
        """The links that everybody may see: those that a person has confirmed."""
        return select(DecisionLink).where(DecisionLink.state == LinkState.CONFIRMED)


class MatterCase(Model):
    """The key of a matter's case number, by which decisions are found; follows the number."""

    __tablename__ = "matter_case"
    __table_args__ = (Index("ix_matter_case_case_short", "case_short"),)

    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), primary_key=True)
    case_key: Mapped[str] = mapped_column(String(NUMBER_LIMIT))
    case_short: Mapped[str] = mapped_column(String(KEY_LIMIT))


class TabledMatter(Model):
    """The meeting at which a matter is on the table, or was last."""

    __tablename__ = "meeting_matter"
    __table_args__ = (Index("ix_meeting_matter_meeting_id", "meeting_id"),)

    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
