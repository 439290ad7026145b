"""Writes of clocks: they follow the journal, and run out by the job.

In this order: what starts them; what a matter asks by law (marks, documents); how the tables follow
the journal; how clocks run out; the replay.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.city import get_city
from app.core import clock as time
from app.core import errors, topics, words
from app.core.access import SYSTEM, Actor, Role, require
from app.core.command import command
from app.core.errors import Invalid, WrongState
from app.duties import marks, policies, queries, schedule
from app.duties.models import DutyClock
from app.duties.rules import (
    FOLLOWED,
    Clock,
    ClockKind,
    Clocks,
    fold,
    is_overdue,
    parse,
    run_out_by,
    soonest,
)
from app.duties.table import DUTIES, MARKS, Start
from app.extensions import db
from app.journal import Entry, Kind, on, record
from app.journal.replay import register
from app.proposals import services as proposals
from app.proposals.lifecycle import UNANSWERED
from app.proposals.models import Matter
from app.proposals.public_notes import add_public_note

BATCH = 200
COMPETENT = ("council", "board", "committee")  # types of bodies that take an initiative up
DEALING = (Kind.BACK_FROM_BODY, Kind.DECISION_LINKED)  # what says that a body has dealt with it

errors.explain(
    {
        "cannot_mark": _l(
            "Only the registry or an official of the unit that holds the matter can do this, and "
            "not in a matter of their own."
        ),
        "unknown_mark": _l("Choose a document request or feedback about accessibility."),
        "already_marked": _l("The matter has been marked like this already."),
        "not_marked": _l("The matter has no such deadline that is still open."),
        "past_the_month": _l(
            "The law gives at most one month from the request. The last day is %(day)s."
        ),
        "not_later_request": _l("Choose a day that is later than the present one."),
    }
)


# ---------- what starts clocks ----------


@on(Kind.PUBLISHED)
def start_handling_clocks(entry: Entry) -> None:
    """A matter that becomes pending starts the clocks of its handling."""
    pending = [kind for kind, duty in DUTIES.items() if duty.starts == Start.PENDING]
    _start(entry, pending, entry.at)


@on(Kind.PUBLISHED)
def mark_by_text(entry: Entry) -> None:
    """A text that asks for documents, or tells of digital accessibility, is marked at once."""
    matter = db.session.get_one(Matter, entry.subject_id)
    text = proposals.current_text(matter)
    for mark in marks.marks_of(matter.kind, (text.title, text.body)):
        record(Kind.MARKED, matter, SYSTEM, at=entry.at, mark=mark)


@on(Kind.MARKED)
def start_marked(entry: Entry) -> None:
    """The duty of a mark counts from becoming pending, and may have run out already."""
    matter = db.session.get_one(Matter, entry.subject_id)
    _start(entry, [ClockKind(entry.facts["mark"])], matter.published_at or entry.at)


@on(Kind.MAKERS_THRESHOLD)
def start_six_months(entry: Entry) -> None:
    """The statutory clock counts from becoming pending, and may have run out already.

    Where the competent body has taken the matter up before so many had signed, nothing is owed.
    """
    dealt = queries.list_entries_of(entry.subject_id, *DEALING)
    if not any(_dealing_body(earlier) for earlier in dealt):
        _start(entry, [ClockKind.SIX_MONTHS], parse(entry.facts["pending_since"]))


@on(*DEALING)
def take_up(entry: Entry) -> None:
    """A council, board or committee that has dealt with a matter has taken it up.

    It has when the matter comes back from it, and when a decision of it is linked, which can be
    after the answer. The duty of the Local Government Act 410/2015 section 23 is the body's:
    sections, advisory councils and officials do not meet it. The entry says so itself, since what
    a body is may change in the settings later.
    """
    matter_id, body = entry.subject_id, _dealing_body(entry)
    is_owed = any(
        clock.kind == ClockKind.SIX_MONTHS and clock.is_open
        for clock in queries.list_clocks([matter_id])[matter_id]
    )
    if is_owed and body:
        matter = db.session.get_one(Matter, matter_id)
        record(Kind.TAKEN_UP, matter, SYSTEM, at=entry.at, unit=entry.unit, body=body)


def _dealing_body(entry: Entry) -> str | None:
    """The competent body that has dealt with a matter by an entry; None when none has."""
    body: str | None = entry.facts["body"]
    if entry.kind == Kind.DECISION_LINKED:
        decided_on = entry.facts["decided_on"]
        if not decided_on or date.fromisoformat(decided_on) > time.local_date(entry.at):
            return None
    return body if body and get_city().bodies[body].type in COMPETENT else None


@on(Kind.IMPLEMENTED)
def start_follow_up(entry: Entry) -> None:
    """Implementing starts the clocks of the measurements."""
    _start(entry, [ClockKind.FOLLOW_UP], entry.at)


@on(Kind.REOPENED)
def start_new_answer(entry: Entry) -> None:
    """A reopened matter gets a new answer clock; follow-up waits for the next implementing."""
    query = select(func.count()).where(
        DutyClock.matter_id == entry.subject_id, DutyClock.kind == ClockKind.ANSWER
    )
    ref = str(db.session.scalars(query).one() + 1)
    _start(entry, [ClockKind.ANSWER], entry.at, ref)


def _start(entry: Entry, kinds: list[ClockKind], since: datetime, ref: str = "") -> None:
    """Start clocks by the municipality's settings; `ref` tells a later answer from the first."""
    matter = db.session.get_one(Matter, entry.subject_id)
    settings = get_city().settings["clocks"]
    started = [
        {"kind": key[0].value, "ref": ref or key[1], "due": due}
        for kind in kinds
        for key, due in schedule.dues(settings, kind, matter.kind, since).items()
    ]
    if started:
        record(Kind.CLOCKS_STARTED, matter, SYSTEM, at=since, clocks=started)


