"""What the city has promised: the public page, evidence, who sees to a promise, reminders."""

import html
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts import services as accounts
from app.accounts.queries import get_person
from app.answers.models import Answer
from app.core import clock
from app.core.access import SYSTEM, Actor, Role
from app.core.command import command
from app.core.errors import Forbidden, Invalid, WrongState
from app.core.mail import OutboxMail
from app.duties.services import run_out_clocks
from app.extensions import db
from app.follows import services as follows
from app.journal import Kind, record
from app.journal.queries import list_entries
from app.journal.replay import differences
from app.notifications.readers import read_new
from app.promises import queries, services
from app.promises.models import EvidenceKind, Promise
from app.promises.queries import Standing
from app.promises.reminders import remind_owners
from app.promises.services import Shown
from app.proposals import services as proposals
from app.proposals.models import Matter
from tests.casework import OTHER_UNIT, UNIT, WHY, Casework, both, in_days, promise
from tests.factories import Factory
from tests.pages import counting, page

SignIn = Callable[[FlaskClient, Actor], None]
only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
LINK = Shown(EvidenceKind.LINK, "https://www.example.org/valot")


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


def promised(work: Casework, days: int = 30, what: str = "Valot palavat") -> tuple[Matter, Promise]:
    matter = work.answered(promises=[promise(days, what)])
    query = select(Promise).where(Promise.matter_id == matter.id)
    return matter, db.session.scalars(query).one()


@command
def _hide(matter: Matter) -> None:
    record(Kind.HIDDEN, matter, SYSTEM, rule="insult")


# ---------- days and evidence ----------


@pytest.mark.parametrize(
    ("due", "code"),
    [
        (date(2026, 3, 9), "promise_past"),
        (date(2020, 1, 1), "promise_past"),
        (date(2099, 1, 1), "promise_too_far"),
    ],
)
def test_a_promise_needs_a_day_that_can_come(work: Casework, due: date, code: str) -> None:
    matter = work.answered()
    answer_id = db.session.scalars(select(Answer.id).where(Answer.matter_id == matter.id)).one()
    with pytest.raises(Invalid, match=code):
        services.make_promise(work.official, matter, answer_id, both("Valot"), due)
    assert db.session.scalars(select(Promise)).all() == []


def test_a_promise_is_not_moved_out_of_reach(work: Casework) -> None:
    _, item = promised(work)
    with pytest.raises(Invalid, match="promise_too_far"):
        services.move_promise(work.official, item, date.max, WHY)


def test_a_kept_promise_shows_pages_and_decisions_that_the_journal_vouches_for(
    work: Casework,
) -> None:
    matter, item = promised(work)
    decision = Shown(EvidenceKind.DECISION, "https://decisions.example.org/1")
    services.keep_promise(work.official, item, both("Valot palavat"), [LINK, decision])
    assert [(piece.kind, piece.url) for piece in item.evidence] == [
        (EvidenceKind.LINK, LINK.url),
        (EvidenceKind.DECISION, decision.url),
    ]
    entry = list_entries("matter", matter.id)[-1]
    assert entry.kind == "promise_kept"
    assert item.kept_on == clock.today()
    kept = [piece.digest for piece in item.evidence]
    assert all(digest in str(entry.facts) for digest in kept)
    assert not list(differences())


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/a",
        "javascript:alert(1)",
        "https://",
        "https://localhost",
        "https://someone@example.org/",
        "https://example.org/a b",
        "https://example.org/<b>",
        "https://[::1",
        "https://example.org/" + "a" * 500,
    ],
)
@only_sqlite
def test_an_address_that_is_no_plain_https_is_refused(work: Casework, url: str) -> None:
    _, item = promised(work)
    with pytest.raises(Invalid, match="not_https"):
        services.keep_promise(work.official, item, both("Valot"), [Shown(EvidenceKind.LINK, url)])
    assert item.kept_at is None


