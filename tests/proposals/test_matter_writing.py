"""Writing in three steps without JavaScript, editing, withdrawing."""

import html
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.core.access import SYSTEM
from app.core.command import command
from app.extensions import db
from app.journal import Kind, record
from app.proposals import queries, services
from app.proposals.lifecycle import MatterKind, State
from app.proposals.models import Matter
from tests.factories import Factory

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
SignIn = Callable[..., None]

START = {"kind": "proposal", "title": "Valot ulkoilureitille Olariin", "language": "fi"}
TEXT = {
    "body": "Reitti on pimeä.\n\nValot auttavat koululaisia.",
    "service": "street_lighting",
    "place": "district:olari",
    "lat": "60.176",
    "lon": "24.732",
}


@command
def register(matter: Matter) -> None:
    record(Kind.REGISTERED, matter, SYSTEM, case_number="1/2026", unit="street_engineering")


def written() -> Matter:
    return db.session.scalars(select(Matter)).one()


def words_of(answer: TestResponse) -> str:
    return html.unescape(answer.text)


@pytest.fixture
def author(client: FlaskClient, make: Factory, sign_in: SignIn) -> Any:
    """Somebody who has signed in on the client."""
    who = make.actor()
    sign_in(client, who)
    return who


def test_writing_asks_to_sign_in_and_leads_back(client: FlaskClient) -> None:
    answer = client.get("/en/matters/new")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/en/sign-in?next=/en/matters/new"


def test_a_kind_tells_what_happens_next_and_how_soon(client: FlaskClient, author: Any) -> None:
    page = words_of(client.get("/en/matters/new"))
    assert "answers within 14 days" in page
    assert "case number within 2 working days, and the city answers within 60 days" in page
    assert "When 6\xa0281 people (2 % of the residents) have signed it" in page
    assert "within 6 months" in page


def test_three_steps_make_a_public_matter(client: FlaskClient, author: Any) -> None:
    answer = client.post("/en/matters/new", data={**START, "do": "next"})
    matter = written()
    assert answer.headers["Location"] == f"/en/matters/{matter.id}/draft/2"
    assert (matter.state, matter.kind, matter.service) == (State.DRAFT, "proposal", None)
    answer = client.post(answer.headers["Location"], data={**TEXT, "do": "next"})
    assert answer.headers["Location"] == f"/en/matters/{matter.id}/draft/3"
    preview = words_of(client.get(answer.headers["Location"]))
    assert "Valot auttavat koululaisia." in preview
    assert "Olari, Suur-Matinkylä" in preview
    assert "Still missing" not in preview
    answer = client.post(f"/en/matters/{matter.id}/publish", follow_redirects=True)
    assert "Your text is public." in answer.text
    matter = written()
    assert (matter.state, matter.theme, matter.area) == (
        State.PUBLISHED,
        "streets",
        "suur-matinkyla",
    )
    assert (matter.lat, matter.lon, matter.summary) == (60.176, 24.732, "Reitti on pimeä.")
    assert matter.next_due_kind == "acknowledge"


def test_a_short_title_is_explained_and_kept(client: FlaskClient, author: Any) -> None:
    answer = client.post("/en/matters/new", data={**START, "title": "Valot", "kind": "feedback"})
    assert answer.status_code == 422
    page = words_of(answer)
    assert 'href="#title">Write a title of at least ten characters.' in page
    assert 'value="Valot"' in page
    assert 'value="feedback" checked' in page
    assert "<title>Error:" in page
    assert db.session.scalars(select(Matter)).all() == []


def test_the_second_step_names_everything_that_is_missing(client: FlaskClient, author: Any) -> None:
    draft = Factory().draft(author, body="", theme=None, service=None)
    answer = client.post(f"/en/matters/{draft.id}/draft/2", data={"do": "next", "place": ""})
    assert answer.status_code == 422
    assert 'href="#body">Write what you want and why.' in answer.text
    assert 'href="#service">Choose the service that this is about.' in answer.text


