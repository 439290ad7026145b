"""The Flask extensions, made once and bound to the application in `create_app`.

Imports nothing of ours, so that every module may import it.
"""

from typing import TYPE_CHECKING, Any

from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import MetaData, event
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Declarative base with named constraints, so that migrations can speak of them."""

    metadata = MetaData(naming_convention=NAMING)


PLANNING = "-c random_page_cost=1.1 -c max_parallel_workers_per_gather=0"
db = SQLAlchemy(model_class=Base)
if TYPE_CHECKING:
    Model = Base
else:
    # Flask-SQLAlchemy builds its own class from `Base`; type checkers cannot follow that.
    Model = db.Model
migrate = Migrate()
login = LoginManager()
csrf = CSRFProtect()
babel = Babel()
limiter = Limiter(key_func=get_remote_address)


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Make SQLite keep its promises: foreign keys, write-ahead log, durable commits."""
    if type(connection).__module__.partition(".")[0] != "sqlite3":
        return
    # The driver's own transaction handling loses updates; `_begin` opens them instead.
    connection.isolation_level = None
    for pragma in (
        "foreign_keys=ON",
        "journal_mode=WAL",
        "synchronous=FULL",
        "busy_timeout=15000",
        "temp_store=MEMORY",
        "cache_size=-32000",
        "mmap_size=268435456",
    ):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "do_connect")
def _prepare_postgresql(dialect: Dialect, _record: Any, _args: Any, settings: Any) -> None:
    """Make PostgreSQL plan for an SSD, and a page for one core: others are served meanwhile."""
    if dialect.name == "postgresql":
        settings["options"] = f"{PLANNING} {settings.get('options', '')}".strip()


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    """Open a write transaction at once for commands, a deferred one for reads."""
    if connection.dialect.name == "sqlite":
        write = connection.get_execution_options().get("kuuluu_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
