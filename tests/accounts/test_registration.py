"""Registering: a button confirms the address, links work once, nobody learns who has an account."""

import re
import threading
import time
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts import passwords, services
from app.accounts.models import Person
from app.core import clock
from app.core.errors import Gone
from app.core.mail import OutboxMail
from app.extensions import db
from tests.factories import PASSWORD, Factory

ONE_DATABASE = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
FORM = {"email": "new@example.org", "name": "Newcomer", "password": "a new long password"}


def register(client: FlaskClient, **changes: str) -> object:
    return client.post("/en/register", data=FORM | changes)


def last_mail() -> OutboxMail:
    return db.session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc())).first()


def last_link() -> str:
    """The path of the only link in the newest message."""
    return re.search(r"http://localhost(/\S+)", last_mail().body).group(1)


def find(email: str) -> Person | None:
    return db.session.scalars(select(Person).where(Person.email == email)).first()


def test_registration_is_confirmed_by_pressing_the_button(client: FlaskClient) -> None:
    answer = register(client)
    assert (answer.status_code, answer.location) == (303, "/en/mail-sent")
    assert last_mail().recipient == "new@example.org"
    link = last_link()
    page = client.get(link)
    assert page.status_code == 200
    assert "<form" in page.text
    assert find("new@example.org").confirmed_at is None
    assert client.post(link).location == "/en/sign-in"
    db.session.rollback()
    assert find("new@example.org").confirmed_at is not None


@ONE_DATABASE
def test_mail_scanners_that_follow_the_link_confirm_nothing(client: FlaskClient) -> None:
    register(client)
    for _ in range(3):
        client.get(last_link())
        client.head(last_link())
    assert find("new@example.org").confirmed_at is None


@ONE_DATABASE
def test_nobody_signs_in_before_confirming(client: FlaskClient) -> None:
    register(client)
    answer = client.post("/en/sign-in", data=FORM)
    assert answer.status_code == 422
    assert "not right" in answer.text


@ONE_DATABASE
def test_the_link_comes_in_the_language_of_registering(client: FlaskClient) -> None:
    client.post("/sv/register", data=FORM)
    assert last_link().startswith("/sv/confirm/")
    assert find("new@example.org").language == "sv"


def test_registering_twice_at_once_makes_one_account(
    client: FlaskClient, context: Flask, held: object
) -> None:
    failures: list[BaseException] = []
    digest = passwords.digest(FORM["password"])
    start = threading.Barrier(4)

    def press() -> None:
        start.wait()
        with context.app_context(), context.test_request_context("/en/register"):
            try:
                services.register(FORM["email"], digest, FORM["name"], "en")
            except BaseException as error:
                failures.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    count = db.session.scalar(select(func.count()).where(Person.email == "new@example.org"))
    assert count == 1
    assert client.post(last_link()).status_code == 303


@ONE_DATABASE
class TestTokens:
    def test_a_link_works_once(self, client: FlaskClient) -> None:
        register(client)
        link = last_link()
        assert client.post(link).status_code == 303
        again = client.post(link)
        assert again.status_code == 410
        assert "not valid any more" in again.text
        assert client.get(link).status_code == 410

    def test_a_link_ends_after_three_days(self, client: FlaskClient, held: object) -> None:
        register(client)
        link = last_link()
        held(clock.now() + timedelta(days=3, seconds=-1))
        assert client.get(link).status_code == 200
        held(clock.now() + timedelta(seconds=2))
        assert client.get(link).status_code == 410
        assert client.post(link).status_code == 410
        assert find("new@example.org").confirmed_at is None

    def test_a_link_for_a_new_password_ends_after_an_hour(
        self, client: FlaskClient, make: Factory, held: object
    ) -> None:
        client.post("/en/reset", data={"email": make.person().email})
        link = last_link()
        held(clock.now() + timedelta(hours=1, seconds=1))
        assert client.get(link).status_code == 410

    @pytest.mark.parametrize("change", ["x", "", ".", "\x00", "ä", "a.b.c", "x" * 5000])
    def test_a_forged_link_is_refused(self, client: FlaskClient, change: str) -> None:
        register(client)
        forged = f"/en/confirm/{change}" if change else last_link()[:-1]
        assert client.get(forged).status_code == 410
        assert client.post(forged).status_code == 410

    def test_a_changed_link_is_refused(self, client: FlaskClient) -> None:
        register(client)
        link = last_link()
        swapped = link[:-3] + link[-3:].swapcase()
        assert swapped != link
        assert client.post(swapped).status_code == 410

    def test_a_link_for_one_purpose_does_not_serve_another(
        self, client: FlaskClient, make: Factory
    ) -> None:
        register(client)
        token = last_link().rpartition("/")[2]
        assert client.get(f"/en/reset/{token}").status_code == 410
        client.post("/en/reset", data={"email": make.person().email})
        token = last_link().rpartition("/")[2]
        assert client.post(f"/en/confirm/{token}").status_code == 410

    def test_registering_again_ends_the_first_link(self, client: FlaskClient) -> None:
        register(client)
        first = last_link()
        register(client, password="another long password")
        assert client.post(first).status_code == 410
        assert client.post(last_link()).status_code == 303

    def test_a_token_of_another_key_is_refused(self, client: FlaskClient, context: Flask) -> None:
        register(client)
        token = last_link().rpartition("/")[2]
        context.config["SECRET_KEY"] = "another key"
        with pytest.raises(Gone):
            services.check_token("confirm", token, services.CONFIRM_SECONDS)


