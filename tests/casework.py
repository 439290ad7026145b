"""Brings a matter to where a test wants it, through the same commands people use."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from app.answers import services as answers
from app.answers.completeness import AnswerDraft, ContractDraft, PromiseDraft
from app.core import clock
from app.core.access import Actor, Role
from app.follows import services as follows
from app.outcomes import services as outcomes
from app.proposals.lifecycle import Outcome
from app.proposals.models import Matter
from app.registry.services import register_matter
from app.responses import handovers
from app.responses import services as responses
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


def contract(**changes: Any) -> ContractDraft:
    """How one will know that the lights have helped."""
    whole = ContractDraft(
        indicator=both("Kulkijoita illassa"),
        measure_unit=both("ihmistä"),
        baseline="120",
        target="200.5",
        method=both("Laskuri reitin varrella"),
    )
    return replace(whole, **changes)


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
        contract=contract(),
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
        register_matter(self.registry, matter, UNIT)
        return matter

    def prepared(self, author: Actor | None = None, **fields: Any) -> Matter:
        """A matter in preparation."""
        matter = self.registered(author, **fields)
        responses.start_preparation(self.official, matter)
        return matter

    def answered(self, **changes: Any) -> Matter:
        """A matter with its answer."""
        matter = self.prepared()
        self.answer(matter, **changes)
        return matter

    def answer(self, matter: Matter, **changes: Any) -> None:
        """Answer a matter that is being prepared."""
        answers.publish_answer(self.official, matter, answer(**changes))

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

    def judged(self, verdicts: Sequence[str] = ("yes",) * 5) -> Matter:
        """A matter that is done, with the verdicts of so many followers."""
        matter = self.implemented()
        for verdict in verdicts:
            person = self.make.actor()
            follows.follow(person, matter)
            outcomes.give_verdict(person, matter, verdict)
        return matter

    def handed_over(self, matter: Matter, unit: str = OTHER_UNIT) -> Actor:
        """Give a matter to another unit; the official there who took it."""
        taker = self.make.actor(Role.OFFICIAL, unit=unit)
        handovers.offer_hand_over(self.official, matter, unit, WHY)
        handovers.accept_hand_over(taker, matter)
        return taker

    def at(self, stage: str) -> Matter:
        """A matter at a stage: one of the methods above, or with the author or at a body."""
        if stage not in ("asked", "at_body"):
            matter: Matter = getattr(self, stage)()
            return matter
        matter = self.prepared()
        if stage == "asked":
            responses.ask_author(self.official, matter, both("Missä kohdassa?"))
        else:
            responses.send_to_body(self.official, matter, "tela", in_days(20))
        return matter
