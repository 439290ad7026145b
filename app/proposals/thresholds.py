"""The 2 % threshold of a resident initiative.

Source: Local Government Act 410/2015 section 23: an initiative whose makers are at least two
percent of the residents must be taken up by the competent body within six months of becoming
pending. The percentage and the population are settings of the municipality with their source.
"""

from sqlalchemy import select

from app.city import City, get_city
from app.core.access import Actor
from app.extensions import db
from app.journal import Kind, record
from app.journal.models import JournalEntry
from app.proposals.models import Matter


def makers_needed(city: City) -> int:
    """Makers that reach the threshold: percentage of residents, rounded up."""
    percent = int(city.settings["thresholds"]["initiative_percent"])
    return -(-city.population * percent // 100)


def record_when_reached(actor: Actor, matter: Matter) -> None:
    """Write the threshold's entry once, in the command of the signature that reached it."""
    city = get_city()
    needed = makers_needed(city)
    if matter.makers < needed or _recorded(matter):
        return
    record(
        Kind.MAKERS_THRESHOLD,
        matter,
        actor,
        role="maker",
        makers=matter.makers,
        needed=needed,
        population=city.population,
        pending_since=matter.published_at,
    )


def _recorded(matter: Matter) -> bool:
    query = select(JournalEntry.seq).where(
        JournalEntry.subject_type == "matter",
        JournalEntry.subject_id == matter.id,
        JournalEntry.kind == Kind.MAKERS_THRESHOLD.value,
    )
    return db.session.scalars(query.limit(1)).first() is not None
