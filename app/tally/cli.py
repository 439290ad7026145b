"""Commands `flask tally count | explain | compare | check`: count any Pabulib file, no database.

FILE is a path or "-" for standard input. A file that cannot be counted, or options that make no
sense, end with exit status 2 and one message that says what was found and what was expected.
`python -m app.tally` has the same commands without loading the application.
"""

import io
import json
import re
import sys
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import click

from app.tally.account import account_of, compare
from app.tally.decimals import parse_decimal
from app.tally.groups import VotersWith, columns_to_group_by, voters_by
from app.tally.outcome import Outcome
from app.tally.pabulib import PabulibError, PabulibFile, check_pabulib, read_pabulib
from app.tally.report import (
    comparison_json,
    comparison_lines,
    explanation_json,
    explanation_lines,
    groups_json,
    groups_lines,
    outcome_json,
    outcome_lines,
)
from app.tally.rules import PRESETS, Family, Options, RuleError, count, rule_options
from app.tally.shares import StopAt, Utility
from app.tally.tables import shown
from app.tally.ties import ballot_seal

# Far more than any election needs; what is larger is no Pabulib file.
LARGEST_FILE = 2**30
PIECE = 2**24
THRESHOLD_KEY = "min_project_score_threshold"

# Fields of `Options` and the flags that set them: for equal shares, for its add-one, for all but
# Phragmen.
EQUAL_SHARES_FLAGS = {
    "utility": "--utility",
    "add_one": "--completion",
    "then_greedy": "--then-greedy",
    "compare_greedy": "--compare-greedy",
}
ADD_ONE_FLAGS = {"step": "--step", "integral": "--integral", "stop_at": "--stop"}
LIMIT_FLAGS = {"threshold": "--threshold", "exclusive": "--exclusive"}

_RATIO = re.compile(r"[0-9]{1,30}/0*[1-9][0-9]{0,30}", re.ASCII)

Command = Callable[..., None]


class Refusal(click.ClickException):
    """A file that cannot be counted, or options that make no sense: one message, status 2."""

    exit_code = 2


