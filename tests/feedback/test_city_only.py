"""Feedback for the city alone is read by nobody else, on no route."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.queries import get_person
from app.answers import services as answers
from app.city import get_city
from app.core.access import Role
from app.core.errors import Forbidden
from app.core.mail import OutboxMail
from app.extensions import db
from app.follows import services as follows
from app.jobs import read_notifications
from app.proposals import support as supporting
from app.proposals.counts import counted, get_counts
from app.proposals.lifecycle import MatterKind
from app.registry.services import register_matter
from app.responses import services as responses
from app.transparency.services import rebuild_figures
from tests.casework import UNIT, Casework, answer, both
from tests.pages import page, send

ROUTES = Path(__file__).parents[1] / "routes.txt"
CANARY = "Kanarialintunen"


@pytest.fixture
def work(make: Any) -> Casework:
    return Casework(make)


def _answered(work: Casework) -> Any:
    author = work.make.actor()
    matter = work.make.matter(
        author,
        kind=MatterKind.FEEDBACK,
        title=f"{CANARY} otsikossa ulkoilureitti",
        body=f"{CANARY} tekstissä",
        city_only=True,
        lat=60.17,
        lon=24.73,
    )
    register_matter(work.registry, matter, UNIT)
    responses.start_preparation(work.official, matter)
    words = {"sentence": both(f"{CANARY} vastauksessa"), "reasons": both(f"{CANARY} perusteissa")}
    answers.publish_answer(work.official, matter, answer(**words))
    return matter, author


def _addresses(matter_id: int) -> list[str]:
    """Every GET route with this matter's numbers filled in."""
    found = []
    for line in ROUTES.read_text(encoding="utf-8").splitlines():
        methods, path = line[:9], line[9:].rsplit(maxsplit=1)[0].strip()
        if "GET" not in methods:
            continue
        path = path.replace("<language:lang>", "fi").replace("<int:seq>", "1")
        for name in ("<key>", "<token>", "<contest_key>", "<string(length=32):name>"):
            path = path.replace(name, UNIT)
        while "<" in path:
            start, end = path.index("<"), path.index(">")
            path = f"{path[:start]}{matter_id}{path[end + 1 :]}"
        found.append(path)
    more = [f"/fi/log/{seq}" for seq in range(1, 12)]
    more += ["/fi/matters?q=ulkoilureitti", "/fi/matters/points.geojson?q=ulkoilureitti"]
    more += ["/fi/matters?sort=supported", "/fi/matters?kind=feedback", "/sitemap.xml"]
    return found + more


def test_nobody_but_the_author_and_the_city_reads_it_on_any_route(
    work: Casework, client: Any, sign_in: Callable[..., None], context: Flask
) -> None:
    matter, author = _answered(work)
    rebuild_figures()
    read_notifications()
    councillor = work.make.actor(Role.COUNCILLOR, body=next(iter(get_city().bodies)))
    others = [None, work.make.actor(), councillor]
    for reader in others:
        browser = context.test_client()
        if reader is not None:
            sign_in(browser, reader)
        for address in _addresses(matter.id):
            with browser.get(address) as response:
                assert CANARY not in response.get_data(as_text=True), (address, reader)
                assert response.status_code < 500, address
        for part in ("", "/journey", "/versions", "/comments", "/answers", "/supporters"):
            assert browser.get(f"/en/matters/{matter.id}{part}").status_code == 404, part
    told = {m.recipient for m in db.session.scalars(select(OutboxMail)) if CANARY in m.body}
    assert told == {get_person(author.person_id).email}
    for reader in (author, work.official, work.registry):
        browser = context.test_client()
        sign_in(browser, reader)
        assert CANARY in page(browser, f"/matters/{matter.id}")
        assert CANARY in page(browser, f"/matters/{matter.id}/journey")


def test_it_is_not_counted_supported_followed_or_discussed(work: Casework) -> None:
    matter, _ = _answered(work)
    assert get_counts() == counted()
    assert get_counts()["all"].get("", 0) == 0
    other = work.make.actor()
    with pytest.raises(Forbidden, match="support_not_public"):
        supporting.support_proposal(other, matter.id)
    with pytest.raises(Forbidden):
        follows.follow(other, matter)


def test_only_feedback_can_be_for_the_city_alone(
    work: Casework, client: Any, sign_in: Callable[..., None]
) -> None:
    sign_in(client, work.make.actor())
    fields: dict[str, Any] = {"title": "Valot ulkoilureitille", "language": "fi", "city_only": "y"}
    refused = send(client, "/matters/new", 422, kind="proposal", **fields)
    assert "Only feedback can be for the city alone" in refused.text
    send(client, "/matters/new", kind="feedback", **fields)
    assert not work.make.draft(city_only=True).city_only
