"""Casting: one sealed vote a person and contest, until voting ends."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from app.budgeting import queries as budgeting
from app.budgeting.models import Round
from app.core.access import ANONYMOUS
from app.core.errors import DomainError, Forbidden, Invalid, NotFound, WrongState
from app.core.mail import OutboxMail
from app.extensions import db
from app.voting import keys, queries, sealing, services
from app.voting.models import BallotEnvelope, RollEntry
from tests import rounds
from tests.factories import Factory
from tests.rounds import AREA, OTHER_AREA, VOTING_CLOSES, VOTING_OPENS


def _envelopes() -> list[BallotEnvelope]:
    return list(db.session.scalars(select(BallotEnvelope).order_by(BallotEnvelope.contest_id)))


def _choices(envelope: BallotEnvelope) -> list[str]:
    """What is in an envelope, opened with the round's key."""
    bound = keys.bound_to(envelope.contest_id, envelope.voter_key)
    private = keys.read_private(envelope.round_id)
    ids = sealing.unpack(sealing.open_sealed(private, envelope.ciphertext, bound))
    titles = {p.id: p.title["en"] for p in budgeting.list_ballot_projects(envelope.contest_id)}
    return [titles[number] for number in ids]


def test_a_vote_is_a_row_on_the_roll_and_a_sealed_envelope(
    open_round: Round, vote: Callable
) -> None:
    vote("Swings city", "Skating park")
    (envelope,) = _envelopes()
    entry = db.session.scalars(select(RollEntry)).one()
    assert entry.voter_key == envelope.voter_key
    assert (entry.channel, entry.area, str(entry.day)) == ("web", None, "2026-03-12")
    assert _choices(envelope) == ["Swings city", "Skating park"]


def test_voting_again_replaces_the_vote(vote: Callable) -> None:
    voter = vote("Swings city")
    before = _envelopes()[0].ciphertext
    vote("Skating park", actor=voter)
    (envelope,) = _envelopes()
    assert envelope.ciphertext != before
    assert _choices(envelope) == ["Skating park"]


def test_one_votes_in_the_city_and_in_one_area(vote: Callable) -> None:
    voter = vote("Lights city")
    vote(f"Lights {AREA}", key=AREA, actor=voter)
    assert len(_envelopes()) == 2
    assert db.session.scalars(select(RollEntry)).one().area == AREA
    with pytest.raises(WrongState, match="other_area"):
        vote(f"Lights {OTHER_AREA}", key=OTHER_AREA, actor=voter)
    vote(f"Swings {AREA}", key=AREA, actor=voter)
    assert len(_envelopes()) == 2


def test_envelopes_tell_nothing_by_their_length(vote: Callable) -> None:
    vote("Lights city")
    vote("Lights city", "Swings city", "Skating park")
    vote("Lights city")
    found = _envelopes()
    assert {len(envelope.ciphertext) for envelope in found} == {sealing.SEALED}
    assert len({envelope.ciphertext for envelope in found}) == 3


def test_a_blank_vote_counts_where_the_rules_allow_it(
    make: Factory, held: Callable[..., None]
) -> None:
    round = rounds.make_round(min_choices=0)
    held(VOTING_OPENS)
    services.cast_ballot(make.actor(), round.id, round.contests[0].id, [])
    assert _choices(_envelopes()[0]) == []


@pytest.mark.parametrize(
    ("code", "numbers"),
    [
        ("too_few_projects", []),
        ("too_many_projects", [0, 1, 2, 3]),
        ("unknown_project", [0, 0]),
        ("unknown_project", [-1]),
    ],
)
def test_a_ballot_outside_the_limits_stores_nothing(
    make: Factory, held: Callable[..., None], code: str, numbers: list[int]
) -> None:
    round = rounds.make_round()
    contest = rounds.contest_of(round, "city")
    rounds.add_project(contest, "Fourth", 100)
    refused = rounds.add_project(contest, "Not studied", 100, feasible=False)
    held(VOTING_OPENS)
    ids = [project.id for project in budgeting.list_ballot_projects(contest.id)]
    chosen = [refused.id if number == -1 else ids[number] for number in numbers]
    with pytest.raises(Invalid, match=code):
        services.cast_ballot(make.actor(), round.id, contest.id, chosen)
    assert _envelopes() == []
    assert db.session.scalars(select(func.count()).select_from(RollEntry)).one() == 0
    assert db.session.scalars(select(func.count()).select_from(OutboxMail)).one() == 0


def test_projects_of_another_contest_are_refused(make: Factory, open_round: Round) -> None:
    area = rounds.contest_of(open_round, AREA)
    stranger = budgeting.list_ballot_projects(area.id)[0].id
    city = rounds.contest_of(open_round, "city")
    with pytest.raises(Invalid, match="unknown_project"):
        services.cast_ballot(make.actor(), open_round.id, city.id, [stranger])


