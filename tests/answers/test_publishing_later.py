"""An answer is published at the time that an official set: once, also late, or not at all."""

import html
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app import jobs
from app.accounts import services as accounts
from app.accounts.queries import get_person
from app.answers import queries, schedule, services
from app.answers.models import Answer
from app.city.models import Unit
from app.core import clock, topics
from app.core.access import SYSTEM, Actor, Role
from app.core.command import command
from app.core.errors import DomainError, Forbidden, Invalid, WrongState
from app.extensions import db
from app.journal.models import JournalActor
from app.journal.queries import as_entry, list_entries
from app.proposals import services as proposals
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from app.responses import services as responses
from tests.answers.test_answer_pages import WHOLE
from tests.casework import OTHER_UNIT, UNIT, Casework
from tests.factories import Factory
from tests.parallel import in_parallel

SignIn = Callable[[FlaskClient, Actor], None]


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


def scheduled(work: Casework, hours: float = 24, **changes: str) -> Matter:
    """A matter whose answer is to be published in some hours."""
    matter = work.prepared()
    services.save_answer_draft(work.official, matter, {**WHOLE, **changes}, 0)
    services.schedule_answer(work.official, matter, 1, clock.now() + timedelta(hours=hours))
    return matter


def draft_of(matter: Matter) -> Any:
    draft = queries.get_draft(matter.id)
    assert draft is not None
    return draft


@pytest.mark.parametrize("late", [0, 3, 300])
def test_it_is_published_once_when_its_time_has_come(work: Casework, held: Any, late: int) -> None:
    matter = scheduled(work)
    held(clock.now() + timedelta(hours=23))
    assert services.publish_due() == 0
    held(clock.now() + timedelta(hours=1 + late))
    assert services.publish_due() == 1
    assert services.publish_due() == 0
    assert matter.state == State.ANSWERED
    assert matter.answered_at == clock.now()
    assert queries.get_draft(matter.id) is None
    entries = [as_entry(row) for row in list_entries("matter", matter.id)]
    (entry,) = [e for e in entries if e.kind == "answered"]
    known = db.session.get(JournalActor, ("matter", matter.id, work.official.person_id))
    assert known is not None
    assert (entry.role, entry.unit, entry.actor) == ("official", UNIT, known.ref)


def test_two_machines_publish_it_once(work: Casework, context: Flask, held: Any) -> None:
    matter_id = scheduled(work).id
    held(clock.now() + timedelta(days=2))
    assert in_parallel(context, [services.publish_due] * 2) == ["done", "done"]
    db.session.rollback()
    count = select(func.count()).select_from(Answer).where(Answer.matter_id == matter_id)
    assert db.session.scalar(count) == 1


