"""What the page shows on which one matter is handled: its acts, its notes, the queue beside it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, url_for

from app.accounts import queries as accounts
from app.core import markup
from app.core.access import Actor, Role
from app.duties.queries import list_clocks
from app.duties.rules import Clock, ClockKind
from app.journal import queries as journal
from app.proposals.models import Matter
from app.proposals.notes import list_notes
from app.proposals.services import current_text
from app.proposals.words import clock_words
from app.responses import acts, history, policies, presenting, queries
from app.responses.acts import NOTE, Act
from app.responses.forms import HandlingForm, make
from app.responses.models import Handover
from app.responses.presenting import Chip


@dataclass(frozen=True)
class Refused:
    """The form that was refused in this request, by the name of its act."""

    name: str
    act: Act
    form: HandlingForm


@dataclass(frozen=True)
class OfferedAct:
    """An act with its form and address; `is_opened` when its form has to be mended.

    `chip` is the clock that the act meets, while it runs.
    """

    key: str
    act: Act
    form: HandlingForm
    url: str
    is_opened: bool
    chip: Chip | None = None


def offer(
    name: str, act: Act, form: HandlingForm, url: str, chip: Chip | None = None
) -> OfferedAct:
    """An act as the page shows it, under a name that no other act of the page has.

    If its form was refused in this request, that one is shown instead of the fresh one.
    """
    refused: Refused | None = g.get("refused")
    if refused is not None and refused.name == name:
        g.refused_is_shown = True
        return OfferedAct(name, act, refused.form, url, is_opened=True, chip=chip)
    return OfferedAct(name, act, form, url, is_opened=False, chip=chip)


def get_lost() -> Refused | None:
    """The refused form when its act cannot be done any more, once all acts have been offered."""
    return None if g.get("refused_is_shown") else g.get("refused")


def queue_items(matters: Iterable[Matter], current: int | None = None) -> list[dict[str, Any]]:
    """Matters as the queue macro shows them."""
    return [
        {
            "url": url_for("responses.handle", matter_id=matter.id),
            "title": matter.title,
            "language": matter.language,
            "clock": presenting.short_chip(matter),
            "current": matter.id == current,
        }
        for matter in matters
    ]


def get_matter_desk(actor: Actor, matter: Matter) -> dict[str, Any]:
    """Everything on the page where one matter is handled, beside the panels of others."""
    entries = [journal.as_entry(row) for row in journal.list_entries("matter", matter.id)]
    notes = list_notes([matter.id])
    text = current_text(matter)
    clocks = list_clocks([matter.id])[matter.id]
    offered = queries.get_offer(matter.id)
    return {
        **get_side(actor, matter),
        "text": text,
        "body": markup.render(text.body),
        "clocks": [presenting.clock_chip(clock) for clock in clocks],
        "steps": history.last_steps(entries, notes),
        "assignee": accounts.list_names([matter.assignee_id]).get(matter.assignee_id or 0),
        "offered": offered,
        "question": queries.get_open_question(matter),
        "acts": _acts(actor, matter, offered, clocks),
        "notes": _notes(actor, matter),
        "related": queries.list_related(matter),
    }


def get_side(actor: Actor, matter: Matter) -> dict[str, Any]:
    """The queue at the side of a matter's page; none for who has no queue."""
    if not actor.has(Role.OFFICIAL):
        return {"queue": None, "counts": None, "chip": clock_words(matter)}
    units = policies.units_of(actor)
    return {
        "queue": queue_items(queries.list_soonest(units), matter.id),
        "counts": queries.count_queue(units),
        "chip": clock_words(matter),
    }


def _acts(
    actor: Actor, matter: Matter, offered: Handover | None, clocks: Sequence[Clock]
) -> list[OfferedAct]:
    """What is offered already can be taken back; what is not can be offered."""
    left_out = "take_back" if offered is None else "hand_over"
    return [
        offer(
            key,
            act,
            acts.make_form(key, act, matter, clocks),
            url_for("responses.act", matter_id=matter.id, key=key),
            _estimate_chip(clocks) if key == "estimate" else None,
        )
        for key, act in acts.open_acts(actor, matter).items()
        if key != left_out
    ]


def _estimate_chip(clocks: Sequence[Clock]) -> Chip | None:
    running = (c for c in clocks if c.kind == ClockKind.ESTIMATE and c.is_open)
    return next((presenting.clock_chip(clock) for clock in running), None)


def _notes(actor: Actor, matter: Matter) -> dict[str, Any] | None:
    """The internal notes with the form of a new one, for those who may see them."""
    if not policies.can_note(actor, matter):
        return None
    url = url_for("responses.add_note", matter_id=matter.id)
    return {
        "rows": [
            {"note": note, "name": name, "is_own": note.author_id == actor.person_id}
            for note, name in queries.list_internal_notes(matter.id)
        ],
        "act": offer("note", NOTE, make(NOTE.form, "note-"), url),
    }
