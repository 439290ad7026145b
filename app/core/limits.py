"""Rate limits. Counters live in the database, or in Redis where it is set.

Schools and libraries share one address, so the limits of writing go per account; those of signing
in go per address and per account that is tried.
"""

import time
from typing import Any

from flask import Flask
from flask_limiter.util import get_remote_address
from limits.storage import Storage
from sqlalchemy import Float, Integer, String, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from app.core import access
from app.extensions import Model, db, limiter

WRITING = "30/minute;300/hour"
SAVING = "90/minute;2000/hour"  # what a page does by itself while somebody writes
SIGNING_IN = "10/minute;60/hour"
ADDRESS = "60/minute;600/hour"


class RateCount(Model):
    """How often something was tried in the present window."""

    __tablename__ = "rate_count"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    n: Mapped[int] = mapped_column(Integer)
    expires: Mapped[float] = mapped_column(Float)


class DatabaseStorage(Storage):
    """Counters in the table `rate_count`, each change in a transaction of its own."""

    STORAGE_SCHEME = ["kuuluu"]

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """What the database may raise."""
        return SQLAlchemyError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count up, starting a new window when the old one has passed; returns the count."""
        now = time.time()
        dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
        insert = dialect.insert(RateCount).values(key=key, n=amount, expires=now + expiry)
        alive = RateCount.expires > now
        upsert = insert.on_conflict_do_update(
            index_elements=[RateCount.key],
            set_={
                "n": db.case((alive, RateCount.n + amount), else_=amount),
                "expires": db.case((alive, RateCount.expires), else_=now + expiry),
            },
        )
        with self._connection() as connection:
            connection.execute(delete(RateCount).where(RateCount.expires < now - 60))
            return int(connection.execute(upsert.returning(RateCount.n)).scalar_one())

    def get(self, key: str) -> int:
        """The present count."""
        query = select(RateCount.n).where(RateCount.key == key, RateCount.expires > time.time())
        with db.engine.connect() as connection:
            return int(connection.execute(query).scalar() or 0)

    def get_expiry(self, key: str) -> float:
        """When the present window ends, in seconds since the epoch."""
        with db.engine.connect() as connection:
            query = select(RateCount.expires).where(RateCount.key == key)
            return float(connection.execute(query).scalar() or time.time())

    def check(self) -> bool:
        """Whether the storage answers."""
        with db.engine.connect() as connection:
            connection.execute(select(1))
        return True

    def reset(self) -> int | None:
        """Forget all counts; returns how many."""
        with self._connection() as connection:
            return int(connection.execute(delete(RateCount)).rowcount)

    def clear(self, key: str) -> None:
        """Forget one count."""
        with self._connection() as connection:
            connection.execute(delete(RateCount).where(RateCount.key == key))

    def _connection(self) -> Any:
        return db.engine.execution_options(kuuluu_write=True).begin()


def init_app(app: Flask) -> None:
    """Bind the limiter to the application and its storage."""
    app.config.setdefault("RATELIMIT_STORAGE_URI", app.config["REDIS_URL"] or "kuuluu://")
    app.config.setdefault("RATELIMIT_STRATEGY", "fixed-window")
    limiter.init_app(app)


def account() -> str:
    """Who writes: the account, else the address."""
    who = access.actor()
    return f"person:{who.person_id}" if who.signed_in else get_remote_address()
