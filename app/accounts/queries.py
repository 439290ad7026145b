"""Reads of people and roles."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts import addresses
from app.accounts.models import Person, RoleGrant
from app.core.access import Role
from app.core.errors import Invalid, NotFound
from app.extensions import db


def get_person(person_id: int) -> Person:
    """A person by id. Raises NotFound."""
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound("not_found")
    return person


def find_by_email(email: str) -> Person | None:
    """The person with this address, however it is spelled; None for what is no address."""
    try:
        normal = addresses.normal(email)
    except Invalid:
        return None
    return db.session.scalars(select(Person).where(Person.email == normal)).first()


def find_by_session(session_key: str) -> Person | None:
    """The person whose session this is, with all grants; None once the key has changed."""
    query = select(Person).where(Person.session_key == session_key)
    return db.session.scalars(query.options(joinedload(Person.grants))).unique().first()


def list_names(person_ids: Iterable[int | None]) -> dict[int, str]:
    """Shown names by person id; one query."""
    wanted = {person_id for person_id in person_ids if person_id is not None}
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def get_grant(grant_id: int) -> RoleGrant:
    """A grant by id. Raises NotFound."""
    grant = db.session.get(RoleGrant, grant_id)
    if grant is None:
        raise NotFound("not_found")
    return grant


def list_staff(role: Role, unit: str) -> list[Person]:
    """People who hold a role in a unit today, by name."""
    query = (
        select(Person)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(RoleGrant.role == role, RoleGrant.unit == unit)
        .order_by(Person.name)
    )
    people = db.session.scalars(query).unique()
    return [person for person in people if person.as_actor().has(role, unit)]
