"""Makes people and matters for tests, through the same commands people use."""

import itertools
from typing import Any

from app.accounts import services as accounts
from app.accounts.models import Person
from app.core import clock
from app.core.access import SYSTEM, Actor, Role
from app.core.command import command
from app.extensions import db
from app.proposals import services as proposals
from app.proposals.lifecycle import MatterKind
from app.proposals.models import Matter

PASSWORD = "a long enough password"
# One real hash for everybody: hashing is slow on purpose.
HASH = accounts.hasher.hash(PASSWORD)


@command
def _add(person: Person) -> Person:
    db.session.add(person)
    db.session.flush()
    return person


class Factory:
    """One per test; numbers keep addresses and titles apart."""

    def __init__(self) -> None:
        self.numbers = itertools.count(1)

    def person(self, *, confirmed: bool = True, **columns: Any) -> Person:
        """Somebody with an account, confirmed unless told otherwise."""
        number = next(self.numbers)
        values: dict[str, Any] = {
            "email": f"person{number}@example.org",
            "name": f"Person {number}",
            "password_hash": HASH,
            "created_at": clock.now(),
            "confirmed_at": clock.now() if confirmed else None,
            "language": "fi",
        }
        return _add(Person(**(values | columns)))

    def actor(self, role: Role | None = None, **grant: Any) -> Actor:
        """Somebody who acts, with one role if given (unit= or body=)."""
        person = self.person()
        if role is not None:
            accounts.grant_role(SYSTEM, person, role, **grant)
        return person.as_actor()

    def draft(self, author: Actor | None = None, **fields: Any) -> Matter:
        """A draft about lights on a trail in Olari."""
        values: dict[str, Any] = {
            "kind": MatterKind.PROPOSAL,
            "language": "fi",
            "title": f"Valot ulkoilureitille numero {next(self.numbers)}",
            "body": "Reitti on pimeä lokakuusta maaliskuuhun.\n\nEhdotan valoja Olarin puolelle.",
            "theme": "streets",
            "service": "street_lighting",
            "area": "suur-matinkyla",
            "district": "olari",
        }
        return proposals.create_draft(author or self.actor(), proposals.Draft(**(values | fields)))

    def matter(self, author: Actor | None = None, **fields: Any) -> Matter:
        """A published matter."""
        author = author or self.actor()
        matter = self.draft(author, **fields)
        proposals.publish_proposal(author, matter)
        return matter
