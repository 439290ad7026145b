"""The pages of the registry and the officials: who may open them, what they show, every form."""

import html
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.answers import services as answers
from app.core import clock
from app.core.access import Actor, Role
from app.extensions import db
from app.outcomes import services as outcomes
from app.proposals import services as proposals
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from app.registry.services import register_matter
from app.responses import services
from tests.casework import NO, OTHER_UNIT, UNIT, WHY, Casework, answer, both, in_days
from tests.factories import Factory
from tests.pages import counting, page, send

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)

SignIn = Callable[[FlaskClient, Actor], None]


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


@pytest.fixture
def official(client: FlaskClient, work: Casework, sign_in: SignIn) -> FlaskClient:
    """A browser in which the unit's official has signed in."""
    sign_in(client, work.official)
    return client


PAGES = {
    ("get", "/queue"): (Role.OFFICIAL,),
    ("get", "/queue/{id}"): (Role.REGISTRY, Role.OFFICIAL),
    ("post", "/queue/{id}/acts/start"): (Role.REGISTRY, Role.OFFICIAL),
    ("post", "/queue/{id}/notes"): (Role.REGISTRY, Role.OFFICIAL),
    ("post", "/queue/{id}/notes/1/remove"): (Role.REGISTRY, Role.OFFICIAL),
    ("post", "/queue/{id}/offer/accept"): (Role.OFFICIAL,),
    ("post", "/queue/{id}/offer/return"): (Role.OFFICIAL,),
    ("post", "/queue/assign"): (Role.OFFICIAL,),
    ("get", "/queue/templates"): (Role.OFFICIAL,),
    ("get", "/queue/templates/new"): (Role.OFFICIAL,),
    ("post", "/queue/templates/1/delete"): (Role.OFFICIAL,),
    ("post", "/queue/promises/1/keep"): (Role.OFFICIAL,),
    ("get", "/queue/{id}/answer"): (Role.OFFICIAL,),
    ("post", "/queue/{id}/answer"): (Role.OFFICIAL,),
    ("get", "/queue/{id}/correction"): (Role.OFFICIAL,),
    ("post", "/queue/{id}/correction"): (Role.OFFICIAL,),
    ("post", "/queue/{id}/implementing"): (Role.OFFICIAL,),
    ("post", "/queue/{id}/implemented"): (Role.OFFICIAL,),
    ("post", "/queue/{id}/evaluation"): (Role.OFFICIAL,),
    ("post", "/queue/{id}/reopening"): (Role.REGISTRY, Role.OFFICIAL),
}


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_only_the_named_roles_come_in(
    client: FlaskClient, work: Casework, sign_in: SignIn, method: str, path: str
) -> None:
    matter = work.registered()
    address = "/en" + path.format(id=matter.id)
    response = getattr(client, method)(address)
    assert response.status_code == 303
    assert "/sign-in" in response.headers["Location"]
    allowed = PAGES[method, path]
    for role in Role:
        if role not in allowed:
            sign_in(client, work.make.actor(role))
            assert getattr(client, method)(address).status_code == 403, role
    sign_in(client, work.author)
    assert getattr(client, method)(address).status_code == 403


@pytest.mark.parametrize(
    ("method", "path"), [key for key in PAGES if "{id}/" in key[1] and "/offer/" not in key[1]]
)
def test_an_official_of_another_unit_does_nothing(
    client: FlaskClient, work: Casework, sign_in: SignIn, method: str, path: str
) -> None:
    matter = work.prepared()
    sign_in(client, work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT))
    fields = {f"{part}_{code}": "Syy" for part in ("evidence", "reason") for code in ("fi", "sv")}
    address = "/en" + path.format(id=matter.id)
    options = {"data": fields} if method == "post" else {}
    assert getattr(client, method)(address, **options).status_code in (403, 409)
    db.session.expire_all()
    assert matter.state == State.IN_PREPARATION
    assert page(client, f"/queue/{matter.id}", 403)


# ---------- the queue ----------


