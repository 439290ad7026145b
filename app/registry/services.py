"""Writes of the registry. Each public function is one command.

Public reasons are mappings by language and must stand in every official language.
"""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.city import get_city
from app.comments.rules import DiscussionRule
from app.core import errors
from app.core.access import Actor, require
from app.core.command import command
from app.core.errors import Invalid, WrongState
from app.extensions import db
from app.journal import Entry, Kind, on, record
from app.moderation import services as moderation
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from app.proposals.policies import is_author
from app.proposals.public_notes import add_public_note
from app.registry import case_numbers
from app.responses.policies import can_register
from app.responses.receiving import require_receiver
from app.search import services as search

errors.explain(
    {
        "not_registry": _l("Only the registry can do this."),
        "case_number_form": _l("Write the case number like this: %(example)s."),
        "case_number_taken": _l("Another matter has this case number already."),
        "no_number": _l("The matter has no case number yet."),
        "same_number": _l("The matter has this case number already."),
        "separate_instead": _l("This matter is joined to another one. Separate it from that one."),
    }
)


@command
def register_matter(
    actor: Actor, matter: Matter, unit: str, case_number: str | None = None
) -> None:
    """Give a pending matter its case number and the unit that answers for it.

    The number comes from the city's series unless one is typed. Raises Forbidden "not_registry",
    Invalid "unknown_unit" (also for a sector), "closed_unit", or for a number of the wrong form or
    taken, WrongState unless pending.
    """
    require(can_register(actor), "not_registry")
    _expect(matter, State.PUBLISHED)
    require_receiver(unit)
    number = case_numbers.checked(case_number) if case_number else case_numbers.next_number()
    record(Kind.REGISTERED, matter, actor, role="registry", unit=unit, case_number=number)
    search.index_matter(matter.id, "case_number", "", number)


@command
def transfer_pending(
    actor: Actor, matter: Matter, authority: str, reason: Mapping[str, str]
) -> None:
    """Transfer a pending matter that is not the city's to the named authority.

    Source: Administrative Procedure Act 434/2003, section 21. Raises Forbidden "not_registry",
    WrongState unless pending, Invalid "unknown_authority".
    """
    require(can_register(actor), "not_registry")
    _expect(matter, State.PUBLISHED)
    if authority not in get_city().authorities:
        raise Invalid("unknown_authority")
    note = add_public_note(matter, "transferred", reason)
    record(
        Kind.TRANSFERRED,
        matter,
        actor,
        role="registry",
        unit=None,
        authority=authority,
        reason=note,
    )


@command
def correct_number(actor: Actor, matter: Matter, case_number: str) -> None:
    """Put the right case number in place of one that was typed wrong.

    Raises Forbidden "not_registry", WrongState "no_number" before registering, Invalid for a
    number of the wrong form, taken, or the same.
    """
    require(can_register(actor), "not_registry")
    before = matter.case_number
    if before is None:
        raise WrongState("no_number")
    if case_number.strip() == before:
        raise Invalid("same_number")
    number = case_numbers.checked(case_number)
    changed: dict[str, Any] = {"case_number": number, "before": before}
    record(Kind.CASE_NUMBER_CHANGED, matter, actor, role="registry", **changed)
    search.index_matter(matter.id, "case_number", "", number)


@command
def dismiss_matter(actor: Actor, matter: Matter, reason: Mapping[str, str]) -> None:
    """Leave spam without handling: the matter is closed and hidden, and its author is told.

    Statutory duties go on. Raises Forbidden "not_registry" or "own_matter", WrongState unless
    pending, Invalid.
    """
    require(can_register(actor), "not_registry")
    require(not is_author(actor, matter), "own_matter")
    _expect(matter, State.PUBLISHED)
    note = add_public_note(matter, "dismissed", reason)
    facts: dict[str, Any] = {"rule": DiscussionRule.SPAM.value, "reason": note}
    record(Kind.DISMISSED, matter, actor, role="registry", **facts)
    moderation.hide_spam(actor, matter)


@command
def restore_matter(actor: Actor, matter: Matter, reason: Mapping[str, str]) -> None:
    """Bring back a matter that was withdrawn, transferred or dismissed, with a reason.

    For a transfer that is returned, an appeal or a mistake; its own clocks run again, and what the
    registry has hidden is shown. Raises Forbidden "not_registry", Invalid, WrongState, for a joined
    matter "separate_instead" (see `joining.unmerge_matter`).
    """
    require(can_register(actor), "not_registry")
    if matter.state == State.MERGED:
        raise WrongState("separate_instead")
    is_dismissed = matter.state == State.CLOSED
    note = add_public_note(matter, "restored", reason)
    record(Kind.RESTORED, matter, actor, role="registry", reason=note, other=None)
    if is_dismissed:
        moderation.show_spam(actor, matter)


# ---------- what follows from the entries ----------


@on(Kind.SHOWN)
def index_again(entry: Entry) -> None:
    """A matter that is shown again is found by its case number again."""
    matter = db.session.get_one(Matter, entry.subject_id)
    if matter.case_number:
        search.index_matter(matter.id, "case_number", "", matter.case_number)


def _expect(matter: Matter, *states: State) -> None:
    if matter.state not in states:
        raise WrongState("wrong_state")
