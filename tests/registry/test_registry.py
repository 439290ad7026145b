"""The registry: number and unit, transferring, bringing back; every refusal."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Person
from app.accounts.queries import get_person
from app.answers import services as answers
from app.city import get_city
from app.city.models import Unit, UnitKind
from app.comments.rules import DiscussionRule
from app.core import clock, topics
from app.core.access import Actor, Role
from app.core.command import command
from app.core.errors import Forbidden, Invalid, WrongState
from app.core.mail import OutboxMail
from app.duties.queries import list_clocks
from app.duties.rules import ClockKind, Status
from app.extensions import db
from app.follows import services as follows
from app.follows.queries import is_following
from app.journal import Kind
from app.journal.queries import list_entries
from app.journal.replay import differences
from app.moderation import services as moderation
from app.notifications.readers import read_new
from app.proposals import services as proposals
from app.proposals.lifecycle import Outcome, State
from app.proposals.models import Matter
from app.proposals.similar import list_similar
from app.registry import joining, services
from app.registry.queries import Lineage, get_lineage
from app.responses import services as responses
from app.search.queries import matching
from tests.casework import NO, OTHER_UNIT, UNIT, WHY, Casework
from tests.factories import Factory
from tests.parallel import in_parallel
from tests.steps import step


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


def last_entry(matter: Matter) -> Any:
    return list_entries("matter", matter.id)[-1]


def answer_clock_status(matter: Matter) -> Status:
    clocks = list_clocks([matter.id])[matter.id]
    return next(c.status for c in clocks if c.kind == ClockKind.ANSWER)


def test_the_registry_gives_a_number_and_a_unit(work: Casework) -> None:
    matter = work.published()
    services.register_matter(work.registry, matter, UNIT)
    assert (matter.state, matter.holder_unit) == (State.REGISTERED, UNIT)
    assert matter.case_number == "1/10.03.01/2026"
    entry = last_entry(matter)
    assert (entry.kind, entry.role) == (Kind.REGISTERED, "registry")
    acknowledge = list_clocks([matter.id])[matter.id][0]
    assert (acknowledge.kind, acknowledge.status) == (ClockKind.ACKNOWLEDGE, Status.MET)
    found = matching("1/10.03.01/2026")
    assert found is not None
    assert list(db.session.scalars(found)) == [matter.id]
    assert not list(differences())


def test_numbers_run_on_and_skip_those_given_by_hand(work: Casework) -> None:
    first, second, third = work.published(), work.published(), work.published()
    services.register_matter(work.registry, first, UNIT, "2/00.01.03/2026")
    services.register_matter(work.registry, second, UNIT, "  2/10.03.01/2026 ")
    services.register_matter(work.registry, third, UNIT)
    assert third.case_number == "1/10.03.01/2026"
    fourth = work.published()
    services.register_matter(work.registry, fourth, UNIT)
    assert fourth.case_number == "3/10.03.01/2026"


@pytest.mark.parametrize(
    "number", ["12", "0/10.03.01/2026", "1/10.03.01/26", "1/10.03.01/2026/2", "x/10.03.01/2026"]
)
def test_a_number_of_the_wrong_form_is_refused(work: Casework, number: str) -> None:
    with pytest.raises(Invalid, match="case_number_form"):
        services.register_matter(work.registry, work.published(), UNIT, number)


def test_a_number_is_given_once(work: Casework) -> None:
    services.register_matter(work.registry, work.published(), UNIT, "7/10.03.01/2026")
    with pytest.raises(Invalid, match="case_number_taken"):
        services.register_matter(work.registry, work.published(), UNIT, "7/10.03.01/2026")


def test_registering_needs_a_known_unit_and_a_pending_matter(work: Casework) -> None:
    with pytest.raises(Invalid, match="unknown_unit"):
        services.register_matter(work.registry, work.published(), "nowhere")
    with pytest.raises(WrongState):
        services.register_matter(work.registry, work.registered(), UNIT)


def test_only_the_registry_registers(work: Casework) -> None:
    with pytest.raises(Forbidden, match="not_registry"):
        services.register_matter(work.official, work.published(), UNIT)


def test_the_registry_transfers_only_before_a_unit_holds_it(work: Casework) -> None:
    pending, held = work.published(), work.registered()
    services.transfer_pending(work.registry, pending, "luvn", WHY)
    assert (pending.state, pending.outcome) == (State.TRANSFERRED, Outcome.TRANSFERRED)
    assert last_entry(pending).role == "registry"
    with pytest.raises(WrongState):
        services.transfer_pending(work.registry, held, "luvn", WHY)
    with pytest.raises(Forbidden, match="not_registry"):
        services.transfer_pending(work.official, work.published(), "luvn", WHY)
    with pytest.raises(Invalid, match="unknown_authority"):
        services.transfer_pending(work.registry, work.published(), "nobody", WHY)
    assert not list(differences())


def test_a_returned_transfer_comes_back_to_where_it_was(work: Casework) -> None:
    matter = work.prepared()
    responses.transfer(work.official, matter, "hsl", WHY)
    with pytest.raises(Forbidden, match="not_registry"):
        services.restore_matter(work.official, matter, WHY)
    services.restore_matter(work.registry, matter, WHY)
    assert (matter.state, matter.outcome) == (State.IN_PREPARATION, None)
    assert answer_clock_status(matter) == Status.RUNNING
    with pytest.raises(WrongState):
        services.restore_matter(work.registry, matter, WHY)
    assert not list(differences())


def test_a_withdrawn_matter_can_be_brought_back(work: Casework) -> None:
    matter = work.registered()
    proposals.withdraw_proposal(work.author, matter, "En tarvitsekaan tätä.")
    services.restore_matter(work.registry, matter, WHY)
    assert matter.state == State.REGISTERED


def test_two_matters_registered_at_once_get_two_numbers(work: Casework, context: Flask) -> None:
    ids = [work.published().id for _ in range(4)]

    def act(matter_id: int) -> Any:
        def run() -> None:
            services.register_matter(work.registry, db.session.get_one(Matter, matter_id), UNIT)

        return run

    assert in_parallel(context, [act(matter_id) for matter_id in ids]) == ["done"] * 4
    db.session.rollback()
    numbers = set(db.session.scalars(select(Matter.case_number)))
    assert numbers == {f"{n}/10.03.01/2026" for n in range(1, 5)}


# ---------- units ----------


def test_a_sector_and_a_closed_unit_get_no_matters(work: Casework) -> None:
    sector = next(key for key, unit in get_city().units.items() if unit.kind == UnitKind.SECTOR)
    with pytest.raises(Invalid, match="unknown_unit"):
        services.register_matter(work.registry, work.published(), sector)
    _close(OTHER_UNIT)
    with pytest.raises(Invalid, match="closed_unit"):
        services.register_matter(work.registry, work.published(), OTHER_UNIT)


@command
def _close(unit: str) -> None:
    db.session.get_one(Unit, unit).closed_at = clock.today()
    topics.touch("city")


# ---------- the case number ----------


def test_a_number_typed_wrong_is_corrected_in_public(work: Casework) -> None:
    matter = work.published()
    services.register_matter(work.registry, matter, UNIT, "7/10.03.01/2026")
    step_at = matter.last_step_at
    services.correct_number(work.registry, matter, " 17/10.03.01/2026 ")
    assert (matter.case_number, matter.last_step_at) == ("17/10.03.01/2026", step_at)
    assert last_entry(matter).kind == Kind.CASE_NUMBER_CHANGED
    for number, found in (("7/10.03.01/2026", []), ("17/10.03.01/2026", [matter.id])):
        assert list(db.session.scalars(matching(number))) == found
    other = work.published()
    services.register_matter(work.registry, other, UNIT, "7/10.03.01/2026")
    assert not list(differences())


def test_a_wrong_correction_is_refused(work: Casework) -> None:
    matter, other = work.registered(), work.registered()
    for number, code in (
        (matter.case_number, "same_number"),
        (other.case_number, "case_number_taken"),
        ("17", "case_number_form"),
        ("", "case_number_form"),
    ):
        with pytest.raises(Invalid, match=code):
            services.correct_number(work.registry, matter, number or "")
    with pytest.raises(WrongState, match="no_number"):
        services.correct_number(work.registry, work.published(), "17/10.03.01/2026")
    with pytest.raises(Forbidden, match="not_registry"):
        services.correct_number(work.official, matter, "17/10.03.01/2026")


# ---------- spam ----------


def own_clocks(matter: Matter) -> set[Status]:
    clocks = list_clocks([matter.id])[matter.id]
    return {c.status for c in clocks if c.kind in (ClockKind.ACKNOWLEDGE, ClockKind.ANSWER)}


def test_spam_is_closed_hidden_and_its_clocks_end(work: Casework) -> None:
    matter = work.published()
    services.dismiss_matter(work.registry, matter, WHY)
    assert (matter.state, matter.hidden_rule, matter.outcome) == (State.CLOSED, "spam", None)
    assert [row.kind for row in list_entries("matter", matter.id)][-2:] == ["dismissed", "hidden"]
    assert own_clocks(matter) == {Status.ENDED}
    assert matter.id not in [one.card.id for one in list_similar(matter.title)]
    assert not list(differences())


def test_what_was_no_spam_comes_back_with_its_clocks(work: Casework, held: Any) -> None:
    matter = work.published()
    services.dismiss_matter(work.registry, matter, WHY)
    held(clock.now() + timedelta(days=3))
    services.restore_matter(work.registry, matter, WHY)
    assert (matter.state, matter.hidden_rule) == (State.PUBLISHED, None)
    assert own_clocks(matter) == {Status.RUNNING}
    assert matter.id in [one.card.id for one in list_similar(matter.title)]
    services.register_matter(work.registry, matter, UNIT)
    assert not list(differences())


def test_what_a_moderator_has_hidden_stays_hidden_when_it_comes_back(work: Casework) -> None:
    matter = work.published()
    moderation.hide_matter(work.make.actor(Role.MODERATOR), matter, DiscussionRule.INSULT)
    services.dismiss_matter(work.registry, matter, WHY)
    services.restore_matter(work.registry, matter, WHY)
    assert (matter.state, matter.hidden_rule) == (State.PUBLISHED, "insult")


def test_only_the_registry_leaves_out_and_only_what_is_pending(work: Casework) -> None:
    with pytest.raises(WrongState):
        services.dismiss_matter(work.registry, work.registered(), WHY)
    with pytest.raises(Forbidden, match="not_registry"):
        services.dismiss_matter(work.official, work.published(), WHY)
    with pytest.raises(Forbidden, match="own_matter"):
        services.dismiss_matter(work.registry, work.published(author=work.registry), WHY)
    with pytest.raises(Invalid, match="not_every_language"):
        services.dismiss_matter(work.registry, work.published(), {"fi": "Mainos"})


def test_an_answered_and_closed_matter_is_not_restored(work: Casework) -> None:
    matter = work.answered(**NO)
    answers.close_matter(work.official, matter, WHY)
    with pytest.raises(WrongState):
        services.restore_matter(work.registry, matter, WHY)


# ---------- duplicates ----------


def test_a_duplicate_is_handled_with_another_matter(work: Casework) -> None:
    target, matter = work.prepared(), work.registered(author=work.make.actor())
    follower = work.make.actor()
    for liked in (matter, target):
        follows.follow(follower, liked)
    joining.merge_matter(work.official, matter, target.id, WHY)
    assert matter.state == State.MERGED
    assert answer_clock_status(matter) == Status.ENDED
    assert get_lineage(matter).into.id == target.id
    assert [row.id for row in get_lineage(target).joined] == [matter.id]
    assert all(is_following(person.as_actor(), target) for person in _people(matter, follower))
    assert target.supporters == 0
    assert not list(differences())


def _people(matter: Matter, *actors: Actor) -> list[Person]:
    return [get_person(matter.author_id or 0), *(get_person(a.person_id or 0) for a in actors)]


def test_the_duty_of_the_law_goes_on_in_a_duplicate(work: Casework) -> None:
    target, matter = work.prepared(), work.registered(kind="initiative")
    step(matter, Kind.MARKED, mark="document_request")
    joining.merge_matter(work.registry, matter, target.id, WHY)
    clocks = list_clocks([matter.id])[matter.id]
    running = {c.kind for c in clocks if c.status == Status.RUNNING}
    assert running == {ClockKind.DOCUMENT_REQUEST}


def test_a_joined_matter_comes_back(work: Casework) -> None:
    target, matter = work.prepared(), work.prepared()
    joining.merge_matter(work.registry, matter, target.id, WHY)
    with pytest.raises(WrongState, match="separate_instead"):
        services.restore_matter(work.registry, matter, WHY)
    joining.unmerge_matter(work.registry, matter, WHY)
    assert matter.state == State.IN_PREPARATION
    assert get_lineage(matter) == get_lineage(target) == Lineage()
    joining.merge_matter(work.registry, target, matter.id, WHY)
    assert not list(differences())


def test_a_duplicate_needs_another_open_public_matter(work: Casework) -> None:
    matter, merged, target = work.registered(), work.registered(), work.registered()
    joining.merge_matter(work.registry, merged, target.id, WHY)
    hidden, answered = work.published(), work.answered(**NO)
    answers.close_matter(work.official, answered, WHY)
    services.dismiss_matter(work.registry, hidden, WHY)
    draft = work.make.draft()
    for other in (merged.id, hidden.id, answered.id, draft.id, 0, 999):
        with pytest.raises(Invalid, match="unknown_target"):
            joining.merge_matter(work.registry, matter, other, WHY)
    with pytest.raises(Invalid, match="same_matter"):
        joining.merge_matter(work.registry, matter, matter.id, WHY)
    with pytest.raises(WrongState):
        joining.merge_matter(work.registry, answered, target.id, WHY)


def test_who_may_join_matters(work: Casework) -> None:
    target = work.prepared()
    for actor in (work.author, work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT)):
        with pytest.raises(Forbidden, match="cannot_merge"):
            joining.merge_matter(actor, work.registered(), target.id, WHY)
    for own in (work.registry, work.official):
        with pytest.raises(Forbidden, match="cannot_merge"):
            joining.merge_matter(own, work.registered(author=own), target.id, WHY)


def test_two_matters_are_not_joined_to_each_other_at_once(work: Casework, context: Flask) -> None:
    one, two = work.prepared().id, work.prepared().id

    def act(matter_id: int, into: int) -> Any:
        def run() -> None:
            matter = db.session.get_one(Matter, matter_id)
            joining.merge_matter(work.registry, matter, into, WHY)

        return run

    done = in_parallel(context, [act(one, two), act(two, one)])
    assert done.count("done") == 1, done


# ---------- what people hear ----------


def test_the_author_hears_why_and_how_to_appeal(work: Casework) -> None:
    email = get_person(work.author.person_id or 0).email
    spam, gone, twin = work.published(), work.published(), work.published()
    target = work.prepared(author=work.make.actor())
    read_new(1000)
    before = len(list(db.session.scalars(select(OutboxMail))))
    services.dismiss_matter(work.registry, spam, WHY)
    services.transfer_pending(work.registry, gone, "hsl", WHY)
    joining.merge_matter(work.registry, twin, target.id, WHY)
    read_new(1000)
    query = select(OutboxMail).where(OutboxMail.recipient == email).order_by(OutboxMail.id)
    bodies = [mail.body for mail in list(db.session.scalars(query)) if mail.id > before]
    assert len(bodies) == 3
    assert all(WHY["fi"] in body for body in bodies)
    assert "kirjaamo@example.org" in bodies[0]
    assert "HSL" in bodies[1]
    assert f"numero {target.id}" in bodies[2]
