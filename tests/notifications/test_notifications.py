"""Mail about steps: to whom, in which language, once, and stopped by a link."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from structlog.testing import capture_logs

from app.accounts.queries import get_person
from app.answers import services as answers
from app.comments.rules import DiscussionRule
from app.core import mail
from app.core.access import Actor, Role
from app.core.command import command
from app.core.mail import OutboxMail
from app.duties.services import run_out_clocks
from app.extensions import db
from app.follows import services as follows
from app.journal import Entry, Kind
from app.journal import services as journal
from app.journal.catalogue import CURRENT
from app.journal.queries import get_head
from app.moderation.services import hide_matter, show_matter
from app.notifications import readers
from app.notifications.audience import MAILED, WITHOUT_MAIL, Audience
from app.notifications.messages import Step, write_message
from app.notifications.models import News
from app.notifications.queries import Recipient, list_troubles
from app.notifications.readers import READER, read_new
from app.outcomes import services as outcomes
from app.promises import services as promises
from app.promises.queries import list_promises
from app.proposals.services import withdraw_proposal
from app.registry.services import register_matter, restore_matter
from app.responses import handovers
from app.responses import services as responses
from app.transparency.queries import get_record
from tests.casework import UNIT, Casework, answer, both, in_days, promise
from tests.conftest import START
from tests.factories import Factory
from tests.steps import FACTS

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


def subjects(mails: list[OutboxMail]) -> list[str]:
    """The subjects without the matter's title."""
    return [m.subject.partition(": ")[2] for m in mails]


def to(actor: Actor, mails: list[OutboxMail]) -> list[OutboxMail]:
    """The mails to one person."""
    return [m for m in mails if m.recipient == address(actor)]


# ---------- who hears ----------


def test_author_and_followers_hear_in_their_own_language(make: Factory, work: Casework) -> None:
    author, swede, stranger = person(make, "en"), person(make, "sv"), make.actor()
    matter = work.published(author)
    follows.follow(swede, matter)
    follows.follow(work.registry, matter)
    read_all()
    known = len(outbox())
    register_matter(work.registry, matter, UNIT)
    read_all()
    mails = {m.recipient: m for m in outbox()[known:]}
    assert mails.keys() == {address(author), address(swede)}
    assert address(stranger) not in mails
    english = mails[address(author)]
    assert english.subject == f"{matter.title}: The registry gave a case number and a unit"
    assert "The matter was given to City Engineering Centre." in english.body
    assert f"http://localhost/en/matters/{matter.id}/journey" in english.body
    assert f"http://localhost/en/matters/{matter.id}\n" in english.body
    assert "http://localhost/en/unfollow/" in english.body
    assert f"http://localhost/sv/matters/{matter.id}/journey" in mails[address(swede)].body
    assert "Registraturen gav" in mails[address(swede)].subject


def test_the_author_gets_a_receipt_and_nobody_else_does(make: Factory, work: Casework) -> None:
    author = person(make, "en")
    matter = work.published(author)
    follows.follow(make.actor(), matter)
    (receipt,) = news()
    assert receipt.recipient == address(author)
    assert receipt.subject == f"{matter.title}: The city has received this, and it is public"
    assert "Next the registry" in receipt.body
    assert "because you are an author of the matter" in receipt.body
    assert receipt.headers == {}, "a receipt is not sent because of the following"


def test_who_makes_a_step_gets_no_mail_about_it(make: Factory, work: Casework) -> None:
    matter = work.published()
    reader = make.actor()
    follows.follow(reader, matter)
    read_all()
    withdraw_proposal(work.author, matter, "Hoidettiin jo.")
    assert [m.recipient for m in news()] == [address(reader)]


@only_sqlite
def test_the_city_asks_its_author_also_without_following(make: Factory, work: Casework) -> None:
    author = person(make, "en")
    matter = work.prepared(author)
    read_all()
    follows.unfollow(author, matter)
    responses.ask_author(work.official, matter, both("Missä kohdassa?"))
    (asked,) = news()
    assert asked.recipient == address(author)
    assert asked.subject == f"{matter.title}: The city asks you for more information"
    assert "Missä kohdassa? suomeksi" in asked.body
    assert "Reply on the page of the matter." in asked.body
    assert "because the city waits for your reply" in asked.body
    assert "unfollow" not in asked.body
    assert asked.headers == {}
    responses.reply(author, matter, "Alussa.")
    answers.publish_answer(work.official, matter, answer())
    assert news() == []