@click.group("tally", help="Count Pabulib files with any rule and explain the result.")
def tally() -> None:
    """Group the commands that count files; needs no database."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a letter of a name still gets the result.
            stream.reconfigure(errors="backslashreplace")


def _file(command: Command) -> Command:
    return click.argument("file")(command)


def _json(command: Command) -> Command:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def _limits(command: Command) -> Command:
    """Options that any rule but Phragmen may have, and the lot."""
    return _all_of(
        command,
        click.option("--threshold", metavar="POINTS", help="Fewest points with which one wins."),
        click.option("--exclusive", multiple=True, metavar="A,B", help="At most one of these."),
        click.option("--lot", metavar="SEAL", help="Seal of the lot that settles ties."),
    )


def _rule(command: Command) -> Command:
    """`--rule` and every option that changes its preset."""
    return _all_of(
        _limits(command),
        click.option("--rule", required=True, type=click.Choice(list(PRESETS)), metavar="NAME"),
        click.option("--utility", type=click.Choice([u.value for u in Utility])),
        click.option("--completion", type=click.Choice(["none", "add1"])),
        click.option("--step", metavar="AMOUNT", help="Add-one: raise the endowment by this."),
        click.option("--integral/--no-integral", default=None, help="Whole units of currency."),
        click.option("--stop", type=click.Choice([stop.value for stop in StopAt])),
        click.option("--then-greedy/--no-then-greedy", default=None),
        click.option("--compare-greedy/--no-compare-greedy", default=None),
        click.option("--by", metavar="COLUMN", help="Tell also of voters by a column of VOTES."),
    )


def _all_of(command: Command, *options: Callable[[Command], Command]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


@tally.command("count")
@_file
@_rule
@_json
def count_file(file: str, rule: str, as_json: bool, by: str | None, **given: Any) -> None:
    """Print the winners of FILE by a rule, and every step."""
    read = _read(file)
    groups_of = _groups(read, by)
    outcome, options = _count(read, rule, given)
    groups = groups_of(outcome)
    if as_json:
        _print_json(outcome_json(outcome, rule, options) | _groups_json(by, groups))
    else:
        _print_lines(outcome_lines(outcome, rule) + _groups_lines(by, groups))


@tally.command("explain")
@_file
@_rule
@click.option("--project", required=True, metavar="ID")
@_json
def explain_file(
    file: str, rule: str, project: str, as_json: bool, by: str | None, **given: Any
) -> None:
    """Say why a project of FILE won or did not win."""
    read = _read(file)
    groups_of = _groups(read, by)
    if project not in read.profile.index:
        raise Refusal(_found("--project", project, "an id from PROJECTS"))
    outcome, options = _count(read, rule, given)
    account, groups = account_of(outcome), groups_of(outcome)
    if as_json:
        answer = explanation_json(account, project, rule, options)
        _print_json(answer | _groups_json(by, groups))
    else:
        _print_lines(explanation_lines(account, project) + _groups_lines(by, groups))


@tally.command("compare")
@_file
@click.option("--rules", required=True, metavar="A,B", help="Names of two rules.")
@_limits
@_json
def compare_file(file: str, rules: str, as_json: bool, lot: str | None, **given: Any) -> None:
    """Show the winners of FILE by two rules side by side.

    --threshold is for greedy_threshold, --exclusive for greedy_exclusive, --lot for both rules.
    """
    names = [name.strip() for name in rules.split(",")]
    if len(names) != 2 or names[0] == names[1] or not set(names) <= set(PRESETS):
        expected = f"two different names of {', '.join(PRESETS)}"
        raise Refusal(_found("--rules", rules, expected))
    parameters = _parameters(names, given)
    read = _read(file)
    counted = []
    for name in names:
        outcome, options = _count(read, name, {**parameters[name], "lot": lot})
        counted.append((name, options, outcome))
    result = compare(counted[0][2], counted[1][2])
    if as_json:
        _print_json(comparison_json(result, counted))
    else:
        _print_lines(comparison_lines(result, counted))


@tally.command("check")
@_file
def check_file(file: str) -> None:
    """Report every problem of FILE with its line; exit status 2 if it cannot be counted."""
    read, problems = check_pabulib(_bytes(file))
    errors = sum(problem.is_error for problem in problems)
    warnings = len(problems) - errors
    for problem in problems:
        click.echo(f"{'error' if problem.is_error else 'warning'}, {problem}")
    if read is None:
        click.echo(f"{_source(file)}: {errors} errors, {warnings} warnings; cannot be counted")
        raise click.exceptions.Exit(2)
    profile = read.profile
    click.echo(
        f"{_source(file)}: {len(profile.projects)} projects, {profile.num_ballots} ballots "
        f"({profile.multiplicity.size} different), {warnings} warnings"
    )
    click.echo(f"Seal of the ballots: {ballot_seal(profile)}")


def _print_json(answer: Mapping[str, Any]) -> None:
    click.echo(json.dumps(answer, ensure_ascii=False, indent=1))


def _print_lines(lines: list[str]) -> None:
    click.echo("\n".join(lines))


def _groups(read: PabulibFile, column: str | None) -> Callable[[Outcome], list[VotersWith]]:
    """How to tell of voters by a column; a column that does not do is refused before counting."""
    if column is None:
        return lambda _: []
    columns = columns_to_group_by(read)
    if column not in columns:
        expected = f"one of the columns of VOTES: {', '.join(columns) or '(there is none)'}"
        raise Refusal(_found("--by", column, expected))
    return lambda outcome: voters_by(read, column, outcome.winners)


def _groups_json(column: str | None, groups: list[VotersWith]) -> dict[str, Any]:
    return {} if column is None else {"by": groups_json(column, groups)}


def _groups_lines(column: str | None, groups: list[VotersWith]) -> list[str]:
    return [] if column is None else groups_lines(column, groups)


def _source(file: str) -> str:
    """The file as messages name it."""
    return "<stdin>" if file == "-" else shown(file, 1000)


def _bytes(file: str) -> bytearray:
    data = bytearray()
    try:
        with click.open_file(file, "rb") as stream:
            while piece := stream.read(PIECE):
                data += piece
                if len(data) > LARGEST_FILE:
                    raise Refusal(f"{_source(file)}: found more than {LARGEST_FILE} bytes")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Refusal(f"{_source(file)}: {reason}, expected a file that can be read") from error
    return data


def _read(file: str) -> PabulibFile:
    try:
        return read_pabulib(_bytes(file), _source(file))
    except PabulibError as error:
        raise Refusal(str(error)) from error


def _count(read: PabulibFile, rule: str, given: Mapping[str, Any]) -> tuple[Outcome, Options]:
    try:
        options = _options(read, rule, given)
        return count(read.profile, options), options
    except RuleError as error:
        raise Refusal(str(error)) from error


def _options(read: PabulibFile, rule: str, given: Mapping[str, Any]) -> Options:
    changes = _changes(given)
    if rule == "greedy_threshold" and "threshold" not in changes:
        text = read.meta.get(THRESHOLD_KEY, "")
        changes["threshold"] = _number(text, f"--threshold, or {THRESHOLD_KEY} in META")
    if rule == "greedy_exclusive" and "exclusive" not in changes:
        raise Refusal("--exclusive: found nothing, expected A,B: projects of which one can win")
    _check_family(rule, changes)
    options = rule_options(rule, **changes)
    if not options.add_one:
        _refuse(changes, ADD_ONE_FLAGS, rule, "--completion add1, or a rule with add1")
    for group in options.exclusive:
        if len(set(group)) < max(len(group), 2) or not set(group) <= set(read.profile.index):
            expected = "two or more different ids from PROJECTS"
            raise Refusal(_found("--exclusive", ",".join(group), expected))
    return options


def _check_family(rule: str, changes: Mapping[str, Any]) -> None:
    family = PRESETS[rule].family
    if family is not Family.EQUAL_SHARES:
        flags = {**EQUAL_SHARES_FLAGS, **ADD_ONE_FLAGS}
        _refuse(changes, flags, rule, "a rule of equal shares (mes_...)")
    if family is Family.PHRAGMEN:
        _refuse(changes, LIMIT_FLAGS, rule, "another rule")


def _refuse(changes: Mapping[str, Any], flags: Mapping[str, str], rule: str, expected: str) -> None:
    """Refuse options that change nothing; saying no to what is not there is no harm."""
    for name, flag in flags.items():
        if changes.get(name, False) is not False:
            raise Refusal(f"{flag}: found with --rule {rule}, expected with {expected}")


def _changes(given: Mapping[str, Any]) -> dict[str, Any]:
    """Options as given on the command line, in terms of `Options`; what is not given is absent."""
    completion, stop, utility = (given.get(name) for name in ("completion", "stop", "utility"))
    groups = [tuple(map(str.strip, group.split(","))) for group in given.get("exclusive") or ()]
    changes: dict[str, Any] = {
        "utility": utility and Utility(utility),
        "add_one": None if completion is None else completion == "add1",
        "stop_at": stop and StopAt(stop),
        "exclusive": tuple(groups) or None,
    }
    for name in ("integral", "then_greedy", "compare_greedy", "lot"):
        changes[name] = given.get(name)
    for name in ("step", "threshold"):
        text = given.get(name)
        changes[name] = None if text is None else _number(text, f"--{name}")
    if changes["step"] == 0:
        raise Refusal(_found("--step", given["step"], "a number above 0"))
    return {name: value for name, value in changes.items() if value is not None}


def _parameters(names: list[str], given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """For each of the rules compared, the options that its name asks for."""
    parameters: dict[str, dict[str, Any]] = {name: {} for name in names}
    for option in ("threshold", "exclusive"):
        value = given[option]
        if value not in (None, ()):
            rule = f"greedy_{option}"
            if rule not in names:
                raise Refusal(f"--{option}: found without {rule} in --rules, expected with it")
            parameters[rule][option] = value
    return parameters


def _number(text: str, name: str) -> Fraction:
    """A decimal number or a ratio such as 1/3, not below 0."""
    stripped = text.strip()
    number = Fraction(stripped) if _RATIO.fullmatch(stripped) else parse_decimal(stripped)
    if number is None or number < 0:
        raise Refusal(_found(name, text, "a number not below 0"))
    return number


def _found(name: str, text: str, expected: str) -> str:
    return f'{name}: found "{shown(text)}", expected {expected}'
