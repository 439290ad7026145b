"""The author is asked: until which day, one reminder, and going on without a reply."""

import html
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import jobs
from app.core import clock
from app.core.access import Actor
from app.core.mail import OutboxMail
from app.extensions import db
from app.journal import Kind
from app.journal.queries import list_entries
from app.journal.replay import differences
from app.notifications.readers import read_new
from app.proposals import services as proposals
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from app.registry.services import restore_matter
from app.responses import queries, services
from tests.casework import WHY, Casework, both
from tests.factories import Factory
from tests.parallel import in_parallel

SignIn = Callable[[FlaskClient, Actor], None]


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


def reminders(matter: Matter) -> int:
    kinds = [row.kind for row in list_entries("matter", matter.id)]
    return kinds.count(Kind.ASK_REMINDED)


def later(held: Any, days: float) -> None:
    held(clock.now() + timedelta(days=days))


def test_the_author_is_reminded_once_after_seven_days(work: Casework, held: Any) -> None:
    matter = work.at("asked")
    later(held, 6.9)
    assert services.remind_authors() == 0
    later(held, 0.1)
    assert services.remind_authors() == 1
    assert services.remind_authors() == 0
    later(held, 30)
    assert services.remind_authors() == 0
    assert reminders(matter) == 1
    assert matter.state == State.WAITING
    assert not list(differences())


def test_a_job_that_was_down_for_long_reminds_once(work: Casework, held: Any) -> None:
    asked = [work.at("asked") for _ in range(3)]
    later(held, 40)
    assert services.remind_authors() == 3
    assert [reminders(matter) for matter in asked] == [1, 1, 1]


def test_two_jobs_at_once_remind_once(context: Flask, work: Casework, held: Any) -> None:
    matter_id = work.at("asked").id
    later(held, 8)
    db.session.remove()
    assert in_parallel(context, [services.remind_authors] * 2) == ["done", "done"]
    assert reminders(db.session.get_one(Matter, matter_id)) == 1


def test_nobody_is_reminded_of_what_is_settled_or_at_a_body(work: Casework, held: Any) -> None:
    replied, resumed, gone = (work.at("asked") for _ in range(3))
    work.at("at_body")
    services.reply(work.author, replied, "Olarin päässä.")
    services.resume(work.official, resumed, WHY)
    proposals.withdraw_proposal(work.author, gone, "Asia hoitui.")
    later(held, 10)
    assert services.remind_authors() == 0


def test_a_matter_can_be_asked_again_with_a_reminder_of_its_own(work: Casework, held: Any) -> None:
    matter = work.at("asked")
    later(held, 8)
    services.remind_authors()
    services.reply(work.author, matter, "Olarin päässä.")
    services.ask_author(work.official, matter, both("Kummassa päässä?"))
    later(held, 8)
    assert services.remind_authors() == 1
    assert reminders(matter) == 2


def test_a_question_waits_again_when_the_matter_is_brought_back(work: Casework, held: Any) -> None:
    matter = work.at("asked")
    proposals.withdraw_proposal(work.author, matter, "En tarvitse.")
    assert queries.get_open_question(matter) is None
    later(held, 20)
    restore_matter(work.registry, matter, WHY)
    question = queries.get_open_question(matter)
    assert question is not None
    assert question.reply_by == clock.today() + timedelta(days=14)
    assert services.remind_authors() == 1
    services.reply(work.author, matter, "Olarin päässä.")
    assert queries.get_open_question(matter) is None


def test_the_reminder_is_mailed_to_the_author_alone(work: Casework, held: Any) -> None:
    matter = work.at("asked")
    later(held, 7)
    while read_new():
        pass
    before = set(db.session.scalars(select(OutboxMail.id)))
    names = [job.name for job in jobs.JOBS]
    assert names.index("questions") < names.index("notifications"), "in the same run"
    services.remind_authors()
    read_new()
    new = [m for m in db.session.scalars(select(OutboxMail)) if m.id not in before]
    assert [m.subject for m in new] == [f"{matter.title}: Kaupunki odottaa yhä vastaustasi"]
    assert "Vastaa asian sivulla" in new[0].body
    assert "odottaa vastaustasi" in new[0].body


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_both_sides_see_until_when_the_reply_is_awaited(
    client: FlaskClient, work: Casework, sign_in: SignIn, held: Any
) -> None:
    matter = work.at("asked")

    def page(actor: Actor, path: str) -> str:
        sign_in(client, actor)
        return html.unescape(client.get(f"/en{path}").text).replace("\xa0", " ")

    assert "Reply by 23/3/2026." in page(work.author, f"/matters/{matter.id}")
    assert "Reply by 23/3/2026." in page(work.author, f"/matters/{matter.id}/reply")
    shown = page(work.official, f"/queue/{matter.id}")
    assert "No reply since 9/3/2026. The author was asked to reply by 23/3/2026." in shown
    assert "The author is reminded once, on 16/3/2026." in shown
    later(held, 7)
    services.remind_authors()
    shown = page(work.official, f"/queue/{matter.id}")
    assert "The author was reminded on 16/3/2026. You can go on without a reply." in shown
    journey = page(work.official, f"/matters/{matter.id}/journey")
    assert "The author was reminded of the question" in journey


def test_the_days_are_settings_of_the_municipality(work: Casework, context: Flask) -> None:
    from app.city import services as city

    seed = city.read_seed()
    clocks = {**seed["municipality"]["clocks"], "reply_days": 21, "ask_reminder_days": 3}
    city.seed_city({**seed, "municipality": {**seed["municipality"], "clocks": clocks}})
    question = queries.get_open_question(work.at("asked"))
    assert question is not None
    assert question.reply_by == date(2026, 3, 30)
    assert question.remind_at == clock.now() + timedelta(days=3)
