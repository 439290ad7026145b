"""Brings a matter to where a test wants it, through the same commands people use."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from app.core import clock
from app.core.access import Actor, Role
from app.outcomes import services as outcomes
from app.proposals.lifecycle import Outcome
from app.proposals.models import Matter
from app.responses import services as responses
from app.responses.completeness import AnswerDraft, PromiseDraft
from tests.factories import Factory

UNIT = "street_engineering"
OTHER_UNIT = "sports"
WHY = {"fi": "Tämä kuuluu meille paremmin.", "sv": "Det här hör bättre till oss."}


def both(text: str) -> dict[str, str]:
    """A text in both official languages."""
    return {"fi": f"{text} suomeksi", "sv": f"{text} på svenska"}


def in_days(days: int) -> date:
    """A day some days from today."""
    return clock.today() + timedelta(days=days)


def promise(days: int = 30, what: str = "Valot palavat") -> PromiseDraft:
    """A promise due some days from today."""
    return PromiseDraft(both(what), in_days(days))


def answer(**changes: Any) -> AnswerDraft:
    """A complete answer that leads to action."""
    whole = AnswerDraft(
        outcome=Outcome.ACTION,
        sentence=both("Rakennamme valot"),
        reasons=both("Reitillä kulkee talvella 420 ihmistä päivässä"),
        would_change=None,
        next_step=both("Urakoitsija aloittaa"),
        cost_cents=11_800_000,
        budget_line=both("Katuvalaistus"),
        work="core",
        ends=None,
        promises=[],
    )
    return replace(whole, **changes)


NO = {"outcome": Outcome.NO_ACTION, "would_change": both("Liikenteen kasvu")}


class Casework:
    """The registry, an official of a unit, and the matters they work on."""

    def __init__(self, make: Factory) -> None:
        self.make = make
        self.registry = make.actor(Role.REGISTRY)
        self.official = make.actor(Role.OFFICIAL, unit=UNIT)
        self.author = make.actor()

    def published(self, author: Actor | None = None, **fields: Any) -> Matter:
        """A matter that waits for the registry."""
        return self.make.matter(author or self.author, **fields)

    def registered(self, author: Actor | None = None, **fields: Any) -> Matter:
        """A matter that the unit holds."""
        matter = self.published(author, **fields)
        responses.register_matter(self.registry, matter, UNIT)
        return matter

    def prepared(self, author: Actor | None = None, **fields: Any) -> Matter:
        """A matter in preparation."""
        matter = self.registered(author, **fields)
        responses.start_preparation(self.official, matter)
        return matter

    def answered(self, **changes: Any) -> Matter:
        """A matter with its answer."""
        matter = self.prepared()
        responses.publish_answer(self.official, matter, answer(**changes))
        return matter

    def implementing(self) -> Matter:
        """A matter that is being carried out."""
        matter = self.answered()
        outcomes.start_implementing(self.official, matter)
        return matter

    def implemented(self) -> Matter:
        """A matter that is done."""
        matter = self.implementing()
        outcomes.report_implemented(self.official, matter, both("Valot on nähty"))
        return matter
