"""An open vote, and voters who have voted."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import pytest

from app.budgeting import queries as budgeting
from app.budgeting import services as budgeting_services
from app.budgeting.models import Round
from app.core.access import SYSTEM, Actor
from app.voting import services
from tests import rounds
from tests.factories import Factory
from tests.rounds import AFTER, DURING

Vote = Callable[..., Actor]
Decide = Callable[..., Round]


@pytest.fixture
def open_round(make: Factory, held: Callable[..., None]) -> Round:
    """A published round on the second day of its voting."""
    round = rounds.make_round()
    held(DURING)
    return round


@pytest.fixture
def vote(make: Factory, open_round: Round) -> Vote:
    """Casts a ballot by names of projects, for a new voter unless one is given."""

    def cast(*names: str, key: str = "city", actor: Actor | None = None) -> Actor:
        contest = rounds.contest_of(open_round, key)
        projects = {p.title["en"]: p.id for p in budgeting.list_ballot_projects(contest.id)}
        voter = actor or make.actor()
        chosen = [projects[name] for name in names]
        services.cast_ballot(voter, open_round.id, contest.id, chosen)
        return voter

    return cast


@pytest.fixture
def decide(make: Factory, held: Callable[..., None]) -> Decide:
    """Makes a round for the whole city and confirms its result.

    `costs` are euros by project, `ballots` how many people cast each ballot, `places` the places
    of some projects; `changes` are those of the round's plan.
    """

    def confirmed(
        costs: dict[str, int],
        ballots: dict[tuple[str, ...], int],
        places: Mapping[str, str] = MappingProxyType({}),
        **changes: object,
    ) -> Round:
        plan = {"envelopes": {"city": 10_000_000}, "parameters": {}, **changes}
        round = budgeting_services.create_round(SYSTEM, rounds.plan(**plan))
        (contest,) = round.contests
        ids = {
            name: rounds.add_project(contest, name, euros * 100, place=places.get(name)).id
            for name, euros in costs.items()
        }
        budgeting_services.publish_round(SYSTEM, round)
        held(DURING)
        for names, people in ballots.items():
            chosen = [ids[name] for name in names]
            for _ in range(people):
                services.cast_ballot(make.actor(), round.id, contest.id, chosen)
        held(AFTER)
        services.close_voting(SYSTEM, round)
        services.open_ballots(SYSTEM, round)
        services.confirm_results(SYSTEM, round)
        return round

    return confirmed
