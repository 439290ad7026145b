"""Mail about steps: to whom, in which language, once, and stopped by a link."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.queries import get_person
from app.comments.rules import DiscussionRule
from app.core import mail
from app.core.access import Actor, Role
from app.core.mail import OutboxMail
from app.duties.services import run_out_clocks
from app.extensions import db
from app.follows import services as follows
from app.journal import services as journal
from app.journal.queries import get_head
from app.moderation.services import hide_matter
from app.notifications import readers
from app.notifications.messages import SENTENCES
from app.notifications.readers import READER, read_new
from app.outcomes import services as outcomes
from app.proposals.services import withdraw_proposal
from app.responses import queries as promises
from app.responses import services as responses
from tests.casework import UNIT, Casework, answer, both, in_days, promise
from tests.conftest import START
from tests.factories import Factory

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
Move = Callable[[Any], None]


@pytest.fixture
def work(make: Factory) -> Casework:
    """The registry, an official and an author."""
    return Casework(make)


def person(make: Factory, language: str) -> Actor:
    return make.person(language=language).as_actor()


def read_all(limit: int = readers.BATCH) -> None:
    while read_new(limit):
        pass


def outbox() -> list[OutboxMail]:
    """Mails so far."""
    db.session.rollback()
    mails = list(db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))
    db.session.rollback()
    return mails


def news() -> list[OutboxMail]:
    """Mails about what has happened since the last call."""
    known = len(outbox())
    read_all()
    return outbox()[known:]


def address(actor: Actor) -> str:
    return get_person(actor.person_id or 0).email


def test_author_and_followers_hear_in_their_own_language(make: Factory, work: Casework) -> None:
    author, swede, stranger = person(make, "en"), person(make, "sv"), make.actor()
    matter = work.published(author)
    follows.follow(swede, matter)
    follows.follow(work.registry, matter)
    read_all()
    assert outbox() == [], "publishing is no news to anybody"
    responses.register_matter(work.registry, matter, UNIT)
    mails = {m.recipient: m for m in news()}
    assert mails.keys() == {address(author), address(swede)}
    assert address(stranger) not in mails
    english = mails[address(author)]
    assert english.subject.startswith(f"{matter.title}: Registered")
    assert f"http://localhost/en/matters/{matter.id}/journey" in english.body
    assert f"http://localhost/en/matters/{matter.id}\n" in english.body
    assert "http://localhost/en/unfollow/" in english.body
    assert f"http://localhost/sv/matters/{matter.id}/journey" in mails[address(swede)].body


def test_who_makes_a_step_gets_no_mail_about_it(make: Factory, work: Casework) -> None:
    matter = work.published()
    reader = make.actor()
    follows.follow(reader, matter)
    withdraw_proposal(work.author, matter, "Hoidettiin jo.")
    assert [m.recipient for m in news()] == [address(reader)]


def test_nothing_is_sent_twice_after_a_crash(
    make: Factory, work: Casework, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies in the middle of a batch, and between batches: each mail is there once."""
    matters = [work.registered() for _ in range(4)]
    count, _ = get_head()
    db.session.rollback()
    posted: list[str] = []
    real = mail.post

    def die_at_third(recipient: str, subject: str, body: str) -> None:
        posted.append(subject)
        if len(posted) == 3:
            raise KeyboardInterrupt
        real(recipient, subject, body)

    monkeypatch.setattr(readers.mail, "post", die_at_third)
    with pytest.raises(KeyboardInterrupt):
        read_all(limit=4)
    before = [m.subject for m in outbox()]
    seen = journal.read_cursor(READER)
    db.session.rollback()
    assert len(before) < 3
    assert seen % 4 == 0
    monkeypatch.undo()
    read_all()
    subjects = [m.subject for m in outbox()]
    assert sorted(subjects) == sorted(
        f"{matter.title}: {subject.partition(': ')[2]}"
        for matter, subject in zip(matters, subjects, strict=True)
    )
    assert subjects[: len(before)] == before
    assert journal.read_cursor(READER) == count
    db.session.rollback()
    assert read_new() == 0
    assert len(outbox()) == len(matters)


def test_batches_are_as_small_as_asked(make: Factory) -> None:
    make.matter()
    make.matter()
    assert [read_new(limit=3) for _ in range(3)] == [3, 1, 0]


