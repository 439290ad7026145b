"""Offering a matter to another unit, taking and returning it, and units that are closed."""

from datetime import timedelta
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from app.accounts.queries import get_person
from app.city import get_city
from app.city import services as city
from app.core import clock
from app.core.access import SYSTEM, Actor, Role
from app.core.errors import Forbidden, Invalid, WrongState
from app.duties.queries import list_clocks
from app.extensions import db
from app.journal import Entry, Kind
from app.journal.queries import as_entry, list_entries
from app.journal.replay import differences
from app.proposals import services as proposals
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from app.proposals.notes import list_notes
from app.registry.joining import merge_matter
from app.responses import handovers, queries, services
from app.responses.filters import QueueFilter
from tests.casework import OTHER_UNIT, UNIT, WHY, Casework, both, in_days
from tests.factories import Factory
from tests.parallel import in_parallel

SECTOR = "sector_environment"


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


@pytest.fixture
def taker(work: Casework) -> Actor:
    """An official of the unit to which matters are offered."""
    return work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT)


def offered(work: Casework, **fields: Any) -> Matter:
    matter = work.prepared(**fields)
    handovers.offer_hand_over(work.official, matter, OTHER_UNIT, WHY)
    return matter


def entries(matter: Matter) -> list[Entry]:
    return [as_entry(row) for row in list_entries("matter", matter.id)]


def close_unit(key: str, day: str = "2026-03-01") -> None:
    """The municipality's file says that a unit has been closed."""
    seed = city.read_seed()
    unit = next(unit for unit in seed["units"] if unit["key"] == key)
    city.seed_city({**seed, "units": [*seed["units"], {**unit, "closed": day}]})


def queue_of(unit: str) -> list[int]:
    return [row[0].id for row in queries.page_queue([unit], QueueFilter(), None).items]


# ---------- offering ----------


def test_until_it_is_accepted_everything_counts_for_the_giver(
    work: Casework, taker: Actor, held: Any
) -> None:
    matter = work.prepared()
    person = get_person(work.official.person_id or 0)
    services.assign_matter(work.official, matter, person)
    before = list_clocks([matter.id])[matter.id]
    handovers.offer_hand_over(work.official, matter, OTHER_UNIT, WHY)
    held(clock.now() + timedelta(days=70))
    assert (matter.holder_unit, matter.assignee_id) == (UNIT, work.official.person_id)
    assert matter.state == State.IN_PREPARATION
    assert list_clocks([matter.id])[matter.id] == before
    assert queries.count_queue([UNIT]).late == 1
    assert queries.count_queue([OTHER_UNIT]).late == 0
    assert queue_of(UNIT) == [matter.id]
    assert queue_of(OTHER_UNIT) == []
    assert [o.matter.id for o in queries.list_offers_to([OTHER_UNIT])] == [matter.id]
    assert queries.list_offers_to([UNIT]) == []
    with pytest.raises(Forbidden, match="not_your_unit"):
        services.estimate(taker, matter, in_days(9), "Liikunta")
    services.estimate(work.official, matter, in_days(9), "Katutekniikka")


def test_the_offer_is_public_with_its_reason(work: Casework) -> None:
    matter = offered(work)
    last = entries(matter)[-1]
    assert (last.kind, last.role, last.unit) == (Kind.HANDOVER_OFFERED, "official", UNIT)
    assert (last.facts["from_unit"], last.facts["to_unit"]) == (UNIT, OTHER_UNIT)
    assert list_notes([matter.id])[last.facts["reason"]].texts == WHY


def test_accepting_gives_the_matter_away_with_its_clocks(work: Casework, taker: Actor) -> None:
    matter = work.prepared()
    services.assign_matter(work.official, matter, get_person(work.official.person_id or 0))
    before = list_clocks([matter.id])[matter.id]
    handovers.offer_hand_over(work.official, matter, OTHER_UNIT, WHY)
    handovers.accept_hand_over(taker, matter)
    assert (matter.holder_unit, matter.assignee_id) == (OTHER_UNIT, None)
    assert list_clocks([matter.id])[matter.id] == before
    offer, handed = entries(matter)[-2:]
    assert (handed.kind, handed.unit) == (Kind.HANDED_OVER, OTHER_UNIT)
    assert handed.facts == offer.facts
    assert queries.get_offer(matter.id) is None
    with pytest.raises(Forbidden, match="not_your_unit"):
        handovers.offer_hand_over(work.official, matter, UNIT, WHY)
    assert not list(differences())


def test_the_receiver_returns_it_with_a_public_reason(work: Casework, taker: Actor) -> None:
    matter = offered(work)
    with pytest.raises(Invalid, match="not_every_language"):
        handovers.return_hand_over(taker, matter, {"fi": "Ei kuulu meille"})
    handovers.return_hand_over(taker, matter, both("Ei kuulu meille"))
    last = entries(matter)[-1]
    assert (last.kind, last.unit) == (Kind.HANDOVER_RETURNED, OTHER_UNIT)
    notes = list_notes([matter.id])
    assert notes[last.facts["reason"]].texts == both("Ei kuulu meille")
    assert (matter.holder_unit, queries.get_offer(matter.id)) == (UNIT, None)
    handovers.offer_hand_over(work.official, matter, "city_planning", WHY)


