"""How a councillor's question is said in words, for templates."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from app.city import get_city
from app.core import language
from app.council.queries import Asked
from app.duties.rules import Status
from app.proposals.models import Matter
from app.responses.presenting import Chip, clock_chip, shown_language


@dataclass(frozen=True)
class Words:
    """A text; `language` is given when it is not the page's own."""

    text: str
    language: str | None


@dataclass(frozen=True)
class QuestionView:
    """A question as a page shows it; `reason` only while it waits for the councillor."""

    number: int
    by: str
    asked_at: datetime
    question: Words
    unit_name: str
    chip: Chip
    reason: Words | None
    answer: Words | None
    answered_at: datetime | None
    answered_by: str


def question_view(asked: Asked) -> QuestionView:
    """A question in the reader's language where it has one."""
    question, city = asked.question, get_city()
    waits = asked.clock.status == Status.PAUSED
    return QuestionView(
        number=question.id,
        by=_("A councillor: %(body)s", body=city.bodies[question.body].name),
        asked_at=question.asked_at,
        question=_words(asked.text, question.language),
        unit_name=city.holder_name(question.unit, None),
        chip=clock_chip(asked.clock),
        reason=_words(asked.reason, question.language) if waits and asked.reason else None,
        answer=_words(asked.answer, question.language) if asked.answer else None,
        answered_at=question.answered_at,
        answered_by=city.holder_name(question.answered_unit, None),
    )


def question_item(asked: Asked, matter: Matter, page: str) -> dict[str, Any]:
    """A question in a list, with its matter's title and its place on a page of the matter."""
    return {
        "view": question_view(asked),
        "title": matter.title,
        "language": matter.language,
        "url": f"{url_for(page, matter_id=matter.id)}#question-{asked.question.id}",
    }


def _words(texts: dict[str, str], original: str) -> Words:
    code = shown_language(texts, original)
    return Words(texts[code], code if code != language.current() else None)
