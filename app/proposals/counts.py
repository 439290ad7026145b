"""Kept numbers of visible matters by area, theme, kind, state, unit and lateness.

Lists show them without counting rows. A command collects differences and writes them at its end,
in one order of rows.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.core import topics
from app.core.command import before_commit, command, scratch
from app.extensions import db
from app.proposals.models import Matter, MatterCount

FACETS = {
    "kind": Matter.kind,
    "area": Matter.area,
    "theme": Matter.theme,
    "state": Matter.state,
    "unit": Matter.holder_unit,
    "overdue": Matter.overdue,
}


def facets_of(matter: Matter) -> set[tuple[str, str]]:
    """The filters under which a matter is counted now; none while it is not visible."""
    if not matter.is_visible:
        return set()
    values = {
        "kind": matter.kind.value,
        "area": matter.area,
        "theme": matter.theme,
        "state": matter.state.value,
        "unit": matter.holder_unit,
        "overdue": "1" if matter.overdue else None,
    }
    return {("all", ""), *((facet, value) for facet, value in values.items() if value)}


@contextmanager
def following(matter: Matter) -> Iterator[None]:
    """Keep the counts true while a matter's columns change inside the block."""
    before = facets_of(matter)
    yield
    after = facets_of(matter)
    deltas: Counter[tuple[str, str]] = scratch().setdefault("counts", Counter())
    deltas.update(dict.fromkeys(after - before, 1))
    deltas.subtract(dict.fromkeys(before - after, 1))


@before_commit(10)
def _write(session: Session, space: dict[str, Any]) -> None:
    deltas: Counter[tuple[str, str]] = space.get("counts", Counter())
    rows = [
        {"facet": facet, "value": value, "n": n}
        for (facet, value), n in sorted(deltas.items())
        if n
    ]
    if not rows:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(MatterCount)
    upsert = statement.on_conflict_do_update(
        index_elements=[MatterCount.facet, MatterCount.value],
        set_={"n": MatterCount.n + statement.excluded.n},
    )
    for row in rows:
        session.execute(upsert, row)


def get_counts() -> dict[str, dict[str, int]]:
    """Kept counts by facet and value; the number of all visible matters is `["all"][""]`."""
    found: dict[str, dict[str, int]] = {facet: {} for facet in ("all", *FACETS)}
    rows = db.session.execute(select(MatterCount.facet, MatterCount.value, MatterCount.n))
    for facet, value, n in rows:
        if n:
            found[facet][value] = n
    return found


def counted() -> dict[str, dict[str, int]]:
    """The same numbers counted afresh from the rows, to check or rebuild the kept ones."""
    visible = Matter.visible().with_only_columns
    found: dict[str, dict[str, int]] = {facet: {} for facet in ("all", *FACETS)}
    total = db.session.scalars(visible(func.count())).one()
    if total:
        found["all"][""] = total
    for facet, column in FACETS.items():
        for value, n in db.session.execute(visible(column, func.count()).group_by(column)):
            if value is not None and value is not False:
                found[facet]["1" if value is True else str(value)] = n
    return found


@command
def rebuild_counts() -> None:
    """Replace the kept counts by freshly counted ones."""
    db.session.execute(delete(MatterCount))
    rows = [
        {"facet": facet, "value": value, "n": n}
        for facet, values in counted().items()
        for value, n in values.items()
    ]
    if rows:
        db.session.execute(insert(MatterCount), rows)
    topics.touch("matters")
