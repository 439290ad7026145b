"""The acts of the page on which a matter is handled: when each is open, its form, its command."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.fields.choices import SelectChoice

from app.accounts import queries as accounts
from app.core.access import Actor, Role
from app.core.errors import NotFound
from app.proposals.lifecycle import EXITS, OPEN, UNANSWERED, Outcome, State
from app.proposals.models import Matter
from app.proposals.words import waits_for_author
from app.responses import forms, policies, services
from app.responses.models import Promise


@dataclass(frozen=True)
class Act:
    """One act: `run` calls its command with the filled form, `is_open` looks at the state only."""

    title: Any
    button: Any
    done: Any
    form: type[forms.HandlingForm]
    run: Callable[[Actor, Any, Any], object]
    is_open: Callable[[Matter], bool]
    is_allowed: Callable[[Actor, Matter], bool] = policies.can_handle
    hint: Any = ""


def _assign(actor: Actor, matter: Matter, form: forms.AssignForm) -> None:
    chosen = form.person.data or ""
    person = accounts.get_person(int(chosen)) if chosen.isdecimal() else None
    services.assign_matter(actor, matter, person)


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
    "close": Act(
        _l("Close the matter"),
        _l("Close"),
        _l("The matter is closed."),
        forms.ReasonForm,
        lambda actor, matter, form: services.close_matter(actor, matter, form.texts("reason")),
        lambda matter: matter.state == State.ANSWERED,
        hint=_l("A matter can be closed when its answer leaves nothing to do."),
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
        _l("Hand over to another unit"),
        _l("Hand over"),
        _l("The matter was handed over."),
        forms.HandOverForm,
        lambda actor, matter, form: services.hand_over(
            actor, matter, form.unit.data or "", form.texts("reason")
        ),
        lambda matter: matter.state in services.PREPARING,
        hint=_l("The deadlines stay as they are."),
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
        policies.can_transfer,
        hint=_l("For matters that are not the city's. The author is told."),
    ),
    "restore": Act(
        _l("Bring the matter back"),
        _l("Bring back"),
        _l("The matter is back where it was."),
        forms.ReasonForm,
        lambda actor, matter, form: services.restore_matter(actor, matter, form.texts("reason")),
        lambda matter: matter.state in EXITS,
        lambda actor, matter: policies.can_register(actor),
        hint=_l("For a transfer that came back, an appeal or a mistake."),
    ),
}

PROMISE_ACTS: dict[str, Act] = {
    "keep": Act(
        _l("Kept"),
        _l("The promise is kept"),
        _l("The promise is marked as kept."),
        forms.KeepForm,
        lambda actor, promise, form: services.keep_promise(actor, promise, form.texts("evidence")),
        lambda matter: True,
    ),
    "move": Act(
        _l("Move"),
        _l("Move the promise"),
        _l("The promise was moved. Its first day stays visible."),
        forms.MoveForm,
        lambda actor, promise, form: services.move_promise(
            actor, promise, form.due.data, form.texts("reason")
        ),
        lambda matter: True,
    ),
    "break": Act(
        _l("Will not be kept"),
        _l("Say that it will not be kept"),
        _l("The promise is marked as broken."),
        forms.ReasonForm,
        lambda actor, promise, form: services.break_promise(actor, promise, form.texts("reason")),
        lambda matter: True,
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


def make_form(key: str, act: Act, thing: Matter | Promise) -> forms.HandlingForm:
    """An act's form; its fields carry the act's key, since many forms stand on one page."""
    if isinstance(thing, Promise):
        return forms.make(act.form, f"{key}-{thing.id}-")
    form = forms.make(act.form, f"{key}-", person=str(thing.assignee_id or ""))
    if isinstance(form, forms.AssignForm):
        staff = accounts.list_staff(Role.OFFICIAL, thing.holder_unit or "")
        people = [SelectChoice(str(p.id), p.name) for p in staff if p.id != thing.author_id]
        form.person.choices = [SelectChoice("", _("Nobody yet")), *people]
    return form
