"""Supports of joined matters: counted once, and intact when the matters are separated again."""

import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.accounts.queries import get_person
from app.authoring import services as authoring
from app.authoring.links import invitation_token
from app.core.access import Actor
from app.core.errors import DomainError
from app.extensions import db
from app.journal.replay import differences
from app.proposals import card_sources, support_queries
from app.proposals import support as supporting
from app.proposals.models import Matter, Support
from app.registry.joining import merge_matter, unmerge_matter
from tests.casework import WHY, Casework
from tests.factories import Factory
from tests.parallel import in_parallel

SIGNATURE = supporting.Signature("Aino Maker", "Espoo")


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


def supporters(matter: Matter) -> set[int]:
    """Who supports a matter; the kept count says the same."""
    db.session.rollback()
    people = list(db.session.scalars(select(Support.person_id).filter_by(matter_id=matter.id)))
    assert db.session.get_one(Matter, matter.id).supporters == len(people)
    return set(people)


def ids(*people: Actor) -> set[int]:
    return {actor.person_id or 0 for actor in people}


def support(matter: Matter, *people: Actor) -> None:
    for person in people:
        supporting.support_proposal(person, matter.id)


def right() -> None:
    """Kept numbers and tables say what their sources say."""
    assert list(card_sources.differences()) == []
    assert list(differences()) == []


def test_supporters_of_both_are_counted_once(make: Factory, work: Casework) -> None:
    target, twin = work.prepared(), work.published(make.actor())
    one, two, both = make.actor(), make.actor(), make.actor()
    support(twin, one, both)
    support(target, two, both)
    merge_matter(work.registry, twin, target.id, WHY)
    assert supporters(target) == ids(one, two, both)
    assert supporters(twin) == ids(one, both)
    unmerge_matter(work.registry, twin, WHY)
    assert supporters(target) == ids(two, both)
    assert supporters(twin) == ids(one, both)
    right()


def test_what_people_did_meanwhile_stays(make: Factory, work: Casework) -> None:
    target, twin = work.prepared(), work.published()
    stays, leaves, returns, comes, late = (make.actor() for _ in range(5))
    support(twin, stays, leaves, returns)
    merge_matter(work.registry, twin, target.id, WHY)
    supporting.withdraw_support(leaves, target.id)
    supporting.withdraw_support(returns, target.id)
    support(target, returns, comes, stays)
    supporting.withdraw_support(late, target.id)
    assert supporters(target) == ids(stays, returns, comes)
    assert supporters(twin) == ids(stays)
    unmerge_matter(work.registry, twin, WHY)
    assert supporters(target) == ids(returns, comes, stays)  # who pressed it there did so for it
    assert supporters(twin) == ids(stays)
    right()


def test_who_takes_support_of_the_duplicate_back_counts_for_neither(
    make: Factory, work: Casework
) -> None:
    target, twin = work.prepared(), work.published()
    one, both = make.actor(), make.actor()
    support(twin, one, both)
    support(target, both)
    merge_matter(work.registry, twin, target.id, WHY)
    supporting.withdraw_support(one, twin.id)
    supporting.withdraw_support(both, twin.id)
    assert supporters(twin) == set()
    assert supporters(target) == ids(both)
    supporting.withdraw_support(both, target.id)
    supporting.withdraw_support(both, target.id)
    assert supporters(target) == set()
    right()


def test_authors_of_the_target_do_not_support_it(make: Factory, work: Casework) -> None:
    author, guest, other = make.actor(), make.actor(), make.actor()
    target, twin = work.prepared(author), work.published()
    support(twin, author, guest, other)
    merge_matter(work.registry, twin, target.id, WHY)
    assert supporters(target) == ids(guest, other)
    authoring.accept(guest, invitation_token(authoring.invite(author, target, None)))
    assert supporters(target) == ids(other)
    assert supporters(twin) == ids(author, guest, other)
    unmerge_matter(work.registry, twin, WHY)
    assert supporters(target) == set()
    right()