def test_a_contest_of_another_round_is_not_found(make: Factory, held: Callable[..., None]) -> None:
    first, second = rounds.make_round(), rounds.make_round()
    held(VOTING_OPENS)
    with pytest.raises(NotFound):
        services.cast_ballot(make.actor(), first.id, second.contests[0].id, [1])


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        (VOTING_OPENS - timedelta(microseconds=1), "voting_not_begun"),
        (VOTING_CLOSES, "voting_over"),
        (VOTING_CLOSES + timedelta(days=1), "voting_over"),
    ],
)
def test_votes_are_taken_from_the_opening_until_just_before_the_end(
    vote: Callable, held: Callable[..., None], moment: object, code: str
) -> None:
    held(moment)
    with pytest.raises(WrongState, match=code):
        vote("Lights city")
    held(VOTING_CLOSES - timedelta(microseconds=1))
    vote("Lights city")


def test_after_closing_nothing_is_taken_even_if_a_clock_is_wrong(
    vote: Callable, open_round: Round, held: Callable[..., None], make: Factory
) -> None:
    held(VOTING_CLOSES)
    services.close_voting(rounds.budgeting_actor(make), open_round)
    held(VOTING_CLOSES - timedelta(hours=1))
    with pytest.raises(WrongState, match="voting_over"):
        vote("Lights city")


def test_only_people_with_a_confirmed_address_vote(make: Factory, open_round: Round) -> None:
    contest = open_round.contests[0]
    for actor in (ANONYMOUS, make.person(confirmed=False).as_actor()):
        with pytest.raises(Forbidden, match="not_confirmed"):
            services.cast_ballot(actor, open_round.id, contest.id, [1])


def test_a_message_confirms_the_vote_without_the_choices(
    make: Factory, vote: Callable, open_round: Round
) -> None:
    voter = make.person(language="en")
    vote("Skating park", actor=voter.as_actor())
    mail = db.session.scalars(select(OutboxMail)).one()
    assert mail.recipient == voter.email
    assert "Budgeting 2026" in mail.body
    assert "24/3/2026" in mail.body
    titles = [p.title["en"] for p in budgeting.list_ballot_projects(open_round.contests[0].id)]
    assert not any(title in mail.body for title in titles)


def test_the_order_of_projects_is_the_voters_own_and_stays(
    make: Factory, held: Callable[..., None]
) -> None:
    round = rounds.make_round()
    contest = rounds.contest_of(round, "city")
    for number in range(6):
        rounds.add_project(contest, f"More {number}", 100)
    held(VOTING_OPENS)
    orders = set()
    for _ in range(8):
        voter = make.actor()
        papers = [queries.get_paper(voter, round.id, "city") for _ in range(2)]
        first, second = ([project.id for project in paper.projects] for paper in papers)
        assert first == second
        orders.add(tuple(first))
    assert len(orders) == 8


def test_twenty_requests_of_one_voter_at_once_leave_one_vote(
    context: Flask, make: Factory, open_round: Round
) -> None:
    voter = make.actor()
    contest = rounds.contest_of(open_round, "city")
    ids = [project.id for project in budgeting.list_ballot_projects(contest.id)]
    round_id, contest_id = open_round.id, contest.id
    db.session.remove()

    def cast(number: int) -> None:
        services.cast_ballot(voter, round_id, contest_id, [ids[number % 3]])

    assert _at_once(context, cast) == []
    assert len(_envelopes()) == 1
    assert db.session.scalars(select(func.count()).select_from(RollEntry)).one() == 1


def test_twenty_requests_for_two_areas_at_once_leave_one_area(
    context: Flask, make: Factory, open_round: Round
) -> None:
    voter = make.actor()
    contests = [rounds.contest_of(open_round, key) for key in (AREA, OTHER_AREA)]
    chosen = [(c.id, budgeting.list_ballot_projects(c.id)[0].id) for c in contests]
    round_id = open_round.id
    db.session.remove()

    def cast(number: int) -> None:
        contest_id, project_id = chosen[number % 2]
        services.cast_ballot(voter, round_id, contest_id, [project_id])

    assert set(_at_once(context, cast)) == {"other_area"}
    assert len(_envelopes()) == 1


def _at_once(app: Flask, act: Callable[[int], None]) -> list[str]:
    """Run an act in twenty threads at once; the codes of what was refused."""
    refused: list[str] = []
    barrier = threading.Barrier(20)

    def run(number: int) -> None:
        with app.app_context():
            barrier.wait()
            try:
                act(number)
            except DomainError as error:
                refused.append(error.code)
            except Exception as error:
                refused.append(repr(error))
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ballot_envelope SET contest_id = (SELECT max(id) FROM contest)"
        " WHERE contest_id <> (SELECT max(id) FROM contest)",
        "UPDATE ballot_envelope SET voter_key = 'x'",
        "UPDATE ballot_envelope SET is_area = (1 = 1)",
        "DELETE FROM roll_entry",
    ],
)
def test_the_database_itself_holds_one_vote_a_person_and_contest(
    vote: Callable, statement: str
) -> None:
    voter = vote("Lights city")
    vote(f"Lights {OTHER_AREA}", key=OTHER_AREA, actor=voter)
    with pytest.raises(IntegrityError), db.engine.begin() as connection:
        connection.execute(text(statement))
