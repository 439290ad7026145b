"""Promises on the pages: settled where the matter is handled, seen beside the answer."""

import html
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.core.access import Actor
from app.extensions import db
from app.promises.models import PromiseState
from app.promises.queries import list_promises
from app.promises.services import keep_promise
from tests.casework import Casework, both, promise
from tests.factories import Factory
from tests.pages import page, send

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


def test_promises_are_settled_on_the_page(official: FlaskClient, work: Casework) -> None:
    matter = work.answered(
        promises=[promise(10, "Valot"), promise(20, "Penkit"), promise(30, "Portti")]
    )
    kept, moved, broken = list_promises([matter.id])[matter.id]
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


def test_a_refused_form_is_mended_where_its_promise_stands(
    official: FlaskClient, work: Casework
) -> None:
    matter = work.answered(promises=[promise(10, "Valot"), promise(20, "Penkit")])
    first, second = list_promises([matter.id])[matter.id]
    path = f"/queue/promises/{second.id}/move"
    name = f"move-{second.id}"
    fields = {"due": "2026-03-10", "reason_fi": "Myöhästyy", "reason_sv": "Försenas"}
    refused = send(official, path, 422, **{f"{name}-{key}": text for key, text in fields.items()})
    text = html.unescape(refused.text)
    assert "Choose a day that is later than the present one." in text
    assert "Myöhästyy" in text
    assert f'id="act-{name}" open' in text
    assert f'id="act-move-{first.id}" open' not in text


def test_an_unknown_promise_or_act_is_not_found(official: FlaskClient, work: Casework) -> None:
    send(official, "/queue/promises/77/keep", 404)
    matter = work.answered(promises=[promise()])
    (item,) = list_promises([matter.id])[matter.id]
    send(official, f"/queue/promises/{item.id}/destroy", 404)


def test_a_kept_promise_shows_its_evidence(client: FlaskClient, work: Casework) -> None:
    matter = work.answered(promises=[promise()])
    (item,) = list_promises([matter.id])[matter.id]
    before = page(client, f"/matters/{matter.id}")
    keep_promise(work.official, item, both("Valot näkyvät kadulle"))
    after = page(client, f"/matters/{matter.id}")
    assert "Valot näkyvät kadulle" not in before
    assert "Valot näkyvät kadulle suomeksi" in after
    assert "Kept on 9/3/2026, 30 days early" in after
