"""Supports of joined matters: they count where these are handled, each person once.

A joined matter keeps its supports as they are. A supporter of it who does not support the matter
with which it is handled gets a row there that says through which matter it came (`united_from`),
so that the rows of a matter are always its supporters, each person one row. The rules:

- Authors do not support their own matter, so they get no such row. A signature is never moved: its
  maker counts as a supporter there, and stays a maker of the own initiative, which gets its own
  answer.
- Who shows the name beside a support shows it there alone.
- Who supports the open matter as well, before or after the joining, does so for itself.
- Who takes support back takes it back from the matter and from all that is joined to it. A
  signature of a joined initiative stays, and then counts for that one only.
- Separated again, a matter has the supports that were given to it and not taken back since, and
  what was given to the other one stays there.

Matters can be joined one after the other, so a matter has matters `above` and `below` it. Joining
locks both rows against everything, separating all that are handled together, in the order of their
numbers. Who takes support back locks the same rows, since support may come through another of them
from then on. Who supports shares the lock of one row and waits for joining alone.
"""

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import Delete, case, delete, false, func, insert, literal, or_, select, update
from sqlalchemy.orm import aliased

from app.core import errors
from app.core.errors import NotFound, WrongState
from app.extensions import db
from app.proposals.models import Matter, MergedMatter, Support


class Lock(enum.Enum):
    """How strongly the rows of matters are locked; the values are those of FOR UPDATE."""

    SHARED = (True, True)  # to support: waits only for joining
    OWN = (False, True)  # as commands lock what they change
    WHOLE = (False, False)  # to join: nobody can even support them meanwhile


errors.explain(
    {
        "joined_meanwhile": _l(
            "At this very moment the matter was joined to another one, or separated. Try again."
        ),
    }
)


@dataclass(frozen=True)
class Family:
    """What a matter is joined with: the matters `above`, the nearest first, are those with which it
    is handled; those `below` are joined to it, directly or through another one.

    `everybody` is all that are handled together: these, and what else is joined to one of them.
    """

    matter_id: int
    above: tuple[int, ...] = ()
    below: frozenset[int] = frozenset()
    everybody: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Lost:
    """A supporter fewer at a matter; `was_named` tells that the name was shown there."""

    matter_id: int
    was_named: bool


def find_family(matter_id: int) -> Family:
    """What a matter is joined with; one query, so that it is what it was at one moment."""
    tree = select(literal(matter_id).label("id")).cte("tree", recursive=True)
    pair = or_(MergedMatter.matter_id == tree.c.id, MergedMatter.into_id == tree.c.id)
    other = case(
        (MergedMatter.matter_id == tree.c.id, MergedMatter.into_id), else_=MergedMatter.matter_id
    )
    tree = tree.union(select(other).join(tree, pair))
    pairs = select(MergedMatter.matter_id, MergedMatter.into_id)
    rows = db.session.execute(pairs.join(tree, tree.c.id == MergedMatter.matter_id))
    into = {row.matter_id: row.into_id for row in rows}
    above = {number: tuple(_climb(number, into)) for number in {matter_id, *into, *into.values()}}
    below = frozenset(number for number, way in above.items() if matter_id in way)
    return Family(matter_id, above[matter_id], below, frozenset(above))


def _climb(number: int, into: Mapping[int, int]) -> Iterator[int]:
    while number in into:
        number = into[number]
        yield number


def lock(matter_ids: Iterable[int], how: Lock) -> dict[int, Matter]:
    """Matters by number, read afresh and locked in the order of their numbers."""
    read, key_share = how.value
    query = select(Matter).where(Matter.id.in_(set(matter_ids))).order_by(Matter.id)
    query = query.with_for_update(read=read, key_share=key_share)
    query = query.execution_options(populate_existing=True)
    return {matter.id: matter for matter in db.session.scalars(query)}


def lock_family(matter_id: int, how: Lock) -> tuple[Family, dict[int, Matter]]:
    """A matter's family with all its matters, locked.

    Raises NotFound, and WrongState "joined_meanwhile" when another matter came to it before it
    could be locked: that one could only be locked out of order.
    """
    matters = lock(find_family(matter_id).everybody, how)
    if matter_id not in matters:
        raise NotFound("not_found")
    family = find_family(matter_id)
    if not matters.keys() >= family.everybody:
        raise WrongState("joined_meanwhile")
    return family, matters


def add_supporters(matter: Matter, into: Matter) -> int:
    """Let the supporters of a matter count for the one it is joined to; returns how many are new.

    Both are locked.
    """
    there = select(Support.person_id).where(Support.matter_id == into.id)
    row = (literal(into.id), Support.person_id, Support.at, literal(matter.id), *([false()] * 3))
    people = select(*row).where(
        Support.matter_id == matter.id,
        Support.person_id.not_in(there),
        Support.person_id.not_in(into.author_ids),
    )
    # Counted first, since not every driver tells how many rows an insert has made.
    added = db.session.scalars(select(func.count()).select_from(people.subquery())).one()
    columns = ("matter_id", "person_id", "at", "united_from")
    flags = ("is_maker", "is_verified", "is_public")
    db.session.execute(insert(Support).from_select([*columns, *flags], people))
    return added


def take_back(person_id: int, family: Family) -> list[Lost]:
    """Delete somebody's support of a matter and of all below it; returns what was lost where.

    Signatures stay. What counted above only through this one does not count there any more.
    """
    mine = delete(Support).where(
        Support.matter_id.in_([family.matter_id, *family.below]),
        Support.person_id == person_id,
        Support.is_maker.is_(False),
    )
    return [*_deleted(mine), *let_go(family.above, person_id)]


def let_go(above: Iterable[int], person_id: int | None = None) -> list[Lost]:
    """Delete the rows that came through a matter that is not joined, or not supported, any more.

    From the nearest matter up, of one person or of all; whoever counts through another joined
    matter as well goes on counting through that one.
    """
    lost: list[Lost] = []
    for matter_id in above:
        gone = _let_go_at(matter_id, person_id)
        if not gone:
            break
        lost += gone
    return lost


def _let_go_at(matter_id: int, person_id: int | None) -> list[Lost]:
    other = aliased(Support)
    sources = (
        select(MergedMatter.matter_id)
        .join(other, other.matter_id == MergedMatter.matter_id)
        .where(MergedMatter.into_id == Support.matter_id, other.person_id == Support.person_id)
        .correlate(Support)
    )
    came = Support.united_from
    stale = [Support.matter_id == matter_id, came.is_not(None), came.not_in(sources)]
    if person_id is not None:
        stale.append(Support.person_id == person_id)
    another = sources.with_only_columns(func.min(MergedMatter.matter_id)).scalar_subquery()
    moved = update(Support).where(*stale, sources.exists()).values(united_from=another)
    db.session.execute(moved)
    return _deleted(delete(Support).where(*stale))


def give_oneself(person_id: int, matter_id: int) -> None:
    """Make somebody's support through a joined matter one that was given to this matter itself."""
    row = (Support.matter_id == matter_id, Support.person_id == person_id)
    change = update(Support).where(*row, Support.united_from.is_not(None))
    db.session.execute(change.values(united_from=None))


def _deleted(rows: Delete) -> list[Lost]:
    found = db.session.execute(rows.returning(Support.matter_id, Support.is_public))
    return [Lost(row.matter_id, row.is_public) for row in found]
