"""The pages of the registry and the officials: who may open them, what they show, every form."""

import html
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from app.accounts import services as accounts
from app.accounts.queries import get_person
from app.core import clock
from app.core.access import SYSTEM, Actor, Role
from app.extensions import db
from app.outcomes import services as outcomes
from app.proposals import services as proposals
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from app.responses import queries, services
from app.responses.models import PromiseState
from tests.casework import NO, OTHER_UNIT, UNIT, WHY, Casework, answer, both, in_days, promise
from tests.factories import Factory

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


@contextmanager
def counting() -> Iterator[list[str]]:
    """The statements that are run inside."""
    found: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        found.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def page(client: FlaskClient, path: str, status: int = 200) -> str:
    response = client.get(f"/en{path}")
    assert response.status_code == status, response.text
    return html.unescape(response.text)


def send(client: FlaskClient, path: str, status: int = 303, **fields: str) -> Any:
    response = client.post(f"/en{path}", data=fields)
    assert response.status_code == status, html.unescape(response.text)
    return response


PAGES = {
    ("get", "/registry"): (Role.REGISTRY,),
    ("post", "/registry/{id}"): (Role.REGISTRY,),
    ("get", "/queue"): (Role.OFFICIAL,),
    ("get", "/queue/{id}"): (Role.REGISTRY, Role.OFFICIAL),
    ("post", "/queue/{id}/acts/start"): (Role.REGISTRY, Role.OFFICIAL),
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
    ("method", "path"), [key for key, roles in PAGES.items() if "{id}/" in key[1]]
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


# ---------- the registry ----------


def test_the_inbox_shows_the_oldest_first_and_proposes_a_unit(
    client: FlaskClient, work: Casework, sign_in: SignIn, held: Any
) -> None:
    first = work.published(
        title="Suojatie koululle Tiistilään", theme="traffic", service="crossings"
    )
    held(clock.now() + timedelta(days=1))
    second = work.published()
    work.registered()
    sign_in(client, work.registry)
    shown = page(client, "/registry")
    assert shown.index(first.title) < shown.index(second.title)
    assert "2 are waiting" in shown
    assert "Proposed: City Planning Department, because the matter is about the service" in shown
    assert '<option selected value="city_planning">' in shown
    assert "Case number by" in shown


def test_registering_in_the_inbox(client: FlaskClient, work: Casework, sign_in: SignIn) -> None:
    matter = work.published()
    sign_in(client, work.registry)
    name = f"m{matter.id}-"
    refused = send(
        client,
        f"/registry/{matter.id}",
        422,
        **{name + "unit": OTHER_UNIT, name + "case_number": "seven"},
    )
    text = html.unescape(refused.text)
    assert "Write the case number like this: 123/10.03.01/2026." in text
    assert 'value="seven"' in text
    assert f'<option selected value="{OTHER_UNIT}">' in text
    send(client, f"/registry/{matter.id}", **{name + "unit": OTHER_UNIT})
    assert (matter.holder_unit, matter.case_number) == (OTHER_UNIT, "1/10.03.01/2026")
    shown = page(client, "/registry")
    assert "Registered with case number 1/10.03.01/2026." in shown
    assert "Nothing is waiting" in shown


def test_two_clerks_register_the_same_matter(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    matter = work.registered()
    sign_in(client, work.registry)
    send(client, f"/registry/{matter.id}", 409, **{f"m{matter.id}-unit": UNIT})


def test_the_registry_transfers_what_is_not_the_citys(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    matter = work.published()
    sign_in(client, work.registry)
    shown = page(client, f"/queue/{matter.id}")
    assert "Transfer to another authority" in shown
    assert "Hand over" not in shown
    fields = {
        "transfer-authority": "hsl",
        "transfer-reason_fi": "Bussit kuuluvat HSL:lle.",
        "transfer-reason_sv": "Bussarna hör till HRT.",
    }
    send(client, f"/queue/{matter.id}/acts/transfer", **fields)
    assert matter.state == State.TRANSFERRED
    assert "Bring the matter back" in page(client, f"/queue/{matter.id}")


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
    services.register_matter(work.registry, other, OTHER_UNIT)
    closed = work.answered(**NO)
    services.close_matter(work.official, closed, WHY)
    held(start + timedelta(days=20))
    shown = page(official, "/queue")
    places = [shown.index(matter.title) for matter in (late, soon, waiting)]
    assert places == sorted(places)
    assert other.title not in shown
    assert closed.title not in shown
    assert "3 open · 1 late" in shown
    assert "Answer 6 days late" in shown
    assert "The clock stands: waiting for the author" in shown


def test_the_queue_narrows_to_own_matters_and_to_one_unit(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    accounts.grant_role(
        SYSTEM, get_person(work.official.person_id or 0), Role.OFFICIAL, unit=OTHER_UNIT
    )
    sign_in(client, work.official)
    mine, free = work.registered(title="Minun oma työni nyt"), work.registered()
    services.assign_matter(work.official, mine, get_person(work.official.person_id or 0))
    other = work.published(title="Liikuntapalvelujen asia tässä")
    services.register_matter(work.registry, other, OTHER_UNIT)
    everything = page(client, "/queue")
    assert all(matter.title in everything for matter in (mine, free, other))
    own = page(client, "/queue?mine=1")
    assert mine.title in own
    assert free.title not in own
    one = page(client, f"/queue?unit={OTHER_UNIT}")
    assert other.title in one
    assert mine.title not in one
    assert free.title in page(client, "/queue?unit=premises")  # not theirs: the whole queue


def test_a_long_queue_is_paged_within_its_queries(official: FlaskClient, work: Casework) -> None:
    matters = [work.registered() for _ in range(queries.PAGE + 3)]
    page(official, "/queue")
    with counting() as statements:
        first = page(official, "/queue")
    assert len(statements) <= 8, statements
    address = re.search(r'href="/en(/queue\?page=[^"]+)" rel="next"', first)
    assert address
    second = page(official, address.group(1))
    assert [m.title in first for m in matters].count(True) == queries.PAGE
    assert [m.title in second for m in matters].count(True) == 3
    assert "Previous page" in second
    assert page(official, "/queue?page=rubbish", 404)


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
    for title in ("Ask the author", "Hand over to another unit", "Take more time publicly"):
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
    target = "/en/queue" if act == "hand_over" else f"/en/queue/{matter.id}"
    assert response.headers["Location"] == target


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


def test_the_other_acts_of_waiting_and_closing(official: FlaskClient, work: Casework) -> None:
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
    answered = work.answered(**NO)
    reason = {"close-reason_fi": "Ei toimia", "close-reason_sv": "Inga åtgärder"}
    send(official, f"/queue/{answered.id}/acts/close", **reason)
    assert answered.state == State.CLOSED


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


def test_an_unknown_act_or_promise_is_not_found(official: FlaskClient, work: Casework) -> None:
    matter = work.prepared()
    send(official, f"/queue/{matter.id}/acts/destroy", 404)
    send(official, "/queue/promises/77/keep", 404)


def test_an_act_that_came_too_late_is_refused(official: FlaskClient, work: Casework) -> None:
    matter = work.answered()
    send(official, f"/queue/{matter.id}/acts/ask", 409, **ACT_FORMS["ask"])


def test_promises_are_settled_on_the_page(official: FlaskClient, work: Casework) -> None:
    matter = work.answered(
        promises=[promise(10, "Valot"), promise(20, "Penkit"), promise(30, "Portti")]
    )
    kept, moved, broken = queries.list_promises([matter.id])[matter.id]
    shown = page(official, f"/queue/{matter.id}")
    assert "Close the matter" not in shown
    refused = send(
        official, f"/queue/promises/{kept.id}/keep", 422, **{f"keep-{kept.id}-evidence_fi": "Näkyy"}
    )
    assert "Näkyy" in html.unescape(refused.text)
    for item, key, fields in (
        (kept, "keep", {"evidence_fi": "Näkyy", "evidence_sv": "Syns"}),
        (moved, "move", {"due": "2026-09-01", "reason_fi": "Syy", "reason_sv": "Skäl"}),
        (broken, "break", {"reason_fi": "Syy", "reason_sv": "Skäl"}),
    ):
        named = {f"{key}-{item.id}-{name}": value for name, value in fields.items()}
        send(official, f"/queue/promises/{item.id}/{key}", **named)
    db.session.expire_all()
    assert [p.state for p in (kept, moved, broken)] == [
        PromiseState.KEPT,
        PromiseState.OPEN,
        PromiseState.BROKEN,
    ]
    assert moved.due.isoformat() == "2026-09-01"
    send(
        official,
        f"/queue/promises/{kept.id}/break",
        409,
        **{f"break-{kept.id}-reason_fi": "x", f"break-{kept.id}-reason_sv": "x"},
    )


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
        assert len(statements) <= 24, len(statements)


def test_exits_have_a_page_too(official: FlaskClient, work: Casework) -> None:
    withdrawn = work.registered()
    proposals.withdraw_proposal(work.author, withdrawn, "En tarvitse enää.")
    page(official, f"/queue/{withdrawn.id}")
    evaluated = work.implemented()
    outcomes.evaluate(work.official, evaluated)
    assert "Did it help?" in page(official, f"/queue/{evaluated.id}")
    corrected = work.answered()
    services.correct_answer(work.official, corrected, answer(), WHY)
    assert "The answer was corrected, version 2" in page(official, f"/queue/{corrected.id}")
