"""What the pages of voting show, as plain values for their templates."""

from collections.abc import Collection
from typing import Any

from app.budgeting.models import Project
from app.budgeting.names import picture_of
from app.core.language import pick
from app.voting import counting, queries, sentences
from app.voting.queries import Paper, Result


def choosing(paper: Paper, chosen: Collection[int]) -> dict[str, Any]:
    """The ballot paper with some projects chosen, for choosing and for review."""
    cards = [_card(project, project.id in chosen) for project in paper.projects]
    picked = [card for card in cards if card["checked"]]
    used = sum(card["cost_cents"] for card in picked)
    return {
        "paper": paper,
        "round": paper.round,
        "contest": paper.contest,
        "cards": cards,
        "picked": picked,
        "used_cents": used,
        "over_cents": max(used - paper.contest.amount_cents, 0),
        "all_cents": sum(card["cost_cents"] for card in cards),
    }


def _card(project: Project, checked: bool) -> dict[str, Any]:
    return {
        "id": project.id,
        "name": pick(project.title),
        "cost_cents": project.cost_cents,
        "summary": pick(project.description),
        "area_name": project.place,
        "icon": picture_of(project.icon),
        "checked": checked,
    }


def result(found: Result) -> dict[str, Any]:
    """The result page: account in sentences, comparison, and how to recount."""
    account, titles = found.result.account, sentences.titles_of(found.projects)
    in_detail = not found.opening.is_small
    compared = account["compared"]
    return {
        "round": found.round,
        "contest": found.contest,
        "opening": found.opening,
        "result": found.result,
        "account": account,
        "in_detail": in_detail,
        "winners": [
            {**winner, "title": titles[winner["project"]]}
            | {"paid": sentences.how_paid(winner, titles) if in_detail else ""}
            for winner in account["winners"]
        ],
        "losers": [
            {**loser, "title": titles[loser["project"]]}
            | {"why": sentences.why_lost(loser, titles, in_detail)}
            for loser in account["losers"]
        ],
        "beside": _beside(account, titles, compared["winners"]),
        "same_winners": sorted(compared["winners"]) == sorted(found.result.winners),
        "most_votes": max(_votes(account), default=0),
        "satisfied": _percent(account["satisfied"], account["voters"]),
        "compared_satisfied": _percent(compared["satisfied"], account["voters"]),
        "command": counting.recount_command(found.round, found.contest, found.opening.seal),
    }


def _beside(
    account: dict[str, Any], titles: sentences.Titles, others: Collection[int]
) -> list[dict[str, Any]]:
    """All projects, most votes first, with whether each way of counting chooses them."""
    rows = [
        {
            "title": titles[one["project"]],
            "votes": one["votes"],
            "cost_cents": one["cost_cents"],
            "won": "number" in one,
            "wins_otherwise": one["project"] in others,
        }
        for one in (*account["winners"], *account["losers"])
    ]
    return sorted(rows, key=lambda row: (-row["votes"], row["cost_cents"], row["title"]))


def _votes(account: dict[str, Any]) -> list[int]:
    return [one["votes"] for one in (*account["winners"], *account["losers"])]


def _percent(part: int, whole: int) -> int:
    """A share in whole percent; 100 only when it is all, 0 only when it is none."""
    if whole == 0 or part in (0, whole):
        return 100 if whole and part == whole else 0
    return min(max(round(100 * part / whole), 1), 99)


def recount_text(found: Result) -> str:
    """The file with which anybody counts a contest again."""
    ballots = queries.list_ballots(found.contest.id)
    profile = counting.profile_of(found.contest, found.projects.values(), ballots)
    return counting.pabulib_text(found.round, found.contest, profile, found.result.winners)