@only_sqlite
def test_every_step_of_a_long_life(make: Factory, work: Casework, held: Move) -> None:
    """Each step gives one mail to each follower, in words that fit it."""
    reader = person(make, "en")
    matter = work.published()
    follows.follow(reader, matter)
    told: list[str] = []

    def told_now() -> list[str]:
        return [
            m.subject.removeprefix(f"{matter.title}: ")
            for m in news()
            if m.recipient == address(reader)
        ]

    def after(act: Callable[[], Any]) -> str:
        act()
        (sentence,) = told_now()
        told.append(sentence)
        return sentence

    official = work.official
    assert "handles it." in after(lambda: responses.register_matter(work.registry, matter, UNIT))
    responses.start_preparation(official, matter)
    assert told_now() == []
    assert "2 April" in after(
        lambda: responses.estimate(official, matter, in_days(24), "vastaaja@example.org")
    )
    assert "asked the author" in after(
        lambda: responses.ask_author(official, matter, both("Missä kohdassa?"))
    )
    responses.reply(work.author, matter, "Alussa.")
    assert told_now() == []
    assert "Handed over to" in after(
        lambda: responses.hand_over(official, matter, "sports", both("Liikunta hoitaa"))
    )
    other = make.actor(Role.OFFICIAL, unit="sports")
    draft = answer(promises=[promise(10), promise(20, "Toinen"), promise(30, "Kolmas")])
    responses.publish_answer(other, matter, draft)
    assert told_now() == ["The city has answered. Outcome: Leads to action."]
    first, second, third = promises.list_promises([matter.id])[matter.id]
    assert "kept a promise" in after(lambda: responses.keep_promise(other, first, both("Valmis")))
    assert "30 April" in after(
        lambda: responses.move_promise(other, second, in_days(52), both("Myöhässä"))
    )
    held(START + timedelta(days=31))
    assert "promise, due on 8 April" in after(run_out_clocks)
    assert "does not keep" in after(
        lambda: responses.break_promise(other, third, both("Rahat loppuivat"))
    )
    assert "begun" in after(lambda: outcomes.start_implementing(other, matter))
    assert "whether it helped" in after(
        lambda: outcomes.report_implemented(other, matter, both("Valot on nähty"))
    )
    assert "opened again" in after(lambda: outcomes.reopen(other, matter, both("Ei palanut")))
    assert "Transferred to another authority" in after(
        lambda: responses.transfer(other, matter, "hsl", both("Kuuluu HSL:lle"))
    )
    assert len(set(told)) == len(told)


@only_sqlite
def test_the_city_asks_its_author_also_without_following(make: Factory, work: Casework) -> None:
    author = person(make, "en")
    matter = work.prepared(author)
    follows.unfollow(author, matter)
    assert news() == []
    responses.ask_author(work.official, matter, both("Missä kohdassa?"))
    (asked,) = news()
    assert asked.recipient == address(author)
    assert "Reply on the page of the matter." in asked.body
    assert "unfollow" not in asked.body
    responses.reply(author, matter, "Alussa.")
    responses.publish_answer(work.official, matter, answer())
    assert news() == []


@only_sqlite
def test_only_the_author_hears_of_a_hidden_matter(make: Factory, work: Casework) -> None:
    matter = work.published()
    follows.follow(make.actor(), matter)
    hide_matter(make.actor(Role.MODERATOR), matter, DiscussionRule.SPAM)
    responses.register_matter(work.registry, matter, UNIT)
    assert [m.recipient for m in news()] == [address(work.author)]


@only_sqlite
def test_old_steps_are_no_news(make: Factory, work: Casework, held: Move) -> None:
    work.registered()
    held(START + timedelta(days=7, seconds=1))
    assert news() == []
    work.registered()
    assert len(news()) == 1


@only_sqlite
def test_a_clock_that_ran_out_is_told_by_its_last_day(
    make: Factory, work: Casework, held: Move
) -> None:
    work.published(person(make, "en"))
    read_all()
    held(START + timedelta(days=3))
    run_out_clocks()
    (late,) = news()
    assert "A deadline has passed" in late.subject
    assert "11 March" in late.subject


@only_sqlite
def test_the_link_in_the_mail_stops_the_mails(
    client: FlaskClient, make: Factory, work: Casework
) -> None:
    author = person(make, "en")
    matter = work.registered(author)
    (first,) = news()
    link = re.search(r"http://localhost(/en/unfollow/\S+)", first.body)
    assert link is not None
    assert client.post(link[1]).status_code == 200
    responses.start_preparation(work.official, matter)
    responses.publish_answer(work.official, matter, answer())
    assert news() == []


@only_sqlite
def test_the_command_reads_and_sends(context: Flask, work: Casework) -> None:
    work.registered()
    result = context.test_cli_runner().invoke(args=["notifications", "run"])
    assert result.exit_code == 0
    assert "1 mails sent" in result.output
    again = context.test_cli_runner().invoke(args=["notifications", "run"])
    assert again.output == "0 entries read, 0 mails sent\n"


@only_sqlite
def test_no_words_of_people_but_the_title_are_mailed(make: Factory, work: Casework) -> None:
    matter = work.prepared(body="Salainen kanarialintu.")
    follows.follow(make.actor(), matter)
    responses.ask_author(work.official, matter, both("Missä kanarialintu laulaa"))
    assert all("kanarialintu" not in m.body for m in news())


def test_each_kind_of_the_list_is_a_step_of_a_matter() -> None:
    assert {kind.value for kind in SENTENCES} == {
        "registered",
        "handed_over",
        "estimated",
        "asked",
        "answered",
        "promise_kept",
        "promise_moved",
        "promise_broken",
        "overdue",
        "implementing",
        "implemented",
        "reopened",
        "transferred",
        "withdrawn",
    }
