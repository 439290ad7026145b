"""Fixtures: a migrated database copied per test, on SQLite and on PostgreSQL, and a held clock."""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import create_engine, text

from app import create_app
from app.accounts.models import Person
from app.city import services as city
from app.core import clock
from app.core.access import Actor
from app.extensions import db
from tests.factories import Factory

PG_SERVER = os.environ.get("KUULUU_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
START = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)  # a Monday morning in Espoo


def _psycopg(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def postgres_is_there() -> bool:
    """Whether the PostgreSQL server for tests answers."""
    engine = create_engine(_psycopg(PG_SERVER), connect_args={"connect_timeout": 3})
    try:
        with engine.connect():
            return True
    except Exception:
        return False
    finally:
        engine.dispose()


HAS_POSTGRES = postgres_is_there()
if os.environ.get("CI") == "true" and not HAS_POSTGRES:
    raise RuntimeError("CI needs a PostgreSQL server for the tests")


def make_app(url: str, instance: Path, **settings: object) -> Flask:
    """An application for tests on a database of its own."""
    return create_app(
        {
            "TESTING": True,
            "SECRET_KEY": "for tests only",
            "INSTANCE": instance,
            "SQLALCHEMY_DATABASE_URI": url,
            "RATELIMIT_ENABLED": False,
            "WTF_CSRF_ENABLED": False,
            "PUBLIC_URL": "http://localhost",
            **settings,
        }
    )


def _fill(app: Flask) -> None:
    with app.app_context(), clock.moved_to(START):
        upgrade()
        city.seed_city(city.read_seed())
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated and seeded SQLite file."""
    folder = tmp_path_factory.mktemp("template")
    path = folder / "kuuluu.db"
    app = make_app(f"sqlite:///{path}", folder)
    _fill(app)
    with create_engine(f"sqlite:///{path}").connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    return path


@pytest.fixture(scope="session")
def postgres_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Name of a migrated and seeded PostgreSQL database."""
    name = f"kuuluu_template_{uuid.uuid4().hex[:12]}"
    server = create_engine(_psycopg(PG_SERVER), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    _fill(make_app(_database(name), tmp_path_factory.mktemp("pg")))
    yield name
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


def _database(name: str) -> str:
    return _psycopg(PG_SERVER).rpartition("/")[0] + f"/{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    """Both databases; use `only_sqlite` where one is enough."""
    return str(request.param)


@pytest.fixture
def app(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """The application on a fresh copy of the migrated database."""
    if dialect == "postgresql":
        if not HAS_POSTGRES:
            pytest.skip("no PostgreSQL: set KUULUU_TEST_POSTGRES")
        yield from _on_postgres(request.getfixturevalue("postgres_template"), tmp_path)
    else:
        path = tmp_path / "kuuluu.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        application = make_app(f"sqlite:///{path}", tmp_path)
        yield application
        application.wsgi_app.close()
        with application.app_context():
            db.engine.dispose()


def _on_postgres(template: str, tmp_path: Path) -> Iterator[Flask]:
    name = f"kuuluu_test_{uuid.uuid4().hex[:12]}"
    server = create_engine(_psycopg(PG_SERVER), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    application = make_app(_database(name), tmp_path)
    yield application
    application.wsgi_app.close()
    with application.app_context():
        db.engine.dispose()
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture
def held(app: Flask) -> Iterator[object]:
    """A clock held at Monday 9 March 2026, 11.00 in Espoo; call it with a moment to move it."""
    with clock.moved_to(START) as move:
        yield move


@pytest.fixture
def context(app: Flask, held: object) -> Iterator[Flask]:
    """The application's context, for calling commands directly."""
    with app.app_context():
        yield app
        db.session.remove()


@pytest.fixture
def make(context: Flask) -> Factory:
    """Makes people and matters with keywords."""
    return Factory()


class FreshClient(FlaskClient):
    """Each request gets a context of its own, as in the served application.

    Flask would reuse the test's open context, and with it `g` and its user.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Make a request; afterwards the test's own session reads afresh."""
        with self.application.app_context():
            response = super().open(*args, **kwargs)
        db.session.rollback()
        return response


@pytest.fixture
def client(context: Flask) -> FlaskClient:
    """A browser without JavaScript and without a session."""
    context.test_client_class = FreshClient
    return context.test_client()


@pytest.fixture
def sign_in(context: Flask) -> Callable[[FlaskClient, Actor], None]:
    """Signs an actor in on a client, as the sign-in page does."""

    def enter(client: FlaskClient, actor: Actor) -> None:
        person = db.session.get_one(Person, actor.person_id)
        with client.session_transaction() as session:
            session["_user_id"] = person.session_key
            session["_fresh"] = True

    return enter
