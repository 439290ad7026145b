"""Versions of what public pages show: a change raises them, a page is good while they hold.

`touch` belongs to commands; the page cache compares versions on every request.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from flask import g, has_request_context
from sqlalchemy import Integer, String, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import clock
from app.core.command import before_commit, scratch
from app.core.types import UtcDateTime
from app.extensions import Model, db

CALM = timedelta(minutes=1)
FRAME = ("city", "seal")  # what stands around every page


class Topic(Model):
    """A named part of the public pages and the number of its last change."""

    __tablename__ = "topic"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    touched_at: Mapped[datetime] = mapped_column(UtcDateTime)


def touch(*names: str) -> None:
    """Raise the versions of topics when the running command commits."""
    scratch().setdefault("topics", set()).update(names)


def touch_calmly(name: str) -> None:
    """Raise a version at most once a minute: for counts that change all the time."""
    topic = db.session.get(Topic, name)
    if topic is None or clock.now() - topic.touched_at >= CALM:
        touch(name)


def versions(names: Iterable[str]) -> dict[str, int]:
    """Present versions; 0 for a topic nobody has touched."""
    wanted = sorted(set(names))
    rows = db.session.execute(select(Topic.name, Topic.version).where(Topic.name.in_(wanted)))
    found = {row.name: row.version for row in rows}
    read = {name: found.get(name, 0) for name in wanted}
    _known().update(read)
    return read


def version(name: str) -> int:
    """The present version of one topic; within a request or a command it is read once."""
    known = _known()
    return known[name] if name in known else versions([name, *FRAME])[name]


def _known() -> dict[str, int]:
    """What this request, or this command at the command line, has read already."""
    if has_request_context():
        known: dict[str, int] = g.setdefault("topic_versions", {})
        return known
    space = db.session().info.get("command", {})
    known = space.setdefault("topic_versions", {})
    return known


@before_commit(20)
def _raise_versions(session: Session, space: dict[str, Any]) -> None:
    """Sorted, so that two commands lock the rows in one order."""
    names = sorted(space.get("topics", ()))
    if not names:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(Topic)
    upsert = insert.on_conflict_do_update(
        index_elements=[Topic.name],
        set_={"version": Topic.version + 1, "touched_at": insert.excluded.touched_at},
    )
    session.execute(upsert, [{"name": n, "version": 1, "touched_at": clock.now()} for n in names])
