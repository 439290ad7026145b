"""The transaction: `@command` is the only place that commits.

An outermost command begins a write transaction (BEGIN IMMEDIATE on SQLite), locks the row of the
thing it changes (on PostgreSQL), reads afresh, runs, and lets the registered finishers do their
part just before the commit: kept counts, page versions, and last the journal's chain. A command
called inside another one joins it. Whatever goes wrong leaves nothing behind.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.extensions import Model, db

P = ParamSpec("P")
R = TypeVar("R")

Finisher = Callable[[Session, dict[str, Any]], None]
_finishers: list[tuple[int, Finisher]] = []


def before_commit(order: int) -> Callable[[Finisher], Finisher]:
    """Register work for the end of every command, lowest order first.

    Finishers lock shared rows, so their order is the order of locks: kept counts (10), page
    versions (20), the journal's head last (90). Each gets the session and the command's scratch.
    """

    def register(finisher: Finisher) -> Finisher:
        _finishers.append((order, finisher))
        _finishers.sort(key=lambda pair: pair[0])
        return finisher

    return register


def scratch() -> dict[str, Any]:
    """The running command's own space: journal entries and counts wait here for the commit.

    Raises RuntimeError outside a command.
    """
    space = db.session().info.get("command")
    if space is None:
        raise RuntimeError("only a command may write")
    return space


def command(function: Callable[P, R]) -> Callable[P, R]:
    """Make a public service one transaction. See the module's docstring."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        session = db.session()
        if "command" in session.info:
            return function(*args, **kwargs)
        return _outermost(session, function, args, kwargs)

    run.is_command = True  # type: ignore[attr-defined]
    return run


def _outermost(session: Session, function: Callable[..., R], args: Any, kwargs: Any) -> R:
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("something was changed outside a command")
    session.rollback()
    space: dict[str, Any] = {}
    session.info["command"] = space
    try:
        session.connection(execution_options={"kuuluu_write": True})
        _lock_subject(session, [*args, *kwargs.values()])
        result = function(*args, **kwargs)
        session.flush()
        for _, finisher in _finishers:
            finisher(session, space)
        session.commit()
        return result
    except BaseException:
        session.rollback()
        raise
    finally:
        del session.info["command"]


def _lock_subject(session: Session, arguments: list[Any]) -> None:
    """Lock the row of the first stored thing among the arguments, so that acts on it queue."""
    subject = next((a for a in arguments if isinstance(a, Model)), None)
    if subject is None or not inspect(subject).persistent:
        return
    mapper = inspect(type(subject))
    # The identity, not the attributes: reading those would load the row before it is locked.
    keys = zip(mapper.primary_key, inspect(subject).identity or (), strict=True)
    statement = select(*mapper.primary_key).where(*(column == key for column, key in keys))
    if session.execute(statement.with_for_update(key_share=True)).first() is None:
        raise NotFound("not_found")