# ---------- what a matter asks by law ----------


@command
def mark_matter(actor: Actor, matter: Matter, mark: str) -> None:
    """Say that a matter is a document request or is about digital accessibility; its clock starts.

    The clock counts from becoming pending: Act on Openness 621/1999 section 14, two weeks from the
    request; Act 306/2019, fourteen days. Raises Forbidden "cannot_mark", Invalid "unknown_mark",
    WrongState once it is answered, or "already_marked".
    """
    require(policies.can_mark(actor, matter), "cannot_mark")
    kind = _mark(mark)
    if matter.state not in UNANSWERED:
        raise WrongState("wrong_state")
    if _open_clock(matter, kind) is not None:
        raise WrongState("already_marked")
    record(
        Kind.MARKED, matter, actor, role=_role(actor, matter), unit=matter.holder_unit, mark=kind
    )


@command
def unmark_matter(actor: Actor, matter: Matter, mark: str) -> None:
    """Say that a mark was a mistake; its clock ends.

    Raises Forbidden "cannot_mark", Invalid "unknown_mark", WrongState "not_marked".
    """
    require(policies.can_mark(actor, matter), "cannot_mark")
    kind = _mark(mark)
    _require_clock(matter, kind)
    role = _role(actor, matter)
    record(Kind.UNMARKED, matter, actor, role=role, unit=matter.holder_unit, mark=kind)


@command
def give_documents(actor: Actor, matter: Matter, note: Mapping[str, str]) -> None:
    """Say that the documents asked for were given, or which were refused and why, in public.

    Raises Forbidden "cannot_mark", WrongState "not_marked", Invalid "not_every_language".
    """
    require(policies.can_mark(actor, matter), "cannot_mark")
    _require_clock(matter, ClockKind.DOCUMENT_REQUEST)
    digest = add_public_note(matter, "documents_given", note)
    role = _role(actor, matter)
    record(Kind.DOCUMENTS_GIVEN, matter, actor, role=role, unit=matter.holder_unit, note=digest)


@command
def extend_request(actor: Actor, matter: Matter, until: date, reason: Mapping[str, str]) -> None:
    """Take longer for a document request, with a public reason; the first day stays visible.

    At most one month from the request (Act on Openness 621/1999 section 14). Raises Forbidden
    "cannot_mark", WrongState "not_marked", Invalid "not_later_request", "past_the_month" or
    "not_every_language".
    """
    require(policies.can_mark(actor, matter), "cannot_mark")
    running = _require_clock(matter, ClockKind.DOCUMENT_REQUEST)
    if until <= max(time.last_day(running.due), time.today()):
        raise Invalid("not_later_request")
    last = schedule.last_request_day(get_city().settings["clocks"], running.started_at)
    if until > last:
        raise Invalid("past_the_month", day=words.day(last))
    record(
        Kind.EXTENDED,
        matter,
        actor,
        role=_role(actor, matter),
        unit=matter.holder_unit,
        clock=running.kind,
        ref=running.ref,
        due=time.end_of(until),
        reason=add_public_note(matter, "extended", reason),
    )


def _mark(value: str) -> ClockKind:
    if value not in {mark.value for mark in MARKS}:
        raise Invalid("unknown_mark")
    return ClockKind(value)


def _role(actor: Actor, matter: Matter) -> str:
    is_holder = matter.holder_unit is not None and actor.has(Role.OFFICIAL, matter.holder_unit)
    return "official" if is_holder else "registry"


