"""Loading the demonstration city, whole or not at all.

The mark `is_demo` is set first; the file `demo_loaded` in the instance folder last. A load that was
stopped is started over: the tables are dropped, never emptied, since the journal refuses that.
"""

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from flask_migrate import upgrade
from sqlalchemy import MetaData, event, inspect, select, text, update

from app.accounts.models import Person
from app.city import places
from app.city import services as city
from app.city.models import Municipality
from app.core import clock, errors
from app.core.command import command
from app.core.errors import Forbidden
from app.core.mail import OutboxMail
from app.demo import afterthoughts, bulk, disputes, politics, rounds, stories, texts, twins
from app.demo.people import Cast, address, make_cast
from app.demo.stage import Stage
from app.extensions import db
from app.journal import queries as journal
from app.journal import services as journal_services
from app.transparency import services as figures

SEED = 2026
DAYS = 730
RESIDENTS = 2300

errors.explain(
    {
        "not_a_demo": _l(
            "This database is in real use. The demonstration goes into one of its own."
        ),
    }
)


def is_loaded() -> bool:
    """Whether this database holds a finished demonstration city."""
    return _mark().exists() and _is_marked()


def load(matters: int | None, progress: Callable[[float], None]) -> None:
    """Load the demonstration into the configured database, which must be empty or a demonstration.

    `matters` adds generated matters until there are so many; None is the written ones alone.
    Raises Forbidden "not_a_demo" for a database in real use.
    """
    if _has_tables() and not _is_marked() and not _is_empty():
        raise Forbidden("not_a_demo")
    if _is_marked():
        _start_over()
    _hurry()
    city.seed_city(city.read_seed(), is_demo=True)
    places.load_places(places.BUNDLED, lambda _done, _total: None)
    end = clock.now()
    start = clock.start_of(clock.local_date(end) - timedelta(days=DAYS))
    share = 1.0 if matters is None else 0.2
    stage = Stage(start, end, lambda done: progress(done * share))
    with clock.moved_to(start):
        cast = make_cast(RESIDENTS, random.Random(SEED))
    _perform(stage, cast)
    if matters is not None:
        bulk.fill_up(matters, cast, SEED, lambda done: progress(share + done * (1 - share)))
    journal_services.move_cursor("notifications", journal.get_head()[0])
    _deliver_the_past()
    figures.rebuild_figures()
    _mark().touch()


def _perform(stage: Stage, cast: Cast) -> None:
    stories.tell_all(stage, cast, texts.read_matters(), SEED)
    rounds.tell_all(stage, cast, texts.read_rounds(), SEED)
    stage.enter(politics.offer(stage, cast, "city_planning", "street_engineering"))
    stage.enter(politics.meet(stage))
    stage.enter(afterthoughts.have(stage))
    stage.enter(disputes.wait(stage, cast))
    stage.enter(twins.tell(stage, cast))
    stage.run()


@command
def _deliver_the_past() -> None:
    """What was posted during the two years reached its readers then."""
    db.session.execute(update(OutboxMail).values(sent_at=OutboxMail.created_at, attempts=1))


def get_sign_in(key: str) -> Person | None:
    """The person behind one of the demonstration's roles."""
    return db.session.scalars(select(Person).where(Person.email == address(key))).first()


def _mark() -> Path:
    return Path(current_app.config["INSTANCE"]) / "demo_loaded"


def _has_tables() -> bool:
    return inspect(db.engine).has_table(Municipality.__tablename__)


def _is_marked() -> bool:
    if not _has_tables():
        return False
    marked = db.session.scalars(select(Municipality.is_demo)).first() is True
    db.session.rollback()
    return marked


def _is_empty() -> bool:
    empty = db.session.scalars(select(Municipality.id)).first() is None
    db.session.rollback()
    return empty


def _start_over() -> None:
    """Drop every table and build them anew."""
    _mark().unlink(missing_ok=True)
    db.session.remove()
    with db.engine.connect().execution_options(kuuluu_write=True) as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TABLE IF EXISTS search_index"))
        else:
            connection.execute(text("DROP FUNCTION IF EXISTS journal_refuse CASCADE"))
        known = MetaData()
        known.reflect(connection)
        known.drop_all(connection)
        connection.commit()
    upgrade()


def _hurry() -> None:
    """While loading, SQLite need not wait for the disk at each commit: a half load is dropped."""
    if db.engine.dialect.name != "sqlite":
        return
    db.engine.dispose()

    @event.listens_for(db.engine, "connect")
    def _relax(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")
