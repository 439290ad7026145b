"""Supporting and signing: who may, who is named, what counts, and that no press is lost."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.queries import get_person
from app.authoring import services as authoring
from app.authoring.links import invitation_token
from app.city import services as city
from app.comments.rules import DiscussionRule
from app.core.access import ANONYMOUS, Actor, Role
from app.core.errors import DomainError
from app.extensions import db
from app.journal import Kind
from app.journal.queries import list_entries
from app.moderation.services import hide_matter
from app.proposals import services as proposals
from app.proposals import support as supporting
from app.proposals.lifecycle import MatterKind
from app.proposals.models import Matter, Support
from tests.casework import Casework
from tests.factories import Factory
from tests.pages import page, send
from tests.parallel import in_parallel

SignIn = Callable[[FlaskClient, Actor], None]
only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


def of_150_residents() -> None:
    """A city of 150, where three makers are two percent."""
    seed = deepcopy(city.read_seed())
    seed["municipality"]["population"]["value"] = 150
    city.seed_city(seed)


def sign(make: Factory, matter: Matter, home: str, **choice: Any) -> Actor:
    maker = make.actor()
    supporting.sign_initiative(maker, matter, supporting.Signature("Aino Maker", home), **choice)
    return maker


def sign_as(who: Actor, matter_id: int) -> None:
    matter = db.session.get_one(Matter, matter_id)
    supporting.sign_initiative(who, matter, supporting.Signature("Aino Maker", "Espoo"))


def numbers(matter_id: int) -> tuple[int, int, int]:
    """Supporters, makers, makers of this municipality, as kept."""
    db.session.rollback()
    known = db.session.get_one(Matter, matter_id)
    return known.supporters, known.makers, known.makers_here


def refusal(act: Callable[..., Any], *args: Any) -> str:
    with pytest.raises(DomainError) as caught:
        act(*args)
    return caught.value.code


def test_who_cannot_support_is_refused_for_the_reason_that_fits(make: Factory) -> None:
    author, guest, reader = make.actor(), make.actor(), make.actor()
    matter, draft, hidden, ended = make.matter(author), make.draft(), make.matter(), make.matter()
    join(author, guest, matter)
    hide_matter(make.actor(Role.MODERATOR), hidden, DiscussionRule.SPAM)
    proposals.withdraw_proposal(_starter(ended), ended, "Ei enää tarpeen")
    cases = [
        (ANONYMOUS, matter, "not_confirmed"),
        (make.person(confirmed=False).as_actor(), matter, "not_confirmed"),
        (author, matter, "support_own"),
        (guest, matter, "support_own"),
        (reader, draft, "support_draft"),
        (reader, hidden, "support_not_public"),
        (reader, ended, "support_closed"),
    ]
    for actor, what, code in cases:
        assert refusal(supporting.support_proposal, actor, what.id) == code
    assert db.session.scalars(select(Support)).all() == []


def join(author: Actor, guest: Actor, matter: Matter) -> None:
    invitation = authoring.invite(author, matter, None)
    authoring.accept(guest, invitation_token(invitation))


def _starter(matter: Matter) -> Actor:
    return get_person(matter.author_id or 0).as_actor()


@only_sqlite
def test_a_supporter_is_named_only_who_chose_it(
    client: FlaskClient, make: Factory, sign_in: SignIn
) -> None:
    matter, shown, silent = make.matter(), make.actor(), make.actor()
    own = f"/matters/{matter.id}"
    names = [f"Person {n}" for n in (shown.name.split()[-1], silent.name.split()[-1])]
    choices: list[tuple[Actor, dict[str, Any]]] = [(shown, {"is_public": "1"}), (silent, {})]
    for actor, fields in choices:
        sign_in(client, actor)
        send(client, f"{own}/support", **fields)
        send(client, f"{own}/support", **fields)
    listed = page(client, f"{own}/supporters")
    assert "2 people support this" in listed
    assert names[0] in listed.partition("<main")[2]
    assert names[1] not in listed.partition("<main")[2]
    send(client, f"{own}/support/name", show="1")
    assert names[1] in page(client, f"{own}/supporters").partition("<main")[2]
    send(client, f"{own}/support/name", show="0")
    send(client, f"{own}/unsupport")
    send(client, f"{own}/unsupport")
    visitor = client.application.test_client()
    listed = page(visitor, f"{own}/supporters")
    assert "1 person supports this" in listed
    assert names[1] not in listed
    assert numbers(matter.id) == (1, 0, 0)


def test_nobody_is_lost_or_counted_twice_when_all_press_at_once(make: Factory, app: Flask) -> None:
    matter_id = make.matter(kind=MatterKind.INITIATIVE).id
    twice, others = make.actor(), [make.actor() for _ in range(2)]
    people = [twice, twice, *others]
    db.session.rollback()
    acts = [lambda who=who: supporting.support_proposal(who, matter_id) for who in people]
    assert in_parallel(app, acts) == ["done"] * 4
    assert numbers(matter_id) == (3, 0, 0)

    acts = [lambda who=who: sign_as(who, matter_id) for who in people]
    assert in_parallel(app, acts) == ["done"] * 4
    assert numbers(matter_id) == (3, 3, 3)


def test_who_supports_and_signs_in_one_instant_is_counted_once(app: Flask, make: Factory) -> None:
    matter_id = make.matter(kind=MatterKind.INITIATIVE).id
    people = [make.actor() for _ in range(8)]
    db.session.rollback()
    acts = [lambda who=who: sign_as(who, matter_id) for who in people]
    acts += [lambda who=who: supporting.support_proposal(who, matter_id) for who in people]
    assert in_parallel(app, acts) == ["done"] * 16
    assert numbers(matter_id) == (8, 8, 8)


def test_only_makers_of_this_municipality_count_and_only_once(make: Factory) -> None:
    of_150_residents()
    matter = make.matter(kind=MatterKind.INITIATIVE)
    sign(make, matter, "Helsingfors")
    first = sign(make, matter, "espoo")
    supporting.sign_initiative(first, matter, supporting.Signature("Aino Maker", "Espoo"))
    sign(make, matter, "049")
    assert numbers(matter.id) == (3, 3, 2)
    assert _thresholds(matter) == []
    supporting.withdraw_signature(first, matter)
    supporting.withdraw_signature(first, matter)
    assert numbers(matter.id) == (2, 2, 1)
    supporting.support_proposal(first, matter.id)
    supporting.sign_initiative(first, matter, supporting.Signature("Aino Maker", "Esbo"))
    supporting.withdraw_support(first, matter.id)
    assert numbers(matter.id) == (3, 3, 2), "a signature is not taken back as support"
    sign(make, matter, "Espoo")
    sign(make, matter, "Espoo")
    assert [facts["makers"] for facts in _thresholds(matter)] == [3]
    assert refusal(supporting.withdraw_signature, first, matter) == "signature_stays"
    assert numbers(matter.id) == (5, 5, 4)


def _thresholds(matter: Matter) -> list[dict[str, Any]]:
    return [
        json.loads(e.facts)
        for e in list_entries("matter", matter.id)
        if e.kind == Kind.MAKERS_THRESHOLD
    ]


def test_a_signature_needs_a_name_a_known_municipality_and_an_initiative(make: Factory) -> None:
    matter = make.matter(kind=MatterKind.INITIATIVE)
    proposal, actor = make.matter(), make.actor()
    for what, name, home, code in (
        (matter, " \u200b x", "Espoo", "maker_name"),
        (matter, "Aino Maker", "Atlantis", "maker_municipality"),
        (proposal, "Aino Maker", "Espoo", "not_an_initiative"),
    ):
        signature = supporting.Signature(name, home)
        assert refusal(supporting.sign_initiative, actor, what, signature) == code
    assert db.session.scalars(select(Support)).all() == []


@only_sqlite
def test_makers_names_are_for_those_who_handle_the_initiative(
    client: FlaskClient, make: Factory, sign_in: SignIn
) -> None:
    work = Casework(make)
    matter = work.prepared(kind=MatterKind.INITIATIVE)
    sign(make, matter, "Vantaa")
    own = f"/matters/{matter.id}"
    assert "Aino Maker" not in page(client, own) + page(client, f"{own}/supporters")
    outsider = make.actor(Role.OFFICIAL, unit="sports")
    for actor, status in ((work.official, 200), (work.registry, 200), (outsider, 403)):
        sign_in(client, actor)
        listed = page(client, f"{own}/makers", status)
        assert ("Aino Maker" in listed and "Vantaa" in listed) == (status == 200)
    sign_in(client, make.actor())
    assert client.get(f"/en{own}/makers").status_code == 403
    sign_in(client, sign(make, matter, "Espoo", is_public=True))
    assert "You can take the signature back" in page(client, own)
    listed = page(client.application.test_client(), f"{own}/supporters")
    assert "Aino Maker" in listed
    assert "Espoo, declared by the maker" in listed
    send(client, f"{own}/unsign")
    assert numbers(matter.id) == (1, 1, 0)
