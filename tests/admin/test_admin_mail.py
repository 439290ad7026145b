"""The outbox for administrators: words of messages only in a demonstration."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.city import services as city
from app.core import clock, mail
from app.core.access import Role
from app.core.command import command
from app.core.mail import OutboxMail
from app.extensions import db
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
