"""The officials' queue: filters with counts, late ones first, several at once, load, offers."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import services as accounts
from app.accounts.queries import get_person
from app.core import clock
from app.core.access import SYSTEM, Actor, Role
from app.core.command import command
from app.core.errors import Invalid, NotFound
from app.extensions import db
from app.proposals.counts import counted_groups, get_groups, rebuild_counts
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from app.proposals.words import is_late
from app.registry.services import register_matter
from app.responses import filters, handovers, queries, services
from app.responses.filters import Due, QueueFilter
from tests.casework import OTHER_UNIT, UNIT, WHY, Casework, both, in_days
from tests.factories import Factory
from tests.pages import counting, page, send

SignIn = Callable[[FlaskClient, Actor], None]
only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


@pytest.fixture
def official(client: FlaskClient, work: Casework, sign_in: SignIn) -> FlaskClient:
    """A browser in which the unit's official has signed in."""
    sign_in(client, work.official)
    return client


def found(**wanted: Any) -> set[int]:
    rows = queries.page_queue([UNIT], QueueFilter(**wanted), None).items
    counted = filters.count_values(queries.list_groups([UNIT]), QueueFilter(**wanted))
    assert filters.count(counted, QueueFilter(**wanted)).open == len(rows), "the count agrees"
    assert get_groups() == counted_groups()
    return {row[0].id for row in rows}


@command
def copy_matters(matter: Matter, number: int) -> None:
    """Many rows like one, for counting queries."""
    columns = [c.name for c in Matter.__table__.columns if c.name not in ("id", "case_number")]
    row = {name: getattr(matter, name) for name in columns}
    db.session.execute(db.insert(Matter), [dict(row) for _ in range(number)])
    rebuild_counts()


# ---------- filters ----------


def test_each_filter_narrows_and_is_counted(work: Casework, held: Any) -> None:
    person = get_person(work.official.person_id or 0)
    late = work.registered(kind="feedback", area="suur-leppavaara", district=None)
    mine = work.prepared(service="sports_grounds", theme="sports")
    services.assign_matter(work.official, mine, person)
    asked = work.at("asked")
    services.estimate(work.official, asked, in_days(30), "Katutekniikka")
    offer = work.prepared()
    handovers.offer_hand_over(work.official, offer, OTHER_UNIT, WHY)
    for matter in (mine, offer):
        services.estimate(work.official, matter, in_days(30), "Katutekniikka")
    held(clock.now() + timedelta(days=55))
    everything = {late.id, mine.id, asked.id, offer.id}
    assert found() == everything
    assert found(state=State.REGISTERED) == {late.id}
    assert found(kind="feedback") == {late.id}
    assert found(theme=mine.theme) >= {mine.id}
    assert found(area="suur-leppavaara") == {late.id}
    assert found(person=person.id) == {mine.id}
    assert found(person=filters.NOBODY) == everything - {mine.id}
    assert found(due=Due.LATE) == {late.id}
    assert found(due=Due.WEEK) == {mine.id, offer.id}
    assert found(due=Due.WAITING) == {asked.id}
    assert found(offered=True) == {offer.id}
    assert found(due=Due.WEEK, person=person.id, state=State.IN_PREPARATION) == {mine.id}
    assert found(due=Due.LATE, person=person.id) == set()


def test_late_is_the_same_in_count_chip_order_and_list(work: Casework, held: Any) -> None:
    """An open duty whose present due has passed; what was extended in time again is not late."""
    extended, late = work.prepared(kind="feedback"), work.prepared(kind="feedback")
    asked = work.prepared(kind="feedback")
    for matter in (extended, late):
        services.estimate(work.official, matter, in_days(9), "Katutekniikka")
    services.ask_author(work.official, asked, both("Missä?"))
    held(clock.now() + timedelta(days=35))
    services.extend(work.official, extended, in_days(30), WHY)
    assert extended.overdue, "by its first date it was late, which statistics keep"
    matters = [extended, late, asked]
    assert {m.id for m in matters if is_late(m)} == {late.id, asked.id}
    assert found(due=Due.LATE) == {late.id, asked.id}, "the estimate of the asked one is due"
    assert queries.count_queue([UNIT]).late == 2
    assert {m.id for m in queries.list_late([UNIT])} == {late.id, asked.id}
    order = [row[0].id for row in queries.page_queue([UNIT], QueueFilter(), None).items]
    assert order == [late.id, asked.id, extended.id]