@only_sqlite
def test_a_following_author_cannot_unfollow_the_citys_question(
    make: Factory, work: Casework
) -> None:
    reader = person(make, "en")
    matter = work.prepared()
    follows.follow(reader, matter)
    read_all()
    known = len(outbox())
    responses.ask_author(work.official, matter, both("Missä kohdassa?"))
    read_all()
    mails = outbox()[known:]
    (asked,), (told,) = to(work.author, mails), to(reader, mails)
    assert "unfollow" not in asked.body
    assert "unfollow" in told.body
    assert "asked the author for more" in told.subject


@only_sqlite
@pytest.mark.parametrize("still_follows", [True, False])
def test_the_author_is_told_why_and_to_whom_a_matter_goes(
    make: Factory, work: Casework, still_follows: bool
) -> None:
    author = person(make, "en")
    matter = work.prepared(author)
    read_all()
    if not still_follows:
        follows.unfollow(author, matter)
    responses.transfer(work.official, matter, "hsl", both("Bussit ovat HSL:n"))
    (mail_to_author,) = news()
    assert "another authority: Helsinki Region Transport" in mail_to_author.subject
    assert "Reason: Bussit ovat HSL:n suomeksi" in mail_to_author.body
    assert "Ask that authority how it goes on." in mail_to_author.body
    assert "because you are an author of the matter" in mail_to_author.body


@only_sqlite
def test_only_the_author_hears_of_a_hidden_matter(make: Factory, work: Casework) -> None:
    author, moderator = person(make, "en"), make.actor(Role.MODERATOR)
    matter = work.published(author)
    follows.follow(make.actor(), matter)
    read_all()
    known = len(outbox())
    hide_matter(moderator, matter, DiscussionRule.SPAM)
    register_matter(work.registry, matter, UNIT)
    read_all()
    show_matter(moderator, matter)
    read_all()
    mails = outbox()[known:]
    assert {m.recipient for m in mails} == {address(author)}
    assert [mails[0].subject, *subjects(mails[1:2]), mails[2].subject] == [
        "A moderator has hidden your matter",
        "The registry gave a case number and a unit",
        "Your text is public",
    ]
    assert "The rule: " in mails[0].body
    assert "/en/own/moderation/" in mails[0].body
    assert "unfollow" not in mails[0].body


@only_sqlite
def test_nobody_without_a_confirmed_address_gets_mail(make: Factory, work: Casework) -> None:
    matter = work.published()
    read_all()
    unconfirm(work.author)
    register_matter(work.registry, matter, UNIT)
    assert news() == []


@command
def unconfirm(actor: Actor) -> None:
    get_person(actor.person_id or 0).confirmed_at = None


# ---------- what they hear ----------