def test_a_signature_stays_with_its_initiative(make: Factory, work: Casework) -> None:
    target, twin = work.prepared(kind="initiative"), work.published(kind="initiative")
    maker, leaver, signer = make.actor(), make.actor(), make.actor()
    for person in (maker, leaver):
        supporting.sign_initiative(person, twin, SIGNATURE)
    support(twin, signer)
    merge_matter(work.registry, twin, target.id, WHY)
    assert supporters(target) == ids(maker, leaver, signer)
    assert (target.makers, target.makers_here, twin.makers) == (0, 0, 2)
    supporting.withdraw_support(maker, target.id)
    supporting.withdraw_signature(leaver, twin)
    supporting.sign_initiative(signer, target, SIGNATURE)
    assert supporters(target) == ids(signer)
    assert (target.makers, twin.makers) == (1, 1)
    unmerge_matter(work.registry, twin, WHY)
    assert supporters(target) == ids(signer)
    assert supporters(twin) == ids(maker, signer)
    right()


def test_a_signature_of_the_target_taken_back_ends_the_joined_support_too(
    make: Factory, work: Casework
) -> None:
    target, twin = work.prepared(kind="initiative"), work.published()
    person = make.actor()
    support(twin, person)
    supporting.sign_initiative(person, target, SIGNATURE)
    merge_matter(work.registry, twin, target.id, WHY)
    supporting.withdraw_support(person, target.id)  # a signature is not taken back like that
    assert supporters(target) == supporters(twin) == ids(person)
    supporting.withdraw_signature(person, target)
    assert supporters(target) == supporters(twin) == set()
    right()


def test_matters_joined_one_after_the_other(make: Factory, work: Casework) -> None:
    first, second, third = work.published(), work.published(), work.prepared()
    one, two, three, all_three = (make.actor() for _ in range(4))
    for matter, person in ((first, one), (second, two), (third, three)):
        support(matter, person, all_three)
    merge_matter(work.registry, first, second.id, WHY)
    merge_matter(work.registry, second, third.id, WHY)
    assert supporters(third) == ids(one, two, three, all_three)
    supporting.withdraw_support(one, first.id)
    assert supporters(third) == ids(two, three, all_three)
    unmerge_matter(work.registry, first, WHY)
    assert supporters(first) == ids(all_three)
    assert supporters(second) == ids(two, all_three)
    merge_matter(work.registry, first, third.id, WHY)
    supporting.withdraw_support(all_three, third.id)
    assert [supporters(m) for m in (first, second, third)] == [set(), ids(two), ids(two, three)]
    unmerge_matter(work.registry, second, WHY)
    assert supporters(third) == ids(three)
    right()


def test_who_counts_through_two_matters_goes_on_counting_through_the_other(
    make: Factory, work: Casework
) -> None:
    target, twin, other = work.prepared(), work.published(), work.published()
    person = make.actor()
    support(twin, person)
    support(other, person)
    merge_matter(work.registry, twin, target.id, WHY)
    merge_matter(work.registry, other, target.id, WHY)
    unmerge_matter(work.registry, twin, WHY)
    assert supporters(target) == ids(person)
    supporting.withdraw_support(person, other.id)
    assert supporters(target) == set()
    assert supporters(twin) == ids(person)
    right()


def test_a_name_is_shown_only_where_it_was_chosen(make: Factory, work: Casework) -> None:
    target, twin, person = work.prepared(), work.published(), make.actor()
    supporting.support_proposal(person, twin.id, is_public=True)
    merge_matter(work.registry, twin, target.id, WHY)
    assert [support_queries.count_public(m.id) for m in (twin, target)] == [1, 0]
    supporting.show_name(person, target.id, True)
    unmerge_matter(work.registry, twin, WHY)
    assert [support_queries.count_public(m.id) for m in (twin, target)] == [1, 0]


# ---------- anything in any order ----------