@ONE_DATABASE
class TestNobodyLearnsWhoHasAnAccount:
    """For the visitor both answers are the same to the byte, and one message goes out."""

    @pytest.fixture
    def addresses(self, make: Factory) -> tuple[str, str]:
        return make.person().email, "stranger@example.org"

    def answers(self, client: FlaskClient, path: str, data: dict, emails: tuple) -> list[tuple]:
        seen = []
        for email in emails:
            before = db.session.scalar(select(func.count()).select_from(OutboxMail))
            answer = client.post(path, data=data | {"email": email})
            page = client.get(answer.location) if answer.location else answer
            db.session.rollback()
            after = db.session.scalar(select(func.count()).select_from(OutboxMail))
            text = page.text.replace(email, "")
            seen.append((answer.status_code, answer.location, text, after - before))
        return seen

    def test_when_registering(self, client: FlaskClient, addresses: tuple) -> None:
        known, unknown = self.answers(client, "/en/register", FORM, addresses)
        assert known == unknown
        assert known[0] == 303
        assert known[3] == 1

    def test_when_asking_for_a_new_password(self, client: FlaskClient, addresses: tuple) -> None:
        known, unknown = self.answers(client, "/en/reset", {}, addresses)
        assert known == unknown
        assert known[3] == 1

    def test_when_signing_in(self, client: FlaskClient, addresses: tuple) -> None:
        wrong = {"password": "not the right one"}
        known, unknown = self.answers(client, "/en/sign-in", wrong, addresses)
        assert known == unknown
        assert known[0] == 422

    def test_the_owner_is_told_that_there_is_an_account(
        self, client: FlaskClient, addresses: tuple
    ) -> None:
        before = find(addresses[0]).password_hash
        register(client, email=addresses[0], name="Somebody else")
        assert "an account already" not in client.get("/en/mail-sent").text
        db.session.rollback()
        owner = find(addresses[0])
        assert (owner.password_hash, owner.name) == (before, "Person 1")
        assert last_mail().recipient == addresses[0]
        assert "/reset" in last_mail().body

    def test_both_paths_cost_a_hash(self, client: FlaskClient, addresses: tuple) -> None:
        """Work is measured, not believed: each path takes at least half of what a hash takes."""
        client.post("/en/sign-in", data={"email": "warm@example.org", "password": "x"})
        hash_takes = min(_seconds(lambda: passwords.digest(PASSWORD)) for _ in range(3))
        for path, data in (("/en/register", FORM), ("/en/sign-in", {"password": "wrong one"})):
            for email in addresses:
                post = {"data": data | {"email": email}}
                assert _seconds(lambda p=path, d=post: client.post(p, **d)) >= hash_takes / 2


def _seconds(act: object) -> float:
    """Work of the processor, which does not depend on what else the machine does."""
    start = time.process_time()
    act()
    return time.process_time() - start


@ONE_DATABASE
class TestWhatIsTyped:
    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"email": "no address"}, "Check the e-mail address"),
            ({"email": ""}, "Check the e-mail address"),
            ({"email": "a@b"}, "Check the e-mail address"),
            ({"email": "x" * 300 + "@example.org"}, "Check the e-mail address"),
            ({"email": "x@" + "y" * 250 + ".org"}, "Check the e-mail address"),
            ({"email": "nul\x00@example.org"}, "Check the e-mail address"),
            ({"email": "a@example.org\nBcc: b@example.org"}, "Check the e-mail address"),
            ({"name": " "}, "Write the name"),
            ({"name": "x" * 81}, "at most 80"),
            ({"name": "nul\x00"}, "cannot be stored"),
            ({"password": "short"}, "at least 12"),
            ({"password": "x" * 201}, "at most 200"),
        ],
    )
    def test_a_mistake_is_explained_and_nothing_is_lost(
        self, client: FlaskClient, changes: dict, told: str
    ) -> None:
        answer = register(client, **changes)
        assert answer.status_code == 422
        assert told in answer.text
        assert "error-summary" in answer.text
        if "name" not in changes:
            assert 'value="Newcomer"' in answer.text
        assert FORM["password"] not in answer.text
        assert db.session.scalar(select(func.count()).select_from(OutboxMail)) == 0

    def test_the_spelling_of_an_address_does_not_matter(self, client: FlaskClient) -> None:
        register(client, email=" New@Example.ORG ")
        client.post(last_link())
        answer = client.post("/en/sign-in", data=FORM | {"email": "NEW@example.org"})
        assert answer.status_code == 303

    def test_an_international_domain_is_one_address_in_both_spellings(
        self, client: FlaskClient
    ) -> None:
        register(client, email="new@xn--exmple-cua.org")
        client.post(last_link())
        answer = client.post("/en/sign-in", data=FORM | {"email": "new@exämple.org"})
        assert answer.status_code == 303

    def test_a_message_has_no_second_subject_line(self, client: FlaskClient) -> None:
        register(client, name="A\nSubject: hijack")
        assert "hijack" not in last_mail().subject
        assert find("new@example.org").name == "A Subject: hijack"