@only_sqlite
def test_every_step_of_a_long_life(make: Factory, work: Casework, held: Move) -> None:
    """Each step gives one mail to each follower, in words that fit it."""
    reader = person(make, "en")
    matter = work.published()
    follows.follow(reader, matter)
    read_all()
    told: list[str] = []

    def after(act: Callable[[], Any]) -> str:
        act()
        (letter,) = to(reader, news())
        told.append(letter.subject)
        return f"{letter.subject}\n{letter.body}".replace("\xa0", " ")

    official, registry = work.official, work.registry
    assert "gave a case number" in after(lambda: register_matter(registry, matter, UNIT))
    assert "began to prepare" in after(lambda: responses.start_preparation(official, matter))
    contact = "vastaaja@example.org"
    estimated = after(lambda: responses.estimate(official, matter, in_days(24), contact))
    assert "expected by 2 April" in estimated
    assert f"Contact: {contact}" in estimated
    asked = after(lambda: responses.ask_author(official, matter, both("Missä kohdassa?")))
    assert "Missä kohdassa? suomeksi" in asked
    replied = after(lambda: responses.reply(work.author, matter, "Alussa."))
    assert "The author replied" in replied
    assert "Alussa." not in replied
    extended = after(lambda: responses.extend(official, matter, in_days(100), both("Ruuhka")))
    assert "moved the deadline to a later day" in extended
    assert "Reason: Ruuhka suomeksi" in extended
    to_body = after(lambda: responses.send_to_body(official, matter, "tela", in_days(20)))
    assert "29 March" in to_body
    assert "has dealt with it" in after(lambda: responses.back_from_body(official, matter))
    handovers.offer_hand_over(official, matter, "sports", both("Liikunta hoitaa"))
    taker = make.actor(Role.OFFICIAL, unit="sports")
    over = after(lambda: handovers.accept_hand_over(taker, matter))
    assert "Reason: Liikunta hoitaa suomeksi" in over
    other = make.actor(Role.OFFICIAL, unit="sports")
    draft = answer(promises=[promise(10), promise(20, "Toinen"), promise(30, "Kolmas")])
    answered = after(lambda: answers.publish_answer(other, matter, draft))
    assert "answered: leads to action" in answered
    assert "Rakennamme valot suomeksi" in answered
    corrected = after(
        lambda: answers.correct_answer(other, matter, answer(), both("Kirjoitusvirhe"), 1)
    )
    assert "Reason: Kirjoitusvirhe suomeksi" in corrected
    first, second, third = list_promises([matter.id])[matter.id]
    kept = after(lambda: promises.keep_promise(other, first, both("Valmis")))
    assert "kept a promise" in kept
    assert "Valmis suomeksi" in kept
    moved = after(lambda: promises.move_promise(other, second, in_days(52), both("Myöhässä")))
    assert "30 April" in moved
    assert "Reason: Myöhässä suomeksi" in moved
    held(START + timedelta(days=31))
    late = after(run_out_clocks)
    assert "A promised day passed" in late
    assert "8 April" in late
    broken = after(lambda: promises.break_promise(other, third, both("Rahat loppuivat")))
    assert "Reason: Rahat loppuivat suomeksi" in broken
    assert "began to carry it out" in after(lambda: outcomes.start_implementing(other, matter))
    done = after(lambda: outcomes.report_implemented(other, matter, both("Valot on nähty")))
    assert "Valot on nähty suomeksi" in done
    reopened = after(lambda: outcomes.reopen(other, matter, both("Ei palanut")))
    assert "Reason: Ei palanut suomeksi" in reopened
    gone = after(lambda: responses.transfer(other, matter, "hsl", both("Kuuluu HSL:lle")))
    assert "Reason: Kuuluu HSL:lle suomeksi" in gone
    back = after(lambda: restore_matter(registry, matter, both("HSL palautti")))
    assert "Reason: HSL palautti suomeksi" in back
    assert "withdrew" in after(lambda: withdraw_proposal(work.author, matter, "Hoidettiin jo."))
    assert len(set(told)) == len(told)


@only_sqlite
def test_no_words_of_residents_but_the_title_are_mailed(make: Factory, work: Casework) -> None:
    """Mails cannot be taken back when words are hidden or erased."""
    matter = work.prepared(body="Salainen kanarialintu.")
    follows.follow(make.actor(), matter)
    responses.ask_author(work.official, matter, both("Missä?"))
    responses.reply(work.author, matter, "Siellä laulaa kanarialintu.")
    withdraw_proposal(work.author, matter, "Kanarialintu lensi pois.")
    assert len(news()) > 5
    assert all("kanarialintu" not in m.body.lower() for m in outbox())


@only_sqlite
def test_a_clock_that_ran_out_is_told_by_its_last_day(
    make: Factory, work: Casework, held: Move
) -> None:
    work.published(person(make, "en"))
    read_all()
    held(START + timedelta(days=3))
    run_out_clocks()
    (late,) = news()
    assert "The deadline for registering passed" in late.subject
    assert "11\xa0March" in late.body


def test_every_kind_gives_mail_or_says_why_not() -> None:
    assert MAILED.keys() | WITHOUT_MAIL.keys() == set(Kind)
    assert not MAILED.keys() & WITHOUT_MAIL.keys()
    assert all(WITHOUT_MAIL.values())


