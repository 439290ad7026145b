"""One question by a link in a mail: recorded by a button, once a person, and dead when outdated."""

import html
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.answers import services as answers
from app.core import clock
from app.core.access import SYSTEM, Actor
from app.core.command import command
from app.core.mail import OutboxMail
from app.extensions import db
from app.follows import services as follows
from app.journal import Kind, record
from app.notifications.readers import read_new
from app.outcomes import links, queries, services
from app.outcomes.models import Understanding, Verdict
from app.outcomes.queries import VerdictCounts
from app.proposals import services as proposals
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from tests.casework import WHY, Casework, answer, both
from tests.conftest import FreshClient, make_app
from tests.factories import Factory

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


def link(actor: Actor, matter: Matter, which: str, language: str = "en") -> str:
    """The path of a link in a mail."""
    url = links.survey_url(actor.person_id or 0, matter.id, which, language)
    assert url is not None
    return url.removeprefix("http://localhost")


def verdicts(matter: Matter) -> VerdictCounts:
    return queries.count_verdicts([matter.id])[matter.id]


def read(response: Any) -> str:
    return html.unescape(response.text)


@command
def hide(matter: Matter) -> None:
    record(Kind.HIDDEN, matter, SYSTEM, rule="insult")


# ---------- asking ----------


def test_a_link_opens_the_question_and_only_the_button_records(
    client: FlaskClient, work: Casework
) -> None:
    matter = work.answered()
    path = link(work.author, matter, "understanding")
    for _ in range(3):  # as mail scanners do
        response = client.get(path)
        assert response.status_code == 200
        assert matter.title in read(response)
        assert response.headers["Cache-Control"] == "private, no-store"
        client.head(path)
    assert db.session.scalars(select(Understanding)).all() == []
    response = client.post(path, data={"score": "4"})
    assert "Your answer counts." in read(response)
    assert queries.get_progress(work.author, matter).own_score == 4


def test_a_second_answer_replaces_the_first(client: FlaskClient, work: Casework) -> None:
    matter = work.implemented()
    path = link(work.author, matter, "help")
    client.post(path, data={"verdict": "no", "words": "Pimeää"})
    assert 'value="no"' in read(client.get(path))
    client.post(path, data={"verdict": "partly", "words": "Parempi"})
    assert verdicts(matter) == VerdictCounts(partly=1)
    assert queries.list_words(matter.id) == [(Verdict.PARTLY, "Parempi")]


def test_the_link_and_the_page_give_one_answer_together(
    client: FlaskClient, work: Casework
) -> None:
    matter = work.implemented()
    services.give_verdict(work.author, matter, "yes")
    client.post(link(work.author, matter, "help"), data={"verdict": "no"})
    assert verdicts(matter) == VerdictCounts(no=1)


@pytest.mark.parametrize(
    ("which", "stage", "wrong"),
    [
        ("understanding", "answered", {}),
        ("understanding", "answered", {"score": "6"}),
        ("understanding", "answered", {"score": "yes"}),
        ("help", "implemented", {}),
        ("help", "implemented", {"verdict": "maybe"}),
        ("help", "implemented", {"verdict": "yes", "words": "a" * 1001}),
    ],
)
@only_sqlite
def test_a_wrong_answer_is_explained_and_not_recorded(
    client: FlaskClient, work: Casework, which: str, stage: str, wrong: dict[str, str]
) -> None:
    matter = work.at(stage)
    response = client.post(link(work.author, matter, which), data=wrong)
    assert response.status_code == 422
    assert 'class="error' in read(response)
    assert verdicts(matter) == VerdictCounts()
    assert db.session.scalars(select(Understanding)).all() == []


def test_a_follower_answers_in_the_language_of_the_mail(
    client: FlaskClient, work: Casework
) -> None:
    matter = work.implemented()
    follower = work.make.actor()
    follows.follow(follower, matter)
    shown = read(client.get(link(follower, matter, "help", "sv")))
    assert 'lang="sv"' in shown
    assert "Hjälpte det?" in shown
    client.post(link(follower, matter, "help", "sv"), data={"verdict": "yes"})
    assert verdicts(matter) == VerdictCounts(yes=1)


def test_enough_no_by_mail_opens_the_matter_again(client: FlaskClient, work: Casework) -> None:
    matter = work.judged(("no",) * 4)
    path = link(work.author, matter, "help")
    client.post(path, data={"verdict": "no"})
    assert matter.state == State.IN_PREPARATION
    assert client.get(path).status_code == 410


# ---------- dead and forged links ----------


def test_nothing_is_asked_where_there_is_nothing_to_ask(work: Casework) -> None:
    for stage, which in (
        ("prepared", "understanding"),
        ("prepared", "help"),
        ("answered", "help"),
        ("implementing", "help"),
    ):
        matter = work.at(stage)
        assert links.survey_url(work.author.person_id or 0, matter.id, which, "fi") is None


def _corrected(work: Casework, matter: Matter) -> None:
    answers.correct_answer(work.official, matter, answer(reasons=both("Selkeämmin")), WHY, 1)


def _reopened(work: Casework, matter: Matter) -> None:
    services.reopen(work.official, matter, WHY)


def _done_again(work: Casework, matter: Matter) -> None:
    _reopened(work, matter)
    answers.publish_answer(work.official, matter, answer())
    services.start_implementing(work.official, matter)
    services.report_implemented(work.official, matter, WHY)


def _evaluated(work: Casework, matter: Matter) -> None:
    services.evaluate(work.official, matter)


def _hidden(_work: Casework, matter: Matter) -> None:
    hide(matter)


