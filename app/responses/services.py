"""Writes of handling, answering and promising. Each public function is one command.

In the order of a matter's way: registering; preparing (start, assign, hand over, estimate, extend);
asking the author and going to a body; answering (draft, publish, correct); leaving (transfer,
close, restore); promises (keep, move, break). Texts that the public reads are mappings by language
and must stand in every official language; their words are kept beside the journal, which knows
only digests.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.accounts.models import Person
from app.city import get_city
from app.core import clock, errors, topics
from app.core.access import Actor, require
from app.core.command import command
from app.core.errors import Invalid, WrongState
from app.core.text import clean
from app.duties.queries import list_clocks
from app.duties.rules import Clock, ClockKind, Status
from app.extensions import db
from app.journal import Entry, Kind, on, record, text_digest
from app.journal.chain import canonical
from app.journal.recording import new_salt
from app.proposals import services as proposals
from app.proposals.lifecycle import EXITS, OPEN, UNANSWERED, Outcome, State
from app.proposals.models import Matter
from app.proposals.notes import add_note
from app.proposals.policies import is_author
from app.responses import case_numbers, completeness, policies, queries
from app.responses.completeness import AnswerDraft as AnswerDraft
from app.responses.completeness import PromiseDraft as PromiseDraft
from app.responses.models import Answer, Promise, PromiseState, SavedDraft, Work
from app.responses.public_notes import NOTE_LIMIT, add_public_note
from app.search import services as search

CONTACT_LIMIT = 200
FIELD_LIMIT = 2 * completeness.TEXT_LIMIT
PREPARING = (State.REGISTERED, State.IN_PREPARATION)
DRAFTING = (State.IN_PREPARATION, State.WAITING)

errors.explain(
    {
        "not_registry": _l("Only the registry can do this."),
        "not_your_unit": _l("Only an official of the unit that holds the matter can do this."),
        "own_matter": _l("You started this matter yourself, so somebody else has to handle it."),
        "not_promising_unit": _l("Only an official of the unit that promised can do this."),
        "unknown_unit": _l("Choose a unit from the list."),
        "same_unit": _l("The unit holds the matter already. Choose another one."),
        "unknown_body": _l("Choose a body from the list."),
        "unknown_authority": _l("Choose an authority from the list."),
        "not_in_unit": _l("Choose an official of the unit who did not start the matter."),
        "case_number_form": _l("Write the case number like this: %(example)s."),
        "case_number_taken": _l("Another matter has this case number already."),
        "not_every_language": _l("Write the text in every official language of the city."),
        "not_ahead": _l("Choose a day that is still to come."),
        "not_later": _l("Choose a day that is later than the present one."),
        "no_answer_clock": _l("There is no answer deadline running that could be extended."),
        "nobody_to_ask": _l("There is no author who could be asked."),
        "not_asked": _l("Nothing has been asked from the author."),
        "not_at_body": _l("The matter is not at a body."),
        "answer_incomplete": _l("The answer cannot be published yet. Something is missing."),
        "draft_changed": _l(
            "Somebody else saved this draft after you opened it. Your own text is below. "
            "Save again if it should replace theirs."
        ),
        "no_answer": _l("There is no answer that could be corrected."),
        "correction_outcome": _l(
            "A correction keeps the outcome. If the outcome changes, reopen the matter and "
            "answer again."
        ),
        "correction_promises": _l("A correction makes no promises. Those stand on their own."),
        "still_promised": _l(
            "The matter cannot be closed while a promise of its answer is open. "
            "Keep the promise, or break it with a reason."
        ),
        "promise_settled": _l("The promise has already been kept or broken."),
    }
)


# ---------- the registry ----------


@command
def register_matter(
    actor: Actor, matter: Matter, unit: str, case_number: str | None = None
) -> None:
    """Give a pending matter its case number and the unit that answers for it.

    The number comes from the city's series unless one is typed. Raises Forbidden "not_registry",
    Invalid for an unknown unit or a number of the wrong form or taken, WrongState unless pending.
    """
    require(policies.can_register(actor), "not_registry")
    _expect(matter, State.PUBLISHED)
    if unit not in get_city().units:
        raise Invalid("unknown_unit")
    number = case_numbers.checked(case_number) if case_number else case_numbers.next_number()
    record(Kind.REGISTERED, matter, actor, role="registry", unit=unit, case_number=number)
    search.index_matter(matter.id, "case", "", number)


@command
def restore_matter(actor: Actor, matter: Matter, reason: Mapping[str, str]) -> None:
    """Bring a withdrawn, merged or transferred matter back to where it was, with a public reason.

    For a transfer that is returned, an appeal or a mistake; its own clocks run again. Raises
    Forbidden "not_registry", WrongState, Invalid.
    """
    require(policies.can_register(actor), "not_registry")
    _expect(matter, *EXITS)
    note = add_public_note(matter, "restored", reason)
    record(Kind.RESTORED, matter, actor, role="registry", reason=note)


# ---------- preparing ----------


@command
def start_preparation(actor: Actor, matter: Matter) -> None:
    """Begin to prepare a registered matter. Raises Forbidden, WrongState."""
    _require_handler(actor, matter)
    record(Kind.PREPARING, matter, actor, role="official", unit=matter.holder_unit)


@command
def assign_matter(actor: Actor, matter: Matter, person: Person | None) -> None:
    """Name the official of the unit who works on the matter, or nobody.

    Raises Forbidden, WrongState when nothing is left to do, Invalid "not_in_unit".
    """
    _require_handler(actor, matter)
    _expect(matter, *OPEN, State.IMPLEMENTED)
    if person is not None and not policies.can_handle(person.as_actor(), matter):
        raise Invalid("not_in_unit")
    proposals.assign(actor, matter, person.id if person else None)


@command
def hand_over(actor: Actor, matter: Matter, to_unit: str, reason: Mapping[str, str]) -> None:
    """Give the matter to another unit with a public reason; its clocks go on.

    Raises Forbidden, WrongState once it is answered or waits, Invalid.
    """
    _require_handler(actor, matter)
    _expect(matter, *PREPARING)
    if to_unit not in get_city().units:
        raise Invalid("unknown_unit")
    if to_unit == matter.holder_unit:
        raise Invalid("same_unit")
    record(
        Kind.HANDED_OVER,
        matter,
        actor,
        role="official",
        unit=matter.holder_unit,
        from_unit=matter.holder_unit,
        to_unit=to_unit,
        reason=add_public_note(matter, "handed_over", reason),
    )
    proposals.assign(actor, matter, None)


@command
def estimate(actor: Actor, matter: Matter, until: date, contact: str) -> None:
    """Tell until when the answer is expected and whom to contact.

    Raises Forbidden, WrongState once it is answered, Invalid for a past day or an empty contact.
    """
    _require_handler(actor, matter)
    _expect(matter, *UNANSWERED)
    if until < clock.today():
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
    _require_handler(actor, matter)
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


# ---------- the author and the bodies ----------


@command
def ask_author(actor: Actor, matter: Matter, texts: Mapping[str, str]) -> None:
    """Ask the author something in public; the answer clock stops until the reply.

    Raises Forbidden, WrongState, Invalid.
    """
    _require_handler(actor, matter)
    if matter.author_id is None:
        raise WrongState("nobody_to_ask")
    note = add_public_note(matter, "asked", texts)
    record(Kind.ASKED, matter, actor, role="official", unit=matter.holder_unit, text=note)


@command
def reply(actor: Actor, matter: Matter, text: str) -> None:
    """The author replies; preparing and the answer clock go on.

    Raises Forbidden "not_author", WrongState "not_asked", Invalid.
    """
    require(is_author(actor, matter), "not_author")
    _expect_asked(matter)
    note = add_note(matter, "replied", {matter.language: clean(text, NOTE_LIMIT)})
    record(Kind.REPLIED, matter, actor, role="author", text=note)


@command
def resume(actor: Actor, matter: Matter, reason: Mapping[str, str]) -> None:
    """Go on without the author's reply, with a public reason; the answer clock runs again.

    Raises Forbidden, WrongState "not_asked", Invalid.
    """
    _require_handler(actor, matter)
    _expect_asked(matter)
    note = add_public_note(matter, "resumed", reason)
    record(Kind.RESUMED, matter, actor, role="official", unit=matter.holder_unit, reason=note)


@command
def send_to_body(actor: Actor, matter: Matter, body: str, meeting: date) -> None:
    """Put the matter on a body's table for a known meeting; the answer clock goes on.

    Raises Forbidden, WrongState, Invalid "unknown_body" or "not_ahead".
    """
    _require_handler(actor, matter)
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
    _require_handler(actor, matter)
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


# ---------- answering ----------


@command
def save_answer_draft(
    actor: Actor, matter: Matter, fields: Mapping[str, str], seen: int
) -> SavedDraft:
    """Keep what has been typed into the answer, field by field.

    `seen` is the version of the draft that the writer saw, 0 for none. Raises Forbidden,
    WrongState unless the matter is being prepared, Invalid "draft_changed".
    """
    _require_handler(actor, matter)
    _expect(matter, *DRAFTING)
    draft = db.session.get(SavedDraft, matter.id)
    if (draft.version if draft else 0) != seen:
        raise Invalid("draft_changed")
    if draft is None:
        draft = SavedDraft(matter_id=matter.id, version=0)
        db.session.add(draft)
    draft.fields = {k: clean(v, FIELD_LIMIT, required=False) for k, v in fields.items()}
    draft.version += 1
    draft.saved_by, draft.saved_at = actor.person_id or 0, clock.now()
    return draft


@command
def publish_answer(actor: Actor, matter: Matter, draft: AnswerDraft) -> Answer:
    """Publish the official answer and its promises; this version never changes.

    Raises Forbidden (another unit's matter, or the official's own), WrongState unless it is in
    preparation, Invalid "answer_incomplete" with the fact `missing`: a list of what is wrong
    (see `completeness.Check`).
    """
    _require_handler(actor, matter)
    _expect(matter, State.IN_PREPARATION)
    _refuse_incomplete(draft)
    answer = _add_version(matter, draft)
    record(
        Kind.ANSWERED,
        matter,
        actor,
        role="official",
        unit=answer.unit,
        version=answer.version,
        outcome=answer.outcome,
        work=answer.work,
        cost_cents=answer.cost_cents,
        languages=sorted(answer.texts),
        text=answer.digest,
    )
    for promise in draft.promises:
        _promise(actor, matter, answer, promise)
    _forget_draft(matter)
    return answer


@command
def correct_answer(
    actor: Actor, matter: Matter, draft: AnswerDraft, reason: Mapping[str, str]
) -> Answer:
    """Publish a new version of the answer that mends the one before, with its reason.

    Raises Forbidden, WrongState "no_answer" (also after reopening, when a new answer is due),
    Invalid when it is incomplete, changes the outcome or makes promises.
    """
    _require_handler(actor, matter)
    before = queries.get_answer(matter.id)
    if before is None or matter.state in (*UNANSWERED, *EXITS):
        raise WrongState("no_answer")
    if draft.promises:
        raise Invalid("correction_promises")
    _refuse_incomplete(draft)
    if Outcome(draft.outcome or "") != before.outcome:
        raise Invalid("correction_outcome")
    answer = _add_version(matter, draft, correction=add_public_note(matter, "corrected", reason))
    record(
        Kind.CORRECTED,
        matter,
        actor,
        role="official",
        unit=answer.unit,
        version=answer.version,
        reason=answer.correction,
        text=answer.digest,
    )
    topics.touch("matters", f"matter:{matter.id}")
    return answer


# ---------- leaving ----------


@command
def transfer(actor: Actor, matter: Matter, authority: str, reason: Mapping[str, str]) -> None:
    """Transfer a matter that is not the city's to the named authority.

    The registry may do it before any unit holds the matter. An answered matter is transferred
    only when its answer said so. Source: Administrative Procedure Act 434/2003, section 21.
    Raises Forbidden, WrongState, Invalid "unknown_authority".
    """
    if matter.holder_unit is None:
        require(policies.can_transfer(actor, matter), "not_registry")
    else:
        _require_handler(actor, matter)
    if not (matter.state == State.ANSWERED and matter.outcome == Outcome.TRANSFERRED):
        _expect(matter, *UNANSWERED)
    if authority not in get_city().authorities:
        raise Invalid("unknown_authority")
    record(
        Kind.TRANSFERRED,
        matter,
        actor,
        role="official" if matter.holder_unit else "registry",
        unit=matter.holder_unit,
        authority=authority,
        reason=add_public_note(matter, "transferred", reason),
    )
    _forget_draft(matter)


@command
def close_matter(actor: Actor, matter: Matter, reason: Mapping[str, str]) -> None:
    """Close an answered matter with public reasons, when its answer leaves nothing to do.

    Raises Forbidden, WrongState ("still_promised" while a promise is open), Invalid.
    """
    _require_handler(actor, matter)
    _expect(matter, State.ANSWERED)
    promises = queries.list_promises([matter.id])[matter.id]
    if any(promise.state == PromiseState.OPEN for promise in promises):
        raise WrongState("still_promised")
    note = add_public_note(matter, "closed", reason)
    record(Kind.CLOSED, matter, actor, role="official", unit=matter.holder_unit, reason=note)


# ---------- promises ----------


@command
def keep_promise(actor: Actor, promise: Promise, evidence: Mapping[str, str]) -> None:
    """Say that a promise is kept and how one can see it. Raises Forbidden, WrongState, Invalid."""
    matter = _open_promise(actor, promise)
    promise.note = add_public_note(matter, "promise_kept", evidence)
    promise.state, promise.kept_at = PromiseState.KEPT, clock.now()
    _record_promise(Kind.PROMISE_KEPT, actor, matter, promise, evidence=promise.note)


@command
def move_promise(actor: Actor, promise: Promise, due: date, reason: Mapping[str, str]) -> None:
    """Move an open promise to a later day with a public reason; its first date stays visible.

    Raises Forbidden, WrongState, Invalid "not_ahead" or "not_later".
    """
    matter = _open_promise(actor, promise)
    if due <= clock.today():
        raise Invalid("not_ahead")
    if due <= promise.due:
        raise Invalid("not_later")
    promise.note = add_public_note(matter, "promise_moved", reason)
    promise.due = due
    moved = {"due": clock.end_of(due), "reason": promise.note}
    _record_promise(Kind.PROMISE_MOVED, actor, matter, promise, **moved)


@command
def break_promise(actor: Actor, promise: Promise, reason: Mapping[str, str]) -> None:
    """Say in public that a promise will not be kept, and why.

    Raises Forbidden, WrongState, Invalid.
    """
    matter = _open_promise(actor, promise)
    promise.note = add_public_note(matter, "promise_broken", reason)
    promise.state = PromiseState.BROKEN
    _record_promise(Kind.PROMISE_BROKEN, actor, matter, promise, reason=promise.note)


# ---------- shared ----------


def _require_handler(actor: Actor, matter: Matter) -> None:
    require(policies.holds(actor, matter), "not_your_unit")
    require(policies.can_handle(actor, matter), "own_matter")


def _expect(matter: Matter, *states: State) -> None:
    if matter.state not in states:
        raise WrongState("wrong_state")


def _expect_asked(matter: Matter) -> None:
    """A waiting matter waits for the author, unless a body has it."""
    if matter.state != State.WAITING or matter.holder_body is not None:
        raise WrongState("not_asked")


def _answer_clock(matter: Matter) -> Clock:
    for running in list_clocks([matter.id])[matter.id]:
        if running.kind == ClockKind.ANSWER and running.status == Status.RUNNING:
            return running
    raise WrongState("no_answer_clock")


def _refuse_incomplete(draft: AnswerDraft) -> None:
    found = completeness.missing(draft, get_city().official_languages, clock.today())
    if found:
        raise Invalid("answer_incomplete", missing=[asdict(check) for check in found])


def _add_version(matter: Matter, draft: AnswerDraft, correction: str | None = None) -> Answer:
    texts = {
        code: {part: clean(text, completeness.TEXT_LIMIT) for part, text in parts.items()}
        for code, parts in completeness.texts_of(draft, get_city().official_languages).items()
    }
    last = select(func.max(Answer.version)).where(Answer.matter_id == matter.id)
    salt = new_salt()
    answer = Answer(
        matter_id=matter.id,
        version=(db.session.scalars(last).one() or 0) + 1,
        outcome=Outcome(draft.outcome or ""),
        texts=texts,
        cost_cents=draft.cost_cents,
        work=Work(draft.work or Work.CORE),
        unit=matter.holder_unit,
        correction=correction,
        salt=salt,
        digest=text_digest(canonical(texts), salt),
        published_at=clock.now(),
    )
    db.session.add(answer)
    db.session.flush()
    _index_answer(answer)
    return answer


def _index_answer(answer: Answer) -> None:
    words = [text for parts in answer.texts.values() for text in parts.values()]
    search.index_matter(answer.matter_id, "answer", "", "\n".join(words))


@on(Kind.SHOWN)
def index_again(entry: Entry) -> None:
    """A matter that is shown again is found by its case number and answer again."""
    matter = db.session.get_one(Matter, entry.subject_id)
    if matter.case_number:
        search.index_matter(matter.id, "case", "", matter.case_number)
    answer = queries.get_answer(matter.id)
    if answer is not None:
        _index_answer(answer)


def _promise(actor: Actor, matter: Matter, answer: Answer, draft: PromiseDraft) -> None:
    what = {code: clean(draft.what[code], NOTE_LIMIT) for code in answer.texts}
    promise = Promise(
        matter_id=matter.id,
        answer_id=answer.id,
        unit=answer.unit,
        what=what,
        salt=new_salt(),
        first_due=draft.due,
        due=draft.due,
    )
    db.session.add(promise)
    db.session.flush()
    due, text = clock.end_of(promise.due), text_digest(canonical(what), promise.salt)
    _record_promise(Kind.PROMISED, actor, matter, promise, due=due, text=text)


def _record_promise(
    kind: Kind, actor: Actor, matter: Matter, promise: Promise, **facts: Any
) -> None:
    record(kind, matter, actor, role="official", unit=promise.unit, promise=promise.id, **facts)
    topics.touch("matters", f"matter:{matter.id}")


def _open_promise(actor: Actor, promise: Promise) -> Matter:
    """The matter of an open promise, locked: its clocks and card follow together."""
    matter = db.session.get_one(Matter, promise.matter_id, with_for_update=True)
    require(actor.signed_in and policies.can_settle(actor, matter, promise), "not_promising_unit")
    if promise.state != PromiseState.OPEN:
        raise WrongState("promise_settled")
    return matter


def _forget_draft(matter: Matter) -> None:
    draft = db.session.get(SavedDraft, matter.id)
    if draft is not None:
        db.session.delete(draft)
