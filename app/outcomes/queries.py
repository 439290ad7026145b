"""Reads of verdicts, scores and evidence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ScalarSelect, func, select

from app.answers.models import Answer
from app.city import get_city
from app.core import clock
from app.core.access import Actor
from app.duties.rules import Clock
from app.extensions import db
from app.outcomes import policies
from app.outcomes.models import GivenVerdict, Measurement, Understanding, Verdict
from app.proposals.models import Matter
from app.proposals.notes import MatterNote

WORDS_SHOWN = 50


@dataclass(frozen=True)
class VerdictCounts:
    """How many people say that it helped, helped partly, did not help."""

    yes: int = 0
    partly: int = 0
    no: int = 0

    @property
    def total(self) -> int:
        """How many people have said something."""
        return self.yes + self.partly + self.no


@dataclass(frozen=True)
class Progress:
    """What the page of a matter tells of results. `score` is the mean of `scores` people's
    scores of the newest answer, None when nobody has given any; `own_...` are the actor's, and
    `involved` says whether the actor supports or follows the matter."""

    counts: VerdictCounts
    scores: int
    score: float | None
    own_verdict: Verdict | None
    own_words: str
    own_score: int | None
    evidence: Mapping[str, str]
    involved: bool


def count_verdicts(matter_ids: Iterable[int]) -> dict[int, VerdictCounts]:
    """Current verdicts of some matters by matter id; one query."""
    ids = list(matter_ids)
    query = (
        select(GivenVerdict.matter_id, GivenVerdict.verdict, func.count())
        .where(GivenVerdict.matter_id.in_(ids), GivenVerdict.is_current.is_(True))
        .group_by(GivenVerdict.matter_id, GivenVerdict.verdict)
    )
    found: dict[int, dict[str, int]] = {matter_id: {} for matter_id in ids}
    for matter_id, verdict, n in db.session.execute(query):
        found[matter_id][verdict.value] = n
    return {matter_id: VerdictCounts(**counts) for matter_id, counts in found.items()}


def get_understanding(answer_ids: Iterable[int]) -> dict[int, tuple[int, float]]:
    """Number of scores and their mean by answer id, for those that have any; one query."""
    query = (
        select(Understanding.answer_id, func.count(), func.avg(Understanding.score))
        .where(Understanding.answer_id.in_(list(answer_ids)))
        .group_by(Understanding.answer_id)
    )
    return {row[0]: (row[1], float(row[2])) for row in db.session.execute(query)}


def list_words(matter_id: int) -> list[tuple[Verdict, str]]:
    """What people wrote with their current verdicts, the newest first; for who handles it."""
    query = (
        select(GivenVerdict.verdict, GivenVerdict.words)
        .where(GivenVerdict.matter_id == matter_id, GivenVerdict.is_current.is_(True))
        .where(GivenVerdict.words != "")
        .order_by(GivenVerdict.at.desc(), GivenVerdict.person_id)
        .limit(WORDS_SHOWN)
    )
    return [(row.verdict, row.words) for row in db.session.execute(query)]


@dataclass(frozen=True)
class Measured:
    """What was measured some months after implementing, with its words by language."""

    months: int
    value: Decimal
    note: Mapping[str, str]


def list_measurements(matter_id: int) -> list[Measured]:
    """What was measured of the present implementing, in the order of months; one query."""
    query = (
        select(Measurement.months, Measurement.value, MatterNote.texts)
        .outerjoin(MatterNote, MatterNote.digest == Measurement.note)
        .where(Measurement.matter_id == matter_id, Measurement.is_current.is_(True))
        .order_by(Measurement.months)
    )
    rows = db.session.execute(query)
    return [Measured(row.months, Decimal(row.value), row.texts or {}) for row in rows]


def first_day_of(due: Clock) -> date:
    """The first day on which a measurement counts: some days before it is due, by the settings."""
    early = get_city().settings["clocks"]["followup_early_days"]
    return clock.last_day(due.first_due) - timedelta(days=early)


def get_progress(actor: Actor, matter: Matter) -> Progress:
    """Everything the page of a matter tells of its results; one query."""
    row = db.session.execute(
        select(
            *(_number_of(matter, verdict).label(verdict.value) for verdict in Verdict),
            _of_scores(matter, func.count()).label("scores"),
            _of_scores(matter, func.avg(Understanding.score)).label("score"),
            _own(GivenVerdict.verdict, actor, matter).label("own_verdict"),
            _own(GivenVerdict.words, actor, matter).label("own_words"),
            _own_score(actor, matter).label("own_score"),
            _evidence(matter).label("evidence"),
            policies.involvement(actor, matter).label("involved"),
        )
    ).one()
    return Progress(
        counts=VerdictCounts(row.yes, row.partly, row.no),
        scores=row.scores,
        score=None if row.score is None else float(row.score),
        own_verdict=row.own_verdict,
        own_words=row.own_words or "",
        own_score=row.own_score,
        evidence=row.evidence or {},
        involved=bool(row.involved),
    )


def _number_of(matter: Matter, verdict: Verdict) -> ScalarSelect[int]:
    return (
        select(func.count())
        .select_from(GivenVerdict)
        .where(GivenVerdict.matter_id == matter.id, GivenVerdict.is_current.is_(True))
        .where(GivenVerdict.verdict == verdict)
        .scalar_subquery()
    )


def _newest_answer(matter: Matter) -> ScalarSelect[int]:
    query = select(Answer.id).where(Answer.matter_id == matter.id)
    return query.order_by(Answer.version.desc()).limit(1).scalar_subquery()


def _of_scores(matter: Matter, figure: Any) -> ScalarSelect[Any]:
    query = select(figure).select_from(Understanding)
    return query.where(Understanding.answer_id == _newest_answer(matter)).scalar_subquery()


def _own(column: Any, actor: Actor, matter: Matter) -> ScalarSelect[Any]:
    """A column of the actor's current verdict."""
    return (
        select(column)
        .where(GivenVerdict.matter_id == matter.id, GivenVerdict.is_current.is_(True))
        .where(GivenVerdict.person_id == actor.person_id)
        .scalar_subquery()
    )


def _own_score(actor: Actor, matter: Matter) -> ScalarSelect[int]:
    return (
        select(Understanding.score)
        .where(Understanding.answer_id == _newest_answer(matter))
        .where(Understanding.person_id == actor.person_id)
        .scalar_subquery()
    )


def _evidence(matter: Matter) -> ScalarSelect[dict[str, Any]]:
    query = select(MatterNote.texts).where(
        MatterNote.matter_id == matter.id, MatterNote.purpose == "implemented"
    )
    return query.order_by(MatterNote.written_at.desc()).limit(1).scalar_subquery()
