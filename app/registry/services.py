"""Writes of the registry. Each public function is one command.

Public reasons are mappings by language and must stand in every official language.
"""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.city import get_city
from app.comments.rules import DiscussionRule
from app.core import errors, topics
from app.core.access import Actor, require
from app.core.command import command
from app.core.errors import Invalid, NotFound, WrongState
from app.extensions import db
from app.follows.services import follow_along
from app.journal import Entry, Kind, on, record
from app.journal.replay import register
from app.moderation import services as moderation
from app.proposals.lifecycle import OPEN, UNANSWERED, State
from app.proposals.models import Matter
from app.proposals.policies import is_author
from app.proposals.public_notes import add_public_note
from app.registry import case_numbers, policies
from app.registry.models import MergedMatter
from app.responses.policies import can_register, holds
from app.responses.receiving import require_receiver
from app.search import services as search

errors.explain(
    {
        "not_registry": _l("Only the registry can do this."),
        "case_number_form": _l("Write the case number like this: %(example)s."),
        "case_number_taken": _l("Another matter has this case number already."),
        "no_number": _l("The matter has no case number yet."),
        "same_number": _l("The matter has this case number already."),
        "cannot_merge": _l(
            "Only the registry or an official of the unit that holds the matter can do this, and "
            "not in a matter of their own."
        ),
        "same_matter": _l("This is the matter itself. Give the number of the other one."),
        "unknown_target": _l(
            "There is no open public matter with this number. The number stands at the end of the "
            "address of its page."
        ),
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
    search.index_matter(matter.id, "case", "", number)


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
    search.index_matter(matter.id, "case", "", number)


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


def merge_matter(actor: Actor, matter: Matter, into_id: int, reason: Mapping[str, str]) -> None:
    """Join a duplicate to the open matter with which it is handled; its followers follow that one.

    Statutory duties of the duplicate go on, and supporters are not added up. Raises Forbidden
    "cannot_merge", WrongState once it is answered, Invalid "unknown_target" or "same_matter".
    """
    _merge(actor, matter.id, into_id, reason)


@command
def _merge(actor: Actor, matter_id: int, into_id: int, reason: Mapping[str, str]) -> None:
    """Both matters are locked in the order of their numbers, so that two such acts cannot wait for
    each other; that is why the command gets numbers.
    """
    both = select(Matter).where(Matter.id.in_((matter_id, into_id))).order_by(Matter.id)
    locked = {row.id: row for row in db.session.scalars(both.with_for_update(key_share=True))}
    if matter_id not in locked:
        raise NotFound("not_found")
    matter, into = locked[matter_id], locked.get(into_id)
    require(policies.can_merge(actor, matter), "cannot_merge")
    _expect(matter, *UNANSWERED)
    if into_id == matter.id:
        raise Invalid("same_matter")
    if into is None or not into.is_visible or into.state not in OPEN:
        raise Invalid("unknown_target")
    role = "official" if holds(actor, matter) else "registry"
    note = add_public_note(matter, "merged", reason)
    unit = matter.holder_unit
    facts: dict[str, Any] = {"into": into.id, "reason": note}
    record(Kind.MERGED, matter, actor, role=role, unit=unit, **facts)
    follow_along(matter, into)
    topics.touch(f"matter:{into.id}")


@command
def restore_matter(actor: Actor, matter: Matter, reason: Mapping[str, str]) -> None:
    """Bring back a matter that was withdrawn, merged, transferred or dismissed, with a reason.

    For a transfer that is returned, an appeal or a mistake; its own clocks run again, and what the
    registry has hidden is shown. Raises Forbidden "not_registry", WrongState, Invalid.
    """
    require(can_register(actor), "not_registry")
    is_dismissed = matter.state == State.CLOSED
    note = add_public_note(matter, "restored", reason)
    record(Kind.RESTORED, matter, actor, role="registry", reason=note)
    if is_dismissed:
        moderation.show_spam(actor, matter)


# ---------- what follows from the entries ----------


@on(Kind.MERGED)
def keep_merge(entry: Entry) -> None:
    """Know with which matter a duplicate is handled."""
    db.session.merge(MergedMatter(matter_id=entry.subject_id, into_id=entry.facts["into"]))


@on(Kind.RESTORED)
def end_merge(entry: Entry) -> None:
    """A matter that is back is handled by itself."""
    merged = db.session.get(MergedMatter, entry.subject_id)
    if merged is not None:
        topics.touch(f"matter:{merged.into_id}")
        db.session.delete(merged)
        db.session.flush()


@on(Kind.SHOWN)
def index_again(entry: Entry) -> None:
    """A matter that is shown again is found by its case number again."""
    matter = db.session.get_one(Matter, entry.subject_id)
    if matter.case_number:
        search.index_matter(matter.id, "case", "", matter.case_number)


class MergeReplayer:
    """Compares with which matters duplicates are handled with their entries."""

    name = "merges"
    subject_type = "matter"

    def fold(self, entries: list[Entry]) -> Any:
        """The number of the other matter, None for one that is handled by itself."""
        into = None
        for entry in entries:
            if entry.kind == Kind.MERGED:
                into = entry.facts["into"]
            if entry.kind == Kind.RESTORED:
                into = None
        return into

    def stored(self, subject_ids: list[int]) -> dict[int, Any]:
        """The same as the table has it."""
        query = select(MergedMatter).where(MergedMatter.matter_id.in_(subject_ids))
        return {row.matter_id: row.into_id for row in db.session.scalars(query)}

    def count_stored(self) -> int:
        """Matters that are handled with another one."""
        return db.session.scalars(select(func.count()).select_from(MergedMatter)).one()


register(MergeReplayer())


def _expect(matter: Matter, *states: State) -> None:
    if matter.state not in states:
        raise WrongState("wrong_state")
