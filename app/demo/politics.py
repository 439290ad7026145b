"""What the bodies do with the demonstration's matters: meetings, decisions, questions, an offer.

Texts are general, since they have to fit any matter.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from app.city import get_city, workdays
from app.core import clock
from app.core.access import SYSTEM, Actor
from app.council import services as council
from app.council.models import CouncilQuestion
from app.decisions import queries as decided
from app.decisions import services as decisions
from app.decisions.models import LinkState
from app.decisions.reading import ReadDecision
from app.decisions.sources import Source
from app.demo.people import Cast
from app.demo.stage import Stage, Story
from app.extensions import db
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from app.responses import handovers

BODY = "tela"  # of the councillor whose role can be taken
SOURCE = Source("demonstration")
TITLES = {
    "fi": "Asukkaiden esitys: {title}",
    "sv": "Invånarnas förslag: {title}",
    "en": "Residents' proposal: {title}",
}
QUESTION = "Määräaika on mennyt. Mitä asialle nyt tapahtuu, ja milloin asukkaat saavat vastauksen?"
ANSWER = {
    "fi": "Odotamme vielä kustannusarviota. Vastaamme heti, kun se on valmis.",
    "sv": "Vi väntar ännu på kostnadskalkylen. Vi svarar genast när den är klar.",
}
OFFER = {
    "fi": "Ratkaisu löytyy kadusta eikä kaavasta, joten asia kuuluu paremmin teille.",
    "sv": "Lösningen finns i gatan och inte i planen, så ärendet hör bättre till er.",
}


def decide(official: Actor, matter: Matter, body: str) -> None:
    """The body's decision of today is published, found by its case number, and linked."""
    number = f"{body}-{matter.id}"
    read = ReadDecision(
        external_id=number,
        titles={matter.language: TITLES[matter.language].format(title=matter.title)},
        language=matter.language,
        case_number=matter.case_number,
        decided_on=clock.today(),
        section=str(40 + matter.id % 60),
        url=f"https://decisions.example.org/{number}",
        body_name=get_city().bodies[body].names["fi"],
    )
    decisions.keep_source(SYSTEM, SOURCE)
    decisions.import_decisions(SYSTEM, SOURCE, [read])
    for link, decision in decided.list_links([matter.id])[matter.id]:
        if link.state == LinkState.PROPOSED:
            decisions.link_decision(official, matter, decision)


def ask(cast: Cast, matter_id: int, due: datetime) -> Story:
    """The councillor asks about a late matter; the unit answers within some days."""
    yield due + timedelta(days=2, hours=9)
    matter = db.session.get_one(Matter, matter_id)
    if matter.state != State.IN_PREPARATION or not matter.is_visible:
        return
    council.ask_question(cast.by_key["councillor"], matter, BODY, "fi", QUESTION)
    yield clock.now() + timedelta(days=6 + matter_id % 9)
    query = select(CouncilQuestion).where(CouncilQuestion.matter_id == matter_id)
    question = db.session.scalars(query).one()
    unit = db.session.get_one(Matter, matter_id).holder_unit
    council.answer_question(cast.officials[unit or ""], question, ANSWER)


def offer(stage: Stage, cast: Cast, giver: str, taker: str) -> Story:
    """On the last day one unit offers a matter to another, which has not answered yet."""
    yield stage.end - timedelta(hours=20)
    query = select(Matter).where(Matter.holder_unit == giver, Matter.state == State.IN_PREPARATION)
    matter = db.session.scalars(query.order_by(Matter.id.desc())).first()
    if matter is not None:
        handovers.offer_hand_over(cast.officials[giver], matter, taker, OFFER)


def meet(stage: Stage) -> Story:
    """The committees of the city have their next meetings planned."""
    yield stage.end - timedelta(hours=19)
    for number, (key, body) in enumerate(get_city().bodies.items()):
        if body.type in ("committee", "board", "council"):
            day = clock.today() + timedelta(days=7 + number * 3 % 21)
            decisions.plan_meeting(SYSTEM, key, workdays.next_workday(day))
