"""Forms carry a token; a post without one is refused on a page that says what to do."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Person
from app.extensions import db
from tests.conftest import FreshClient, make_app
from tests.factories import PASSWORD, Factory

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@pytest.fixture
def guarded(context: Flask, tmp_path: Path) -> Iterator[FlaskClient]:
    """A browser at the application with its guard against forged requests on."""
    url = context.config["SQLALCHEMY_DATABASE_URI"]
    application = make_app(url, tmp_path, WTF_CSRF_ENABLED=True)
    application.test_client_class = FreshClient
    yield application.test_client()
    with application.app_context():
        db.engine.dispose()


def token_of(page: str) -> str:
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page).group(1)


@pytest.fixture
def person(make: Factory) -> Person:
    return make.person()


FORM = {"email": "new@example.org", "name": "Newcomer", "password": "a new long password"}


@pytest.mark.parametrize("path", ["sign-in", "register", "reset", "sign-out", "own", "confirm/x"])
def test_a_post_without_a_token_is_refused_clearly(guarded: FlaskClient, path: str) -> None:
    answer = guarded.post(f"/en/{path}", data=FORM)
    assert answer.status_code == 400
    assert "<h1>The form has expired</h1>" in answer.text
    assert "load the page again" in answer.text


def test_a_token_of_another_browser_is_refused(guarded: FlaskClient, person: Person) -> None:
    stranger = guarded.application.test_client()
    token = token_of(stranger.get("/en/sign-in").text)
    guarded.get("/en/sign-in")
    data = {"email": person.email, "password": PASSWORD, "csrf_token": token}
    assert guarded.post("/en/sign-in", data=data).status_code == 400


def test_the_pages_give_the_tokens_their_forms_need(guarded: FlaskClient, person: Person) -> None:
    token = token_of(guarded.get("/en/sign-in").text)
    data = {"email": person.email, "password": PASSWORD, "csrf_token": token}
    assert guarded.post("/en/sign-in", data=data).status_code == 303
    page = guarded.get("/en/own").text
    assert token_of(page) != token
    data = {"name": "N", "language": "en", "home_area": "", "csrf_token": token_of(page)}
    assert guarded.post("/en/own", data=data).status_code == 303
    assert guarded.post("/en/sign-out").status_code == 400
    assert guarded.get("/en/own").status_code == 200
    assert guarded.post("/en/sign-out", data={"csrf_token": token_of(page)}).status_code == 303
    assert guarded.get("/en/own").status_code == 303


@pytest.mark.parametrize("path", ["register", "reset"])
def test_open_forms_carry_a_token(guarded: FlaskClient, path: str) -> None:
    token = token_of(guarded.get(f"/en/{path}").text)
    assert guarded.post(f"/en/{path}", data=FORM | {"csrf_token": token}).status_code == 303