FILLED_IN: dict[str, Any] = {
    "unit": UNIT,
    "case_number": "ESBO/1/2026",
    "due": "2026-04-22T21:00:00.000000Z",
    "first_due": "2026-04-22T21:00:00.000000Z",
    "clock": "answer",
    "ref": "",
    "into": 3,
    "makers": 5800,
    "needed": 5791,
    "population": 289_000,
    "pending_since": "2026-04-22T21:00:00.000000Z",
    "version": 2,
    "reason": "digest",
    "text": "digest",
}


@only_sqlite
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_every_kind_has_words_in_every_language(
    make: Factory, work: Casework, language: str
) -> None:
    matter = work.published()
    words: set[str] = set()
    for kind, audience in MAILED.items():
        facts = {**FILLED_IN, **FACTS.get(kind, {})}
        entry = Entry(
            kind, CURRENT[kind], "matter", matter.id, START, "official", UNIT, None, facts
        )
        is_author = audience != Audience.FOLLOWERS
        recipient = Recipient(1, "a@example.org", language, True, is_author, not is_author)
        message = write_message(Step(entry, matter, get_record(matter)), recipient)
        sentence = message.subject.removeprefix(f"{matter.title}: ")
        assert sentence
        assert sentence in message.body
        assert f"/{language}/matters/{matter.id}/journey" in message.body
        assert "\n\n\n" not in message.body
        words.add(sentence)
    assert len(words) == len(MAILED)


@only_sqlite
def test_one_click_is_offered_over_https(context: Flask, make: Factory, work: Casework) -> None:
    author = person(make, "en")
    matter = work.published(author)
    read_all()
    register_matter(work.registry, matter, UNIT)
    (plain,) = news()
    assert plain.headers["List-Unsubscribe"].startswith("<http://localhost/en/unfollow/")
    assert "List-Unsubscribe-Post" not in plain.headers, "RFC 8058 asks for HTTPS"
    context.config["PUBLIC_URL"] = "https://kuuluu.example.org"
    responses.start_preparation(work.official, matter)
    (mailed,) = news()
    url = mailed.headers["List-Unsubscribe"]
    assert re.fullmatch(r"<https://kuuluu\.example\.org/en/unfollow/\S+>", url)
    assert url.strip("<>") in mailed.body
    assert mailed.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mailed.headers["List-Id"] == f"<matter-{matter.id}.kuuluu.example.org>"


@only_sqlite
def test_the_link_in_the_mail_stops_the_mails(
    client: FlaskClient, make: Factory, work: Casework
) -> None:
    author = person(make, "en")
    matter = work.registered(author)
    first = news()[-1]
    link = re.search(r"http://localhost(/en/unfollow/\S+)", first.body)
    assert link is not None
    assert client.post(link[1]).status_code == 200
    responses.start_preparation(work.official, matter)
    answers.publish_answer(work.official, matter, answer())
    assert news() == []


# ---------- once each, whatever happens ----------