@only_sqlite
def test_an_official_keeps_a_promise_with_an_address(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    matter, item = promised(work)
    sign_in(client, work.official)
    name = f"keep-{item.id}-"
    fields = {"evidence_fi": "Palavat", "evidence_sv": "Lyser", "url": "www.example.org"}
    path = f"/en/queue/promises/{item.id}/keep"
    refused = client.post(path, data={name + key: value for key, value in fields.items()})
    assert refused.status_code == 422
    assert "begins with https://" in refused.text
    fields |= {"url": " https://www.example.org/valot ", "url_is": "decision"}
    done = client.post(path, data={name + key: value for key, value in fields.items()})
    assert done.status_code == 303
    shown = page(client, f"/matters/{matter.id}")
    assert '<a href="https://www.example.org/valot" rel="noopener">' in shown
    assert "The decision: www.example.org" in shown


# ---------- the ledger ----------


def test_promises_are_counted_by_unit_and_judged_by_the_first_day(
    work: Casework, held: Any
) -> None:
    start = clock.now()
    _, in_time = promised(work, 10)
    _, moved = promised(work, 10)
    _, late = promised(work, 10)
    _, broken = promised(work, 40)
    promised(work, 90)
    services.keep_promise(work.official, in_time, both("Valmis"))
    services.move_promise(work.official, moved, in_days(30), WHY)
    services.break_promise(work.official, broken, WHY)
    held(start + timedelta(days=20))
    services.keep_promise(work.official, moved, both("Valmis"))
    tally = queries.count_by_unit()[UNIT]
    assert (tally.open, tally.late, tally.kept, tally.broken) == (2, 1, 2, 1)
    assert (tally.in_time, tally.judged, tally.percent) == (1, 4, 25)
    found = queries.page_ledger(Standing.LATE, UNIT, None).items
    assert [row[0].id for row in found] == [late.id]


def test_a_promise_is_in_time_until_the_end_of_its_local_day(work: Casework, held: Any) -> None:
    _, item = promised(work, 10)
    held(clock.end_of(item.due) - timedelta(minutes=1))
    services.keep_promise(work.official, item, both("Valmis"))
    assert queries.count_by_unit()[UNIT].in_time == 1


def test_hidden_and_left_matters_are_not_in_the_ledger(work: Casework) -> None:
    hidden, _ = promised(work, 10)
    left, _ = promised(work, 10)
    _hide(hidden)
    proposals.withdraw_proposal(work.author, left, "Peruutan.")
    assert queries.count_by_unit() == {}
    assert queries.page_ledger(Standing.OPEN, None, None).items == []


@only_sqlite
def test_everybody_sees_what_was_promised_and_what_became_of_it(
    client: FlaskClient, work: Casework, held: Any
) -> None:
    start = clock.now()
    matter, moved = promised(work, 10, "Lamput")
    _, kept = promised(work, 20, "Penkit")
    services.move_promise(work.official, moved, in_days(30), WHY)
    services.keep_promise(work.official, kept, both("Penkit paikallaan"), [LINK])
    shown = page(client, "/promises")
    assert "Lamput suomeksi" in shown
    assert "Promised by <s>19/3/2026</s>, now by 8\xa0April" in shown
    assert f'href="/en/matters/{matter.id}"' in shown
    assert "Penkit suomeksi" not in shown
    settled = page(client, f"/promises?state=kept&unit={UNIT}")
    assert "Penkit suomeksi" in settled
    assert "A page that shows it: www.example.org" in settled
    assert "100\xa0%" in settled
    assert "No promise stands like this" in page(client, f"/promises?unit={OTHER_UNIT}")
    assert page(client, "/promises?unit=nowhere", 404)
    assert page(client, "/promises?state=forgotten", 404)
    assert page(client, "/promises?page=rubbish", 404)
    held(start + timedelta(days=31))
    assert "1 of them is late." in page(client, "/promises")


@only_sqlite
def test_a_long_ledger_is_paged_within_its_queries(client: FlaskClient, work: Casework) -> None:
    for number in range(4):
        work.answered(promises=[promise(9 + number, f"Lamppu {number}-{n}") for n in range(6)])
    page(client, "/promises?state=late")
    with counting() as statements:
        first = page(client, "/promises")
    assert len(statements) <= 6, statements
    assert first.count('<li class="promise') == queries.LEDGER_PAGE
    address = html.unescape(first).split('" rel="next"')[0].rpartition('href="/en')[2]
    assert page(client, address).count('<li class="promise') == 4


# ---------- who sees to it, and reminders ----------


def test_an_official_of_the_unit_sees_to_a_promise(work: Casework) -> None:
    _, item = promised(work)
    colleague = get_person(work.make.actor(Role.OFFICIAL, unit=UNIT).person_id or 0)
    stranger = get_person(work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT).person_id or 0)
    services.name_keeper(work.official, item, colleague)
    assert item.keeper_id == colleague.id
    for other in (stranger, get_person(work.author.person_id or 0)):
        with pytest.raises(Invalid, match="not_keeper"):
            services.name_keeper(work.official, item, other)
    with pytest.raises(Forbidden, match="not_promising_unit"):
        services.name_keeper(stranger.as_actor(), item, colleague)
    services.name_keeper(work.official, item, None)
    assert item.keeper_id is None
    services.break_promise(work.official, item, WHY)
    with pytest.raises(WrongState, match="promise_settled"):
        services.name_keeper(work.official, item, colleague)


