"""Commands `flask tally count | explain | compare | check`: count any Pabulib file, no database.

FILE is a path or "-" for standard input. A file that cannot be counted, or options that make no
sense, end with exit status 2 and one message.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any, BinaryIO

import click

from app.tally.account import LoserAccount, Reason, WinnerAccount, account_of, compare
from app.tally.decimals import decimal_text, parse_decimal
from app.tally.outcome import Outcome, Phase, Step
from app.tally.pabulib import PabulibError, PabulibFile, check_pabulib, read_pabulib
from app.tally.profile import Profile
from app.tally.rules import PRESETS, Family, Options, RuleError, count, rule_options
from app.tally.shares import StopAt, Utility
from app.tally.ties import ballot_seal

PLACES = 6
# Options of the command line that make sense for a family of rules only.
FOR_EQUAL_SHARES = (
    "utility", "add_one", "step", "integral", "stop_at", "then_greedy", "compare_greedy",
)  # fmt: skip
FOR_ALL_BUT_PHRAGMEN = ("threshold", "exclusive")

Command = Callable[..., None]


@click.group("tally", help="Count Pabulib files with any rule and explain the result.")
def tally() -> None:
    """Group the commands that count files; needs no database."""


def _file(command: Command) -> Command:
    return click.argument("file", type=click.File("rb"))(command)


def _rule(command: Command) -> Command:
    """`--rule` and every option that changes its preset."""
    given: list[Callable[[Command], Command]] = [
        click.option("--rule", required=True, type=click.Choice(list(PRESETS)), metavar="NAME"),
        click.option("--utility", type=click.Choice([u.value for u in Utility])),
        click.option("--completion", type=click.Choice(["none", "add1"])),
        click.option("--step", metavar="AMOUNT", help="Add-one: raise the endowment by this."),
        click.option("--integral/--no-integral", default=None, help="Whole units of currency."),
        click.option("--stop", type=click.Choice([stop.value for stop in StopAt])),
        click.option("--then-greedy/--no-then-greedy", default=None),
        click.option("--threshold", metavar="POINTS", help="Fewest points with which one wins."),
        click.option("--exclusive", multiple=True, metavar="A,B", help="At most one of these."),
        click.option("--compare-greedy/--no-compare-greedy", default=None),
        click.option("--lot", metavar="SEAL", help="Seal of the lot that settles ties."),
    ]
    for option in reversed(given):
        command = option(command)
    return command


@tally.command("count")
@_file
@_rule
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def count_file(file: BinaryIO, rule: str, as_json: bool, **given: Any) -> None:
    """Print the winners of FILE by a rule, and every step."""
    outcome, options = _count(_read(file), rule, given)
    if as_json:
        click.echo(json.dumps(outcome_json(outcome, rule, options), ensure_ascii=False, indent=1))
        return
    _print_outcome(outcome, rule)


@tally.command("explain")
@_file
@_rule
@click.option("--project", required=True, metavar="ID")
def explain_file(file: BinaryIO, rule: str, project: str, **given: Any) -> None:
    """Say why a project of FILE won or did not win."""
    read = _read(file)
    if project not in read.profile.index:
        raise click.UsageError(f"no project {project!r} in {_source(file)}")
    outcome, _ = _count(read, rule, given)
    account = account_of(outcome)
    for winner in account.winners:
        if winner.project.id == project:
            _print_winner(winner)
    for loser in account.losers:
        if loser.project.id == project:
            _print_loser(loser)


@tally.command("compare")
@_file
@click.option("--rules", required=True, metavar="A,B", help="Names of two rules.")
def compare_file(file: BinaryIO, rules: str) -> None:
    """Show the winners of FILE by two rules side by side."""
    names = rules.split(",")
    if len(names) != 2:
        raise click.UsageError("--rules needs two names separated by a comma")
    read = _read(file)
    first, second = (_count(read, name, {})[0] for name in names)
    result = compare(first, second)
    voters = read.profile.num_ballots
    _print_table(
        ["", *names],
        [
            ["projects won", str(len(first.winners)), str(len(second.winners))],
            ["total cost", decimal_text(first.total_cost), decimal_text(second.total_cost)],
            ["voters with a winner", str(result.satisfied_first), str(result.satisfied_second)],
            ["voters who prefer it", str(result.prefer_first), str(result.prefer_second)],
        ],
    )
    click.echo(f"Voters in all: {voters}")
    click.echo(f"In both: {_listed(result.both)}")
    click.echo(f"Only in {names[0]}: {_listed(result.only_first)}")
    click.echo(f"Only in {names[1]}: {_listed(result.only_second)}")


@tally.command("check")
@_file
def check_file(file: BinaryIO) -> None:
    """Report every problem of FILE with its line; exit status 2 if it cannot be counted."""
    read, problems = check_pabulib(file.read())
    for problem in problems:
        click.echo(f"{'error' if problem.is_error else 'warning'}, {problem}")
    if read is None:
        raise click.exceptions.Exit(2)
    profile = read.profile
    click.echo(
        f"{_source(file)}: {len(profile.projects)} projects, {profile.num_ballots} ballots "
        f"({profile.multiplicity.size} different), {len(problems)} warnings"
    )
    click.echo(f"Seal of the ballots: {ballot_seal(profile)}")


def outcome_json(outcome: Outcome, rule: str, options: Options) -> dict[str, Any]:
    """An outcome as plain values; amounts are decimal text, prices rounded to six places."""
    return {
        "rule": rule,
        "options": options.as_json(),
        "winners": list(outcome.winners),
        "total_cost": decimal_text(outcome.total_cost),
        "completion": _completion_json(outcome),
        "compared": outcome.compared
        and dict(zip(("equal_shares", "greedy"), outcome.compared, strict=True)),
        "steps": [_step_json(number, step) for number, step in enumerate(outcome.steps, 1)],
    }


def _completion_json(outcome: Outcome) -> dict[str, Any] | None:
    done = outcome.completion
    if done is None:
        return None
    return {
        "first_endowment": decimal_text(done.first_endowment, PLACES),
        "endowment": decimal_text(done.endowment, PLACES),
        "increments": done.increments,
        "reason": done.reason,
    }


def _step_json(number: int, step: Step) -> dict[str, Any]:
    tie = step.tie
    return {
        "step": number,
        "action": step.action,
        "project": step.project,
        "cost": decimal_text(step.cost),
        "left": decimal_text(step.left),
        "phase": step.phase,
        "price": None if step.price is None else decimal_text(step.price, PLACES),
        "paid_in_full": step.full,
        "paid_in_part": step.partly,
        "tie": tie and {"projects": list(tie.projects), "decided_by": tie.decided_by},
    }


def _source(file: BinaryIO) -> str:
    """The file's name; a stream in memory has none."""
    return getattr(file, "name", "<stdin>")