def test_the_giver_takes_the_offer_back(work: Casework, taker: Actor) -> None:
    matter = offered(work)
    with pytest.raises(Forbidden, match="not_your_unit"):
        handovers.take_back_hand_over(taker, matter)
    handovers.take_back_hand_over(work.official, matter)
    assert entries(matter)[-1].kind == Kind.HANDOVER_TAKEN_BACK
    for late in (
        lambda: handovers.accept_hand_over(taker, matter),
        lambda: handovers.return_hand_over(taker, matter, WHY),
        lambda: handovers.take_back_hand_over(work.official, matter),
    ):
        with pytest.raises(WrongState, match="not_offered"):
            late()


def test_only_an_official_of_the_receiving_unit_settles_it_and_not_its_author(
    work: Casework,
) -> None:
    author = work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT)
    matter = offered(work, author=author)
    stranger = work.make.actor(Role.OFFICIAL, unit="city_planning")
    for actor, code in (
        (work.official, "not_receiver"),
        (stranger, "not_receiver"),
        (work.registry, "not_receiver"),
        (author, "own_matter"),
    ):
        with pytest.raises(Forbidden, match=code):
            handovers.accept_hand_over(actor, matter)
        with pytest.raises(Forbidden, match=code):
            handovers.return_hand_over(actor, matter, WHY)


def test_an_offer_needs_another_open_unit_and_a_reason_in_both_languages(work: Casework) -> None:
    close_unit("city_planning")
    matter = work.registered()
    for unit, reason, code in (
        ("nowhere", WHY, "unknown_unit"),
        (SECTOR, WHY, "unknown_unit"),
        ("city_planning", WHY, "closed_unit"),
        (UNIT, WHY, "same_unit"),
        (OTHER_UNIT, {"fi": "Vain suomeksi"}, "not_every_language"),
        (OTHER_UNIT, {"fi": "Syy", "sv": "  "}, "not_every_language"),
    ):
        with pytest.raises(Invalid, match=code):
            handovers.offer_hand_over(work.official, matter, unit, reason)
    assert queries.get_offer(matter.id) is None


def test_a_matter_is_offered_to_one_unit_at_a_time(work: Casework) -> None:
    matter = offered(work)
    with pytest.raises(WrongState, match="already_offered"):
        handovers.offer_hand_over(work.official, matter, "city_planning", WHY)


LEAVING = {
    "answered": lambda work, m: work.answer(m),
    "withdrawn": lambda work, m: proposals.withdraw_proposal(work.author, m, "En tarvitse."),
    "transferred": lambda work, m: services.transfer(work.official, m, "hsl", WHY),
    "merged": lambda work, m: merge_matter(work.registry, m, work.published().id, WHY),
    "moved": lambda work, m: handovers.move_matter(work.registry, m, "city_planning", WHY),
}


@pytest.mark.parametrize("how", LEAVING)
def test_an_offer_ends_when_the_matter_leaves(work: Casework, taker: Actor, how: str) -> None:
    matter = offered(work)
    LEAVING[how](work, matter)
    assert queries.list_offers_to([OTHER_UNIT]) == []
    with pytest.raises(WrongState, match="not_offered"):
        handovers.accept_hand_over(taker, matter)
    assert not list(differences())


def test_an_offer_can_be_accepted_while_the_matter_waits(work: Casework, taker: Actor) -> None:
    asked, at_body = offered(work), offered(work)
    services.ask_author(work.official, asked, both("Missä?"))
    services.send_to_body(work.official, at_body, "tela", in_days(9))
    for matter in (asked, at_body):
        handovers.accept_hand_over(taker, matter)
    assert (asked.state, asked.holder_unit) == (State.WAITING, OTHER_UNIT)
    assert (at_body.state, at_body.holder_body) == (State.WAITING, "tela")
    services.reply(work.author, asked, "Olarissa.")
    services.back_from_body(taker, at_body)
    assert asked.state == at_body.state == State.IN_PREPARATION
    assert at_body.holder_unit == OTHER_UNIT
    assert not list(differences())


# ---------- at once ----------


