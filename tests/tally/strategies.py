"""Small random elections, many of them with ties and near-ties."""

from fractions import Fraction

from hypothesis import strategies as st

from app.tally import Profile, Project, VoteType

VOTE_TYPES = st.sampled_from([VoteType.APPROVAL, VoteType.POINTS, VoteType.RANKING])


@st.composite
def profiles(draw: st.DrawFn, vote_types: st.SearchStrategy[VoteType] = VOTE_TYPES) -> Profile:
    """Few voters and projects; costs from few values, so that ties are common."""
    ids = [str(number) for number in range(1, draw(st.integers(1, 6)) + 1)]
    unit = draw(st.sampled_from([Fraction(1), Fraction(1, 3), Fraction(1, 100), Fraction(10**12)]))
    nudge = draw(st.sampled_from([Fraction(0), unit / 10**15]))
    costs = [draw(st.integers(1, 8)) * unit + draw(st.integers(0, 1)) * nudge for _ in ids]
    budget = draw(st.integers(3, 20)) * unit
    vote_type = draw(vote_types)
    ballot = st.lists(st.sampled_from(ids), unique=True, max_size=4)
    ballots: list[list[str] | dict[str, int | Fraction]] = []
    for chosen in draw(st.lists(ballot, max_size=9)):
        if vote_type is VoteType.POINTS:
            ballots.append({project: draw(st.integers(0, 4)) for project in chosen})
        else:
            ballots.append(chosen)
    projects = [Project(name, cost) for name, cost in zip(ids, costs, strict=True)]
    return Profile.from_ballots(projects, ballots, budget, vote_type)
