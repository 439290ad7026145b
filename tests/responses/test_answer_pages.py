"""The composer, the correction, the author's reply, and the answer as residents see it."""

import html
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core.access import Actor, Role
from app.extensions import db
from app.proposals.lifecycle import Outcome, State
from app.responses import queries, services
from tests.casework import NO, UNIT, WHY, Casework, answer, both, promise
from tests.factories import Factory

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)

SignIn = Callable[[FlaskClient, Actor], None]

WHOLE = {
    "outcome": "partly",
    "work": "core",
    "cost": "118 000,50 €",
    "sentence_fi": "Lisäämme 12 istuinta.",
    "sentence_sv": "Vi lägger till 12 sittplatser.",
    "reasons_fi": "Mittasimme 74 pysäkkiä.",
    "reasons_sv": "Vi mätte 74 hållplatser.",
    "would_change_fi": "Jos matkustajia tulee lisää.",
    "would_change_sv": "Om resenärerna blir fler.",
    "next_step_fi": "Tilaamme istuimet.",
    "next_step_sv": "Vi beställer sittplatserna.",
    "promise_2_what_fi": "12 istuinta on paikoillaan",
    "promise_2_what_sv": "12 sittplatser finns på plats",
    "promise_2_due": "29.5.2027",
}


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


@pytest.fixture
def official(client: FlaskClient, work: Casework, sign_in: SignIn) -> FlaskClient:
    sign_in(client, work.official)
    return client


def page(client: FlaskClient, path: str, status: int = 200, lang: str = "en") -> str:
    response = client.get(f"/{lang}{path}")
    assert response.status_code == status, response.text
    return html.unescape(response.text)


def send(client: FlaskClient, path: str, status: int, fields: dict[str, str]) -> Any:
    response = client.post(f"/en{path}", data=fields)
    assert response.status_code == status, html.unescape(response.text)
    return html.unescape(response.text)


def test_the_composer_says_what_is_missing(official: FlaskClient, work: Casework) -> None:
    matter = work.prepared()
    shown = page(official, f"/queue/{matter.id}/answer")
    assert "What is missing: 7" in shown
    assert '<a href="#reasons_sv">Reasons in Swedish</a>' in shown
    assert '<a href="#outcome-0">What follows from the answer</a>' in shown
    assert 'lang="sv"' in shown


def test_a_draft_keeps_everything_typed(official: FlaskClient, work: Casework) -> None:
    matter = work.prepared()
    path = f"/queue/{matter.id}/answer"
    typed = {"seen": "0", "sentence_fi": "Lisäämme", "cost": "noin sata", "promise_1_due": "joskus"}
    send(official, path, 303, {**typed, "outcome": "action", "do": "save"})
    shown = page(official, path)
    for words in ("Lisäämme", "noin sata", "joskus", "The draft is saved."):
        assert words in shown
    assert "How residents see it, in Finnish" in shown
    assert matter.state == State.IN_PREPARATION
    assert page(official, f"/matters/{matter.id}").count("Lisäämme") == 0


def test_an_incomplete_answer_is_not_published_and_nothing_is_lost(
    official: FlaskClient, work: Casework
) -> None:
    matter = work.prepared()
    path = f"/queue/{matter.id}/answer"
    fields = {**WHOLE, "seen": "0", "do": "publish", "reasons_sv": " ", "would_change_fi": ""}
    fields |= {"promise_2_due": "1.1.2020", "cost": "paljon"}
    refused = send(official, path, 422, fields)
    for words in (
        "The answer cannot be published yet",
        '<a href="#reasons_sv">Missing: Reasons in Swedish.</a>',
        '<a href="#would_change_fi">Missing: What would change the answer in Finnish.</a>',
        '<a href="#promise_2_due">Date of promise 1: choose a day that is still to come.</a>',
        '<a href="#cost">Cost in euros: write an amount such as 1200 or 1200,50.</a>',
        "Mittasimme 74 pysäkkiä.",
        'value="paljon"',
    ):
        assert words in refused
    assert matter.state == State.IN_PREPARATION
    assert "Mittasimme 74 pysäkkiä." in page(official, path)


