"""The people of the demonstration: residents by the hundred, staff by role, one sign-in for each.

Residents are put in as rows, since thousands of password hashes would take minutes and nobody
signs in as them; the accounts that somebody can use are made by the ordinary command.
"""

import random
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import insert, select

from app.accounts import services as accounts
from app.accounts.models import Person
from app.city import get_city
from app.core import clock
from app.core.access import SYSTEM, Actor, Role
from app.core.command import command
from app.extensions import db

# Key, role, unit, body, and the name that others see.
SIGN_INS = (
    ("resident", None, None, None, "Olarin lenkkeilijä"),
    ("registry", Role.REGISTRY, "registry", None, "Kirjaaja"),
    ("official", Role.OFFICIAL, "street_engineering", None, "Valaistusinsinööri"),
    ("planner", Role.OFFICIAL, "city_planning", None, "Liikennesuunnittelija"),
    ("moderator", Role.MODERATOR, None, None, "Moderaattori"),
    ("moderator2", Role.MODERATOR, None, None, "Toinen moderaattori"),
    ("budgeting", Role.BUDGETING, "participation", None, "Osallisuuskoordinaattori"),
    ("councillor", Role.COUNCILLOR, None, "tela", "Valtuutettu, tekninen lautakunta"),
    ("administrator", Role.ADMINISTRATOR, None, None, "Pääkäyttäjä"),
)

LABELS = {
    "resident": _l("a resident"),
    "registry": _l("the registry"),
    "official": _l("an official of City Engineering"),
    "planner": _l("an official of City Planning"),
    "moderator": _l("a moderator"),
    "moderator2": _l("a second moderator"),
    "budgeting": _l("the budgeting team"),
    "councillor": _l("a councillor"),
    "administrator": _l("an administrator"),
}

FIRST = (
    "Aamun", "Illan", "Metsän", "Rannan", "Mäen", "Puiston", "Koulutien", "Kulman", "Sillan",
    "Torin", "Asemantien", "Pihan", "Lahden", "Kallion", "Niityn", "Polun", "Kerrostalon",
    "Rivitalon", "Pellonreunan", "Saaren", "Laiturin", "Kirjaston", "Hiihtoladun", "Uimarannan",
)  # fmt: skip
SECOND = (
    "kulkija", "naapuri", "asukas", "pyöräilijä", "lenkkeilijä", "ulkoiluttaja", "vanhempi",
    "isovanhempi", "koululainen", "opiskelija", "hiihtäjä", "uimari", "lukija", "puutarhuri",
    "bussimatkustaja", "vuorotyöläinen", "harrastaja", "valokuvaaja", "kävelijä", "eläkeläinen",
)  # fmt: skip
SWEDISH = ("Grannen", "Cyklisten", "Promenören", "Läsaren", "Föräldern", "Simmaren", "Skidåkaren")


@dataclass
class Cast:
    """Who is on the stage: actors by sign-in key, officials by unit, residents by area."""

    by_key: dict[str, Actor] = field(default_factory=dict)
    officials: dict[str, Actor] = field(default_factory=dict)
    residents: list[Actor] = field(default_factory=list)

    def resident(self, rng: random.Random) -> Actor:
        """Some resident."""
        return rng.choice(self.residents)


def password_file() -> Path:
    """Where the password of the demonstration's sign-ins is kept, mode 0600."""
    return Path(current_app.config["INSTANCE"]) / "demo_password"


def address(key: str) -> str:
    """The e-mail address of a sign-in."""
    return f"{key}@example.org"


def make_cast(residents: int, rng: random.Random) -> Cast:
    """Create the staff, their roles and the residents."""
    cast = Cast()
    password = _new_password()
    for key, role, unit, body, name in SIGN_INS:
        person = accounts.create_person(address(key), password, name)
        if role is not None:
            accounts.grant_role(SYSTEM, person, role, unit=unit, body=body)
        cast.by_key[key] = person.as_actor()
        if role == Role.OFFICIAL and unit:
            cast.officials[unit] = person.as_actor()
    _make_officials(cast)
    cast.residents = [cast.by_key["resident"], *_make_residents(residents, rng)]
    return cast


def _new_password() -> str:
    password = "-".join(secrets.token_hex(2) for _ in range(4))
    path = password_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(password + "\n", encoding="ascii")
    return password


def _make_officials(cast: Cast) -> None:
    unusable = accounts.hasher.hash(secrets.token_hex(16))
    for unit in get_city().units.values():
        if unit.kind == "sector" or unit.key in cast.officials or unit.key == "registry":
            continue
        row = _row(f"official.{unit.key.replace('_', '-')}", f"{unit.names['fi']}, asiantuntija")
        (person,) = _add_people([row | {"password_hash": unusable}])
        accounts.grant_role(SYSTEM, person, Role.OFFICIAL, unit=unit.key)
        db.session.refresh(person)
        cast.officials[unit.key] = person.as_actor()


def _make_residents(count: int, rng: random.Random) -> list[Actor]:
    areas = [area.key for area in get_city().areas.values()]
    weights = [area.population for area in get_city().areas.values()]
    unusable = accounts.hasher.hash(secrets.token_hex(16))
    rows = []
    for number in range(count):
        swedish = rng.random() < 0.08
        name = rng.choice(SWEDISH) if swedish else f"{rng.choice(FIRST)} {rng.choice(SECOND)}"
        row = _row(f"resident{number}", f"{name} {number}" if swedish else name)
        row |= {
            "password_hash": unusable,
            "language": "sv" if swedish else "fi",
            "home_area": rng.choices(areas, weights)[0],
        }
        rows.append(row)
    return [person.as_actor() for person in _add_people(rows)]


def _row(local_part: str, name: str) -> dict[str, object]:
    return {
        "email": f"{local_part}@example.org",
        "name": name,
        "language": "fi",
        "home_area": None,
        "created_at": clock.now(),
        "confirmed_at": clock.now(),
        "session_key": secrets.token_hex(16),
    }


@command
def _add_people(rows: list[dict[str, object]]) -> list[Person]:
    db.session.execute(insert(Person), rows)
    emails = [row["email"] for row in rows]
    query = select(Person).order_by(Person.id)
    return [person for person in db.session.scalars(query) if person.email in set(emails)]