def test_a_draft_is_left_and_continued(client: FlaskClient, author: Any) -> None:
    client.post("/en/matters/new", data={**START, "do": "save"})
    matter = written()
    half = {"do": "save", "body": "Puolet tekstistä", "service": "", "place": "area:suur-tapiola"}
    answer = client.post(f"/en/matters/{matter.id}/draft/2", data=half, follow_redirects=True)
    assert "The draft is saved." in answer.text
    assert "Valot ulkoilureitille Olariin" in answer.text
    page = client.get(f"/en/matters/{matter.id}/draft/2").text
    assert "Puolet tekstistä</textarea>" in page
    assert '<option selected value="area:suur-tapiola">' in page
    preview = client.get(f"/en/matters/{matter.id}/draft/3").text
    assert "Still missing" in preview
    assert 'action="/en/matters' not in preview
    client.post(f"/en/matters/{matter.id}/draft/1", data={**START, "kind": "initiative"})
    assert written().kind == MatterKind.INITIATIVE
    assert services.current_text(written()).body == "Puolet tekstistä"


def test_an_unfinished_draft_is_not_published(client: FlaskClient, author: Any) -> None:
    draft = Factory().draft(author, body="Teksti", theme=None, service=None)
    answer = client.post(f"/en/matters/{draft.id}/publish")
    assert answer.status_code == 422
    assert "Choose the service that this is about." in answer.text
    assert written().state == State.DRAFT


def test_unconfirmed_people_write_but_are_told_what_publishing_needs(
    client: FlaskClient, make: Factory, sign_in: SignIn
) -> None:
    sign_in(client, make.person(confirmed=False).as_actor())
    client.post("/en/matters/new", data=START)
    matter = written()
    client.post(f"/en/matters/{matter.id}/draft/2", data=TEXT)
    page = client.get(f"/en/matters/{matter.id}/draft/3").text
    assert "Confirm your e-mail address first." in page
    assert 'aria-disabled="true"' in page
    assert client.post(f"/en/matters/{matter.id}/publish").status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"service": "no such service"},
        {"place": "area:nowhere"},
        {"place": "district:nowhere"},
        {"place": "\x00"},
        {"lat": "60,1"},
        {"lat": "nan"},
        {"lat": "inf", "lon": "inf"},
        {"lat": "24.732", "lon": "60.176"},
        {"lon": ""},
        {"body": "x\x00y"},
        {"body": "x" * 8001},
    ],
)
@pytest.mark.parametrize("do", ["next", "save"])
def test_what_cannot_be_used_is_refused_on_the_form(
    client: FlaskClient, author: Any, wrong: dict[str, str], do: str
) -> None:
    draft = Factory().draft(author)
    answer = client.post(f"/en/matters/{draft.id}/draft/2", data={**TEXT, **wrong, "do": do})
    assert answer.status_code == 422
    assert 'class="error-summary"' in answer.text
    assert services.current_text(written()).body.startswith("Reitti on pimeä lokakuusta")


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "motion"}, {"language": "de"}, {"title": "x" * 121}, {"title": "Otsikko\x00 tässä"}],
)
@pytest.mark.parametrize("do", ["next", "save"])
def test_a_wrong_start_is_refused_on_the_form(
    client: FlaskClient, author: Any, wrong: dict[str, str], do: str
) -> None:
    draft = Factory().draft(author, title="Alkuperäinen otsikko")
    for address in ("/en/matters/new", f"/en/matters/{draft.id}/draft/1"):
        answer = client.post(address, data={**START, **wrong, "do": do})
        assert answer.status_code == 422
        assert 'class="error-summary"' in answer.text
    assert written().title == "Alkuperäinen otsikko"


def test_similar_matters_are_shown_after_the_first_step(
    client: FlaskClient, make: Factory, author: Any
) -> None:
    make.matter(title="Valoja ulkoilureiteille Olarissa", body="Pimeällä reitillä.")
    make.matter(title="Keinut leikkipuistoon Tapiolaan", body="Lapset keinuvat.")
    hidden = make.matter(title="Valot ulkoilureitille piilossa", body="Piilotettu.")
    hide(hidden)
    answer = client.post("/en/matters/new", data=START, follow_redirects=True)
    assert "Is this the same matter?" in answer.text
    assert "Valoja ulkoilureiteille Olarissa" in answer.text
    assert "Keinut" not in answer.text
    assert "piilossa" not in answer.text


