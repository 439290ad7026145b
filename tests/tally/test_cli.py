import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.tally.cli import tally
from tests.tally.test_pabulib import GOOD

ROOT = Path(__file__).parents[2]


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "round.pb"
    path.write_text(GOOD, encoding="utf-8")
    return str(path)


def run(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(tally, arguments, input=text)


def counted(*arguments: str, text: str | None = None) -> dict[str, Any]:
    result = run("count", *arguments, "--json", text=text)
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.output)
    return answer


def test_count_as_json(file: str) -> None:
    answer = counted(file, "--rule", "greedy")
    assert answer["rule"] == "greedy"
    assert answer["winners"] == ["a/1", "a/2"]
    assert answer["total_cost"] == "50"
    assert [step["action"] for step in answer["steps"]] == ["buy", "buy", "skip"]
    assert answer["options"]["skip"] is True


def test_count_from_standard_input_and_as_a_table() -> None:
    assert counted("-", "--rule", "mes_cost", text=GOOD)["winners"] == ["a/1", "a/2"]
    result = run("count", "-", "--rule", "mes_cost_add1_then_greedy", text=GOOD)
    assert result.exit_code == 0
    assert "Winners: a/1, a/2" in result.output
    assert "Total cost: 50 of 100.5" in result.output


def test_options_change_a_preset(file: str) -> None:
    answer = counted(
        file, "--rule", "mes_cost", "--utility", "card", "--completion", "add1",
        "--step", "0.5", "--integral", "--stop", "overspend", "--then-greedy",
        "--threshold", "2", "--exclusive", "a/1,a/10", "--compare-greedy", "--lot", "seal",
    )  # fmt: skip
    options = answer["options"]
    assert (options["utility"], options["add_one"], options["step"]) == ("card", True, "1/2")
    assert (options["integral"], options["stop_at"]) == (True, "overspend")
    assert options["exclusive"] == [["a/1", "a/10"]]
    assert options["lot"] == "seal"
    assert answer["compared"] == {"equal_shares": 0, "greedy": 0}


