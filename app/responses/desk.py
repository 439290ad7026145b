"""What the pages of the registry and the officials show: queues, one matter, its acts."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.city import get_city
from app.core import language, markup
from app.core.access import Actor, Role
from app.duties.queries import list_clocks
from app.journal import queries as journal
from app.proposals.models import Matter
from app.proposals.notes import list_notes
from app.proposals.services import current_text
from app.proposals.words import clock_words
from app.responses import acts, history, policies, presenting, queries
from app.responses.acts import PROMISE_ACTS, Act
from app.responses.forms import HandlingForm, RegisterForm
from app.responses.models import Promise, PromiseState
from app.responses.queries import QueueFilter


@dataclass(frozen=True)
class Refused:
    """The form that was refused, by its act and, for a promise, its number."""

    key: str
    form: HandlingForm
    promise_id: int | None = None

    def is_about(self, key: str, promise_id: int | None = None) -> bool:
        """Whether it is the form of this act."""
        return (self.key, self.promise_id) == (key, promise_id)


@dataclass(frozen=True)
class OfferedAct:
    """An act with its form and address; `is_opened` when its form has to be mended."""

    key: str
    act: Act
    form: HandlingForm
    url: str
    is_opened: bool


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


def get_queue(actor: Actor, mine: bool, unit: str | None, cursor: str | None) -> dict[str, Any]:
    """A page of the actor's queue with its counts, narrowed to own matters or one unit."""
    units = policies.units_of(actor)
    wanted = units if unit is None or (units and unit not in units) else frozenset((unit,))
    narrowed = QueueFilter(wanted, assignee_id=actor.person_id if mine else None)
    page = queries.page_queue(narrowed, cursor)
    matters = [row[0] for row in page.items]
    names = accounts.list_names(matter.assignee_id for matter in matters)
    items = queue_items(matters)
    for item, matter in zip(items, matters, strict=True):
        item["state"] = matter.state
        item["clock"] = clock_words(matter)
        item["supporters"] = matter.supporters
        item["note"] = names.get(matter.assignee_id or 0) or _("Nobody has taken this yet")
    return {"page": page, "items": items, "counts": queries.count_queue(narrowed)}


def unit_names(actor: Actor) -> list[tuple[str, str]]:
    """The actor's units with their names, for the filter; empty for an official of all units."""
    known = get_city().units
    return [(key, known[key].name) for key in sorted(policies.units_of(actor) or ())]


def get_inbox(cursor: str | None, refused: tuple[int, RegisterForm] | None) -> dict[str, Any]:
    """A page of what waits for the registry, each with its proposed unit and a form."""
    page = queries.page_pending(cursor)
    return {
        "page": page,
        "counts": queries.count_pending(),
        "items": [_pending(row[0], refused) for row in page.items],
    }


def _pending(matter: Matter, refused: tuple[int, RegisterForm] | None) -> dict[str, Any]:
    city = get_city()
    proposed = city.unit_for(matter.service)
    if refused and refused[0] == matter.id:
        form = refused[1]
    else:
        form = RegisterForm(formdata=None, prefix=f"m{matter.id}-", data={"unit": proposed})
    return {
        "matter": matter,
        "form": form,
        "clock": clock_words(matter),
        "unit_name": city.units[proposed].name,
        "service_name": city.services[matter.service].name,
        "area_name": city.areas[matter.area].name if matter.area else None,
    }


def get_matter_desk(actor: Actor, matter: Matter, refused: Refused | None = None) -> dict[str, Any]:
    """Everything on the page where one matter is handled."""
    entries = [journal.as_entry(row) for row in journal.list_entries("matter", matter.id)]
    notes = list_notes([matter.id])
    text = current_text(matter)
    promises = _promises(actor, matter, refused)
    return {
        **get_side(actor, matter),
        "text": text,
        "body": markup.render(text.body),
        "clocks": [presenting.clock_chip(clock) for clock in list_clocks([matter.id])[matter.id]],
        "steps": history.last_steps(entries, notes),
        "assignee": accounts.list_names([matter.assignee_id]).get(matter.assignee_id or 0),
        "acts": _acts(actor, matter, refused, any(p["is_open"] for p in promises)),
        "answer": queries.get_answer(matter.id),
        "promises": promises,
        "can_handle": policies.can_handle(actor, matter),
    }


def get_side(actor: Actor, matter: Matter) -> dict[str, Any]:
    """The queue at the side of a matter's page; none for who has no queue."""
    if not actor.has(Role.OFFICIAL):
        return {"queue": None, "counts": None, "chip": clock_words(matter)}
    units = policies.units_of(actor)
    return {
        "queue": queue_items(queries.list_soonest(units), matter.id),
        "counts": queries.count_queue(QueueFilter(units)),
        "chip": clock_words(matter),
    }


def _acts(
    actor: Actor, matter: Matter, refused: Refused | None, has_open_promise: bool
) -> list[OfferedAct]:
    return [
        _offer(key, act, matter, refused)
        for key, act in acts.open_acts(actor, matter).items()
        if not (key == "close" and has_open_promise)
    ]


def _offer(key: str, act: Act, matter: Matter, refused: Refused | None) -> OfferedAct:
    is_refused = refused is not None and refused.is_about(key)
    form = refused.form if refused and is_refused else acts.make_form(key, act, matter)
    url = url_for("responses.act", matter_id=matter.id, key=key)
    return OfferedAct(key, act, form, url, is_refused)


def _promises(actor: Actor, matter: Matter, refused: Refused | None) -> list[dict[str, Any]]:
    return [
        {
            "view": presenting.promise_view(promise, note, language.current()),
            "is_open": promise.state == PromiseState.OPEN,
            "acts": _promise_acts(actor, matter, promise, refused),
        }
        for promise, note in queries.list_promises_with_words(matter.id)
    ]


def _promise_acts(
    actor: Actor, matter: Matter, promise: Promise, refused: Refused | None
) -> list[OfferedAct]:
    if promise.state != PromiseState.OPEN or not policies.can_settle(actor, matter, promise):
        return []
    offered = []
    for key, act in PROMISE_ACTS.items():
        is_refused = refused is not None and refused.is_about(key, promise.id)
        form = refused.form if refused and is_refused else acts.make_form(key, act, promise)
        url = url_for("responses.promise_act", promise_id=promise.id, key=key)
        offered.append(OfferedAct(key, act, form, url, is_refused))
    return offered
