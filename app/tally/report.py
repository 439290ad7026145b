"""Outcomes for the command line: as lines of text, and as plain values for JSON.

Amounts that a decimal number equals are exact; prices and shares are rounded to six places.
"""

from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from fractions import Fraction
from typing import Any

from app.tally.account import (
    Account,
    Comparison,
    LoserAccount,
    Reason,
    WinnerAccount,
    count_satisfied,
)
from app.tally.decimals import decimal_text
from app.tally.groups import VotersWith
from app.tally.outcome import Outcome, Phase, Step
from app.tally.profile import Profile, Project
from app.tally.rules import Options
from app.tally.tables import shown

PLACES = 6
LONGEST_NAME = 40

REASONS = {
    Reason.OVER_BUDGET: "it costs more than the whole budget",
    Reason.NO_SUPPORT: "nobody voted for it",
    Reason.EXCLUDED: "a project that excludes it won",
    Reason.TOO_DEAR: "its supporters together had less left than it costs",
    Reason.NO_ROOM: "it did not fit in what was left of the budget",
    Reason.THRESHOLD: "it has fewer points than the threshold",
    Reason.STOPPED: "the count had stopped before its turn",
}


def outcome_json(outcome: Outcome, rule: str, options: Options) -> dict[str, Any]:
    """An outcome as plain values."""
    done = outcome.completion
    return {
        **_summary_json(outcome, rule, options),
        "left": decimal_text(outcome.left),
        "completion": done
        and {
            "first_endowment": decimal_text(done.first_endowment, PLACES),
            "endowment": decimal_text(done.endowment, PLACES),
            "increments": done.increments,
            "reason": done.reason,
        },
        "compared": outcome.compared
        and dict(zip(("equal_shares", "greedy"), outcome.compared, strict=True)),
        "steps": [_step_json(number, step) for number, step in enumerate(outcome.steps, 1)],
    }


def explanation_json(account: Account, project: str, rule: str, options: Options) -> dict[str, Any]:
    """What happened to one project as plain values; None where it does not apply."""
    winner, loser = _account_of(account, project)
    found = winner or loser
    return {
        "rule": rule,
        "options": options.as_json(),
        "project": found and _plain(found.project),
        "won": winner is not None,
        "winner": winner and _plain(winner),
        "loser": loser and {**_plain(loser), "why": REASONS[loser.reason]},
    }


def comparison_json(
    result: Comparison, counted: Sequence[tuple[str, Options, Outcome]]
) -> dict[str, Any]:
    """Two outcomes side by side as plain values."""
    figures = (
        (result.satisfied_first, result.prefer_first),
        (result.satisfied_second, result.prefer_second),
    )
    return {
        "voters": counted[0][2].profile.num_ballots,
        "rules": [
            {
                **_summary_json(outcome, rule, options),
                "voters_with_a_winner": satisfied,
                "voters_who_prefer_it": prefer,
            }
            for (rule, options, outcome), (satisfied, prefer) in zip(counted, figures, strict=True)
        ],
        "both": list(result.both),
        "only_first": list(result.only_first),
        "only_second": list(result.only_second),
    }


def groups_json(column: str, groups: Iterable[VotersWith]) -> dict[str, Any]:
    """Voters by a column of VOTES as plain values."""
    return {
        "column": column,
        "groups": [
            {**_plain(group), "share": decimal_text(group.share, PLACES)} for group in groups
        ],
    }


def outcome_lines(outcome: Outcome, rule: str) -> list[str]:
    """The steps as a table, and what came of them."""
    profile = outcome.profile
    rows = [
        [
            str(number), step.action.value, step.project, _name(profile, step.project),
            decimal_text(step.cost), decimal_text(step.left), _paid(step), _decided(step),
        ]
        for number, step in enumerate(outcome.steps, 1)
    ]  # fmt: skip
    lines = _table(["step", "what", "id", "name", "cost", "left", "each pays", "tie"], rows)
    done = outcome.completion
    if done is not None:
        lines.append(
            f"Endowment {decimal_text(done.endowment, 2)} after {done.increments} steps from "
            f"{decimal_text(done.first_endowment, 2)}, ended by: {done.reason}"
        )
    if outcome.compared is not None:
        ours, greedy = outcome.compared
        lines.append(f"Voters who prefer equal shares: {ours}; who prefer greedy: {greedy}")
    satisfied = count_satisfied(profile, outcome.bought)
    return [
        *lines,
        f"Rule: {rule}",
        f"Winners: {_listed(outcome.winners)}",
        f"Total cost: {decimal_text(outcome.total_cost)} of {decimal_text(profile.budget)}",
        f"Voters with a winner: {satisfied} of {profile.num_ballots}",
    ]


def explanation_lines(account: Account, project: str) -> list[str]:
    """Why a project won or did not win, in words."""
    winner, loser = _account_of(account, project)
    if winner is not None:
        return _winner_lines(winner)
    return _loser_lines(loser) if loser is not None else []


