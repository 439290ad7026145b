"""Fills a loaded database with so many comments: `discussions.py NUMBER`.

One discussion gets a hundredth of them, another a thousandth. Rows only, as the generator of the
demonstration makes supports: no journal, no marks by anybody. The numbers that threads and matters
keep are right.
"""

import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from sqlalchemy import func, insert, select, update

from app.accounts.models import Person
from app.comments.models import Capacity, Comment, Stance
from app.comments.services import THREAD_LIMIT
from app.core import clock
from app.core.command import command
from app.demo.bulk import count_on
from app.extensions import db
from app.proposals.models import Matter
from wsgi import app

LONG = (100, 1000)  # the two longest discussions have one comment in so many of all
AT_ONCE = 20_000
ANSWERS = 0.45  # of all comments
WORDS = (
    "Tämä auttaisi juuri niitä, jotka kulkevat reittiä joka päivä.",
    "Hinta on minusta liian korkea siihen nähden, kuinka moni tätä käyttää.",
    "Sama tehtiin naapurialueella, ja siellä siitä on pidetty.",
    "Voisiko tämän tehdä muun kunnossapidon yhteydessä?",
    "Asia on tärkeä, mutta paikka on väärä.",
)


def main(total: int) -> None:
    """Write so many comments, a few matters at a time, and show how far it is."""
    with app.app_context():
        matters = list(db.session.scalars(Matter.visible().with_only_columns(Matter.id)))
        people = list(db.session.scalars(select(Person.id).limit(2000)))
        first = (db.session.scalars(select(func.max(Comment.id))).one() or 0) + 1
        db.session.rollback()
        rows: list[dict[str, Any]] = []
        for row in _rows(matters, people, first, total):
            rows.append(row)
            if len(rows) >= AT_ONCE and row["level"] == 1:
                _write(rows)
                rows = []
                print(f"\r{(row['id'] - first) / total:4.0%} of the comments", end="", flush=True)
        _write(rows)
        _count()
        count_on(Comment)
        print()


def _rows(
    matters: list[int], people: list[int], first: int, total: int
) -> Iterator[dict[str, Any]]:
    rng, number = random.Random(1), first
    longest = [total // part for part in LONG]
    lengths = [*longest, *_lengths(rng, len(matters), total - sum(longest))]
    for matter_id, length in zip(rng.sample(matters, len(matters)), lengths, strict=False):
        for row in _discussion(rng, length):
            parent, thread = row["parent_id"], row["thread_id"]
            row["parent_id"] = None if parent is None else number + parent
            row["thread_id"] = None if thread is None else number + thread
            row |= {"id": number + row["id"], "matter_id": matter_id}
            yield row | {"author_id": rng.choice(people)}
        number += length


def _lengths(rng: random.Random, matters: int, total: int) -> Iterator[int]:
    """Lengths of many discussions: most are short."""
    mean, left = total / matters, total
    while left > 0:
        length = min(left, 1 + int(rng.expovariate(1 / mean)))
        left -= length
        yield length


def _discussion(rng: random.Random, length: int) -> list[dict[str, Any]]:
    """The comments of one matter, numbered from 0, with what the starts of threads keep."""
    rows: list[dict[str, Any]] = []
    places: Counter[int] = Counter()
    open_for_answers: list[dict[str, Any]] = []
    for number in range(length):
        row = _comment(rng, number)
        if open_for_answers and rng.random() < ANSWERS:
            _answer(rng.choice(open_for_answers), row, rows, places)
        if row["level"] < 3:
            open_for_answers.append(row)
        rows.append(row)
    return rows


def _comment(rng: random.Random, number: int) -> dict[str, Any]:
    return {
        "id": number, "parent_id": None, "thread_id": None, "level": 1, "branch": 0, "place": 0,
        "role": Capacity.RESIDENT, "language": "fi", "stance": rng.choice(list(Stance)),
        "text": f"{rng.choice(WORDS)} {rng.choice(WORDS)}", "salt": f"{rng.getrandbits(128):032x}",
        "at": clock.now(), "useful": int(rng.expovariate(0.5)), "replies": 0, "official": 0,
    }  # fmt: skip


def _answer(
    parent: dict[str, Any], row: dict[str, Any], rows: list[dict[str, Any]], places: Counter[int]
) -> None:
    """Make a comment an answer, unless the thread is full."""
    thread = parent["id"] if parent["level"] == 1 else parent["thread_id"]
    if places[thread] >= THREAD_LIMIT:
        return
    places[thread] += 1
    rows[thread]["replies"] += 1
    row |= {"parent_id": parent["id"], "thread_id": thread, "level": parent["level"] + 1}
    row |= {"stance": Stance.NEUTRAL, "place": places[thread]}
    row["branch"] = row["place"] if row["level"] == 2 else parent["branch"]


@command
def _write(rows: list[dict[str, Any]]) -> None:
    db.session.execute(insert(Comment), rows)


@command
def _count() -> None:
    comments = Comment.visible().with_only_columns(func.count())
    here = comments.where(Comment.matter_id == Matter.id).scalar_subquery()
    change = update(Matter).values(comments=here)
    db.session.execute(change, execution_options={"synchronize_session": False})


main(int(sys.argv[1]))
