"""Finished public pages: served while what they show stands still, never to somebody signed in."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core import clock, http_cache, topics
from app.core.access import Actor
from app.core.command import command
from app.core.errors import NotFound
from app.proposals.support import support_proposal
from tests.conftest import START
from tests.factories import Factory

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@command
def touch(name: str) -> None:
    """Say that something has changed."""
    topics.touch(name)


class Views:
    """Pages that count how often they are really made."""

    def __init__(self, app: Flask) -> None:
        self.made = 0
        app.add_url_rule("/test/page", "test_page", self.page)
        app.add_url_rule("/test/phase", "test_phase", self.phase)
        app.add_url_rule("/test/private", "test_private", self.private)
        app.add_url_rule("/test/missing", "test_missing", self.missing)

    def page(self) -> str:
        """Depends on the topic "city"."""
        http_cache.public("city")
        self.made += 1
        return f"made {self.made} on {clock.today()}" + " and long enough" * 50

    def phase(self) -> str:
        """Changes by itself at a moment."""
        http_cache.public("city")
        http_cache.good_until(START + timedelta(hours=2))
        self.made += 1
        return f"made {self.made}"

    def private(self) -> str:
        """Says nothing about caching."""
        self.made += 1
        return f"made {self.made}"

    def missing(self) -> str:
        """There is no such thing."""
        http_cache.public("city")
        self.made += 1
        raise NotFound("not_found")


@pytest.fixture
def views(app: Flask) -> Views:
    """Test pages, added before the first request."""
    return Views(app)


def test_a_page_is_made_once_and_then_compared(views: Views, client: FlaskClient) -> None:
    first = client.get("/test/page")
    assert first.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    again = client.get("/test/page")
    assert again.data == first.data
    same = client.get("/test/page", headers={"If-None-Match": first.headers["ETag"]})
    assert same.status_code == 304
    assert same.data == b""
    assert same.headers["ETag"] == first.headers["ETag"]
    assert views.made == 1


def test_a_touch_ends_the_page_at_once(views: Views, client: FlaskClient) -> None:
    first = client.get("/test/page")
    touch("something else")
    assert client.get("/test/page").data == first.data
    touch("city")
    after = client.get("/test/page", headers={"If-None-Match": first.headers["ETag"]})
    assert after.status_code == 200
    assert after.data.startswith(b"made 2")


@only_sqlite
def test_a_number_that_changes_soon_after_another_is_shown_a_minute_later(
    client: FlaskClient, make: Factory, held: Callable[[Any], None]
) -> None:
    matter_id, people = make.matter().id, [make.actor() for _ in range(3)]

    def shown(seconds: int) -> str:
        held(START + timedelta(seconds=seconds))
        return client.get(f"/en/matters/{matter_id}").text

    held(START + timedelta(seconds=90))
    support_proposal(people[0], matter_id)
    assert ">1</span> supporter<" in shown(90)
    held(START + timedelta(seconds=120))
    support_proposal(people[1], matter_id)
    assert ">1</span> supporter<" in shown(120), "nobody has made the page anew"
    assert ">2</span> supporters<" in shown(160)
    support_proposal(people[2], matter_id)
    assert ">3</span> supporters<" in shown(161)


@only_sqlite
def test_whoever_has_a_session_gets_a_page_of_their_own(
    views: Views, client: FlaskClient, make: Factory, sign_in: Callable[[FlaskClient, Actor], None]
) -> None:
    public = client.get("/test/page")
    sign_in(client, make.actor())
    own = client.get("/test/page", headers={"If-None-Match": public.headers["ETag"]})
    assert own.status_code == 200
    assert own.data.startswith(b"made 2")
    assert own.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in own.headers


@only_sqlite
def test_what_a_signed_in_person_saw_is_not_given_to_others(
    views: Views, client: FlaskClient, make: Factory, sign_in: Callable[[FlaskClient, Actor], None]
) -> None:
    sign_in(client, make.actor())
    assert client.get("/test/page").data.startswith(b"made 1")
    client.delete_cookie("kuuluu")
    assert client.get("/test/page").data.startswith(b"made 2")


@only_sqlite
def test_midnight_in_espoo_ends_every_page(
    views: Views, client: FlaskClient, held: Callable[[Any], None]
) -> None:
    held(datetime(2026, 3, 9, 21, 59, tzinfo=UTC))
    assert b"made 1 on 2026-03-09" in client.get("/test/page").data
    held(datetime(2026, 3, 9, 21, 59, 59, tzinfo=UTC))
    assert b"made 1 on 2026-03-09" in client.get("/test/page").data
    held(datetime(2026, 3, 9, 22, 0, tzinfo=UTC))
    assert b"made 2 on 2026-03-10" in client.get("/test/page").data


@only_sqlite
def test_a_phase_that_ends_ends_the_page(
    views: Views, client: FlaskClient, held: Callable[[Any], None]
) -> None:
    client.get("/test/phase")
    held(START + timedelta(hours=2) - timedelta(seconds=1))
    assert client.get("/test/phase").data == b"made 1"
    held(START + timedelta(hours=2))
    assert client.get("/test/phase").data == b"made 2"


@only_sqlite
@pytest.mark.parametrize("path", ["/test/private", "/test/missing"])
def test_other_answers_are_private_and_made_each_time(
    views: Views, client: FlaskClient, path: str
) -> None:
    for number in (1, 2):
        response = client.get(path, headers={"Accept": "application/json"})
        assert response.headers["Cache-Control"] == "private, no-store"
        assert views.made == number
    assert http_cache.MARK not in response.headers


@only_sqlite
def test_a_packed_page_is_the_same_page(views: Views, client: FlaskClient) -> None:
    plain = client.get("/test/page", headers={"Accept-Encoding": "identity"})
    packed = client.get("/test/page", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data).startswith(b"made 2")
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in packed.headers.getlist("Vary")
    assert len(packed.data) < len(plain.data)


@only_sqlite
def test_the_memory_for_pages_is_bounded(views: Views, client: FlaskClient, app: Flask) -> None:
    cache = app.wsgi_app
    assert isinstance(cache, http_cache.PageCache)
    cache.limit = 2000
    for number in range(20):
        client.get(f"/test/page?n={number}")
    assert cache.used == sum(len(entry.body) for entry in cache.entries.values())
    assert cache.used <= 2000
    made = views.made
    client.get("/test/page?n=19")
    assert views.made == made
    client.get("/test/page?n=0")
    assert views.made == made + 1
