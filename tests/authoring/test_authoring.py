"""Texts in several languages, additions, co-authors and their invitations."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.authoring import links, policies, queries, services
from app.authoring.models import MOST_CO_AUTHORS, VALID
from app.comments.rules import DiscussionRule
from app.core import clock
from app.core.access import ANONYMOUS, Actor, Role
from app.core.errors import Forbidden, Gone, Invalid, TooMany
from app.core.mail import OutboxMail
from app.extensions import db
from app.follows.models import Follow
from app.journal import Kind
from app.journal.models import JournalEntry
from app.moderation import services as moderation
from app.notifications.readers import read_new
from app.proposals import policies as proposal_policies
from app.proposals import services as proposals
from app.proposals import support
from app.proposals.models import Matter, Support
from app.responses import services as responses
from app.search.queries import matching
from tests.casework import UNIT, Casework, both
from tests.factories import Factory
from tests.pages import counting, page, send
from tests.steps import step

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
TITLE, BODY = "Belysning till friluftsspåret", "Spåret är mörkt.\n\nJag föreslår gatlyktor."
EVIL = "<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1))"


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


def found(word: str) -> list[int]:
    hits = matching(word)
    assert hits is not None
    return list(db.session.scalars(select(Matter.id).where(Matter.id.in_(hits))))


def kinds(matter: Matter) -> list[str]:
    query = select(JournalEntry.kind).where(
        JournalEntry.subject_type == "matter", JournalEntry.subject_id == matter.id
    )
    return list(db.session.scalars(query.order_by(JournalEntry.seq)))


def join(matter: Matter, starter: Actor, person: Actor) -> str:
    """Make somebody a co-author by a link; returns its token."""
    token = links.invitation_token(services.invite(starter, matter, None))
    services.accept(person, token)
    return token


class TestLanguages:
    def test_a_translation_is_a_public_version_that_is_found_and_goes_stale(
        self, work: Casework
    ) -> None:
        matter = work.published()
        services.translate(work.author, matter, "sv", TITLE, BODY, 1)
        services.translate(work.author, matter, "sv", TITLE, BODY, 1)
        assert kinds(matter).count(Kind.TRANSLATED) == 1
        assert found("gatlyktor") == [matter.id]
        text = proposals.list_texts(matter)["sv"]
        assert (text.origin, text.version, text.source_version) == ("author", 1, 1)
        proposals.edit_proposal(work.author, matter, matter.title, "Aivan uusi teksti reitistä.")
        assert proposals.current_text(matter).version == 2 > (text.source_version or 0)
        moderator = work.make.actor(Role.MODERATOR)
        moderation.hide_matter(moderator, matter, DiscussionRule.SPAM)
        assert found("gatlyktor") == []
        with pytest.raises(Forbidden, match="cannot_translate"):
            services.translate(work.author, matter, "sv", TITLE, "Ny", 2)
        moderation.show_matter(moderator, matter)
        assert found("gatlyktor") == [matter.id]

    def test_who_may_translate(self, work: Casework) -> None:
        matter, draft = work.registered(), work.make.draft(work.author)
        co_author = work.make.actor()
        join(matter, work.author, co_author)
        for actor in (work.author, co_author, work.official, work.registry):
            assert policies.can_translate(actor, matter)
            assert not policies.can_translate(actor, draft)
        others = (
            ANONYMOUS,
            work.make.actor(),
            work.make.actor(Role.MODERATOR),
            work.make.actor(Role.OFFICIAL, unit="sports"),
        )
        assert not any(policies.can_translate(actor, matter) for actor in others)
        services.translate(work.official, matter, "en", "Lights on the trail", "It is dark.", 9)
        text = proposals.list_texts(matter)["en"]
        assert (text.origin, text.source_version) == ("human", 1)
        services.translate(co_author, matter, "en", "Lamps on the trail", "It is dark.", 1)
        with pytest.raises(Forbidden, match="cannot_translate"):
            services.translate(work.official, matter, "en", "Their own words", "It is dark.", 1)
        for code in ("fi", "xx"):
            with pytest.raises(Forbidden, match="cannot_translate"):
                services.translate(work.author, matter, code, TITLE, BODY, 1)
        with pytest.raises(Invalid, match="title_short"):
            services.translate(work.author, matter, "sv", "Kort", BODY, 1)

    @only_sqlite
    def test_the_page_speaks_the_readers_language_and_shows_each_change(
        self, work: Casework, client: FlaskClient, sign_in: object
    ) -> None:
        matter = work.published()
        path = f"/matters/{matter.id}"
        sign_in(client, work.author)  # type: ignore[operator]
        send(client, f"{path}/languages/sv", title=TITLE, body=f"{BODY} {EVIL}", source=1)
        send(client, f"{path}/languages/sv", title="Kort", body="", source=1, status=422)
        send(client, f"{path}/languages/sv", title=TITLE, body="Spåret är kolmörkt.", source=1)
        send(client, f"{path}/languages/sv", title=TITLE, body=f"Nytt {EVIL}", source=1)
        proposals.edit_proposal(work.author, matter, matter.title, "Aivan uusi teksti reitistä.")
        client.delete_cookie("kuuluu")
        with counting() as statements:
            raw = client.get(f"/sv{path}").text
        assert len(statements) <= 20
        assert "<script>alert" not in raw
        assert "onerror=alert(1)>" not in raw
        assert 'href="javascript' not in raw
        assert TITLE in raw
        swedish = page(client, path, lang="sv")
        assert f"{path}?text=fi" in swedish
        assert "Aivan uusi" not in swedish
        assert "Aivan uusi" in page(client, f"{path}?text=fi", lang="sv")
        english = page(client, path)
        assert matter.title in english
        assert "Aivan uusi" in english
        assert "The translation is older than the original" in page(client, f"{path}?text=sv")
        versions = client.get(f"/en{path}/versions?language=sv").text
        assert "<ins>" in versions
        assert "<script>alert" not in versions
        assert "Made from version 1 of the original." in versions
        page(client, f"{path}/versions?language=en", 404)
        page(client, f"{path}/versions?language=sv&version=4", 404)

    @only_sqlite
    def test_translators_are_not_led_to_what_an_author_wrote(
        self, work: Casework, client: FlaskClient, sign_in: object
    ) -> None:
        matter = work.registered()
        services.translate(work.author, matter, "sv", TITLE, BODY, 1)
        sign_in(client, work.registry)  # type: ignore[operator]
        shown = client.get(f"/en/matters/{matter.id}").text
        assert f"/matters/{matter.id}/languages/en" in shown
        assert f"/matters/{matter.id}/languages/sv" not in shown
        assert client.get(f"/en/matters/{matter.id}/languages/sv").status_code == 403
        journey = page(client, f"/matters/{matter.id}/journey")
        assert "published the text in another language" in journey
        assert "Language: På svenska." in journey


class TestAdditions:
    def test_authors_add_in_public_once_editing_has_closed(self, work: Casework) -> None:
        matter, co_author = work.published(), work.make.actor()
        join(matter, work.author, co_author)
        with pytest.raises(Forbidden, match="cannot_add"):
            services.add(work.author, matter, "fi", "Liian aikaisin")
        matter = work.registered()
        join(matter, work.author, co_author)
        for actor in (ANONYMOUS, work.make.actor(), work.official, work.registry):
            assert not policies.can_add(actor, matter)
        before = matter.last_step_at
        services.add(work.author, matter, "fi", "Myös koirapuiston kohta on pimeä")
        services.add(co_author, matter, "sv", "Även hundparken")
        services.add(co_author, matter, "sv", "Och lekparken")
        assert matter.last_step_at == before
        assert found("koirapuiston") == found("lekparken") == [matter.id]
        with pytest.raises(TooMany, match="added_enough"):
            services.add(work.author, matter, "fi", "Vielä yksi")
        facts = db.session.scalars(
            select(JournalEntry.facts).where(JournalEntry.kind == Kind.ADDED.value)
        )
        assert not any("koira" in fact for fact in facts)
        moderator = work.make.actor(Role.MODERATOR)
        moderation.hide_matter(moderator, matter, DiscussionRule.SPAM)
        assert found("koirapuiston") == []
        moderation.show_matter(moderator, matter)
        assert found("koirapuiston") == [matter.id]
        proposals.withdraw_proposal(work.author, matter, "Asia hoitui")
        assert not policies.can_add(work.author, matter)

    @only_sqlite
    def test_the_addition_stands_under_the_text_for_everybody_and_the_official(
        self, work: Casework, client: FlaskClient, sign_in: object
    ) -> None:
        matter = work.registered()
        path = f"/matters/{matter.id}"
        sign_in(client, work.author)  # type: ignore[operator]
        send(client, f"{path}/add", text="", language="fi", status=422)
        send(client, f"{path}/add", text=f"Koirapuisto {EVIL}", language="fi")
        sign_in(client, work.official)  # type: ignore[operator]
        assert "Koirapuisto" in page(client, f"/queue/{matter.id}")
        page(client, f"{path}/add", 403)
        client.delete_cookie("kuuluu")
        raw = client.get(f"/en{path}").text
        assert "Koirapuisto" in raw
        assert "<script>alert" not in raw
        assert 'href="javascript' not in raw
        assert "Koirapuisto" in page(client, f"{path}/journey")
        read_new()
        mails = db.session.scalars(select(OutboxMail.body))
        assert not any("Koirapuisto" in body for body in mails)


class TestCoAuthors:
    def test_who_accepts_writes_along_and_neither_supports_nor_handles(
        self, work: Casework
    ) -> None:
        matter = work.published()
        guest = work.make.actor(Role.OFFICIAL, unit=UNIT)
        support.support_proposal(guest, matter.id)
        token = join(matter, work.author, guest)
        assert matter.supporters == 0
        assert db.session.scalar(select(Support)) is None
        assert db.session.get(Follow, (matter.id, guest.person_id)) is not None
        assert proposal_policies.is_author(guest, matter)
        assert not proposal_policies.can_support(guest, matter)
        assert not proposal_policies.can_withdraw(guest, matter)
        assert not policies.can_invite(guest, matter)
        with pytest.raises(Forbidden, match="not_author"):
            proposals.withdraw_proposal(guest, matter, "En halua")
        with pytest.raises(Gone, match="bad_invitation"):
            services.accept(work.make.actor(), token)
        proposals.edit_proposal(guest, matter, matter.title, "Kirjoitimme tämän yhdessä.")
        step(matter, Kind.REGISTERED)
        step(matter, Kind.PREPARING)
        with pytest.raises(Forbidden, match="own_matter"):
            responses.ask_author(guest, matter, both("Missä?"))
        responses.ask_author(work.official, matter, both("Missä?"))
        read_new()
        address = db.session.get_one(Person, guest.person_id).email
        sent = list(
            db.session.scalars(select(OutboxMail.body).where(OutboxMail.recipient == address))
        )
        assert len(sent) >= 1
        responses.reply(guest, matter, "Sillan kohdalla")
        services.leave(guest, matter)
        assert not proposal_policies.is_author(guest, matter)
        assert kinds(matter).count(Kind.CO_AUTHOR_JOINED) == 1
        assert kinds(matter)[-1] == Kind.CO_AUTHOR_LEFT
        with pytest.raises(Forbidden, match="cannot_leave"):
            services.leave(work.author, matter)

    def test_an_invitation_tells_nothing_of_accounts_and_keeps_no_address(
        self, work: Casework
    ) -> None:
        matter, known = work.published(), work.make.person()
        for address in (known.email, "nobody@example.org"):
            services.invite(work.author, matter, address.upper())
        mails = list(db.session.scalars(select(OutboxMail)))
        bodies = {re.sub(r"http\S+", "", mail.body) for mail in mails if "invitations" in mail.body}
        assert len(bodies) == 1
        assert matter.title not in bodies.pop()
        with pytest.raises(Invalid, match="invited_already"):
            services.invite(work.author, matter, known.email)
        own = db.session.get_one(Person, work.author.person_id).email
        with pytest.raises(Invalid, match="own_address"):
            services.invite(work.author, matter, own)
        with pytest.raises(Invalid, match="bad_email"):
            services.invite(work.author, matter, "not an address")
        (first, _name), *_rest = queries.list_invitations_of(known)
        services.decline(known.as_actor(), links.invitation_token(first))
        assert first.email is None
        assert not queries.list_invitations_of(known)
        old = queries.list_open_invitations(matter)[0]
        with clock.moved_to(old.created_at + VALID - timedelta(seconds=1)):
            assert links.read_token(links.invitation_token(old)) is old
            assert services.forget_old_invitations() == 0
        with clock.moved_to(old.created_at + VALID):
            with pytest.raises(Gone, match="bad_invitation"):
                links.read_token(links.invitation_token(old))
            assert services.forget_old_invitations() == 1
        db.session.refresh(old)
        assert old.email is None
        entries = db.session.scalars(select(JournalEntry.facts))
        assert not any("@" in facts for facts in entries)

    def test_only_the_starter_invites_and_only_five_have_room(self, work: Casework) -> None:
        matter = work.published()
        for actor in (ANONYMOUS, work.make.actor(), work.registry, work.official):
            with pytest.raises(Forbidden, match="cannot_invite"):
                services.invite(actor, matter, None)
        guests = [work.make.actor() for _ in range(MOST_CO_AUTHORS)]
        for guest in guests:
            join(matter, work.author, guest)
        with pytest.raises(Invalid, match="co_authors_full"):
            services.invite(work.author, matter, None)
        first = matter.co_authors[0]
        with pytest.raises(Forbidden, match="cannot_invite"):
            services.remove(guests[1], matter, first)
        services.remove(work.author, matter, first)
        assert len(matter.co_authors) == MOST_CO_AUTHORS - 1
        token = links.invitation_token(services.invite(work.author, matter, None))
        unconfirmed = work.make.person(confirmed=False).as_actor()
        for actor in (work.author, guests[1], unconfirmed):
            with pytest.raises(Forbidden, match="cannot_join"):
                services.accept(actor, token)
        with pytest.raises(Gone, match="bad_invitation"):
            services.accept(guests[0], token + "x")

    def test_who_joins_a_draft_joins_in_public_when_it_is_published(self, work: Casework) -> None:
        draft, guest = work.make.draft(work.author), work.make.actor()
        join(draft, work.author, guest)
        assert kinds(draft) == []
        with pytest.raises(Forbidden, match="not_author"):
            proposals.publish_proposal(guest, draft)
        proposals.publish_proposal(work.author, draft)
        assert kinds(draft).count(Kind.CO_AUTHOR_JOINED) == 1

    @only_sqlite
    def test_the_way_from_the_invitation_to_the_own_matters(
        self, work: Casework, client: FlaskClient, sign_in: object
    ) -> None:
        matter, guest = work.published(), work.make.person(name="Aino Vieras")
        path = f"/matters/{matter.id}"
        sign_in(client, work.author)  # type: ignore[operator]
        send(client, f"{path}/authors/invite", email="wrong", status=422)
        send(client, f"{path}/authors/invite", email=guest.email)
        send(client, f"{path}/authors/link")
        shown = page(client, f"{path}/authors")
        assert guest.email in shown
        assert "/invitations/" in shown
        sign_in(client, guest.as_actor())  # type: ignore[operator]
        page(client, f"{path}/authors", 403)
        mine = page(client, "/own/matters")
        link = re.search(r'href="/en(/invitations/[^"]+)"', mine)
        assert link is not None
        assert matter.title in page(client, link[1])
        send(client, f"{link[1]}/accept")
        assert matter.title in page(client, "/own/matters")
        assert "/invitations/" not in page(client, "/own/matters")
        assert guest.email not in page(client, f"{path}/authors")
        client.delete_cookie("kuuluu")
        anonymous = page(client, path)
        assert "Aino Vieras" in anonymous
        assert guest.email not in anonymous
        page(client, link[1], 410)
