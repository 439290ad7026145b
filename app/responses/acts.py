"""The acts of the page on which a matter is handled: when each is open, its form, its command.

Higher features have acts of their own on that page (`acting.py` does them all).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.fields.choices import SelectChoice

from app.accounts import queries as accounts
from app.accounts.models import Person
from app.core import clock
from app.core.access import Actor, Role
from app.core.errors import Invalid, NotFound
from app.duties.rules import Clock, ClockKind
from app.proposals.lifecycle import OPEN, UNANSWERED, Outcome, State
from app.proposals.models import Matter
from app.proposals.words import waits_for_author
from app.responses import forms, handovers, internal_notes, policies, services


@dataclass(frozen=True)
class Act:
    """One act: `run` calls its command with the actor, what it is about and the filled form.

    `is_open` looks at the state only.
    """

    title: Any
    button: Any
    done: Any
    form: type[forms.HandlingForm]
    run: Callable[[Actor, Any, Any], object]
    is_open: Callable[[Matter], bool] = lambda matter: True
    is_allowed: Callable[[Actor, Matter], bool] = policies.can_handle
    hint: Any = ""


def _assign(actor: Actor, matter: Matter, form: forms.AssignForm) -> None:
    person = chosen_person(form.person.data or "")
    seen = form.seen.data or ""
    try:
        services.assign_matter(actor, matter, person, int(seen) if seen.isdecimal() else None)
    except Invalid:
        form.seen.data = str(matter.assignee_id or 0)  # what the form shows when it comes back
        raise


def chosen_person(chosen: str) -> Person | None:
    """The person chosen in a list; None for nobody. Raises NotFound."""
    return accounts.get_person(int(chosen)) if chosen.isdecimal() else None


def _can_be_transferred(matter: Matter) -> bool:
    said_so = matter.state == State.ANSWERED and matter.outcome == Outcome.TRANSFERRED
    return matter.state in UNANSWERED or said_so


ACTS: dict[str, Act] = {
    "start": Act(
        _l("Start preparing"),
        _l("Start preparing"),
        _l("Preparation has started."),
        forms.PlainForm,
        lambda actor, matter, form: services.start_preparation(actor, matter),
        lambda matter: matter.state == State.REGISTERED,
    ),
    "back": Act(
        _l("Back from the body"),
        _l("The body has dealt with it"),
        _l("Preparation goes on."),
        forms.PlainForm,
        lambda actor, matter, form: services.back_from_body(actor, matter),
        lambda matter: matter.state == State.WAITING and matter.holder_body is not None,
    ),
    "resume": Act(
        _l("Go on without a reply"),
        _l("Go on"),
        _l("Preparation goes on, and so does the answer deadline."),
        forms.ReasonForm,
        lambda actor, matter, form: services.resume(actor, matter, form.texts("reason")),
        waits_for_author,
        hint=_l("The author has not replied. The deadline runs again from now on."),
    ),
    "assign": Act(
        _l("Who works on this"),
        _l("Save"),
        _l("Saved."),
        forms.AssignForm,
        _assign,
        lambda matter: matter.state in (*OPEN, State.IMPLEMENTED),
    ),
    "ask": Act(
        _l("Ask the author"),
        _l("Send the question"),
        _l("The question is public, and the answer deadline stands still until the reply."),
        forms.AskForm,
        lambda actor, matter, form: services.ask_author(actor, matter, form.texts("text")),
        lambda matter: matter.state == State.IN_PREPARATION and matter.author_id is not None,
        hint=_l("The answer deadline stands still until the author replies."),
    ),
    "hand_over": Act(
        _l("Offer to another unit"),
        _l("Offer"),
        _l("The matter is offered. Until the other unit accepts it, it is yours."),
        forms.HandOverForm,
        lambda actor, matter, form: handovers.offer_hand_over(
            actor, matter, form.unit.data or "", form.texts("reason")
        ),
        lambda matter: matter.state in handovers.OFFERABLE,
        hint=_l(
            "Everybody can see the offer. Until it is accepted, the matter and its deadlines stay "
            "with your unit."
        ),
    ),
    "take_back": Act(
        _l("Take the offer back"),
        _l("Take the offer back"),
        _l("The matter is not offered any more."),
        forms.PlainForm,
        lambda actor, matter, form: handovers.take_back_hand_over(actor, matter),
    ),
    "estimate": Act(
        _l("Estimate the handling time"),
        _l("Publish the estimate"),
        _l("The estimate is public."),
        forms.EstimateForm,
        lambda actor, matter, form: services.estimate(
            actor, matter, form.until.data, form.contact.data or ""
        ),
        lambda matter: matter.state in UNANSWERED,
    ),
    "body": Act(
        _l("Send to a body"),
        _l("Send"),
        _l("The matter is on the body's table."),
        forms.BodyForm,
        lambda actor, matter, form: services.send_to_body(
            actor, matter, form.body.data or "", form.meeting.data
        ),
        lambda matter: matter.state == State.IN_PREPARATION,
        hint=_l("A meeting does not stop the answer deadline."),
    ),
    "extend": Act(
        _l("Take more time publicly"),
        _l("Move the deadline"),
        _l("The deadline was moved. The first one stays visible."),
        forms.ExtendForm,
        lambda actor, matter, form: services.extend(
            actor, matter, form.until.data, form.texts("reason")
        ),
        lambda matter: matter.state in UNANSWERED and not waits_for_author(matter),
        hint=_l("The first deadline stays visible, and being on time is judged by it."),
    ),
    "transfer": Act(
        _l("Transfer to another authority"),
        _l("Transfer"),
        _l("The matter was transferred."),
        forms.TransferForm,
        lambda actor, matter, form: services.transfer(
            actor, matter, form.authority.data or "", form.texts("reason")
        ),
        _can_be_transferred,
        hint=_l("For matters that are not the city's. The author is told."),
    ),
}


NOTE = Act(
    _l("Internal notes"),
    _l("Save the note"),
    _l("The note is saved. Only those who handle the matter see it."),
    forms.NoteForm,
    lambda actor, matter, form: internal_notes.add_internal_note(
        actor, matter, form.text.data or ""
    ),
    is_allowed=policies.can_note,
)


OFFER_ACTS: dict[str, Act] = {
    "accept": Act(
        _l("Take the matter"),
        _l("Take the matter"),
        _l("The matter is your unit's now."),
        forms.PlainForm,
        lambda actor, matter, form: handovers.accept_hand_over(actor, matter),
    ),
    "return": Act(
        _l("Do not take it"),
        _l("Return the matter"),
        _l("The matter stays with the other unit."),
        forms.ReasonForm,
        lambda actor, matter, form: handovers.return_hand_over(actor, matter, form.texts("reason")),
        hint=_l("Everybody can see the reason."),
    ),
}


def get_act(acts: dict[str, Act], key: str) -> Act:
    """An act by its key. Raises NotFound."""
    if key not in acts:
        raise NotFound("not_found")
    return acts[key]


def open_acts(actor: Actor, matter: Matter) -> dict[str, Act]:
    """The acts that this actor can do with the matter now."""
    return {
        key: act
        for key, act in ACTS.items()
        if act.is_open(matter) and act.is_allowed(actor, matter)
    }


def make_form(
    key: str, act: Act, matter: Matter, clocks: Sequence[Clock] = ()
) -> forms.HandlingForm:
    """An act's form; its fields carry the act's key, since many forms stand on one page.

    With the matter's clocks, the form of the estimate proposes a day.
    """
    assignee = matter.assignee_id
    values = {"person": str(assignee or ""), "seen": str(assignee or 0)}
    form = forms.make(act.form, f"{key}-", **values, until=_proposed_day(key, clocks))
    if isinstance(form, forms.AssignForm):
        staff = accounts.list_staff(Role.OFFICIAL, matter.holder_unit or "")
        people = [SelectChoice(str(p.id), p.name) for p in staff if p.id not in matter.author_ids]
        form.person.choices = [SelectChoice("", _("Nobody yet")), *people]
    if isinstance(form, forms.HandOverForm):
        form.unit.choices = forms.unit_choices(without=matter.holder_unit)
    return form


def make_offer_form(key: str, matter_id: int) -> tuple[str, forms.HandlingForm]:
    """The name and the form of an act with an offered matter; the queue page has many of them."""
    name = f"{key}{matter_id}"
    return name, forms.make(OFFER_ACTS[key].form, f"{name}-")


def _proposed_day(key: str, clocks: Sequence[Clock]) -> date | None:
    """The last day of the answer's deadline, for the estimate, while it is ahead."""
    if key != "estimate":
        return None
    days = (clock.last_day(c.due) for c in clocks if c.kind == ClockKind.ANSWER and c.is_open)
    return next((day for day in days if day > clock.today()), None)