def comparison_lines(
    result: Comparison, counted: Sequence[tuple[str, Options, Outcome]]
) -> list[str]:
    """Two outcomes side by side."""
    first, second = (outcome for _, _, outcome in counted)
    names = [rule for rule, _, _ in counted]
    return [
        *_table(
            ["", *names],
            [
                ["projects won", str(len(first.winners)), str(len(second.winners))],
                ["total cost", decimal_text(first.total_cost), decimal_text(second.total_cost)],
                ["voters with a winner", str(result.satisfied_first), str(result.satisfied_second)],
                ["voters who prefer it", str(result.prefer_first), str(result.prefer_second)],
            ],
        ),
        f"Voters in all: {first.profile.num_ballots}",
        f"In both: {_listed(result.both)}",
        f"Only in {names[0]}: {_listed(result.only_first)}",
        f"Only in {names[1]}: {_listed(result.only_second)}",
    ]


def groups_lines(column: str, groups: Iterable[VotersWith]) -> list[str]:
    """Voters by a column of VOTES as a table."""
    rows = [
        [
            shown(group.value, LONGEST_NAME) or "(blank)", str(group.voters),
            str(group.satisfied), f"{decimal_text(group.share * 100, 1)} %",
        ]
        for group in groups
    ]  # fmt: skip
    return _table([shown(column, LONGEST_NAME), "voters", "with a winner", "share"], rows)


def _summary_json(outcome: Outcome, rule: str, options: Options) -> dict[str, Any]:
    return {
        "rule": rule,
        "options": options.as_json(),
        "winners": list(outcome.winners),
        "total_cost": decimal_text(outcome.total_cost),
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


def _plain(value: Any) -> Any:
    """Parts of an account as values that JSON has; numbers that are not whole become text."""
    if isinstance(value, Project):
        return {"id": value.id, "name": value.name, "cost": decimal_text(value.cost)}
    if isinstance(value, Step):
        return _step_json(0, value) | {"step": None}
    if isinstance(value, Fraction | float):
        return decimal_text(Fraction(value), PLACES)
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


def _account_of(account: Account, project: str) -> tuple[WinnerAccount | None, LoserAccount | None]:
    winner = next((one for one in account.winners if one.project.id == project), None)
    loser = next((one for one in account.losers if one.project.id == project), None)
    return winner, loser


def _winner_lines(winner: WinnerAccount) -> list[str]:
    step, project = winner.step, winner.project
    phase = " (greedy completion)" if step.phase is Phase.GREEDY else ""
    lines = [
        f"{_titled(project)}: won, purchase {winner.number}{phase}",
        f"Cost {decimal_text(step.cost)}, {winner.votes} voters, "
        f"{decimal_text(winner.points, 2)} points; "
        f"left of the budget afterwards {decimal_text(step.left)}",
    ]
    lines += [
        f"{group.voters} voters with {decimal_text(group.points, 2)} points paid "
        f"{decimal_text(group.each, 2)} each"
        for group in winner.full
    ]
    part = winner.part
    if part is not None:
        lines.append(
            f"{part.voters} voters paid all they had left, {part.least:.2f} to {part.most:.2f}, "
            f"together {decimal_text(part.total, 2)}"
        )
    if step.tie is not None:
        lines.append(f"Level with {_listed(step.tie.projects[1:])}; {_decided(step)} decided")
    return lines


def _loser_lines(loser: LoserAccount) -> list[str]:
    project = loser.project
    lines = [
        f"{_titled(project)}: did not win, because {REASONS[loser.reason]}",
        f"Cost {decimal_text(project.cost)}, {loser.votes} voters, "
        f"{decimal_text(loser.points, 2)} points",
    ]
    if loser.room is not None:
        lines.append(f"Left of the budget at its turn: {decimal_text(loser.room)}")
    if loser.had is not None and loser.missing is not None:
        lines.append(f"Left with its supporters: {decimal_text(loser.had, 2)}")
        lines.append(f"Missing: {decimal_text(max(loser.missing, Fraction(0)), 2)}")
    lines += [
        f"{spending.voters} of its supporters paid {spending.amount:.2f} for {spending.winner}"
        for spending in loser.spendings
    ]
    return lines


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


def _paid(step: Step) -> str:
    return "" if step.price is None else decimal_text(step.price, 2)


def _decided(step: Step) -> str:
    return "" if step.tie is None else step.tie.decided_by.value


def _titled(project: Project) -> str:
    return f"{project.id} {shown(project.name, 2 * LONGEST_NAME)}".rstrip()


def _name(profile: Profile, project_id: str) -> str:
    return shown(profile.projects[profile.index[project_id]].name, LONGEST_NAME)


def _listed(ids: Sequence[str]) -> str:
    return ", ".join(ids) or "none"
