"""Councillors' questions: for everybody on the page of a matter, for officials where they handle
it, and the form of a new one for councillors."""

from collections.abc import Sequence
from typing import Any

from flask import url_for

from app.core.access import Actor
from app.core.panels import Panel
from app.council import acts, policies, queries
from app.council.forms import AskForm
from app.council.presenting import question_view
from app.council.queries import Asked
from app.proposals.models import Matter
from app.responses import desk
from app.responses.desk import OfferedAct
from app.responses.policies import can_handle


def _load_questions(matters: Sequence[Matter], _actor: Actor) -> dict[int, Any]:
    found = queries.list_questions(matter.id for matter in matters)
    return {
        matter_id: [question_view(asked) for asked in listed]
        for matter_id, listed in found.items()
        if listed
    }


def _load_ask(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    return {
        matter.id: {"matter": matter, "form": AskForm(actor) if matter.holder_unit else None}
        for matter in matters
        if policies.can_ask(actor, matter)
    }


def _load_work(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    """The open questions with what the official can do with each."""
    handled = {matter.id: matter for matter in matters if can_handle(actor, matter)}
    found = queries.list_questions(handled) if handled else {}
    return {
        matter_id: work
        for matter_id, listed in found.items()
        if (
            work := [_work(actor, handled[matter_id], asked) for asked in listed if _is_open(asked)]
        )
    }


def _is_open(asked: Asked) -> bool:
    return asked.question.answered_at is None


def _work(actor: Actor, matter: Matter, asked: Asked) -> dict[str, Any]:
    return {"view": question_view(asked), "acts": _acts(actor, matter, asked)}


def _acts(actor: Actor, matter: Matter, asked: Asked) -> list[OfferedAct]:
    question = asked.question
    if not policies.can_settle(actor, matter, question):
        return []
    return [
        desk.offer(
            acts.name_of(key, question),
            acts.ACTS[key],
            acts.make_form(key, question),
            url_for("council.act", question_id=question.id, key=key),
        )
        for key in acts.open_keys(asked.clock.status)
    ]


QUESTIONS = Panel("matter", "main", "council/questions_panel.html", _load_questions)
ASK = Panel("matter", "main", "council/ask_panel.html", _load_ask, private=True)
WORK = Panel("handle", "actions", "council/work_panel.html", _load_work, private=True)