@only_sqlite
def test_the_page_shows_filters_with_counts_that_go_together(
    official: FlaskClient, work: Casework
) -> None:
    work.registered(kind="feedback", title="Palaute katuvalosta")
    work.prepared(title="Ehdotus uudesta reitistä")
    shown = page(official, "/queue?kind=feedback")
    assert "Palaute katuvalosta" in shown
    assert "Ehdotus uudesta" not in shown
    assert "1 open · 0 late" in shown
    assert '<option value="feedback" selected>Feedback (1)</option>' in shown
    assert '<option value="proposal">Proposal (1)</option>' in shown, "as if no kind were chosen"
    assert '<option value="registered">Registered (1)</option>' in shown
    assert "In preparation (1)" not in shown
    assert "No matter in the queue is like that" in page(official, "/queue?kind=initiative")
    assert "2 open" in page(official, "/queue?kind=nonsense&person=abc&due=x&state=y")
    assert page(official, "/queue?page=rubbish", 404)


@only_sqlite
@pytest.mark.parametrize("key", ["premises", OTHER_UNIT, "nowhere"])
def test_another_units_queue_is_refused(
    client: FlaskClient, work: Casework, sign_in: SignIn, key: str
) -> None:
    other = work.published(title="Toisen yksikön asia tässä")
    register_matter(work.registry, other, OTHER_UNIT)
    sign_in(client, work.official)
    assert other.title not in page(client, f"/queue?unit={key}", 403)
    assert other.title not in page(client, "/queue")