def test_a_complete_answer_is_published(official: FlaskClient, work: Casework) -> None:
    matter = work.prepared()
    send(official, f"/queue/{matter.id}/answer", 303, {**WHOLE, "seen": "0", "do": "publish"})
    assert (matter.state, matter.outcome) == (State.ANSWERED, Outcome.PARTLY)
    published = queries.get_answer(matter.id)
    assert published is not None
    assert published.cost_cents == 11_800_050
    (made,) = queries.list_promises([matter.id])[matter.id]
    assert made.due.isoformat() == "2027-05-29"
    shown = page(official, f"/matters/{matter.id}", lang="fi")
    assert "Lisäämme 12 istuinta." in shown
    assert "12 istuinta on paikoillaan" in shown


def test_of_two_officials_the_second_is_told(
    official: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    matter = work.prepared()
    colleague = work.make.actor(Role.OFFICIAL, unit=UNIT)
    services.save_answer_draft(colleague, matter, {"sentence_fi": "Kollegan"}, 0)
    path = f"/queue/{matter.id}/answer"
    refused = send(official, path, 422, {**WHOLE, "seen": "0", "do": "save"})
    assert "Somebody else saved this draft" in refused
    assert "Mittasimme 74 pysäkkiä." in refused
    assert 'name="seen" type="hidden" value="1"' in refused
    services.publish_answer(colleague, matter, answer())
    send(official, path, 409, {**WHOLE, "seen": "1", "do": "publish"})
    assert page(official, path, 409)


def test_the_own_matter_is_somebody_elses_to_answer(official: FlaskClient, work: Casework) -> None:
    matter = work.prepared()
    own = work.registered(author=work.official)
    assert "somebody else has to handle it" in page(official, f"/queue/{own.id}/answer", 403)
    assert page(official, f"/queue/{matter.id}/answer")


def test_a_published_answer_is_corrected(official: FlaskClient, work: Casework) -> None:
    matter = work.answered(promises=[promise()])
    path = f"/queue/{matter.id}/correction"
    shown = page(official, path)
    assert "Rakennamme valot suomeksi" in shown
    assert 'value="118000"' in shown
    fields = {k: v for k, v in WHOLE.items() if not k.startswith("promise")} | {"outcome": "action"}
    refused = send(official, path, 422, fields)
    assert 'href="#reason_fi"' in refused
    reasons = {"reason_fi": "Hinta korjattu", "reason_sv": "Priset rättat"}
    refused = send(official, path, 422, {**fields, **reasons, "outcome": "no_action"})
    assert "A correction keeps the outcome." in refused
    send(official, path, 303, {**fields, **reasons})
    shown = page(official, f"/matters/{matter.id}", lang="fi")
    assert "Hinta korjattu" in shown
    assert "Lisäämme 12 istuinta." in shown
    versions = page(official, f"/matters/{matter.id}/answers", lang="fi")
    assert versions.index("Lisäämme 12 istuinta.") < versions.index("Rakennamme valot suomeksi")


def test_there_is_nothing_to_correct_before_the_answer(
    official: FlaskClient, work: Casework
) -> None:
    assert page(official, f"/queue/{work.prepared().id}/correction", 409)


# ---------- the author ----------


def test_the_author_replies_on_the_page_of_the_matter(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    matter = work.prepared()
    services.ask_author(work.official, matter, both("Missä kohdassa?"))
    path = f"/matters/{matter.id}"
    assert "The city asks you" not in page(client, path)
    sign_in(client, work.make.actor())
    assert "The city asks you" not in page(client, path)
    assert client.post(f"/en{path}/reply", data={"text": "Hei"}).status_code == 403
    sign_in(client, work.author)
    shown = page(client, path)
    assert "The city asks you" in shown
    assert "Missä kohdassa? suomeksi" in shown
    assert "Write your reply first." in send(client, f"{path}/reply", 422, {"text": " "})
    send(client, f"{path}/reply", 303, {"text": "Olarin päässä."})
    assert matter.state == State.IN_PREPARATION
    assert "The city asks you" not in page(client, path)
    send(client, f"{path}/reply", 409, {"text": "Vielä yksi asia."})


# ---------- the answer as residents see it ----------


def test_everybody_sees_the_answer_in_their_language(client: FlaskClient, work: Casework) -> None:
    matter = work.answered(promises=[promise(30, "Valot palavat")])
    finnish, swedish, english = (
        page(client, f"/matters/{matter.id}", lang=code) for code in ("fi", "sv", "en")
    )
    assert "Rakennamme valot suomeksi" in finnish
    assert "Rakennamme valot på svenska" in swedish
    assert "Valot palavat på svenska" in swedish
    assert '<p class="one" lang="fi">Rakennamme valot suomeksi</p>' in english
    assert "In Finnish" in english
    assert f'href="/sv/matters/{matter.id}#answer" lang="sv"' in english
    assert "118\xa0000\xa0€" in english
    assert "By 8\xa0April, in 30 days" in english


def test_an_english_matter_answered_in_english_too(client: FlaskClient, work: Casework) -> None:
    more = {"en": "We build the lights"}
    matter = work.answered(
        sentence=both("Valot") | more,
        reasons=both("Syy") | {"en": "Many walk"},
        next_step=both("Työ") | {"en": "Work"},
        budget_line=None,
    )
    shown = page(client, f"/matters/{matter.id}")
    assert '<p class="one">We build the lights</p>' in shown


def test_the_way_to_work_is_for_those_who_handle_it(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    matter = work.registered()
    path = f"/matters/{matter.id}"
    words = "Handle this matter"
    assert words not in page(client, path)
    for actor, sees in (
        (work.author, False),
        (work.make.actor(Role.OFFICIAL, unit="sports"), False),
        (work.official, True),
        (work.registry, True),
    ):
        sign_in(client, actor)
        assert (words in page(client, path)) is sees


def test_a_kept_promise_shows_its_evidence(client: FlaskClient, work: Casework) -> None:
    matter = work.answered(promises=[promise()])
    (item,) = queries.list_promises([matter.id])[matter.id]
    before = page(client, f"/matters/{matter.id}")
    services.keep_promise(work.official, item, both("Valot näkyvät kadulle"))
    after = page(client, f"/matters/{matter.id}")
    assert "Valot näkyvät kadulle" not in before
    assert "Valot näkyvät kadulle suomeksi" in after
    assert "Kept on 9/3/2026, 30 days early" in after


def test_text_of_an_answer_is_never_markup(client: FlaskClient, work: Casework) -> None:
    bad = {"fi": "<script>alert(1)</script>", "sv": "<b>x</b>"}
    parts = ("sentence", "reasons", "next_step", "would_change", "budget_line")
    matter = work.answered(**{**NO, **dict.fromkeys(parts, bad)}, promises=[promise(3, "<i>x</i>")])
    for lang in ("fi", "sv"):
        text = client.get(f"/{lang}/matters/{matter.id}").text
        assert "<script>alert" not in text
        assert "<b>x</b>" not in text
        assert "<i>x</i>" not in text


def test_versions_of_a_matter_without_an_answer(client: FlaskClient, work: Casework) -> None:
    matter = work.prepared()
    assert "There is no answer yet" in page(client, f"/matters/{matter.id}/answers")
    services.publish_answer(work.official, matter, answer())
    services.correct_answer(work.official, matter, answer(), WHY)
    db.session.expire_all()
    shown = page(client, f"/matters/{matter.id}/answers")
    assert "Reason for the correction:" in shown
