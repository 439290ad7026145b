"""Who is told what: reporters, senders without an account; and the long lists of moderators."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.queries import get_person
from app.comments import services as comments
from app.comments.models import Stance
from app.core import paging
from app.core.access import Actor, Role
from app.core.errors import Forbidden
from app.core.mail import OutboxMail
from app.extensions import db
from app.feedback.services import send_feedback
from app.moderation import appeals, reading, services
from app.moderation.models import Decision, Report
from app.proposals.models import Matter
from tests.conftest import START
from tests.factories import Factory
from tests.feedback.test_anonymous import draft
from tests.moderation.test_held_texts import LINKS
from tests.moderation.test_moderation import INSULT, SPAM, SignIn, say
from tests.pages import counting, page, send
from tests.parallel import in_parallel

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


def mails_to(actor: Actor) -> list[OutboxMail]:
    address = get_person(actor.person_id or 0).email
    query = db.select(OutboxMail).where(OutboxMail.recipient == address)
    return list(db.session.scalars(query.order_by(OutboxMail.id)))


def test_each_reporter_is_told_the_result_once_and_in_the_own_language(make: Factory) -> None:
    moderator, matter = make.actor(Role.MODERATOR), make.matter(title="Kanarialintu laulaa")
    finnish, swedish = make.actor(), make.person(language="sv").as_actor()
    comment = say(make.actor(), matter, "kanarialintu")
    for reporter in (finnish, swedish, moderator, finnish):
        services.report(reporter, matter, comment, INSULT, "kanarialintu")
    services.report(finnish, matter, None, SPAM, "")
    services.hide_comment(moderator, comment, INSULT)
    services.dismiss_reports(moderator, matter, None)
    hidden, kept = mails_to(finnish)
    (other,) = mails_to(swedish)
    assert "Se piilotettiin. Sääntö: Loukkaus" in hidden.body
    assert "jää ennalleen" in kept.body
    assert "/sv/own/moderation" in other.body
    assert mails_to(moderator) == [], "the own decision is no news"
    for mail in (hidden, kept, other):
        assert "kanarialintu" not in f"{mail.subject}{mail.body}".lower()


@only_sqlite
def test_the_own_page_tells_what_became_of_each_report(
    client: FlaskClient, make: Factory, sign_in: SignIn
) -> None:
    moderator, reporter = make.actor(Role.MODERATOR), make.actor()
    waits, kept, hidden, back = (make.matter(title=f"Kanarialintu {n} laulaa") for n in range(4))
    for matter in (waits, kept, hidden, back):
        services.report(reporter, matter, None, SPAM, "")
    services.dismiss_reports(moderator, kept, None)
    for matter in (hidden, back):
        services.hide_matter(moderator, matter, SPAM)
    services.show_matter(moderator, back)
    sign_in(client, reporter)
    shown = page(client, "/own/moderation")
    rows = [re.sub(r"<[^>]+>", "", row) for row in re.findall(r"<li>(<b>.*?)</li>", shown)]
    assert [row.partition("26 ")[2] for row in rows] == [
        "the text was hidden, and later shown againKanarialintu 3 laulaa",
        "the text was hidden",
        "the text stays as it isKanarialintu 1 laulaa",
        "waits for a decisionKanarialintu 0 laulaa",
    ]


@only_sqlite
def test_who_sent_feedback_without_an_account_is_told_too(make: Factory) -> None:
    send_feedback(draft(), "lahettaja@example.org", "form-1")
    matter = db.session.scalars(db.select(Matter)).one()
    services.hide_matter(make.actor(Role.MODERATOR), matter, SPAM, "Tämä on mainos.")
    query = db.select(OutboxMail).where(OutboxMail.recipient == "lahettaja@example.org")
    (mail,) = db.session.scalars(query)
    for words in ("Sääntö: Roskaposti", "Tämä on mainos.", "kirjaamo@example.org", "/feedback/"):
        assert words in mail.body
    send_feedback(draft(), "", "form-2")
    silent = db.session.scalars(db.select(Matter).order_by(Matter.id.desc())).first()
    services.hide_matter(make.actor(Role.MODERATOR), silent, SPAM)
    assert len(list(db.session.scalars(db.select(OutboxMail)))) == 1


@only_sqlite
def test_nobody_ends_an_own_block(make: Factory) -> None:
    moderator, person = make.actor(Role.MODERATOR), make.person()
    decision = appeals.block(moderator, person, "7", SPAM, "")
    own = Actor(person_id=person.id, grants=moderator.grants)
    with pytest.raises(Forbidden, match="cannot_end_block"):
        appeals.end_block(own, decision)
    appeals.end_block(moderator, decision)
    with pytest.raises(Forbidden, match="cannot_end_block"):
        appeals.end_block(moderator, decision)


@only_sqlite
def test_a_held_text_of_the_moderators_own_waits_for_another(
    client: FlaskClient, make: Factory, sign_in: SignIn
) -> None:
    moderator = make.actor(Role.MODERATOR)
    words = comments.Words(Stance.FOR, "fi", LINKS)
    assert comments.submit_comment(make.actor(), make.matter(moderator), words) is None
    sign_in(client, moderator)
    shown = page(client, "/moderation/held")
    assert "Another moderator decides" in shown
    assert "Publish it" not in shown
    (row,) = reading.page_held(None).items
    send(client, f"/moderation/held/{row.HeldText.id}", 403, release="1")
    sign_in(client, make.actor(Role.MODERATOR))
    send(client, f"/moderation/held/{row.HeldText.id}", release="1")
    send(client, f"/moderation/held/{row.HeldText.id}", 409, release="1")
    send(client, "/moderation/held/77", 404, release="1")


@pytest.fixture
def crowd(make: Factory, held: Callable[[Any], None]) -> Actor:
    """A moderator with 25 appeals, 25 held texts and 25 blocks, one a minute."""
    moderator, matter = make.actor(Role.MODERATOR), make.matter()
    for number in range(25):
        held(START + timedelta(minutes=number))
        author = make.actor()
        comment = say(author, matter, f"teksti {number}")
        services.hide_comment(moderator, comment, INSULT)
        query = db.select(Decision).where(Decision.comment_id == comment.id)
        appeals.appeal(author, db.session.scalars(query).one(), "Ei ole.")
        words = comments.Words(Stance.FOR, "fi", f"{LINKS} {number}")
        assert comments.submit_comment(make.actor(), matter, words) is None
        appeals.block(moderator, make.person(), "7", SPAM, "")
    return moderator


def walk(read: Any) -> list[list[int]]:
    """The numbers on each page, forwards; and the first page again, backwards."""
    first = read(None)
    second = read(first.next)
    assert second.next is None
    assert first.previous is None
    pages = [[row[0].at.minute for row in one.items] for one in (first, second)]
    assert [row[0].at for row in read(second.previous).items] == [row[0].at for row in first.items]
    return pages


def test_long_lists_are_paged_without_a_gap(crowd: Actor) -> None:
    oldest_first = [list(range(20)), list(range(20, 25))]
    assert walk(reading.page_appeals) == oldest_first
    assert walk(reading.page_held) == oldest_first
    assert walk(reading.page_blocks) == [list(range(24, 4, -1)), list(range(4, -1, -1))]


@only_sqlite
def test_pages_of_the_lists_and_bad_cursors(
    client: FlaskClient, crowd: Actor, sign_in: SignIn
) -> None:
    sign_in(client, crowd)
    for path in ("appeals", "held", "blocks"):
        with counting() as statements:
            shown = page(client, f"/moderation/{path}")
        reads = [one for one in statements if one.startswith("SELECT")]
        assert len(reads) <= 9, path
        following = re.search(r'href="/en(/moderation/[^"]*)" rel="next"', shown)
        assert following
        assert 'rel="prev"' in page(client, following.group(1))
        for key in (["x"], ["x", "x"], ["0001-01-01", 1], [2**40, 2**40], []):
            page(client, f"/moderation/{path}?cursor={paging.encode('n', key)}", 404)
        page(client, f"/moderation/{path}?cursor=x", 404)


def test_two_moderators_who_decide_at_once_decide_once(app: Flask, make: Factory) -> None:
    first, second = make.actor(Role.MODERATOR), make.actor(Role.MODERATOR)
    author, matter = make.actor(), make.matter()
    words = comments.Words(Stance.FOR, "fi", LINKS)
    assert comments.submit_comment(author, matter, words) is None
    (row,) = reading.page_held(None).items
    matter_id, held_id = matter.id, row.HeldText.id
    db.session.rollback()

    def act(actor: Actor, refuses: bool) -> Callable[[], Any]:
        def decide() -> None:
            text = reading.get_held(held_id)
            about = db.session.get_one(Matter, matter_id)
            if refuses:
                appeals.refuse(actor, about, text, SPAM, "")
            else:
                appeals.release(actor, about, text)

        return decide

    assert in_parallel(app, [act(first, False), act(second, True)]) == [
        "WrongState:wrong_state",
        "done",
    ]
    db.session.rollback()
    decisions = len(list(db.session.scalars(db.select(Decision))))
    assert db.session.get_one(Matter, matter_id).comments + decisions == 1


def test_a_hiding_and_a_report_at_once_leave_no_report_open(app: Flask, make: Factory) -> None:
    moderator, reporter, matter = make.actor(Role.MODERATOR), make.actor(), make.matter()
    number = matter.id
    db.session.rollback()

    def matter_now() -> Matter:
        return db.session.get_one(Matter, number)

    done = in_parallel(
        app,
        [
            lambda: services.hide_matter(moderator, matter_now(), SPAM),
            lambda: services.report(reporter, matter_now(), None, SPAM, ""),
        ],
    )
    assert done in (["done", "done"], ["Forbidden:cannot_report", "done"])
    waiting = db.select(Report).where(Report.closed_at.is_(None))
    assert list(db.session.scalars(waiting)) == []
