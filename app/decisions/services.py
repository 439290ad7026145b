"""Writes: importing decisions, proposing and settling links, planning meetings.

An import goes in batches, each one command: stopped anywhere, it leaves whole batches, and the
next run goes on with the rest. What the journal tells are the confirmed links alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from app.city import get_city
from app.core import clock, errors, topics
from app.core.access import Actor, require
from app.core.command import command
from app.core.errors import Invalid, NotFound, WrongState
from app.core.text import clean
from app.decisions import importing, policies, queries
from app.decisions.case_keys import parse_case_number
from app.decisions.importing import Counts
from app.decisions.models import (
    MOVES,
    Decision,
    DecisionLink,
    DecisionSource,
    LinkState,
    MatterCase,
    Meeting,
    MeetingStatus,
    ProposedBy,
    TabledMatter,
    UnlinkReason,
)
from app.decisions.reading import NAME_LIMIT, ReadDecision, Reading, ReadMeeting
from app.decisions.sources import Source
from app.extensions import db
from app.journal import Entry, Kind, on, record
from app.proposals.models import Matter
from app.responses.policies import can_handle

BATCH = 100
BY_HAND = "city"

errors.explain(
    {
        "other_matters_decision": _l(
            "This decision has the case number of another matter, so it cannot be linked here."
        ),
        "link_settled": _l("Somebody has already settled this. See how it is now."),
        "unknown_reason": _l("Choose a reason from the list."),
        "meeting_past": _l("The meeting has been held already."),
        "hour_of_another_day": _l("The hour of the meeting must be on its day."),
        "file_missing": _l("The file cannot be read."),
        "file_too_large": _l("The file is too large. It can have at most %(megabytes)s megabytes."),
        "file_encoding": _l("The file must be in UTF-8 or ISO-8859-1."),
        "not_rss": _l("The file is not well-formed RSS 2.0."),
        "has_doctype": _l("The file has a document type or entities, which are never read."),
        "not_json": _l("The file is not JSON."),
        "unknown_shape": _l("The file has no decisions in a shape that is known here."),
        "file_too_deep": _l("The file is nested too deep."),
        "too_many_items": _l("The file has too many items. It can have at most %(limit)s."),
        "address_refused": _l("This address may not be opened."),
        "address_failed": _l("The address did not answer as it should."),
        "bad_source": _l("The settings of the source %(source)s are wrong."),
    }
)


# ---------- importing ----------


def import_reading(actor: Actor, source: Source, reading: Reading) -> Iterator[Counts]:
    """Bring what was read into the database, a hundred decisions at a time.

    Gives the counts of each batch when it is committed. Decisions that are known are changed where
    they differ; links that a person has settled stay. Raises Forbidden.
    """
    keep_source(actor, source)
    index_case_numbers(actor)
    for meetings in _batches(reading.meetings):
        import_meetings(actor, source, meetings)
    for decisions in _batches(reading.decisions):
        yield import_decisions(actor, source, decisions)


def _batches(items: Sequence[Any]) -> Iterator[Any]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


@command
def keep_source(actor: Actor, source: Source) -> DecisionSource:
    """Remember a source by its key, if it is not known yet. Raises Forbidden."""
    require(policies.can_import(actor), "not_registry")
    row = db.session.get(DecisionSource, source.key, with_for_update=True)
    if row is None:
        row = DecisionSource(key=source.key)
        db.session.add(row)
    return row


@command
def keep_success(actor: Actor, source: Source, etag: str | None, last_modified: str | None) -> None:
    """Remember that a source was read now, and by what to ask it for what is new.

    Raises Forbidden.
    """
    row = keep_source(actor, source)
    row.checked_at, row.failure = clock.now(), None
    row.address, row.etag, row.last_modified = source.url, etag, last_modified


@command
def keep_failure(actor: Actor, source: Source, code: str) -> None:
    """Remember that reading a source failed now, and why.

    What to ask it by stays, since what it stands for has been imported. Raises Forbidden.
    """
    row = keep_source(actor, source)
    row.checked_at, row.failure = clock.now(), code


@command
def import_meetings(actor: Actor, source: Source, meetings: list[ReadMeeting]) -> None:
    """Bring meetings of a source up to date. Raises Forbidden."""
    require(policies.can_import(actor), "not_registry")
    city = get_city()
    for read in meetings:
        importing.keep_meeting(city, source, read)


@command
def import_decisions(actor: Actor, source: Source, decisions: list[ReadDecision]) -> Counts:
    """Bring some decisions of a source up to date and propose links by equal case numbers.

    Nothing is confirmed. Raises Forbidden.
    """
    require(policies.can_import(actor), "not_registry")
    city, counts = get_city(), Counts()
    known = importing.list_known(source, decisions)
    for read in decisions:
        row, done = importing.keep_decision(city, source, read, known.get(read.external_id))
        counts.add(done)
        key = importing.key_of(row)
        if key is not None and not done.same:
            matters = queries.list_matters_of_case(key)
            counts.proposed += _propose((row.id, matter_id) for matter_id in matters)
    return counts


@command
def index_case_numbers(actor: Actor) -> int:
    """Give a key to every matter whose case number has none yet; returns how many.

    Needed for matters that were registered before there were decisions. They are proposed the
    decisions that are there already. Raises Forbidden.
    """
    require(policies.can_import(actor), "not_registry")
    query = (
        select(Matter.id, Matter.case_number)
        .outerjoin(MatterCase, MatterCase.matter_id == Matter.id)
        .where(Matter.case_number.is_not(None), MatterCase.matter_id.is_(None))
    )
    rows = db.session.execute(query).all()
    found = [(matter_id, key) for matter_id, n in rows if n and (key := parse_case_number(n))]
    for matter_id, key in found:
        db.session.add(MatterCase(matter_id=matter_id, case_key=key.full, case_short=key.short))
    if found:
        db.session.flush()
        _propose(queries.list_pairs(matter_id for matter_id, _ in found))
    return len(found)


def _propose(pairs: Iterable[tuple[int, int]]) -> int:
    """Propose links (decision, matter) that nobody has proposed or settled; returns how many."""
    rows = [
        {
            "decision_id": decision_id,
            "matter_id": matter_id,
            "state": LinkState.PROPOSED,
            "proposed_by": ProposedBy.MATCH,
            "proposed_at": clock.now(),
        }
        for decision_id, matter_id in pairs
    ]
    if not rows:
        return 0
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(DecisionLink).values(rows).on_conflict_do_nothing()
    return len(db.session.execute(insert.returning(DecisionLink.matter_id)).all())


@on(Kind.REGISTERED, Kind.CASE_NUMBER_CHANGED)
def follow_case_number(entry: Entry) -> None:
    """A matter that gets its case number is proposed the decisions that have it already."""
    key = parse_case_number(entry.facts["case_number"])
    if key is None:
        return
    row = MatterCase(matter_id=entry.subject_id, case_key=key.full, case_short=key.short)
    db.session.merge(row)
    same = queries.same_case(key, Decision.case_key, Decision.case_short)
    ids = list(db.session.scalars(select(Decision.id).where(same).order_by(Decision.id)))
    _propose((decision_id, entry.subject_id) for decision_id in ids)


# ---------- linking ----------


@command
def link_decision(actor: Actor, matter: Matter, decision: Decision) -> None:
    """Say that a decision is about a matter: confirm a proposal, or link it by hand.

    The public sees it from now on; when the decision waits for a meeting, the matter is on that
    meeting's table. Raises Forbidden, NotFound for a draft, WrongState "link_settled" when it is
    linked already, Invalid "other_matters_decision" when the case number is another matter's.
    """
    _require_linker(actor, matter)
    _refuse_others(matter, decision)
    link = queries.get_link(matter.id, decision.id)
    if link is None:
        link = DecisionLink(
            decision_id=decision.id,
            matter_id=matter.id,
            proposed_by=ProposedBy.PERSON,
            proposed_at=clock.now(),
        )
        db.session.add(link)
    else:
        _require_move(link, LinkState.CONFIRMED)
    _settle(actor, link, LinkState.CONFIRMED, None)
    _table(matter.id, decision)
    record(
        Kind.DECISION_LINKED,
        matter,
        actor,
        role=_role(actor, matter),
        unit=matter.holder_unit,
        decision=decision.id,
        case_number=decision.case_number,
        body=decision.body,
        decided_on=decision.decided_on.isoformat() if decision.decided_on else None,
        digest=decision.digest,
    )
    topics.touch(f"matter:{matter.id}", "meetings")


@command
def reject_decision(actor: Actor, matter: Matter, decision: Decision, reason: str) -> None:
    """Say that a decision is not about a matter: refuse a proposal, or take a link away.

    Only taking away what was public is a public step. Raises Forbidden, NotFound where there is no
    link, WrongState "link_settled" when it is rejected already, Invalid "unknown_reason".
    """
    _require_linker(actor, matter)
    if reason not in list(UnlinkReason):
        raise Invalid("unknown_reason")
    link = queries.get_link(matter.id, decision.id)
    if link is None:
        raise NotFound("not_found")
    _require_move(link, LinkState.REJECTED)
    was_public = link.state == LinkState.CONFIRMED
    _settle(actor, link, LinkState.REJECTED, UnlinkReason(reason))
    if not was_public:
        return
    _untable(matter, decision)
    record(
        Kind.DECISION_UNLINKED,
        matter,
        actor,
        role=_role(actor, matter),
        unit=matter.holder_unit,
        decision=decision.id,
        reason=reason,
    )
    topics.touch(f"matter:{matter.id}", "meetings")


def _require_linker(actor: Actor, matter: Matter) -> None:
    require(policies.can_link(actor, matter), "not_your_unit")
    if matter.published_at is None:
        raise NotFound("not_found")


def _refuse_others(matter: Matter, decision: Decision) -> None:
    key = importing.key_of(decision)
    owners = queries.list_matters_of_case(key) if key else []
    if owners and matter.id not in owners:
        raise Invalid("other_matters_decision")


def _require_move(link: DecisionLink, to: LinkState) -> None:
    if link.state not in MOVES[to]:
        raise WrongState("link_settled")


def _settle(actor: Actor, link: DecisionLink, to: LinkState, reason: UnlinkReason | None) -> None:
    link.state, link.reason = to, reason
    link.settled_by, link.settled_at = actor.person_id, clock.now()


def _role(actor: Actor, matter: Matter) -> str:
    return "official" if can_handle(actor, matter) else "registry"


def _table(matter_id: int, decision: Decision) -> None:
    """Put a matter on the table of the meeting that the decision waits for, if it is on none."""
    meeting = db.session.get(Meeting, decision.meeting_id) if decision.meeting_id else None
    if meeting is None or meeting.day < clock.today():
        return
    tabled = db.session.get(TabledMatter, matter_id)
    if tabled is None:
        db.session.add(TabledMatter(matter_id=matter_id, meeting_id=meeting.id))
    elif db.session.get_one(Meeting, tabled.meeting_id).day < clock.today():
        tabled.meeting_id = meeting.id


def _untable(matter: Matter, decision: Decision) -> None:
    """Take a matter off the table where only the decision had put it."""
    tabled = db.session.get(TabledMatter, matter.id)
    if tabled and tabled.meeting_id == decision.meeting_id and matter.holder_body is None:
        db.session.delete(tabled)


# ---------- meetings ----------


@command
def plan_meeting(
    actor: Actor, body: str, day: date, at: datetime | None = None, place: str = ""
) -> Meeting:
    """Plan a meeting of a body on a local day, or change the hour and place of a planned one.

    A cancelled meeting is planned again. Raises Forbidden, Invalid "unknown_body", "not_ahead",
    "hour_of_another_day", "too_long".
    """
    require(policies.can_import(actor), "not_registry")
    if body not in get_city().bodies:
        raise Invalid("unknown_body")
    if day < clock.today():
        raise Invalid("not_ahead")
    if at is not None and clock.local_date(at) != day:
        raise Invalid("hour_of_another_day")
    meeting = _meeting_on(body, day)
    meeting.at, meeting.place = at, clean(place, NAME_LIMIT, required=False)
    meeting.status = MeetingStatus.PLANNED
    return meeting


@command
def cancel_meeting(actor: Actor, body: str, day: date) -> None:
    """Call a planned meeting off. Raises Forbidden, NotFound, WrongState "meeting_past"."""
    require(policies.can_import(actor), "not_registry")
    query = select(Meeting).where(Meeting.body == body, Meeting.day == day)
    meeting = db.session.scalar(query.with_for_update())
    if meeting is None:
        raise NotFound("not_found")
    if meeting.day < clock.today():
        raise WrongState("meeting_past")
    meeting.status = MeetingStatus.CANCELLED
    topics.touch("meetings")


@command
def close_past_meetings() -> int:
    """Planned meetings whose day has passed have been held; returns how many there were."""
    query = select(Meeting).where(
        Meeting.status == MeetingStatus.PLANNED, Meeting.day < clock.today()
    )
    past = list(db.session.scalars(query.limit(BATCH).with_for_update()))
    for meeting in past:
        meeting.status = MeetingStatus.HELD
    return len(past)


def _meeting_on(body: str, day: date) -> Meeting:
    """The meeting of a body on a day, made where there is none."""
    meeting = db.session.scalar(select(Meeting).where(Meeting.body == body, Meeting.day == day))
    if meeting is None:
        ref = f"{BY_HAND}:{body}:{day.isoformat()}"
        meeting = Meeting(body=body, day=day, source_ref=ref)
        db.session.add(meeting)
        db.session.flush()
    topics.touch("meetings")
    return meeting


@on(Kind.SENT_TO_BODY)
def put_on_table(entry: Entry) -> None:
    """A matter that is sent to a body is on the table of its meeting."""
    meeting = _meeting_on(entry.facts["body"], date.fromisoformat(entry.facts["meeting"]))
    db.session.merge(TabledMatter(matter_id=entry.subject_id, meeting_id=meeting.id))


@on(Kind.BACK_FROM_BODY)
def take_from_table(entry: Entry) -> None:
    """A matter that comes back from a body is not on its table any more."""
    tabled = db.session.get(TabledMatter, entry.subject_id)
    if tabled is not None:
        db.session.delete(tabled)
        topics.touch("meetings")
