"""Reads of matters: one of them, cards, versions, own ones.

Similar ones are found in `similar.py`; the public list and its map are read in `list_queries.py`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, or_, select, union_all

from app.accounts.models import Person
from app.core import paging
from app.core.access import Actor
from app.core.errors import NotFound
from app.extensions import db
from app.proposals import policies
from app.proposals.lifecycle import State
from app.proposals.models import CoAuthor, Matter, MatterText, Support
from app.proposals.notes import MatterNote

PAGE = 20
LARGEST_ID = 2**31 - 1
VERSIONS = 50

# The columns of a card in a list; rows have them as attributes, as a matter has.
CARD = (
    Matter.id,
    Matter.title,
    Matter.summary,
    Matter.language,
    Matter.kind,
    Matter.state,
    Matter.area,
    Matter.district,
    Matter.holder_unit,
    Matter.holder_body,
    Matter.next_due,
    Matter.next_due_kind,
    Matter.supporters,
    Matter.published_at,
    Matter.hidden_rule,
)
CardRow = Any


def get_matter(matter_id: int, actor: Actor) -> Matter:
    """A matter whose text the actor may read. Raises NotFound, also for what is not shown."""
    matter = get_shown(matter_id, actor)
    if not policies.can_read(actor, matter):
        raise NotFound("not_found")
    return matter


def get_shown(matter_id: int, actor: Actor) -> Matter:
    """A published matter, also a hidden one whose page only says so; or the actor's own draft.

    That feedback for the city alone exists is told to nobody who may not read it.

    Ask `policies.can_read` before anything of its text is shown. Raises NotFound.
    """
    matter = db.session.get(Matter, matter_id) if 0 < matter_id <= LARGEST_ID else None
    if matter is None or (matter.state == State.DRAFT and not policies.is_author(actor, matter)):
        raise NotFound("not_found")
    if matter.city_only and not policies.can_read(actor, matter):
        raise NotFound("not_found")
    return matter


def get_support(actor: Actor, matter: Matter) -> Support | None:
    """The actor's support or signature, None when there is none."""
    return db.session.get(Support, (matter.id, actor.person_id)) if actor.signed_in else None


def get_withdrawal_reason(matter: Matter) -> MatterNote | None:
    """The author's public words about why the matter was withdrawn."""
    query = select(MatterNote).where(
        MatterNote.matter_id == matter.id, MatterNote.purpose == "withdrawn"
    )
    return db.session.scalars(query.order_by(MatterNote.written_at.desc()).limit(1)).first()


def list_cards(matter_ids: Iterable[int]) -> list[CardRow]:
    """The cards of some visible matters in the order given; one query."""
    wanted = list(matter_ids)
    query = Matter.visible().with_only_columns(*CARD).where(Matter.id.in_(wanted))
    found = {row.id: row for row in db.session.execute(query)}
    return [found[matter_id] for matter_id in wanted if matter_id in found]


def list_own(actor: Actor, cursor: str | None) -> paging.Page[CardRow]:
    """One page of drafts and matters that the actor started or writes along, newest first.

    Raises NotFound.
    """
    started = select(Matter.id).where(Matter.author_id == actor.person_id)
    joined = select(CoAuthor.matter_id).where(CoAuthor.person_id == actor.person_id)
    query = select(*CARD).where(Matter.id.in_(union_all(started, joined)))
    return paging.page_by_key(query, _BY_ID, PAGE, cursor)


def list_author_names(matter: Matter) -> list[str]:
    """The shown names of who started a matter and of its co-authors, in that order; one query."""
    joined = and_(CoAuthor.person_id == Person.id, CoAuthor.matter_id == matter.id)
    query = (
        select(Person.name)
        .outerjoin(CoAuthor, joined)
        .where(or_(Person.id == (matter.author_id or 0), CoAuthor.id.is_not(None)))
        .order_by(func.coalesce(CoAuthor.id, 0))
    )
    return list(db.session.scalars(query))


def list_versions(matter: Matter, language: str) -> Sequence[Row[int, datetime, str]]:
    """Number, moment and origin of the newest versions in a language, newest first."""
    query = (
        select(MatterText.version, MatterText.written_at, MatterText.origin)
        .where(MatterText.matter_id == matter.id, MatterText.language == language)
        .order_by(MatterText.version.desc())
        .limit(VERSIONS)
    )
    return db.session.execute(query).all()


def get_versions(matter: Matter, language: str, *versions: int) -> list[MatterText]:
    """Some versions of the text in a language in order. Raises NotFound when one is missing."""
    query = select(MatterText).where(
        MatterText.matter_id == matter.id,
        MatterText.language == language,
        MatterText.version.in_(versions),
    )
    found = list(db.session.scalars(query.order_by(MatterText.version)))
    if len(found) != len(versions):
        raise NotFound("not_found")
    return found


def read_number(value: Any) -> int:
    """A number as the database's columns can hold it. Raises ValueError."""
    if not isinstance(value, int) or not 0 <= value <= LARGEST_ID:
        raise ValueError("not a number of ours")
    return value


_BY_ID = paging.Order(
    (Matter.id,), lambda row: (row.id,), from_text=lambda key: tuple(read_number(v) for v in key)
)
