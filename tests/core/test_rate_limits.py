"""Rate limits: counters in the database, in windows, shared by all processes."""

import time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.limits import DatabaseStorage, RateCount
from app.extensions import db, limiter
from tests.conftest import make_app


@pytest.fixture
def storage(context: Flask) -> DatabaseStorage:
    """Counters in the test's database."""
    return DatabaseStorage()


def test_it_counts_each_key_for_itself(storage: DatabaseStorage) -> None:
    assert [storage.incr("one", 60) for _ in range(3)] == [1, 2, 3]
    assert storage.incr("two", 60, amount=5) == 5
    assert (storage.get("one"), storage.get("two"), storage.get("three")) == (3, 5, 0)


def test_a_window_ends_and_the_next_begins_at_nothing(storage: DatabaseStorage) -> None:
    storage.incr("one", 0.3)
    storage.incr("one", 0.3)
    end = storage.get_expiry("one")
    assert 0 < end - time.time() <= 0.3
    time.sleep(0.35)
    assert storage.get("one") == 0
    assert storage.incr("one", 60) == 1
    assert storage.get_expiry("one") > time.time() + 50


def test_counting_does_not_move_the_end_of_a_window(storage: DatabaseStorage) -> None:
    storage.incr("one", 60)
    end = storage.get_expiry("one")
    storage.incr("one", 60)
    assert storage.get_expiry("one") == end


def test_counts_can_be_forgotten(storage: DatabaseStorage) -> None:
    storage.incr("one", 60)
    storage.incr("two", 60)
    storage.clear("one")
    assert (storage.get("one"), storage.get("two")) == (0, 1)
    assert storage.reset() == 1
    assert storage.get("two") == 0
    assert storage.check()


def test_old_rows_do_not_pile_up(storage: DatabaseStorage) -> None:
    for number in range(5):
        storage.incr(f"old {number}", -120)
    storage.incr("new", 60)
    count = db.session.scalars(select(func.count()).select_from(RateCount)).one()
    assert count == 1


def test_counting_joins_no_command_and_survives_its_failure(storage: DatabaseStorage) -> None:
    """A refused attempt counts too: that is what the limit of signing in is for."""
    storage.incr("one", 60)
    db.session.rollback()
    assert storage.get("one") == 1


def test_too_many_requests_are_refused_in_words(app: Flask, tmp_path: Path) -> None:
    strict = make_app(
        app.config["SQLALCHEMY_DATABASE_URI"], tmp_path / "strict", RATELIMIT_ENABLED=True
    )
    (tmp_path / "strict").mkdir(exist_ok=True)
    try:
        view = limiter.limit("2/minute")(lambda: "fine")
        strict.add_url_rule("/test/limited", "test_limited", view)
        client = strict.test_client()
        answers = [
            client.get("/test/limited", headers={"Accept": "application/json"}) for _ in range(3)
        ]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[2].json is not None
        assert answers[2].json["type"] == "urn:kuuluu:http_429"
        with strict.app_context():
            assert db.session.scalars(select(func.count()).select_from(RateCount)).one() == 1
            db.session.remove()
            db.engine.dispose()
    finally:
        limiter.enabled = False
