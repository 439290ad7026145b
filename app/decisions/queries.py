"""Reads of decisions, links and meetings. All of them bounded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from app.city import City
from app.core import clock
from app.core.errors import NotFound
from app.decisions.case_keys import CaseKey, parse_case_number
from app.decisions.models import (
    Decision,
    DecisionLink,
    DecisionSource,
    LinkState,
    MatterCase,
    Meeting,
    MeetingStatus,
    TabledMatter,
)
from app.decisions.reading import ID_LIMIT, web_address
from app.extensions import db
from app.proposals.lifecycle import UNANSWERED
from app.proposals.models import Matter
from app.proposals.queries import CARD, LARGEST_ID, CardRow

FOUND = 10  # decisions of a search
LINKED = 50  # decisions of one matter
COMING = 100  # meetings ahead
TABLED = 500  # matters on the tables of all of them


@dataclass(frozen=True)
class NextMeeting:
    """The meeting at which residents can still be heard; `is_tabled` when the matter is on it."""

    meeting: Meeting
    is_tabled: bool


@dataclass(frozen=True)
class Coming:
    """A meeting ahead and the public, unanswered matters on its table."""

    meeting: Meeting
    matters: list[CardRow]


def get_decision(decision_id: int) -> Decision:
    """A decision by id. Raises NotFound."""
    decision = db.session.get(Decision, decision_id) if 0 < decision_id <= LARGEST_ID else None
    if decision is None:
        raise NotFound("not_found")
    return decision


def get_link(matter_id: int, decision_id: int) -> DecisionLink | None:
    """The link of a decision to a matter in whatever state, None when there is none."""
    return db.session.get(DecisionLink, (decision_id, matter_id))


def get_source(key: str) -> DecisionSource | None:
    """A source that has been read at least once."""
    return db.session.get(DecisionSource, key)


def list_source_rows() -> dict[str, DecisionSource]:
    """How the readings of all sources went last, by key."""
    return {row.key: row for row in db.session.scalars(select(DecisionSource))}


def list_confirmed(matter_ids: Iterable[int]) -> dict[int, list[Decision]]:
    """The confirmed decisions of some matters by matter id, the newest first; one query."""
    ids = list(matter_ids)
    query = (
        DecisionLink.visible()
        .with_only_columns(DecisionLink.matter_id, Decision)
        .join(Decision, Decision.id == DecisionLink.decision_id)
        .where(DecisionLink.matter_id.in_(ids))
        .order_by(Decision.decided_on.desc().nulls_last(), Decision.id.desc())
        .limit(LINKED * max(len(ids), 1))
    )
    found: dict[int, list[Decision]] = {matter_id: [] for matter_id in ids}
    for matter_id, decision in db.session.execute(query):
        found[matter_id].append(decision)
    return found


def list_links(matter_ids: Iterable[int]) -> dict[int, list[tuple[DecisionLink, Decision]]]:
    """Proposed and confirmed links of some matters with their decisions, proposals first; one
    query."""
    ids = list(matter_ids)
    query = (
        select(DecisionLink, Decision)
        .join(Decision, Decision.id == DecisionLink.decision_id)
        .where(DecisionLink.matter_id.in_(ids), DecisionLink.state != LinkState.REJECTED)
        .order_by(
            DecisionLink.state.desc(), Decision.decided_on.desc().nulls_last(), Decision.id.desc()
        )
        .limit(LINKED * max(len(ids), 1))
    )
    found: dict[int, list[tuple[DecisionLink, Decision]]] = {matter_id: [] for matter_id in ids}
    for link, decision in db.session.execute(query):
        found[link.matter_id].append((link, decision))
    return found


def search_decisions(text: str) -> list[Decision]:
    """Up to ten decisions with this case number, web address or identifier, the newest first."""
    text = text.strip()
    if not text or len(text) > 1000:
        return []
    query = select(Decision).where(or_(*_named(text)))
    return list(
        db.session.scalars(
            query.order_by(Decision.decided_on.desc().nulls_last(), Decision.id.desc()).limit(FOUND)
        )
    )


def _named(text: str) -> list[ColumnElement[bool]]:
    names: list[ColumnElement[bool]] = []
    key = parse_case_number(text)
    if key is not None:
        names.append(same_case(key, Decision.case_key, Decision.case_short))
    address = web_address(text)
    if address is not None:
        names.append(Decision.url == address)
    if len(text) <= ID_LIMIT and "\x00" not in text:
        names.append(Decision.external_id == text.strip("{}"))
    return names or [Decision.id.is_(None)]


def same_case(key: CaseKey, full: Any, short: Any) -> ColumnElement[bool]:
    """Whether the columns of a case number name the same case as a key (see `CaseKey.equals`)."""
    equal = short == key.short
    if key.full == key.short:
        return equal
    return and_(equal, or_(full == key.full, full == short))


def list_matters_of_case(key: CaseKey) -> list[int]:
    """The matters that have this case number; more than one only where functions are left out."""
    query = select(MatterCase.matter_id).where(
        same_case(key, MatterCase.case_key, MatterCase.case_short)
    )
    return list(db.session.scalars(query.order_by(MatterCase.matter_id)))


def list_pairs(matter_ids: Iterable[int]) -> list[tuple[int, int]]:
    """Decisions and matters (their ids) of one case, for some matters; one query."""
    wanted = set(matter_ids)
    query = select(Decision.id, MatterCase.matter_id).join(
        MatterCase,
        and_(
            Decision.case_short == MatterCase.case_short,
            or_(
                Decision.case_key == MatterCase.case_key,
                Decision.case_key == Decision.case_short,
                MatterCase.case_key == MatterCase.case_short,
            ),
        ),
    )
    rows = db.session.execute(query.order_by(Decision.id, MatterCase.matter_id))
    return [(decision_id, matter_id) for decision_id, matter_id in rows if matter_id in wanted]


def list_next_meetings(matters: Sequence[Matter], city: City) -> dict[int, NextMeeting]:
    """The next meeting for each public matter that is not answered yet; one query.

    That on whose table the matter is; else the next one of the body that has the matter, or under
    which its unit works. A matter without such a meeting ahead is left out.
    """
    open_matters = [m for m in matters if m.is_visible and m.state in UNANSWERED]
    bodies = {matter.id: _body_of(matter, city) for matter in open_matters}
    if not open_matters:
        return {}
    query = (
        select(Meeting, TabledMatter.matter_id)
        .outerjoin(
            TabledMatter,
            and_(TabledMatter.meeting_id == Meeting.id, TabledMatter.matter_id.in_(list(bodies))),
        )
        .where(*_ahead(clock.today()))
        .where(
            or_(
                Meeting.body.in_([body for body in bodies.values() if body]),
                TabledMatter.matter_id.is_not(None),
            )
        )
        .order_by(Meeting.day, Meeting.id)
        .limit(COMING)
    )
    rows = db.session.execute(query).all()
    found = {}
    for matter_id, body in bodies.items():
        tabled = next((meeting for meeting, on in rows if on == matter_id), None)
        meeting = tabled or next((meeting for meeting, _ in rows if meeting.body == body), None)
        if meeting is not None:
            found[matter_id] = NextMeeting(meeting, tabled is not None)
    return found


def _body_of(matter: Matter, city: City) -> str | None:
    if matter.holder_body or matter.holder_unit is None:
        return matter.holder_body
    return city.committee_of(matter.holder_unit)


def _ahead(today: date) -> tuple[ColumnElement[bool], ...]:
    return Meeting.status == MeetingStatus.PLANNED, Meeting.day >= today


def has_past_meeting() -> bool:
    """Whether a planned meeting's day has passed."""
    past = (Meeting.status == MeetingStatus.PLANNED, Meeting.day < clock.today())
    return db.session.scalar(select(Meeting.id).where(*past).limit(1)) is not None


def list_coming() -> list[Coming]:
    """The next meetings of all bodies with the matters on their tables; two queries."""
    query = select(Meeting).where(*_ahead(clock.today())).order_by(Meeting.day, Meeting.body)
    meetings = list(db.session.scalars(query.limit(COMING)))
    cards = (
        Matter.visible()
        .with_only_columns(TabledMatter.meeting_id, *CARD)
        .join(TabledMatter, TabledMatter.matter_id == Matter.id)
        .where(TabledMatter.meeting_id.in_([meeting.id for meeting in meetings]))
        .where(Matter.state.in_(UNANSWERED))
        .order_by(Matter.supporters.desc(), Matter.id)
        .limit(TABLED)
    )
    tabled: dict[int, list[CardRow]] = {}
    for row in db.session.execute(cards):
        tabled.setdefault(row.meeting_id, []).append(row)
    return [Coming(meeting, tabled.get(meeting.id, [])) for meeting in meetings]
