"""From ballots to a result: the profile, the count, its account as plain data, the public file.

Amounts are counted in euros, exactly, so that the add-one step of 1 is one euro and the published
file, which is in euros, counts to the same. Project ids are those of the table, as text.

The account (`ContestResult.account`) has whole cents, rounded where a share is not whole:

- voters, satisfied (voters with at least one winner), budget_cents, spent_cents
- share: null, or {first_cents, last_cents, increments, reason}: what each voter had, at first and
  after the share was raised
- groups, the fewest wins first: {wins, voters, left_cents, paid: [{winner, cents}]}: voters by how
  many of their projects won, what they paid together for each winner (over all groups exactly its
  cost) and what was left of their shares; left_cents is null and paid empty where voters do not pay
- duel: null, or {taken ("rule" or "compared"), prefer_rule, prefer_compared} where the rules take
  the greedy result if more voters prefer it
- winners, as bought: {project, number, votes, cost_cents, phase ("main", "then_greedy"),
  left_cents, full: [{voters, each_cents}], part: null or {voters, total_cents},
  tie: null or {projects, decided_by}}
- losers, most votes first: {project, votes, cost_cents, reason, had_cents, missing_cents,
  room_cents (each null where it does not apply), spendings: [{winner, voters, cents}]}
- compared: {rule, winners, satisfied, spent_cents, prefer_result, prefer_compared}: the result by
  the rule that is shown beside; where that one was taken, the result by the round's own rule

For a small contest, whose few ballots could be guessed from more, there are totals only: satisfied,
share, had_cents, missing_cents, ties and what voters prefer are null, and full, part, spendings and
groups empty.
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
    Account,
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
from app.voting.models import SMALL

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
    """The outcome by the round's rule, and the one shown beside it for comparison.

    Where the rule takes the greedy result because more voters prefer it, the other one is what
    the rule itself would have given.
    """
    seal = ballot_seal(profile)
    options = main_options(round, seal)
    outcome = count(profile, options)
    if _greedy_was_taken(outcome):
        return outcome, count(profile, replace(options, compare_greedy=False))
    return outcome, count(profile, rule_options(round.rule["compared"], lot=seal))


def account_json(round: Round, outcome: Outcome, compared: Outcome) -> dict[str, Any]:
    """The account of an outcome as plain data; see the module's docstring."""
    account, beside = account_of(outcome), compare(outcome, compared)
    found = {
        "voters": account.voters,
        "satisfied": account.satisfied,
        "budget_cents": _cents(outcome.profile.budget),
        "spent_cents": _cents(outcome.total_cost),
        "share": _share(outcome),
        "groups": _groups(account),
        "duel": _duel(outcome),
        "winners": [_winner(winner) for winner in account.winners],
        "losers": [_loser(loser) for loser in account.losers],
        "compared": {
            "rule": round.rule["name" if _greedy_was_taken(outcome) else "compared"],
            "winners": _numbers(compared.winners),
            "satisfied": beside.satisfied_second,
            "spent_cents": _cents(compared.total_cost),
            "prefer_result": beside.prefer_first,
            "prefer_compared": beside.prefer_second,
        },
    }
    return _totals_only(found) if account.voters < SMALL else found


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


def _greedy_was_taken(outcome: Outcome) -> bool:
    """Whether more voters preferred the greedy result, and the rule gave way to it."""
    return outcome.compared is not None and outcome.compared[1] > outcome.compared[0]


def _totals_only(account: dict[str, Any]) -> dict[str, Any]:
    """An account without anything from which a ballot could be guessed."""
    hidden: dict[str, dict[str, Any]] = {
        "winners": {"full": [], "part": None, "tie": None},
        "losers": {"had_cents": None, "missing_cents": None, "spendings": []},
    }
    lists = {key: [{**one, **blank} for one in account[key]] for key, blank in hidden.items()}
    nobody = {"satisfied": None, "prefer_result": None, "prefer_compared": None}
    duel = account["duel"] and {
        **account["duel"],
        "prefer_rule": None,
        "prefer_compared": None,
    }
    return {
        **account,
        **lists,
        "satisfied": None,
        "share": None,
        "groups": [],
        "duel": duel,
        "compared": {**account["compared"], **nobody},
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


def _duel(outcome: Outcome) -> dict[str, Any] | None:
    if outcome.compared is None:
        return None
    rule, compared = outcome.compared
    return {
        "taken": "compared" if _greedy_was_taken(outcome) else "rule",
        "prefer_rule": rule,
        "prefer_compared": compared,
    }


def _groups(account: Account) -> list[dict[str, Any]]:
    """Voter groups in cents; each winner's cents are divided so that they add up to its cost."""
    paid: list[list[dict[str, int]]] = [[] for _ in account.groups]
    for winner in account.winners:
        amounts = [
            next((p.amount for p in group.payments if p.winner == winner.project.id), Fraction(0))
            for group in account.groups
        ]
        if not any(amounts):
            continue
        for own, cents in zip(paid, _divided(amounts), strict=True):
            if cents:
                own.append({"winner": int(winner.project.id), "cents": cents})
    return [
        {
            "wins": group.wins,
            "voters": group.voters,
            "left_cents": None if group.left is None else _cents(group.left),
            "paid": own,
        }
        for group, own in zip(account.groups, paid, strict=True)
    ]


def _divided(amounts: list[Fraction]) -> list[int]:
    """Amounts in whole cents with the same sum, rounded up where the most is lost otherwise."""
    cents = [math.floor(amount * CENTS) for amount in amounts]
    lost = [amount * CENTS - down for amount, down in zip(amounts, cents, strict=True)]
    missing = _cents(sum(amounts, Fraction(0))) - sum(cents)
    for place in sorted(range(len(cents)), key=lambda place: -lost[place])[:missing]:
        cents[place] += 1
    return cents


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
