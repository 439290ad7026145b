"""How a read decision becomes a row: found again by its identifier, changed only where it differs.

These are parts of the commands in `services.py`.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, select, update

from app.city import City
from app.core import clock, topics
from app.decisions import queries
from app.decisions.case_keys import CaseKey, parse_case_number
from app.decisions.models import (
    Decision,
    DecisionLink,
    LinkState,
    Meeting,
    MeetingStatus,
    TabledMatter,
)
from app.decisions.reading import ReadDecision, ReadMeeting
from app.decisions.sources import Source
from app.extensions import db
from app.journal import text_digest
from app.journal.chain import canonical
from app.journal.recording import new_salt


@dataclass
class Counts:
    """What an import did: decisions new, changed and as before; links proposed."""

    new: int = 0
    changed: int = 0
    same: int = 0
    proposed: int = 0

    def add(self, other: "Counts") -> None:
        """Add what another part of the same import did."""
        self.new += other.new
        self.changed += other.changed
        self.same += other.same
        self.proposed += other.proposed


def list_known(source: Source, decisions: list[ReadDecision]) -> dict[str, Decision]:
    """The rows of some read decisions by external id; one query."""
    ids = [decision.external_id for decision in decisions]
    query = select(Decision).where(Decision.source == source.key, Decision.external_id.in_(ids))
    return {row.external_id: row for row in db.session.scalars(query)}


def keep_meeting(city: City, source: Source, read: ReadMeeting) -> Meeting | None:
    """The row of a meeting, made or moved to its day; None where its body is not known here.

    A meeting that the city cancelled by hand stays cancelled.
    """
    body = source.body_of(city, read.body_name, read.body_ref)
    if body is None:
        return None
    ref = f"{source.key}:{read.ref}"
    known = db.session.scalar(select(Meeting).where(Meeting.body == body, Meeting.day == read.day))
    if known is None:
        known = db.session.scalar(select(Meeting).where(Meeting.source_ref == ref))
        if known is not None:
            _move(known, body, read.day)
    if known is None:
        known = Meeting(body=body, day=read.day, status=_status(read.day), source_ref=ref)
        db.session.add(known)
        db.session.flush()
        topics.touch("meetings")
    return known


def _status(day: date) -> MeetingStatus:
    return MeetingStatus.PLANNED if day >= clock.today() else MeetingStatus.HELD


def _move(meeting: Meeting, body: str, day: date) -> None:
    """The source has put the meeting off; its hour is not known any more."""
    meeting.body, meeting.day, meeting.at = body, day, None
    if meeting.status != MeetingStatus.CANCELLED:
        meeting.status = _status(day)
    topics.touch("meetings")


def keep_decision(
    city: City, source: Source, read: ReadDecision, row: Decision | None
) -> tuple[Decision, Counts]:
    """Make or change the row of a decision, and say which of the two it was."""
    content = _content(city, source, read, row)
    if row is None:
        row = Decision(
            source=source.key,
            external_id=read.external_id,
            first_seen_at=clock.now(),
            salt=new_salt(),
        )
        _fill(row, content)
        db.session.add(row)
        db.session.flush()
        return row, Counts(new=1)
    if _digest(content, row.salt) == row.digest:
        return row, Counts(same=1)
    old_meeting = row.meeting_id
    _fill(row, content)
    db.session.flush()
    _follow_change(row, old_meeting)
    return row, Counts(changed=1)


def _content(
    city: City, source: Source, read: ReadDecision, row: Decision | None
) -> dict[str, Any]:
    """The columns of a decision. A title in another language joins those that are known."""
    meeting = keep_meeting(city, source, read.meeting) if read.meeting else None
    key = parse_case_number(read.case_number) if read.case_number else None
    body = meeting.body if meeting else source.body_of(city, read.body_name, read.body_ref)
    return {
        "titles": {**(row.titles if row else {}), **read.titles},
        "language": row.language if row else read.language,
        "case_number": read.case_number,
        "case_key": key.full if key else None,
        "case_short": key.short if key else None,
        "body": body,
        "body_name": read.body_name,
        "decided_on": read.decided_on,
        "meeting_id": meeting.id if meeting else None,
        "section": read.section,
        "url": read.url,
    }


def _fill(row: Decision, content: dict[str, Any]) -> None:
    for name, value in content.items():
        setattr(row, name, value)
    row.digest = _digest(content, row.salt)


def _digest(content: dict[str, Any], salt: str) -> str:
    day = content["decided_on"]
    plain = content | {"decided_on": day.isoformat() if day else None}
    return text_digest(canonical(plain), salt)


def _follow_change(row: Decision, old_meeting: int | None) -> None:
    """Proposals whose numbers are not equal any more go; confirmed links stay."""
    links = list(db.session.scalars(select(DecisionLink).where(DecisionLink.decision_id == row.id)))
    key = key_of(row)
    still = set(queries.list_matters_of_case(key)) if key else set()
    gone = [
        link.matter_id
        for link in links
        if link.state == LinkState.PROPOSED and link.matter_id not in still
    ]
    db.session.execute(
        delete(DecisionLink).where(
            DecisionLink.decision_id == row.id,
            DecisionLink.matter_id.in_(gone),
            DecisionLink.state == LinkState.PROPOSED,
        )
    )
    confirmed = [link.matter_id for link in links if link.state == LinkState.CONFIRMED]
    topics.touch(*(f"matter:{matter_id}" for matter_id in confirmed))
    if old_meeting is not None and row.meeting_id is not None and old_meeting != row.meeting_id:
        db.session.execute(
            update(TabledMatter)
            .where(TabledMatter.matter_id.in_(confirmed), TabledMatter.meeting_id == old_meeting)
            .values(meeting_id=row.meeting_id)
        )
        topics.touch("meetings")


def key_of(row: Decision) -> CaseKey | None:
    """The case key of a decision, None while it has no number."""
    if row.case_key is None or row.case_short is None:
        return None
    return CaseKey(row.case_key, row.case_short)
