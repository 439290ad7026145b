"""What becomes of a held text when its draft, its discussion or its author moves on meanwhile."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.accounts.queries import get_person
from app.authoring import services as authoring
from app.comments import services as comments
from app.comments.models import Comment, Stance
from app.core.access import Actor, Role
from app.core.command import command
from app.core.errors import Invalid, NotFound, WrongState
from app.extensions import db
from app.moderation import appeals, figures, queries, reading, services
from app.moderation.models import Decision, Report
from app.proposals import services as proposals
from app.proposals.holding import HeldText
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from app.registry.services import register_matter
from tests.conftest import START
from tests.factories import Factory
from tests.moderation.test_moderation import INSULT, SPAM, SignIn, say
from tests.pages import page

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
LINKS = "Katso https://a.example https://b.example https://c.example"


def waiting() -> tuple[Matter, HeldText]:
    """The one text that waits, with its matter."""
    ((text, matter),) = reading.page_held(None).items
    return matter, text


def hold_draft(make: Factory, author: Actor) -> Matter:
    draft = make.draft(author, body=LINKS)
    assert not proposals.submit_proposal(author, draft)
    return draft


def hold_comment(author: Actor, matter: Matter, parent: Comment | None = None) -> None:
    words = comments.Words(Stance.FOR, "fi", LINKS, parent)
    assert comments.submit_comment(author, matter, words) is None


def rewrite(author: Actor, draft: Matter, body: str) -> None:
    proposals.save_draft(author, draft, replace(proposals.get_draft(draft), body=body))


def decision() -> Decision:
    return db.session.scalars(db.select(Decision)).one()


def test_a_draft_that_its_author_changes_does_not_wait_any_more(make: Factory) -> None:
    moderator, author = make.actor(Role.MODERATOR), make.actor()
    draft = hold_draft(make, author)
    matter, text = waiting()
    number = text.id
    rewrite(author, draft, "Valoja tarvitaan, koska reitti on pimeä.")
    assert reading.page_held(None).items == []
    with pytest.raises(NotFound):
        reading.get_held(number)
    assert proposals.submit_proposal(author, draft)
    with pytest.raises((NotFound, WrongState)):
        appeals.release(moderator, matter, text)


def test_a_refused_draft_can_be_changed_and_published_and_its_appeal_decided(
    make: Factory,
) -> None:
    moderator, author = make.actor(Role.MODERATOR), make.actor()
    draft = hold_draft(make, author)
    appeals.refuse(moderator, *waiting(), SPAM, "")
    appeals.appeal(author, decision(), "Linkit ovat asiaa.")
    rewrite(author, draft, "Valoja tarvitaan, koska reitti on pimeä.")
    assert proposals.submit_proposal(author, draft)
    other = make.actor(Role.MODERATOR)
    appeals.decide_appeal(other, draft, decision(), upheld=False, reason="Totta.")
    assert decision().ended_at is not None
    assert draft.state == State.PUBLISHED


def test_an_accepted_appeal_publishes_no_text_that_was_changed_after_the_decision(
    make: Factory, held: Callable[[Any], None]
) -> None:
    moderator, author = make.actor(Role.MODERATOR), make.actor()
    draft = hold_draft(make, author)
    appeals.refuse(moderator, *waiting(), SPAM, "")
    appeals.appeal(author, decision(), "Linkit ovat asiaa.")
    held(START + timedelta(hours=1))
    rewrite(author, draft, "Tätä ei ole kukaan katsonut.")
    other = make.actor(Role.MODERATOR)
    appeals.decide_appeal(other, draft, decision(), upheld=False, reason="Totta.")
    assert decision().ended_at is not None
    assert draft.state == State.DRAFT, "its author publishes it"


def test_a_comment_is_not_published_where_the_discussion_has_ended(make: Factory) -> None:
    moderator, author, starter = make.actor(Role.MODERATOR), make.actor(), make.actor()
    matter = make.matter(starter)
    hold_comment(author, matter)
    proposals.withdraw_proposal(starter, matter, "Asia hoitui.")
    assert not appeals.release(moderator, *waiting())
    assert reading.page_held(None).items == []
    assert db.session.scalars(db.select(Comment)).all() == []
    assert db.session.scalars(db.select(Decision)).all() == [], "nobody broke a rule"


def test_an_answer_to_a_hidden_comment_is_not_published_even_by_an_appeal(make: Factory) -> None:
    moderator, author, matter = make.actor(Role.MODERATOR), make.actor(), make.matter()
    parent = say(make.actor(), matter, "ensin")
    hold_comment(author, matter, parent)
    appeals.refuse(moderator, *waiting(), SPAM, "")
    refusal = decision()
    services.hide_comment(moderator, parent, INSULT)
    appeals.appeal(author, refusal, "Linkit ovat asiaa.")
    other = make.actor(Role.MODERATOR)
    appeals.decide_appeal(other, matter, refusal, upheld=False, reason="Totta.")
    assert refusal.ended_at is not None
    assert matter.comments == 0


def test_what_somebody_wrote_before_a_block_is_not_published_during_it(make: Factory) -> None:
    moderator, person = make.actor(Role.MODERATOR), make.person()
    draft = hold_draft(make, person.as_actor())
    appeals.block(moderator, person, "7", SPAM, "")
    assert not appeals.release(moderator, *waiting())
    assert draft.state == State.DRAFT


def test_a_held_text_is_decided_once(make: Factory) -> None:
    moderator, author = make.actor(Role.MODERATOR), make.actor()
    hold_draft(make, author)
    matter, text = waiting()
    assert appeals.release(moderator, matter, text)
    for act in (
        lambda: appeals.release(moderator, matter, text),
        lambda: appeals.refuse(moderator, matter, text, SPAM, ""),
    ):
        with pytest.raises(WrongState):
            act()


@only_sqlite
def test_links_of_a_new_account_do_not_come_in_by_a_change(make: Factory) -> None:
    author = make.actor()
    matter = make.matter(author)
    with pytest.raises(Invalid, match="new_account_links"):
        proposals.edit_proposal(author, matter, matter.title, LINKS)
    with pytest.raises(Invalid, match="new_account_links"):
        authoring.translate(author, matter, "sv", "Belysning till spåret", LINKS, 1)
    register_matter(make.actor(Role.REGISTRY), matter, "street_engineering")
    with pytest.raises(Invalid, match="new_account_links"):
        authoring.add(author, matter, "fi", LINKS)


@only_sqlite
def test_links_that_a_moderator_has_let_through_may_stay(make: Factory) -> None:
    moderator, author = make.actor(Role.MODERATOR), make.actor()
    draft = hold_draft(make, author)
    assert appeals.release(moderator, *waiting())
    proposals.edit_proposal(author, draft, draft.title, f"{LINKS}\n\nKorjasin sanan.")
    with pytest.raises(Invalid, match="new_account_links"):
        proposals.edit_proposal(author, draft, draft.title, f"{LINKS} https://d.example")


@only_sqlite
def test_what_is_hidden_is_not_changed(make: Factory, client: FlaskClient, sign_in: SignIn) -> None:
    moderator, author = make.actor(Role.MODERATOR), make.actor()
    matter = make.matter(author)
    services.hide_matter(moderator, matter, SPAM)
    with pytest.raises(WrongState, match="matter_is_hidden"):
        proposals.edit_proposal(author, matter, "Aivan toinen otsikko", "Ja toinen teksti.")
    sign_in(client, author)
    assert "You can appeal" in page(client, f"/matters/{matter.id}/edit", 409)
    shown = page(client, f"/matters/{matter.id}")
    assert f"/matters/{matter.id}/edit" not in shown
    assert "Why, and how to appeal" in shown


@only_sqlite
def test_people_who_are_gone_hold_nothing_up(make: Factory) -> None:
    """What was decided stays when the accounts of those it is about are erased."""
    moderator, author, matter = make.actor(Role.MODERATOR), make.actor(), make.matter()
    reporter = make.actor()
    comment = say(author, matter, "teksti")
    services.report(reporter, matter, comment, INSULT, "")
    services.report(reporter, matter, None, SPAM, "")
    services.hide_comment(moderator, comment, INSULT)
    appeals.appeal(author, decision(), "Ei ole.")
    hold_comment(author, matter)
    hold_draft(make, author)
    appeals.block(moderator, get_person(author.person_id or 0), "7", SPAM, "")
    forget_people()
    (item,) = queries.list_queue(moderator)
    services.dismiss_reports(moderator, item.matter, item.comment)
    for text, about in reading.page_held(None).items:
        assert not appeals.release(moderator, about, text)
    (shown,) = reading.page_appeals(None).items
    other = make.actor(Role.MODERATOR)
    appeals.decide_appeal(other, matter, shown.Decision, upheld=False, reason="Totta.")
    assert comment.hidden_rule is None
    assert reading.page_blocks(None).items == []
    assert figures.get_figures().appeals.good == 1


@command
def forget_people() -> None:
    """Empty every column of moderation that names a person, as erasing does."""
    for column in (
        Report.reporter_id,
        Report.closed_by,
        Decision.person_id,
        Decision.decided_by,
        HeldText.author_id,
        Comment.author_id,
    ):
        db.session.execute(db.update(column.class_).values({column.key: None}))