@only_sqlite
def test_who_sees_to_a_promise_is_chosen_on_the_page_and_is_not_public(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    matter, item = promised(work)
    person = work.make.person(name="Kaisla Katuvalo")
    accounts.grant_role(SYSTEM, person, Role.OFFICIAL, unit=UNIT)
    colleague = person.as_actor()
    sign_in(client, work.official)
    assert "Kaisla Katuvalo" in page(client, f"/queue/{matter.id}")
    fields = {f"keeper-{item.id}-person": str(colleague.person_id)}
    assert client.post(f"/en/queue/promises/{item.id}/keeper", data=fields).status_code == 303
    db.session.expire_all()
    assert item.keeper_id == colleague.person_id
    fresh = client.application.test_client()
    assert "Kaisla" not in page(fresh, "/promises") + page(fresh, f"/matters/{matter.id}")


def mails() -> list[OutboxMail]:
    return list(db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def day(moment: datetime, days: int) -> datetime:
    return moment + timedelta(days=days)


def test_the_unit_is_reminded_once_for_each_present_day(work: Casework, held: Any) -> None:
    start = clock.now()
    matter, item = promised(work, 30, "Lamput")
    work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT)
    before = len(mails())
    held(day(start, 15))
    assert remind_owners() == 0
    held(day(start, 16))
    assert remind_owners() == 1
    assert remind_owners() == 0
    (mail,) = mails()[before:]
    assert mail.recipient == get_person(work.official.person_id or 0).email
    assert "Lamput suomeksi" in mail.subject
    assert f"/fi/queue/{matter.id}#promises" in mail.body
    services.move_promise(work.official, item, in_days(40), WHY)
    assert remind_owners() == 0
    held(day(start, 50))
    assert remind_owners() == 1
    assert "arvioidaan sen mukaan" in mails()[-1].body
    held(day(start, 80))
    assert remind_owners() == 0


def test_the_official_who_sees_to_it_is_reminded_alone_while_in_the_unit(
    work: Casework, held: Any
) -> None:
    start = clock.now()
    people = [get_person(work.make.actor(Role.OFFICIAL, unit=UNIT).person_id or 0) for _ in "ab"]
    _, item = promised(work, 30)
    services.name_keeper(work.official, item, people[0])
    before = len(mails())
    held(day(start, 20))
    remind_owners()
    assert [mail.recipient for mail in mails()[before:]] == [people[0].email]
    services.move_promise(work.official, item, in_days(60), WHY)
    accounts.end_role(SYSTEM, people[0].grants[0])
    before = len(mails())
    held(day(start, 75))
    remind_owners()
    everybody = {people[1].email, get_person(work.official.person_id or 0).email}
    assert {mail.recipient for mail in mails()[before:]} == everybody


def test_nobody_is_reminded_of_what_is_settled_or_has_left(work: Casework, held: Any) -> None:
    _, kept = promised(work, 30)
    left, _ = promised(work, 30)
    services.keep_promise(work.official, kept, both("Valmis"))
    proposals.withdraw_proposal(work.author, left, "Peruutan.")
    held(day(clock.now(), 20))
    assert remind_owners() == 0


@only_sqlite
def test_author_and_followers_hear_which_promise_ran_out(work: Casework, held: Any) -> None:
    matter, _ = promised(work, 10, "Lamput")
    follower = work.make.actor()
    follows.follow(follower, matter)
    held(day(clock.now(), 11))
    read_new(1000)
    before = len(mails())
    run_out_clocks()
    read_new(1000)
    found = mails()[before:]
    people = {get_person(actor.person_id or 0).email for actor in (work.author, follower)}
    assert {mail.recipient for mail in found} == people
    assert all("Lamput suomeksi" in mail.body for mail in found)