def test_threshold_comes_from_the_file_if_it_says_one() -> None:
    text = GOOD.replace("max_length;2", "min_project_score_threshold;3")
    assert counted("-", "--rule", "greedy_threshold", text=text)["winners"] == ["a/1"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rule", "greedy_threshold"], 'min_project_score_threshold in META: found ""'),
        (["--rule", "greedy_exclusive"], "--exclusive: found nothing, expected A,B"),
        (["--rule", "greedy_exclusive", "--exclusive", "a/1,b"], 'found "a/1,b", expected two or'),
        (["--rule", "greedy_exclusive", "--exclusive", "a/1"], "expected two or more different"),
        (
            ["--rule", "greedy_exclusive", "--exclusive", "a/1,a/1"],
            "expected two or more different",
        ),
        (
            ["--rule", "greedy", "--utility", "card"],
            "--utility: found with --rule greedy, expected",
        ),
        (["--rule", "greedy", "--step", "2"], "--step: found with --rule greedy, expected"),
        (["--rule", "mes_cost", "--step", "2"], "expected with --completion add1"),
        (["--rule", "phragmen", "--threshold", "1"], "--threshold: found with --rule phragmen"),
        (["--rule", "mes_cost_add1", "--step", "0"], 'found "0", expected a number above 0'),
        (["--rule", "mes_cost_add1", "--step", "x"], '--step: found "x", expected a number'),
        (["--rule", "mes_cost_add1", "--step", "-1"], '--step: found "-1", expected a number'),
        (["--rule", "greedy", "--threshold", "1/0"], '--threshold: found "1/0"'),
        (["--rule", "greedy", "--by", "sex"], '--by: found "sex", expected one of the columns'),
        (["--rule", "nonsense"], "nonsense"),
        ([], "--rule"),
    ],
)
def test_senseless_options_end_with_status_2(file: str, arguments: list[str], message: str) -> None:
    result = run("count", file, *arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_a_malformed_file_ends_with_status_2() -> None:
    for command in (["count", "-", "--rule", "greedy"], ["check", "-"]):
        result = run(*command, text=GOOD.replace("a/1;40", "a/1;x"))
        assert result.exit_code == 2
        assert 'line 11: found cost "x", expected a number above 0' in result.output
    assert run("count", "no-such-file.pb", "--rule", "greedy").exit_code == 2


def test_what_cannot_be_opened_ends_with_status_2(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "no-such-file.pb"):
        for command in (["count", str(path), "--rule", "greedy"], ["check", str(path)]):
            result = run(*command)
            assert result.exit_code == 2, result.output
            assert str(path) in result.output
            assert "Traceback" not in result.output


def test_explain_and_compare_as_json(file: str) -> None:
    won = run("explain", file, "--rule", "mes_cost", "--project", "a/1", "--json")
    answer = json.loads(won.output)
    assert answer["rule"] == "mes_cost"
    assert "a/1" in won.output
    compared = json.loads(run("compare", file, "--rules", "greedy,mes_cost", "--json").output)
    assert [one["rule"] for one in compared["rules"]] == ["greedy", "mes_cost"]


def test_a_rule_compared_gets_its_parameter(file: str) -> None:
    exclusive = ["--rules", "greedy,greedy_exclusive", "--exclusive", "a/1,a/2"]
    assert "Only in greedy: a/2" in run("compare", file, *exclusive).output
    threshold = ["--rules", "greedy,greedy_threshold", "--threshold", "3"]
    assert "Only in greedy: a/2" in run("compare", file, *threshold).output
    refused = run("compare", file, "--rules", "greedy,mes_cost", "--threshold", "3")
    assert refused.exit_code == 2
    assert "found without greedy_threshold in --rules" in refused.output


def test_voters_by_a_column_of_the_file(file: str) -> None:
    answer = counted(file, "--rule", "greedy", "--by", "age")
    assert answer["by"]["column"] == "age"
    assert sum(group["voters"] for group in answer["by"]["groups"]) == 4
    assert "age" in run("count", file, "--rule", "greedy", "--by", "age").output


def test_no_database_and_no_folder_is_needed(file: str, tmp_path: Path) -> None:
    """The command runs where there is nothing but the file, from any folder."""
    nowhere = tmp_path / "nowhere"
    command = ["-m", "flask", "--app", str(ROOT / "wsgi.py"), "tally", "count", file]
    environment = {**os.environ, "KUULUU_INSTANCE": str(nowhere), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *command, "--rule", "mes_cost_add1", "--json"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["winners"] == ["a/1", "a/2"]
    assert not [path for path in nowhere.glob("*") if "db" in path.suffix or "sql" in path.suffix]


def test_explain_winners_and_losers(file: str) -> None:
    won = run("explain", file, "--rule", "mes_cost", "--project", "a/1")
    assert "a/1 Rink: won, purchase 1" in won.output
    assert "3 voters with 1 points paid 13.33 each" in won.output
    lost = run("explain", file, "--rule", "mes_cost", "--project", "a/10")
    assert "did not win, because its supporters together had less left" in lost.output
    assert "1 of its supporters paid 13.33 for a/1" in lost.output
    assert run("explain", file, "--rule", "greedy", "--project", "x").exit_code == 2


def test_compare_and_check(file: str) -> None:
    result = run("compare", file, "--rules", "greedy_density,mes_cost")
    assert result.exit_code == 0
    assert "Only in mes_cost: none" in result.output
    assert run("compare", file, "--rules", "greedy").exit_code == 2
    assert run("compare", file, "--rules", "greedy,x").exit_code == 2
    checked = run("check", file)
    assert checked.exit_code == 0
    assert "3 projects, 4 ballots (4 different), 0 warnings" in checked.output
    assert "Seal of the ballots: " in checked.output
