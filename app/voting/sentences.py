"""The account of a result in sentences: how a project was paid, why another did not win."""

from typing import Any

from flask_babel import gettext, ngettext

from app.core.language import pick
from app.core.words import money, number

Titles = dict[int, str]
MOST_NAMED = 2


def titles_of(projects: dict[int, Any]) -> Titles:
    """Titles of projects in the language in use, by id."""
    return {project_id: pick(project.title) for project_id, project in projects.items()}


def how_paid(winner: dict[str, Any], titles: Titles) -> str:
    """How a winner of the account was bought, and whether a level result had to be settled."""
    return " ".join([*_payment(winner), *_tie(winner, titles)])


def _payment(winner: dict[str, Any]) -> list[str]:
    full, part = winner["full"], winner["part"]
    if full or part:
        return [*_full(full, winner["votes"]), *_part(part)]
    if not winner["votes"]:
        return [gettext("Nobody chose it, but there was money left for it.")]
    if winner["phase"] != "then_greedy":
        return [gettext("Its turn came by its votes, and there was enough money for it.")]
    had = money(winner["left_cents"] + winner["cost_cents"])
    return [
        gettext(
            "Bought at the end with the %(left)s that was left. Of the projects that still "
            "fitted, it had the most votes.",
            left=had,
        )
    ]


def _full(full: list[dict[str, Any]], votes: int) -> list[str]:
    """Those who paid the price in full; the price follows the points where ballots have them."""
    if not full:
        return []
    voters = sum(group["voters"] for group in full)
    prices = sorted(group["each_cents"] for group in full)
    if prices[0] != prices[-1]:
        return [
            ngettext(
                "%(count)s supporter paid from %(least)s to %(most)s, by the points given.",
                "%(count)s supporters paid from %(least)s to %(most)s each, by the points they "
                "had given.",
                voters,
                count=number(voters),
                least=money(prices[0]),
                most=money(prices[-1]),
            )
        ]
    values = {"count": number(voters), "each": money(prices[0])}
    if voters == votes:
        return [
            ngettext(
                "Its %(count)s supporter paid %(each)s.",
                "All %(count)s supporters paid %(each)s each.",
                voters,
                **values,
            )
        ]
    return [
        ngettext(
            "%(count)s supporter paid %(each)s.",
            "%(count)s supporters paid %(each)s each.",
            voters,
            **values,
        )
    ]


def _part(part: dict[str, Any] | None) -> list[str]:
    if not part:
        return []
    return [
        ngettext(
            "%(count)s supporter paid all that was left of the share.",
            "%(count)s supporters paid all that was left of their shares.",
            part["voters"],
            count=number(part["voters"]),
        )
    ]


def _tie(winner: dict[str, Any], titles: Titles) -> list[str]:
    tie = winner["tie"]
    if tie is None:
        return []
    others = listed([titles[project] for project in tie["projects"] if project in titles][1:])
    ways = {
        "cost": gettext("It was level with %(others)s and costs less.", others=others),
        "votes": gettext("It was level with %(others)s and had more votes.", others=others),
        "lot": gettext("It was level with %(others)s, and the lot decided.", others=others),
        "order": gettext("It was level with %(others)s.", others=others),
    }
    return [ways[tie["decided_by"]]]


def why_lost(loser: dict[str, Any], titles: Titles, in_detail: bool) -> str:
    """Why a project of the account did not win; without detail, no amounts of voters."""
    if not loser["votes"] and loser["reason"] in ("too_dear", "no_room", "threshold"):
        return gettext("Nobody chose it.")
    money_was_missing = loser["had_cents"] is not None and (loser["missing_cents"] or 0) > 0
    if not in_detail or not money_was_missing or loser["reason"] not in ("too_dear", "no_room"):
        return _reason(loser)
    parts = [
        gettext(
            "Its supporters had %(had)s left of their shares; %(missing)s was missing.",
            had=money(loser["had_cents"]),
            missing=money(loser["missing_cents"]),
        )
    ]
    spent = [titles[one["winner"]] for one in loser["spendings"][:MOST_NAMED]]
    if spent:
        parts.append(
            gettext("Most of their money had gone to: %(projects)s.", projects=listed(spent))
        )
    if loser["room_cents"] is not None:
        parts.append(_room(loser))
    return " ".join(parts)


def _reason(loser: dict[str, Any]) -> str:
    reasons = {
        "over_budget": gettext("It costs more than all the money there was."),
        "no_support": gettext("Nobody chose it."),
        "excluded": gettext("Another project won, and only one of the two can be carried out."),
        "too_dear": gettext("The shares of its supporters were not enough for its price."),
        "threshold": gettext("It had fewer votes than the rules ask for."),
        "stopped": gettext(
            "A project before it did not fit in the money that was left, and the count ended there."
        ),
    }
    return _room(loser) if loser["reason"] == "no_room" else reasons[loser["reason"]]


def _room(loser: dict[str, Any]) -> str:
    left = money(loser["room_cents"])
    return gettext("At its turn, only %(left)s of all the money was left.", left=left)


def duel(account: dict[str, Any]) -> list[str]:
    """Which of two results was taken, where the rules take the one that more voters prefer."""
    found = account["duel"]
    if found is None:
        return []
    told = [
        gettext(
            "The rules of this vote compare the result with one by most votes first, and take the "
            "one that gives more voters more of what they chose."
        )
    ]
    if found["prefer_rule"] is not None:
        told.append(
            gettext(
                "Voters who got more by equal shares: %(shares)s. Voters who got more by most "
                "votes first: %(votes)s.",
                shares=number(found["prefer_rule"]),
                votes=number(found["prefer_compared"]),
            )
        )
    if found["taken"] == "compared":
        told.append(gettext("So the projects were taken in the order of their votes."))
    else:
        told.append(gettext("So equal shares decided."))
    return told


def unused(groups: list[dict[str, Any]]) -> list[str]:
    """How many voters chose no winner, so that nothing of their shares was used."""
    voters = sum(group["voters"] for group in groups if not group["wins"])
    if not voters:
        return []
    return [
        ngettext(
            "%(count)s voter chose none of the projects that won. That share was left unused.",
            "%(count)s voters chose none of the projects that won. Their shares were left unused.",
            voters,
            count=number(voters),
        )
    ]


def bought_at_the_end(titles: list[str]) -> list[str]:
    """That nobody's share paid for winners that were bought with the rest of the money."""
    if not titles:
        return []
    return [
        ngettext(
            "%(projects)s is not in the picture: it was bought at the end with the money that was "
            "left, not with anybody's share.",
            "%(projects)s are not in the picture: they were bought at the end with the money that "
            "was left, not with anybody's share.",
            len(titles),
            projects=listed(titles),
        )
    ]


def listed(names: list[str]) -> str:
    """Names with commas and, before the last, an "and"."""
    if len(names) < 2:
        return "".join(names)
    first, last = ", ".join(names[:-1]), names[-1]
    return gettext("%(first)s and %(last)s", first=first, last=last)
