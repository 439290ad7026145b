"""Promises: made with an answer, kept, moved, broken; their clocks; what is due and late."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.city.models import Unit
from app.core import clock, language, topics
from app.core.access import SYSTEM, Role
from app.core.command import command
from app.core.errors import Forbidden, Invalid, WrongState
from app.duties.queries import list_clocks
from app.duties.rules import Clock, ClockKind, Status
from app.duties.services import run_out_clocks
from app.extensions import db
from app.journal import Kind, record
from app.journal.queries import as_entry, list_entries
from app.journal.replay import differences
from app.promises import presenting, services
from app.promises.models import Promise, PromiseState
from app.promises.queries import list_promises, list_promises_due
from app.proposals import services as proposals
from app.proposals.models import Matter
from app.proposals.notes import list_notes
from app.responses import handovers
from app.responses.queries import list_late
from tests.casework import OTHER_UNIT, UNIT, WHY, Casework, both, in_days, promise
from tests.factories import Factory


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


def promised(work: Casework, days: int = 30) -> tuple[Matter, Promise]:
    matter = work.answered(promises=[promise(days)])
    return matter, list_promises([matter.id])[matter.id][0]


def clock_of(item: Promise) -> Clock:
    found = list_clocks([item.matter_id])[item.matter_id]
    return next(c for c in found if c.kind == ClockKind.PROMISE and c.ref == str(item.id))


def test_a_promise_gets_its_own_clock(work: Casework) -> None:
    matter, item = promised(work)
    assert (item.state, item.unit, item.due) == (PromiseState.OPEN, UNIT, in_days(30))
    assert item.what == both("Valot palavat")
    running = clock_of(item)
    assert running.due == running.first_due == clock.end_of(in_days(30))
    assert matter.next_due == running.due
    assert matter.next_due_kind == ClockKind.PROMISE
    assert not list(differences())


def test_a_kept_promise_says_how_one_can_see_it(work: Casework, held: Any) -> None:
    matter, item = promised(work)
    held(clock.now() + timedelta(days=28))
    services.keep_promise(work.official, item, both("Valot palavat joka ilta"))
    assert (item.state, item.kept_at) == (PromiseState.KEPT, clock.now())
    assert clock_of(item).status == Status.MET
    assert matter.next_due is None
    entry = as_entry(list_entries("matter", matter.id)[-1])
    assert (entry.kind, entry.facts["promise"]) == (Kind.PROMISE_KEPT, item.id)
    words = list_notes([matter.id])[entry.facts["evidence"]].texts
    assert words == both("Valot palavat joka ilta")
    assert not list(differences())


def test_a_moved_promise_keeps_its_first_day(work: Casework) -> None:
    _, item = promised(work)
    services.move_promise(work.official, item, in_days(60), WHY)
    assert (item.first_due, item.due) == (in_days(30), in_days(60))
    running = clock_of(item)
    assert running.due == clock.end_of(in_days(60))
    assert running.first_due == clock.end_of(in_days(30))
    for due, code in ((in_days(60), "not_later"), (in_days(0), "not_ahead")):
        with pytest.raises(Invalid, match=code):
            services.move_promise(work.official, item, due, WHY)
    assert not list(differences())


def test_a_broken_promise_says_why(work: Casework) -> None:
    _, item = promised(work)
    services.break_promise(work.official, item, both("Rahat loppuivat"))
    assert item.state == PromiseState.BROKEN
    assert clock_of(item).status == Status.BROKEN
    assert not list(differences())


ACTS = {
    "keep": lambda actor, item, texts: services.keep_promise(actor, item, texts),
    "move": lambda actor, item, texts: services.move_promise(actor, item, in_days(99), texts),
    "break": lambda actor, item, texts: services.break_promise(actor, item, texts),
}


@pytest.mark.parametrize("act", ACTS)
def test_who_may_settle_a_promise(work: Casework, act: str) -> None:
    _, item = promised(work)
    strangers = (
        work.author,
        work.registry,
        work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT),
    )
    for stranger in strangers:
        with pytest.raises(Forbidden, match="not_promising_unit"):
            ACTS[act](stranger, item, WHY)


@pytest.mark.parametrize("act", ACTS)
def test_words_are_needed_in_both_languages(work: Casework, act: str) -> None:
    _, item = promised(work)
    with pytest.raises(Invalid, match="not_every_language"):
        ACTS[act](work.official, item, {"fi": "Vain suomeksi"})
    assert item.state == PromiseState.OPEN
    assert item.due == in_days(30)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("first", ["keep", "break"])
def test_a_promise_is_settled_once(work: Casework, first: str, act: str) -> None:
    _, item = promised(work)
    ACTS[first](work.official, item, WHY)
    with pytest.raises(WrongState, match="promise_settled"):
        ACTS[act](work.official, item, WHY)


def test_promises_that_are_due(work: Casework, held: Any) -> None:
    soon, _ = promised(work, 10)
    promised(work, 50)
    found = list_promises_due([UNIT], in_days(30))
    assert [matter.id for _, matter in found] == [soon.id]
    assert len(list_promises_due(None, in_days(50))) == 2
    assert list_promises_due([OTHER_UNIT], in_days(99)) == []
    held(clock.now() + timedelta(days=12))
    assert [matter.id for _, matter in list_promises_due([UNIT], clock.today())] == [soon.id]
    _hide(soon)
    assert list_promises_due([UNIT], clock.today()) == []


@command
def _hide(matter: Matter) -> None:
    record(Kind.HIDDEN, matter, SYSTEM, rule="insult")


def test_promises_of_a_withdrawn_matter_are_not_asked_for(work: Casework) -> None:
    matter, _ = promised(work, 10)
    proposals.withdraw_proposal(work.author, matter, "Peruutan.")
    assert list_promises_due(None, in_days(30)) == []


def test_late_matters(work: Casework, held: Any) -> None:
    late, _ = promised(work, 10)
    promised(work, 50)
    held(clock.now() + timedelta(days=12))
    assert run_out_clocks() == 1
    assert [matter.id for matter in list_late()] == [late.id]
    assert [matter.id for matter in list_late([UNIT])] == [late.id]
    assert list_late([OTHER_UNIT]) == []
    _hide(late)
    assert list_late() == []


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_how_a_promise_is_said_in_words(work: Casework, held: Any, context: Flask) -> None:
    start = clock.now()
    _, item = promised(work, 30)
    with context.test_request_context("/en/"), language.speaking("en"):
        said = presenting.promise_chip(item)
        assert (said.tone, said.text) == ("", "By 8\xa0April, in 30 days")
        held(start + timedelta(days=25))
        assert presenting.promise_chip(item).tone == "soon"
        services.move_promise(work.official, item, in_days(15), WHY)
        assert str(presenting.promise_chip(item).text) == (
            "Promised by <s>8/4/2026</s>, now by 18\xa0April"
        )
        held(start + timedelta(days=33))
        said = presenting.promise_chip(item)
        assert (said.tone, str(said.text)) == (
            "late",
            "3 days late: promised by <s>8/4/2026</s>, now by 18\xa0April",
        )
        assert presenting.promise_view(item, WHY, "fi").status == "late"
        services.keep_promise(work.official, item, WHY)
        kept = presenting.promise_view(item, WHY, "fi")
        assert (kept.status, kept.clock.tone) == ("kept", "ok")
        assert kept.clock.text == "Kept on 11/4/2026, 3 days late"


def test_two_promises_kept_at_once_leave_nothing_running(work: Casework) -> None:
    matter = work.answered(promises=[promise(10), promise(20)])
    for item in db.session.scalars(select(Promise).where(Promise.matter_id == matter.id)).all():
        services.keep_promise(work.official, item, both("Tehty"))
    assert (matter.next_due, matter.overdue) == (None, False)


def test_the_promises_of_a_closed_unit_are_kept_by_the_unit_that_holds_the_matter(
    work: Casework,
) -> None:
    matter, item = promised(work)
    other = work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT)
    with pytest.raises(Forbidden, match="not_promising_unit"):
        services.keep_promise(other, item, both("Valot palavat"))

    @command
    def close() -> None:
        db.session.get_one(Unit, UNIT).closed_at = clock.today()
        topics.touch("city")

    close()
    handovers.move_matter(work.registry, matter, OTHER_UNIT, WHY)
    services.keep_promise(other, item, both("Valot palavat"))
    assert (item.state, item.unit) == (PromiseState.KEPT, UNIT)