@only_sqlite
def test_an_official_of_two_units_sees_both_or_one(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    person = get_person(work.official.person_id or 0)
    accounts.grant_role(SYSTEM, person, Role.OFFICIAL, unit=OTHER_UNIT)
    sign_in(client, work.official)
    own = work.registered(title="Katutekniikan asia tässä")
    other = work.published(title="Liikuntapalvelujen asia tässä")
    register_matter(work.registry, other, OTHER_UNIT)
    both_units = page(client, "/queue")
    assert own.title in both_units
    assert other.title in both_units
    one = page(client, f"/queue?unit={OTHER_UNIT}")
    assert other.title in one
    assert own.title not in one


def test_a_hundred_matters_are_paged_within_eight_queries(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    matter = work.registered(kind="feedback")
    copy_matters(matter, 99)
    given = work.published()
    register_matter(work.registry, given, OTHER_UNIT)
    giver = work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT)
    handovers.offer_hand_over(giver, given, UNIT, WHY)
    services.assign_matter(work.official, matter, get_person(work.official.person_id or 0))
    sign_in(client, work.official)
    page(client, "/queue")
    seen: list[str] = []
    path = "/queue?kind=feedback"
    while path:
        with counting() as statements:
            shown = page(client, path)
        asked = [s for s in statements if not s.startswith(("BEGIN", "ROLLBACK"))]
        assert len(asked) <= 8, "\n".join(asked)
        seen += re.findall(r'name="matter" value="(\d+)-', shown)
        following = re.search(r'href="/en(/queue\?[^"]+)" rel="next"', shown)
        path = following.group(1) if following else ""
        assert "kind=feedback" in path or not path
    assert len(seen) == len(set(seen)) == 100


# ---------- several at once ----------


@only_sqlite
def test_ticked_matters_are_given_to_one_official(official: FlaskClient, work: Casework) -> None:
    colleague = work.make.actor(Role.OFFICIAL, unit=UNIT)
    one, two, left = work.registered(), work.registered(), work.registered()
    shown = page(official, "/queue?kind=proposal")
    ticked = re.findall(r'name="matter" value="([^"]+)"', shown)
    assert f"{one.id}-0" in ticked
    answer = send(
        official,
        "/queue/assign?kind=proposal&_scheme=evil",
        matter=[f"{one.id}-0", f"{two.id}-0"],
        person=str(colleague.person_id),
    )
    assert answer.headers["Location"] == "/en/queue?kind=proposal"
    db.session.expire_all()
    assert [m.assignee_id for m in (one, two, left)] == [colleague.person_id] * 2 + [None]


@only_sqlite
def test_several_are_given_all_or_none(official: FlaskClient, work: Casework) -> None:
    colleague = work.make.actor(Role.OFFICIAL, unit=UNIT)
    free, own = work.registered(), work.registered(author=colleague, title="Kollegan oma aloite")
    ticked = [f"{free.id}-0", f"{own.id}-0"]
    fields = {"matter": ticked, "person": str(colleague.person_id)}
    text = html.unescape(send(official, "/queue/assign", 422, **fields).text)
    assert "Nothing was changed. Kollegan oma aloite: Choose an official of the unit" in text
    assert text.count('name="matter"') == text.count(" checked>") == 2, "the ticks stay"
    db.session.expire_all()
    assert (free.assignee_id, own.assignee_id) == (None, None)
    assert "Choose at least one matter first." in send(official, "/queue/assign", 422).text
    rubbish = {"matter": ["x-y", "9" * 30 + "-0"], "person": ""}
    send(official, "/queue/assign", 422, **rubbish)


def test_several_at_once_ask_the_same_rights(work: Casework) -> None:
    mine, other = work.registered(), work.published()
    register_matter(work.registry, other, OTHER_UNIT)
    person = get_person(work.official.person_id or 0)
    with pytest.raises(Invalid, match="not_assigned"):
        services.assign_matters(work.official, {mine.id: 0, other.id: 0}, person)
    assert mine.assignee_id is None
    with pytest.raises(NotFound):
        services.assign_matters(work.official, {mine.id: 0, 99999: 0}, person)
    services.assign_matters(work.official, {mine.id: 0}, person)
    with pytest.raises(Invalid, match="not_assigned") as caught:
        services.assign_matters(work.official, {mine.id: 0}, None)
    assert isinstance(caught.value.__cause__, Invalid)
    assert caught.value.__cause__.code == "assigned_meanwhile"


@only_sqlite
def test_the_load_of_each_person_is_told_and_of_nobody(
    official: FlaskClient, work: Casework, held: Any
) -> None:
    work.make.actor(Role.OFFICIAL, unit=UNIT)
    person = get_person(work.official.person_id or 0)
    for _ in range(2):
        late = work.registered(kind="feedback")
        services.assign_matter(work.official, late, person)
    work.registered(kind="feedback")
    held(clock.now() + timedelta(days=12))
    soon = work.registered()
    services.assign_matter(work.official, soon, person)
    held(clock.now() + timedelta(days=25))
    shown = re.sub(r"<[^>]+>", " ", page(official, "/queue"))
    table = " ".join(shown[shown.index("Who has how much") :].split())
    assert "Nobody yet 1 1 0" in table
    assert f"{person.name} 3 2 1" in table
    assert re.search(r"Person \d+ 0 0 0", table), "who has nothing stands there too"


# ---------- offers ----------


@pytest.fixture
def offer(work: Casework) -> Matter:
    matter = work.prepared(title="Latu Keskuspuistoon asti")
    handovers.offer_hand_over(work.official, matter, OTHER_UNIT, WHY)
    return matter


@pytest.fixture
def receiver(work: Casework, app: Flask, sign_in: SignIn, client: FlaskClient) -> FlaskClient:
    """A browser of the unit to which matters are offered."""
    other = app.test_client()
    sign_in(other, work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT))
    return other


@only_sqlite
def test_the_receiver_sees_the_offer_and_takes_it(
    official: FlaskClient, receiver: FlaskClient, offer: Matter
) -> None:
    assert "Offered to your unit" not in page(official, "/queue")
    shown = page(receiver, "/queue")
    assert "Offered to your unit" in shown
    assert offer.title in shown
    assert WHY["fi"] in shown
    giver = page(official, f"/queue/{offer.id}")
    assert "Until it is accepted, the matter and its deadlines are yours." in giver
    assert "Take the offer back" in giver
    assert f"/queue/{offer.id}/acts/hand_over" not in giver
    answer = send(receiver, f"/queue/{offer.id}/offer/accept")
    assert answer.headers["Location"] == f"/en/queue/{offer.id}"
    db.session.expire_all()
    assert offer.holder_unit == OTHER_UNIT
    assert "The matter is your unit's now." in page(receiver, f"/queue/{offer.id}")
    journey = page(official, f"/matters/{offer.id}/journey")
    assert "offered the matter to" in journey


