"""Handles matters through the commands, for tests of what the public sees of it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from app.answers import services as answers
from app.answers.completeness import AnswerDraft, PromiseDraft
from app.core import clock
from app.core.access import Actor, Role
from app.extensions import db
from app.outcomes import services as outcomes
from app.promises.models import Promise
from app.proposals import services as proposals
from app.proposals.models import Matter
from app.registry.services import register_matter
from app.responses import handovers
from app.responses import services as responses
from tests.factories import Factory

UNITS = ("street_engineering", "city_planning", "sports")


def both(text: str) -> dict[str, str]:
    """A text in both official languages."""
    return {"fi": f"{text} suomeksi.", "sv": f"{text} på svenska."}


class Office:
    """Staff of some units, and the clock that they live by."""

    def __init__(self, make: Factory, move: Callable[[Any], None]) -> None:
        self.make, self.move = make, move
        self.registry = make.actor(Role.REGISTRY)
        self.officials = {unit: make.actor(Role.OFFICIAL, unit=unit) for unit in UNITS}
        self.author = make.actor()

    def wait(self, days: int = 0, hours: int = 0) -> None:
        """Let time pass."""
        self.move(clock.now() + timedelta(days=days, hours=hours))

    def of(self, matter: Matter) -> Actor:
        """The official of the unit that holds a matter."""
        return self.officials[str(matter.holder_unit)]

    def published(self, **fields: Any) -> Matter:
        """A new matter of the office's author."""
        matter = self.make.draft(self.author, **fields)
        proposals.publish_proposal(self.author, matter)
        return matter

    def register(self, matter: Matter, unit: str = "street_engineering") -> None:
        """Give it a case number and a unit."""
        register_matter(self.registry, matter, unit)

    def prepare(self, matter: Matter) -> None:
        """Begin to prepare it."""
        responses.start_preparation(self.of(matter), matter)

    def hand_over(self, matter: Matter, unit: str) -> None:
        """Give it to another unit, which takes it at once."""
        handovers.offer_hand_over(self.of(matter), matter, unit, both("Ei kuulu meille"))
        handovers.accept_hand_over(self.officials[unit], matter)

    def ask(self, matter: Matter) -> None:
        """Ask the author where."""
        responses.ask_author(self.of(matter), matter, both("Missä kohdassa"))

    def reply(self, matter: Matter) -> None:
        """The author replies."""
        responses.reply(self.author, matter, "Mäen päällä.")

    def answer(self, matter: Matter, *promises: date) -> None:
        """Answer that it will be done."""
        draft = AnswerDraft(
            outcome="action",
            sentence=both("Valot rakennetaan"),
            reasons=both("Reitti on pimeä"),
            would_change=None,
            next_step=both("Työ alkaa"),
            cost_cents=100_00,
            budget_line=both("Katuvalot"),
            unmeasured=both("Pieni työ"),
            promises=[PromiseDraft(both(f"Lupaus {n}"), day) for n, day in enumerate(promises, 1)],
        )
        answers.publish_answer(self.of(matter), matter, draft)

    def promises(self, matter: Matter) -> list[Promise]:
        """The promises of its answer."""
        query = db.select(Promise).where(Promise.matter_id == matter.id).order_by(Promise.id)
        return list(db.session.scalars(query))

    def implement(self, matter: Matter) -> None:
        """Begin to carry it out."""
        outcomes.start_implementing(self.of(matter), matter)
