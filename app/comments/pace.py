"""How fast somebody may write: limits of new accounts, and discussions that are slowed down."""

from datetime import timedelta

from flask_babel import lazy_gettext as _l

from app.city.discussion import get_discussion_settings
from app.comments import policies, queries
from app.core import errors
from app.core.access import Actor
from app.core.errors import TooMany
from app.proposals import holding
from app.proposals.models import Matter

errors.explain(
    {
        "slow_mode": _l(
            "A new account can write %(limit)s comments an hour. Copy your text and send it later."
        ),
        "slow_mode_day": _l(
            "A new account can write %(limit)s comments a day. Copy your text and send it tomorrow."
        ),
        "slow_discussion": _l(
            "This discussion has been slowed down: one comment or change in %(minutes)s minutes. "
            "Copy your text and send it a little later."
        ),
    }
)


def is_new(actor: Actor) -> bool:
    """Whether the limits of new accounts hold for the actor; three queries."""
    return holding.standing_of(actor, queries.count_accepted(actor.person_id or 0)).is_new


def check_pace(actor: Actor) -> None:
    """Raises TooMany when a new account has written enough for an hour or a day."""
    limits, author_id = get_discussion_settings(), actor.person_id or 0
    spans = (
        (timedelta(hours=1), limits.new_comments_an_hour, "slow_mode"),
        (timedelta(days=1), limits.new_comments_a_day, "slow_mode_day"),
    )
    passed = [s for s in spans if queries.count_lately(author_id, s[0]) >= s[1]]
    if passed and is_new(actor):
        _, limit, code = passed[-1]
        raise TooMany(code, limit=limit)


def check_slow_discussion(actor: Actor, matter: Matter) -> None:
    """Raises TooMany when the discussion is slowed down and the actor has just written in it.

    A change counts like a comment, or else one would go on debating by changing one's words. Staff
    are not slowed down.
    """
    if not policies.is_slow(matter) or actor.grants:
        return
    span = timedelta(minutes=matter.slow_minutes or 0)
    if queries.has_just_written(actor.person_id or 0, matter.id, span):
        raise TooMany("slow_discussion", minutes=matter.slow_minutes)
