"""Makes budgeting rounds for tests, through the same commands people use."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from app.accounts import services as accounts
from app.budgeting import services
from app.budgeting.models import Contest, PhaseKind, Project, Round
from app.budgeting.services import PhasePlan, ProjectPlan, RoundPlan
from app.core.access import SYSTEM, Actor, Role
from app.proposals.models import Matter
from tests.factories import Factory

IDEAS_OPEN = datetime(2026, 2, 1, 22, 0, tzinfo=UTC)
VOTING_OPENS = datetime(2026, 3, 10, 22, 0, tzinfo=UTC)
VOTING_CLOSES = datetime(2026, 3, 24, 18, 0, tzinfo=UTC)
END = datetime(2026, 4, 24, 21, 0, tzinfo=UTC)
DURING = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
AFTER = datetime(2026, 3, 25, 9, 0, tzinfo=UTC)
AREA = "suur-matinkyla"
OTHER_AREA = "suur-tapiola"


def texts(text: str) -> dict[str, str]:
    """A text in the three languages."""
    return {"fi": f"{text} (fi)", "sv": f"{text} (sv)", "en": text}


def plan(**changes: Any) -> RoundPlan:
    """A round of two areas and the whole city, voting from 11 to 24 March 2026."""
    values: dict[str, Any] = {
        "year": 2026,
        "names": texts("Budgeting 2026"),
        "intro": texts("Decide together."),
        "phases": [
            PhasePlan(PhaseKind.IDEAS, IDEAS_OPEN, VOTING_OPENS),
            PhasePlan(PhaseKind.VOTING, VOTING_OPENS, VOTING_CLOSES),
            PhasePlan(PhaseKind.COUNTING, VOTING_CLOSES, END),
        ],
        "envelopes": {"city": 10_000_000, AREA: 5_000_000, OTHER_AREA: 5_000_000},
        "max_choices": 3,
    }
    return RoundPlan(**(values | changes))


def add_project(
    contest: Contest, name: str, cost_cents: int, matters: Iterable[Matter] = (), **fields: Any
) -> Project:
    """A feasible project unless told otherwise."""
    values: dict[str, Any] = {"description": texts(f"About {name}."), "icon": "tree"}
    project = ProjectPlan(title=texts(name), cost_cents=cost_cents, **(values | fields))
    return services.add_project(SYSTEM, contest, project, matters)


def make_round(**changes: Any) -> Round:
    """A published round; three projects for the city and two for each area."""
    round = services.create_round(SYSTEM, plan(**changes))
    for contest in round.contests:
        place = "city" if contest.area is None else contest.area
        add_project(contest, f"Lights {place}", 3_000_000)
        add_project(contest, f"Swings {place}", 2_500_000)
        if contest.area is None:
            add_project(contest, "Skating park", 8_000_000)
    services.publish_round(SYSTEM, round)
    return round


def contest_of(round: Round, key: str) -> Contest:
    """A contest by key."""
    return next(contest for contest in round.contests if contest.key == key)


def budgeting_actor(make: Factory) -> Actor:
    """Somebody of the budgeting team."""
    person = make.person()
    accounts.grant_role(SYSTEM, person, Role.BUDGETING)
    return person.as_actor()