def test_one_that_fails_holds_up_none_of_the_others(
    work: Casework, held: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, whole = scheduled(work), scheduled(work)
    real = services.publish_answer

    def publish(actor: Actor, matter: Matter, draft: Any) -> Answer:
        if matter.id == broken.id:
            raise OSError("the disk is full")
        return real(actor, matter, draft)

    held(clock.now() + timedelta(hours=25))
    with monkeypatch.context() as full:
        full.setattr(services, "publish_answer", publish)
        with pytest.raises(OSError, match="full"):
            services.publish_due()
    assert (broken.state, whole.state) == (State.IN_PREPARATION, State.ANSWERED)
    assert services.publish_due() == 1
    assert broken.state == State.ANSWERED


def test_the_jobs_publish_it(work: Casework, held: Any) -> None:
    matter = scheduled(work)
    held(clock.now() + timedelta(days=1))
    next(job for job in jobs.JOBS if job.name == "answers").work()
    assert matter.state == State.ANSWERED


@pytest.mark.parametrize(
    ("hours", "code"), [(0, "time_passed"), (-1, "time_passed"), (24 * 184, "time_too_far")]
)
def test_the_time_is_ahead(work: Casework, hours: float, code: str) -> None:
    with pytest.raises(Invalid, match=code):
        scheduled(work, hours)


def test_what_is_incomplete_on_that_day_is_not_scheduled(work: Casework) -> None:
    with pytest.raises(Invalid, match="answer_incomplete"):
        scheduled(work, reasons_sv="")
    with pytest.raises(Invalid, match="answer_incomplete") as refused:
        scheduled(work, promise_2_due="10.3.2026")  # tomorrow, which is the day of publishing
    assert refused.value.facts["missing"][0]["problem"] == "not_in_future"


def test_only_the_unit_schedules_and_only_in_preparation(work: Casework) -> None:
    matter, at = scheduled(work), clock.now() + timedelta(hours=5)
    stranger = work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT)
    with pytest.raises(Forbidden, match="not_your_unit"):
        services.schedule_answer(stranger, matter, 1, at)
    with pytest.raises(Forbidden, match="not_your_unit"):
        services.cancel_schedule(stranger, matter)
    with pytest.raises(Invalid, match="draft_changed"):
        services.schedule_answer(work.official, matter, 9, at)
    asked = work.at("asked")
    services.save_answer_draft(work.official, asked, dict(WHOLE), 0)
    with pytest.raises(WrongState):
        services.schedule_answer(work.official, asked, 1, at)


def test_the_time_can_be_taken_back(work: Casework, held: Any) -> None:
    matter = scheduled(work)
    services.cancel_schedule(work.official, matter)
    with pytest.raises(WrongState, match="not_scheduled"):
        services.cancel_schedule(work.official, matter)
    held(clock.now() + timedelta(days=2))
    assert services.publish_due() == 0
    assert draft_of(matter).fields["sentence_fi"] == WHOLE["sentence_fi"]


def test_a_change_of_the_draft_takes_the_time_back(work: Casework, held: Any) -> None:
    matter = scheduled(work)
    services.save_answer_draft(work.official, matter, {**WHOLE, "cost": "3"}, 1)
    held(clock.now() + timedelta(days=2))
    assert services.publish_due() == 0
    assert draft_of(matter).publish_at is None


def withdrawn(work: Casework, matter: Matter) -> None:
    proposals.withdraw_proposal(work.author, matter, "En tarvitse enää")


def waiting(work: Casework, matter: Matter) -> None:
    responses.send_to_body(work.official, matter, "tela", clock.today() + timedelta(days=20))


def role_lost(work: Casework, matter: Matter) -> None:
    person = get_person(work.official.person_id or 0)
    accounts.end_role(SYSTEM, person.grants[0])


def promise_past(work: Casework, matter: Matter) -> None:
    """The job runs so late that a promised day has passed."""


@command
def eyes_required(work: Casework, matter: Matter) -> None:
    db.session.get_one(Unit, UNIT).second_eyes = True
    topics.touch("city")