@dataclass
class Town:
    """What people would expect: who has given support to what, and what is joined to what."""

    authors: list[set[int]]
    own: list[set[int]]
    makers: list[set[int]]
    into: dict[int, int] = field(default_factory=dict)
    apart: set[tuple[int, int]] = field(default_factory=set)  # counted for the own matter alone

    def joined(self, matter: int) -> set[int]:
        """The matters that are joined to one, at any depth, and itself."""
        near = [child for child, into in self.into.items() if into == matter]
        return {matter}.union(*(self.joined(child) for child in near))

    def counted(self, matter: int) -> set[int]:
        """Everybody who should be counted for a matter."""
        through = set[int]()
        for child, into in self.into.items():
            if into == matter:
                through |= self.counted(child)
        through -= {person for at, person in self.apart if at == matter}
        return self.own[matter] | self.makers[matter] | through - self.authors[matter]

    def may(self, verb: str, matter: int, other: int) -> bool:
        """Whether it can be done; `other` is a person, or the other matter."""
        is_open = matter not in self.into
        if verb in ("support", "sign"):
            is_signed = verb == "sign"
            return is_open and other not in self.authors[matter] and (matter < 2 or not is_signed)
        if verb == "join":
            return is_open and other not in self.into and matter != other
        return verb != "separate" or not is_open

    def changes(self, verb: str, matter: int, other: int) -> bool:
        """Whether it can be done and changes something for somebody."""
        if verb == "withdraw":
            return other in self.counted(matter) - self.makers[matter]
        return self.may(verb, matter, other) and (verb != "unsign" or other in self.makers[matter])

    def do(self, verb: str, matter: int, other: int) -> None:
        """Do what can be done."""
        if verb == "support":
            self.own[matter].add(other)
        elif verb == "sign":
            self.makers[matter].add(other)
        elif verb == "join":
            came = self.counted(matter)
            self.apart = {(at, who) for at, who in self.apart if at != other or who not in came}
            self.into[matter] = other
        elif verb == "separate":
            del self.into[matter]
        elif verb == "unsign" and other in self.makers[matter]:
            self.makers[matter].discard(other)
            self._take_back(matter, other)
        elif verb == "withdraw" and other not in self.makers[matter]:
            self._take_back(matter, other)

    def _take_back(self, matter: int, person: int) -> None:
        joined = self.joined(matter)
        for one in joined:
            self.own[one].discard(person)
        self.apart |= {(one, person) for one in joined if person not in self.makers[one]}
        self.apart -= {(one, person) for one in joined if not self._signed_below(one, person)}

    def _signed_below(self, matter: int, person: int) -> bool:
        return any(person in self.makers[one] for one in self.joined(matter) - {matter})


USUAL = ("support", "withdraw", "join", "separate")
VERBS = (*USUAL, *USUAL, "sign", "unsign")
MATTERS, PEOPLE = 4, 2
AUTHOR_OF = 3  # the last matter is the first person's own


@dataclass(frozen=True)
class Act:
    """Something to do with a matter and a person or another matter; a `sensible` one is chosen, by
    the same two numbers, among those that change something.
    """

    verb: str
    matter: int
    other: int
    sensible: bool

    def choose(self, town: Town) -> tuple[int, int]:
        """The numbers of the matter and of the other one or the person."""
        others = MATTERS if self.verb == "join" else PEOPLE
        pairs = [
            (matter, other)
            for matter in range(MATTERS)
            for other in range(others)
            if town.changes(self.verb, matter, other)
        ]
        if not self.sensible or not pairs:
            return self.matter, self.other % others
        return pairs[(self.matter * MATTERS + self.other) % len(pairs)]


some = st.integers(0, MATTERS - 1)
acts = st.builds(Act, st.sampled_from(VERBS), some, some, st.sampled_from([True, True, False]))


gifts = st.builds(Act, st.just("support"), some, some, st.just(True))


def exactly(*steps: tuple[str, int, int]) -> list[Act]:
    return [Act(*step, sensible=False) for step in steps]


@example(  # counted through two matters, of which one is separated
    exactly(("support", 0, 1), ("support", 1, 1)),
    exactly(("join", 0, 2), ("join", 1, 2), ("separate", 0, 0), ("withdraw", 1, 1)),
)
@example(  # a maker takes support of the target back and gives it again
    exactly(("sign", 0, 1), ("support", 2, 1)),
    exactly(("join", 0, 2), ("withdraw", 2, 1), ("support", 2, 1), ("separate", 0, 0)),
)
@given(st.lists(gifts, min_size=4, max_size=8), st.lists(acts, min_size=15, max_size=30))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_nobody_is_ever_counted_twice_or_lost(
    work: Casework, first: list[Act], then: list[Act]
) -> None:
    kinds = ("initiative", "initiative", "feedback", "proposal")
    people = [work.make.actor() for _ in range(PEOPLE)]
    matters = [
        work.published(people[0] if n == AUTHOR_OF else None, kind=kinds[n]) for n in range(MATTERS)
    ]
    numbers = [matter.id for matter in matters]
    town = Town(
        [{0} if n == AUTHOR_OF else set() for n in range(MATTERS)],
        [set() for _ in numbers],
        [set() for _ in numbers],
    )
    for act in [*first, *then]:
        chosen = act.choose(town)
        is_possible = town.may(act.verb, *chosen)
        assert _try(work, act.verb, matters, *chosen, people) == is_possible
        if is_possible:
            town.do(act.verb, *chosen)
        for n, matter in enumerate(matters):
            expected = ids(*(people[who] for who in town.counted(n)))
            assert supporters(matter) == expected, (act, n)
            assert matter.makers == len(town.makers[n])
    assert card_sources._differing(numbers) == []