def test_the_queue_has_late_ones_first_and_only_the_own_units(
    official: FlaskClient, work: Casework, held: Any
) -> None:
    start = clock.now()
    late = work.prepared(kind="feedback", title="Myöhässä oleva palaute")
    soon = work.prepared(title="Tavallinen ehdotus reitistä")
    waiting = work.prepared(title="Tekijältä kysytty asia")
    services.estimate(work.official, waiting, in_days(30), "Katutekniikka")
    services.ask_author(work.official, waiting, both("Missä?"))
    other = work.published(title="Toisen yksikön asia tässä")
    register_matter(work.registry, other, OTHER_UNIT)
    closed = work.answered(**NO)
    answers.close_matter(work.official, closed, WHY)
    held(start + timedelta(days=20))
    shown = page(official, "/queue")
    places = [shown.index(matter.title) for matter in (late, soon, waiting)]
    assert places == sorted(places)
    assert other.title not in shown
    assert closed.title not in shown
    assert "3 open · 1 late" in shown
    assert "Answer 6 days late" in shown
    assert "The clock stands: waiting for the author" in shown


def test_an_empty_queue_says_where_matters_come_from(official: FlaskClient) -> None:
    assert "The queue is empty" in page(official, "/queue")


# ---------- one matter ----------


def test_the_page_of_a_matter_shows_what_can_be_done_now(
    official: FlaskClient, work: Casework
) -> None:
    matter = work.registered()
    shown = page(official, f"/queue/{matter.id}")
    assert "Start preparing" in shown
    assert "Write the answer" not in shown
    assert f"Registered with case number {matter.case_number}" in shown
    send(official, f"/queue/{matter.id}/acts/start")
    shown = page(official, f"/queue/{matter.id}")
    assert "Preparation has started." in shown
    assert "Write the answer" in shown
    for title in ("Ask the author", "Offer to another unit", "Take more time publicly"):
        assert title in shown
    assert "Bring the matter back" not in shown
    assert "Close the matter" not in shown


ACT_FORMS: dict[str, dict[str, str]] = {
    "ask": {"ask-text_fi": "Missä?", "ask-text_sv": "Var?"},
    "estimate": {"estimate-until": "2026-04-20", "estimate-contact": "Katutekniikka"},
    "body": {"body-body": "tela", "body-meeting": "2026-04-22"},
    "extend": {"extend-until": "2026-07-01", "extend-reason_fi": "Syy", "extend-reason_sv": "Skäl"},
    "hand_over": {
        "hand_over-unit": OTHER_UNIT,
        "hand_over-reason_fi": "Syy",
        "hand_over-reason_sv": "Skäl",
    },
    "transfer": {
        "transfer-authority": "hsl",
        "transfer-reason_fi": "Syy",
        "transfer-reason_sv": "Skäl",
    },
}


@pytest.mark.parametrize("act", ACT_FORMS)
def test_each_act_is_done_with_its_form(official: FlaskClient, work: Casework, act: str) -> None:
    matter = work.prepared()
    assert f"/queue/{matter.id}/acts/{act}" in page(official, f"/queue/{matter.id}")
    response = send(official, f"/queue/{matter.id}/acts/{act}", **ACT_FORMS[act])
    assert response.headers["Location"] == f"/en/queue/{matter.id}"


@pytest.mark.parametrize("act", ACT_FORMS)
def test_an_unfinished_form_keeps_what_was_typed(
    official: FlaskClient, work: Casework, act: str
) -> None:
    matter = work.prepared()
    *kept, (left_out, _) = ACT_FORMS[act].items()
    refused = send(official, f"/queue/{matter.id}/acts/{act}", 422, **dict(kept))
    text = html.unescape(refused.text)
    assert "Fix one thing, then you can go on" in text
    assert f'href="#{left_out}"' in text
    assert f'id="act-{act}" open' in text
    for _, value in kept:
        assert value in text
    assert matter.state == State.IN_PREPARATION


def test_a_refusal_of_the_command_is_told_in_the_form(
    official: FlaskClient, work: Casework
) -> None:
    matter = work.prepared()
    fields = {**ACT_FORMS["extend"], "extend-until": "2026-03-20"}
    refused = send(official, f"/queue/{matter.id}/acts/extend", 422, **fields)
    assert "Choose a day that is later than the present one." in refused.text


