"""What the registry can do on the page where a matter is handled, beside registering it."""

from flask_babel import lazy_gettext as _l

from app.core.access import Actor
from app.proposals.lifecycle import EXITS, UNANSWERED, State
from app.proposals.models import Matter
from app.proposals.policies import is_author
from app.registry import policies, services
from app.registry.forms import MergeForm, NumberForm
from app.responses.acts import Act
from app.responses.forms import HandlingForm, ReasonForm, TransferForm, make
from app.responses.policies import can_register


def _by_registry(actor: Actor, _matter: Matter) -> bool:
    return can_register(actor)


def _can_be_restored(matter: Matter) -> bool:
    return matter.state in EXITS or (matter.state == State.CLOSED and matter.outcome is None)


ACTS: dict[str, Act] = {
    "transfer": Act(
        _l("Transfer to another authority"),
        _l("Transfer"),
        _l("The matter was transferred."),
        TransferForm,
        lambda actor, matter, form: services.transfer_pending(
            actor, matter, form.authority.data or "", form.texts("reason")
        ),
        lambda matter: matter.state == State.PUBLISHED,
        _by_registry,
        hint=_l("For matters that are not the city's. The author is told."),
    ),
    "merge": Act(
        _l("Join to another matter"),
        _l("Join"),
        _l("The matter is handled with the other one."),
        MergeForm,
        lambda actor, matter, form: services.merge_matter(
            actor, matter, form.number(), form.texts("reason")
        ),
        lambda matter: matter.state in UNANSWERED,
        policies.can_merge,
        hint=_l(
            "For duplicates. Followers follow the other matter, supporters are not added up, and "
            "deadlines of the law go on."
        ),
    ),
    "dismiss": Act(
        _l("Leave spam without handling"),
        _l("Leave without handling"),
        _l("The matter is closed and hidden, and its author is told."),
        ReasonForm,
        lambda actor, matter, form: services.dismiss_matter(actor, matter, form.texts("reason")),
        lambda matter: matter.state == State.PUBLISHED,
        lambda actor, matter: can_register(actor) and not is_author(actor, matter),
        hint=_l("Only for advertisements and the like. The author can ask for a correction."),
    ),
    "number": Act(
        _l("Correct the case number"),
        _l("Correct"),
        _l("The case number was corrected."),
        NumberForm,
        lambda actor, matter, form: services.correct_number(actor, matter, form.number.data or ""),
        lambda matter: matter.case_number is not None,
        _by_registry,
        hint=_l("For a number that was typed wrong. Everybody sees both in the log."),
    ),
    "restore": Act(
        _l("Bring the matter back"),
        _l("Bring back"),
        _l("The matter is back where it was."),
        ReasonForm,
        lambda actor, matter, form: services.restore_matter(actor, matter, form.texts("reason")),
        _can_be_restored,
        _by_registry,
        hint=_l("For a transfer that came back, an appeal or a mistake."),
    ),
}


def name_of(key: str) -> str:
    """The name of an act among the acts of all features on a page."""
    return f"registry-{key}"


def make_form(key: str) -> HandlingForm:
    """An act's form; its fields carry the act's name."""
    return make(ACTS[key].form, f"{name_of(key)}-")


def open_acts(actor: Actor, matter: Matter) -> dict[str, Act]:
    """The acts that this actor can do with the matter now."""
    return {
        key: act
        for key, act in ACTS.items()
        if act.is_open(matter) and act.is_allowed(actor, matter)
    }
