"""Sequential Phragmen for approval ballots, for comparison with other rules.

Voters earn money at one pace; as soon as the supporters of a project hold its cost together, it is
bought and their money is gone. The count ends when a project whose turn has come does not fit in
the budget (Brill, Forster, Lackner, Maly and Peters, "Proportionality in approval-based
participatory budgeting", 2023). A score counts as approval.
"""

from fractions import Fraction
from math import gcd, lcm

import numpy as np

from app.tally.greedy import eligible_projects
from app.tally.outcome import Action, Outcome, Step
from app.tally.profile import IntArray, Profile
from app.tally.ties import describe_tie, rank_projects


class Clock:
    """Moments of purchase, in money earned per voter, exact with one common denominator."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.denominator = lcm(*(project.cost.denominator for project in profile.projects))
        self.costs = [int(p.cost * self.denominator) for p in profile.projects]
        self.moments = [0]
        # Of each distinct ballot, the number of the purchase it last paid for.
        self.last: IntArray = np.zeros(profile.multiplicity.size, np.int64)

    def needed(self, project: int) -> int:
        """Cost plus what its supporters have spent, times `denominator`.

        Divided by the number of supporters it is the moment when they hold the cost together.
        """
        rows = self.profile.supporters(project)
        voters = np.bincount(self.last[rows], self.profile.multiplicity[rows], len(self.moments))
        return self.costs[project] + sum(
            int(voters[number]) * self.moments[number] for number in np.flatnonzero(voters).tolist()
        )

    def buy(self, project: int, needed: int) -> None:
        """Empty the purses of the supporters at the moment that `needed` says."""
        votes = self.profile.votes[project]
        factor = votes // gcd(votes, needed)
        self.moments = [moment * factor for moment in self.moments]
        self.costs = [cost * factor for cost in self.costs]
        self.denominator *= factor
        self.last[self.profile.supporters(project)] = len(self.moments)
        self.moments.append(needed * factor // votes)


def phragmen(profile: Profile, lot: str | None = None) -> Outcome:
    """Count with sequential Phragmen; every moment of purchase is an exact rational.

    The price of a step is the moment (money earned per voter so far) at which it was bought.
    """
    ranks = rank_projects(profile, lot)
    clock = Clock(profile)
    waiting = [n for n in eligible_projects(profile, None) if profile.votes[n] > 0]
    left = profile.budget
    steps: list[Step] = []
    while waiting:
        needed = {number: clock.needed(number) for number in waiting}
        moments = {n: Fraction(amount, profile.votes[n]) for n, amount in needed.items()}
        soonest = min(moments.values())
        level = sorted((n for n in waiting if moments[n] == soonest), key=ranks.__getitem__)
        tie = describe_tie(profile, level, lot)
        price = soonest / clock.denominator
        blocked = [number for number in level if profile.projects[number].cost > left]
        project = profile.projects[blocked[0] if blocked else level[0]]
        if blocked:
            steps.append(Step(Action.STOP, project.id, project.cost, left, tie=tie, price=price))
            break
        left -= project.cost
        clock.buy(level[0], needed[level[0]])
        waiting.remove(level[0])
        steps.append(Step(Action.BUY, project.id, project.cost, left, tie=tie, price=price))
    return Outcome(profile, tuple(steps))
