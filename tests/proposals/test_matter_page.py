"""The page of a matter: for readers, its author, and people who are signed in."""

import html
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.city import get_city
from app.core import clock
from app.core.access import SYSTEM, Role
from app.core.command import command
from app.core.words import number
from app.extensions import db
from app.journal import Kind, record
from app.proposals import services as proposals
from app.proposals.lifecycle import MatterKind
from app.proposals.models import Matter
from app.proposals.thresholds import makers_needed
from tests.factories import Factory

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
SignIn = Callable[..., None]
SIGNATURE = {"name": "Aino Asukas", "municipality": "Espoo"}


@command
def step(kind: Kind, matter: Matter, **facts: Any) -> None:
    record(kind, matter, SYSTEM, **facts)


def page_of(client: FlaskClient, matter: Matter, path: str = "", status: int = 200) -> str:
    answer = client.get(f"/en/matters/{matter.id}{path}")
    assert answer.status_code == status
    return html.unescape(answer.text).replace("\xa0", " ").replace("\xad", "")


def test_a_matter_says_in_words_where_it_is(client: FlaskClient, make: Factory) -> None:
    author = make.person(name="Olarin lenkkeilijä").as_actor()
    matter = make.matter(author, title="Valot ulkoilureitille Olariin")
    page = page_of(client, matter)
    assert '<h1 lang="fi" dir="auto">Valot ulkoilureitille Olariin</h1>' in page
    assert "Published on 9 March. It has no case number yet." in page
    assert "The registry gives it a case number by 11 March, in 2 days." in page
    for fact in ("Olarin lenkkeilijä", "Olari, Suur-Matinkylä", "Street lighting"):
        assert fact in page
    assert f"/en/matters/{matter.id}/journey" in page
    step(Kind.REGISTERED, matter, case_number="17/10.03.01/2026", unit="street_engineering")
    page = page_of(client, matter)
    assert "17/10.03.01/2026" in page
    assert "City Engineering Centre is responsible and has not started yet." in page


def test_the_text_is_markdown_without_html(client: FlaskClient, make: Factory) -> None:
    body = (
        "Ensin **tämä**.\n\n- yksi\n- kaksi\n\n<script>alert(1)</script> [x](javascript:alert(1))"
    )
    matter = make.matter(body=body)
    page = client.get(f"/en/matters/{matter.id}").text
    assert '<p dir="auto" class="lead">Ensin <strong>tämä</strong>.</p>' in page
    assert '<li dir="auto">yksi</li>' in page
    assert "<script>alert" not in page
    assert 'href="javascript' not in page


def test_readers_get_links_and_no_forms(client: FlaskClient, make: Factory) -> None:
    matter = make.matter(kind=MatterKind.INITIATIVE)
    answer = client.get(f"/en/matters/{matter.id}")
    assert answer.headers["Cache-Control"].startswith("public")
    assert "Set-Cookie" not in answer.headers
    assert "<form" not in answer.text.partition("<main")[2].partition("</main>")[0]
    assert "csrf" not in answer.text
    assert f'href="/en/sign-in?next=/en/matters/{matter.id}"' in answer.text
    needed = number(makers_needed(get_city()))
    assert f"0 of {needed} signatures of residents" in html.unescape(answer.text)


def test_the_cached_page_follows_the_matter(client: FlaskClient, make: Factory) -> None:
    matter = make.matter()
    other = make.matter()
    before = client.get(f"/en/matters/{matter.id}").headers["ETag"]
    step(Kind.REGISTERED, other, case_number="1/2026", unit="sports")
    assert client.get(f"/en/matters/{matter.id}").headers["ETag"] == before
    step(Kind.REGISTERED, matter, case_number="2/2026", unit="sports")
    assert client.get(f"/en/matters/{matter.id}").headers["ETag"] != before


def test_a_draft_is_only_for_its_author(
    client: FlaskClient, make: Factory, sign_in: SignIn
) -> None:
    author = make.actor()
    draft = make.draft(author)
    for path in ("", "/versions", "/draft/2", "/edit"):
        answer = client.get(f"/en/matters/{draft.id}{path}")
        assert answer.status_code in (303, 404)
        assert answer.status_code == 404 or "/sign-in" in answer.headers["Location"]
    sign_in(client, make.actor(Role.OFFICIAL, unit="sports"))
    for path in ("", "/versions", "/draft/1", "/draft/2", "/draft/3", "/edit", "/withdraw"):
        page_of(client, draft, path, 404)
    sign_in(client, author)
    answer = client.get(f"/en/matters/{draft.id}")
    assert answer.headers["Location"] == f"/en/matters/{draft.id}/draft/3"


def test_a_hidden_matter_says_that_and_the_rule_and_nothing_else(
    client: FlaskClient, make: Factory, sign_in: SignIn
) -> None:
    author = make.actor()
    matter = make.matter(author, title="Kanarialintu otsikossa", body="Kanarialintu tekstissä.")
    step(Kind.HIDDEN, matter, rule="spam")
    answer = client.get(f"/en/matters/{matter.id}")
    assert answer.status_code == 200
    assert "This matter is hidden" in answer.text
    assert "Spam" in answer.text
    assert "anarialintu" not in answer.text
    assert "anarialintu" not in page_of(client, matter, "/versions", 404)
    assert "anarialintu" not in client.get("/en/matters?q=otsikossa").text
    for who in (author, make.actor(Role.MODERATOR), make.actor(Role.OFFICIAL, unit="sports")):
        sign_in(client, who)
        page = page_of(client, matter)
        assert "Kanarialintu tekstissä." in page
        assert "Hidden by moderation" in page
    sign_in(client, make.actor())
    assert "anarialintu" not in client.get(f"/en/matters/{matter.id}").text


