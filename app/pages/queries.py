"""What the home page shows."""

from typing import Any

from app.answers.queries import answered_recently
from app.budgeting import queries as budgeting
from app.budgeting.models import PhaseKind, Round
from app.core import clock
from app.proposals import counts
from app.transparency import queries as transparency


def get_home() -> dict[str, Any]:
    """Names for the home page's template: the round that runs, new answers, figures, the total."""
    return {
        "total": counts.get_counts()["all"].get("", 0),
        "round": get_running_round(),
        "answered": answered_recently(3),
        "figures": transparency.figures(),
        "now": clock.now(),
        "voting": PhaseKind.VOTING,
    }


def get_running_round() -> Round | None:
    """The newest round that has begun and is not over."""
    now = clock.now()
    for round in budgeting.list_rounds():
        if round.phases and round.phases[0].opens <= now < round.phases[-1].closes:
            return round
    return None
