"""Panels on the page of a matter: the answer with its promises, the reply form, the way to work."""

from collections.abc import Sequence
from typing import Any

from app.core.access import Actor
from app.core.panels import Panel
from app.proposals.models import Matter
from app.proposals.notes import list_notes
from app.proposals.policies import is_author
from app.proposals.words import waits_for_author
from app.responses import policies, presenting, queries
from app.responses.forms import ReplyForm


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
            queries.list_promises_with_words(matter.id),
            corrected.texts if corrected else None,
        )
        found[matter.id] = {"matter": matter, "answer": view}
    return found


def _load_staff(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    return {
        matter.id: {"matter": matter, "can_handle": policies.can_handle(actor, matter)}
        for matter in matters
        if policies.can_open(actor, matter)
    }


def _load_reply(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    return {
        matter.id: {
            "matter": matter,
            "form": ReplyForm(formdata=None),
            "question": queries.get_question(matter.id),
        }
        for matter in matters
        if waits_for_author(matter) and is_author(actor, matter)
    }


ANSWER = Panel("matter", "main", "responses/answer_panel.html", _load_answer)
STAFF = Panel("matter", "aside", "responses/staff_panel.html", _load_staff, private=True)
REPLY = Panel("matter", "top", "responses/reply_panel.html", _load_reply, private=True)
