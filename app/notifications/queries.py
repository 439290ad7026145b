"""Who gets mail about a step, and which steps wait to be told."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select, union

from app.accounts.models import Person
from app.core import clock
from app.extensions import db
from app.follows.models import Follow
from app.journal import Entry
from app.journal.models import JournalActor
from app.notifications.audience import MAILED, RECEIPTS, Audience
from app.notifications.models import News
from app.proposals.models import Matter

TROUBLES = 20
AT_ONCE = 1000


@dataclass(frozen=True)
class Recipient:
    """A person who gets mail about a matter. `by_choice` tells that unfollowing would end it."""

    person_id: int
    email: str
    language: str
    follows: bool
    is_author: bool
    by_choice: bool


def list_recipients(entry: Entry, matter: Matter, after: int, limit: int) -> list[Recipient]:
    """At most so many people who hear of a step, by number after the given one; one query.

    Nobody hears of the own step, except by a receipt. Of a hidden matter only the author hears.
    """
    audience = MAILED[entry.kind]
    is_author = Person.id.in_(matter.author_ids)
    follows = Follow.person_id.is_not(None)
    query = (
        select(
            Person.id,
            Person.email,
            Person.language,
            follows.label("follows"),
            is_author.label("is_author"),
        )
        .outerjoin(Follow, and_(Follow.person_id == Person.id, Follow.matter_id == matter.id))
        .outerjoin(
            JournalActor,
            and_(
                JournalActor.person_id == Person.id,
                JournalActor.subject_type == entry.subject_type,
                JournalActor.subject_id == entry.subject_id,
            ),
        )
        .where(Person.confirmed_at.is_not(None), Person.id > after)
        .order_by(Person.id)
        .limit(limit)
    )
    author = select(Person.id).where(is_author)
    followers = select(Follow.person_id).where(Follow.matter_id == matter.id)
    if audience == Audience.EARLIER:
        followers = followers.where(Follow.at < entry.at)
    people = followers if audience == Audience.FOLLOWERS else union(followers, author)
    query = query.where(Person.id.in_(people))
    if audience == Audience.AUTHOR or not matter.is_visible:
        query = query.where(is_author)
    if entry.kind not in RECEIPTS:
        query = query.where(or_(JournalActor.ref.is_(None), JournalActor.ref != entry.actor))
    return [
        Recipient(
            person_id=row.id,
            email=row.email,
            language=row.language,
            follows=row.follows,
            is_author=row.is_author,
            by_choice=row.follows and not (row.is_author and audience != Audience.FOLLOWERS),
        )
        for row in db.session.execute(query)
    ]


def list_due() -> list[int]:
    """Numbers of the steps whose mails are to be written now, in the order of the journal."""
    query = select(News.seq).where(News.next_try_at <= clock.now(), News.is_fresh())
    return list(db.session.scalars(query.order_by(News.seq).limit(AT_ONCE)))


def list_troubles() -> Sequence[News]:
    """Steps whose mails could not be written, the newest first, at most twenty."""
    query = select(News).where(News.failures > 0).order_by(News.seq.desc()).limit(TROUBLES)
    return db.session.scalars(query).all()
