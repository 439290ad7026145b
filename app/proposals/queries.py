"""Reads of matters: one of them, the public list and its map, similar ones, versions, own ones."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Select, func, select, union_all

from app.core import paging
from app.core.access import Actor
from app.core.errors import NotFound
from app.extensions import db
from app.proposals import policies
from app.proposals.filters import Box, Filters, Sort
from app.proposals.lifecycle import State
from app.proposals.models import Matter, MatterText, Support
from app.proposals.notes import MatterNote
from app.search.queries import matching
from app.search.tokens import query_terms

PAGE = 20
EXACT = 1000  # a filtered number is counted up to here, then "1 000+" says enough
LARGEST_ID = 2**31 - 1
VERSIONS = 50
SIMILAR = 5
SIMILAR_WORDS = 8
SIMILAR_HITS = 2000  # of one word, the newest
SHORTEST_WORD = 4

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

    Ask `policies.can_read` before anything of its text is shown. Raises NotFound.
    """
    matter = db.session.get(Matter, matter_id) if 0 < matter_id <= LARGEST_ID else None
    if matter is None or (matter.state == State.DRAFT and not policies.is_author(actor, matter)):
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


def list_page(filters: Filters, sort: Sort, cursor: str | None) -> paging.Page[CardRow]:
    """One page of the public list. Raises NotFound for a broken cursor."""
    return paging.page_by_key(_listed(CARD, filters, sort), _ORDERS[sort], PAGE, cursor)


def count_listed(filters: Filters, sort: Sort) -> int:
    """How many matters the list has, counted up to one more than EXACT."""
    some = _listed((Matter.id,), filters, sort).limit(EXACT + 1).subquery()
    return db.session.scalars(select(func.count()).select_from(some)).one()


def list_points(filters: Filters, box: Box, limit: int) -> Sequence[Row[Any]]:
    """Matters with a place inside a box (id, title, state, lat, lon), at most `limit`."""
    columns = (Matter.id, Matter.title, Matter.state, Matter.lat, Matter.lon)
    return db.session.execute(_placed(columns, filters, box).limit(limit)).all()


def count_by_cell(filters: Filters, box: Box, cells: int) -> Sequence[Row[Any]]:
    """The same matters counted in a grid of about cells x cells: n, mean lat and mean lon."""
    row = func.round((Matter.lat - box.south) / (box.north - box.south) * cells)
    column = func.round((Matter.lon - box.west) / (box.east - box.west) * cells)
    means = (func.avg(Matter.lat).label("lat"), func.avg(Matter.lon).label("lon"))
    query = _placed((func.count().label("n"), *means), filters, box)
    return db.session.execute(query.group_by(row, column)).all()


def list_cards(matter_ids: Iterable[int]) -> list[CardRow]:
    """The cards of some visible matters in the order given; one query."""
    wanted = list(matter_ids)
    query = Matter.visible().with_only_columns(*CARD).where(Matter.id.in_(wanted))
    found = {row.id: row for row in db.session.execute(query)}
    return [found[matter_id] for matter_id in wanted if matter_id in found]


def list_own(actor: Actor, cursor: str | None) -> paging.Page[CardRow]:
    """One page of the actor's own drafts and matters, newest first. Raises NotFound."""
    query = select(*CARD).where(Matter.author_id == actor.person_id)
    return paging.page_by_key(query, _BY_ID, PAGE, cursor)


def list_similar(title: str) -> list[CardRow]:
    """Up to five visible matters that share most of the title's words, at least two if it has them.

    See `rank_similar`.
    """
    ranked = rank_similar(title)
    if ranked is None:
        return []
    columns = ranked.selected_columns
    best = ranked.order_by(columns.n.desc(), columns.matter_id.desc()).limit(SIMILAR)
    return list_cards(row.matter_id for row in db.session.execute(best))


def rank_similar(title: str) -> Select[int, int] | None:
    """The ids of matters that share most of a title's words, as `matter_id`, with how many as `n`.

    At least two words are shared if the title has them. Only the first eight words of four letters
    or more are looked up, and of each word the newest 2 000 hits, so that a common word costs
    little. None when there is nothing to look for; the caller narrows to visible matters.
    """
    words = [w for w in dict.fromkeys(title.lower().split()) if len(w) >= SHORTEST_WORD]
    words = [word for word in words if query_terms(word)][:SIMILAR_WORDS]
    hits = [hit for word in words if (hit := _newest_hits(word)) is not None]
    if not hits:
        return None
    every = union_all(*hits).subquery()
    shared = func.count()
    return (
        select(every.c.matter_id, shared.label("n"))
        .group_by(every.c.matter_id)
        .having(shared >= min(2, len(hits)))
    )


def list_versions(matter: Matter) -> Sequence[Row[int, datetime]]:
    """Number and moment of the text's newest versions, newest first."""
    query = (
        select(MatterText.version, MatterText.written_at)
        .where(MatterText.matter_id == matter.id, MatterText.language == matter.language)
        .order_by(MatterText.version.desc())
        .limit(VERSIONS)
    )
    return db.session.execute(query).all()


def get_versions(matter: Matter, *versions: int) -> list[MatterText]:
    """Some versions of the text in order. Raises NotFound when one of them is missing."""
    query = select(MatterText).where(
        MatterText.matter_id == matter.id,
        MatterText.language == matter.language,
        MatterText.version.in_(versions),
    )
    found = list(db.session.scalars(query.order_by(MatterText.version)))
    if len(found) != len(versions):
        raise NotFound("not_found")
    return found


def _listed(columns: Sequence[Any], filters: Filters, sort: Sort) -> Select[Any]:
    query = Matter.visible().with_only_columns(*columns).where(*filters.conditions())
    return query.where(Matter.next_due.is_not(None)) if sort == Sort.SOONEST else query


def _placed(columns: Sequence[Any], filters: Filters, box: Box) -> Select[Any]:
    inside = (Matter.lat.between(box.south, box.north), Matter.lon.between(box.west, box.east))
    query = Matter.visible().with_only_columns(*columns)
    return query.where(*filters.conditions(), *inside)


def _newest_hits(word: str) -> Select[Any] | None:
    hits = matching(word)
    if hits is None:
        return None
    found = hits.subquery().c.matter_id
    newest = select(found).order_by(found.desc()).limit(SIMILAR_HITS).subquery()
    return select(newest.c.matter_id)


def _moment_key(key: list[Any]) -> tuple[datetime, int]:
    moment, number = key
    return datetime.fromisoformat(moment).astimezone(UTC), _number(number)


def _number_key(key: list[Any]) -> tuple[int, int]:
    count, number = key
    return _number(count), _number(number)


def _number(value: Any) -> int:
    """A number as the database's columns can hold it. Raises ValueError."""
    if not isinstance(value, int) or not 0 <= value <= LARGEST_ID:
        raise ValueError("not a number of ours")
    return value


_ORDERS = {
    Sort.NEWEST: paging.Order(
        (Matter.published_at, Matter.id),
        lambda row: (row.published_at, row.id),
        from_text=_moment_key,
    ),
    Sort.SUPPORTED: paging.Order(
        (Matter.supporters, Matter.id),
        lambda row: (row.supporters, row.id),
        from_text=_number_key,
    ),
    Sort.SOONEST: paging.Order(
        (Matter.next_due, Matter.id),
        lambda row: (row.next_due, row.id),
        descending=False,
        from_text=_moment_key,
    ),
}
_BY_ID = paging.Order(
    (Matter.id,), lambda row: (row.id,), from_text=lambda key: tuple(_number(v) for v in key)
)
