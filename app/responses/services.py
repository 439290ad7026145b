"""Writes of handling. Each public function is one command.

In the order of a matter's way: preparing (start, assign, estimate, extend); asking the author;
going to a body; transferring. Giving a matter to another unit is in `handovers.py`. Texts that the
public reads are mappings by language and must stand in every official language; their words are
kept beside the journal, which knows only digests.

While the author is asked the answer's clock stands. The author is given a number of days
(`reply_days` of the municipality's clocks) and is reminded once, some days after the question
(`ask_reminder_days`); then it is for the unit to go on. A matter that has left keeps its question:
it waits again when the matter is brought back, with the full time to reply.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.accounts.models import Person
from app.city import get_city
from app.core import clock, errors, topics
from app.core.access import ANONYMOUS, SYSTEM, Actor, require
from app.core.command import command
from app.core.errors import DomainError, Invalid, NotFound, WrongState
from app.core.text import clean
from app.duties.queries import list_clocks
from app.duties.rules import Clock, ClockKind, Status
from app.extensions import db
from app.feedback.queries import find_sender, get_sent
from app.journal import Entry, Kind, on, record
from app.proposals import services as proposals
from app.proposals.lifecycle import OPEN, UNANSWERED, Outcome, State
from app.proposals.models import Matter
from app.proposals.notes import add_note
from app.proposals.policies import is_author
from app.proposals.public_notes import NOTE_LIMIT, add_public_note
from app.proposals.words import waits_for_author
from app.responses import policies, queries
from app.responses.models import OpenQuestion
from app.responses.policies import require_handler

CONTACT_LIMIT = 200
BATCH = 100

errors.explain(
    {
        "not_your_unit": _l("Only an official of the unit that holds the matter can do this."),
        "own_matter": _l("You started this matter yourself, so somebody else has to handle it."),
        "unknown_body": _l("Choose a body from the list."),
        "unknown_authority": _l("Choose an authority from the list."),
        "assigned_meanwhile": _l(
            "A colleague has changed who works on this after you opened the page. Look who has it "
            "now, and choose again if you want to."
        ),
        "nothing_chosen": _l("Choose at least one matter first."),
        "not_assigned": _l("Nothing was changed, because one of the matters was refused."),
        "not_in_unit": _l("Choose an official of the unit who did not start the matter."),
        "not_ahead": _l("Choose a day that is still to come."),
        "not_later": _l("Choose a day that is later than the present one."),
        "no_answer_clock": _l("There is no answer deadline running that could be extended."),
        "nobody_to_ask": _l("There is no author who could be asked."),
        "not_asked": _l("Nothing has been asked from the author."),
        "not_at_body": _l("The matter is not at a body."),
    }
)


# ---------- preparing ----------


@command
def start_preparation(actor: Actor, matter: Matter) -> None:
    """Begin to prepare a registered matter. Raises Forbidden, WrongState."""
    require_handler(actor, matter)
    record(Kind.PREPARING, matter, actor, role="official", unit=matter.holder_unit)


@command
def assign_matter(
    actor: Actor, matter: Matter, person: Person | None, seen: int | None = None
) -> None:
    """Name the official of the unit who works on the matter, or nobody.

    `seen` is the person whom the actor saw there, 0 for nobody; without it nothing is compared.
    Raises Forbidden, WrongState when nothing is left to do, Invalid "not_in_unit", or
    "assigned_meanwhile" when a colleague was faster.
    """
    require_handler(actor, matter)
    _expect(matter, *OPEN, State.IMPLEMENTED)
    if seen is not None and seen != (matter.assignee_id or 0):
        raise Invalid("assigned_meanwhile")
    if person is not None and not policies.can_handle(person.as_actor(), matter):
        raise Invalid("not_in_unit")
    proposals.assign(actor, matter, person.id if person else None)


@command
def assign_matters(actor: Actor, seen: Mapping[int, int], person: Person | None) -> None:
    """Give several matters to one official of their unit, or to nobody: all of them or none.

    `seen` has for each matter the person whom the actor saw there, 0 for nobody. Raises NotFound,
    Invalid "nothing_chosen", or "not_assigned" with the fact `title` for the first matter that is
    refused, caused by its own refusal.
    """
    if not seen:
        raise Invalid("nothing_chosen")
    query = select(Matter).where(Matter.id.in_(seen)).order_by(Matter.id)
    matters = db.session.scalars(query.with_for_update(key_share=True)).all()
    if len(matters) != len(seen):
        raise NotFound("not_found")
    for matter in matters:
        try:
            assign_matter(actor, matter, person, seen[matter.id])
        except DomainError as error:
            raise Invalid("not_assigned", title=matter.title) from error


@command
def estimate(actor: Actor, matter: Matter, until: date, contact: str) -> None:
    """Tell until when the answer is expected and whom to contact.

    Raises Forbidden, WrongState once it is answered, Invalid "not_ahead" unless the day is later
    than today, or for an empty contact.
    """
    require_handler(actor, matter)
    _expect(matter, *UNANSWERED)
    if until <= clock.today():
        raise Invalid("not_ahead")
    note = add_note(matter, "contact", {matter.language: clean(contact, CONTACT_LIMIT)})
    record(
        Kind.ESTIMATED,
        matter,
        actor,
        role="official",
        unit=matter.holder_unit,
        until=until.isoformat(),
        contact=note,
    )


@command
def extend(actor: Actor, matter: Matter, until: date, reason: Mapping[str, str]) -> None:
    """Move the answer's deadline to the end of a later day, with a public reason.

    The first deadline stays visible and "on time" is judged by it. Raises Forbidden, WrongState
    "no_answer_clock" while none runs, Invalid "not_ahead" or "not_later".
    """
    require_handler(actor, matter)
    running = _answer_clock(matter)
    if until < clock.today():
        raise Invalid("not_ahead")
    if until <= clock.last_day(running.due):
        raise Invalid("not_later")
    record(
        Kind.EXTENDED,
        matter,
        actor,
        role="official",
        unit=matter.holder_unit,
        clock=running.kind,
        ref=running.ref,
        due=clock.end_of(until),
        reason=add_public_note(matter, "extended", reason),
    )


# ---------- the author ----------


@command
def ask_author(actor: Actor, matter: Matter, texts: Mapping[str, str]) -> None:
    """Ask the author something in public; the answer clock stops until the reply.

    Raises Forbidden, WrongState, Invalid.
    """
    require_handler(actor, matter)
    if matter.author_id is None and find_sender(matter.id) is None:
        raise WrongState("nobody_to_ask")
    note = add_public_note(matter, "asked", texts)
    record(Kind.ASKED, matter, actor, role="official", unit=matter.holder_unit, text=note)
    settings = get_city().settings["clocks"]
    db.session.add(
        OpenQuestion(
            matter_id=matter.id,
            asked_at=clock.now(),
            reply_by=clock.today() + timedelta(days=settings["reply_days"]),
            remind_at=clock.now() + timedelta(days=settings["ask_reminder_days"]),
        )
    )


@command
def reply(actor: Actor, matter: Matter, text: str) -> None:
    """The author replies; preparing and the answer clock go on.

    Raises Forbidden "not_author", WrongState "not_asked", Invalid.
    """
    require(is_author(actor, matter), "not_author")
    _record_reply(actor, matter, text)


@command
def reply_by_link(token: str, text: str) -> None:
    """The sender of feedback without an account replies; as `reply`. Raises Gone, too."""
    _, matter = get_sent(token, lock=True)
    _record_reply(ANONYMOUS, matter, text)


def _record_reply(actor: Actor, matter: Matter, text: str) -> None:
    _expect_asked(matter)
    note = add_note(matter, "replied", {matter.language: clean(text, NOTE_LIMIT)})
    record(Kind.REPLIED, matter, actor, role="author", text=note)


@command
def resume(actor: Actor, matter: Matter, reason: Mapping[str, str]) -> None:
    """Go on without the author's reply, with a public reason; the answer clock runs again.

    Raises Forbidden, WrongState "not_asked", Invalid.
    """
    require_handler(actor, matter)
    _expect_asked(matter)
    note = add_public_note(matter, "resumed", reason)
    record(Kind.RESUMED, matter, actor, role="official", unit=matter.holder_unit, reason=note)


@on(Kind.REPLIED, Kind.RESUMED)
def end_question(entry: Entry) -> None:
    """The question waits for nobody any more."""
    question = db.session.get(OpenQuestion, entry.subject_id)
    if question is not None:
        db.session.delete(question)
        db.session.flush()


@on(Kind.RESTORED)
def give_time_again(entry: Entry) -> None:
    """An author whose matter comes back while it waits gets the full time to reply."""
    question = db.session.get(OpenQuestion, entry.subject_id)
    if question is not None:
        days = get_city().settings["clocks"]["reply_days"]
        question.reply_by = clock.local_date(entry.at) + timedelta(days=days)


def remind_authors() -> int:
    """Remind the authors whose reply has not come; returns how many. Again, it adds nothing."""
    written = 0
    while due := queries.list_unreminded(clock.now(), BATCH):
        db.session.rollback()
        written += sum(remind_author(matter_id) for matter_id in due)
    db.session.rollback()
    return written


@command
def remind_author(matter_id: int) -> int:
    """Remind one author of the question, at most once; 0 when there is nothing to remind of."""
    matter = db.session.get_one(Matter, matter_id, with_for_update=True)
    question = queries.get_open_question(matter)
    if question is None or question.reminded_at or question.remind_at > clock.now():
        return 0
    question.reminded_at = clock.now()
    record(Kind.ASK_REMINDED, matter, SYSTEM)
    topics.touch(f"matter:{matter.id}")
    return 1


# ---------- the bodies ----------


@command
def send_to_body(actor: Actor, matter: Matter, body: str, meeting: date) -> None:
    """Put the matter on a body's table for a known meeting; the answer clock goes on.

    The meeting may be later today, since bodies take up urgent matters on the day itself. Raises
    Forbidden, WrongState, Invalid "unknown_body" or "not_ahead".
    """
    require_handler(actor, matter)
    if body not in get_city().bodies:
        raise Invalid("unknown_body")
    if meeting < clock.today():
        raise Invalid("not_ahead")
    record(
        Kind.SENT_TO_BODY,
        matter,
        actor,
        role="official",
        unit=matter.holder_unit,
        body=body,
        meeting=meeting.isoformat(),
    )


@command
def back_from_body(actor: Actor, matter: Matter) -> None:
    """The body has dealt with the matter; preparing goes on. Raises Forbidden, WrongState."""
    require_handler(actor, matter)
    if matter.holder_body is None:
        raise WrongState("not_at_body")
    record(
        Kind.BACK_FROM_BODY,
        matter,
        actor,
        role="official",
        unit=matter.holder_unit,
        body=matter.holder_body,
    )


# ---------- leaving ----------


@command
def transfer(actor: Actor, matter: Matter, authority: str, reason: Mapping[str, str]) -> None:
    """Transfer a matter that is not the city's to the named authority.

    An answered matter is transferred only when its answer said so. Source: Administrative
    Procedure Act 434/2003, section 21. Raises Forbidden, WrongState, Invalid "unknown_authority".
    """
    require_handler(actor, matter)
    if not (matter.state == State.ANSWERED and matter.outcome == Outcome.TRANSFERRED):
        _expect(matter, *UNANSWERED)
    if authority not in get_city().authorities:
        raise Invalid("unknown_authority")
    record(
        Kind.TRANSFERRED,
        matter,
        actor,
        role="official",
        unit=matter.holder_unit,
        authority=authority,
        reason=add_public_note(matter, "transferred", reason),
    )


# ---------- shared ----------


def _expect(matter: Matter, *states: State) -> None:
    if matter.state not in states:
        raise WrongState("wrong_state")


def _expect_asked(matter: Matter) -> None:
    if not waits_for_author(matter):
        raise WrongState("not_asked")


def _answer_clock(matter: Matter) -> Clock:
    for running in list_clocks([matter.id])[matter.id]:
        if running.kind == ClockKind.ANSWER and running.status == Status.RUNNING:
            return running
    raise WrongState("no_answer_clock")
