"""Moderators and authors see what was changed or deleted, on the pages of moderation."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.comments import editing, services
from app.comments.editing import Change
from app.comments.models import Comment, Stance
from app.comments.rules import DiscussionRule
from app.core.access import Actor, Role
from app.extensions import db
from app.moderation import appeals
from app.moderation import services as moderation
from app.moderation.models import Decision
from app.proposals.models import Matter
from tests.factories import Factory
from tests.pages import page, send

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
SignIn = Callable[[FlaskClient, Actor], None]
LINKS = "Katso https://a.example https://b.example https://c.example"
SPAM = DiscussionRule.SPAM


def say(actor: Actor, matter: Matter, text: str) -> Comment:
    return services.add_comment(actor, matter, stance=Stance.FOR, language="fi", text=text)


@pytest.fixture
def moderator(make: Factory, client: FlaskClient, sign_in: SignIn) -> Actor:
    """A moderator, signed in."""
    actor = make.actor(Role.MODERATOR)
    sign_in(client, actor)
    return actor


def test_a_moderator_sees_that_a_reported_comment_was_changed(
    client: FlaskClient, make: Factory, moderator: Actor
) -> None:
    matter, writer = make.matter(), make.actor()
    comment = say(writer, matter, "kanarialintu")
    moderation.report(make.actor(), matter, comment, SPAM, "")
    editing.edit_comment(writer, matter, comment, Change("fi", "Hyvä ajatus."))
    versions = f"/matters/{matter.id}/comments/{comment.id}/versions"
    assert f'href="/en{versions}"' in page(client, "/moderation")
    moderation.hide_comment(moderator, comment, SPAM)
    decide = f"/matters/{matter.id}/report?comment={comment.id}"
    for path in ("/moderation/decisions", decide):
        assert f'href="/en{versions}"' in page(client, path)
    assert "kanarialintu" in page(client, versions)


def test_a_deleted_comment_waits_for_nobody_and_says_so(
    client: FlaskClient, make: Factory, moderator: Actor, sign_in: SignIn
) -> None:
    matter, writer, reader = make.matter(), make.actor(), make.actor()
    comment = say(writer, matter, "kanarialintu")
    moderation.hide_comment(moderator, comment, SPAM)
    moderation.show_comment(moderator, comment)
    moderation.report(reader, matter, comment, SPAM, "")
    assert "kanarialintu" in page(client, "/moderation")
    editing.delete_comment(writer, matter, comment)
    assert "Nothing waits for a decision" in page(client, "/moderation")
    assert "The author deleted this comment." in page(client, "/moderation/decisions")
    page(client, f"/matters/{matter.id}/report?comment={comment.id}", 410)
    send(client, f"/matters/{matter.id}/comments/{comment.id}/hide", 410, rule="spam")
    sign_in(client, writer)
    (decision,) = db.session.scalars(db.select(Decision))
    own = page(client, f"/own/moderation/{decision.id}")
    assert "kanarialintu" not in own
    assert "Reitti on pimeä" not in own, "the words of the matter are not what it was about"


def test_a_moderator_sees_what_a_waiting_change_is_about(
    client: FlaskClient, make: Factory, moderator: Actor
) -> None:
    matter, writer = make.matter(), make.actor()
    comment = say(writer, matter, "Katso sivua.")
    editing.edit_comment(writer, matter, comment, Change("fi", LINKS))
    seen = page(client, "/moderation/held")
    assert "Changed comment" in seen
    assert f'href="/en/matters/{matter.id}/comments/{comment.id}"' in seen
    number = seen.split("/moderation/held/")[1].split('"')[0]
    send(client, f"/moderation/held/{number}", release="1")
    assert (comment.text, comment.version) == (LINKS, 2)


def test_a_blocked_person_is_told_why_there_is_no_form(
    client: FlaskClient, make: Factory, sign_in: SignIn
) -> None:
    matter, person = make.matter(), make.person()
    comment = say(person.as_actor(), matter, "Hyvä ajatus.")
    other = say(make.actor(), matter, "Niin on.")
    appeals.block(make.actor(Role.MODERATOR), person, "7", DiscussionRule.INSULT, "")
    sign_in(client, person.as_actor())
    here = f"/matters/{matter.id}/comments"
    seen = page(client, here)
    assert "A moderator keeps you from writing now." in seen
    assert f"{here}/{comment.id}/edit" not in seen
    assert f"{here}/{comment.id}/delete" in seen
    assert f'name="mark" value="{other.id}"' not in seen
