"""Addresses and places by name: looking them up, and loading them from a file.

The file is CSV in UTF-8 with a header line; lines that begin with # are comments. Columns: `name`
(at most 120 characters), `kind` (address or place), `language` (fi, sv or en), `lat` and `lon`
(WGS 84 degrees, within the city). Other columns are left alone. A name, kind and language that is
there already gets the point of the file; nothing is taken away.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.dialects import postgresql, sqlite

from app.city import geography
from app.city.models import Place, PlaceKind
from app.city.queries import City, get_city
from app.core import errors
from app.core.command import command
from app.core.errors import Invalid
from app.core.language import LANGUAGES
from app.core.text import clean
from app.extensions import db

BUNDLED = Path(__file__).parent / "data" / "espoo_places.csv"
COLUMNS = ("name", "kind", "language", "lat", "lon")
NAME_LIMIT = 120
SHORTEST = 2  # letters; one finds half the city
MOST = 8
TRIES = 5  # ends of an address that are left out, one after the other
CHUNK = 500  # rows in one transaction
LAST = "\U0010ffff"

errors.explain(
    {
        "places_file": _l("The file is not CSV in UTF-8 with the columns %(columns)s."),
    }
)


@dataclass(frozen=True)
class Problem:
    """A row that was left out: its line in the file and the column that is wrong."""

    line: int
    column: str


@dataclass(frozen=True)
class _Row:
    line: int
    fields: dict[str, str]


def find_places(text: str) -> list[Place]:
    """Up to eight places whose name begins as the text does, in order of their names.

    What is written exactly stands alone, whatever its language. House numbers and what follows a
    comma are left out where the whole is not known: "Siltakatu 11 B, Espoo" finds Siltakatu.
    """
    whole, *shorter = _shortened(text[:NAME_LIMIT])
    if len(whole) < SHORTEST:
        return []
    found = _exactly(whole) or _beginning(whole)
    for words in shorter[:TRIES]:
        found = found or _exactly(words)
    return found


def get_place(place_id: int | None) -> Place | None:
    """A place by its number, None if there is no such one."""
    return db.session.get(Place, place_id) if place_id and 0 < place_id < 2**31 else None


def load_places(path: Path, progress: Callable[[int, int], None]) -> tuple[int, list[Problem]]:
    """Load a file of places; returns how many rows were taken and which were left out.

    `progress` is told the rows done and all rows. Raises Invalid "places_file" when the file
    cannot be read at all.
    """
    rows, city = _read(path), get_city()
    taken, problems = 0, list[Problem]()
    for start in range(0, len(rows), CHUNK):
        good = []
        for row in rows[start : start + CHUNK]:
            try:
                good.append(_checked(city, row.fields))
            except _Wrong as wrong:
                problems.append(Problem(row.line, wrong.column))
        _put(good)
        taken += len(good)
        progress(min(start + CHUNK, len(rows)), len(rows))
    return taken, problems


def _shortened(text: str) -> Iterator[str]:
    """The text as it is looked up, then without its end, word by word back to the street."""
    whole, bare = geography.search_key(text), geography.search_key(text.partition(",")[0])
    yield whole
    if bare != whole:
        yield bare
    words = bare.split()
    first = next((n for n, word in enumerate(words) if n and word[0].isdigit()), len(words))
    for end in range(len(words) - 1, first - 1, -1):
        yield " ".join(words[:end])


def _exactly(words: str) -> list[Place]:
    """All of that name; those at one point are one place."""
    query = select(Place).where(Place.search == words).order_by(Place.kind.desc(), Place.language)
    one_each = {(place.lat, place.lon): place for place in db.session.scalars(query.limit(MOST))}
    return list(one_each.values())


def _beginning(words: str) -> list[Place]:
    query = select(Place).where(_begins_with(words)).order_by(Place.search, Place.language)
    return list(db.session.scalars(query.limit(MOST)))


def _begins_with(words: str) -> ColumnElement[bool]:
    """In the way in which the index of the database in use serves a beginning.

    A search key is letters, digits and spaces, so nothing in it is a wildcard.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        return Place.search.like(words + "%")
    return and_(Place.search >= words, Place.search < words + LAST)


class _Wrong(Exception):
    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


def _read(path: Path) -> list[_Row]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("places_file", columns=", ".join(COLUMNS)) from None
    lines = [(n, line) for n, line in enumerate(io.StringIO(text), 1) if not line.startswith("#")]
    reader = csv.DictReader(line for _, line in lines)
    if not set(COLUMNS) <= set(reader.fieldnames or ()):
        raise Invalid("places_file", columns=", ".join(COLUMNS))
    return [
        _Row(lines[reader.line_num - 1][0], {name: fields[name] or "" for name in COLUMNS})
        for fields in reader
    ]


def _checked(city: City, fields: dict[str, str]) -> dict[str, object]:
    try:
        name = clean(fields["name"], NAME_LIMIT)
    except Invalid:
        raise _Wrong("name") from None
    search = geography.search_key(name)[:NAME_LIMIT]
    if len(search) < SHORTEST:
        raise _Wrong("name")
    if fields["kind"] not in list(PlaceKind):
        raise _Wrong("kind")
    if fields["language"] not in LANGUAGES:
        raise _Wrong("language")
    lat, lon = _degrees(fields, "lat"), _degrees(fields, "lon")
    if geography.locate(city, lat, lon) is None:
        raise _Wrong("lat")
    kind, language = PlaceKind(fields["kind"]), fields["language"]
    known = {"name": name, "search": search, "kind": kind, "language": language}
    return known | {"lat": lat, "lon": lon}


def _degrees(fields: dict[str, str], column: str) -> float:
    try:
        return float(fields[column])
    except ValueError:
        raise _Wrong(column) from None


@command
def _put(rows: Sequence[dict[str, object]]) -> None:
    if not rows:
        return
    # the last of the same name stands: one statement cannot change a row twice
    unique = {(row["search"], row["kind"], row["language"]): row for row in rows}
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(Place)
    changed = {name: insert.excluded[name] for name in ("name", "lat", "lon")}
    keys = [Place.search, Place.kind, Place.language]
    upsert = insert.on_conflict_do_update(index_elements=keys, set_=changed)
    db.session.execute(upsert, list(unique.values()))
