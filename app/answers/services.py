"""Writes of answers: draft, approve, publish now or at a time, correct, close. Each is one command.

Texts are mappings by language; what is published stands in every official language.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.accounts.queries import get_person
from app.answers import completeness, queries, schedule, typed
from app.answers.completeness import AnswerDraft as AnswerDraft
from app.answers.completeness import ContractDraft as ContractDraft
from app.answers.completeness import PromiseDraft as PromiseDraft
from app.answers.models import CASE_LIMIT, Answer, EffectContract, Origin, SavedDraft, Work
from app.answers.policies import can_approve, needs_second_eyes
from app.city import get_city
from app.core import clock, errors, topics
from app.core.access import Actor, require
from app.core.command import command
from app.core.errors import DomainError, Invalid, WrongState
from app.core.text import clean
from app.extensions import db
from app.journal import Entry, Kind, on, record, text_digest
from app.journal.chain import canonical
from app.journal.recording import new_salt
from app.promises.queries import has_open_promise
from app.promises.services import make_promise
from app.proposals.lifecycle import EXITS, UNANSWERED, Outcome, State
from app.proposals.models import Matter
from app.proposals.public_notes import add_public_note
from app.responses.policies import require_handler
from app.search import services as search

FIELD_LIMIT = 2 * completeness.TEXT_LIMIT
DRAFTING = (State.IN_PREPARATION, State.WAITING)

errors.explain(
    {
        "answer_incomplete": _l("The answer cannot be published yet. Something is missing."),
        "draft_changed": _l(
            "Somebody else saved this draft after you opened it. Your own text is below. "
            "Save again if it should replace theirs."
        ),
        "needs_second_eyes": _l(
            "In this unit a colleague approves each answer first. Save the draft, and ask another "
            "official of the unit to read the preview and approve it."
        ),
        "own_draft": _l("Another official than the one who wrote the draft approves it."),
        "no_draft": _l("There is no saved draft."),
        "no_such_time": _l(
            "Choose a day and a time that exist. When summer time begins, the clocks skip an hour."
        ),
        "time_passed": _l("Choose a time that is still to come."),
        "time_too_far": _l("Choose a time within the next six months."),
        "translation_failed": _l(
            "The translation did not succeed. What you have written is saved. Try again later."
        ),
        "not_scheduled": _l("No time has been set for publishing."),
        "answer_changed": _l(
            "A colleague published another version of the answer after you opened this page. "
            "Your own text is below. Read the published version before you go on."
        ),
        "no_answer": _l("There is no answer that could be corrected."),
        "correction_outcome": _l(
            "A correction keeps the outcome. If the outcome changes, reopen the matter and "
            "answer again."
        ),
        "correction_contract": _l(
            "A correction keeps what was said about measuring the effect. It cannot be changed."
        ),
        "correction_promises": _l("A correction makes no promises. Those stand on their own."),
        "still_promised": _l(
            "The matter cannot be closed while a promise of its answer is open. "
            "Keep the promise, or break it with a reason."
        ),
    }
)


@command
def save_answer_draft(
    actor: Actor,
    matter: Matter,
    fields: Mapping[str, str],
    seen: int,
    origins: Mapping[str, str] | None = None,
) -> SavedDraft:
    """Keep what has been typed into the answer, field by field.

    `seen` is the version of the draft that the writer saw, 0 for none; `origins` tells which
    languages a machine has written, and stays as it was when it is None. A change voids the
    approval and the time of publishing. Raises Forbidden, WrongState unless the matter is being
    prepared, Invalid "draft_changed".
    """
    require_handler(actor, matter)
    _expect(matter, *DRAFTING)
    draft = db.session.get(SavedDraft, matter.id)
    if (draft.version if draft else 0) != seen:
        raise Invalid("draft_changed")
    cleaned = {k: clean(v, FIELD_LIMIT, required=False) for k, v in fields.items()}
    if draft is None:
        draft = SavedDraft(matter_id=matter.id, version=0, fields={}, origins={})
        db.session.add(draft)
    machine = {c: o for c, o in (origins or {}).items() if o == Origin.MACHINE}
    wanted = draft.origins if origins is None else machine
    if draft.version and (draft.fields, draft.origins) == (cleaned, wanted):
        return draft
    draft.fields, draft.origins = cleaned, wanted
    draft.version += 1
    draft.saved_by, draft.saved_at = actor.person_id or 0, clock.now()
    _unapprove(draft)
    _unschedule(draft)
    return draft


@command
def approve_draft(actor: Actor, matter: Matter, seen: int) -> SavedDraft:
    """Approve exactly the version of the draft that was read, as the second pair of eyes.

    Raises Forbidden (another unit, the own matter, or "own_draft": who saved it last), WrongState,
    Invalid "draft_changed" or "no_draft", and "answer_incomplete" for what cannot be published.
    """
    draft = _saved(actor, matter, seen)
    require(can_approve(actor, matter, draft), "own_draft")
    _refuse_incomplete(matter, _as_draft(draft), clock.today())
    draft.approved_version, draft.approved_by = draft.version, actor.person_id
    return draft


@command
def schedule_answer(actor: Actor, matter: Matter, seen: int, at: datetime) -> SavedDraft:
    """Have the saved draft published at a moment, as this official's act.

    It must be complete as of that day, and approved where the unit requires it; both are asked
    again at that moment. Raises Forbidden, WrongState unless it is in preparation, Invalid.
    """
    draft = _saved(actor, matter, seen)
    _expect(matter, State.IN_PREPARATION)
    schedule.require_ahead(at)
    answer = _as_draft(draft)
    _refuse_incomplete(matter, answer, clock.local_date(at))
    _refuse_unapproved(matter, answer)
    draft.publish_at, draft.scheduled_by, draft.problem = at, actor.person_id, None
    return draft


@command
def cancel_schedule(actor: Actor, matter: Matter) -> None:
    """Take back the time of publishing; the draft stays. Raises Forbidden, WrongState."""
    require_handler(actor, matter)
    draft = db.session.get(SavedDraft, matter.id)
    if draft is None or draft.publish_at is None:
        raise WrongState("not_scheduled")
    _unschedule(draft)


def publish_due() -> int:
    """Publish the answers whose time has come, however late; returns how many.

    What cannot be published any more loses its time, and its unit sees why. One that fails for
    another reason holds up none of the others: its error is raised when they are done.
    """
    published, failure = 0, None
    for matter_id in queries.list_due_drafts(clock.now()):
        try:
            published += _publish_scheduled(db.session.get_one(Matter, matter_id))
        except DomainError as error:
            _give_up(db.session.get_one(Matter, matter_id), error.code)
        except Exception as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return published


@command
def _publish_scheduled(matter: Matter) -> int:
    """Publish one answer for the official who set its time; 0 when that is done or taken back."""
    draft = db.session.get(SavedDraft, matter.id)
    if draft is None or draft.publish_at is None or draft.publish_at > clock.now():
        return 0
    official = get_person(draft.scheduled_by or 0).as_actor()
    publish_answer(official, matter, _as_draft(draft))
    return 1


@command
def _give_up(matter: Matter, code: str) -> None:
    draft = db.session.get(SavedDraft, matter.id)
    if draft is not None and draft.publish_at is not None and draft.publish_at <= clock.now():
        _unschedule(draft)
        draft.problem = code


@command
def publish_answer(actor: Actor, matter: Matter, draft: AnswerDraft) -> Answer:
    """Publish the official answer and its promises; this version never changes.

    Raises Forbidden (another unit's matter, or the official's own), WrongState unless it is in
    preparation, Invalid "answer_incomplete" with the fact `missing`: a list of what is wrong
    (see `completeness.Check`), and "needs_second_eyes" where the unit requires a colleague's
    approval and this very draft has none.
    """
    require_handler(actor, matter)
    _expect(matter, State.IN_PREPARATION)
    _refuse_incomplete(matter, draft, clock.today())
    approved_by = _refuse_unapproved(matter, draft)
    answer = _add_version(matter, draft, approved_by=approved_by)
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
        contract=answer.contract.digest if answer.contract else None,
        decision=answer.decision_case_number,
    )
    for promise in completeness.promises_of(draft, get_city().official_languages):
        if promise.due:
            make_promise(actor, matter, answer.id, promise.what, promise.due, unit=promise.unit)
    return answer


@command
def correct_answer(
    actor: Actor, matter: Matter, draft: AnswerDraft, reason: Mapping[str, str], seen: int
) -> Answer:
    """Publish a new version of the answer that mends the one before, with its reason.

    `seen` is the version that the writer saw. One official is enough also where answers need a
    second pair of eyes: a published mistake is mended in minutes. Raises Forbidden, WrongState
    "no_answer" (also after reopening, when a new answer is due), Invalid when it is incomplete,
    changes the outcome or the effect contract, makes promises, or with "answer_changed" when a
    colleague has published another version meanwhile.
    """
    require_handler(actor, matter)
    before = queries.get_answer(matter.id)
    if before is None or matter.state in (*UNANSWERED, *EXITS):
        raise WrongState("no_answer")
    if before.version != seen:
        raise Invalid("answer_changed")
    _refuse_other_promise(draft, before)
    kept = _with_contract_of(draft, before)
    _refuse_incomplete(matter, kept, clock.today(), is_correction=True)
    if Outcome(draft.outcome or "") != before.outcome:
        raise Invalid("correction_outcome")
    answer = _add_version(matter, kept, correction=add_public_note(matter, "corrected", reason))
    record(
        Kind.CORRECTED,
        matter,
        actor,
        role="official",
        unit=answer.unit,
        version=answer.version,
        reason=answer.correction,
        text=answer.digest,
        decision=answer.decision_case_number,
    )
    topics.touch("matters", f"matter:{matter.id}")
    return answer


@command
def close_matter(actor: Actor, matter: Matter, reason: Mapping[str, str]) -> None:
    """Close an answered matter with public reasons, when its answer leaves nothing to do.

    Raises Forbidden, WrongState ("still_promised" while a promise is open), Invalid.
    """
    require_handler(actor, matter)
    _expect(matter, State.ANSWERED)
    if has_open_promise(matter.id):
        raise WrongState("still_promised")
    note = add_public_note(matter, "closed", reason)
    record(Kind.CLOSED, matter, actor, role="official", unit=matter.holder_unit, reason=note)


@on(Kind.ANSWERED, Kind.HANDED_OVER, Kind.TRANSFERRED)
def forget_draft(entry: Entry) -> None:
    """What was typed is of no use once it is published, or when another has the matter."""
    draft = db.session.get(SavedDraft, entry.subject_id)
    if draft is not None:
        db.session.delete(draft)


@on(Kind.SHOWN)
def index_again(entry: Entry) -> None:
    """A matter that is shown again is found by its answer again."""
    answer = queries.get_answer(entry.subject_id)
    if answer is not None:
        _index_answer(answer)


def _expect(matter: Matter, *states: State) -> None:
    if matter.state not in states:
        raise WrongState("wrong_state")


def _saved(actor: Actor, matter: Matter, seen: int) -> SavedDraft:
    """The saved draft of which this version was read."""
    require_handler(actor, matter)
    _expect(matter, *DRAFTING)
    draft = db.session.get(SavedDraft, matter.id)
    if draft is None:
        raise Invalid("no_draft")
    if draft.version != seen:
        raise Invalid("draft_changed")
    return draft


def _as_draft(draft: SavedDraft) -> AnswerDraft:
    return typed.as_draft(draft.fields, get_city().official_languages, draft.origins)


def _unapprove(draft: SavedDraft) -> None:
    draft.approved_version = draft.approved_by = None


def _unschedule(draft: SavedDraft) -> None:
    draft.publish_at = draft.scheduled_by = draft.problem = None


def _refuse_incomplete(
    matter: Matter, draft: AnswerDraft, day: date, is_correction: bool = False
) -> None:
    rules = queries.get_rules(matter, draft, day, is_correction)
    found = completeness.missing(draft, rules)
    if found:
        raise Invalid("answer_incomplete", missing=[asdict(check) for check in found])


def _refuse_unapproved(matter: Matter, draft: AnswerDraft) -> int | None:
    """Who approved exactly this draft; None where the unit does not require it."""
    saved = db.session.get(SavedDraft, matter.id)
    if saved is not None and saved.is_approved and _as_draft(saved) == draft:
        return saved.approved_by
    if needs_second_eyes(matter):
        raise Invalid("needs_second_eyes")
    return None


def _refuse_other_promise(draft: AnswerDraft, before: Answer) -> None:
    """Promises stand on their own, and nobody moves the goal after the answer."""
    if draft.promises:
        raise Invalid("correction_promises")
    if completeness.is_begun_contract(draft.contract) and draft.contract != _contract(before):
        raise Invalid("correction_contract")
    said, wanted = _unmeasured(before), draft.unmeasured or {}
    if any(text.strip() and text != said.get(code) for code, text in wanted.items()):
        raise Invalid("correction_contract")


def _contract(answer: Answer) -> ContractDraft | None:
    if answer.contract is None:
        return None
    parts = ("indicator", "measure_unit", "baseline", "target", "method")
    return ContractDraft(**{part: getattr(answer.contract, part) for part in parts})


def _unmeasured(answer: Answer) -> dict[str, str]:
    return {code: parts.get("unmeasured", "") for code, parts in answer.texts.items()}


def _with_contract_of(draft: AnswerDraft, before: Answer) -> AnswerDraft:
    return replace(draft, contract=_contract(before), unmeasured=_unmeasured(before))


def _add_version(
    matter: Matter,
    draft: AnswerDraft,
    correction: str | None = None,
    approved_by: int | None = None,
) -> Answer:
    official = get_city().official_languages
    texts = {
        code: {part: clean(text, completeness.TEXT_LIMIT) for part, text in parts.items()}
        for code, parts in completeness.texts_of(draft, official).items()
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
        decision_url=draft.decision_url or None,
        decision_case_number=clean(draft.decision_case_number, CASE_LIMIT, required=False) or None,
        responsible_unit=draft.unit if draft.unit != matter.holder_unit else None,
        origins={code: origin for code, origin in draft.origins.items() if code in texts},
        approved_by=approved_by,
        contract=_make_contract(matter, completeness.contract_of(draft, official)),
    )
    db.session.add(answer)
    db.session.flush()
    _index_answer(answer)
    return answer


def _make_contract(matter: Matter, draft: ContractDraft | None) -> EffectContract | None:
    if draft is None:
        return None
    parts: dict[str, Any] = {**asdict(draft), "measure_months": queries.measure_months()}
    for part in typed.CONTRACT_TEXTS:
        limit = completeness.LIMITS.get(part, completeness.TEXT_LIMIT)
        parts[part] = {code: clean(text, limit) for code, text in parts[part].items()}
    salt = new_salt()
    digest = text_digest(canonical(parts), salt)
    return EffectContract(matter_id=matter.id, salt=salt, digest=digest, **parts)


def _index_answer(answer: Answer) -> None:
    words = [text for parts in answer.texts.values() for text in parts.values()]
    search.index_matter(answer.matter_id, "answer", "", "\n".join(words))
