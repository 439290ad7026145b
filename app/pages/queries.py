"""What the home page shows."""

from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from app.answers.queries import answered_recently
from app.budgeting import queries as budgeting
from app.budgeting.models import PhaseKind, Round
from app.core import clock, mail
from app.extensions import db
from app.proposals import counts
from app.search.queries import is_finnish_exact
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


def get_health() -> dict[str, Any]:
    """Whether the database answers, Finnish words are found by base form (else only by stem), and
    for how many seconds the oldest message has waited for the jobs. Nothing secret, no names.
    """
    try:
        waiting = mail.oldest_waiting()
    except SQLAlchemyError:
        db.session.rollback()
        return {"database": False, "voikko": is_finnish_exact(), "mail_waits_seconds": None}
    waits = int((clock.now() - waiting).total_seconds()) if waiting else 0
    return {"database": True, "voikko": is_finnish_exact(), "mail_waits_seconds": max(waits, 0)}


def get_running_round() -> Round | None:
    """The newest round that has begun and is not over."""
    now = clock.now()
    for round in budgeting.list_rounds():
        if round.phases and round.phases[0].opens <= now < round.phases[-1].closes:
            return round
    return None
