"""How many verdicts decide something, by the municipality's settings (block `reopen`). Pure.

Enough people, and enough of those who answered, must say that it did not help before the matter
opens again. The asking may be ended only when it has lasted some days or brought some verdicts: a
result that is recorded at once would say nothing.
"""

from collections.abc import Mapping

from app.core import clock
from app.outcomes.queries import VerdictCounts
from app.proposals.models import Matter

Settings = Mapping[str, int]


def is_enough(settings: Settings, counts: VerdictCounts) -> bool:
    """Whether so many, and such a share, say no that the matter opens again."""
    is_many = counts.no >= settings["min_no"]
    return is_many and counts.no * 100 >= settings["share_percent"] * counts.total


def is_ripe(settings: Settings, matter: Matter, counts: VerdictCounts) -> bool:
    """Whether the asking about an implemented matter has lasted, or brought, enough."""
    asked_since = clock.local_date(matter.state_since or clock.now())
    days = (clock.today() - asked_since).days
    is_long = days >= settings["evaluate_after_days"]
    return is_long or counts.total >= settings["evaluate_min_verdicts"]
