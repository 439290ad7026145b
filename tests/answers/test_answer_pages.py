"""The composer, the correction, the author's reply, and the answer as residents see it."""

import html
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.answers import queries, services
from app.comments.rules import DiscussionRule
from app.core.access import Actor, Role
from app.extensions import db
from app.moderation import services as moderation
from app.promises.queries import list_promises
from app.proposals.lifecycle import Outcome, State
from app.responses.answer_templates import make_template
from tests.casework import NO, OTHER_UNIT, UNIT, WHY, Casework, answer, both, promise
from tests.factories import Factory
from tests.pages import page

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

CORRECTION = {"outcome": "action", "reason_fi": "Hinta korjattu", "reason_sv": "Priset rättat"}


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


@pytest.fixture
def official(client: FlaskClient, work: Casework, sign_in: SignIn) -> FlaskClient:
    sign_in(client, work.official)
    return client


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
    assert '<a href="/en/queue" aria-current="page">' in shown


def test_a_draft_keeps_everything_typed(official: FlaskClient, work: Casework) -> None:
    matter = work.prepared()
    path = f"/queue/{matter.id}/answer"
    typed = {"seen": "0", "sentence_fi": "Lisäämme", "cost": "noin sata", "promise_1_due": "joskus"}
    send(official, path, 303, {**typed, "outcome": "action", "do": "save"})
    shown = page(official, path)
    for words in ("Lisäämme", "noin sata", "joskus", "The draft is saved."):
        assert words in shown
    assert "How residents see it, in Finnish" in page(official, f"{path}/preview")
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
    (made,) = list_promises([matter.id])[matter.id]
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
    for wanted in ("publish", "save", "schedule"):
        kept = send(official, path, 409, {**WHOLE, "seen": "1", "do": wanted})
        assert "Your text is below, but it has not been saved." in kept
        assert f'href="/en/queue/{matter.id}/correction"' in kept
        for words in ("Mittasimme 74 pysäkkiä.", "Vi beställer sittplatserna.", "118 000,50 €"):
            assert words in kept
        assert "Answered, version 1" in kept
        assert "Publish the answer" not in kept
    published = queries.get_answer(matter.id)
    assert published is not None
    assert published.texts["fi"]["sentence"] == "Rakennamme valot suomeksi"
    assert page(official, path, 409)


def test_what_was_typed_is_not_lost_when_the_unit_gives_the_matter_away(
    official: FlaskClient, work: Casework
) -> None:
    matter = work.prepared()
    work.handed_over(matter)
    kept = send(official, f"/queue/{matter.id}/answer", 403, {**WHOLE, "seen": "0", "do": "save"})
    assert "Mittasimme 74 pysäkkiä." in kept
    assert queries.get_draft(matter.id) is None


def test_of_two_corrections_the_second_is_told(official: FlaskClient, work: Casework) -> None:
    matter = work.answered()
    colleague = work.make.actor(Role.OFFICIAL, unit=UNIT)
    path = f"/queue/{matter.id}/correction"
    assert 'name="seen" type="hidden" value="1"' in page(official, path)
    services.correct_answer(colleague, matter, answer(cost_cents=1), WHY, 1)
    fields = {k: v for k, v in WHOLE.items() if not k.startswith("promise")} | CORRECTION
    refused = send(official, path, 422, {**fields, "seen": "1"})
    assert "A colleague published another version of the answer" in refused
    assert "Mittasimme 74 pysäkkiä." in refused
    assert 'name="seen" type="hidden" value="2"' in refused
    newest = queries.get_answer(matter.id)
    assert newest is not None
    assert newest.version == 2
    send(official, path, 303, {**fields, "seen": "2"})


def test_the_preview_is_what_residents_will_see(official: FlaskClient, work: Casework) -> None:
    matter = work.prepared()
    path = f"/queue/{matter.id}/answer"
    assert page(official, f"{path}/preview", 409)
    typed = {**WHOLE, "seen": "0", "outcome": "action", "do": "preview", "promise_2_due": ""}
    typed |= {"unmeasured_fi": "Liian pieni muutos", "decision_case_number": "9/2026"}
    send(official, path, 303, typed)
    shown = page(official, f"{path}/preview")
    for words in (
        "Lisäämme 12 istuinta.",
        "Vi beställer sittplatserna.",
        "Mistä tiedämme, että siitä oli apua",  # in the language of the answer
        "Liian pieni muutos",
        "9/2026",
        "118\xa0000,50\xa0€",
        f'<a href="/en{path}#unmeasured_sv">Why the effect cannot be measured in Swedish</a>',
        f'<a href="/en{path}#promise_2_due">Date of promise 1</a>',
    ):
        assert words in shown
    services.publish_answer(work.official, matter, answer())
    assert page(official, f"{path}/preview", 409)


def test_another_unit_sees_no_preview(client: FlaskClient, work: Casework, sign_in: SignIn) -> None:
    matter = work.prepared()
    services.save_answer_draft(work.official, matter, {"sentence_fi": "Sisäinen"}, 0)
    for actor in (work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT), work.registry, work.author):
        sign_in(client, actor)
        assert "Sisäinen" not in page(client, f"/queue/{matter.id}/answer/preview", 403)


