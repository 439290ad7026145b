"""The measurements of the count: files they generate, figures they read, winners they compare."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from app.tally import check_pabulib, rule_options
from bench.generated import Shape, write_election
from bench.measured import measure
from bench.tally import Counted, WrongWinners, generated, measured, same_result, shown

SHAPE = Shape(ballots=3_000, projects=40, choices=6, cheapest=1_000)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "election.pb"
    write_election(path, SHAPE)
    return path


def test_a_generated_file_has_the_shape_asked_for_and_no_problems(file: Path) -> None:
    read, problems = check_pabulib(file.read_bytes())
    assert problems == []
    assert read is not None
    profile = read.profile
    assert (profile.num_ballots, len(profile.projects)) == (SHAPE.ballots, SHAPE.projects)
    lengths = [vote.count(",") + 1 for vote in read.votes.column("vote")]
    assert set(lengths) == set(range(1, SHAPE.choices + 1))
    costs = [project.cost for project in profile.projects]
    assert max(costs) == 100 * min(costs)
    assert all(cost % SHAPE.rounding == 0 for cost in costs)
    assert sum(costs) / 5 < profile.budget < sum(costs) / 3
    assert max(profile.votes) > 8 * min(profile.votes) > 0
    assert {len(set(read.votes.column(name))) > 10 for name in ("voter_id", "age")} == {True}
    assert all(project.name for project in profile.projects)


def test_the_same_shape_gives_the_same_bytes_and_another_seed_others(
    file: Path, tmp_path: Path
) -> None:
    again, other = tmp_path / "again.pb", tmp_path / "other.pb"
    write_election(again, SHAPE)
    write_election(other, replace(SHAPE, seed=2))
    assert again.read_bytes() == file.read_bytes() != other.read_bytes()


def test_projects_are_the_same_for_any_number_of_ballots(file: Path, tmp_path: Path) -> None:
    fewer = tmp_path / "fewer.pb"
    write_election(fewer, replace(SHAPE, ballots=100))
    costs = []
    for path in (file, fewer):
        read, _ = check_pabulib(path.read_bytes())
        assert read is not None
        costs.append([(project.id, project.cost) for project in read.profile.projects])
    assert costs[0] == costs[1]


def test_ballots_can_all_name_as_many_projects(tmp_path: Path) -> None:
    path = generated(tmp_path, {"ballots": 500, "projects": 25, "choices": 5, "least": 5})
    read, problems = check_pabulib(path.read_bytes())
    assert problems == []
    assert read is not None
    assert {vote.count(",") for vote in read.votes.column("vote")} == {4}


@pytest.mark.parametrize(("least", "choices"), [(1, 4), (3, 2), (0, 2)])
def test_ballots_longer_than_the_list_of_projects_are_refused(
    tmp_path: Path, least: int, choices: int
) -> None:
    with pytest.raises(ValueError, match="choices"):
        write_election(tmp_path / "x.pb", Shape(10, 3, choices, least))


def test_a_measurement_says_what_the_count_took_and_what_came_of_it(file: Path) -> None:
    command = [sys.executable, "-m", "bench.measured", str(file), "mes_cost_add1"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = json.loads(out)
    assert set(found) == {
        "ballots", "distinct", "projects", "budget", "parse", "count", "base", "peak", "bought",
        "increments",
    }  # fmt: skip
    assert (found["ballots"], found["projects"]) == (SHAPE.ballots, SHAPE.projects)
    assert 0 < found["distinct"] <= found["ballots"]
    assert found["parse"] > 0
    assert found["count"] > 0
    assert 10e6 < found["base"] <= found["peak"] < 1e9
    assert found["bought"]
    assert found["increments"] > 0


def test_the_literal_reference_finds_the_same_winners(tmp_path: Path) -> None:
    path = tmp_path / "small.pb"
    write_election(path, Shape(100, 20, 4, cheapest=10, rounding=1))
    options = rule_options("mes_cost_add1")
    ours, literal = (measure(path, options, 4, literal) for literal in (False, True))
    assert ours.bought == literal.bought != []
    assert ours.increments == literal.increments
    assert ours.increments is not None
    assert ours.increments > 1


def test_amounts_and_step_times_a_factor_change_nothing(file: Path) -> None:
    once = measure(file, rule_options("mes_cost_add1"))
    more = measured(file, "mes_cost_add1", "--factor=1000", "--step=1000", turns=1)
    assert (more.bought, more.increments) == (once.bought, once.increments)
    assert more.budget == 1000 * once.budget


def test_another_result_is_found_and_ends_the_run() -> None:
    ours = Counted("small", 10, 100, 0.1, 0.1, 100.0, ["1", "2"], 7)
    same_result("twice", ours, replace(ours, count=0.3))
    for other in (["1", "3"], ["2", "1"], ["1"], ["1", "2", "3"], []):
        with pytest.raises(WrongWinners, match=r"ours and literally: purchase \d"):
            same_result("ours and literally", ours, replace(ours, bought=other))
    with pytest.raises(WrongWinners, match="7 and 8 steps"):
        same_result("ours and literally", ours, replace(ours, increments=8))


def test_figures_have_units() -> None:
    assert shown(0.0314) == "31.4 ms"
    assert shown(1.5) == "1.50 s"
    assert shown(185.2, "MB") == "185 MB"
    assert shown(0.4, "times") == "0.40 times"
