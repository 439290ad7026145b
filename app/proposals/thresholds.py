"""The 2 % threshold of a resident initiative.

Source: Local Government Act 410/2015 section 23: an initiative whose makers are at least two
percent of the residents must be taken up by the competent body within six months of becoming
pending. The law speaks of residents ("kunnan asukas"), so only makers who live in this municipality
count towards the percentage; others may sign and are counted apart. The percentage and the
population are settings of the municipality with their source.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.city import City, get_city
from app.core import language
from app.core.access import Actor
from app.extensions import db
from app.journal import Kind, record
from app.journal.models import JournalEntry
from app.proposals.models import Matter


def makers_needed(city: City) -> int:
    """Makers that reach the threshold: percentage of residents, rounded up."""
    percent = int(city.settings["thresholds"]["initiative_percent"])
    return -(-city.population * percent // 100)


@dataclass(frozen=True)
class Residents:
    """The figure that the percentage is taken of: residents on a day, and where it comes from."""

    number: int
    day: date
    source: str
    percent: int


def get_residents(city: City) -> Residents:
    """The municipality's population as the settings have it, its source in the language in use."""
    figure = city.settings["population"]
    source = city.settings["sources"][figure["source"]]
    return Residents(
        number=city.population,
        day=date.fromisoformat(figure["date"]),
        source=language.pick(source),
        percent=int(city.settings["thresholds"]["initiative_percent"]),
    )


def record_when_reached(actor: Actor, matter: Matter) -> None:
    """Write the threshold's entry once, in the command of the signature that reached it."""
    city = get_city()
    needed = makers_needed(city)
    if matter.makers_here < needed or is_recorded(matter):
        return
    record(
        Kind.MAKERS_THRESHOLD,
        matter,
        actor,
        role="maker",
        makers=matter.makers_here,
        needed=needed,
        population=city.population,
        pending_since=matter.published_at,
    )


def is_recorded(matter: Matter) -> bool:
    """Whether the signatures have obliged the city; what is recorded is never taken back."""
    query = select(JournalEntry.seq).where(
        JournalEntry.subject_type == "matter",
        JournalEntry.subject_id == matter.id,
        JournalEntry.kind == Kind.MAKERS_THRESHOLD.value,
    )
    return db.session.scalars(query.limit(1)).first() is not None
