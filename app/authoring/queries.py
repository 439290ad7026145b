"""Reads of translations, additions, co-authors and invitations. All bounded."""

from collections.abc import Sequence

from sqlalchemy import Row, func, select

from app.accounts.models import Person
from app.authoring.models import DAY, MOST_CO_AUTHORS, Invitation
from app.core import clock
from app.core.errors import NotFound
from app.extensions import db
from app.proposals.models import CoAuthor, Matter
from app.proposals.notes import MatterNote

PURPOSE = "added"
MOST_SHOWN = 100


def list_additions(matter: Matter) -> list[MatterNote]:
    """What the authors have added, the oldest first, at most a hundred; one query."""
    query = select(MatterNote).where(
        MatterNote.matter_id == matter.id, MatterNote.purpose == PURPOSE
    )
    return list(db.session.scalars(query.order_by(MatterNote.written_at).limit(MOST_SHOWN)))


def count_additions_lately(matter: Matter) -> int:
    """How much has been added in the last 24 hours."""
    query = select(func.count()).where(
        MatterNote.matter_id == matter.id,
        MatterNote.purpose == PURPOSE,
        MatterNote.written_at > clock.now() - DAY,
    )
    return db.session.scalars(query).one()


def list_co_authors(matter: Matter) -> Sequence[Row[int, str]]:
    """The number of each co-author in the matter and the shown name, in order of joining."""
    query = select(CoAuthor.id, Person.name).join(Person, Person.id == CoAuthor.person_id)
    return db.session.execute(
        query.where(CoAuthor.matter_id == matter.id).order_by(CoAuthor.id)
    ).all()


def list_open_invitations(matter: Matter) -> list[Invitation]:
    """The invitations to a matter that can still be accepted, the oldest first."""
    query = select(Invitation).where(Invitation.matter_id == matter.id, *Invitation.open())
    return list(db.session.scalars(query.order_by(Invitation.id).limit(MOST_CO_AUTHORS)))


def count_places_taken(matter: Matter) -> int:
    """Co-authors and open invitations of a matter."""
    joined = select(func.count()).where(CoAuthor.matter_id == matter.id)
    invited = select(func.count()).where(Invitation.matter_id == matter.id, *Invitation.open())
    return db.session.scalars(joined).one() + db.session.scalars(invited).one()


def count_invitations_lately(person_id: int) -> int:
    """How many invitations a person has made in the last 24 hours."""
    query = select(func.count()).where(
        Invitation.invited_by == person_id, Invitation.created_at > clock.now() - DAY
    )
    return db.session.scalars(query).one()


def list_invitations_of(person: Person) -> Sequence[Row[Invitation, str]]:
    """Open invitations sent to a person's confirmed address, with who invites; one query."""
    if person.confirmed_at is None:
        return []
    query = (
        select(Invitation, Person.name)
        .join(Person, Person.id == Invitation.invited_by)
        .where(Invitation.email == person.email, *Invitation.open())
        .order_by(Invitation.id)
        .limit(20)
    )
    return db.session.execute(query).all()


def get_invitation(matter: Matter, invitation_id: int) -> Invitation:
    """An invitation to this matter. Raises NotFound."""
    invitation = db.session.get(Invitation, invitation_id)
    if invitation is None or invitation.matter_id != matter.id:
        raise NotFound("not_found")
    return invitation


def get_co_author(matter: Matter, number: int) -> CoAuthor:
    """A co-author of this matter by number. Raises NotFound."""
    co_author = db.session.get(CoAuthor, number)
    if co_author is None or co_author.matter_id != matter.id:
        raise NotFound("not_found")
    return co_author