def _read(file: BinaryIO) -> PabulibFile:
    try:
        return read_pabulib(file.read(), _source(file))
    except PabulibError as error:
        raise click.UsageError(str(error)) from error


def _count(read: PabulibFile, rule: str, given: dict[str, Any]) -> tuple[Outcome, Options]:
    try:
        options = _options(read, rule, given)
        return count(read.profile, options), options
    except RuleError as error:
        raise click.UsageError(str(error)) from error


def _options(read: PabulibFile, rule: str, given: dict[str, Any]) -> Options:
    preset = rule_options(rule)
    changes = _changes(given)
    if rule == "greedy_threshold" and "threshold" not in changes:
        text = read.meta.get("min_project_score_threshold", "")
        changes["threshold"] = _number(text, "--threshold or min_project_score_threshold")
    if rule == "greedy_exclusive" and "exclusive" not in changes:
        raise RuleError("greedy_exclusive needs --exclusive A,B")
    barred: Sequence[str] = ()
    if preset.family is not Family.EQUAL_SHARES:
        barred = FOR_EQUAL_SHARES
    if preset.family is Family.PHRAGMEN:
        barred = (*FOR_EQUAL_SHARES, *FOR_ALL_BUT_PHRAGMEN)
    for name in barred:
        if name in changes:
            raise RuleError(f"{name} does not apply to {rule}")
    return rule_options(rule, **changes)


def _changes(given: dict[str, Any]) -> dict[str, Any]:
    """Options as given on the command line, in terms of `Options`; what is not given is absent."""
    completion, stop, utility = (given.get(name) for name in ("completion", "stop", "utility"))
    changes: dict[str, Any] = {
        "utility": utility and Utility(utility),
        "add_one": None if completion is None else completion == "add1",
        "stop_at": stop and StopAt(stop),
        "exclusive": tuple(tuple(group.split(",")) for group in given.get("exclusive", ())) or None,
    }
    for name in ("integral", "then_greedy", "compare_greedy", "lot"):
        changes[name] = given.get(name)
    for name in ("step", "threshold"):
        text = given.get(name)
        changes[name] = None if text is None else _number(text, f"--{name}")
    return {name: value for name, value in changes.items() if value is not None}