def test_an_earlier_answer_fills_an_empty_draft(official: FlaskClient, work: Casework) -> None:
    earlier = queries.get_answer(work.answered(decision_case_number="3/2025").id)
    assert earlier is not None
    matter = work.prepared()
    path = f"/queue/{matter.id}/answer"
    shown = page(official, f"{path}?from={earlier.id}")
    for words in ("Rakennamme valot suomeksi", "Laskuri reitin varrella på svenska", "200.5"):
        assert words in shown
    assert "3/2025" not in shown
    assert queries.get_draft(matter.id) is None
    services.save_answer_draft(work.official, matter, {"sentence_fi": "Oma"}, 0)
    shown = page(official, f"{path}?from={earlier.id}")
    assert "Oma" in shown
    assert "Rakennamme valot suomeksi" not in shown


def test_a_hidden_answer_is_not_built_on(official: FlaskClient, work: Casework) -> None:
    hidden = work.answered()
    earlier = queries.get_answer(hidden.id)
    assert earlier is not None
    moderation.hide_matter(work.make.actor(Role.MODERATOR), hidden, DiscussionRule.OFF_TOPIC)
    path = f"/queue/{work.prepared().id}/answer"
    assert page(official, f"{path}?from={earlier.id}", 404)
    assert page(official, f"{path}?from=99999", 404)


def test_a_template_of_the_unit_fills_an_empty_draft(official: FlaskClient, work: Casework) -> None:
    template = make_template(work.official, UNIT, "Valot", {"reasons_fi": "Vakioperustelu"})
    stranger = work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT)
    foreign = make_template(stranger, OTHER_UNIT, "Kentät", {"reasons_fi": "Toisten"})
    matter = work.prepared()
    path = f"/queue/{matter.id}/answer"
    assert "Vakioperustelu" in page(official, f"{path}?template={template.id}")
    assert queries.get_draft(matter.id) is None
    assert page(official, f"{path}?template={foreign.id}", 404)


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
    fields = {k: v for k, v in WHOLE.items() if not k.startswith("promise")}
    fields |= {"outcome": "action", "seen": "1"}
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


def test_everybody_sees_how_one_will_know_that_it_helped(
    client: FlaskClient, work: Casework
) -> None:
    matter = work.answered(
        unit=OTHER_UNIT, decision_url="https://example.org/d", decision_case_number="4/2026"
    )
    shown = page(client, f"/matters/{matter.id}")
    for words in (
        "How we will know that it helped",
        '<span lang="fi">200,5 ihmistä suomeksi</span>',
        "Laskuri reitin varrella suomeksi",
        "6 and 12 months after it is done",
        '<a href="https://example.org/d" rel="noopener">4/2026</a>',
        "Answered by",
    ):
        assert words in shown
    said = work.answered(contract=None, unmeasured=both("Liian pieni"))
    assert "Liian pieni på svenska" in page(client, f"/matters/{said.id}", lang="sv")


def test_an_english_matter_answered_in_english_too(client: FlaskClient, work: Casework) -> None:
    more = {"en": "We build the lights"}
    matter = work.answered(
        sentence=both("Valot") | more,
        reasons=both("Syy") | {"en": "Many walk"},
        next_step=both("Työ") | {"en": "Work"},
        budget_line=None,
        contract=None,
        unmeasured=both("Pieni") | {"en": "Too small"},
    )
    shown = page(client, f"/matters/{matter.id}")
    assert '<p class="one">We build the lights</p>' in shown


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
    services.correct_answer(work.official, matter, answer(), WHY, 1)
    db.session.expire_all()
    shown = page(client, f"/matters/{matter.id}/answers")
    assert "Reason for the correction:" in shown


def test_an_answered_matter_is_closed_on_the_page_where_it_is_handled(
    official: FlaskClient, work: Casework
) -> None:
    matter = work.answered(**NO)
    assert "Close the matter" in page(official, f"/queue/{matter.id}")
    path = f"/queue/{matter.id}/acts/close"
    refused = send(official, path, 422, {"close-reason_fi": "Ei toimia"})
    assert 'id="act-close" open' in refused
    assert "Ei toimia" in refused
    assert 'href="#close-reason_sv"' in refused
    send(official, path, 303, {"close-reason_fi": "Ei toimia", "close-reason_sv": "Inga åtgärder"})
    assert matter.state == State.CLOSED
    assert "Close the matter" not in page(official, f"/queue/{matter.id}")


def test_the_way_to_the_composer_is_there_when_it_can_be_used(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    prepared, answered = work.prepared(), work.answered()
    for actor, sees in ((work.official, True), (work.registry, False)):
        sign_in(client, actor)
        for matter, words in (
            (prepared, "Write the answer"),
            (answered, "Correct the published answer"),
        ):
            assert (words in page(client, f"/queue/{matter.id}")) is sees
