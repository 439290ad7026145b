"""The outbox for administrators: words of messages only in a demonstration."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.admin import services
from app.city import services as city
from app.core import clock, mail
from app.core.access import Actor, Role
from app.core.command import command
from app.core.errors import Forbidden
from app.core.mail import OutboxMail
from app.extensions import db
from app.notifications import readers
from tests.factories import Factory

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
PAGE = "/en/admin/mail"
SECRET = "http://localhost/en/confirm/secret-token"


@command
def post(subject: str = "Confirm", **columns: object) -> OutboxMail:
    mail.post("resident@example.org", subject, f"Welcome & <b>hello</b>\n\n{SECRET}\n\nBye")
    db.session.flush()
    message = db.session.query(OutboxMail).order_by(OutboxMail.id.desc()).first()
    for name, value in columns.items():
        setattr(message, name, value)
    return message


@pytest.fixture
def boss(client: FlaskClient, make: Factory, sign_in: object) -> FlaskClient:
    """The browser of an administrator."""
    sign_in(client, make.actor(Role.ADMINISTRATOR))
    return client


@pytest.fixture
def demonstration(context: object) -> None:
    city.seed_city(city.read_seed(), is_demo=True)


def test_it_tells_what_became_of_each_message(boss: FlaskClient) -> None:
    assert "No message has been sent yet" in boss.get(PAGE).text
    now = clock.now()
    post("First", sent_at=now)
    post("Second", attempts=3, next_try_at=now + timedelta(minutes=4))
    post("Third", given_up_at=now)
    post("Fourth")
    page = re.sub(r"<[^>]+>|\s+", " ", boss.get(PAGE).text)
    for words in (
        r"Fourth resident@example.org 9/3/2026 at 11:00 Waiting",
        r"Third .* Given up 9/3/2026 at 11:00",
        r"Second .* Waiting Tried 3 times, next time 9/3/2026 at 11:04",
        r"First .* Sent 9/3/2026 at 11:00",
    ):
        assert re.search(words, re.sub(" +", " ", page))


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ("550", "The mail server refused it with the code 550."),
        ("uncertain", "nobody knows whether it arrived"),
        ("unwritable", "do not fit into a message"),
        ("address_not_supported", "do not fit into a message"),
        ("cut_off", "hung up each time"),
    ],
)
def test_a_message_that_was_given_up_says_why_and_can_be_sent_again(
    boss: FlaskClient, problem: str, words: str
) -> None:
    message = post(given_up_at=clock.now(), problem=problem, attempts=2)
    page = boss.get(PAGE).text
    assert words in page
    assert "1 message was given up." in page
    answer = boss.post(f"{PAGE}/{message.id}/retry")
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert mail.send_waiting() == 1
    page = boss.get(PAGE).text
    assert "is sent again" in page
    assert words not in page
    assert "0 messages were given up." in page


def test_only_what_was_given_up_is_sent_again_and_only_by_administrators(
    boss: FlaskClient, client: FlaskClient, make: Factory
) -> None:
    waiting, lost = post(), post(given_up_at=clock.now())
    for mail_id in (waiting.id, 999):
        assert boss.post(f"{PAGE}/{mail_id}/retry").status_code == 404
    for role in set(Role) - {Role.ADMINISTRATOR}:
        with pytest.raises(Forbidden):
            services.retry_mail(make.actor(role), lost.id)


def test_others_do_not_reach_the_button(
    client: FlaskClient, make: Factory, sign_in: Callable[[FlaskClient, Actor], None]
) -> None:
    lost = post(given_up_at=clock.now())
    sign_in(client, make.actor(Role.OFFICIAL))
    assert client.post(f"{PAGE}/{lost.id}/retry").status_code == 403
    assert client.get(PAGE).status_code == 403


def test_it_tells_what_is_being_sent_and_that_the_server_is_away(
    boss: FlaskClient, held: Callable[[Any], None]
) -> None:
    post(claimed_at=clock.now())
    assert "Being sent" in boss.get(PAGE).text
    assert "Messages have been waiting" not in boss.get(PAGE).text
    held(clock.now() + timedelta(minutes=16))
    page = boss.get(PAGE).text
    assert "Messages have been waiting since 9/3/2026 at 11:00" in page
    assert "1 message waits." in page


def test_it_tells_of_steps_whose_messages_could_not_be_written(
    boss: FlaskClient, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise KeyError("somebody@example.org")

    make.matter()
    monkeypatch.setattr(readers, "write_message", fail)
    readers.read_new()
    page = boss.get(PAGE).text
    assert "could not be written" in page
    assert re.search(r"Entry \d+ \(published\): KeyError test_admin_mail\.py:\d+", page)
    assert "somebody@" not in page


def test_the_command_line_tells_and_sends_again_without_names(context: Flask) -> None:
    post()
    lost = post(given_up_at=clock.now(), problem="550")
    run = context.test_cli_runner().invoke
    told = run(args=["mail", "status"]).output
    assert told == f"1 waiting, 1 given up\n{lost.id}\t2026-03-09 09:00 UTC\t550\n"
    assert run(args=["mail", "retry", str(lost.id)]).output == f"{lost.id} will be sent\n"
    again = run(args=["mail", "retry", str(lost.id)])
    assert again.exit_code == 1
    assert "was not given up" in again.output
    assert run(args=["mail", "status"]).output == "2 waiting, 0 given up\n"


def test_in_real_use_nobody_sees_the_words(boss: FlaskClient) -> None:
    message = post()
    page = boss.get(PAGE).text
    assert "secret-token" not in page
    assert f"/mail/{message.id}" not in page
    answer = boss.get(f"{PAGE}/{message.id}")
    assert answer.status_code == 404
    assert "secret-token" not in answer.text


def test_in_a_demonstration_the_link_can_be_followed(
    boss: FlaskClient, demonstration: None
) -> None:
    message = post()
    page = boss.get(PAGE).text
    assert "secret-token" not in page
    assert f'href="{PAGE}/{message.id}"' in page
    letter = boss.get(f"{PAGE}/{message.id}").text
    assert f'href="{SECRET}"' in letter
    assert "Welcome &amp; &lt;b&gt;hello" in letter


@pytest.mark.parametrize("mail_id", ["999", "0", "99999999999999999999", "x"])
def test_a_message_that_is_not_there(boss: FlaskClient, demonstration: None, mail_id: str) -> None:
    assert boss.get(f"{PAGE}/{mail_id}").status_code == 404


def test_long_lists_are_paged(boss: FlaskClient) -> None:
    for number in range(52):
        post(f"Number {number}!")
    page = boss.get(PAGE).text
    assert "Number 51!" in page
    assert "Number 1!" not in page
    cursor = re.search(r'page=([^"]+)" rel="next"', page).group(1)
    assert "Number 1!" in boss.get(f"{PAGE}?page={cursor}").text


def test_hostile_subjects_stay_words(boss: FlaskClient) -> None:
    post("<script>alert(1)</script>")
    assert "<script>alert" not in boss.get(PAGE).text