def _number(text: str, name: str) -> Fraction:
    number = parse_decimal(text)
    if number is None:
        raise RuleError(f'{name}: found "{text}", expected a number')
    return number


def _print_outcome(outcome: Outcome, rule: str) -> None:
    profile = outcome.profile
    rows = [
        [
            str(number), step.action.value, step.project, _name(profile, step.project),
            decimal_text(step.cost), decimal_text(step.left), _paid(step), _decided(step),
        ]
        for number, step in enumerate(outcome.steps, 1)
    ]  # fmt: skip
    _print_table(["step", "what", "id", "name", "cost", "left", "each pays", "tie"], rows)
    done = outcome.completion
    if done is not None:
        click.echo(
            f"Endowment {decimal_text(done.endowment, 2)} after {done.increments} steps from "
            f"{decimal_text(done.first_endowment, 2)}, ended by: {done.reason}"
        )
    if outcome.compared is not None:
        ours, greedy = outcome.compared
        click.echo(f"Voters who prefer equal shares: {ours}; who prefer greedy: {greedy}")
    click.echo(f"Rule: {rule}")
    click.echo(f"Winners: {_listed(outcome.winners)}")
    click.echo(f"Total cost: {decimal_text(outcome.total_cost)} of {decimal_text(profile.budget)}")


def _print_winner(winner: WinnerAccount) -> None:
    step = winner.step
    phase = " (greedy completion)" if step.phase is Phase.GREEDY else ""
    click.echo(f"{winner.project.id} {winner.project.name}: won, purchase {winner.number}{phase}")
    click.echo(
        f"Cost {decimal_text(step.cost)}, {winner.votes} voters, {decimal_text(winner.points, 2)} "
        f"points; left of the budget afterwards {decimal_text(step.left)}"
    )
    for group in winner.full:
        click.echo(
            f"{group.voters} voters with {decimal_text(group.points, 2)} points paid "
            f"{decimal_text(group.each, 2)} each"
        )
    part = winner.part
    if part is not None:
        click.echo(
            f"{part.voters} voters paid all they had left, {part.least:.2f} to {part.most:.2f}, "
            f"together {decimal_text(part.total, 2)}"
        )
    if step.tie is not None:
        click.echo(f"Level with {_listed(step.tie.projects[1:])}; {_decided(step)} decided")


REASONS = {
    Reason.OVER_BUDGET: "it costs more than the whole budget",
    Reason.NO_SUPPORT: "nobody voted for it",
    Reason.EXCLUDED: "a project that excludes it won",
    Reason.TOO_DEAR: "its supporters together had less left than it costs",
    Reason.NO_ROOM: "it did not fit in what was left of the budget",
    Reason.THRESHOLD: "it has fewer points than the threshold",
    Reason.STOPPED: "the count had stopped before its turn",
}


def _print_loser(loser: LoserAccount) -> None:
    project = loser.project
    click.echo(f"{project.id} {project.name}: did not win, because {REASONS[loser.reason]}")
    click.echo(
        f"Cost {decimal_text(project.cost)}, {loser.votes} voters, "
        f"{decimal_text(loser.points, 2)} points"
    )
    if loser.room is not None:
        click.echo(f"Left of the budget at its turn: {decimal_text(loser.room)}")
    if loser.had is not None and loser.missing is not None:
        click.echo(f"Left with its supporters: {decimal_text(loser.had, 2)}")
        click.echo(f"Missing: {decimal_text(max(loser.missing, Fraction(0)), 2)}")
    for spending in loser.spendings:
        click.echo(
            f"{spending.voters} of its supporters paid {spending.amount:.2f} for {spending.winner}"
        )


def _print_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _paid(step: Step) -> str:
    return "" if step.price is None else decimal_text(step.price, 2)


def _decided(step: Step) -> str:
    return "" if step.tie is None else step.tie.decided_by.value


def _name(profile: Profile, project_id: str) -> str:
    return profile.projects[profile.index[project_id]].name[:40]


def _listed(ids: Sequence[str]) -> str:
    return ", ".join(ids) or "none"
