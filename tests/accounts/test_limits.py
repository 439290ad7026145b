"""Attempts are counted per account that is tried and per address they come from."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.limits import RateCount
from app.extensions import db, limiter
from tests.conftest import FreshClient, make_app
from tests.factories import PASSWORD, Factory

WRONG = "wrong one wrong one"


@pytest.fixture
def limited(context: Flask, tmp_path: Path) -> Iterator[Flask]:
    """The application with its rate limits on, on the test's own database."""
    url = context.config["SQLALCHEMY_DATABASE_URI"]
    application = make_app(url, tmp_path, RATELIMIT_ENABLED=True, PROXIES=1)
    application.test_client_class = FreshClient
    limiter.enabled = True
    yield application
    limiter.enabled = False
    with application.app_context():
        db.engine.dispose()


def attempt(app: Flask, email: str, password: str = WRONG, source: str = "10.0.0.1") -> int:
    client: FlaskClient = app.test_client()
    data = {"email": email, "password": password}
    headers = {"X-Forwarded-For": source}
    return client.post("/en/sign-in", data=data, headers=headers).status_code


def test_an_account_is_tried_ten_times_a_minute_wherever_from(
    limited: Flask, make: Factory
) -> None:
    email = make.person().email
    tries = [attempt(limited, email, source=f"10.0.0.{n}") for n in range(12)]
    assert tries == [422] * 10 + [429] * 2
    assert attempt(limited, email, PASSWORD, source="10.0.0.99") == 429


ONE_DATABASE = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@ONE_DATABASE
def test_other_accounts_at_the_same_address_are_not_held_back(
    limited: Flask, make: Factory
) -> None:
    for _ in range(11):
        attempt(limited, "tried@example.org")
    assert attempt(limited, make.person().email, PASSWORD) == 303


@ONE_DATABASE
def test_spelling_does_not_give_more_tries(limited: Flask, make: Factory) -> None:
    email = make.person().email
    spellings = [email, email.upper(), f" {email} ", email.title()]
    tries = [attempt(limited, spellings[n % 4], source=f"10.0.0.{n}") for n in range(11)]
    assert tries[-1] == 429


@ONE_DATABASE
def test_unknown_accounts_are_held_back_alike(limited: Flask, make: Factory) -> None:
    assert [attempt(limited, "nobody@example.org") for _ in range(11)][-1] == 429


@ONE_DATABASE
def test_one_address_tries_sixty_accounts_a_minute(limited: Flask) -> None:
    client = limited.test_client()
    answers = [
        client.post("/en/reset", data={"email": f"p{n}@example.org"}).status_code for n in range(61)
    ]
    assert answers == [303] * 60 + [429]
    page = client.post("/en/reset", data={"email": "p99@example.org"})
    assert "Too many attempts" in page.text
    other = {"X-Forwarded-For": "10.0.0.2"}
    assert client.post("/en/reset", data={"email": "x@example.org"}, headers=other).location


@ONE_DATABASE
@pytest.mark.parametrize("path", ["/en/register", "/en/reset", "/en/sign-in"])
def test_every_page_that_mails_or_checks_is_limited(limited: Flask, path: str) -> None:
    client = limited.test_client()
    data = {"email": "one@example.org", "name": "x"}
    for _ in range(10):
        assert client.post(path, data=data).status_code in (303, 422)
    assert client.post(path, data=data).status_code == 429


def test_odd_addresses_are_counted_too(limited: Flask) -> None:
    for email in ("nul\x00@example.org", "x" * 70_000, "\udcff", "", "%s"):
        assert attempt(limited, email.encode("utf-8", "replace").decode()) == 422


@ONE_DATABASE
def test_the_counters_keep_no_address_of_a_person(limited: Flask) -> None:
    attempt(limited, "somebody@example.org")
    keys = list(db.session.scalars(select(RateCount.key)))
    assert keys
    assert not any("somebody" in key for key in keys)
