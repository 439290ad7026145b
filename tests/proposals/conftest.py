"""Watching statements, and many matters at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, insert

from app.core import clock
from app.core.command import command
from app.extensions import db
from app.proposals.counts import rebuild_counts
from app.proposals.lifecycle import MatterKind, State
from app.proposals.models import Matter
from tests.factories import Factory

Statement = tuple[str, Any]


@pytest.fixture
def watch(context: Flask) -> Callable[[], Any]:
    """A block that collects the statements (with parameters) that run inside it."""

    @contextmanager
    def watching() -> Iterator[list[Statement]]:
        seen: list[Statement] = []

        def note(_c: Any, _cursor: Any, sql: str, parameters: Any, *_rest: Any) -> None:
            if not sql.startswith("BEGIN"):
                seen.append((sql, parameters))

        event.listen(db.engine, "before_cursor_execute", note)
        yield seen
        event.remove(db.engine, "before_cursor_execute", note)

    return watching


@pytest.fixture
def fill(make: Factory) -> Callable[..., None]:
    """Adds many published matters at once, one minute after the other, with the given columns."""

    @command
    def add(number: int, author_id: int | None, columns: dict[str, Any]) -> None:
        start = clock.now() - timedelta(days=30)
        rows = [
            {
                "kind": MatterKind.PROPOSAL,
                "author_id": author_id,
                "language": "fi",
                "title": f"Asia numero {n}",
                "summary": "Lyhyesti",
                "theme": "streets",
                "service": "street_lighting",
                "created_at": start + timedelta(minutes=n),
                "published_at": start + timedelta(minutes=n),
                "state_since": start + timedelta(minutes=n),
                "state": State.PUBLISHED,
                "overdue": False,
                "supporters": n % 50,
                "makers": 0,
                "comments": 0,
                **{k: v(n) if callable(v) else v for k, v in columns.items()},
            }
            for n in range(number)
        ]
        db.session.execute(insert(Matter), rows)

    def filling(number: int, **columns: Any) -> None:
        add(number, make.actor().person_id, columns)
        rebuild_counts()

    return filling
