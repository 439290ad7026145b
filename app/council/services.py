"""Writes of councillors' questions. Each public function is one command."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.city import get_city
from app.core import clock, errors, topics
from app.core.access import Actor, Role, require
from app.core.command import command
from app.core.errors import Invalid, WrongState
from app.core.text import clean
from app.council import policies
from app.council.models import CouncilQuestion
from app.duties import schedule
from app.duties.queries import list_clocks
from app.duties.rules import ClockKind, Status
from app.extensions import db
from app.follows import services as follows
from app.follows.policies import can_follow
from app.journal import Kind, record
from app.proposals.models import Matter
from app.proposals.notes import add_note
from app.proposals.policies import is_author
from app.proposals.public_notes import NOTE_LIMIT, add_public_note
from app.responses.policies import require_handler

errors.explain(
    {
        "not_councillor": _l("Only a councillor of a body of the city can ask like this."),
        "own_question": _l("You started this matter yourself, so you cannot ask about it."),
        "question_on_hidden": _l("The matter is not public now, so nobody can ask about it."),
        "no_unit_to_ask": _l(
            "The matter has no unit yet. You can ask when the registry has given it to one."
        ),
        "not_your_body": _l("Choose a body in which you are a councillor."),
        "not_official_language": _l("Write the question in an official language of the city."),
        "asked_it_yourself": _l("You asked this yourself, so somebody else has to answer it."),
        "question_answered": _l("The question has already been answered."),
        "question_paused": _l(
            "The councillor has already been asked to make the question clearer."
        ),
        "question_not_paused": _l("The deadline for answering the councillor is already running."),
    }
)


@command
def ask_question(actor: Actor, matter: Matter, body: str, language: str, text: str) -> None:
    """Ask the unit that holds a matter in public, for a body, in one official language.

    The answer is due after the setting `council_question_days`, counted in days. Whoever asks
    follows the matter from then on. Raises Forbidden "not_councillor", "own_question" or
    "question_on_hidden", WrongState "no_unit_to_ask", Invalid "not_your_body",
    "not_official_language", or for the text.
    """
    require(policies.is_councillor(actor), "not_councillor")
    require(not is_author(actor, matter), "own_question")
    require(policies.can_ask(actor, matter), "question_on_hidden")
    if matter.holder_unit is None:
        raise WrongState("no_unit_to_ask")
    if body not in actor.bodies(Role.COUNCILLOR):
        raise Invalid("not_your_body")
    if language not in get_city().official_languages:
        raise Invalid("not_official_language")
    question = CouncilQuestion(
        matter_id=matter.id,
        unit=matter.holder_unit,
        body=body,
        language=language,
        text=add_note(matter, "council_question", {language: clean(text, NOTE_LIMIT)}),
        asked_by=actor.person_id,
        asked_at=clock.now(),
    )
    db.session.add(question)
    db.session.flush()
    if can_follow(actor, matter):
        follows.follow(actor, matter)
    kind, settings = ClockKind.COUNCIL_QUESTION, get_city().settings["clocks"]
    due = schedule.dues(settings, kind, matter.kind, question.asked_at)[kind, ""]
    asked = {"body": body, "due": due, "text": question.text}
    _record(Kind.QUESTION_ASKED, actor, matter, question, role="councillor", **asked)


@command
def answer_question(actor: Actor, question: CouncilQuestion, texts: Mapping[str, str]) -> None:
    """Answer a councillor in public, in every official language; it is complete or refused.

    Raises Forbidden, WrongState "question_answered", Invalid "not_every_language".
    """
    matter = _open_question(actor, question)
    question.answer = add_public_note(matter, "council_answer", texts)
    question.answered_at, question.answered_unit = clock.now(), matter.holder_unit
    _record(Kind.QUESTION_ANSWERED, actor, matter, question, text=question.answer)


@command
def pause_question(actor: Actor, question: CouncilQuestion, reason: Mapping[str, str]) -> None:
    """Ask the councillor in public to make the question clearer; its deadline stands still.

    Raises Forbidden, WrongState "question_answered" or "question_paused", Invalid.
    """
    matter = _open_question(actor, question)
    if _status(question) != Status.RUNNING:
        raise WrongState("question_paused")
    question.reason = add_public_note(matter, "council_question_paused", reason)
    _record(Kind.QUESTION_PAUSED, actor, matter, question, reason=question.reason)


@command
def continue_question(actor: Actor, question: CouncilQuestion) -> None:
    """Let the deadline of a question run again, later by the local days it stood still.

    Raises Forbidden, WrongState "question_answered" or "question_not_paused".
    """
    matter = _open_question(actor, question)
    if _status(question) != Status.PAUSED:
        raise WrongState("question_not_paused")
    _record(Kind.QUESTION_CONTINUED, actor, matter, question)


def _open_question(actor: Actor, question: CouncilQuestion) -> Matter:
    """The matter of an open question, locked: its clocks and card follow together."""
    matter = db.session.get_one(Matter, question.matter_id, with_for_update=True)
    require_handler(actor, matter)
    require(policies.can_settle(actor, matter, question), "asked_it_yourself")
    if question.answered_at is not None:
        raise WrongState("question_answered")
    return matter


def _status(question: CouncilQuestion) -> Status:
    key = ClockKind.COUNCIL_QUESTION, str(question.id)
    clocks = list_clocks([question.matter_id])[question.matter_id]
    return next(found.status for found in clocks if found.key == key)


def _record(
    kind: Kind,
    actor: Actor,
    matter: Matter,
    question: CouncilQuestion,
    role: str = "official",
    **facts: Any,
) -> None:
    unit = matter.holder_unit
    record(kind, matter, actor, role=role, unit=unit, question=question.id, **facts)
    topics.touch("matters", f"matter:{matter.id}")
