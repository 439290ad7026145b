import pytest

from app.tally import PRESETS, count, voters_preferring
from tests.tally.conftest import Election


@pytest.mark.parametrize("rule", PRESETS)
def test_winners_equal_those_computed_independently(elections: list[Election], rule: str) -> None:
    for election in elections:
        expected = election.expected["outcomes"].get(rule)
        if expected is None:
            continue
        outcome = count(election.profile, rule)
        assert list(outcome.winners) == expected["selected"], election.path.name
        assert outcome.total_cost == expected["total_cost"]
        if "endow" in expected:
            assert outcome.completion is not None
            assert float(outcome.completion.endowment) == pytest.approx(expected["endow"])
        if "prefer_mes_vs_greedy" in expected:
            greedy = count(election.profile, "greedy")
            preferring = voters_preferring(election.profile, outcome.winners, greedy.winners)
            assert list(preferring) == expected["prefer_mes_vs_greedy"]


def test_identical_ballots_are_grouped(elections: list[Election]) -> None:
    for election in elections:
        assert election.profile.multiplicity.size == election.expected["distinct_ballots"]
        assert election.profile.num_ballots == int(election.expected["meta"]["num_votes"])
