"""Administrators give and end roles on their page."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from app.accounts import services
from app.accounts.models import Person, RoleGrant
from app.admin import queries
from app.core import clock, paging
from app.core.access import SYSTEM, Actor, Role
from app.core.errors import NotFound
from app.extensions import db
from tests.factories import Factory

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
PAGE = "/en/admin/roles"


@pytest.fixture
def boss(client: FlaskClient, make: Factory, sign_in: object) -> Actor:
    """The administrator who is signed in on the client."""
    actor = make.actor(Role.ADMINISTRATOR)
    sign_in(client, actor)
    return actor


def give(client: FlaskClient, email: str, **fields: str) -> object:
    return client.post(PAGE, data={"email": email, "role": "moderator", "place": ""} | fields)


def grants(person: Person) -> list[RoleGrant]:
    query = select(RoleGrant).where(RoleGrant.person_id == person.id).order_by(RoleGrant.id)
    return list(db.session.scalars(query))


@pytest.mark.parametrize("role", [None, *(role for role in Role if role != "administrator")])
@pytest.mark.parametrize("path", [PAGE, "/en/admin/mail", "/en/admin/mail/1"])
def test_others_may_not_look(
    client: FlaskClient, make: Factory, sign_in: object, role: Role | None, path: str
) -> None:
    assert client.get(path).status_code == 303
    sign_in(client, make.actor(role))
    assert client.get(path).status_code == 403


def test_others_may_not_give_or_end(client: FlaskClient, make: Factory, sign_in: object) -> None:
    person = make.person()
    grant = services.grant_role(SYSTEM, person, Role.CLERK)
    for actor in (None, make.actor(Role.MANAGER)):
        if actor:
            sign_in(client, actor)
        assert give(client, person.email).status_code in (303, 403)
        assert client.post(f"{PAGE}/{grant.id}/end").status_code in (303, 403)
    assert [g.ends for g in grants(person)] == [None]


def test_a_role_is_given_by_address(client: FlaskClient, boss: Actor, make: Factory) -> None:
    person = make.person()
    answer = give(
        client,
        person.email.upper(),
        role="official",
        place="unit:street_engineering",
        starts="2026-04-01",
        last="2026-12-31",
    )
    assert (answer.status_code, answer.location) == (303, PAGE)
    (grant,) = grants(person)
    assert (grant.role, grant.unit, grant.body) == (Role.OFFICIAL, "street_engineering", None)
    assert (grant.starts.isoformat(), grant.ends.isoformat()) == ("2026-04-01", "2027-01-01")
    assert grant.granted_by == boss.person_id
    page = client.get(PAGE).text
    assert "The role is given." in page
    assert "City Engineering Centre" in page
    assert "1/4/2026 to 31/12/2026" in page
    assert "Begins in 23 days" in page


def test_a_councillor_is_given_a_body(client: FlaskClient, boss: Actor, make: Factory) -> None:
    person = make.person()
    give(client, person.email, role="councillor", place="body:tela")
    assert person.as_actor().bodies(Role.COUNCILLOR) == {"tela"}
    assert grants(person)[0].starts == clock.today()


def test_a_role_for_one_day_is_in_force_that_day(
    client: FlaskClient, boss: Actor, make: Factory, held: object
) -> None:
    person = make.person()
    give(client, person.email, starts="2026-03-09", last="2026-03-09")
    assert person.as_actor().has(Role.MODERATOR)
    held(clock.now() + timedelta(days=1))
    assert not person.as_actor().has(Role.MODERATOR)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"email": "nobody@example.org"}, "Nobody has an account"),
        ({"email": ""}, "Nobody has an account"),
        ({"email": "nul\x00@example.org"}, "Nobody has an account"),
        ({"email": "x" * 70_000}, "Nobody has an account"),
        ({"role": "king"}, "Not a valid choice"),
        ({"role": ""}, "Not a valid choice"),
        ({"place": "unit:nowhere"}, "unit or the whole city"),
        ({"place": "body:tela"}, "unit or the whole city"),
        ({"place": "unit:"}, "unit or the whole city"),
        ({"role": "councillor", "place": "unit:culture"}, "role is for a body"),
        ({"starts": "tomorrow"}, "Not a valid date"),
        ({"starts": "2026-02-30"}, "Not a valid date"),
        ({"last": "2026-03-08"}, "must not be before its first day"),
        ({"starts": "0001-01-01"}, "must not be before"),
        ({"last": "9999-12-31"}, "must not be before"),
    ],
)
def test_a_mistake_is_told_and_what_was_typed_stays(
    client: FlaskClient, boss: Actor, make: Factory, fields: dict[str, str], told: str
) -> None:
    person = make.person()
    answer = give(client, **({"email": person.email, "starts": "2026-03-09"} | fields))
    assert answer.status_code == 422
    assert told in answer.text
    assert "error-summary" in answer.text
    if "email" not in fields:
        assert f'value="{person.email}"' in answer.text
    assert grants(person) == []


def test_an_account_without_a_confirmed_address_gets_no_role(
    client: FlaskClient, boss: Actor, make: Factory
) -> None:
    answer = give(client, make.person(confirmed=False).email)
    assert answer.status_code == 422
    assert "has not confirmed" in answer.text


def test_pressing_the_button_twice_gives_one_role(
    client: FlaskClient, boss: Actor, make: Factory
) -> None:
    person = make.person()
    assert give(client, person.email).status_code == 303
    answer = give(client, person.email)
    assert answer.status_code == 422
    assert "End the old one first" in answer.text
    assert len(grants(person)) == 1


def test_ended_roles_move_to_their_own_list(
    client: FlaskClient, boss: Actor, make: Factory
) -> None:
    person = make.person(name="Zacharias")
    grant = services.grant_role(SYSTEM, person, Role.CLERK)
    assert "Zacharias" in client.get(PAGE).text
    assert "Zacharias" not in client.get(f"{PAGE}?show=ended").text
    assert client.post(f"{PAGE}/{grant.id}/end").location == PAGE
    assert "The role has ended." in client.get(PAGE).text
    assert "Zacharias" not in client.get(PAGE).text
    page = client.get(f"{PAGE}?show=ended").text
    assert "Zacharias" in page
    assert f"/{grant.id}/end" not in page


def test_the_own_administration_stays(client: FlaskClient, boss: Actor) -> None:
    grant = db.session.scalars(select(RoleGrant)).one()
    assert f"/{grant.id}/end" not in client.get(PAGE).text
    answer = client.post(f"{PAGE}/{grant.id}/end")
    assert answer.status_code == 403
    assert "Ask another administrator" in answer.text


@pytest.mark.parametrize("grant_id", ["999", "0", "99999999999999999999999", "x", "-1"])
def test_ending_what_is_not_there(client: FlaskClient, boss: Actor, grant_id: str) -> None:
    assert client.post(f"{PAGE}/{grant_id}/end").status_code == 404


def test_long_lists_are_paged_with_few_queries(
    client: FlaskClient, boss: Actor, make: Factory
) -> None:
    for _ in range(queries.PAGE_SIZE + 5):
        make.actor(Role.CLERK)
    count = 0

    def counted(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        nonlocal count
        count += statement != "BEGIN"

    event.listen(db.engine, "before_cursor_execute", counted)
    first = client.get(PAGE)
    event.remove(db.engine, "before_cursor_execute", counted)
    assert count <= 4
    assert "Next page" in first.text
    assert "person1@" not in first.text
    page = queries.page_grants(ended=False, cursor=None)
    second = client.get(f"{PAGE}?page={page.next}").text
    assert "person1@" in second
    assert "Next page" not in second
    assert "Previous page" in second


@pytest.mark.parametrize("key", [[], ["x"], [10**40], [-1], [1, 2], [None], [1e400]])
def test_a_broken_place_in_the_list_is_not_found(
    client: FlaskClient, boss: Actor, key: list
) -> None:
    for path in (PAGE, "/en/admin/mail"):
        assert client.get(f"{path}?page={paging.encode('n', key)}").status_code == 404
    with pytest.raises(NotFound):
        queries.page_mail("%%%")
