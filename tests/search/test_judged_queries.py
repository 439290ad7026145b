"""How well search and similarity find what a reader of the titles would want: judged queries.

`judged_queries.json` has invented titles and queries (mostly Finnish, inflected and compounded,
some Swedish and English), each with the titles that a person would call relevant, also those that
share no word with it. `pytest -s` prints what each finds. The figures stand in
docs/finding.md; the floors here keep them.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select

from app.city import get_city
from app.core import clock
from app.core.command import command
from app.extensions import db
from app.proposals.lifecycle import MatterKind, State
from app.proposals.models import Matter
from app.proposals.similar import list_similar
from app.search.queries import is_finnish_exact, rank
from app.search.services import index_matter

AT = 10
JUDGED = json.loads((Path(__file__).parent / "judged_queries.json").read_text())


@dataclass(frozen=True)
class Figures:
    """Means over queries; precision counts queries that found something."""

    recall: float
    precision: float


@pytest.fixture
def corpus(context: Flask) -> None:
    """The titles as public matters."""

    @command
    def add_all() -> None:
        rows = [_row(one) for one in JUDGED["titles"]]
        db.session.execute(insert(Matter), rows)
        for row in rows:
            index_matter(row["id"], "text", row["language"], row["title"])

    add_all()


def _row(one: dict[str, Any]) -> dict[str, Any]:
    service = next(iter(get_city().services.values()))
    return {
        "id": one["id"], "language": one["language"], "title": one["title"], "summary": "",
        "kind": MatterKind.PROPOSAL, "state": State.PUBLISHED, "created_at": clock.now(),
        "published_at": clock.now(), "theme": service.theme, "service": service.key,
    }  # fmt: skip


def searched(text: str) -> list[int]:
    """The first hits in their order."""
    ranked = rank(text)
    assert ranked is not None
    found = ranked.subquery()
    query = select(found.c.matter_id).order_by(found.c.score.desc(), found.c.matter_id.desc())
    return list(db.session.scalars(query.limit(AT)))


def similar(text: str) -> list[int]:
    """The similar matters that are shown."""
    return [one.card.id for one in list_similar(text)]


def measure(kind: str, find: Callable[[str], list[int]], languages: tuple[str, ...]) -> Figures:
    """Recall and precision at 10 over the judged queries of a kind."""
    recalls, precisions = [], []
    for query in JUDGED["queries"]:
        if query["for"] != kind or query["language"] not in languages:
            continue
        found, wanted = find(query["text"]), set(query["relevant"])
        right = len(wanted & set(found))
        recalls.append(right / min(len(wanted), AT))
        if found:
            precisions.append(right / len(found))
        sys.stdout.write(
            f"{kind} {query['text']!r}: {right} of {len(wanted)}, {len(found)} found\n"
        )
    figures = Figures(sum(recalls) / len(recalls), sum(precisions) / max(len(precisions), 1))
    sys.stdout.write(f"{kind} {languages}: {figures} ({len(recalls)} queries)\n")
    return figures


@pytest.mark.usefixtures("corpus")
def test_judged_queries_find_what_is_relevant() -> None:
    finnish = [q for q in JUDGED["queries"] if q["language"] == "fi" and q["for"] == "search"]
    assert len(finnish) >= 60
    for kind, find, languages, floors in FLOORS:
        figures = measure(kind, find, languages)
        recall, precision = floors if is_finnish_exact() else (0.4, 0.6)
        assert figures.recall >= recall, (kind, languages, figures)
        assert figures.precision >= precision, (kind, languages, figures)


FLOORS = (
    ("search", searched, ("fi",), (0.7, 0.95)),
    ("search", searched, ("sv", "en"), (0.75, 0.95)),
    ("similar", similar, ("fi",), (0.85, 0.7)),
    ("similar", similar, ("sv", "en"), (0.6, 0.45)),
)