@pytest.mark.parametrize("other", ["accept", "return", "take_back"])
def test_accepting_and_another_act_at_once_do_one_of_them(
    context: Flask, work: Casework, taker: Actor, other: str
) -> None:
    matter_id = offered(work).id
    colleague = work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT)
    db.session.remove()
    acts = {
        "accept": lambda m: handovers.accept_hand_over(colleague, m),
        "return": lambda m: handovers.return_hand_over(colleague, m, WHY),
        "take_back": lambda m: handovers.take_back_hand_over(work.official, m),
    }

    def of(act: Any) -> Any:
        return lambda: act(db.session.get_one(Matter, matter_id))

    came = in_parallel(
        context, [of(lambda m: handovers.accept_hand_over(taker, m)), of(acts[other])]
    )
    refused = {"WrongState:not_offered", "Forbidden:not_your_unit"}
    assert "done" in came
    assert len(set(came) & refused) == 1, came
    matter = db.session.get_one(Matter, matter_id)
    kinds = [e.kind for e in entries(matter)][4:]
    assert len(kinds) == 2, "the offer, and one end of it"
    assert (matter.holder_unit == OTHER_UNIT) is (kinds[-1] == Kind.HANDED_OVER)
    assert not list(differences())


def test_two_colleagues_assign_at_once_and_the_second_is_told(
    context: Flask, work: Casework
) -> None:
    matter_id = work.registered().id
    colleague = work.make.actor(Role.OFFICIAL, unit=UNIT)
    db.session.remove()

    def take(actor: Actor) -> Any:
        def act() -> None:
            person = get_person(actor.person_id or 0)
            services.assign_matter(actor, db.session.get_one(Matter, matter_id), person, seen=0)

        return act

    came = in_parallel(context, [take(work.official), take(colleague)])
    assert came == ["Invalid:assigned_meanwhile", "done"]


# ---------- closed units ----------


def test_a_closed_unit_keeps_its_name_and_takes_nothing(work: Casework, taker: Actor) -> None:
    matter = offered(work)
    close_unit(OTHER_UNIT)
    assert get_city().holder_name(OTHER_UNIT, None)
    assert OTHER_UNIT not in {unit.key for unit in get_city().receiving_units()}
    with pytest.raises(Invalid, match="closed_unit"):
        handovers.accept_hand_over(taker, matter)
    assert matter.holder_unit == UNIT


def test_a_unit_is_closed_from_its_day_on(context: Flask, held: Any) -> None:
    close_unit(OTHER_UNIT, "2026-03-10")
    assert get_city().takes_matters(OTHER_UNIT)
    held(clock.now() + timedelta(days=1))
    assert not get_city().takes_matters(OTHER_UNIT)


def test_the_registry_moves_the_matters_of_a_closed_unit(work: Casework) -> None:
    stages = ("registered", "prepared", "asked", "at_body", "answered", "implementing")
    matters = [work.at(stage) for stage in (*stages, "implemented")]
    close_unit(UNIT)
    administrator = work.make.actor(Role.ADMINISTRATOR)
    for stranger in (work.official, work.author, work.make.actor(Role.MODERATOR)):
        with pytest.raises(Forbidden, match="cannot_move"):
            handovers.move_matter(stranger, matters[0], OTHER_UNIT, WHY)
    before = [(m.state, m.holder_body, m.next_due) for m in matters]
    for matter, actor in zip(matters, [work.registry, administrator, SYSTEM] * 3, strict=False):
        handovers.move_matter(actor, matter, OTHER_UNIT, WHY)
    assert {m.holder_unit for m in matters} == {OTHER_UNIT}
    assert [(m.state, m.holder_body, m.next_due) for m in matters] == before
    assert entries(matters[0])[-1].facts["from_unit"] == UNIT
    assert [entries(m)[-1].role for m in matters[:3]] == ["registry", "administrator", "system"]
    assert not list(differences())


def test_what_is_done_or_held_by_nobody_is_not_moved(work: Casework) -> None:
    with pytest.raises(WrongState, match="held_by_nobody"):
        handovers.move_matter(work.registry, work.published(), OTHER_UNIT, WHY)
    gone = work.prepared()
    services.transfer(work.official, gone, "hsl", WHY)
    with pytest.raises(WrongState, match="wrong_state"):
        handovers.move_matter(work.registry, gone, OTHER_UNIT, WHY)


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["handling", "move-unit", *arguments])


def test_the_command_moves_all_and_can_be_run_again(context: Flask, work: Casework) -> None:
    matters = [work.prepared() for _ in range(3)]
    kept = work.answered()
    handovers.move_matter(work.registry, kept, "city_planning", WHY)
    reasons = ("--reason-fi", "Yksiköt yhdistyvät", "--reason-sv", "Enheterna slås ihop")
    without = run(context, UNIT, OTHER_UNIT, "--reason-fi", "Vain suomeksi")
    assert without.exit_code == 1
    assert "Write the text in every official language" in without.output
    unknown = run(context, UNIT, "nowhere", *reasons)
    assert unknown.exit_code == 1
    done = run(context, UNIT, OTHER_UNIT, *reasons)
    assert "3 matters were moved" in done.output, done.output
    db.session.expire_all()
    assert {m.holder_unit for m in matters} == {OTHER_UNIT}
    assert kept.holder_unit == "city_planning"
    assert "0 matters were moved" in run(context, UNIT, OTHER_UNIT, *reasons).output
