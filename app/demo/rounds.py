"""Two budgeting rounds as stories: last year's with its result, this year's while people vote.

Voters have tastes: each leans towards a few projects of the own area, everybody likes some more
than others. Nothing about a voter's choice is kept anywhere but in the sealed envelopes.
"""

import random
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from app.budgeting import queries
from app.budgeting import services as budgeting
from app.budgeting.models import CITY, PhaseKind, Round
from app.budgeting.services import PhasePlan, ProjectPlan, RoundPlan
from app.core import clock
from app.core.access import Actor
from app.demo.people import Cast
from app.demo.stage import Alone, Stage, Story
from app.demo.texts import Text
from app.extensions import db
from app.voting import services as voting

EURO = 100
ENVELOPES = {
    "2025": {"city": 200_000, "suur-matinkyla": 150_000, "suur-leppavaara": 150_000},
    "2026": {
        "city": 300_000,
        "suur-leppavaara": 150_000,
        "suur-tapiola": 150_000,
        "suur-matinkyla": 150_000,
        "suur-espoonlahti": 150_000,
        "suur-kauklahti": 60_000,
        "vanha-espoo": 120_000,
        "pohjois-espoo": 60_000,
    },
}
# Days before the end of time (negative: after it) at which each phase opens and closes.
PHASES = {
    "2025": (
        (PhaseKind.IDEAS, 640, 610),
        (PhaseKind.CO_CREATION, 600, 560),
        (PhaseKind.FEASIBILITY, 555, 430),
        (PhaseKind.VOTING, 390, 376),
        (PhaseKind.COUNTING, 376, 355),
        (PhaseKind.IMPLEMENTATION, 355, -120),
    ),
    "2026": (
        (PhaseKind.IDEAS, 265, 235),
        (PhaseKind.CO_CREATION, 220, 175),
        (PhaseKind.FEASIBILITY, 170, 60),
        (PhaseKind.VOTING, 8, -6),
        (PhaseKind.COUNTING, -6, -27),
        (PhaseKind.IMPLEMENTATION, -27, -480),
    ),
}


class RoundStory:
    """Tells one round: planned, published, voted in, and counted when it is over."""

    def __init__(self, stage: Stage, cast: Cast, year: str, text: Text, rng: random.Random) -> None:
        self.stage, self.cast, self.year, self.text, self.rng = stage, cast, year, text, rng
        self.team = cast.by_key["budgeting"]
        self.last = clock.local_date(stage.end)
        self.round_id = 0

    @property
    def round(self) -> Round:
        """The round as it is now."""
        return db.session.get_one(Round, self.round_id)

    def tell(self, share_of_voters: float) -> Story:
        """The whole round; `share_of_voters` of the residents take part in all of it."""
        phases = [
            PhasePlan(kind, self._moment(opens), self._moment(closes))
            for kind, opens, closes in PHASES[self.year]
        ]
        ideas, vote = phases[0], phases[3]
        yield ideas.opens - timedelta(days=14)
        self._plan(phases)
        yield vote.opens - timedelta(days=3)
        voters = [p for p in self.cast.residents if self.rng.random() < share_of_voters]
        for voter in voters:
            self.stage.enter(self._votes(voter, vote))
        yield Alone(vote.closes + timedelta(hours=14))
        voting.close_voting(self.team, self.round)
        yield Alone(vote.closes + timedelta(days=6))
        voting.open_ballots(self.team, self.round)
        yield Alone(vote.closes + timedelta(days=9))
        voting.confirm_results(self.team, self.round)

    def _plan(self, phases: Sequence[PhasePlan]) -> None:
        plan = RoundPlan(
            year=int(self.year),
            names=self.text["title"],
            intro=self.text["intro"],
            phases=phases,
            envelopes={key: euros * EURO for key, euros in ENVELOPES[self.year].items()},
            max_choices=5,
            min_age=12,
        )
        round = budgeting.create_round(self.team, plan)
        self.round_id = round.id
        for project in self.text["projects"]:
            contest = queries.get_contest(self.round, project["contest"])
            budgeting.add_project(
                self.team,
                contest,
                ProjectPlan(
                    title=project["title"],
                    description=project["description"],
                    cost_cents=project["cost_cents"],
                    place=project["place"],
                    icon=project["icon"],
                ),
            )
        budgeting.publish_round(self.team, self.round)

    def _votes(self, voter: Actor, vote: PhasePlan) -> Story:
        """One voter: the city's ballot, and the one of the own area where there is one."""
        length = (vote.closes - vote.opens).total_seconds()
        # Many vote on the first days and on the last.
        share = self.rng.betavariate(0.6, 0.8)
        yield vote.opens + timedelta(seconds=max(1.0, share * (length - 60)))
        contests = [CITY, *([voter.home_area] if self._has(voter.home_area) else [])]
        for key in contests:
            contest = queries.get_contest(self.round, str(key))
            chosen = self._choices(contest.id)
            voting.cast_ballot(voter, self.round_id, contest.id, chosen)

    def _has(self, area: str | None) -> bool:
        return area in ENVELOPES[self.year]

    def _choices(self, contest_id: int) -> list[int]:
        ids = [project.id for project in queries.list_ballot_projects(contest_id)]
        # The popular come first in the text; every voter also has a taste of the own.
        weights = [
            1 / (1 + place * 0.35) * self.rng.lognormvariate(0, 0.9) for place, _ in enumerate(ids)
        ]
        count = self.rng.choice((1, 2, 2, 3, 3, 3, 4, 5))
        ranked = sorted(zip(weights, ids, strict=True), reverse=True)
        return sorted(project for _, project in ranked[: min(count, len(ids))])

    def _moment(self, days_ago: int) -> datetime:
        day: date = self.last - timedelta(days=days_ago)
        return datetime.combine(day, time(20 if days_ago in (376, -6) else 9), clock.ZONE)


def tell_all(stage: Stage, cast: Cast, texts: dict[str, Text], seed: int) -> None:
    """Put both rounds on the stage; this year's vote is still going on when time ends."""
    for year, share in (("2025", 0.9), ("2026", 0.45)):
        rng = random.Random(f"{seed}:round:{year}")
        stage.enter(RoundStory(stage, cast, year, texts[year], rng).tell(share))
