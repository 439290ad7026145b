"""Writes about steps that wait to be told."""

from datetime import timedelta

from app.core import clock
from app.core.command import command
from app.extensions import db
from app.notifications.models import News

LONGEST_WAIT = 6  # doublings of a minute


@command
def note_failure(seq: int, problem: str) -> str:
    """Keep for administrators that a step's mails could not be written; returns its kind.

    They are tried again after 1, 2, 4 ... 64 minutes for as long as the step is news.
    """
    news = db.session.get_one(News, seq, with_for_update=True)
    wait = timedelta(minutes=2 ** min(news.failures, LONGEST_WAIT))
    news.failures += 1
    news.problem = problem[:120]
    news.next_try_at = clock.now() + wait
    return news.kind
