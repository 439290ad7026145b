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
    return " ".join([_payment(winner), *_tie(winner, titles)])


def _payment(winner: dict[str, Any]) -> str:
    full, part = winner["full"], winner["part"]
    if not full and not part:
        if winner["phase"] == "then_greedy":
            had = winner["left_cents"] + winner["cost_cents"]
            return gettext(
                "Bought at the end with the %(left)s that was left. Of the projects that still "
                "fitted, it had the most votes.",
                left=money(had),
            )
        return gettext("It had the most votes of the projects that fitted.")
    voters = full[0]["voters"] if full else 0
    each = money(full[0]["each_cents"]) if full else ""
    if not part:
        return ngettext(
            "Its %(count)s supporter paid %(each)s.",
            "All %(count)s supporters paid %(each)s each.",
            voters,
            count=number(voters),
            each=each,
        )
    rest = ngettext(
        "%(count)s supporter paid all that was left of the share.",
        "%(count)s supporters paid all that was left of their shares.",
        part["voters"],
        count=number(part["voters"]),
    )
    if not full:
        return rest
    first = ngettext(
        "%(count)s supporter paid %(each)s.",
        "%(count)s supporters paid %(each)s each.",
        voters,
        count=number(voters),
        each=each,
    )
    return f"{first} {rest}"


def _tie(winner: dict[str, Any], titles: Titles) -> list[str]:
    tie = winner["tie"]
    if tie is None:
        return []
    others = _listed([titles[project] for project in tie["projects"] if project in titles][1:])
    ways = {
        "cost": gettext("It was level with %(others)s and costs less.", others=others),
        "votes": gettext("It was level with %(others)s and had more votes.", others=others),
        "lot": gettext("It was level with %(others)s, and the lot decided.", others=others),
        "order": gettext("It was level with %(others)s.", others=others),
    }
    return [ways[tie["decided_by"]]]


def why_lost(loser: dict[str, Any], titles: Titles, in_detail: bool) -> str:
    """Why a project of the account did not win; without detail, no amounts of voters."""
    parts = [_reason(loser)]
    if in_detail and loser["had_cents"] is not None and (loser["missing_cents"] or 0) > 0:
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
                gettext("Most of their money had gone to: %(projects)s.", projects=_listed(spent))
            )
        if loser["room_cents"] is not None:
            parts.append(_room(loser))
    return " ".join(parts)


def _reason(loser: dict[str, Any]) -> str:
    reasons = {
        "over_budget": gettext("It costs more than all the money there was."),
        "no_support": gettext("Nobody chose it."),
        "excluded": gettext("Another project that excludes it won."),
        "too_dear": gettext("The shares of its supporters were not enough for its price."),
        "threshold": gettext("It had fewer votes than the rules ask for."),
        "stopped": gettext("The money was gone before its turn."),
    }
    return _room(loser) if loser["reason"] == "no_room" else reasons[loser["reason"]]


def _room(loser: dict[str, Any]) -> str:
    left = money(loser["room_cents"])
    return gettext("At its turn, only %(left)s of all the money was left.", left=left)


def _listed(names: list[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    first, last = ", ".join(names[:-1]), names[-1]
    return gettext("%(first)s and %(last)s", first=first, last=last)
