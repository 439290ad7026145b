"""Registering, preparing, asking, going to a body, leaving: every act and its refusals."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts.queries import get_person
from app.core import clock
from app.core.access import Role
from app.core.errors import Forbidden, Invalid, WrongState
from app.duties.queries import list_clocks
from app.duties.rules import Clock, ClockKind, Status
from app.extensions import db
from app.journal import Kind
from app.journal.queries import list_entries
from app.journal.replay import differences
from app.proposals.lifecycle import Outcome, State
from app.proposals.models import Matter
from app.proposals.notes import list_notes
from app.responses import handovers, services
from tests.casework import OTHER_UNIT, UNIT, WHY, Casework, both, in_days
from tests.factories import Factory


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


def answer_clock(matter: Matter) -> Clock:
    return next(c for c in list_clocks([matter.id])[matter.id] if c.kind == ClockKind.ANSWER)


def last_entry(matter: Matter) -> Any:
    return list_entries("matter", matter.id)[-1]


def words_of(matter: Matter, digest: str) -> dict[str, str]:
    return list_notes([matter.id])[digest].texts


def test_an_official_of_the_unit_starts_to_prepare(work: Casework) -> None:
    matter = work.prepared()
    assert matter.state == State.IN_PREPARATION
    assert (last_entry(matter).role, last_entry(matter).unit) == ("official", UNIT)


ACTS = {
    "start": lambda actor, m: services.start_preparation(actor, m),
    "assign": lambda actor, m: services.assign_matter(actor, m, None),
    "hand_over": lambda actor, m: handovers.offer_hand_over(actor, m, OTHER_UNIT, WHY),
    "estimate": lambda actor, m: services.estimate(actor, m, in_days(30), "Katuvalaistus"),
    "ask": lambda actor, m: services.ask_author(actor, m, both("Missä kohdassa?")),
    "resume": lambda actor, m: services.resume(actor, m, WHY),
    "body": lambda actor, m: services.send_to_body(actor, m, "tela", in_days(20)),
    "back": lambda actor, m: services.back_from_body(actor, m),
    "extend": lambda actor, m: services.extend(actor, m, in_days(90), WHY),
    "transfer": lambda actor, m: services.transfer(actor, m, "hsl", WHY),
}


@pytest.mark.parametrize("act", ACTS)
def test_another_unit_and_other_people_may_do_nothing(work: Casework, act: str) -> None:
    matter = work.prepared()
    strangers = [
        work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT),
        work.make.actor(Role.MODERATOR),
        work.author,
        work.registry,
    ]
    for stranger in strangers:
        with pytest.raises(Forbidden, match="not_your_unit"):
            ACTS[act](stranger, matter)


@pytest.mark.parametrize("act", ACTS)
def test_nobody_handles_a_matter_they_started(work: Casework, act: str) -> None:
    matter = work.registered(author=work.official)
    with pytest.raises(Forbidden, match="own_matter"):
        ACTS[act](work.official, matter)


OPEN_IN = {
    "start": {"registered"},
    "assign": {"registered", "prepared", "asked", "at_body", "answered"},
    "hand_over": {"registered", "prepared"},
    "estimate": {"registered", "prepared", "asked", "at_body"},
    "ask": {"prepared"},
    "resume": {"asked"},
    "body": {"prepared"},
    "back": {"at_body"},
    "extend": {"registered", "prepared", "at_body"},
    "transfer": {"registered", "prepared", "asked", "at_body"},
}


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ["registered", "prepared", "asked", "at_body", "answered"])
@pytest.mark.parametrize("act", ACTS)
def test_each_act_has_its_states(work: Casework, act: str, name: str) -> None:
    matter = work.at(name)
    if name in OPEN_IN[act]:
        ACTS[act](work.official, matter)
        assert not list(differences())
    else:
        with pytest.raises(WrongState):
            ACTS[act](work.official, matter)


def test_a_matter_is_assigned_to_an_official_of_the_unit(work: Casework) -> None:
    matter = work.registered()
    services.assign_matter(work.official, matter, get_person(work.official.person_id or 0))
    assert matter.assignee_id == work.official.person_id
    stranger = work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT)
    for person_id in (stranger.person_id, work.author.person_id):
        with pytest.raises(Invalid, match="not_in_unit"):
            services.assign_matter(work.official, matter, get_person(person_id or 0))
    services.assign_matter(work.official, matter, None)
    assert matter.assignee_id is None


def test_a_matter_is_not_assigned_to_its_author(work: Casework) -> None:
    colleague = work.make.actor(Role.OFFICIAL, unit=UNIT)
    matter = work.registered(author=colleague)
    with pytest.raises(Invalid, match="not_in_unit"):
        services.assign_matter(work.official, matter, get_person(colleague.person_id or 0))


def db_facts(matter: Matter) -> dict[str, Any]:
    from app.journal.queries import as_entry

    return as_entry(last_entry(matter)).facts


def test_an_estimate_meets_its_clock(work: Casework) -> None:
    matter = work.prepared()
    services.estimate(work.official, matter, in_days(40), "Katuvalaistus, arkisin 9-15")
    clocks = {c.kind: c for c in list_clocks([matter.id])[matter.id]}
    assert clocks[ClockKind.ESTIMATE].status == Status.MET
    facts = db_facts(matter)
    assert facts["until"] == in_days(40).isoformat()
    assert words_of(matter, facts["contact"]) == {"fi": "Katuvalaistus, arkisin 9-15"}
    with pytest.raises(Invalid, match="not_ahead"):
        services.estimate(work.official, matter, in_days(0), "Katuvalaistus")
    with pytest.raises(Invalid, match="empty"):
        services.estimate(work.official, matter, in_days(1), " ")


def test_asking_stops_the_answer_clock_and_the_reply_starts_it(work: Casework, held: Any) -> None:
    matter = work.prepared()
    due = answer_clock(matter).due
    services.ask_author(work.official, matter, both("Missä kohdassa?"))
    assert matter.state == State.WAITING
    assert answer_clock(matter).status == Status.PAUSED
    held(clock.now() + timedelta(days=5))
    services.reply(work.author, matter, "Olarin päässä.\r\n")
    assert matter.state == State.IN_PREPARATION
    running = answer_clock(matter)
    assert (running.status, running.due - due) == (Status.RUNNING, timedelta(days=5))
    assert running.first_due == due
    assert words_of(matter, db_facts(matter)["text"]) == {"fi": "Olarin päässä."}


def test_the_question_stands_in_both_languages(work: Casework) -> None:
    with pytest.raises(Invalid, match="not_every_language"):
        services.ask_author(work.official, work.prepared(), {"fi": "Missä?"})


def test_only_the_author_replies_and_only_when_asked(work: Casework) -> None:
    matter = work.prepared()
    with pytest.raises(WrongState, match="not_asked"):
        services.reply(work.author, matter, "Vastaus")
    services.ask_author(work.official, matter, both("Missä?"))
    for other in (work.official, work.make.actor()):
        with pytest.raises(Forbidden, match="not_author"):
            services.reply(other, matter, "Vastaus")
    with pytest.raises(Invalid, match="empty"):
        services.reply(work.author, matter, "  ")


def test_without_a_reply_the_unit_goes_on_and_the_clock_runs(work: Casework, held: Any) -> None:
    matter = work.prepared()
    services.ask_author(work.official, matter, both("Missä?"))
    held(clock.now() + timedelta(days=14))
    services.resume(work.official, matter, both("Emme saaneet vastausta"))
    assert matter.state == State.IN_PREPARATION
    assert answer_clock(matter).status == Status.RUNNING
    assert last_entry(matter).kind == Kind.RESUMED
    with pytest.raises(WrongState):
        services.reply(work.author, matter, "Myöhässä")


def test_a_meeting_does_not_stop_the_answer_clock(work: Casework, held: Any) -> None:
    matter = work.prepared()
    before = answer_clock(matter)
    services.send_to_body(work.official, matter, "tela", in_days(20))
    assert (matter.state, matter.holder_body) == (State.WAITING, "tela")
    assert answer_clock(matter) == before
    with pytest.raises(WrongState, match="not_asked"):
        services.reply(work.author, matter, "Minua ei kysytty")
    held(clock.now() + timedelta(days=20))
    services.back_from_body(work.official, matter)
    assert (matter.state, matter.holder_body) == (State.IN_PREPARATION, None)
    assert matter.holder_unit == UNIT
    assert answer_clock(matter) == before


def test_a_body_must_be_known_and_its_meeting_to_come(work: Casework) -> None:
    matter = work.prepared()
    with pytest.raises(Invalid, match="unknown_body"):
        services.send_to_body(work.official, matter, "nothing", in_days(3))
    with pytest.raises(Invalid, match="not_ahead"):
        services.send_to_body(work.official, matter, "tela", in_days(-1))
    services.send_to_body(work.official, matter, "tela", in_days(0))  # later today
    assert matter.holder_body == "tela"


def test_extending_keeps_the_first_deadline(work: Casework) -> None:
    matter = work.prepared()
    before = answer_clock(matter)
    services.extend(work.official, matter, in_days(90), WHY)
    after = answer_clock(matter)
    assert after.first_due == before.first_due
    assert after.due == clock.end_of(in_days(90))
    assert matter.next_due is not None
    with pytest.raises(Invalid, match="not_later"):
        services.extend(work.official, matter, in_days(90), WHY)
    with pytest.raises(Invalid, match="not_ahead"):
        services.extend(work.official, matter, in_days(-3), WHY)


def test_the_clock_cannot_be_extended_while_the_author_is_asked(work: Casework) -> None:
    matter = work.prepared()
    services.ask_author(work.official, matter, both("Missä?"))
    with pytest.raises(WrongState, match="no_answer_clock"):
        services.extend(work.official, matter, in_days(90), WHY)


def test_what_is_not_the_citys_goes_to_a_named_authority(work: Casework) -> None:
    matter = work.prepared()
    with pytest.raises(Invalid, match="unknown_authority"):
        services.transfer(work.official, matter, "nobody", WHY)
    services.transfer(work.official, matter, "hsl", WHY)
    assert (matter.state, matter.outcome) == (State.TRANSFERRED, Outcome.TRANSFERRED)
    assert db_facts(matter)["authority"] == "hsl"
    assert matter.next_due is None


def test_every_step_stands_in_the_journal_once(work: Casework) -> None:
    matter = work.answered()
    kinds = (
        db.session.scalars(select(Matter.state).where(Matter.id == matter.id)).one(),
        [row.kind for row in list_entries("matter", matter.id)],
    )
    assert kinds == (
        State.ANSWERED,
        ["published", "clocks_started", "registered", "preparing", "answered"],
    )


def test_an_answer_that_says_so_is_followed_by_the_transfer(work: Casework) -> None:
    with pytest.raises(WrongState):
        services.transfer(work.official, work.answered(), "hsl", WHY)
    matter = work.answered(outcome=Outcome.TRANSFERRED)
    services.transfer(work.official, matter, "hsl", WHY)
    assert matter.state == State.TRANSFERRED
    assert not list(differences())
