"""Feedback without an account: one form, a link of one's own, messages, and being forgotten."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.answers import services as answers
from app.core.errors import Invalid
from app.core.mail import OutboxMail
from app.extensions import db
from app.feedback import links
from app.feedback.forms import title_of
from app.feedback.models import FeedbackSender
from app.feedback.services import forget_old_senders, send_feedback
from app.jobs import read_notifications
from app.journal.models import JournalEntry
from app.proposals.lifecycle import MatterKind, State
from app.proposals.models import TITLE_LIMIT, Matter
from app.proposals.services import Draft
from app.registry.services import register_matter
from app.responses import services as responses
from tests.casework import UNIT, Casework, answer, both
from tests.conftest import START, FreshClient, make_app
from tests.factories import Factory
from tests.pages import page, send
from tests.parallel import in_parallel

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
BODY = "Bussipysäkin katos Olarissa vuotaa sateella."
Move = Callable[[Any], None]


def opened(client: FlaskClient, path: str = "/feedback") -> dict[str, Any]:
    """What a person sends who opened the form a while ago."""
    sealed = re.search(r'name="opened"[^>]*value="([^"]+)"', page(client, path))
    assert sealed is not None
    service = "street_lighting"
    return {"opened": sealed.group(1), "body": BODY, "service": service, "language": "fi"}


@pytest.fixture
def form(client: FlaskClient, held: Move) -> dict[str, Any]:
    fields = opened(client)
    held(START + timedelta(seconds=30))
    return fields


def draft(**changes: Any) -> Draft:
    whole = {"kind": MatterKind.FEEDBACK, "language": "fi", "title": BODY, "body": BODY}
    place = {"theme": "streets", "service": "street_lighting"}
    return Draft(**(whole | place | changes))


def mails() -> list[OutboxMail]:
    read_notifications()
    return list(db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


@only_sqlite
def test_it_is_pending_at_once_with_a_clock_and_without_an_author(
    client: FlaskClient, form: dict[str, Any]
) -> None:
    first = send(client, "/feedback", **form, email="a@example.org")
    again = send(client, "/feedback", **form, email="a@example.org")
    assert first.location == again.location
    matter = db.session.scalars(select(Matter)).one()
    assert (matter.kind, matter.state, matter.author_id) == ("feedback", State.PUBLISHED, None)
    assert matter.next_due is not None
    own = page(client, first.location.removeprefix("/en"))
    assert BODY in own
    assert "You get a message at each step." in own
    headers = client.get(first.location).headers
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Referrer-Policy"] == "same-origin", "other sites are not told the link"
    public = page(client.application.test_client(), f"/matters/{matter.id}")
    assert BODY in public
    assert "a@example.org" not in public
    facts = " ".join(str(e.facts) for e in db.session.scalars(select(JournalEntry)))
    assert "example.org" not in facts


@only_sqlite
def test_programs_and_mistakes_are_refused_with_all_that_was_written(
    client: FlaskClient, held: Move
) -> None:
    fields = opened(client)
    fast = send(client, "/feedback", 422, **fields)
    assert "That was very fast." in fast.text
    held(START + timedelta(seconds=30))
    for change, sentence in (
        ({"website": "x"}, "Leave the last field empty"),
        ({"opened": "forged"}, "The form was opened long ago."),
        ({"body": " "}, "Write your feedback first."),
        ({"service": ""}, "service"),
        ({"email": "nobody"}, "address"),
        ({"body": " ".join(f"https://example.org/{n}" for n in range(9))}, "links"),
        ({"language": "xx"}, "Not a valid choice"),
    ):
        answered = send(client, "/feedback", 422, **(fields | change))
        assert sentence in answered.text, change
        assert 'role="alert"' in answered.text, change
    assert BODY in fast.text
    assert db.session.scalar(select(func.count()).select_from(Matter)) == 0
    token = re.search(r'name="opened"[^>]*value="([^"]+)"', fast.text)
    assert token is not None
    assert token.group(1) == fields["opened"], "waiting a moment is enough"
    send(client, "/feedback", **fields)


@only_sqlite
def test_the_form_needs_its_token_and_one_address_sends_only_so_many(
    context: Flask, client: FlaskClient, form: dict[str, Any], tmp_path: Path
) -> None:
    url = context.config["SQLALCHEMY_DATABASE_URI"]
    limited = make_app(url, tmp_path, RATELIMIT_ENABLED=True)
    limited.test_client_class = FreshClient
    visitor = limited.test_client()
    statuses = [visitor.post("/en/feedback", data={}).status_code for _ in range(41)]
    assert statuses == [422] * 40 + [429]
    limited.wsgi_app.close()  # type: ignore[attr-defined]
    context.config["WTF_CSRF_ENABLED"] = True
    send(client, "/feedback", 400, **form)
    assert db.session.scalar(select(func.count()).select_from(Matter)) == 0


def test_one_form_sent_twice_at_the_same_moment_is_one_matter(app: Flask, context: Flask) -> None:
    db.session.rollback()
    acts = [lambda: send_feedback(draft(), "", "one form")] * 3
    assert in_parallel(app, acts) == ["done"] * 3
    assert db.session.scalar(select(func.count()).select_from(Matter)) == 1
    with pytest.raises(Invalid):
        send_feedback(draft(language="xx"), "", "another")


@pytest.mark.parametrize("city_only", [False, True])
def test_the_sender_hears_replies_and_gets_the_answer_with_the_link(
    make: Factory, client: FlaskClient, city_only: bool
) -> None:
    work = Casework(make)
    sender = send_feedback(draft(city_only=city_only), "a@example.org", "key")
    matter, token = db.session.get_one(Matter, sender.matter_id), links.make_token(sender)
    own = f"/feedback/{token}"
    register_matter(work.registry, matter, UNIT)
    responses.start_preparation(work.official, matter)
    responses.ask_author(work.official, matter, both("Mikä pysäkki?"))
    told = mails()
    assert {mail.recipient for mail in told} == {"a@example.org"}
    assert own in told[-1].body
    assert "Mikä pysäkki?" in told[-1].body
    assert "Mikä pysäkki?" in page(client, own)
    assert "Reply" in send(client, f"{own}/reply", 422, text=" ").text
    send(client, f"{own}/reply", text="Kuitinmäentien pysäkki")
    refused = client.post(f"/en{own}/reply", data={"text": "Vielä kerran"})
    assert refused.status_code == 409
    db.session.expire_all()
    assert matter.state == State.IN_PREPARATION
    answers.publish_answer(work.official, matter, answer())
    assert "Rakennamme valot" in page(client, own, lang="fi")
    assert len(mails()) == len(told) + 1
    read = page(client, f"/matters/{matter.id}", 404 if city_only else 200)
    assert ("Rakennamme valot" in read) != city_only


@only_sqlite
def test_messages_end_by_one_click_and_the_sender_is_forgotten_when_asked(
    context: Flask, client: FlaskClient
) -> None:
    sender = send_feedback(draft(), "a@example.org", "key")
    matter_id, own = sender.matter_id, f"/feedback/{links.make_token(sender)}"
    before = len(mails())
    assert "End the messages" in page(client, f"{own}/stop")
    assert db.session.get_one(FeedbackSender, matter_id).email == "a@example.org"
    context.config["WTF_CSRF_ENABLED"] = True
    done = client.post(f"/en{own}/stop", data={"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    context.config["WTF_CSRF_ENABLED"] = False
    assert db.session.get_one(FeedbackSender, matter_id).email is None
    assert len(mails()) == before
    assert "No messages are sent" in page(client, own)
    send(client, f"{own}/forget")
    assert db.session.get(FeedbackSender, matter_id) is None
    for path in (own, f"{own}/stop", "/feedback/guess", f"{own}x"):
        assert "does not work any more" in page(client, path, 410)
    for path in (f"{own}/reply", f"{own}/forget", f"{own}/stop"):
        send(client, path, 410, text="Kuka tahansa")
    assert db.session.get_one(Matter, matter_id).state == State.PUBLISHED


def test_senders_are_forgotten_a_year_after_the_handling_has_ended(
    make: Factory, held: Move
) -> None:
    work = Casework(make)
    ended, going = (send_feedback(draft(), "a@example.org", key).matter_id for key in "ab")
    matter = db.session.get_one(Matter, ended)
    register_matter(work.registry, matter, UNIT)
    responses.start_preparation(work.official, matter)
    answers.publish_answer(work.official, matter, answer())
    answers.close_matter(work.official, matter, both("Valmis"))
    for days, forgotten in ((364, 0), (365, 1), (400, 0)):
        held(START + timedelta(days=days))
        assert forget_old_senders() == forgotten
    assert list(db.session.scalars(select(FeedbackSender.matter_id))) == [going]


def test_the_title_is_how_the_text_begins() -> None:
    assert title_of("  Hyvä\n\npalvelu täällä ") == "Hyvä palvelu täällä"
    long = title_of("sana " * 100)
    assert len(long) <= TITLE_LIMIT
    assert long.endswith("sana…")
    assert len(title_of("x" * 500)) == TITLE_LIMIT