def test_support_is_given_and_taken_back(
    client: FlaskClient, make: Factory, sign_in: SignIn
) -> None:
    matter = make.matter()
    sign_in(client, make.actor())
    assert 'aria-pressed="false"' in page_of(client, matter)
    answer = client.post(f"/en/matters/{matter.id}/support", follow_redirects=True)
    assert "You support this matter now." in answer.text
    assert 'aria-pressed="true"' in answer.text
    client.post(f"/en/matters/{matter.id}/support")
    assert db.session.get_one(Matter, matter.id).supporters == 1
    answer = client.post(f"/en/matters/{matter.id}/unsupport", follow_redirects=True)
    assert 'aria-pressed="true"' not in answer.text
    assert db.session.get_one(Matter, matter.id).supporters == 0


def test_who_cannot_support_is_told_why(
    client: FlaskClient, make: Factory, sign_in: SignIn
) -> None:
    author = make.actor()
    matter = make.matter(author)
    address = f"/en/matters/{matter.id}/support"
    sign_in(client, author)
    assert "You wrote this." in page_of(client, matter)
    assert client.post(address).status_code == 403
    sign_in(client, make.person(confirmed=False).as_actor())
    assert "Confirm your e-mail address first." in page_of(client, matter)
    answer = client.post(address)
    assert answer.status_code == 403
    assert "Confirm your e-mail address first." in answer.text
    proposals.withdraw_proposal(author, matter, "Ei enää tarpeen")
    sign_in(client, make.actor())
    assert "Support is not collected any more" in page_of(client, matter)
    assert client.post(address).status_code == 409


def test_an_initiative_is_signed_with_a_name(
    client: FlaskClient, make: Factory, sign_in: SignIn
) -> None:
    matter = make.matter(kind=MatterKind.INITIATIVE)
    sign_in(client, make.actor())
    address = f"/en/matters/{matter.id}/sign"
    answer = client.post(address, data={"name": "Xy"})
    assert answer.status_code == 422
    assert "Write your name as a signature." in answer.text
    assert 'value="Xy"' in answer.text
    answer = client.post(address, data=SIGNATURE, follow_redirects=True)
    assert "You have signed this" in answer.text
    assert "Aino Asukas" not in page_of(client.application.test_client(), matter)
    known = db.session.get_one(Matter, matter.id)
    assert (known.makers, known.supporters) == (1, 1)


def test_a_proposal_is_not_signed(client: FlaskClient, make: Factory, sign_in: SignIn) -> None:
    matter = make.matter()
    sign_in(client, make.actor())
    assert "Sign the initiative" not in page_of(client, matter)
    answer = client.post(f"/en/matters/{matter.id}/sign", data=SIGNATURE)
    assert answer.status_code == 422
    assert "Only a resident initiative is signed." in answer.text


def test_edits_are_told_and_can_be_compared(
    client: FlaskClient, make: Factory, held: Callable[[Any], None]
) -> None:
    author = make.actor()
    matter = make.matter(author, title="Valot ulkoilureitille", body="Reitti on pimeä talvella.")
    assert "Edited" not in page_of(client, matter)
    held(clock.now() + timedelta(days=1))
    proposals.edit_proposal(author, matter, "Valot ulkoilureitille", "Reitti on hyvin pimeä.")
    proposals.edit_proposal(author, matter, "Valot ulkoilureitille", "Reitti on hyvin pimeä.")
    page = page_of(client, matter)
    assert "Edited once, on 10/3/2026." in page
    page = page_of(client, matter, "/versions")
    assert "<ins>hyvin pimeä.</ins>" in page
    assert "<del>pimeä talvella.</del>" in page
    assert "This is the first version." in page_of(client, matter, "/versions?version=1")
    page_of(client, matter, "/versions?version=3", 404)


def test_a_withdrawn_matter_tells_the_reason(client: FlaskClient, make: Factory) -> None:
    author = make.actor()
    matter = make.matter(author)
    proposals.withdraw_proposal(author, matter, "Asia hoitui jo.")
    page = page_of(client, matter)
    assert "The author withdrew this on 9 March." in page
    assert "The author's reason: Asia hoitui jo." in page


def test_the_page_stays_within_twenty_queries(
    client: FlaskClient, make: Factory, sign_in: SignIn, watch: Callable[[], Any]
) -> None:
    matter = make.matter(kind=MatterKind.INITIATIVE)
    page_of(client, make.matter())
    with watch() as seen:
        page_of(client, matter)
    assert len(seen) <= 20, [sql for sql, _ in seen]
    sign_in(client, make.actor(Role.OFFICIAL, unit="street_engineering"))
    with watch() as seen:
        page_of(client, matter)
    assert len(seen) <= 20, [sql for sql, _ in seen]
