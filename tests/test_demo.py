"""The demonstration: where it may be loaded, who may step into a role, and what its texts are."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app.city import get_city
from app.city.models import Municipality
from app.core import topics
from app.core.command import command
from app.core.errors import Forbidden
from app.demo import services, texts
from app.extensions import db

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@command
def mark_as_demo() -> None:
    db.session.execute(update(Municipality).values(is_demo=True))
    topics.touch("city")


def sentences() -> set[str]:
    found: set[str] = set()
    for text in texts.read_matters():
        for part in [text["title"], *text["body"]]:
            found.update(s.strip() for s in re.split(r"(?<=[.!?])\s+", part) if len(s) > 12)
    return found


def test_the_matters_speak_in_many_sentences() -> None:
    assert len(texts.read_matters()) >= 200
    assert len(sentences()) >= 2000


@only_sqlite
def test_a_database_in_real_use_is_refused(context: Flask) -> None:
    assert not get_city().is_demo
    with pytest.raises(Forbidden, match="not_a_demo"):
        services.load(None, lambda _share: None)


@only_sqlite
def test_nobody_steps_into_a_role_of_a_real_database(client: FlaskClient) -> None:
    answer = client.post("/fi/demo/step-in", data={"role": "administrator"})
    assert answer.status_code == 404


@only_sqlite
@pytest.mark.parametrize(
    "elsewhere",
    [
        {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}},
        {"headers": {"X-Forwarded-For": "192.0.2.7"}},
        {"headers": {"Host": "kuuluu.example.org"}},
    ],
    ids=["another machine", "through a proxy", "under another name"],
)
def test_the_roles_are_for_this_machine_only(
    client: FlaskClient, elsewhere: dict[str, object]
) -> None:
    mark_as_demo()
    here = client.get("/fi/about").get_data(as_text=True)
    assert "role-bar" in here
    # The page from memory must not carry the bar to somebody else either.
    assert "role-bar" not in client.get("/fi/about", **elsewhere).get_data(as_text=True)
    answer = client.post("/fi/demo/step-in", data={"role": "administrator"}, **elsewhere)
    assert answer.status_code == 404


@only_sqlite
def test_a_form_from_another_site_does_not_step_in(client: FlaskClient) -> None:
    mark_as_demo()
    foreign = {"Origin": "https://example.org", "Sec-Fetch-Site": "cross-site"}
    answer = client.post("/fi/demo/step-in", data={"role": "resident"}, headers=foreign)
    assert answer.status_code in (400, 403)
