"""Small random elections and options, many of them with ties and near-ties."""

import random
from fractions import Fraction

from hypothesis import strategies as st

from app.tally import (
    Family,
    Options,
    Profile,
    Project,
    StopAt,
    Utility,
    VoteType,
    ballot_seal,
)

VOTE_TYPES = st.sampled_from([VoteType.APPROVAL, VoteType.POINTS, VoteType.RANKING])
UNITS = [Fraction(1), Fraction(1, 3), Fraction(1, 100), Fraction(10**12), Fraction(10**12, 7)]


@st.composite
def profiles(
    draw: st.DrawFn,
    vote_types: st.SearchStrategy[VoteType] = VOTE_TYPES,
    most_ballots: int = 9,
    unit_costs: bool = False,
) -> Profile:
    """Few voters and projects; costs from few values, so that ties are common."""
    ids = [str(number) for number in range(1, draw(st.integers(1, 6)) + 1)]
    unit = draw(st.sampled_from(UNITS))
    nudge = draw(st.sampled_from([Fraction(0), unit / 10**15]))
    costs = [draw(st.integers(1, 8)) * unit + draw(st.integers(0, 1)) * nudge for _ in ids]
    if unit_costs:
        costs = [unit] * len(ids)
    budget = draw(st.integers(1 if unit_costs else 3, 5 if unit_costs else 20)) * unit
    vote_type = draw(vote_types)
    ballot = st.lists(st.sampled_from(ids), unique=True, max_size=4)
    ballots: list[list[str] | dict[str, int | Fraction]] = []
    for chosen in draw(st.lists(ballot, max_size=most_ballots)):
        if vote_type is VoteType.POINTS:
            ballots.append({project: draw(st.integers(0, 4)) for project in chosen})
        else:
            ballots.append(chosen)
    projects = [Project(name, cost) for name, cost in zip(ids, costs, strict=True)]
    return Profile.from_ballots(projects, ballots, budget, vote_type)


@st.composite
def options_for(draw: st.DrawFn, profile: Profile, family: Family) -> Options:
    """Any options of a family; the step reaches the end soon, whatever the unit of money."""
    ids = [project.id for project in profile.projects]
    groups = st.lists(st.sampled_from(ids), min_size=2, max_size=3, unique=True)
    exclusive = draw(st.lists(groups, max_size=2)) if len(ids) > 1 else []
    limits = family is not Family.PHRAGMEN
    share = profile.budget / max(profile.num_ballots, 1)
    return Options(
        family=family,
        density=draw(st.booleans()),
        skip=draw(st.booleans()),
        utility=draw(st.sampled_from(Utility)),
        add_one=draw(st.booleans()),
        step=share / draw(st.integers(1, 20)),
        integral=draw(st.booleans()),
        stop_at=draw(st.sampled_from(StopAt)),
        then_greedy=draw(st.booleans()),
        compare_greedy=draw(st.booleans()),
        threshold=draw(st.none() | st.integers(0, 4).map(Fraction)) if limits else None,
        exclusive=tuple(map(tuple, exclusive)) if limits else (),
        lot=draw(st.sampled_from([None, ballot_seal(profile)])),
    )


def random_profile(draw: random.Random) -> Profile:
    """As `profiles`, faster and with more near-ties: twins have the same supporters."""
    unit = draw.choice(UNITS)
    names = [str(number) for number in range(1, draw.randint(2, 5) + 1)]
    costs = {name: draw.randint(1, 8) * unit for name in names}
    vote_type = draw.choice([VoteType.APPROVAL, VoteType.APPROVAL, VoteType.POINTS])
    ballots = []
    for _ in range(draw.randint(1, 7)):
        chosen = draw.sample(names, draw.randint(0, len(names)))
        most = 4 if vote_type is VoteType.POINTS else 1
        scale = draw.choice([1, 2]) if vote_type is VoteType.POINTS else 1
        ballots.append({name: Fraction(draw.randint(1, most), scale) for name in chosen})
    if draw.random() < 0.5:
        twin = draw.choice(names)
        costs["twin"] = costs[twin] + draw.choice([0, 1, -1]) * unit / draw.choice([10**15, 7])
        ballots = [b | ({"twin": b[twin]} if twin in b else {}) for b in ballots]
    ballots += draw.choices(ballots, k=draw.randint(0, 3))
    projects = [Project(name, cost) for name, cost in costs.items()]
    plain = [list(ballot) for ballot in ballots]
    budget = draw.randint(3, 20) * unit
    return Profile.from_ballots(
        projects, ballots if vote_type is VoteType.POINTS else plain, budget, vote_type
    )


def random_add_one(draw: random.Random, profile: Profile) -> Options:
    """Add-one with any of its options, and now and then those of all rules."""
    share = profile.budget / profile.num_ballots
    options = Options(
        family=Family.EQUAL_SHARES,
        add_one=True,
        utility=draw.choice(list(Utility)),
        step=share / draw.choice([1, 2, 3, 5, 7, Fraction(15, 2), 12, 25]),
        integral=draw.random() < 0.3,
        stop_at=draw.choice(list(StopAt)),
        then_greedy=draw.random() < 0.3,
        compare_greedy=draw.random() < 0.1,
        threshold=Fraction(draw.randint(1, 3)) if draw.random() < 0.2 else None,
        lot=ballot_seal(profile) if draw.random() < 0.2 else None,
        exclusive=(("1", "2"),) if draw.random() < 0.2 else (),
    )
    return options
