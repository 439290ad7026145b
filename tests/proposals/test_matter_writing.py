"""Writing in three steps without JavaScript, editing, withdrawing."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.city import places
from app.core.access import SYSTEM
from app.core.command import command
from app.extensions import db
from app.journal import Kind, record
from app.proposals import services
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
    answer = client.post(f"/en/matters/{matter.id}/publish")
    assert answer.headers["Location"] == f"/en/matters/{matter.id}"


def form_of(page: str) -> dict[str, str]:
    """The key and the beginning that an opened form sends along."""
    found = dict(re.findall(r'name="(form_key|began)" value="(\w*)"', page))
    assert len(found["form_key"]) == 32
    return found


def test_a_form_sent_twice_makes_one_draft_and_one_publication(
    client: FlaskClient, author: Any
) -> None:
    form = form_of(client.get("/en/matters/new").text)
    first, second = (client.post("/en/matters/new", data={**START, **form}) for _ in "ab")
    assert first.headers["Location"] == second.headers["Location"]
    matter = written()
    client.post(f"/en/matters/{matter.id}/draft/2", data=TEXT)
    for _time in "ab":
        answer = client.post(f"/en/matters/{matter.id}/publish")
        assert answer.headers["Location"] == f"/en/matters/{matter.id}"
    assert written().state == State.PUBLISHED
    late = client.post("/en/matters/new", data={**START, **form, "title": "Aivan toinen otsikko"})
    assert late.headers["Location"] == f"/en/matters/{matter.id}"
    assert written().title == START["title"]


def test_the_second_of_two_writers_is_told_and_loses_nothing(
    client: FlaskClient, author: Any
) -> None:
    draft = Factory().draft(author, body="Alku.")
    address = f"/en/matters/{draft.id}/draft/2"
    here, there = (form_of(client.get(address).text) for _ in "ab")
    client.post(address, data={**TEXT, **there, "body": "Toisen laitteen teksti."})
    answer = client.post(address, data={**TEXT, **here, "body": "Minun tekstini."})
    assert answer.status_code == 409
    page = words_of(answer)
    assert "This was changed somewhere else" in page
    assert "Minun tekstini.</textarea>" in page
    assert "<del>Toisen laitteen teksti.</del>" in page
    assert services.current_text(written()).body == "Toisen laitteen teksti."
    saved = client.post(f"/en/matters/{draft.id}/autosave/2", data={**TEXT, **here, "body": "x"})
    assert saved.status_code == 409
    answer = client.post(address, data={**TEXT, **form_of(page), "body": "Molemmat."})
    assert answer.status_code == 303
    assert services.current_text(written()).body == "Molemmat."


def test_another_step_saved_meanwhile_is_no_conflict(client: FlaskClient, author: Any) -> None:
    draft = Factory().draft(author)
    form = form_of(client.get(f"/en/matters/{draft.id}/draft/2").text)
    client.post(f"/en/matters/{draft.id}/draft/1", data={**START, "title": "Uusi otsikko tälle"})
    answer = client.post(f"/en/matters/{draft.id}/draft/2", data={**TEXT, **form})
    assert answer.status_code == 303
    assert written().title == "Uusi otsikko tälle"


def test_what_the_author_has_not_seen_is_not_published(client: FlaskClient, author: Any) -> None:
    draft = Factory().draft(author)
    page = client.get(f"/en/matters/{draft.id}/draft/3").text
    began = re.search(r'name="began" value="(\w+)"', page)
    assert began
    client.post(f"/en/matters/{draft.id}/draft/2", data={**TEXT, "body": "Muuttunut."})
    answer = client.post(f"/en/matters/{draft.id}/publish", data={"began": began[1]})
    assert answer.status_code == 409
    assert "Muuttunut." in answer.text
    assert written().state == State.DRAFT


def test_two_editors_of_a_published_text(client: FlaskClient, author: Any) -> None:
    matter = Factory().matter(author)
    address = f"/en/matters/{matter.id}/edit"
    here, there = (form_of(client.get(address).text) for _ in "ab")
    title = "Valot koko ulkoilureitille"
    client.post(address, data={**there, "title": title, "body": "Toinen teksti."})
    again = client.post(address, data={**there, "title": title, "body": "Toinen teksti."})
    assert again.status_code == 303
    answer = client.post(address, data={**here, "title": title, "body": "Kolmas teksti."})
    assert answer.status_code == 409
    assert "Kolmas teksti.</textarea>" in answer.text
    assert services.current_text(written()).version == 2


def test_a_draft_saves_itself_and_never_publishes(client: FlaskClient, author: Any) -> None:
    form = form_of(client.get("/en/matters/new").text)
    half = {**START, **form, "title": "Valot"}
    first = client.post("/en/matters/autosave", data=half)
    assert "Saved" in first.get_json()["text"]
    client.post("/en/matters/autosave", data={**half, "title": "Valot reitille"})
    matter = written()
    assert (matter.title, matter.state) == ("Valot reitille", State.DRAFT)
    assert first.get_json()["page"] == f"/en/matters/{matter.id}/draft/1"
    assert "A title of at least ten" not in client.get(f"/en/matters/{matter.id}/draft/2").text
    body = {"body": "Kesken", "form_key": form["form_key"]}
    assert client.post(f"/en/matters/{matter.id}/autosave/2", data=body).status_code == 200
    assert services.current_text(written()).body == "Kesken"
    for wrong, status in (({"kind": "motion"}, 422), ({"title": "x" * 121}, 422)):
        answer = client.post("/en/matters/autosave", data={**half, **wrong})
        assert answer.status_code == status
        assert answer.get_json()["text"]
    assert written().title == "Valot reitille"


XSS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "'-alert(1)-'",
    "[klikkaa](javascript:alert(1))",
    "[klikkaa](JaVaScRiPt&#58;alert(1))",
    "[klikkaa](data:text/html;base64,PHNjcmlwdD4=)",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    "</textarea><script>alert(1)</script>",
    "{{ 7 * 191 }}",
]


def test_no_payload_comes_out_alive(client: FlaskClient, author: Any) -> None:
    nasty = "\n\n".join(XSS)
    for payload in XSS:
        draft = Factory().draft(author, title=f"Otsikko {payload}"[:120], body=nasty)
        matter = f"/en/matters/{draft.id}"
        pages = [f"{matter}/draft/{step}" for step in (1, 2, 3)]
        shown = [client.get(page).text for page in pages]
        client.post(f"{matter}/publish")
        shown += [client.get(path).text for path in (matter, f"{matter}/versions", "/en/matters")]
        for page in shown:
            assert "<script>alert" not in page
            assert not re.search(r"<(img|svg)[^>]*on(error|load)", page)
            assert not re.search(r'href="\s*(javascript|data):', page, re.I)
            assert "1337" not in page
        page = shown[2]
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def find(client: FlaskClient, draft: Matter, **fields: str) -> TestResponse:
    """Step 2 sent with its button that looks the address up, as an untouched form has it."""
    sent = {"body": "Puolet tekstistä", "service": "", "place": "", "lat": "", "lon": ""}
    data = {**sent, **fields, "do": "find"}
    return client.post(f"/en/matters/{draft.id}/draft/2", data=data)


def fields_of(page: str) -> dict[str, str]:
    """What the form of step 2 has now for the place."""
    names = "address|sought|filled|lat|lon"
    found = {}
    for tag in re.findall(r"<input[^>]+>", page):
        name = re.search(rf'name="({names})"', tag)
        if name:
            value = re.search(r'value="([^"]*)"', tag)
            found[name[1]] = html.unescape(value[1]) if value else ""
    place = re.search(r'<option selected value="((?:area|district):[^"]*)"', page)
    return found | {"place": place[1] if place else ""}


@pytest.fixture
def known_places(make: Factory) -> None:
    places.load_places(places.BUNDLED, lambda _done, _all: None)


def test_an_address_fills_in_its_point_and_area_and_nothing_typed_is_lost(
    client: FlaskClient, author: Any, known_places: None
) -> None:
    draft = Factory().draft(author, area=None, district=None)
    answer = find(client, draft, address="Iso Omena")
    assert answer.status_code == 200
    assert "Found: Iso Omena (Matinkylä, Suur-Matinkylä)." in words_of(answer)
    assert "Puolet tekstistä</textarea>" in answer.text
    found = fields_of(answer.text)
    assert found["place"] == found["filled"] == "district:matinkyla"
    data = {**TEXT, **found, "do": "next"}
    assert client.post(f"/en/matters/{draft.id}/draft/2", data=data).status_code == 303
    matter = written()
    assert (matter.district, str(matter.lat)) == ("matinkyla", found["lat"])
    again = fields_of(client.get(f"/en/matters/{draft.id}/draft/2").text)
    assert again["filled"] == "district:matinkyla"


def test_an_area_chosen_by_hand_stays(client: FlaskClient, author: Any, known_places: None) -> None:
    draft = Factory().draft(author)
    chosen = {"place": "area:suur-tapiola", "address": "Iso Omena"}
    found = fields_of(find(client, draft, **chosen).text)
    assert found["place"] == "area:suur-tapiola"
    assert found["filled"] == "district:matinkyla"
    found = fields_of(find(client, draft, **{**found, "address": "Sello"}).text)
    assert found["place"] == "area:suur-tapiola"
    follows = {"place": found["filled"], "filled": found["filled"], "address": "Iso Omena"}
    assert fields_of(find(client, draft, **follows).text)["place"] == "district:matinkyla"


def test_several_places_of_a_name_are_a_choice(
    client: FlaskClient, author: Any, known_places: None
) -> None:
    draft = Factory().draft(author, area=None, district=None)
    answer = find(client, draft, address="Matinkylän")
    assert "Which place do you mean?" in answer.text
    assert 'class="error-summary"' not in answer.text
    ids = re.findall(r'type="radio" value="(\d+)"', answer.text)
    assert len(ids) == 3
    assert fields_of(answer.text)["lat"] == ""
    data = {**TEXT, "lat": "", "lon": "", "place": "", "address": "Matinkylän"}
    unclear = client.post(f"/en/matters/{draft.id}/draft/2", data={**data, "do": "next"})
    assert unclear.status_code == 422
    assert 'href="#address">There are several places' in unclear.text
    clear = client.post(f"/en/matters/{draft.id}/draft/2", data={**data, "found": ids[1]})
    assert clear.status_code == 303
    assert written().area == "suur-matinkyla"
    assert written().lat is not None


@pytest.mark.parametrize("do", ["find", "next"])
def test_an_unknown_place_is_told_at_its_field(
    client: FlaskClient, author: Any, known_places: None, do: str
) -> None:
    draft = Factory().draft(author)
    data = {**TEXT, "address": "<b>Kuu\x00 1</b>", "found": "7", "do": do}
    answer = client.post(f"/en/matters/{draft.id}/draft/2", data=data)
    assert answer.status_code == 422
    assert 'href="#address">We do not know this place.' in answer.text
    assert "<b>Kuu" not in answer.text
    assert fields_of(answer.text)["lat"] == "60.176"
    empty = find(client, draft, address=" ")
    assert (empty.status_code, "Write an address" in empty.text) == (422, True)


def test_looking_a_place_up_hides_no_conflict(
    client: FlaskClient, author: Any, known_places: None
) -> None:
    draft = Factory().draft(author)
    address = f"/en/matters/{draft.id}/draft/2"
    here, there = (form_of(client.get(address).text) for _ in "ab")
    client.post(address, data={**TEXT, **there, "body": "Toisen laitteen teksti."})
    page = find(client, draft, **here, address="Sello").text
    answer = client.post(address, data={**TEXT, **form_of(page), "body": "Minun tekstini."})
    assert answer.status_code == 409
