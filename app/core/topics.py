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
SETTLED = CALM + timedelta(seconds=10)  # no command that began within CALM still runs then
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
    """Raise a version at most once a minute: for counts that change all the time.

    A change that raises none is shown all the same, since no page stays longer than `SETTLED` after
    the last one that did: see `read`.
    """
    topic = db.session.get(Topic, name)
    if topic is None or clock.now() - topic.touched_at >= CALM:
        touch(name)


def versions(names: Iterable[str]) -> dict[str, int]:
    """Present versions; 0 for a topic nobody has touched."""
    return read(names)[0]


def read(names: Iterable[str]) -> tuple[dict[str, int], datetime | None]:
    """Present versions, and until when a count may still change without raising one; one query."""
    wanted = sorted(set(names))
    columns = (Topic.name, Topic.version, Topic.touched_at)
    rows = db.session.execute(select(*columns).where(Topic.name.in_(wanted))).all()
    found = {row.name: row.version for row in rows}
    present = {name: found.get(name, 0) for name in wanted}
    _known().update(present)
    touched = [row.touched_at for row in rows if row.name not in FRAME]  # a frame has no counts
    settled = max(touched) + SETTLED if touched else None
    return present, settled if settled is not None and settled > clock.now() else None


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