def test_the_other_acts_of_waiting(official: FlaskClient, work: Casework) -> None:
    asked = work.prepared()
    services.ask_author(work.official, asked, both("Missä?"))
    shown = page(official, f"/queue/{asked.id}")
    assert "Go on without a reply" in shown
    assert "Take more time publicly" not in shown
    reason = {"resume-reason_fi": "Ei vastausta", "resume-reason_sv": "Inget svar"}
    send(official, f"/queue/{asked.id}/acts/resume", **reason)
    assert asked.state == State.IN_PREPARATION
    at_body = work.prepared()
    services.send_to_body(work.official, at_body, "tela", in_days(3))
    send(official, f"/queue/{at_body.id}/acts/back")
    assert at_body.state == State.IN_PREPARATION


def test_assigning_lists_the_units_officials_but_not_the_author(
    official: FlaskClient, work: Casework
) -> None:
    colleague = work.make.actor(Role.OFFICIAL, unit=UNIT)
    matter = work.registered(author=colleague)
    shown = page(official, f"/queue/{matter.id}")
    assert f'<option value="{colleague.person_id}">' not in shown
    send(
        official,
        f"/queue/{matter.id}/acts/assign",
        **{"assign-person": str(work.official.person_id)},
    )
    assert matter.assignee_id == work.official.person_id
    send(official, f"/queue/{matter.id}/acts/assign", **{"assign-person": ""})
    assert matter.assignee_id is None
    refused = {"assign-person": str(colleague.person_id)}
    send(official, f"/queue/{matter.id}/acts/assign", 422, **refused)


def test_an_unknown_act_is_not_found(official: FlaskClient, work: Casework) -> None:
    matter = work.prepared()
    send(official, f"/queue/{matter.id}/acts/destroy", 404)


def test_an_act_that_came_too_late_is_refused(official: FlaskClient, work: Casework) -> None:
    matter = work.answered()
    refused = send(official, f"/queue/{matter.id}/acts/ask", 409, **ACT_FORMS["ask"])
    text = html.unescape(refused.text)
    assert "A colleague was faster" in text
    assert "because the matter has moved on. The last step, 9/3/2026" in text.replace("\u202f", " ")
    assert "Answered, version 1." in text
    assert all(words in text for words in ACT_FORMS["ask"].values()), "what was typed is there"


def test_the_history_tells_reasons_in_words(official: FlaskClient, work: Casework) -> None:
    matter = work.prepared()
    services.extend(work.official, matter, in_days(90), both("Odotamme mittausta"))
    services.ask_author(work.official, matter, both("Missä kohdassa?"))
    services.reply(work.author, matter, "Olarin päässä.")
    shown = page(official, f"/queue/{matter.id}")
    for words in (
        "The deadline was moved to a later day",
        "Odotamme mittausta suomeksi",
        "The author replied",
        "Olarin päässä.",
        "(first <s>8/5/2026</s>)",
    ):
        assert words in shown


@pytest.mark.parametrize(
    "stage", ["registered", "prepared", "answered", "implementing", "implemented"]
)
def test_every_stage_has_a_page_for_officials_and_for_the_registry(
    client: FlaskClient, work: Casework, sign_in: SignIn, stage: str
) -> None:
    matter: Matter = getattr(work, stage)()
    for actor in (work.official, work.registry):
        sign_in(client, actor)
        with counting() as statements:
            shown = page(client, f"/queue/{matter.id}")
        assert shown.count("<h1") == 1
        assert len(statements) <= 32, "\n".join(statements)


def test_exits_have_a_page_too(official: FlaskClient, work: Casework) -> None:
    withdrawn = work.registered()
    proposals.withdraw_proposal(work.author, withdrawn, "En tarvitse enää.")
    page(official, f"/queue/{withdrawn.id}")
    evaluated = work.judged()
    outcomes.evaluate(work.official, evaluated)
    assert "Did it help?" in page(official, f"/queue/{evaluated.id}")
    corrected = work.answered()
    answers.correct_answer(work.official, corrected, answer(), WHY, 1)
    assert "The answer was corrected, version 2" in page(official, f"/queue/{corrected.id}")


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
    assert "Write your reply first." in send(client, f"{path}/reply", 422, text=" ").text
    send(client, f"{path}/reply", 303, text="Olarin päässä.")
    assert matter.state == State.IN_PREPARATION
    assert "The city asks you" not in page(client, path)
    send(client, f"{path}/reply", 409, text="Vielä yksi asia.")


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
