"""What the registry can do on the page where a matter is handled, beside registering it.

Joining, separating and splitting are also for the unit that holds the matter and, on a page of
their own, for the budgeting team.
"""

from collections.abc import Iterable

from flask import url_for
from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.access import Actor
from app.proposals.lifecycle import UNANSWERED, MatterKind, State
from app.proposals.models import Matter
from app.proposals.policies import is_author
from app.registry import joining, policies, services
from app.registry.forms import MergeForm, NumberForm, SplitForm
from app.responses import desk
from app.responses.acts import Act
from app.responses.forms import HandlingForm, ReasonForm, TransferForm, make
from app.responses.policies import can_register


def _by_registry(actor: Actor, _matter: Matter) -> bool:
    return can_register(actor)


def _can_be_restored(matter: Matter) -> bool:
    is_dismissed = matter.state == State.CLOSED and matter.outcome is None
    return matter.state in (State.WITHDRAWN, State.TRANSFERRED) or is_dismissed


def _can_be_separated(matter: Matter) -> bool:
    return matter.state == State.MERGED and clock.today() <= joining.last_day_to_separate(matter)


def _can_be_split(matter: Matter) -> bool:
    is_whole = matter.kind == MatterKind.INITIATIVE or matter.hidden_rule is not None
    return matter.state in UNANSWERED and not is_whole


def _split(actor: Actor, matter: Matter, form: SplitForm) -> object:
    part = joining.Part(form.title.data or "", form.body.data or "", form.service.data or "")
    return joining.split_matter(actor, matter, part, form.texts("reason"))


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
        lambda actor, matter, form: joining.merge_matter(
            actor, matter, form.number(), form.texts("reason")
        ),
        lambda matter: matter.state in UNANSWERED,
        policies.can_merge,
        hint=_l(
            "For duplicates. Its followers follow the other matter, its supporters count there "
            "once each, and deadlines of the law go on. The authors and followers of both are told."
        ),
    ),
    "separate": Act(
        _l("Separate from the other matter"),
        _l("Separate"),
        _l("The matter is handled by itself again."),
        ReasonForm,
        lambda actor, matter, form: joining.unmerge_matter(actor, matter, form.texts("reason")),
        _can_be_separated,
        policies.can_merge,
        hint=_l(
            "The matter goes on where it was. Supports given meanwhile stay where they were given, "
            "and those taken back stay so."
        ),
    ),
    "split": Act(
        _l("Split off a part"),
        _l("Split off"),
        _l("The part is a matter of its own now, and waits for the registry."),
        SplitForm,
        _split,
        _can_be_split,
        policies.can_merge,
        hint=_l(
            "When a matter asks for two things. Its followers follow both matters, its supporters "
            "stay with this one. The authors and followers are told."
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


def make_form(key: str, matter: Matter) -> HandlingForm:
    """An act's form about a matter; its fields carry the act's name."""
    return make(ACTS[key].form, f"{name_of(key)}-", service=matter.service)


LINEAGE = ("merge", "separate", "split")


def open_acts(actor: Actor, matter: Matter) -> dict[str, Act]:
    """The acts that this actor can do with the matter now."""
    return {
        key: act
        for key, act in ACTS.items()
        if act.is_open(matter) and act.is_allowed(actor, matter)
    }


def offer_acts(
    actor: Actor, matter: Matter, endpoint: str, keys: Iterable[str] = tuple(ACTS)
) -> list[desk.OfferedAct]:
    """Those of some acts that the actor can do now, as a page shows them."""
    return [
        desk.offer(
            name_of(key),
            act,
            make_form(key, matter),
            url_for(endpoint, matter_id=matter.id, key=key),
        )
        for key, act in open_acts(actor, matter).items()
        if key in keys
    ]
