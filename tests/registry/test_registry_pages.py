"""The pages of the registry: who may open them, what the inbox shows, every form."""

import html
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.city import get_city
from app.city.models import Unit
from app.core import clock, topics
from app.core.access import Actor, Role
from app.core.command import command
from app.extensions import db
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from app.registry import queries
from app.registry.services import register_matter
from app.responses.services import start_preparation, transfer
from tests.casework import OTHER_UNIT, UNIT, WHY, Casework
from tests.factories import Factory
from tests.pages import counting, page, send

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)

SignIn = Callable[[FlaskClient, Actor], None]


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


PAGES = (("get", "/registry"), ("post", "/registry/{id}"), ("post", "/registry/{id}/acts/restore"))


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_only_the_registry_comes_in(
    client: FlaskClient, work: Casework, sign_in: SignIn, method: str, path: str
) -> None:
    address = "/en" + path.format(id=work.registered().id)
    response = getattr(client, method)(address)
    assert response.status_code == 303
    assert "/sign-in" in response.headers["Location"]
    for role in Role:
        if role != Role.REGISTRY:
            sign_in(client, work.make.actor(role))
            assert getattr(client, method)(address).status_code == 403, role
    sign_in(client, work.author)
    assert getattr(client, method)(address).status_code == 403


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
        "registry-transfer-authority": "hsl",
        "registry-transfer-reason_fi": "Bussit kuuluvat HSL:lle.",
        "registry-transfer-reason_sv": "Bussarna hör till HRT.",
    }
    send(client, f"/registry/{matter.id}/acts/transfer", **fields)
    assert matter.state == State.TRANSFERRED
    assert "Bring the matter back" in page(client, f"/queue/{matter.id}")


# ---------- the proposed unit ----------


def taken(work: Casework, count: int, unit: str, **fields: Any) -> None:
    """Matters that a unit has begun to prepare."""
    official = work.make.actor(Role.OFFICIAL, unit=unit)
    for _ in range(count):
        matter = work.published(**fields)
        register_matter(work.registry, matter, unit)
        start_preparation(official, matter)


def reason_of(client: FlaskClient, matter: Matter) -> str:
    shown = page(client, "/registry")
    return shown[shown.index(f'id="m{matter.id}"') :]


def test_past_routing_proposes_a_unit_and_says_so(
    client: FlaskClient, work: Casework, sign_in: SignIn, held: Any
) -> None:
    taken(work, 3, OTHER_UNIT)
    taken(work, 1, UNIT)
    here, elsewhere = work.published(), work.published(area="suur-tapiola", district="tapiola")
    sign_in(client, work.registry)
    said = "In 24 months it took 3 of 4 matters about the service"
    assert said in reason_of(client, here).split("</article>")[0]
    assert f'<option selected value="{OTHER_UNIT}">' in reason_of(client, here)
    assert "because the matter is about the service" in reason_of(client, elsewhere)
    held(clock.now() + timedelta(days=740))
    sign_in(client, work.make.actor(Role.REGISTRY))
    assert said not in page(client, "/registry")


def test_two_matters_are_no_habit_and_what_has_left_does_not_count(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    taken(work, 2, OTHER_UNIT)
    gone = work.prepared()
    transfer(work.official, gone, "hsl", WHY)
    work.published()
    sign_in(client, work.registry)
    assert "because the matter is about the service" in page(client, "/registry")


@command
def _close(unit: str) -> None:
    db.session.get_one(Unit, unit).closed_at = clock.today()
    topics.touch("city")


def test_a_closed_unit_is_never_proposed(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    matter = work.published()
    usual = get_city().unit_for(matter.service)
    taken(work, 3, usual)
    _close(usual)
    sign_in(client, work.registry)
    shown = page(client, "/registry")
    assert "No unit can be proposed. Choose one." in shown
    assert f'value="{usual}"' not in shown
    taken(work, 1, OTHER_UNIT, service="winter_maintenance")
    shown = page(client, "/registry")
    assert "The unit of the service takes no matters any more" in shown
    assert f'<option selected value="{OTHER_UNIT}">' in shown


def test_the_inbox_stays_within_its_queries(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    for _ in range(queries.PAGE + 2):
        work.published()
    sign_in(client, work.registry)
    page(client, "/registry")
    with counting() as statements:
        shown = page(client, "/registry")
    assert len(statements) <= 8, statements
    assert shown.count("<article") == queries.PAGE


# ---------- duplicates, spam, numbers ----------


def test_a_duplicate_is_found_and_joined_on_the_page(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    target = work.prepared(title="Suojatie koululle Tiistilään heti")
    twin = work.published(title="Suojatie koululle Tiistilään pian")
    sign_in(client, work.registry)
    shown = page(client, f"/queue/{twin.id}")
    assert target.title in shown
    assert f'href="/en/matters/{target.id}"' in shown
    names = {"into": "nothing", "reason_fi": "Sama asia", "reason_sv": "Samma sak"}
    path = f"/registry/{twin.id}/acts/merge"
    refused = send(client, path, 422, **{f"registry-merge-{k}": v for k, v in names.items()})
    assert "There is no open public matter with this number" in html.unescape(refused.text)
    names["into"] = f"http://localhost/fi/matters/{target.id}"
    send(client, path, **{f"registry-merge-{key}": value for key, value in names.items()})
    fresh = client.application.test_client()
    there, here = page(fresh, f"/matters/{twin.id}"), page(fresh, f"/matters/{target.id}")
    assert "it is handled there" in there
    assert f'href="/en/matters/{target.id}"' in there
    assert "The same is also asked in these matters" in here
    assert twin.title in here


def test_spam_and_wrong_numbers_on_the_page(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    spam, wrong = work.published(), work.registered()
    sign_in(client, work.registry)
    names = {"registry-dismiss-reason_fi": "Mainos", "registry-dismiss-reason_sv": "Reklam"}
    send(client, f"/registry/{spam.id}/acts/dismiss", **names)
    assert spam.title not in page(client, "/registry")
    shown = page(client, f"/queue/{spam.id}")
    assert "Bring the matter back" in shown
    assert "Open the matter again" not in shown
    assert "Open again" not in shown
    number = {"registry-number-number": "3/10.03.01/2026"}
    send(client, f"/registry/{wrong.id}/acts/number", **number)
    assert "3/10.03.01/2026" in page(client, f"/queue/{wrong.id}")
    fresh = client.application.test_client()
    assert "without handling" not in page(fresh, "/matters")
    sign_in(client, work.author)
    assert "The registry left this without handling" in page(client, f"/matters/{spam.id}")


def test_an_official_joins_own_unit_s_matters_and_does_nothing_else_of_the_registry(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    target, matter = work.prepared(), work.prepared()
    sign_in(client, work.official)
    shown = page(client, f"/queue/{matter.id}")
    assert "Join to another matter" in shown
    assert "Correct the case number" not in shown
    for key in ("transfer", "restore", "dismiss", "number"):
        send(client, f"/registry/{matter.id}/acts/{key}", 403)
    names = {"into": str(target.id), "reason_fi": "Sama", "reason_sv": "Samma"}
    path = f"/registry/{matter.id}/acts/merge"
    send(client, path, **{f"registry-merge-{key}": value for key, value in names.items()})
    assert matter.state == State.MERGED
