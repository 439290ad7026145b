"""Search and similarity on a file of real titles: what they take, and how often a title is found
again when it is written differently. Nobody has judged these; tests/search/judged_queries.json are.

The file is only read: its titles go to a temporary database that is deleted at the end.
"""

import csv
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import insert, select

from app import create_app
from app.city import get_city
from app.city import services as city
from app.core import clock
from app.core.command import command
from app.extensions import db
from app.proposals.lifecycle import MatterKind, State
from app.proposals.models import Matter
from app.proposals.similar import list_similar
from app.search.queries import rank
from app.search.services import index_matter
from app.search.tokens import query_words

SAMPLE = 400
AT = 10


def measure_titles(path: Path, language: str = "fi") -> None:
    """Load the column `title` of a CSV file and print the figures."""
    with path.open(encoding="utf-8") as file:
        titles = [" ".join(row["title"].split())[:120] for row in csv.DictReader(file)]
    with tempfile.TemporaryDirectory(prefix="kuuluu-titles-") as folder:
        url = f"sqlite:///{folder}/kuuluu.db"
        app = create_app({"SQLALCHEMY_DATABASE_URI": url, "INSTANCE": Path(folder)})
        with app.app_context():
            upgrade()
            city.seed_city(city.read_seed())
            _load(titles, language)
            _report(list(enumerate(titles, 1)))
            db.session.remove()


@command
def _load(titles: list[str], language: str) -> None:
    service = next(iter(get_city().services.values()))
    same: dict[str, Any] = {
        "kind": MatterKind.PROPOSAL, "state": State.PUBLISHED, "language": language, "summary": "",
        "theme": service.theme, "service": service.key,
        "created_at": clock.now(), "published_at": clock.now(),
    }  # fmt: skip
    rows = [{"id": number, "title": title, **same} for number, title in enumerate(titles, 1)]
    db.session.execute(insert(Matter), rows)
    for number, title in enumerate(titles, 1):
        index_matter(number, "text", language, title)


def _report(titles: list[tuple[int, str]]) -> None:
    rng = random.Random(1)
    sample = rng.sample(titles, min(SAMPLE, len(titles)))
    whole = [(number, title) for number, title in sample if len(query_words(title)) > 1]
    turned = [(number, " ".join(reversed(title.split()))) for number, title in whole]
    less = [(number, " ".join(title.split()[1:])) for number, title in whole]
    pairs = [(number, " ".join(query_words(title)[:2])) for number, title in whole]
    print(f"{len(titles)} titles, {len(whole)} of them looked for")
    _print("similar, the title itself", similar, whole)
    _print("similar, words in reverse", similar, turned)
    _print("similar, first word left out", similar, less)
    _print("search, first two words", searched, pairs)


def _print(name: str, find: Callable[[str], list[int]], wanted: list[tuple[int, str]]) -> None:
    times, again, some = [], 0, 0
    for number, text in wanted:
        started = time.perf_counter()
        found = find(text)
        times.append(time.perf_counter() - started)
        again += number in found
        some += any(one != number for one in found)
    times.sort()
    middle, slow = (round(1000 * times[int(len(times) * part)], 1) for part in (0.5, 0.99))
    print(
        f"{name}: found again {again / len(wanted):.1%}, something else too "
        f"{some / len(wanted):.1%}, median {middle} ms, p99 {slow} ms"
    )


def searched(text: str) -> list[int]:
    """The first hits."""
    ranked = rank(text)
    if ranked is None:
        return []
    found = ranked.subquery()
    order = select(found.c.matter_id).order_by(found.c.score.desc(), found.c.matter_id.desc())
    return list(db.session.scalars(order.limit(AT)))


def similar(text: str) -> list[int]:
    """The similar matters that are shown."""
    return [one.card.id for one in list_similar(text)]