ENDS: dict[str, tuple[str, Callable[[Casework, Matter], None]]] = {
    "answer corrected": ("understanding", _corrected),
    "answer reopened": ("understanding", _reopened),
    "answered anew": ("understanding", _done_again),
    "answer hidden": ("understanding", _hidden),
    "result reopened": ("help", _reopened),
    "implemented anew": ("help", _done_again),
    "result evaluated": ("help", _evaluated),
    "result hidden": ("help", _hidden),
}


@pytest.mark.parametrize("end", ENDS)
def test_an_outdated_link_is_dead_and_records_nothing(
    client: FlaskClient, work: Casework, held: Any, end: str
) -> None:
    which, happens = ENDS[end]
    matter = work.implemented()
    path = link(work.author, matter, which)
    assert client.get(path).status_code == 200
    held(clock.now() + timedelta(days=40))
    happens(work, matter)
    assert client.get(path).status_code == 410
    assert client.post(path, data={"score": "1", "verdict": "no"}).status_code == 410
    assert verdicts(matter) == VerdictCounts()
    assert db.session.scalars(select(Understanding)).all() == []


@only_sqlite
def test_every_bad_link_is_refused_in_the_same_words(
    client: FlaskClient, work: Casework, context: Flask
) -> None:
    hidden, reopened, fine = work.implemented(), work.implemented(), work.implemented()
    stranger = work.make.actor()
    bad = [
        "/en/survey/nonsense",
        link(work.author, fine, "help")[:-2] + "xx",
        link(stranger, fine, "help"),
        link(Actor(person_id=10_000), fine, "help"),
        link(work.author, hidden, "help"),
        link(work.author, reopened, "help"),
        "/en/survey/" + _signed_with(context, "kuuluu.unfollow", [1, 2]),
    ]
    hide(hidden)
    services.reopen(work.official, reopened, WHY)
    pages = {_without_path(read(client.get(path)), path) for path in bad}
    assert len(pages) == 1
    assert "This link does not work any more." in pages.pop()
    assert {client.get(path).status_code for path in bad} == {410}
    assert {client.post(path, data={"verdict": "no"}).status_code for path in bad} == {410}
    assert verdicts(fine) == VerdictCounts()


def _signed_with(app: Flask, salt: str, payload: list[Any]) -> str:
    from itsdangerous import URLSafeSerializer

    return str(URLSafeSerializer(app.config["SECRET_KEY"], salt=salt).dumps(payload))


def _without_path(page: str, path: str) -> str:
    """The page without its own address, which the change of language repeats."""
    return page.replace(path.removeprefix("/en"), "")


@only_sqlite
def test_who_does_not_follow_any_more_is_not_asked(client: FlaskClient, work: Casework) -> None:
    matter = work.implemented()
    follower = work.make.actor()
    follows.follow(follower, matter)
    path = link(follower, matter, "help")
    follows.unfollow(follower, matter)
    assert client.post(path, data={"verdict": "no"}).status_code == 410


@only_sqlite
def test_a_link_answers_for_its_own_person_whoever_is_signed_in(
    client: FlaskClient, work: Casework, sign_in: Callable[[FlaskClient, Actor], None]
) -> None:
    matter = work.implemented()
    other = work.make.actor()
    follows.follow(other, matter)
    sign_in(client, other)
    client.post(link(work.author, matter, "help"), data={"verdict": "yes"})
    assert queries.get_progress(work.author, matter).own_verdict == Verdict.YES
    assert queries.get_progress(other, matter).own_verdict is None


@only_sqlite
def test_links_are_rate_limited(work: Casework, context: Flask, tmp_path: Any) -> None:
    matter = work.implemented()
    path = link(work.author, matter, "help")
    limited = make_app(context.config["SQLALCHEMY_DATABASE_URI"], tmp_path, RATELIMIT_ENABLED=True)
    limited.test_client_class = FreshClient
    browser = limited.test_client()
    # the window of a minute may turn in between, so twice as many are enough for certain
    codes = (browser.post(path, data={"verdict": "yes"}).status_code for _ in range(125))
    assert next(codes) == 200
    assert 429 in codes


# ---------- the mails ----------


@pytest.mark.parametrize("stage", ["answered", "implemented"])
def test_mails_about_an_answer_and_a_result_have_the_link(
    client: FlaskClient, work: Casework, stage: str
) -> None:
    follower = work.make.actor()
    matter = work.prepared()
    follows.follow(follower, matter)
    read_new()
    answers.publish_answer(work.official, matter, answer())
    if stage == "implemented":
        services.start_implementing(work.official, matter)
        read_new()
        services.report_implemented(work.official, matter, WHY)
    read_new()
    for actor in (work.author, follower):
        path = _link_in_last_mail(actor)
        field = {"verdict": "yes"} if stage == "implemented" else {"score": "5"}
        assert client.get(path).status_code == 200
        assert client.post(path, data=field).status_code == 200
    progress = queries.get_progress(follower, matter)
    assert progress.counts.yes == 2 if stage == "implemented" else progress.scores == 2


def _link_in_last_mail(actor: Actor) -> str:
    email = db.session.get_one(Person, actor.person_id).email
    query = (
        select(OutboxMail.body).where(OutboxMail.recipient == email).order_by(OutboxMail.id.desc())
    )
    body = db.session.scalars(query).first() or ""
    (url,) = [word for word in body.split() if "/survey/" in word]
    return url.removeprefix("http://localhost")


@only_sqlite
def test_other_mails_have_no_question(work: Casework) -> None:
    matter = work.answered()
    services.start_implementing(work.official, matter)
    proposals.withdraw_proposal(work.author, work.published(), "En tarvitse enää.")
    read_new()
    bodies = db.session.scalars(select(OutboxMail.body)).all()
    assert sum("/survey/" in body for body in bodies) == 1
