"""Moderation in the demonstration: an appeal can be lived through to its end."""

from datetime import timedelta

import pytest
from flask import Flask

from app.core.access import Role
from app.demo import disputes
from app.demo.people import LABELS, SIGN_INS, Cast
from app.demo.stage import Stage
from app.moderation import figures, policies, queries, reading
from tests.conftest import START
from tests.factories import Factory
from tests.moderation.test_moderation import say

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@pytest.fixture
def cast(make: Factory) -> Cast:
    residents = [make.actor() for _ in range(4)]
    moderators = {key: make.actor(Role.MODERATOR) for key in ("moderator", "moderator2")}
    return Cast(by_key=moderators, residents=residents)


@only_sqlite
def test_there_are_two_moderators_to_step_into(context: Flask) -> None:
    keys = [key for key, role, *_ in SIGN_INS if role == Role.MODERATOR]
    assert len(keys) == 2
    assert len({str(LABELS[key]) for key in keys}) == 2


@only_sqlite
def test_an_appeal_waits_for_the_second_moderator(make: Factory, cast: Cast) -> None:
    matter = make.matter()
    for resident in cast.residents[2:]:
        say(resident, matter, "Tämä on tuttu paikka.")
    stage = Stage(START, START + timedelta(days=2), lambda _share: None)
    stage.enter(disputes.wait(stage, cast))
    stage.run()
    (appeal,) = reading.page_appeals(None).items
    for key, may in (("moderator", False), ("moderator2", True)):
        actor = cast.by_key[key]
        assert policies.can_decide_appeal(actor, appeal.Decision, matter, others=True) == may
    (reported,) = queries.list_queue(cast.by_key["moderator"])
    assert reported.comment is not None
    assert len(reading.page_held(None).items) == 1


@only_sqlite
@pytest.mark.parametrize("changed", [True, False])
def test_a_comment_is_disputed_to_the_end(make: Factory, cast: Cast, changed: bool) -> None:
    comment = say(cast.residents[2], make.matter(), "Tämä on tuttu paikka.")
    stage = Stage(START, START + timedelta(days=7), lambda _share: None)
    stage.enter(disputes.tell(cast, comment.id, changed=changed))
    stage.run()
    assert (comment.hidden_rule is None) == changed
    assert figures.get_figures().total.changed == changed
