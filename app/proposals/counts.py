"""Kept numbers of visible matters by each value of a filter, and of late ones; and of the matters
of each unit by what officials filter their queue by, hidden ones too.

Pages show them without counting rows. A command collects differences and writes them at its end,
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
from app.proposals.filters import COLUMNS
from app.proposals.models import Matter, MatterCount, QueueCount

FACETS: dict[str, Any] = {**COLUMNS, "overdue": Matter.overdue}
Key = tuple[Any, ...]  # of a row of MatterCount or of QueueCount
TABLES: dict[Any, tuple[str, ...]] = {
    MatterCount: ("facet", "value"),
    QueueCount: ("unit", "state", "kind", "theme", "area", "assignee_id"),
}


def facets_of(matter: Matter) -> set[tuple[str, str]]:
    """The filters under which a matter is counted now; none while it is not visible."""
    if not matter.is_visible:
        return set()
    values = {
        "kind": matter.kind.value,
        "area": matter.area,
        "theme": matter.theme,
        "service": matter.service,
        "unit": matter.holder_unit,
        "body": matter.holder_body,
        "state": matter.state.value,
        "language": matter.language,
        "overdue": "1" if matter.overdue else None,
    }
    return {("all", ""), *((facet, value) for facet, value in values.items() if value)}


def group_of(matter: Matter) -> Key | None:
    """Where a matter is counted in its unit's queue, None while no unit holds it."""
    if matter.holder_unit is None:
        return None
    how = (matter.state.value, matter.kind.value, matter.theme)
    return (matter.holder_unit, *how, matter.area or "", matter.assignee_id or 0)


@contextmanager
def following(matter: Matter) -> Iterator[None]:
    """Keep the counts true while a matter's columns change inside the block."""
    before = _keys_of(matter)
    yield
    after = _keys_of(matter)
    deltas: Counter[Key] = scratch().setdefault("counts", Counter())
    deltas.update(dict.fromkeys(after - before, 1))
    deltas.subtract(dict.fromkeys(before - after, 1))


def _keys_of(matter: Matter) -> set[Key]:
    group = group_of(matter)
    return facets_of(matter) | ({group} if group else set())


@before_commit(10)
def _write(session: Session, space: dict[str, Any]) -> None:
    deltas: Counter[Key] = space.get("counts", Counter())
    for model, names in TABLES.items():
        upsert = _upsert(session, model)
        for key in sorted(key for key, n in deltas.items() if n and len(key) == len(names)):
            row = dict(zip(names, key, strict=True))
            session.execute(upsert, {**row, "n": deltas[key]})


def _upsert(session: Session, model: Any) -> Any:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(model)
    return statement.on_conflict_do_update(
        index_elements=list(TABLES[model]), set_={"n": model.n + statement.excluded.n}
    )


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


def get_groups() -> dict[Key, int]:
    """Kept numbers of every unit's queue, by the keys of QueueCount."""
    query = select(*QueueCount.__table__.c).where(QueueCount.n > 0)
    return {tuple(key): n for *key, n in db.session.execute(query)}


def counted_groups() -> dict[Key, int]:
    """The same numbers counted afresh from the rows."""
    columns = (Matter.holder_unit, Matter.state, Matter.kind, Matter.theme)
    area, person = func.coalesce(Matter.area, ""), func.coalesce(Matter.assignee_id, 0)
    held = Matter.holder_unit.is_not(None)
    query = select(*columns, area, person, func.count()).where(held)
    rows = db.session.execute(query.group_by(*columns, area, person))
    return {(unit, str(s), str(k), theme, a, p): n for unit, s, k, theme, a, p, n in rows}


@command
def rebuild_counts() -> None:
    """Replace the kept counts by freshly counted ones."""
    numbers: dict[Any, dict[Key, int]] = {
        MatterCount: {(f, v): n for f, values in counted().items() for v, n in values.items()},
        QueueCount: counted_groups(),
    }
    for model, names in TABLES.items():
        db.session.execute(delete(model))
        rows = [{**dict(zip(names, key, strict=True)), "n": n} for key, n in numbers[model].items()]
        if rows:
            db.session.execute(insert(model), rows)
    topics.touch("matters")
