"""What the pages of voting show, as plain values for their templates."""

from collections.abc import Collection
from typing import Any

from app.budgeting.models import Project
from app.budgeting.names import picture_of
from app.city import get_city
from app.core.language import pick
from app.proposals.maps import draw_areas
from app.voting import counting, pictures, places, queries, sentences
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
    """The result page: account in sentences and pictures, comparison, and how to recount."""
    account, titles = found.result.account, sentences.titles_of(found.projects)
    in_detail = not found.opening.is_small
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
        "duel": sentences.duel(account),
        "satisfied": _satisfied(account) if in_detail else "",
        "flow": pictures.money_flow(account, titles),
        "comparison": pictures.comparison(found.round, account),
        "beside": _beside(account, titles, account["compared"]["winners"]),
        "most_votes": max(_votes(account), default=0),
        "lines": pictures.whole_round(found.round, found.results),
        "command": counting.recount_command(found.round, found.contest, found.opening.seal),
        **_by_place(found),
    }


def _satisfied(account: dict[str, Any]) -> str:
    return pictures.percent_text(pictures.percent(account["satisfied"], account["voters"]))


def _by_place(found: Result) -> dict[str, Any]:
    """The winners by place, and on the map of areas when the whole city voted."""
    winners = found.result.winners
    listed = places.list_places(found.contest, found.projects.values(), winners)
    counts = {place.area: place.won for place in listed if place.area}
    map_of = None
    if found.contest.area is None and counts:
        won = [key for key, count in counts.items() if count]
        map_of = draw_areas(get_city(), counts, won, lambda _key: "")
    return {"places": listed, "place_bars": pictures.by_place(listed), "map_of": map_of}


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


def recount_text(found: Result) -> str:
    """The file with which anybody counts a contest again."""
    ballots = queries.list_ballots(found.contest.id)
    profile = counting.profile_of(found.contest, found.projects.values(), ballots)
    return counting.pabulib_text(found.round, found.contest, profile, found.result.winners)
