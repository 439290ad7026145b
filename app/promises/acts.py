"""What can be done with an open promise, each with its form and its command."""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.fields.choices import SelectChoice

from app.accounts import queries as accounts
from app.accounts.models import Person
from app.core.access import Actor
from app.core.errors import Invalid
from app.promises import services
from app.promises.forms import KeeperForm, KeepForm, MoveForm
from app.promises.models import Promise
from app.responses.acts import Act
from app.responses.forms import HandlingForm, ReasonForm, make


def _keep(actor: Actor, promise: Promise, form: KeepForm) -> None:
    try:
        # a photo is made anew before the command: nobody else can write while a command runs
        services.keep_promise(actor, promise, form.texts("evidence"), form.shown())
    except Invalid:
        form.ask_for_photo_again()
        raise


def _name_keeper(actor: Actor, promise: Promise, form: KeeperForm) -> None:
    chosen = form.person.data or ""
    person = accounts.get_person(int(chosen)) if chosen.isdecimal() else None
    services.name_keeper(actor, promise, person)


ACTS: dict[str, Act] = {
    "keep": Act(
        _l("Kept"),
        _l("The promise is kept"),
        _l("The promise is marked as kept."),
        KeepForm,
        _keep,
    ),
    "move": Act(
        _l("Move"),
        _l("Move the promise"),
        _l("The promise was moved. Its first day stays visible."),
        MoveForm,
        lambda actor, promise, form: services.move_promise(
            actor, promise, form.due.data, form.texts("reason")
        ),
    ),
    "keeper": Act(
        _l("Who sees to it"),
        _l("Save"),
        _l("Saved."),
        KeeperForm,
        _name_keeper,
        hint=_l("This official is reminded before the day. Residents see only the unit."),
    ),
    "break": Act(
        _l("Will not be kept"),
        _l("Say that it will not be kept"),
        _l("The promise is marked as broken."),
        ReasonForm,
        lambda actor, promise, form: services.break_promise(actor, promise, form.texts("reason")),
    ),
}


def name_of(key: str, promise: Promise) -> str:
    """The name of an act among the acts of all promises on a page."""
    return f"{key}-{promise.id}"


def make_form(key: str, promise: Promise, staff: Sequence[Person]) -> HandlingForm:
    """An act's form; its fields carry the act's name. `staff` may see to the promise."""
    keeper = str(promise.keeper_id or "")
    form = make(ACTS[key].form, f"{name_of(key, promise)}-", person=keeper)
    if isinstance(form, KeeperForm):
        people = [SelectChoice(str(person.id), person.name) for person in staff]
        form.person.choices = [SelectChoice("", _("All officials of the unit")), *people]
    return form