@only_sqlite
@pytest.mark.parametrize("key", ["accept", "return"])
def test_a_third_unit_settles_nothing(
    client: FlaskClient, work: Casework, sign_in: SignIn, offer: Matter, key: str
) -> None:
    for stranger in (work.official, work.make.actor(Role.OFFICIAL, unit="city_planning")):
        sign_in(client, stranger)
        send(client, f"/queue/{offer.id}/offer/{key}", 403)
    assert queries.get_offer(offer.id) is not None


@only_sqlite
def test_returning_needs_a_reason_and_keeps_what_was_typed(
    receiver: FlaskClient, offer: Matter
) -> None:
    address = f"/queue/{offer.id}/offer/return"
    prefix = f"return{offer.id}-reason_"
    refused = send(receiver, address, 422, **{prefix + "fi": "Ei ole meidän latumme"})
    assert "Ei ole meidän latumme" in refused.text
    assert f'id="act-return{offer.id}" open' in refused.text
    send(receiver, address, **{prefix + "fi": "Ei meidän", prefix + "sv": "Inte vårt"})
    db.session.expire_all()
    assert (offer.holder_unit, queries.get_offer(offer.id)) == (UNIT, None)


def test_whoever_comes_too_late_reads_what_happened_and_loses_no_words(
    official: FlaskClient, receiver: FlaskClient, offer: Matter
) -> None:
    send(official, f"/queue/{offer.id}/acts/take_back")
    prefix = f"return{offer.id}-reason_"
    typed = {prefix + "fi": "Pitkä harkittu syy", prefix + "sv": "Ett långt skäl"}
    late = html.unescape(send(receiver, f"/queue/{offer.id}/offer/return", 409, **typed).text)
    assert "The matter is not offered to anybody any more." in late
    assert "was taken back." in late
    assert "Pitkä harkittu syy" in late
    assert "Ett långt skäl" in late
    assert send(official, f"/queue/{offer.id}/acts/take_back", 409)


def test_the_giver_writes_on_after_the_other_unit_took_it(
    official: FlaskClient, receiver: FlaskClient, offer: Matter
) -> None:
    page(official, f"/queue/{offer.id}")
    send(receiver, f"/queue/{offer.id}/offer/accept")
    typed = {"ask-text_fi": "Missä kohdassa se on?", "ask-text_sv": "Var är det?"}
    late = html.unescape(send(official, f"/queue/{offer.id}/acts/ask", 403, **typed).text)
    assert "your unit does not hold the matter any more" in late
    assert "Handed over to" in late
    assert "Missä kohdassa se on?" in late
    db.session.expire_all()
    assert offer.state == State.IN_PREPARATION


def test_the_second_of_two_who_assign_is_told_and_can_go_on(
    official: FlaskClient, work: Casework
) -> None:
    colleague = work.make.actor(Role.OFFICIAL, unit=UNIT)
    matter = work.registered()
    services.assign_matter(colleague, matter, get_person(colleague.person_id or 0))
    fields = {"assign-person": str(work.official.person_id), "assign-seen": "0"}
    refused = send(official, f"/queue/{matter.id}/acts/assign", 422, **fields)
    text = html.unescape(refused.text)
    assert "A colleague has changed who works on this" in text
    assert f'value="{work.official.person_id}" selected' in text or "selected" in text
    seen = re.search(r'name="assign-seen"[^>]* value="(\d+)"', text)
    assert seen
    assert seen.group(1) == str(colleague.person_id)
    again = {**fields, "assign-seen": seen.group(1)}
    send(official, f"/queue/{matter.id}/acts/assign", **again)
    db.session.expire_all()
    assert matter.assignee_id == work.official.person_id
