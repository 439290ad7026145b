"""The demonstration: where it may be loaded, who may step into a role, and what its texts are."""

import random
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.attachments.models import AttachmentKind
from app.attachments.sent import accept
from app.city import get_city
from app.city.models import Municipality
from app.comments import services as comments
from app.comments.models import Comment, Stance
from app.core import clock, topics
from app.core.command import command
from app.core.errors import Forbidden
from app.core.language import LANGUAGES
from app.demo import afterthoughts, bulk, maps, services, texts, twins
from app.demo.people import Cast, make_cast
from app.demo.stage import Stage, Story
from app.extensions import db
from app.journal.replay import differences
from app.proposals import card_sources
from app.proposals.models import Matter
from app.registry.queries import get_lineage
from tests.factories import Factory

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@command
def mark_as_demo() -> None:
    db.session.execute(update(Municipality).values(is_demo=True))
    topics.touch("city")


def sentences() -> set[str]:
    found: set[str] = set()
    for text in texts.read_matters():
        for part in [text["title"], *text["body"]]:
            found.update(s.strip() for s in re.split(r"(?<=[.!?])\s+", part) if len(s) > 12)
    return found


def test_the_matters_speak_in_many_sentences() -> None:
    assert len(texts.read_matters()) >= 200
    assert len(sentences()) >= 2000


def test_a_resident_attaches_a_map_that_is_always_the_same() -> None:
    one, again, other = (maps.draw(random.Random(seed)) for seed in ("Valot", "Valot", "Penkki"))
    assert one == again != other
    sent = accept(one, "kartta.png")
    assert (sent.kind, sent.width, sent.height) == (AttachmentKind.PHOTO, 1200, 800)
    assert maps.WORDS.keys() == set(LANGUAGES)


@only_sqlite
def test_a_database_in_real_use_is_refused(context: Flask) -> None:
    assert not get_city().is_demo
    with pytest.raises(Forbidden, match="not_a_demo"):
        services.load(None, lambda _share: None)


@only_sqlite
def test_nobody_steps_into_a_role_of_a_real_database(client: FlaskClient) -> None:
    answer = client.post("/fi/demo/step-in", data={"role": "administrator"})
    assert answer.status_code == 404


@only_sqlite
@pytest.mark.parametrize(
    "elsewhere",
    [
        {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}},
        {"headers": {"X-Forwarded-For": "192.0.2.7"}},
        {"headers": {"Host": "kuuluu.example.org"}},
    ],
    ids=["another machine", "through a proxy", "under another name"],
)
def test_the_roles_are_for_this_machine_only(
    client: FlaskClient, elsewhere: dict[str, object]
) -> None:
    mark_as_demo()
    here = client.get("/fi/about").get_data(as_text=True)
    assert "role-bar" in here
    # The page from memory must not carry the bar to somebody else either.
    assert "role-bar" not in client.get("/fi/about", **elsewhere).get_data(as_text=True)
    answer = client.post("/fi/demo/step-in", data={"role": "administrator"}, **elsewhere)
    assert answer.status_code == 404


@only_sqlite
def test_a_form_from_another_site_does_not_step_in(client: FlaskClient) -> None:
    mark_as_demo()
    foreign = {"Origin": "https://example.org", "Sec-Fetch-Site": "cross-site"}
    answer = client.post("/fi/demo/step-in", data={"role": "resident"}, headers=foreign)
    assert answer.status_code in (400, 403)


@only_sqlite
def test_two_proposals_are_joined_and_a_part_is_split_off(context: Flask) -> None:
    end = clock.now()
    stage = Stage(end - timedelta(days=45), end, lambda _share: None)
    cast = make_cast(20, random.Random(1))
    stage.enter(twins.tell(stage, cast))
    stage.run()
    first, second, part = db.session.scalars(select(Matter).order_by(Matter.id))
    assert [first.supporters, second.supporters, part.supporters] == [14, 8, 0]
    assert [row.id for row in get_lineage(first).joined] == [second.id]
    assert [row.id for row in get_lineage(first).parts] == [part.id]
    assert list(card_sources.differences()) == []
    assert list(differences()) == []


@only_sqlite
def test_one_comment_is_changed_and_one_deleted(context: Flask, make: Factory) -> None:
    end, matter = clock.now() + timedelta(days=90), make.matter()
    stage = Stage(clock.now(), end, lambda _share: None)
    cast = make_cast(20, random.Random(1))
    number = matter.id

    def talk() -> Story:
        for day, words in ((5, "Vanhin."), (15, "Vanha."), (70, "Uusi.")):
            yield stage.start + timedelta(days=day)
            matter = db.session.get_one(Matter, number)
            said = {"stance": Stance.NEUTRAL, "language": "fi"}
            start = comments.add_comment(cast.residents[day % 8], matter, text=words, **said)
            comments.add_comment(cast.residents[9], matter, text="Niin.", parent=start, **said)

    stage.enter(talk())
    stage.enter(afterthoughts.have(stage))
    stage.run()
    found = db.session.scalars(select(Comment).where(Comment.level == 1).order_by(Comment.id))
    assert [(c.version, c.text.partition("\n")[0]) for c in found] == [
        (1, ""),
        (2, "Vanha."),
        (1, "Uusi."),
    ]
    assert list(differences()) == []


def test_matters_can_be_written_after_the_generated_ones(make: Factory) -> None:
    first = make.matter().id
    cast = Cast(residents=[make.actor() for _ in range(4)])
    bulk.fill_up(12, cast, 1, lambda _done: None)
    assert make.matter().id == first + 12
