"""The definitions of the rules, literally: every voter alone, every amount a Fraction. Slow.

`count` knows every option of every rule. Nothing here is shared with the code that it is there
to check, except the types of what goes in.
"""

import hashlib
from collections.abc import Callable
from fractions import Fraction

from app.tally import Family, Options, Profile, StopAt, Utility, natural_key

Scores = list[dict[str, Fraction]]


class Election:
    """The ballots of a profile one by one, under the options that say who can win."""

    def __init__(self, profile: Profile, options: Options | None = None) -> None:
        self.options = options or Options()
        self.budget = profile.budget
        self.cost = {project.id: project.cost for project in profile.projects}
        self.voters: Scores = []
        for group, people in enumerate(profile.multiplicity.tolist()):
            ballot = {
                profile.projects[number].id: Fraction(score, profile.score_scale)
                for number, score in profile.row(group)
            }
            self.voters += [ballot] * people
        self.points = {
            p: sum((ballot.get(p, Fraction(0)) for ballot in self.voters), Fraction(0))
            for p in self.cost
        }
        least = self.options.threshold
        self.eligible = {
            p
            for p, cost in self.cost.items()
            if cost <= self.budget and (least is None or self.points[p] >= least)
        }
        self.supporters = {
            p: [n for n, ballot in enumerate(self.voters) if p in ballot] for p in self.cost
        }

    def tie_key(self, project: str) -> tuple[object, ...]:
        seal = self.options.lot
        last: object = natural_key(project)
        if seal is not None:
            last = hashlib.sha256(f"{seal}\n{project}".encode()).hexdigest()
        return self.cost[project], -self.points[project], last

    def total(self, projects: list[str]) -> Fraction:
        return sum((self.cost[p] for p in projects), Fraction(0))

    def excludes(self, bought: list[str], project: str) -> bool:
        """Whether a project bought stands in one exclusive group with this one."""
        return any(
            project in group and set(group) & (set(bought) - {project})
            for group in self.options.exclusive
        )

    def can_follow(self, bought: list[str]) -> set[str]:
        """Projects that may still be bought, money apart."""
        return {p for p in self.eligible - set(bought) if not self.excludes(bought, p)}

    def is_exhaustive(self, bought: list[str]) -> bool:
        left = self.budget - self.total(bought)
        return all(self.cost[p] > left for p in self.can_follow(bought))

    def is_complete(self, bought: list[str]) -> bool:
        return all(self.points[p] == 0 for p in self.can_follow(bought))


def count(profile: Profile, options: Options) -> tuple[list[str], int]:
    """What is bought, in order, and how many times add-one raised the endowment."""
    election = Election(profile, options)
    if options.family is Family.PHRAGMEN:
        return phragmen(election), 0
    if options.family is Family.GREEDY:
        return greedy(election, options, []), 0
    bought, steps = equal_shares(election, options)
    if options.compare_greedy:
        other = greedy(election, Options(), [])
        gains = [len(set(ballot) & set(other)) - len(set(ballot) & set(bought)) for ballot in
                 election.voters]  # fmt: skip
        if sum(gain > 0 for gain in gains) > sum(gain < 0 for gain in gains):
            return other, steps
    return bought, steps


def greedy(election: Election, options: Options, bought: list[str]) -> list[str]:
    def key(project: str) -> tuple[object, ...]:
        points = election.points[project]
        return -points / election.cost[project] if options.density else -points, *election.tie_key(
            project
        )

    bought = list(bought)
    for project in sorted(election.eligible - set(bought), key=key):
        if election.excludes(bought, project):
            continue
        if election.total([*bought, project]) <= election.budget:
            bought.append(project)
        elif not options.skip:
            break
    return bought


def price(supporters: list[tuple[Fraction, Fraction]], cost: Fraction) -> Fraction | None:
    """Least r with sum of min(money, r * score) equal to the cost; None if they cannot pay."""
    if sum(money for money, _ in supporters) < cost:
        return None
    paid, points = Fraction(0), sum((score for _, score in supporters), Fraction(0))
    for money, score in sorted(supporters, key=lambda pair: pair[0] / pair[1]):
        if (cost - paid) / points * score <= money:
            return (cost - paid) / points
        paid += money
        points -= score
    raise AssertionError("supporters have the cost but cannot pay it")


def shares(election: Election, utility: Utility, endowment: Fraction) -> list[str]:
    money = [endowment] * len(election.voters)
    bought: list[str] = []
    while True:
        prices: dict[str, Fraction] = {}
        for project in election.can_follow(bought):
            supporters = [
                (money[number], election.voters[number][project])
                for number in election.supporters[project]
                if money[number] > 0
            ]
            found = price(supporters, election.cost[project]) if supporters else None
            if found is not None:
                prices[project] = found
        if not prices:
            return bought

        def ratio(project: str, prices: dict[str, Fraction] = prices) -> Fraction:
            cost = election.cost[project] if utility is Utility.COST else 1
            return prices[project] / cost

        best = min(prices, key=lambda project: (ratio(project), *election.tie_key(project)))
        for number in election.supporters[best]:
            money[number] -= min(money[number], prices[best] * election.voters[number][best])
        bought.append(best)


def equal_shares(election: Election, options: Options) -> tuple[list[str], int]:
    voters = len(election.voters)
    if voters == 0:
        return greedy(election, Options(), []) if options.then_greedy else [], 0

    def run(endowment: Fraction) -> list[str]:
        return shares(election, options.utility, endowment)

    endowment, steps = election.budget / voters, 0
    if options.add_one:
        if options.integral:
            endowment = Fraction(endowment.numerator // endowment.denominator)
        bought, steps = add_one(election, options, endowment, run)
    else:
        bought = run(endowment)
    return greedy(election, Options(), bought) if options.then_greedy else bought, steps


def add_one(
    election: Election,
    options: Options,
    endowment: Fraction,
    run: Callable[[Fraction], list[str]],
) -> tuple[list[str], int]:
    bought, steps = run(endowment), 0
    while not election.is_complete(bought):
        if options.stop_at is StopAt.EXHAUSTIVE and election.is_exhaustive(bought):
            break
        following = run(endowment + (steps + 1) * options.step)
        if election.total(following) > election.budget:
            break
        bought, steps = following, steps + 1
    return bought, steps


def phragmen(election: Election) -> list[str]:
    load = [Fraction(0)] * len(election.voters)
    bought: list[str] = []
    while True:
        moments: dict[str, Fraction] = {}
        for project in election.eligible - set(bought):
            rows = election.supporters[project]
            if rows:
                moments[project] = (election.cost[project] + sum(load[n] for n in rows)) / len(rows)
        soonest = min(moments.values(), default=Fraction(0))
        level = [project for project, moment in moments.items() if moment == soonest]
        if not level or any(election.total([*bought, p]) > election.budget for p in level):
            return bought
        best = min(level, key=election.tie_key)
        for number in election.supporters[best]:
            load[number] = soonest
        bought.append(best)
