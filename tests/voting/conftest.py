"""An open vote, and voters who have voted."""

from collections.abc import Callable

import pytest

from app.budgeting import queries as budgeting
from app.budgeting.models import Round
from app.core.access import Actor
from app.voting import services
from tests import rounds
from tests.factories import Factory
from tests.rounds import DURING

Vote = Callable[..., Actor]


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
