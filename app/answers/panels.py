"""Panels: the answer on the page of a matter; answering and closing where it is handled."""

from collections.abc import Sequence
from typing import Any

from flask import url_for

from app.answers import answer_items, presenting, queries
from app.answers.acts import CLOSE
from app.answers.models import Answer
from app.core import language
from app.core.access import Actor
from app.core.panels import Panel
from app.promises.queries import has_open_promise, list_promises_with_words
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from app.proposals.notes import list_notes
from app.responses import desk
from app.responses.forms import make
from app.responses.policies import can_handle
from app.responses.queries import list_templates

PREPARED = (State.REGISTERED, State.IN_PREPARATION, State.WAITING)
CORRECTABLE = (
    State.ANSWERED,
    State.IMPLEMENTING,
    State.IMPLEMENTED,
    State.EVALUATED,
    State.CLOSED,
)


def _load_answer(matters: Sequence[Matter], _actor: Actor) -> dict[int, Any]:
    answers = queries.get_answers(matter.id for matter in matters)
    found = {}
    for matter in matters:
        answer = answers.get(matter.id)
        if answer is None:
            continue
        corrected = answer.correction and list_notes([matter.id]).get(answer.correction)
        view = presenting.answer_view(
            answer,
            matter.language,
            list_promises_with_words(matter.id),
            corrected.texts if corrected else None,
        )
        found[matter.id] = {"matter": matter, "answer": view}
    return found


def _load_ways(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    """The way to the composer, of a new answer or of a correction; and the time of publishing."""
    found = {}
    for matter in matters:
        if not can_handle(actor, matter):
            continue
        draft = queries.get_draft(matter.id)
        corrects = matter.state in CORRECTABLE and queries.get_answer(matter.id) is not None
        if matter.state == State.IN_PREPARATION or corrects or (draft and draft.problem):
            found[matter.id] = {
                "matter": matter,
                "is_correction": corrects,
                "can_write": matter.state == State.IN_PREPARATION,
                "publish_at": draft.publish_at if draft else None,
                "problem": answer_items.schedule_problem(draft.problem) if draft else None,
            }
    return found


def _load_close(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    return {
        matter.id: desk.offer(
            "close",
            CLOSE,
            make(CLOSE.form, "close-"),
            url_for("answers.close", matter_id=matter.id),
        )
        for matter in matters
        if CLOSE.is_open(matter)
        and CLOSE.is_allowed(actor, matter)
        and not has_open_promise(matter.id)
    }


def _load_similar(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    """What a new answer can be built on: answers to similar matters, the unit's templates."""
    found = {}
    for matter in matters:
        if not can_handle(actor, matter) or matter.state not in PREPARED:
            continue
        answers = queries.list_similar_answered(matter)
        templates = list_templates([matter.holder_unit or ""])
        if answers or templates:
            can_write = matter.state == State.IN_PREPARATION
            found[matter.id] = {
                "matter": matter,
                "answers": [(a.matter, a.answer, _sentence(a.answer)) for a in answers],
                "templates": templates,
                "can_write": can_write,
            }
    return found


def _sentence(answer: Answer) -> str:
    return language.pick({code: parts["sentence"] for code, parts in answer.texts.items()})


ANSWER = Panel("matter", "main", "answers/answer_panel.html", _load_answer)
SENDER_ANSWER = Panel("feedback", "main", "answers/answer_panel.html", _load_answer)
WAYS = Panel("handle", "top", "answers/ways_panel.html", _load_ways, private=True)
CLOSING = Panel("handle", "actions", "answers/close_panel.html", _load_close, private=True)
SIMILAR = Panel("handle", "main", "answers/similar_panel.html", _load_similar, private=True)
