"""The page about the count says what is: its examples run, its tables are complete."""

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from app.tally import PRESETS
from app.tally.cli import tally
from tests.tally.conftest import ROOT

PAGE = (ROOT / "docs" / "count.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def first_column(header: str) -> set[str]:
    """The code words in the first column of the table with this header."""
    table = PAGE[PAGE.index(f"| {header} |") :].split("\n\n")[0]
    return set(re.findall(r"^\| `([^`]+)`", table, re.MULTILINE))


def test_the_python_example_runs() -> None:
    (example,) = blocks("python")
    exec(compile(example, "docs/count.md", "exec"), {})


@pytest.mark.parametrize("line", blocks("console")[0].splitlines())
def test_each_command_runs(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "example.pb").write_text(blocks("pabulib")[0], encoding="utf-8")
    words = line.removeprefix("$ flask tally ").split()
    result = CliRunner().invoke(tally, words)
    assert result.exit_code == 0, result.output
    expected = {
        "count": ("3, 7", '"winners"'),
        "explain": ("12 Skating rink: did not win",),
        "compare": ("In both: 3",),
        "check": ("3 projects, 5 ballots",),
    }
    assert any(text in result.output for text in expected[words[0]]), result.output


def test_every_rule_and_every_option_is_described() -> None:
    assert first_column("name") == set(PRESETS)
    command = tally.commands["count"]
    options = {
        parameter.opts[0] for parameter in command.params if isinstance(parameter, click.Option)
    }
    assert first_column("option") == options - {"--rule", "--json"}
