"""Similar matters: found by the title however old, shown while writing, asked about at the end."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core.access import SYSTEM, Actor
from app.core.command import command
from app.extensions import db
from app.journal import record
from app.journal.catalogue import Kind
from app.proposals import services
from app.proposals.models import Matter
from app.proposals.notes import list_why_new
from app.proposals.similar import list_similar
from tests.factories import Factory

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@command
def hide(matter: Matter) -> None:
    record(Kind.HIDDEN, matter, SYSTEM, rule="spam")


@pytest.fixture
def author(client: FlaskClient, make: Factory, sign_in: Any) -> Actor:
    """Somebody who is signed in and writes."""
    actor = make.actor()
    sign_in(client, actor)
    return actor


def similar(title: str) -> list[int]:
    return [one.card.id for one in list_similar(title)]


def test_the_most_alike_comes_first_and_an_old_one_is_found(make: Factory) -> None:
    old = make.matter(title="Katuvalaistusta Mustikkatielle", body="Pimeää on.")
    for number in range(8):
        make.matter(title=f"Katuvalaistus rikki paikassa {number}", body="Lamppu vilkkuu.")
    make.matter(title="Keinut leikkipuistoon Tapiolaan", body="Lapset keinuvat.")
    swedish = make.matter(title="Lekparken behöver gungor", body="Barnen.", language="sv")
    assert similar("Katuvalaistus Mustikkatien varteen")[0] == old.id
    assert similar("Gungorna i lekparken")[0] == swedish.id
    assert list_similar("Katuvalaistusta Mustikkatielle")[0].is_strong
    assert similar("Katuvalaistusta Mustikkatielle")[0] == old.id
    assert old.id not in [o.card.id for o in list_similar(old.title, besides=old.id)]
    hide(old)
    assert old.id not in similar("Katuvalaistusta Mustikkatielle")


def test_strange_titles_find_little_and_break_nothing(make: Factory) -> None:
    make.matter(title="Suojatie koulun luo", body="Autot ajavat lujaa.")
    assert list_similar("Aivan muuta") == []
    assert list_similar("a b !!! \x00") == []
    assert list_similar("") == []
    assert list_similar("suojatie " * 2000) != []


@only_sqlite
def test_similar_matters_show_while_the_title_is_typed(client: FlaskClient, make: Factory) -> None:
    matter = make.matter(title="Suojatie Metsolan koulun eteen", body="Autot ajavat lujaa.")
    answer = client.get("/en/matters/similar?title=Metsolan+koulun+suojatie")
    assert answer.status_code == 200
    assert f"/en/matters/{matter.id}" in answer.text
    assert "Support this one instead" in answer.text
    assert "<html" not in answer.text
    assert "Set-Cookie" not in answer.headers
    assert client.get("/en/matters/similar?title=%00").text.strip() == ""
    assert client.get("/en/matters/similar").text.strip() == ""


@only_sqlite
def test_a_much_alike_matter_is_published_with_any_reason(
    client: FlaskClient, make: Factory, author: Any
) -> None:
    make.matter(title="Suojatie Metsolan koulun eteen", body="Autot ajavat lujaa.")
    draft = make.draft(author, title="Suojatietä Metsolan koulun eteen")
    page = client.get(f"/en/matters/{draft.id}/draft/3").text
    assert "Is this the same matter?" in page
    assert "Why is this a different matter?" in page
    answer = client.post(f"/en/matters/{draft.id}/publish", data={"why_new": " "})
    assert answer.status_code == 422
    assert "Write in one sentence why" in answer.text
    answer = client.post(f"/en/matters/{draft.id}/publish", data={"why_new": "Toinen portti."})
    assert answer.status_code == 303
    db.session.expire_all()
    assert db.session.get_one(Matter, draft.id).published_at
    assert list_why_new([draft.id]) == {draft.id: ("fi", "Toinen portti.")}
    assert "Toinen portti" not in client.get(f"/en/matters/{draft.id}").text


@only_sqlite
def test_nothing_is_asked_when_nothing_is_much_alike(
    client: FlaskClient, make: Factory, author: Any
) -> None:
    draft = make.draft(author, title="Aivan omanlainen toive")
    assert "different matter" not in client.get(f"/en/matters/{draft.id}/draft/3").text
    assert client.post(f"/en/matters/{draft.id}/publish").status_code == 303
    assert services.current_text(db.session.get_one(Matter, draft.id)).title.startswith("Aivan")
