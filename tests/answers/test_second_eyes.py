"""Where a unit requires it, a colleague approves exactly the draft that is published."""

import html
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.answers import queries, services, typed
from app.city.models import Unit
from app.core import topics
from app.core.access import Actor, Role
from app.core.command import command
from app.core.errors import Forbidden, Invalid, WrongState
from app.extensions import db
from app.journal.queries import as_entry, list_entries
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from tests.answers.test_answer_pages import WHOLE
from tests.casework import OTHER_UNIT, UNIT, WHY, Casework, answer
from tests.factories import Factory

SignIn = Callable[[FlaskClient, Actor], None]
BOTH = ("fi", "sv")


@pytest.fixture
def work(make: Factory) -> Casework:
    require_second_eyes()
    return Casework(make)


@pytest.fixture
def colleague(work: Casework) -> Actor:
    return work.make.actor(Role.OFFICIAL, unit=UNIT)


@command
def require_second_eyes() -> None:
    db.session.get_one(Unit, UNIT).second_eyes = True
    topics.touch("city")


def saved(work: Casework, matter: Matter, **changes: str) -> int:
    """Save a complete draft; its version."""
    draft = queries.get_draft(matter.id)
    seen = draft.version if draft else 0
    return services.save_answer_draft(work.official, matter, {**WHOLE, **changes}, seen).version


def publish(actor: Actor, matter: Matter, **changes: str) -> Any:
    """Publish what stands in a draft with these changes."""
    return services.publish_answer(actor, matter, typed.as_draft({**WHOLE, **changes}, BOTH))


def test_nobody_publishes_what_no_colleague_has_approved(work: Casework, colleague: Actor) -> None:
    matter = work.prepared()
    with pytest.raises(Invalid, match="needs_second_eyes"):
        services.publish_answer(work.official, matter, answer())
    version = saved(work, matter)
    for actor in (work.official, colleague):
        with pytest.raises(Invalid, match="needs_second_eyes"):
            publish(actor, matter)
    services.approve_draft(colleague, matter, version)
    published = publish(work.official, matter)
    assert matter.state == State.ANSWERED
    assert published.approved_by == colleague.person_id


def test_the_one_who_approved_may_publish_and_acts_as_an_official(
    work: Casework, colleague: Actor
) -> None:
    matter = work.prepared()
    services.approve_draft(colleague, matter, saved(work, matter))
    publish(colleague, matter)
    entries = [as_entry(row) for row in list_entries("matter", matter.id)]
    entry = next(e for e in entries if e.kind == "answered")
    assert entry.role == "official"
    assert "approved" not in str(entry.facts)


def test_the_writer_does_not_approve_and_neither_does_another_unit(work: Casework) -> None:
    matter = work.prepared()
    version = saved(work, matter)
    with pytest.raises(Forbidden, match="own_draft"):
        services.approve_draft(work.official, matter, version)
    stranger = work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT)
    with pytest.raises(Forbidden, match="not_your_unit"):
        services.approve_draft(stranger, matter, version)


def test_nobody_approves_the_answer_to_their_own_matter(work: Casework, colleague: Actor) -> None:
    matter = work.prepared(author=colleague)
    version = saved(work, matter)
    with pytest.raises(Forbidden, match="own_matter"):
        services.approve_draft(colleague, matter, version)


def test_a_change_voids_the_approval(work: Casework, colleague: Actor) -> None:
    matter = work.prepared()
    version = saved(work, matter)
    services.approve_draft(colleague, matter, version)
    assert saved(work, matter) == version  # saved again as it was: still approved
    saved(work, matter, sentence_fi="Teemme kaiken.")
    draft = queries.get_draft(matter.id)
    assert draft is not None
    assert not draft.is_approved
    with pytest.raises(Invalid, match="needs_second_eyes"):
        publish(work.official, matter, sentence_fi="Teemme kaiken.")


def test_other_words_than_the_approved_ones_are_not_published(
    work: Casework, colleague: Actor
) -> None:
    matter = work.prepared()
    services.approve_draft(colleague, matter, saved(work, matter))
    with pytest.raises(Invalid, match="needs_second_eyes"):
        publish(work.official, matter, reasons_fi="Muut syyt.")


def test_only_the_version_that_was_read_is_approved(work: Casework, colleague: Actor) -> None:
    matter = work.prepared()
    with pytest.raises(Invalid, match="no_draft"):
        services.approve_draft(colleague, matter, 0)
    read = saved(work, matter)
    saved(work, matter, cost="5")
    with pytest.raises(Invalid, match="draft_changed"):
        services.approve_draft(colleague, matter, read)


def test_what_is_incomplete_is_not_approved(work: Casework, colleague: Actor) -> None:
    matter = work.prepared()
    version = saved(work, matter, reasons_sv="")
    with pytest.raises(Invalid, match="answer_incomplete"):
        services.approve_draft(colleague, matter, version)


def test_an_answered_matter_has_nothing_to_approve(work: Casework, colleague: Actor) -> None:
    matter = work.prepared()
    version = saved(work, matter)
    services.approve_draft(colleague, matter, version)
    publish(work.official, matter)
    with pytest.raises(WrongState):
        services.approve_draft(colleague, matter, version)


def test_a_correction_needs_one_official_only(work: Casework, colleague: Actor) -> None:
    matter = work.prepared()
    services.approve_draft(colleague, matter, saved(work, matter))
    publish(work.official, matter)
    mended = typed.as_draft({**WHOLE, "reasons_fi": "Parempi syy."}, BOTH)
    mended = replace(mended, promises=[])
    assert services.correct_answer(work.official, matter, mended, WHY, 1).version == 2


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_colleague_reads_the_preview_and_approves(
    client: FlaskClient, work: Casework, colleague: Actor, sign_in: SignIn
) -> None:
    matter = work.prepared()
    path = f"/en/queue/{matter.id}/answer"
    sign_in(client, work.official)
    refused = client.post(path, data={**WHOLE, "seen": "0", "do": "publish"})
    assert refused.status_code == 422
    assert "a colleague approves each answer first" in html.unescape(refused.text)
    own = html.unescape(client.get(f"{path}/preview").text)
    assert "Waits for approval" in own
    assert "Approve this draft" not in own
    sign_in(client, colleague)
    shown = html.unescape(client.get(f"{path}/preview").text)
    assert "Approve this draft" in shown
    stale = client.post(f"{path}/approve", data={"seen": "7"}, follow_redirects=True)
    assert "Somebody else saved this draft" in html.unescape(stale.text)
    assert client.post(f"{path}/approve", data={"seen": "1"}).status_code == 303
    sign_in(client, work.official)
    shown = html.unescape(client.get(path).text)
    assert f"{colleague.name} has approved this version of the draft." in shown
    assert client.post(path, data={**WHOLE, "seen": "1", "do": "publish"}).status_code == 303
    public = client.get(f"/en/matters/{matter.id}").text
    assert "Lisäämme 12 istuinta." in public
    assert colleague.name not in public
