"""From ballots to a result: the profile, the count, its account as plain data, the public file.

Amounts are counted in euros, exactly, so that the add-one step of 1 is one euro and the published
file, which is in euros, counts to the same. Project ids are those of the table, as text.

The account (`ContestResult.account`) has whole cents, rounded where a share is not whole:

- voters, satisfied (voters with at least one winner), budget_cents, spent_cents
- share: null, or {first_cents, last_cents, increments, reason}: what each voter had, at first and
  after the share was raised
- winners, as bought: {project, number, votes, cost_cents, phase ("main", "then_greedy"),
  left_cents, full: [{voters, each_cents}], part: null or {voters, total_cents},
  tie: null or {projects, decided_by}}
- losers, most votes first: {project, votes, cost_cents, reason, had_cents, missing_cents,
  room_cents (each null where it does not apply), spendings: [{winner, voters, cents}]}
- compared: {rule, winners, satisfied, spent_cents, prefer_result, prefer_compared}
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from app.budgeting.models import Contest, PhaseKind, Project, Round
from app.budgeting.rules import options_of
from app.city import get_city
from app.core import clock
from app.core.language import pick
from app.tally import (
    LoserAccount,
    Options,
    Outcome,
    Profile,
    WinnerAccount,
    account_of,
    ballot_seal,
    compare,
    count,
    pabulib_of_profile,
    rule_options,
    write_pabulib,
)
from app.tally import Project as Candidate

CENTS = 100


def profile_of(
    contest: Contest, projects: Iterable[Project], ballots: Iterable[list[int]]
) -> Profile:
    """The ballots of a contest as app.tally counts them, in euros."""
    language = get_city().official_languages[0]
    candidates = [
        Candidate(
            str(project.id),
            Fraction(project.cost_cents, CENTS),
            pick(project.title, language),
        )
        for project in projects
    ]
    chosen = ([str(choice) for choice in choices] for choices in ballots)
    return Profile.from_ballots(candidates, chosen, Fraction(contest.amount_cents, CENTS))


def main_options(round: Round, seal: str) -> Options:
    """The round's rule, with ties settled by the lot of these ballots."""
    return replace(options_of(round.rule["name"], round.rule["parameters"]), lot=seal)


def count_both(round: Round, profile: Profile) -> tuple[Outcome, Outcome]:
    """The outcome by the round's rule, and the one shown beside it for comparison."""
    seal = ballot_seal(profile)
    compared = rule_options(round.rule["compared"], lot=seal)
    return count(profile, main_options(round, seal)), count(profile, compared)


def account_json(round: Round, outcome: Outcome, compared: Outcome) -> dict[str, Any]:
    """The account of an outcome as plain data; see the module's docstring."""
    account, beside = account_of(outcome), compare(outcome, compared)
    return {
        "voters": account.voters,
        "satisfied": account.satisfied,
        "budget_cents": _cents(outcome.profile.budget),
        "spent_cents": _cents(outcome.total_cost),
        "share": _share(outcome),
        "winners": [_winner(winner) for winner in account.winners],
        "losers": [_loser(loser) for loser in account.losers],
        "compared": {
            "rule": round.rule["compared"],
            "winners": _numbers(compared.winners),
            "satisfied": beside.satisfied_second,
            "spent_cents": _cents(compared.total_cost),
            "prefer_result": beside.prefer_first,
            "prefer_compared": beside.prefer_second,
        },
    }


def pabulib_text(round: Round, contest: Contest, profile: Profile, winners: list[int]) -> str:
    """The file from which anybody recounts the result: no personal columns, no order."""
    voting = round.phase(PhaseKind.VOTING)
    city = get_city()
    meta = {
        "description": pick(round.names, city.official_languages[0]),
        "country": "Finland",
        "unit": pick(city.settings["name"], city.official_languages[0]),
        "subunit": contest.key,
        "instance": str(round.year),
        "rule": round.rule["name"],
        "currency": "EUR",
        "min_length": str(round.min_choices),
        "max_length": str(round.max_choices),
    }
    if voting is not None:
        meta["date_begin"] = f"{clock.local_date(voting.opens):%d.%m.%Y}"
        meta["date_end"] = f"{clock.last_day(voting.closes):%d.%m.%Y}"
    return write_pabulib(pabulib_of_profile(profile, meta, [str(number) for number in winners]))


def file_name(round: Round, contest: Contest) -> str:
    """The name under which the file for recounting is saved."""
    return f"{round.year}-{contest.key}.pb"


def recount_command(round: Round, contest: Contest, seal: str) -> str:
    """What to type to count the file again, with every parameter and the seal of the lot."""
    parts = ["flask tally count", file_name(round, contest), "--rule", round.rule["name"]]
    for key, value in round.rule["parameters"].items():
        parts += FLAGS[key](value)
    return " ".join([*parts, "--lot", seal])


def _switch(name: str) -> Any:
    return lambda value: [f"--{name}" if value else f"--no-{name}"]


def _valued(name: str) -> Any:
    return lambda value: [f"--{name}", str(value)]


FLAGS: Mapping[str, Any] = {
    "utility": _valued("utility"),
    "add_one": lambda value: ["--completion", "add1" if value else "none"],
    "step": _valued("step"),
    "integral": _switch("integral"),
    "stop_at": _valued("stop"),
    "then_greedy": _switch("then-greedy"),
    "compare_greedy": _switch("compare-greedy"),
    "threshold": _valued("threshold"),
}


def _cents(amount: Fraction | float) -> int:
    return round(amount * CENTS)


def _numbers(ids: Iterable[str]) -> list[int]:
    return [int(project_id) for project_id in ids]


def _share(outcome: Outcome) -> dict[str, Any] | None:
    if outcome.ledger is None:
        return None
    done = outcome.completion
    return {
        "first_cents": _cents(done.first_endowment if done else outcome.ledger.endowment),
        "last_cents": _cents(outcome.ledger.endowment),
        "increments": done.increments if done else 0,
        "reason": done.reason if done else None,
    }


def _winner(winner: WinnerAccount) -> dict[str, Any]:
    step = winner.step
    full = [{"voters": group.voters, "each_cents": _cents(group.each)} for group in winner.full]
    part = winner.part
    return {
        "project": int(winner.project.id),
        "number": winner.number,
        "votes": winner.votes,
        "cost_cents": _cents(step.cost),
        "phase": step.phase.value,
        "left_cents": _cents(step.left),
        "full": full,
        "part": part and {"voters": part.voters, "total_cents": _cents(part.total)},
        "tie": step.tie
        and {
            "projects": _numbers(step.tie.projects),
            "decided_by": step.tie.decided_by.value,
        },
    }


def _loser(loser: LoserAccount) -> dict[str, Any]:
    missing = loser.missing
    return {
        "project": int(loser.project.id),
        "votes": loser.votes,
        "cost_cents": _cents(loser.project.cost),
        "reason": loser.reason.value,
        "had_cents": None if loser.had is None else _cents(loser.had),
        # never "nothing was missing" where something was
        "missing_cents": None if missing is None else math.ceil(missing * CENTS),
        "room_cents": None if loser.room is None else _cents(loser.room),
        "spendings": [
            {"winner": int(s.winner), "voters": s.voters, "cents": _cents(s.amount)}
            for s in loser.spendings
        ],
    }
