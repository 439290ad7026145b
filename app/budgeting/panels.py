"""What hangs on the page of a matter: the projects that were made of it."""

from collections.abc import Sequence

from app.budgeting import queries
from app.budgeting.queries import MadeOfRow
from app.core.access import Actor
from app.core.panels import Panel
from app.proposals.models import Matter


def load_lineage(matters: Sequence[Matter], _actor: Actor) -> dict[int, list[MadeOfRow]]:
    """The projects of published rounds made of each matter; one query."""
    return queries.list_made_of([matter.id for matter in matters])


LINEAGE = Panel("matter", "aside", "budgeting/lineage.html", load_lineage, topics=("rounds",))
