"""Reads of appeals, blocks and held texts, a page at a time, and of what is about oneself."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import selectinload

from app.accounts.models import Person, RoleGrant
from app.comments.models import Comment
from app.comments.queries import read_numbers
from app.core import clock, paging
from app.core.access import Actor, Role
from app.core.errors import NotFound
from app.extensions import db
from app.moderation.models import Act, Appeal, Decision, Report
from app.proposals.holding import HeldText
from app.proposals.models import Matter, MatterText
from app.proposals.policies import is_author
from app.proposals.queries import read_number

PAGE = 20
OWN = 50


def get_decision(decision_id: int) -> Decision:
    """A decision by its number. Raises NotFound."""
    decision = db.session.get(Decision, decision_id)
    if decision is None:
        raise NotFound("not_found")
    return decision


def get_own_decision(actor: Actor, decision_id: int) -> Decision:
    """A decision about the actor. Raises NotFound for others' decisions."""
    decision = get_decision(decision_id)
    if decision.person_id != actor.person_id:
        raise NotFound("not_found")
    return decision


def get_held(held_id: int) -> HeldText:
    """A held text by its number. Raises NotFound."""
    held = db.session.get(HeldText, held_id)
    if held is None:
        raise NotFound("not_found")
    return held


def get_matter_of(held: HeldText) -> Matter:
    """The matter of a held text: the draft itself, or the one that is discussed."""
    return db.session.get_one(Matter, held.matter_id)


def get_thing(decision: Decision) -> dict[str, Any]:
    """What a decision is about (matter, text) and the appeal against it; at most four queries."""
    matter = db.session.get(Matter, decision.matter_id) if decision.matter_id else None
    comment = db.session.get(Comment, decision.comment_id) if decision.comment_id else None
    held = db.session.get(HeldText, decision.held_id) if decision.held_id else None
    written: Comment | HeldText | None = comment or held
    text, language = (written.text, written.language) if written else ("", "")
    if matter is not None and (written is None or (held is not None and not held.is_comment)):
        text, language = text_of(matter), matter.language
    return {
        "matter": matter,
        "text": text,
        "language": language,
        "appeal": db.session.get(Appeal, decision.id),
    }


def text_of(matter: Matter) -> str:
    """The newest text of a matter in its own language; one query."""
    query = (
        select(MatterText.body)
        .where(MatterText.matter_id == matter.id, MatterText.language == matter.language)
        .order_by(MatterText.version.desc())
        .limit(1)
    )
    return db.session.scalars(query).first() or ""


def list_own_decisions(actor: Actor) -> Sequence[Decision]:
    """The newest decisions about the actor, at most fifty; one query."""
    query = select(Decision).where(Decision.person_id == actor.person_id)
    return db.session.scalars(query.order_by(Decision.id.desc()).limit(OWN)).all()


def list_own_reports(actor: Actor) -> Sequence[Row[Report, Matter, Comment | None]]:
    """The actor's newest reports with what they are about, at most fifty; one query."""
    query = (
        select(Report, Matter, Comment)
        .join(Matter, Matter.id == Report.matter_id)
        .outerjoin(Comment, Comment.id == Report.comment_id)
        .where(Report.reporter_id == actor.person_id)
    )
    return db.session.execute(query.order_by(Report.id.desc()).limit(OWN)).all()


def page_appeals(cursor: str | None) -> paging.Page[Row[Appeal, Decision]]:
    """Appeals that wait with their decisions, the oldest first; one query. Raises NotFound."""
    query = select(Appeal, Decision).join(Decision, Decision.id == Appeal.decision_id)
    query = query.where(Appeal.decided_at.is_(None))
    return paging.page_by_key(query, _APPEALS, PAGE, cursor)


def page_held(cursor: str | None) -> paging.Page[Row[HeldText, Matter]]:
    """Texts that wait for a look with their matters, the oldest first; two queries.

    Raises NotFound.
    """
    query = select(HeldText, Matter).join(Matter, Matter.id == HeldText.matter_id)
    query = query.where(HeldText.closed_at.is_(None))
    query = query.options(selectinload(Matter.co_authors))  # asked of each: is it the actor's own?
    return paging.page_by_key(query, _HELD, PAGE, cursor)


def list_held_of(actor: Actor, matter_id: int) -> Sequence[HeldText]:
    """The actor's waiting comments on a matter; one query."""
    query = select(HeldText).where(
        HeldText.matter_id == matter_id,
        HeldText.author_id == actor.person_id,
        HeldText.closed_at.is_(None),
    )
    return db.session.scalars(query.order_by(HeldText.id)).all()


def page_blocks(cursor: str | None) -> paging.Page[Row[Decision, str]]:
    """Blocks in force with the names, the newest first; one query. Raises NotFound."""
    query = select(Decision, Person.name).join(Person, Person.id == Decision.person_id)
    query = query.where(Decision.act == Act.BLOCK, Decision.ended_at.is_(None))
    query = query.where(Decision.until > clock.now())
    return paging.page_by_key(query, _BLOCKS, PAGE, cursor)


def count_earlier(person_ids: set[int]) -> dict[int, int]:
    """How many decisions stand about each person; one query."""
    query = select(Decision.person_id, func.count()).where(
        Decision.person_id.in_(person_ids), Decision.ended_at.is_(None)
    )
    found = db.session.execute(query.group_by(Decision.person_id))
    return {person_id: number for person_id, number in found if person_id}


def has_other_moderator(decision: Decision, matter: Matter | None) -> bool:
    """Whether a moderator could decide on the appeal: not the one who decided, nor an author."""
    query = select(Person).join(RoleGrant, RoleGrant.person_id == Person.id)
    query = query.where(
        RoleGrant.role == Role.MODERATOR,
        Person.id.not_in([decision.decided_by or 0, decision.person_id or 0]),
    )
    actors = [person.as_actor() for person in db.session.scalars(query).unique()]
    return any(
        actor.has(Role.MODERATOR) and not (matter is not None and is_author(actor, matter))
        for actor in actors
    )


def _moment_and_number(key: list[Any]) -> tuple[datetime, int]:
    moment, number = key
    return datetime.fromisoformat(moment).astimezone(UTC), read_number(number)


_APPEALS = paging.Order(
    (Appeal.at, Appeal.decision_id),
    lambda row: (row.Appeal.at, row.Appeal.decision_id),
    descending=False,
    from_text=_moment_and_number,
)
_HELD = paging.Order(
    (HeldText.at, HeldText.id),
    lambda row: (row.HeldText.at, row.HeldText.id),
    descending=False,
    from_text=_moment_and_number,
)
_BLOCKS = paging.Order((Decision.id,), lambda row: (row.Decision.id,), from_text=read_numbers)
