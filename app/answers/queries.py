"""Reads of answers and of their drafts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select

from app.answers.completeness import AnswerDraft, Rules
from app.answers.models import Answer, SavedDraft
from app.city import get_city
from app.core.errors import NotFound
from app.extensions import db
from app.proposals.models import Matter
from app.proposals.similar import compare_with

COMPARED = 50  # answered matters


@dataclass(frozen=True)
class Answered:
    """A matter with the newest version of its answer."""

    matter: Matter
    answer: Answer


def get_answer(matter_id: int) -> Answer | None:
    """The newest version of a matter's answer, None while there is none."""
    return get_answers([matter_id]).get(matter_id)


def get_answers(matter_ids: Iterable[int]) -> dict[int, Answer]:
    """The newest versions of some matters' answers by matter id; one query."""
    query = select(Answer).where(Answer.matter_id.in_(list(matter_ids)), _is_newest())
    return {answer.matter_id: answer for answer in db.session.scalars(query)}


def list_versions(matter_id: int) -> list[Answer]:
    """All versions of a matter's answer, the newest first."""
    query = select(Answer).where(Answer.matter_id == matter_id).order_by(Answer.version.desc())
    return list(db.session.scalars(query))


def answered_recently(limit: int = 3) -> list[Answered]:
    """The public matters that got their answer last, with its newest version; one query."""
    query = (
        select(Matter, Answer)
        .join(Answer, Answer.matter_id == Matter.id)
        .where(Matter.answered_at.is_not(None), *Matter.shown(), _is_newest())
        .order_by(Matter.answered_at.desc(), Matter.id.desc())
        .limit(limit)
    )
    return [Answered(matter, answer) for matter, answer in db.session.execute(query)]


def list_similar_answered(matter: Matter, limit: int = 5) -> list[Answered]:
    """Answered public matters with a title like a matter's, with the answers; two queries."""
    written = compare_with(matter.title)
    if written is None:
        return []
    found = written.candidates
    query = (
        select(Matter, Answer)
        .join(Answer, Answer.matter_id == Matter.id)
        .join(found, found.c.matter_id == Matter.id)
        .where(Matter.id != matter.id, *Matter.shown(), _is_newest())
        .order_by(found.c.shared.desc(), Matter.id.desc())
        .limit(COMPARED)
    )
    best = written.best(db.session.execute(query), lambda row: (row[0].title, row[0].language))
    return [Answered(*row) for row, _ in best[:limit]]


def get_draft(matter_id: int) -> SavedDraft | None:
    """What has been typed into a matter's answer so far."""
    return db.session.get(SavedDraft, matter_id)


def list_due_drafts(now: datetime) -> list[int]:
    """The matters whose answer is to be published by now, the longest due first."""
    query = select(SavedDraft.matter_id).where(SavedDraft.publish_at <= now)
    return list(db.session.scalars(query.order_by(SavedDraft.publish_at, SavedDraft.matter_id)))


def get_visible_answer(answer_id: int) -> Answer:
    """A published answer of a matter that everybody may see. Raises NotFound."""
    query = select(Answer).join(Matter, Matter.id == Answer.matter_id)
    query = query.where(Answer.id == answer_id, *Matter.shown())
    answer = db.session.scalars(query.where(Matter.published_at.is_not(None))).first()
    if answer is None:
        raise NotFound("not_found")
    return answer


def get_rules(matter: Matter, draft: AnswerDraft, day: date, is_correction: bool = False) -> Rules:
    """What an answer of this matter is held against when it is published on a day."""
    return Rules(
        languages=get_city().official_languages,
        today=day,
        units={unit.key for unit in get_city().receiving_units()},
        others_case=_is_others_case(matter, draft.decision_case_number),
        is_correction=is_correction,
    )


def measure_months() -> list[int]:
    """How many months after implementing an effect is measured, by the settings."""
    return list(get_city().settings["clocks"]["followup_months"])


def _is_others_case(matter: Matter, number: str) -> bool:
    """Whether a case number is known as another matter's; its own and unknown ones are not."""
    wanted = "".join(number.split()).casefold()
    if not wanted:
        return False
    query = select(Matter.id).where(func.lower(Matter.case_number) == wanted)
    return db.session.scalars(query.where(Matter.id != matter.id)).first() is not None


def _is_newest() -> ColumnElement[bool]:
    newer = Answer.__table__.alias("newer")
    newest = select(func.max(newer.c.version)).where(newer.c.matter_id == Answer.matter_id)
    return Answer.version == newest.scalar_subquery()