def _open_clock(matter: Matter, kind: ClockKind) -> Clock | None:
    clocks = queries.list_clocks([matter.id])[matter.id]
    return next((c for c in clocks if c.kind == kind and c.is_open), None)


def _require_clock(matter: Matter, kind: ClockKind) -> Clock:
    found = _open_clock(matter, kind)
    if found is None:
        raise WrongState("not_marked")
    return found


# ---------- how the tables follow the journal ----------


@on(*(set(FOLLOWED) - {Kind.CLOCKS_STARTED, Kind.OVERDUE}))
def note_lateness(entry: Entry) -> None:
    """Write what has run out before an entry stops, pauses or moves it.

    The journal says the same whether the job ran before that entry or not.
    """
    if entry.subject_type != Matter.journal_subject:
        return
    clocks = {c.key: c for c in queries.list_clocks([entry.subject_id])[entry.subject_id]}
    for clock in run_out_by(clocks, entry.at):
        _record_overdue(db.session.get_one(Matter, entry.subject_id), clock)


def _record_overdue(matter: Matter, clock: Clock) -> None:
    record(
        Kind.OVERDUE,
        matter,
        SYSTEM,
        at=clock.due,
        clock=clock.kind.value,
        ref=clock.ref,
        first_due=clock.first_due,
    )


@on(*FOLLOWED)
def follow(entry: Entry) -> None:
    """Bring the matter's clocks along with an entry, and its card's next deadline."""
    if entry.subject_type != Matter.journal_subject:
        return
    query = select(DutyClock).where(DutyClock.matter_id == entry.subject_id)
    rows = {row.as_clock().key: row for row in db.session.scalars(query)}
    before: Clocks = {key: row.as_clock() for key, row in rows.items()}
    after = fold(before, entry)
    for key, value in after.items():
        if before.get(key) == value:
            continue
        row = rows.get(key)
        if row is None:
            row = DutyClock(matter_id=entry.subject_id)
            db.session.add(row)
        row.follow(value)
    db.session.flush()
    if after != before:
        topics.touch(f"matter:{entry.subject_id}")
    next_clock = soonest(after)
    proposals.set_due(
        db.session.get_one(Matter, entry.subject_id),
        next_clock.due if next_clock else None,
        next_clock.kind.value if next_clock else None,
        is_overdue(after),
    )


# ---------- how clocks run out ----------


def run_out_clocks() -> int:
    """Write the overdue entries that are due; returns how many. Running it again adds nothing."""
    written = 0
    while due := queries.list_running_out(time.now(), BATCH):
        db.session.rollback()
        written += sum(run_out(matter_id, clock_id) for clock_id, matter_id in due)
    db.session.rollback()
    return written


@command
def run_out(matter_id: int, clock_id: int) -> int:
    """Write one clock's overdue entry, `at` its due moment; 0 when it is not due any more."""
    matter = db.session.get_one(Matter, matter_id, with_for_update=True)
    clock = db.session.get_one(DutyClock, clock_id).as_clock()
    if not run_out_by({clock.key: clock}, time.now()):
        return 0
    _record_overdue(matter, clock)
    return 1


# ---------- the replay ----------


class ClockReplayer:
    """Compares every matter's clocks, and its card's next deadline, with its entries."""

    name = "clocks"
    subject_type = "matter"

    def fold(self, entries: list[Entry]) -> Any:
        """Clocks by key, and the next deadline that follows from them."""
        clocks: Clocks = {}
        for entry in entries:
            clocks = fold(clocks, entry)
        next_clock = soonest(clocks)
        return {
            "clocks": {key: asdict(clock) for key, clock in clocks.items()},
            "next_due": next_clock.due if next_clock else None,
            "next_due_kind": next_clock.kind.value if next_clock else None,
            "overdue": is_overdue(clocks),
        }

    def stored(self, subject_ids: list[int]) -> dict[int, Any]:
        """The same as the tables have it."""
        clocks = queries.list_clocks(subject_ids)
        columns = (Matter.id, Matter.next_due, Matter.next_due_kind, Matter.overdue)
        return {
            row.id: {
                "clocks": {clock.key: asdict(clock) for clock in clocks[row.id]},
                "next_due": row.next_due,
                "next_due_kind": row.next_due_kind,
                "overdue": row.overdue,
            }
            for row in db.session.execute(select(*columns).where(Matter.id.in_(subject_ids)))
        }

    def count_stored(self) -> int:
        """Matters that are not drafts."""
        query = select(func.count()).select_from(Matter).where(Matter.published_at.is_not(None))
        return db.session.scalars(query).one()


register(ClockReplayer())
