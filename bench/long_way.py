"""Makes a matter of five hundred steps by the commands that people use, in a loaded database."""

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from app.core import clock
from app.core.access import Actor
from app.demo.services import get_sign_in
from app.extensions import db
from app.proposals import services as proposals
from app.proposals.lifecycle import MatterKind
from app.proposals.models import Matter
from app.registry.services import register_matter
from app.responses import handovers
from app.responses import services as responses
from wsgi import app

UNITS = ("city_planning", "street_engineering")
ROUNDS = 125  # of an offer to another unit that it takes, a question and a reply
WORDS = {"fi": "Tämä on vielä selvitettävä.", "sv": "Det här måste ännu utredas."}


def main() -> None:
    """Publish, register, prepare, then five hundred days of hand-overs, questions and replies."""
    with app.app_context(), clock.moved_to(clock.now() - timedelta(days=4 * ROUNDS + 5)) as move:
        for act in _acts():
            act()
            move(clock.now() + timedelta(days=1))


def _acts() -> Iterator[Callable[[], object]]:
    author, registry = _actor("resident"), _actor("registry")
    officials = dict(zip(UNITS, (_actor("planner"), _actor("official")), strict=True))
    matter = proposals.create_draft(author, _draft())
    yield partial(proposals.publish_proposal, author, matter)
    yield partial(register_matter, registry, matter, UNITS[0])
    yield partial(responses.start_preparation, officials[UNITS[0]], matter)
    for number in range(ROUNDS):
        before, after = UNITS[number % 2], UNITS[1 - number % 2]
        yield partial(handovers.offer_hand_over, officials[before], matter, after, WORDS)
        yield partial(handovers.accept_hand_over, officials[after], matter)
        yield partial(responses.ask_author, officials[after], matter, WORDS)
        yield partial(responses.reply, author, matter, WORDS["fi"])


def _draft() -> proposals.Draft:
    like = db.session.scalars(Matter.visible().limit(1)).one()
    return proposals.Draft(
        kind=MatterKind.PROPOSAL,
        language="fi",
        title="Hidastetöyssy Kuitinmäen koulun suojatielle",
        body="Asia kulki yksiköstä toiseen puolitoista vuotta.",
        theme=like.theme,
        service=like.service,
        area=like.area,
        district=like.district,
    )


def _actor(key: str) -> Actor:
    person = get_sign_in(key)
    assert person is not None, key
    return person.as_actor()


main()