@pytest.mark.parametrize(
    ("happens", "days", "code"),
    [
        (withdrawn, 2, "wrong_state"),
        (waiting, 2, "wrong_state"),
        (role_lost, 2, "not_your_unit"),
        (promise_past, 500, "answer_incomplete"),
        (eyes_required, 2, "needs_second_eyes"),
    ],
)
def test_what_is_not_possible_any_more_loses_its_time_and_the_unit_sees_why(
    work: Casework, held: Any, happens: Any, days: int, code: str
) -> None:
    matter = scheduled(work)
    other = scheduled(work, promise_2_due="1.1.2028")
    happens(work, matter)
    held(clock.now() + timedelta(days=days))
    services.publish_due()
    assert queries.get_answer(matter.id) is None
    assert (draft_of(matter).publish_at, draft_of(matter).problem) == (None, code)
    held(clock.now() + timedelta(days=1))
    assert services.publish_due() == 0
    if happens in (withdrawn, waiting, promise_past):  # nobody else's time is lost
        assert queries.get_answer(other.id) is not None


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_scheduled_answer_is_seen_by_nobody_outside(
    client: FlaskClient, work: Casework, held: Any
) -> None:
    matter = scheduled(work, sentence_fi="Kanarialintu laulaa", reasons_sv="Kanariefågeln sjunger")
    public = [str(r) for r in client.application.url_map.iter_rules() if "GET" in r.methods]
    seen = 0
    for rule in public:
        path = rule.replace("<language:lang>", "fi").replace("<int:matter_id>", str(matter.id))
        if "<" in path or "styleguide" in path:
            continue
        with client.get(path) as response:
            seen += response.status_code == 200
            assert "Kanarialintu" not in response.text, path
            assert "Kanariefågeln" not in response.text, path
    assert seen > 10
    assert "Kanarialintu" not in client.get("/fi/matters?q=kanarialintu").text
    held(clock.now() + timedelta(days=2))
    services.publish_due()
    assert "Kanarialintu" in client.get(f"/fi/matters/{matter.id}").text


# ---------- local time ----------


@pytest.mark.parametrize(
    ("day", "time", "moment"),
    [
        ("2026-03-10", "9.30", datetime(2026, 3, 10, 7, 30, tzinfo=UTC)),
        ("10.3.2026", "09:30", datetime(2026, 3, 10, 7, 30, tzinfo=UTC)),
        ("2026-07-01", "00:00", datetime(2026, 6, 30, 21, 0, tzinfo=UTC)),
        ("2026-03-29", "02:59", datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        ("2026-03-29", "04:00", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        ("2026-10-25", "03:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # the first of two
        ("2026-10-25", "04:00", datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
    ],
)
def test_a_local_time_is_one_moment(day: str, time: str, moment: datetime) -> None:
    assert schedule.moment_of(day, time) == moment


@pytest.mark.parametrize(
    ("day", "time"),
    [
        ("2026-03-29", "03:00"),
        ("2026-03-29", "03:59"),
        ("2026-02-30", "9.30"),
        ("2026-03-10", "24:00"),
        ("2026-03-10", ""),
        ("", "9.30"),
        ("huomenna", "aamulla"),
    ],
)
def test_a_time_that_does_not_exist_is_refused(day: str, time: str) -> None:
    with pytest.raises(DomainError, match="no_such_time"):
        schedule.moment_of(day, time)


# ---------- pages ----------

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@only_sqlite
def test_an_official_sets_and_takes_back_the_time(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    matter = work.prepared()
    path = f"/en/queue/{matter.id}/answer"
    sign_in(client, work.official)
    wanted = {**WHOLE, "seen": "0", "do": "schedule", "publish_day": "2026-03-29"}
    refused = client.post(path, data={**wanted, "publish_time": "03:30"})
    assert refused.status_code == 422
    assert "the clocks skip an hour" in refused.text
    assert 'value="2026-03-29"' in refused.text
    done = client.post(path, data={**wanted, "seen": "1", "publish_time": "4.30"})
    assert done.status_code == 303
    told = "The answer will be published on 29/3/2026 at 04:30."
    assert told in html.unescape(client.get(path).text)
    assert told in html.unescape(client.get(f"/en/queue/{matter.id}").text)
    assert client.post(f"{path}/cancel").status_code == 303
    assert told not in html.unescape(client.get(f"/en/queue/{matter.id}").text)


@only_sqlite
def test_the_unit_reads_why_nothing_was_published(
    client: FlaskClient, work: Casework, sign_in: SignIn, held: Any
) -> None:
    matter = scheduled(work)
    withdrawn(work, matter)
    held(clock.now() + timedelta(days=2))
    services.publish_due()
    sign_in(client, work.official)
    shown = html.unescape(client.get(f"/en/queue/{matter.id}").text)
    assert "was not published at the set time, because the matter was not in preparation" in shown
