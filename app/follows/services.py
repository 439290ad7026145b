"""Writes of following."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, insert, literal, select

from app.core import clock, errors
from app.core.access import Actor, require
from app.core.command import command
from app.extensions import db
from app.follows import links, policies
from app.follows.models import Follow
from app.journal import Entry, Kind, on
from app.journal.models import JournalActor
from app.proposals.models import Matter

errors.explain(
    {
        "cannot_follow": _l("You can follow a matter when your e-mail address is confirmed."),
        "bad_follow_link": _l(
            "This link does not work. Sign in and stop following on the page of the matter."
        ),
    }
)


@command
def follow(actor: Actor, matter: Matter) -> None:
    """Follow a matter; doing it twice changes nothing. Raises Forbidden "cannot_follow"."""
    require(policies.can_follow(actor, matter), "cannot_follow")
    _add(matter.id, actor.person_id or 0)


@command
def unfollow(actor: Actor, matter: Matter) -> None:
    """Stop following; nothing happens when the actor does not follow. Raises Forbidden."""
    require(actor.signed_in, "not_allowed")
    _remove(matter.id, actor.person_id or 0)


@command
def unfollow_by_token(token: str) -> None:
    """Stop following by the address in a mail. Raises Gone "bad_follow_link"."""
    _remove(*links.read_token(token))


@command
def follow_along(matter: Matter, into: Matter) -> None:
    """Whoever follows a matter, and its authors, follow the other one too from now on."""
    already = select(Follow.person_id).where(Follow.matter_id == into.id)
    moment = literal(clock.now(), type_=Follow.at.type)
    people = select(literal(into.id), Follow.person_id, moment).where(
        Follow.matter_id == matter.id, Follow.person_id.not_in(already)
    )
    db.session.execute(insert(Follow).from_select(["matter_id", "person_id", "at"], people))
    for person_id in sorted(matter.author_ids):
        _add(into.id, person_id)


@on(Kind.PUBLISHED)
def follow_own(entry: Entry) -> None:
    """The author follows from publishing on."""
    matter = db.session.get_one(Matter, entry.subject_id)
    if matter.author_id is not None:
        _add(matter.id, matter.author_id)


@on(Kind.CO_AUTHOR_JOINED)
def follow_joined(entry: Entry) -> None:
    """A co-author follows from joining on."""
    query = select(JournalActor.person_id).where(
        JournalActor.subject_type == entry.subject_type,
        JournalActor.subject_id == entry.subject_id,
        JournalActor.ref == entry.actor,
    )
    _add(entry.subject_id, db.session.scalars(query).one())


def _add(matter_id: int, person_id: int) -> None:
    if db.session.get(Follow, (matter_id, person_id)) is None:
        db.session.add(Follow(matter_id=matter_id, person_id=person_id, at=clock.now()))


def _remove(matter_id: int, person_id: int) -> None:
    mine = (Follow.matter_id == matter_id, Follow.person_id == person_id)
    db.session.execute(delete(Follow).where(*mine))
