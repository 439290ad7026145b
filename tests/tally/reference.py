"""The definitions of the rules, literally: every voter alone, every amount a Fraction. Slow."""

from collections.abc import Callable
from fractions import Fraction

from app.tally import Options, Profile, StopAt, Utility, natural_key

Scores = list[dict[str, Fraction]]


class Election:
    """The ballots of a profile one by one."""

    def __init__(self, profile: Profile) -> None:
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
        self.eligible = {p for p, cost in self.cost.items() if cost <= self.budget}

    def tie_key(self, project: str) -> tuple[object, ...]:
        return self.cost[project], -self.points[project], natural_key(project)

    def total(self, projects: list[str]) -> Fraction:
        return sum((self.cost[p] for p in projects), Fraction(0))

    def is_exhaustive(self, bought: list[str]) -> bool:
        left = self.budget - self.total(bought)
        return all(self.cost[p] > left for p in self.eligible - set(bought))


def greedy(election: Election, options: Options, bought: list[str]) -> list[str]:
    def key(project: str) -> tuple[object, ...]:
        points = election.points[project]
        return -points / election.cost[project] if options.density else -points, *election.tie_key(
            project
        )

    bought = list(bought)
    for project in sorted(election.eligible - set(bought), key=key):
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
        for project in election.eligible - set(bought):
            supporters = [
                (money[number], ballot[project])
                for number, ballot in enumerate(election.voters)
                if project in ballot and money[number] > 0
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
        for number, ballot in enumerate(election.voters):
            money[number] -= min(money[number], prices[best] * ballot.get(best, 0))
        bought.append(best)


def equal_shares(election: Election, options: Options) -> list[str]:
    voters = len(election.voters)
    if voters == 0:
        return greedy(election, Options(), []) if options.then_greedy else []

    def run(endowment: Fraction) -> list[str]:
        return shares(election, options.utility, endowment)

    endowment = election.budget / voters
    if options.add_one:
        if options.integral:
            endowment = Fraction(endowment.numerator // endowment.denominator)
        bought = add_one(election, options, endowment, run)
    else:
        bought = run(endowment)
    return greedy(election, Options(), bought) if options.then_greedy else bought


def add_one(
    election: Election,
    options: Options,
    endowment: Fraction,
    run: Callable[[Fraction], list[str]],
) -> list[str]:
    supported = {p for p in election.eligible if election.points[p] > 0}
    bought = run(endowment)
    while set(bought) != supported:
        if options.stop_at is StopAt.EXHAUSTIVE and election.is_exhaustive(bought):
            break
        endowment += options.step
        following = run(endowment)
        if election.total(following) > election.budget:
            break
        bought = following
    return bought


def phragmen(election: Election) -> list[str]:
    load = [Fraction(0)] * len(election.voters)
    bought: list[str] = []
    while True:
        moments: dict[str, Fraction] = {}
        for project in election.eligible - set(bought):
            rows = [n for n, ballot in enumerate(election.voters) if project in ballot]
            if rows:
                moments[project] = (election.cost[project] + sum(load[n] for n in rows)) / len(rows)
        soonest = min(moments.values(), default=Fraction(0))
        level = [project for project, moment in moments.items() if moment == soonest]
        if not level or any(election.total([*bought, p]) > election.budget for p in level):
            return bought
        best = min(level, key=election.tie_key)
        for number, ballot in enumerate(election.voters):
            if best in ballot:
                load[number] = soonest
        bought.append(best)
