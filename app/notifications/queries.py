"""Who gets mail about a step."""

from dataclasses import dataclass

from sqlalchemy import and_, or_, select

from app.accounts.models import Person
from app.extensions import db
from app.follows.models import Follow
from app.journal import Entry, Kind
from app.journal.models import JournalActor
from app.proposals.models import Matter


@dataclass(frozen=True)
class Recipient:
    """A person who gets mail about a matter. `follows` is false only for an author who is asked."""

    person_id: int
    email: str
    language: str
    follows: bool
    is_author: bool


def list_recipients(entry: Entry, matter: Matter) -> list[Recipient]:
    """Followers of the matter, without who made the step; one query.

    The author is asked also without following. Of a hidden matter only the author hears.
    """
    is_author = Person.id == (matter.author_id or 0)
    query = (
        select(
            Person.id,
            Person.email,
            Person.language,
            Follow.person_id.is_not(None).label("follows"),
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
        .where(Person.confirmed_at.is_not(None))
        .where(or_(JournalActor.ref.is_(None), JournalActor.ref != (entry.actor or "")))
        .order_by(Person.id)
    )
    follows = Follow.person_id.is_not(None)
    query = query.where(or_(follows, is_author) if entry.kind == Kind.ASKED else follows)
    if not matter.is_visible:
        query = query.where(is_author)
    return [Recipient(*row) for row in db.session.execute(query)]
