"""Two proposals that ask for the same, joined by the registry, and a part that is split off."""

from datetime import datetime, timedelta

from app.core import clock
from app.core.access import Actor
from app.demo.people import Cast
from app.demo.stage import Stage, Story
from app.extensions import db
from app.proposals import services as proposals
from app.proposals import support as supporting
from app.proposals.lifecycle import MatterKind
from app.proposals.models import Matter
from app.registry.joining import Part, merge_matter, split_matter
from app.registry.services import register_matter
from app.responses import services as responses

UNIT = "street_engineering"
FIRST = (
    "Penkkejä ja valoja Matinkylän rantaraitille",
    "Rantaraitilla kävelee paljon ikäihmisiä, mutta penkkejä on harvassa. Ehdotan penkkiä sadan "
    "metrin välein uimarannan ja satamaväylän välille.\n\nRaitti on myös pimeä lokakuusta "
    "maaliskuuhun. Valot auttaisivat kaikkia, jotka kulkevat raittia töihin.",
)
SECOND = (
    "Lisää penkkejä rantaraitin varrelle",
    "Isoäitini kulkisi rantaraittia, jos matkalla voisi istua. Nyt penkkien väli on puoli "
    "kilometriä.",
)
PART = Part(
    "Valoja Matinkylän rantaraitille",
    "Raitti on pimeä lokakuusta maaliskuuhun. Valot auttaisivat kaikkia, jotka kulkevat raittia "
    "töihin.",
    "street_lighting",
)
SAME = {
    "fi": "Molemmissa pyydetään penkkejä samalle raitille, joten ne käsitellään yhdessä.",
    "sv": "Båda gäller bänkar längs samma stråk, så de behandlas tillsammans.",
    "en": "Both ask for benches on the same path, so they are handled together.",
}
ELSE = {
    "fi": "Penkit ja valot suunnitellaan erikseen. Kumpikin saa oman vastauksensa.",
    "sv": "Bänkarna och belysningen planeras var för sig. Båda får ett eget svar.",
    "en": "Benches and lights are planned apart. Each gets its own answer.",
}


def tell(stage: Stage, cast: Cast) -> Story:
    """Six weeks before the end two residents ask for benches, one of them for lights as well."""
    registry, official = cast.by_key["registry"], cast.officials[UNIT]
    one, other, *neighbours = cast.residents[-16:]
    yield _at(stage, 42, hour=18)
    first = _publish(one, FIRST)
    stage.enter(_supported(first, neighbours[:9]))
    yield _at(stage, 41, hour=10)
    register_matter(registry, _get(first), UNIT)
    yield _at(stage, 40, hour=9)
    responses.start_preparation(official, _get(first))
    yield _at(stage, 36, hour=20)
    second = _publish(other, SECOND)
    stage.enter(_supported(second, neighbours[6:]))
    yield _at(stage, 34, hour=11)
    merge_matter(registry, _get(second), first, SAME)
    yield _at(stage, 28, hour=13)
    part = split_matter(official, _get(first), PART, ELSE)
    yield _at(stage, 27, hour=9)
    register_matter(registry, part, UNIT)


def _at(stage: Stage, days: int, hour: int) -> datetime:
    """An hour of a day so many days before the end."""
    day = clock.local_date(stage.end) - timedelta(days=days)
    return clock.start_of(day) + timedelta(hours=hour)


def _publish(author: Actor, text: tuple[str, str]) -> int:
    title, body = text
    where = ("parks", "parks_and_forests", "suur-matinkyla")
    draft = proposals.Draft(MatterKind.PROPOSAL, "fi", title, body, *where)
    matter = proposals.create_draft(author, draft)
    proposals.publish_proposal(author, matter)
    return matter.id


def _supported(matter_id: int, people: list[Actor]) -> Story:
    """One of them in every five hours, from the next hour on."""
    for number, person in enumerate(people):
        yield clock.now() + timedelta(hours=5 if number else 1)
        supporting.support_proposal(person, matter_id)


def _get(matter_id: int) -> Matter:
    return db.session.get_one(Matter, matter_id)
