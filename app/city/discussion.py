"""The municipality's settings of moderation and of the discussion's pace."""

from dataclasses import dataclass, fields
from datetime import datetime

from app.city import workdays
from app.city.queries import get_city
from app.core import clock


@dataclass(frozen=True)
class DiscussionSettings:
    """Limits and times; each can be changed in the municipality's settings, under "moderation".

    A decision or an appeal is due at the end of that many working days after the report or the
    appeal. An account is new while it is younger than `new_account_days` or has fewer than
    `trusted_texts` texts that stand in public. `most_links` is how many links a new account's
    text may have before a moderator looks at it first.
    """

    decision_working_days: int = 1
    appeal_working_days: int = 5
    open_reports: int = 10
    new_account_days: int = 3
    trusted_texts: int = 3
    new_comments_an_hour: int = 5
    new_comments_a_day: int = 20
    new_matters_a_day: int = 3
    most_links: int = 2
    duplicate_hours: int = 24


def get_discussion_settings() -> DiscussionSettings:
    """The settings in force; what the municipality has not set is as above."""
    given = get_city().settings.get("moderation", {})
    known = {field.name for field in fields(DiscussionSettings)}
    return DiscussionSettings(**{key: int(n) for key, n in given.items() if key in known})


def decision_due() -> datetime:
    """By when moderation promises a decision on what is reported or held now."""
    return _end_of_workday(get_discussion_settings().decision_working_days)


def appeal_due() -> datetime:
    """By when another moderator promises to decide on an appeal that is made now."""
    return _end_of_workday(get_discussion_settings().appeal_working_days)


def _end_of_workday(days: int) -> datetime:
    return clock.end_of(workdays.add_workdays(clock.today(), days))
