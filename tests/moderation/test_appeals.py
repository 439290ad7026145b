"""Appeals, blocks, held texts and slow discussions: who decides, and what becomes of things."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.accounts.queries import get_person
from app.comments import services as comments
from app.comments.models import Stance
from app.core.access import Actor, Grant, Role
from app.core.errors import Forbidden, TooMany
from app.core.mail import OutboxMail
from app.extensions import db
from app.journal.replay import differences
from app.moderation import appeals, policies, reading, services
from app.moderation.models import Act, Decision
from app.proposals import services as proposals
from app.proposals.lifecycle import State
from tests.conftest import START
from tests.factories import Factory
from tests.moderation.test_moderation import INSULT, SPAM, SignIn, say
from tests.pages import page, send

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
LINKS = "Katso https://a.example https://b.example https://c.example"


def decisions() -> list[Decision]:
    return list(db.session.scalars(db.select(Decision).order_by(Decision.id)))


def subjects() -> list[str]:
    return list(db.session.scalars(db.select(OutboxMail.subject).order_by(OutboxMail.id)))


def test_another_moderator_decides_on_an_appeal(make: Factory) -> None:
    first, second = make.actor(Role.MODERATOR), make.actor(Role.MODERATOR)
    writer, matter = make.actor(), make.matter()
    comment = say(writer, matter, "kanarialintu")
    services.hide_comment(first, comment, INSULT, "Puhu asiasta.")
    (decision,) = decisions()
    with pytest.raises(Forbidden, match="cannot_appeal"):
        appeals.appeal(first, decision, "Ei")
    appeals.appeal(writer, decision, "Se oli vitsi.")
    with pytest.raises(Forbidden, match="cannot_appeal"):
        appeals.appeal(writer, decision, "Uudestaan")
    for actor in (first, writer, make.actor(), make.actor(Role.ADMINISTRATOR)):
        with pytest.raises(Forbidden, match="cannot_decide_appeal"):
            appeals.decide_appeal(actor, matter, decision, upheld=True, reason="x")
    appeals.decide_appeal(second, matter, decision, upheld=False, reason="Vitsi on sallittu.")
    assert comment.hidden_rule is None
    assert decision.ended_at is not None
    assert len(subjects()) == 2
    db.session.rollback()
    assert list(differences()) == []


@only_sqlite
def test_an_administrator_decides_only_without_another_moderator(make: Factory) -> None:
    moderator, chief = make.actor(Role.MODERATOR), make.actor(Role.ADMINISTRATOR)
    author = make.actor()
    matter = make.matter(author)
    services.hide_matter(moderator, matter, SPAM)
    (decision,) = decisions()
    appeals.appeal(author, decision, "Ei ole mainos.")
    appeals.decide_appeal(chief, matter, decision, upheld=True, reason="On mainos.")
    assert matter.hidden_rule == "spam"


@only_sqlite
def test_who_may_decide_an_appeal_in_every_case(make: Factory) -> None:
    own, matter = make.matter(), make.matter()
    me = own.author_id
    for role, is_decider, is_party, is_author, others in itertools.product(
        [None, *Role], *[[False, True]] * 4
    ):
        actor = Actor(person_id=me, grants=(Grant(role),) if role else ())
        decision = Decision(act=Act.HIDE, decided_by=me if is_decider else 0)
        decision.person_id = me if is_party else 0
        allowed = policies.can_decide_appeal(actor, decision, own if is_author else matter, others)
        free = not (is_decider or is_party or is_author)
        may = role == Role.MODERATOR or (role == Role.ADMINISTRATOR and not others)
        assert allowed == (free and may)


def test_who_is_blocked_reads_and_follows_but_does_not_write(
    make: Factory, held: Callable[[Any], None]
) -> None:
    moderator, person, matter = make.actor(Role.MODERATOR), make.person(), make.matter()
    decision = appeals.block(moderator, person, "7", INSULT, "")
    actor = get_person(person.id).as_actor()
    assert actor.blocked_until == START + timedelta(days=7)
    with pytest.raises(Forbidden, match="blocked"):
        say(actor, matter, "teksti")
    draft = make.draft(actor)
    with pytest.raises(Forbidden, match="blocked"):
        proposals.publish_proposal(actor, draft)
    appeals.end_block(moderator, decision)
    assert get_person(person.id).as_actor().blocked_until is None
    appeals.block(moderator, person, "1", INSULT, "")
    held(START + timedelta(days=1))
    say(get_person(person.id).as_actor(), matter, "teksti")
    official = make.actor(Role.OFFICIAL, unit="sports")
    with pytest.raises(Forbidden, match="cannot_block"):
        appeals.block(moderator, get_person(official.person_id or 0), "1", INSULT, "")


def test_a_text_with_many_links_waits_for_a_moderator(make: Factory) -> None:
    moderator, author, matter = make.actor(Role.MODERATOR), make.actor(), make.matter()
    words = comments.Words(Stance.FOR, "fi", LINKS)
    assert comments.submit_comment(author, matter, words) is None
    assert matter.comments == 0
    ((text, held_matter),) = reading.page_held(None).items
    appeals.release(moderator, held_matter, text)
    assert matter.comments == 1
    draft = make.draft(author, body=LINKS)
    assert not proposals.submit_proposal(author, draft)
    assert draft.state == State.DRAFT
    ((text, held_matter),) = reading.page_held(None).items
    appeals.refuse(moderator, held_matter, text, SPAM, "")
    (decision,) = decisions()
    appeals.appeal(author, decision, "Linkit ovat asiaa.")
    other = make.actor(Role.MODERATOR)
    appeals.decide_appeal(other, draft, decision, upheld=False, reason="Niin on.")
    assert draft.state == State.PUBLISHED
    db.session.rollback()
    assert list(differences()) == []


@only_sqlite
def test_the_same_text_from_three_new_accounts_waits(make: Factory) -> None:
    matter = make.matter()
    words = comments.Words(Stance.FOR, "fi", "Ostakaa halvat renkaat meiltä, soittakaa jo tänään!")
    written = [comments.submit_comment(make.actor(), matter, words) for _ in range(3)]
    assert [one is None for one in written] == [False, False, True]


@only_sqlite
def test_a_slow_discussion_takes_one_comment_a_person(
    make: Factory, held: Callable[[Any], None]
) -> None:
    matter, actor = make.matter(), make.actor()
    appeals.slow_down(make.actor(Role.MODERATOR), matter, 15)
    comments.submit_comment(actor, matter, comments.Words(Stance.FOR, "fi", "yksi"))
    second = comments.Words(Stance.FOR, "fi", "kaksi")
    with pytest.raises(TooMany, match="slow_discussion"):
        comments.submit_comment(actor, matter, second)
    held(START + timedelta(minutes=15))
    assert comments.submit_comment(actor, matter, second) is not None


@only_sqlite
def test_report_to_appeal_on_the_pages(client: FlaskClient, make: Factory, sign_in: SignIn) -> None:
    writer, matter = make.actor(), make.matter()
    first, second = make.actor(Role.MODERATOR), make.actor(Role.MODERATOR)
    comment = say(writer, matter, "kanarialintu")
    reader: Actor = make.actor()
    services.report(reader, matter, comment, INSULT, "")
    sign_in(client, first)
    assert "Due by" in page(client, "/moderation")
    address = f"/matters/{matter.id}/comments/{comment.id}/hide"
    send(client, address, rule="insult", words="Puhu asiasta.")
    sign_in(client, reader)
    assert "the text was hidden" in page(client, "/own/moderation")
    (number,) = [d.id for d in decisions()]
    page(client, f"/own/moderation/{number}", 404)
    sign_in(client, writer)
    shown = page(client, f"/own/moderation/{number}")
    assert "Puhu asiasta." in shown
    assert "kanarialintu" in shown
    send(client, f"/own/moderation/{number}", 422)
    send(client, f"/own/moderation/{number}", words="Se oli vitsi.")
    sign_in(client, first)
    assert "You cannot decide on this" in page(client, f"/moderation/appeals/{number}")
    send(client, f"/moderation/appeals/{number}", 403, words="x", uphold="1")
    sign_in(client, second)
    assert "Insult" in page(client, "/moderation/appeals")
    send(client, f"/moderation/appeals/{number}", words="Saa olla.")
    sign_in(client, writer)
    assert "The decision was taken back" in page(client, f"/own/moderation/{number}")
    sign_in(client, second)
    for path in ("held", "blocks", "decisions", f"people/{writer.person_id}/block"):
        page(client, f"/moderation/{path}")