def test_nothing_is_sent_twice_after_a_crash(
    make: Factory, work: Casework, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies in the middle of a batch, and between batches: each mail is there once."""
    matters = [work.published() for _ in range(4)]
    count, _ = get_head()
    db.session.rollback()
    posted: list[str] = []
    real = mail.post

    def die_at_third(*message: Any) -> None:
        posted.append(message[1])
        if len(posted) == 3:
            raise KeyboardInterrupt
        real(*message)

    monkeypatch.setattr(readers.mail, "post", die_at_third)
    with pytest.raises(KeyboardInterrupt):
        read_all(limit=4)
    before = [m.subject for m in outbox()]
    assert len(before) < 3
    monkeypatch.undo()
    read_all()
    after = [m.subject.partition(": ")[0] for m in outbox()]
    assert after == [matter.title for matter in matters]
    assert [m.subject for m in outbox()][: len(before)] == before
    assert journal.read_cursor(READER) == count
    db.session.rollback()
    assert read_new() == 0
    assert len(outbox()) == len(matters)


def test_a_storm_is_written_in_small_parts_and_a_crash_between_them_harms_nobody(
    make: Factory, work: Casework, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "RECIPIENTS", 3)
    matter = work.published()
    read_all()
    people = [make.actor() for _ in range(8)]
    for one in people:
        follows.follow(one, matter)
    known = len(outbox())
    register_matter(work.registry, matter, UNIT)
    posted: list[str] = []
    real = mail.post

    def die_at_fifth(*message: Any) -> None:
        posted.append(message[0])
        if len(posted) == 5:
            raise KeyboardInterrupt
        real(*message)

    monkeypatch.setattr(readers.mail, "post", die_at_fifth)
    with pytest.raises(KeyboardInterrupt):
        read_new()
    assert len(outbox()) - known == 3, "the part before the crash is kept"
    monkeypatch.setattr(readers.mail, "post", real)
    read_new()
    told = [m.recipient for m in outbox()[known:]]
    assert sorted(told) == sorted(address(one) for one in [*people, work.author])
    assert list(db.session.scalars(select(News))) == []


def test_a_list_that_ends_with_a_whole_part_ends(
    make: Factory, work: Casework, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "RECIPIENTS", 2)
    matter = work.published()
    follows.follow(make.actor(), matter)
    read_all()
    register_matter(work.registry, matter, UNIT)
    assert len(news()) == 2
    assert list(db.session.scalars(select(News))) == []


def test_readers_at_once_write_each_mail_once(
    context: Flask, make: Factory, work: Casework, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "RECIPIENTS", 2)
    matter = work.published()
    people = [make.actor() for _ in range(6)]
    for one in people:
        follows.follow(one, matter)
    read_all()
    known = len(outbox())
    register_matter(work.registry, matter, UNIT)

    def work_on() -> None:
        with context.app_context():
            read_all()
            db.session.remove()

    threads = [threading.Thread(target=work_on) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    read_all()
    told = [m.recipient for m in outbox()[known:]]
    assert sorted(told) == sorted(address(one) for one in [*people, work.author])


def test_batches_are_as_small_as_asked(make: Factory) -> None:
    make.matter()
    make.matter()
    assert [read_new(limit=3) for _ in range(3)] == [3, 1, 0]


@only_sqlite
def test_a_step_that_cannot_be_told_stops_no_other_and_is_seen(
    make: Factory, work: Casework, held: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = work.published(), work.published()
    read_all()
    register_matter(work.registry, first, UNIT)
    register_matter(work.registry, second, UNIT)

    def trip(step: Step, recipient: Recipient) -> Any:
        if step.matter.id == first.id:
            raise ValueError(f"somebody wrote {step.matter.title}")
        return write_message(step, recipient)

    monkeypatch.setattr(readers, "write_message", trip)
    with capture_logs() as log:
        (told,) = news()
    assert told.subject.startswith(second.title)
    (failed,) = log
    assert (failed["event"], failed["kind"]) == ("news.failed", "registered")
    assert failed["place"].startswith("test_notifications.py:")
    assert first.title not in str(log)
    (trouble,) = list_troubles()
    assert (trouble.seq, trouble.failures) == (failed["seq"], 1)
    assert trouble.problem is not None
    assert trouble.problem.startswith("ValueError test_notifications.py:")
    assert news() == [], "not before its time"
    held(START + timedelta(minutes=1))
    assert news() == []
    assert list_troubles()[0].failures == 2
    monkeypatch.undo()
    held(START + timedelta(minutes=2))
    assert news() == [], "each time it waits longer"
    held(START + timedelta(minutes=3))
    (late,) = news()
    assert late.subject.startswith(first.title)
    assert list_troubles() == []


@only_sqlite
def test_what_could_not_be_told_for_a_week_stays_to_be_seen(
    make: Factory, work: Casework, held: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    work.published()

    def trip(_step: Step, _recipient: Recipient) -> Any:
        raise ValueError

    monkeypatch.setattr(readers, "write_message", trip)
    read_all()
    monkeypatch.undo()
    held(START + timedelta(days=7, seconds=1))
    assert news() == []
    assert len(list_troubles()) == 1


@only_sqlite
def test_old_steps_are_no_news(make: Factory, work: Casework, held: Move) -> None:
    work.registered()
    held(START + timedelta(days=7, seconds=1))
    assert news() == []
    work.published()
    assert len(news()) == 1


@only_sqlite
def test_the_command_reads_and_sends(context: Flask, work: Casework) -> None:
    work.published()
    result = context.test_cli_runner().invoke(args=["notifications", "run"])
    assert result.exit_code == 0
    assert "1 mails sent" in result.output
    again = context.test_cli_runner().invoke(args=["notifications", "run"])
    assert again.output == "0 entries read, 0 mails sent\n"
