"""Joining a duplicate to the matter with which it is handled, separating it again, and splitting.

Each act is an entry in the journals of both matters, with its public reason beside both, so that
either journey tells where the other part is. A matter that is not public is never named beside one
that is: its entries stand in the log, but its own reason is told nowhere else.

- **Joining**: followers and authors of the duplicate follow the other matter, and its supporters
  count there, each person once (`app/proposals/united.py`). Statutory duties of the duplicate go
  on, and its signatures stay with it.
- **Separating** takes it back within some days (the setting `merging.undo_days`), by the same
  people. The duplicate goes on where it was, with its clocks. What people did meanwhile stays as
  they did it; nobody stops following either of the two.
- **Splitting** publishes a part as a matter of its own, of the same kind and in the name of the
  same authors. It is pending from then on, with clocks of its own, and waits for the registry.
  Followers follow both. Supporters stay with the first one: they have supported that text, and can
  support the part as well. An initiative is not split, since it was signed as a whole.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, union

from app.city import get_city
from app.core import clock, errors, topics
from app.core.access import Actor, Role, require
from app.core.command import command
from app.core.errors import Invalid, NotFound, WrongState
from app.core.text import clean
from app.extensions import db
from app.feedback import services as feedback
from app.follows.services import follow_along
from app.journal import Entry, Kind, on, record
from app.journal.replay import register
from app.proposals import services as proposals
from app.proposals import support, united
from app.proposals.lifecycle import OPEN, UNANSWERED, MatterKind, State
from app.proposals.models import BODY_LIMIT, TITLE_LIMIT, Matter, MergedMatter, SplitMatter
from app.proposals.policies import is_author
from app.proposals.public_notes import add_public_note
from app.proposals.united import Lock
from app.registry import policies, queries
from app.responses.policies import holds

errors.explain(
    {
        "cannot_merge": _l(
            "Only the registry, an official of the unit that holds the matter or, for proposals, "
            "the budgeting team can do this, and not in a matter of their own."
        ),
        "same_matter": _l("This is the matter itself. Give the number of the other one."),
        "unknown_target": _l(
            "There is no open public matter with this number. The number stands at the end of the "
            "address of its page."
        ),
        "unmerge_late": _l(
            "The matters were joined more than %(days)s days ago and cannot be separated any more."
        ),
        "initiative_whole": _l(
            "A resident initiative is not split, because people have signed all of its text."
        ),
        "hidden_whole": _l(
            "A moderator has hidden this matter, so no part of it is published. It can be split "
            "when it is public again."
        ),
        "unknown_service": _l("Choose the service from the list."),
    }
)


@dataclass(frozen=True)
class Part:
    """What is split off: its title and text in the language of the matter, and its service."""

    title: str
    body: str
    service: str


# ---------- joining and separating ----------


def merge_matter(actor: Actor, matter: Matter, into_id: int, reason: Mapping[str, str]) -> None:
    """Join a duplicate to the open matter with which it is handled, with a public reason.

    Raises Forbidden "cannot_merge", also for authors of the other matter, WrongState once it is
    answered, Invalid "unknown_target" or "same_matter".
    """
    _merge(actor, matter.id, into_id, reason)


@command
def _merge(actor: Actor, matter_id: int, into_id: int, reason: Mapping[str, str]) -> None:
    """A command of numbers, so that both matters are locked in one order and two such acts cannot
    wait for each other.
    """
    locked = united.lock([matter_id, into_id], Lock.WHOLE)
    if matter_id not in locked:
        raise NotFound("not_found")
    matter, into = locked[matter_id], locked.get(into_id)
    require(policies.can_merge(actor, matter), "cannot_merge")
    _expect(matter, *UNANSWERED)
    if into_id == matter.id:
        raise Invalid("same_matter")
    if into is None or not into.is_visible or into.state not in OPEN:
        raise Invalid("unknown_target")
    require(not is_author(actor, into), "cannot_merge")
    note = add_public_note(matter, "merged", reason)
    told = add_public_note(into, "merged_in", reason) if matter.is_visible else None
    acts = _capacity(actor, matter)
    record(Kind.MERGED, matter, actor, **acts, into=into.id, reason=note)
    record(Kind.MERGED_IN, into, actor, **acts, other=matter.id, reason=told)
    support.unite_supports(matter, into)
    follow_along(matter, into)


def unmerge_matter(actor: Actor, matter: Matter, reason: Mapping[str, str]) -> None:
    """Separate a duplicate from the matter it was joined to, with a public reason.

    It is where it was before, and so are the supports that were not taken back. Raises Forbidden
    "cannot_merge", also for authors of the other matter, WrongState unless it is joined, or
    "unmerge_late" or "joined_meanwhile".
    """
    _unmerge(actor, matter.id, reason)


@command
def _unmerge(actor: Actor, matter_id: int, reason: Mapping[str, str]) -> None:
    """A command of numbers for the same reason as `_merge`."""
    family, matters = united.lock_family(matter_id, Lock.WHOLE)
    matter = matters[matter_id]
    require(policies.can_merge(actor, matter), "cannot_merge")
    _expect(matter, State.MERGED)
    if clock.today() > last_day_to_separate(matter):
        raise WrongState("unmerge_late", days=_undo_days())
    into = matters[family.above[0]]
    require(not is_author(actor, into), "cannot_merge")
    note = add_public_note(matter, "restored", reason)
    told = add_public_note(into, "parted", reason) if matter.is_visible else None
    acts = _capacity(actor, matter)
    record(Kind.RESTORED, matter, actor, **acts, reason=note, other=into.id)
    record(Kind.PARTED, into, actor, **acts, other=matter.id, reason=told)
    support.separate_supports(family, matters)


def last_day_to_separate(matter: Matter) -> date:
    """The last local day on which a joined matter can be separated again."""
    since = matter.state_since or clock.now()
    return clock.local_date(since) + timedelta(days=_undo_days())


def _undo_days() -> int:
    return int(get_city().settings["merging"]["undo_days"])


# ---------- splitting ----------


@command
def split_matter(actor: Actor, matter: Matter, part: Part, reason: Mapping[str, str]) -> Matter:
    """Publish a part of an unanswered matter as a matter of its own, with a public reason.

    The same part sent again changes nothing. Raises Forbidden "cannot_merge", WrongState once it is
    answered, "initiative_whole" or "hidden_whole", Invalid "unknown_service", "title_short",
    "no_body" or "not_every_language".
    """
    require(policies.can_merge(actor, matter), "cannot_merge")
    _expect(matter, *UNANSWERED)
    if matter.kind == MatterKind.INITIATIVE:
        raise WrongState("initiative_whole")
    if matter.hidden_rule is not None:
        raise WrongState("hidden_whole")
    part = _cleaned(part)
    known = queries.find_part(matter, part.title, part.body)
    if known is not None:
        return known
    acts = _capacity(actor, matter)
    made = proposals.publish_part(actor, matter, _draft(matter, part), **acts)
    note = add_public_note(matter, "split", reason)
    record(Kind.SPLIT, matter, actor, **acts, other=made.id, reason=note)
    told = add_public_note(made, "split_from", reason)
    facts: dict[str, Any] = {"other": matter.id, "reason": told}
    record(Kind.SPLIT_FROM, made, actor, **acts, at=made.published_at, **facts)
    follow_along(matter, made)
    feedback.share_sender(matter, made)
    return made


def _cleaned(part: Part) -> Part:
    title = " ".join(clean(part.title, TITLE_LIMIT, required=False).split())
    return replace(part, title=title, body=clean(part.body, BODY_LIMIT, required=False))


def _draft(matter: Matter, part: Part) -> proposals.Draft:
    service = get_city().services.get(part.service)
    if service is None:
        raise Invalid("unknown_service")
    draft = replace(proposals.get_draft(matter), title=part.title, body=part.body)
    return replace(draft, theme=service.theme, service=service.key)


def _capacity(actor: Actor, matter: Matter) -> dict[str, Any]:
    """In which role, and beside which unit, somebody who may join matters does it."""
    if holds(actor, matter):
        role = Role.OFFICIAL
    elif actor.has(Role.REGISTRY):
        role = Role.REGISTRY
    else:
        role = Role.BUDGETING
    return {"role": role.value, "unit": matter.holder_unit if role != Role.BUDGETING else None}


# ---------- what follows from the entries ----------


@on(Kind.MERGED)
def keep_merge(entry: Entry) -> None:
    """Know with which matter a duplicate is handled."""
    into = entry.facts["into"]
    db.session.merge(MergedMatter(matter_id=entry.subject_id, into_id=into))
    topics.touch(f"matter:{into}")


@on(Kind.RESTORED)
def end_merge(entry: Entry) -> None:
    """A matter that is back is handled by itself."""
    merged = db.session.get(MergedMatter, entry.subject_id)
    if merged is not None:
        topics.touch(f"matter:{merged.into_id}")
        db.session.delete(merged)
        db.session.flush()


@on(Kind.SPLIT_FROM)
def keep_split(entry: Entry) -> None:
    """Know from which matter a part was split."""
    origin = entry.facts["other"]
    db.session.merge(SplitMatter(matter_id=entry.subject_id, from_id=origin))
    topics.touch(f"matter:{origin}", f"matter:{entry.subject_id}")


@on(Kind.HIDDEN, Kind.SHOWN, Kind.EDITED)
def follow_title(entry: Entry) -> None:
    """The pages of joined and split matters name each other while they are public."""
    if entry.subject_type == Matter.journal_subject:
        topics.touch(*(f"matter:{number}" for number in queries.list_related(entry.subject_id)))


class LineageReplayer:
    """Compares with which matters others are handled, or were split from, with their entries."""

    name = "lineage"
    subject_type = "matter"

    def fold(self, entries: list[Entry]) -> Any:
        """The numbers of both other matters, each None where there is none; None without both."""
        into = origin = None
        for entry in entries:
            if entry.kind == Kind.MERGED:
                into = entry.facts["into"]
            if entry.kind == Kind.RESTORED:
                into = None
            if entry.kind == Kind.SPLIT_FROM:
                origin = entry.facts["other"]
        return (into, origin) if into or origin else None

    def stored(self, subject_ids: list[int]) -> dict[int, Any]:
        """The same as the tables have it."""
        into = self._pairs(MergedMatter.matter_id, MergedMatter.into_id, subject_ids)
        origin = self._pairs(SplitMatter.matter_id, SplitMatter.from_id, subject_ids)
        both = into.keys() | origin.keys()
        return {number: (into.get(number), origin.get(number)) for number in both}

    def count_stored(self) -> int:
        """Matters that are handled with another one or were split from one."""
        numbers = union(select(MergedMatter.matter_id), select(SplitMatter.matter_id)).subquery()
        return db.session.scalars(select(func.count()).select_from(numbers)).one()

    def _pairs(self, number: Any, other: Any, subject_ids: Iterable[int]) -> dict[int, int]:
        rows = db.session.execute(select(number, other).where(number.in_(subject_ids)))
        return {row[0]: row[1] for row in rows}


register(LineageReplayer())


def _expect(matter: Matter, *states: State) -> None:
    if matter.state not in states:
        raise WrongState("wrong_state")
