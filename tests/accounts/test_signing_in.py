"""Signing in and out, new passwords that end sessions, and where one lands afterwards."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts import passwords, services
from app.accounts.models import Person
from app.core.access import ANONYMOUS
from app.core.errors import Forbidden
from app.core.mail import OutboxMail
from app.extensions import db
from tests.factories import PASSWORD, Factory

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


def enter(client: FlaskClient, email: str, password: str = PASSWORD, **more: str) -> object:
    data = {"email": email, "password": password} | more
    return client.post("/en/sign-in", data=data)


def last_link() -> str:
    mail = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc())).first()
    return re.search(r"http://localhost(/\S+)", mail.body).group(1)


def is_inside(client: FlaskClient) -> bool:
    return client.get("/en/own").status_code == 200


def test_in_and_out(client: FlaskClient, make: Factory) -> None:
    person = make.person()
    assert client.get("/en/own").location == "/en/sign-in?next=/en/own"
    answer = enter(client, person.email)
    assert (answer.status_code, answer.location) == (303, "/fi/")
    assert is_inside(client)
    assert client.post("/en/sign-out").status_code == 303
    assert not is_inside(client)


@pytest.mark.parametrize("password", ["", "wrong one wrong one", PASSWORD + "x", "x" * 100_000])
def test_a_wrong_password_opens_nothing(client: FlaskClient, make: Factory, password: str) -> None:
    answer = enter(client, make.person().email, password)
    assert answer.status_code == 422
    assert "not right" in answer.text
    assert not is_inside(client)


@pytest.mark.parametrize(
    "email", ["", "nul\x00@example.org", "x" * 70_000, "a@b", "%", "a\nb@c.fi"]
)
def test_odd_addresses_are_wrong_addresses(client: FlaskClient, email: str) -> None:
    answer = enter(client, email)
    assert answer.status_code == 422
    assert "not right" in answer.text


def test_the_typed_address_is_kept_and_the_password_is_not(
    client: FlaskClient, make: Factory
) -> None:
    answer = enter(client, "somebody@example.org", "my secret secret")
    assert 'value="somebody@example.org"' in answer.text
    assert "my secret secret" not in answer.text


def test_signing_in_starts_a_new_session(client: FlaskClient, make: Factory) -> None:
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    enter(client, make.person().email)
    with client.session_transaction() as session:
        assert "planted" not in session


def test_a_changed_session_cookie_is_worth_nothing(client: FlaskClient, make: Factory) -> None:
    enter(client, make.person().email)
    cookie = client.get_cookie("kuuluu").value
    client.set_cookie("kuuluu", cookie[:-4] + "AAAA")
    assert not is_inside(client)


def test_a_hash_with_older_parameters_is_renewed_and_the_session_goes_on(
    client: FlaskClient, make: Factory
) -> None:
    weak = type(passwords.hasher)(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    person = make.person(password_hash=weak)
    other = client.application.test_client()
    enter(other, person.email)
    db.session.refresh(person)
    assert person.password_hash != weak
    enter(client, person.email)
    assert is_inside(client)
    assert is_inside(other)


class TestWhereOneLands:
    @pytest.mark.parametrize("target", ["/en/own", "/sv/own?x=1&y=2", "/en/matters/1#comment-2"])
    def test_on_the_page_one_came_for(
        self, client: FlaskClient, make: Factory, target: str
    ) -> None:
        assert enter(client, make.person().email, next=target).location == target

    @pytest.mark.parametrize(
        "target",
        [
            "https://evil.example",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/\r\nLocation: https://evil.example",
            "/en\x00",
            " //evil.example",
            "javascript:alert(1)",
            "evil.example",
            "http:evil.example",
            "https:/evil.example",
            "",
        ],
    )
    def test_never_on_another_site(self, client: FlaskClient, make: Factory, target: str) -> None:
        answer = enter(client, make.person().email, next=target)
        assert (answer.status_code, answer.location) == (303, "/fi/")

    def test_the_wish_survives_a_mistyped_password(
        self, client: FlaskClient, make: Factory
    ) -> None:
        answer = enter(client, make.person().email, "mistyped mistyped", next="/en/own")
        assert 'value="/en/own"' in answer.text

    def test_a_page_that_asks_for_signing_in_leads_back(
        self, client: FlaskClient, make: Factory
    ) -> None:
        page = client.get("/sv/own?from=menu", follow_redirects=True)
        wish = re.search(r'name="next"[^>]*value="([^"]*)"', page.text).group(1)
        assert enter(client, make.person().email, next=wish).location == "/sv/own?from=menu"


class TestNewPassword:
    def test_it_ends_every_session_and_the_old_password(
        self, client: FlaskClient, make: Factory
    ) -> None:
        person = make.person()
        enter(client, person.email)
        assert is_inside(client)
        elsewhere = client.application.test_client()
        elsewhere.post("/en/reset", data={"email": person.email})
        link = last_link()
        assert elsewhere.get(link).status_code == 200
        answer = elsewhere.post(link, data={"password": "quite another password"})
        assert answer.location == "/fi/sign-in"
        assert not is_inside(client)
        assert enter(client, person.email).status_code == 422
        assert enter(client, person.email, "quite another password").status_code == 303

    def test_the_link_works_once(self, client: FlaskClient, make: Factory) -> None:
        client.post("/en/reset", data={"email": make.person().email})
        link = last_link()
        assert client.post(link, data={"password": "quite another password"}).status_code == 303
        assert client.post(link, data={"password": "a third long password"}).status_code == 410

    @pytest.mark.parametrize(
        ("password", "told"), [("short", "vähintään 12"), ("x" * 201, "enintään 200"), ("", "12")]
    )
    def test_a_bad_password_is_explained_and_the_link_still_works(
        self, client: FlaskClient, make: Factory, password: str, told: str
    ) -> None:
        client.post("/en/reset", data={"email": make.person().email})
        link = last_link()
        answer = client.post(link, data={"password": password})
        assert answer.status_code == 422
        assert told in answer.text
        assert client.post(link, data={"password": "quite another password"}).status_code == 303

    def test_asking_changes_nothing_yet(self, client: FlaskClient, make: Factory) -> None:
        person = make.person()
        enter(client, person.email)
        client.application.test_client().post("/en/reset", data={"email": person.email})
        assert is_inside(client)
        assert enter(client, person.email).status_code == 303

    def test_the_link_confirms_an_address_that_never_was(
        self, client: FlaskClient, make: Factory
    ) -> None:
        person = make.person(confirmed=False)
        client.post("/en/reset", data={"email": person.email})
        client.post(last_link(), data={"password": "quite another password"})
        assert enter(client, person.email, "quite another password").status_code == 303

    def test_an_unknown_address_is_told_by_mail_only(self, client: FlaskClient) -> None:
        answer = client.post("/sv/reset", data={"email": "stranger@example.org"})
        assert answer.location == "/sv/mail-sent"
        assert last_link() == "/sv/register"

    @pytest.mark.parametrize("email", ["", "nul\x00@example.org", "x" * 70_000, "no address"])
    def test_what_is_no_address_is_refused(self, client: FlaskClient, email: str) -> None:
        answer = client.post("/en/reset", data={"email": email})
        assert answer.status_code == 422
        assert "Check the e-mail address" in answer.text


class TestOwnPage:
    @pytest.fixture
    def person(self, client: FlaskClient, make: Factory) -> Person:
        person = make.person()
        enter(client, person.email)
        return person

    def test_name_language_and_home_area_are_changed(
        self, client: FlaskClient, person: Person
    ) -> None:
        data = {"name": " New  name ", "language": "sv", "home_area": "suur-tapiola"}
        assert client.post("/en/own", data=data).location == "/sv/own"
        db.session.refresh(person)
        found = (person.name, person.language, person.home_area)
        assert found == ("New name", "sv", "suur-tapiola")
        assert person.as_actor().home_area == "suur-tapiola"

    def test_the_home_area_can_be_left_untold(self, client: FlaskClient, person: Person) -> None:
        data = {"name": "Name", "language": "fi", "home_area": "suur-tapiola"}
        client.post("/en/own", data=data)
        client.post("/en/own", data=data | {"home_area": ""})
        db.session.refresh(person)
        assert person.home_area is None

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"home_area": "atlantis"}, "Choose an area"),
            ({"home_area": "\x00"}, "Choose an area"),
            ({"language": "de"}, "Choose a language"),
            ({"language": ""}, "Choose a language"),
            ({"name": ""}, "Write the name"),
            ({"name": "x" * 90_000}, "at most 80"),
            ({"name": "\x00"}, "cannot be stored"),
        ],
    )
    def test_mistakes_are_explained_and_change_nothing(
        self, client: FlaskClient, person: Person, changes: dict, told: str
    ) -> None:
        data = {"name": "Name", "language": "fi", "home_area": ""} | changes
        answer = client.post("/en/own", data=data)
        assert answer.status_code == 422
        assert told in answer.text
        db.session.refresh(person)
        assert person.name == "Person 1"

    def test_it_is_one_s_own(self, client: FlaskClient, person: Person, make: Factory) -> None:
        other = make.person()
        data = {"name": "Mine", "language": "fi", "home_area": "", "id": str(other.id)}
        client.post("/en/own", data=data)
        db.session.refresh(other)
        assert other.name == "Person 2"

    def test_the_page_is_never_kept_by_others(self, client: FlaskClient, person: Person) -> None:
        assert client.get("/en/own").headers["Cache-Control"] == "private, no-store"


def test_a_profile_needs_somebody_signed_in(make: Factory) -> None:
    with pytest.raises(Forbidden):
        services.change_profile(ANONYMOUS, "Name", "fi", None)