@command
def hide(matter: Matter) -> None:
    record(Kind.HIDDEN, matter, SYSTEM, rule="spam")


def test_similar_matters_are_ranked_by_shared_words(make: Factory) -> None:
    make.matter(title="Suojatie koulun luo", body="Autot ajavat lujaa.")
    best = make.matter(title="Suojatie ja hidaste koulun eteen", body="Autot ajavat lujaa.")
    found = queries.list_similar("Suojatie ja hidaste koulun portille")
    assert next(row.id for row in found) == best.id
    assert len(found) == 2
    assert queries.list_similar("Aivan muuta") == []
    assert queries.list_similar("a b !!! \x00") == []
    assert queries.list_similar("suojatie " * 2000) != []


def test_the_author_edits_until_handling_starts(client: FlaskClient, author: Any) -> None:
    matter = Factory().matter(author)
    address = f"/en/matters/{matter.id}/edit"
    assert "ulkoilureitille" in client.get(address).text
    answer = client.post(address, data={"title": "Lyhyt", "body": ""})
    assert answer.status_code == 422
    assert 'value="Lyhyt"' in answer.text
    new = {"title": "Valot koko ulkoilureitille", "body": "Uusi teksti."}
    answer = client.post(address, data=new, follow_redirects=True)
    assert "The new version is public." in answer.text
    assert "Valot koko ulkoilureitille" in client.get("/en/matters?q=koko").text
    register(matter)
    assert client.get(address).status_code == 409
    answer = client.post(address, data={**new, "body": "Vielä uudempi."})
    assert answer.status_code == 409
    assert "handling has started" in answer.text


def test_others_neither_edit_nor_withdraw_nor_publish(
    client: FlaskClient, make: Factory, author: Any
) -> None:
    matter, draft = make.matter(), make.draft()
    for path in ("edit", "withdraw"):
        assert client.get(f"/en/matters/{matter.id}/{path}").status_code == 403
        answer = client.post(f"/en/matters/{matter.id}/{path}", data={"reason": "x"})
        assert answer.status_code == 403
    assert client.post(f"/en/matters/{matter.id}/publish").status_code == 403
    assert client.post(f"/en/matters/{draft.id}/publish").status_code == 404


def test_withdrawing_needs_a_reason(client: FlaskClient, author: Any) -> None:
    matter = Factory().matter(author)
    address = f"/en/matters/{matter.id}/withdraw"
    answer = client.post(address, data={"reason": " "})
    assert answer.status_code == 422
    assert 'href="#reason">Write the reason.' in answer.text
    answer = client.post(address, data={"reason": "Asia hoitui."}, follow_redirects=True)
    assert "You have withdrawn the matter." in answer.text
    assert "Asia hoitui." in answer.text
    assert client.get(address).status_code == 409


def test_own_drafts_and_matters_are_on_one_page(
    client: FlaskClient, make: Factory, author: Any
) -> None:
    assert "You have not written anything yet" in client.get("/en/own/matters").text
    make.draft(author, title="")
    make.draft(author, title="Oma luonnos tässä")
    make.matter(author, title="Oma julkaistu asia")
    make.matter(title="Jonkun muun asia")
    page = client.get("/en/own/matters").text
    for text in ("No title yet", "Oma luonnos tässä", "Oma julkaistu asia"):
        assert text in page
    assert "Jonkun muun" not in page


def test_a_published_matter_has_no_steps_any_more(client: FlaskClient, author: Any) -> None:
    matter = Factory().matter(author)
    for step in (1, 2, 3):
        answer = client.post(f"/en/matters/{matter.id}/draft/{step}", data={**START, **TEXT})
        assert answer.headers["Location"] == f"/en/matters/{matter.id}"
    assert client.post(f"/en/matters/{matter.id}/publish").status_code == 409
