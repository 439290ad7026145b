"""Reads of appeals, blocks, held texts and the own decisions, each list at most fifty long."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from app.accounts.models import Person, RoleGrant
from app.city import workdays
from app.comments.models import Comment
from app.core import clock
from app.core.access import Actor, Role
from app.core.errors import NotFound
from app.extensions import db
from app.moderation.models import Act, Appeal, Decision, Report
from app.proposals.holding import HeldText
from app.proposals.models import Matter, MatterText
from app.proposals.policies import is_author

MOST = 50


def due_at(since: datetime, days: int) -> datetime:
    """The end of the working day by which moderation has to decide. Pure but for the calendar."""
    return clock.end_of(workdays.add_workdays(clock.local_date(since), days))


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


def get_thing(decision: Decision) -> dict[str, Any]:
    """What a decision is about (matter, text) and the appeal against it; at most four queries."""
    matter = db.session.get(Matter, decision.matter_id) if decision.matter_id else None
    text = ""
    if decision.comment_id is not None:
        text = db.session.get_one(Comment, decision.comment_id).text
    elif decision.held_id is not None:
        text = db.session.get_one(HeldText, decision.held_id).text
    if matter is not None and not text:
        text = text_of(matter)
    return {"matter": matter, "text": text, "appeal": db.session.get(Appeal, decision.id)}


def text_of(matter: Matter) -> str:
    """The newest text of a matter in its own language; one query."""
    query = (
        select(MatterText.body)
        .where(MatterText.matter_id == matter.id, MatterText.language == matter.language)
        .order_by(MatterText.version.desc())
        .limit(1)
    )
    return db.session.scalars(query).first() or ""


def list_own(actor: Actor) -> tuple[Sequence[Decision], Sequence[Row[Report, str, str]]]:
    """The newest decisions about the actor, and the actor's reports with titles; two queries."""
    decisions = select(Decision).where(Decision.person_id == actor.person_id)
    reports = (
        select(Report, Matter.title, Matter.language)
        .join(Matter, Matter.id == Report.matter_id)
        .where(Report.reporter_id == actor.person_id)
    )
    return (
        db.session.scalars(decisions.order_by(Decision.id.desc()).limit(MOST)).all(),
        db.session.execute(reports.order_by(Report.id.desc()).limit(MOST)).all(),
    )


def list_appeals() -> Sequence[Row[Appeal, Decision]]:
    """Appeals that wait with their decisions, the oldest first; one query."""
    query = select(Appeal, Decision).join(Decision, Decision.id == Appeal.decision_id)
    query = query.where(Appeal.decided_at.is_(None)).order_by(Appeal.at, Appeal.decision_id)
    return db.session.execute(query.limit(MOST)).all()


def list_held() -> Sequence[Row[HeldText, Matter]]:
    """Texts that wait for a look with their matters, the oldest first; one query."""
    query = select(HeldText, Matter).join(Matter, Matter.id == HeldText.matter_id)
    query = query.where(HeldText.closed_at.is_(None)).order_by(HeldText.at, HeldText.id)
    return db.session.execute(query.limit(MOST)).all()


def list_held_of(actor: Actor, matter_id: int) -> Sequence[HeldText]:
    """The actor's waiting comments on a matter; one query."""
    query = select(HeldText).where(
        HeldText.matter_id == matter_id,
        HeldText.author_id == actor.person_id,
        HeldText.closed_at.is_(None),
    )
    return db.session.scalars(query.order_by(HeldText.id)).all()


def list_blocks() -> Sequence[Row[Decision, str]]:
    """Blocks in force with the names, the newest first; one query."""
    query = select(Decision, Person.name).join(Person, Person.id == Decision.person_id)
    query = query.where(Decision.act == Act.BLOCK, Decision.ended_at.is_(None))
    query = query.where(Decision.until > clock.now()).order_by(Decision.id.desc())
    return db.session.execute(query.limit(MOST)).all()


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