def _try(
    work: Casework, verb: str, matters: list[Matter], number: int, other: int, people: list[Actor]
) -> bool:
    """Do it as the city and people do; whether it was not refused."""
    matter = matters[number]
    doing: dict[str, Callable[[], Any]] = {
        "support": lambda: supporting.support_proposal(people[other], matter.id),
        "withdraw": lambda: supporting.withdraw_support(people[other], matter.id),
        "sign": lambda: supporting.sign_initiative(people[other], matter, SIGNATURE),
        "unsign": lambda: supporting.withdraw_signature(people[other], matter),
        "join": lambda: merge_matter(work.registry, matter, matters[other].id, WHY),
        "separate": lambda: unmerge_matter(work.registry, matter, WHY),
    }
    try:
        doing[verb]()
    except DomainError:
        return False
    return True


# ---------- at the same time ----------


def test_joining_while_many_support_and_take_back(work: Casework, context: Flask) -> None:
    target, twin = work.prepared().id, work.prepared().id
    people = [work.make.actor() for _ in range(6)]
    for person in people[:3]:
        supporting.support_proposal(person, twin)
    registry = work.registry
    db.session.rollback()

    def join() -> None:
        merge_matter(registry, db.session.get_one(Matter, twin), target, WHY)

    acts: list[Any] = [lambda who=who: supporting.withdraw_support(who, twin) for who in people[:2]]
    acts += [lambda who=who: supporting.support_proposal(who, target) for who in people[2:5]]
    acts += [lambda: supporting.support_proposal(people[5], twin), join]
    done = in_parallel(context, acts)
    assert len(done) == len(acts)
    assert set(done) <= {"done", "WrongState:support_closed", "WrongState:joined_meanwhile"}
    there, here = (supporters(db.session.get_one(Matter, number)) for number in (twin, target))
    assert there <= here
    assert ids(*people[2:5]) <= here <= ids(*people)
    right()


def test_separating_while_people_take_back(work: Casework, context: Flask) -> None:
    target, twin = work.prepared().id, work.prepared().id
    people = [work.make.actor() for _ in range(4)]
    for person in people:
        supporting.support_proposal(person, twin)
    registry = work.registry
    merge_matter(registry, db.session.get_one(Matter, twin), target, WHY)
    db.session.rollback()

    def part() -> None:
        unmerge_matter(registry, db.session.get_one(Matter, twin), WHY)

    acts: list[Any] = [lambda who=who: supporting.withdraw_support(who, twin) for who in people[:2]]
    acts += [lambda: supporting.withdraw_support(people[2], target), part, part]
    done = in_parallel(context, acts)
    assert len(done) == len(acts)
    assert done.count("WrongState:wrong_state") == 1, done  # the second separating
    assert get_person(people[3].person_id or 0).id in supporters(db.session.get_one(Matter, twin))
    assert supporters(db.session.get_one(Matter, target)) == set()
    right()


def test_joining_separating_and_supporting_never_wait_for_each_other(
    work: Casework, context: Flask
) -> None:
    """Four people at a time do something thirty times; a deadlock would end one of them."""
    numbers = [work.prepared().id for _ in range(4)]
    people, registry = [work.make.actor() for _ in range(4)], work.registry
    db.session.rollback()

    def wander(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(30):
            who, number, other = chance.choice(people), *chance.sample(numbers, 2)
            do(chance.choice(USUAL), who, number, other)

    def do(verb: str, who: Actor, number: int, other: int) -> None:
        doing: dict[str, Callable[[], Any]] = {
            "support": lambda: supporting.support_proposal(who, number),
            "withdraw": lambda: supporting.withdraw_support(who, number),
            "join": lambda: merge_matter(registry, _get(number), other, WHY),
            "separate": lambda: unmerge_matter(registry, _get(number), WHY),
        }
        with contextlib.suppress(DomainError):
            doing[verb]()

    acts = [lambda seed=seed: wander(seed) for seed in range(4)]
    assert in_parallel(context, acts) == ["done"] * 4
    for number in numbers:
        supporters(_get(number))
    right()


def _get(number: int) -> Matter:
    return db.session.get_one(Matter, number)
