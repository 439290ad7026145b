"""Decisions and matters as the tests of this folder need them."""

from datetime import date
from pathlib import Path
from typing import Any

from app.core.access import SYSTEM
from app.decisions import services
from app.decisions.importing import Counts
from app.decisions.models import Decision
from app.decisions.reading import ReadDecision, Reading
from app.decisions.sources import Source
from app.extensions import db
from app.proposals.models import Matter
from app.registry.services import register_matter
from tests.casework import UNIT, Casework

DATA = Path(__file__).parent / "data"
SOURCE = Source("dynasty")
NUMBER = "41/10.03.01/2026"
DAY = date(2026, 3, 2)


def read_decision(external_id: str = "20260302-1", **changes: Any) -> ReadDecision:
    """A decision as a reader gives it."""
    values: dict[str, Any] = {
        "titles": {"fi": "Ulkoilureitin valaistus"},
        "language": "fi",
        "case_number": NUMBER,
        "decided_on": DAY,
        "section": "38",
        "url": f"https://paatokset.example.org/?id={external_id}",
        "body_name": "Tekninen lautakunta",
    }
    return ReadDecision(external_id=external_id, **(values | changes))


def bring(*decisions: ReadDecision, source: Source = SOURCE) -> Counts:
    """Import decisions and add up what was done."""
    counts = Counts()
    for batch in services.import_reading(SYSTEM, source, Reading(decisions=list(decisions))):
        counts.add(batch)
    return counts


def stored(external_id: str = "20260302-1") -> Decision:
    """A decision as it is stored."""
    return db.session.query(Decision).filter_by(external_id=external_id).one()


def registered(work: Casework, number: str = NUMBER) -> Matter:
    """A matter that the unit holds, with this case number."""
    matter = work.published()
    register_matter(work.registry, matter, UNIT, number)
    return matter
