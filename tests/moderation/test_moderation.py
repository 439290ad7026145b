"""Moderation: who reports and decides, what becomes of hidden things, nothing leaks."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.comments import services as comments
from app.comments.models import Comment, Stance
from app.comments.rules import DiscussionRule
from app.core import http_cache
from app.core.access import ANONYMOUS, SYSTEM, Actor, Role
from app.core.errors import Forbidden, Invalid, WrongState
from app.extensions import db
from app.journal import Kind
from app.journal import queries as journal
from app.journal.replay import differences
from app.moderation import policies, queries, services
from app.proposals.counts import get_counts
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from app.search.queries import matching
from tests.conftest import START
from tests.factories import Factory

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
SignIn = Callable[[FlaskClient, Actor], None]
SPAM, INSULT = DiscussionRule.SPAM, DiscussionRule.INSULT


def say(actor: Actor, matter: Matter, text: str, parent: Comment | None = None) -> Comment:
    return comments.add_comment(
        actor, matter, stance=Stance.FOR, language="fi", text=text, parent=parent
    )


@pytest.fixture
def moderator(make: Factory) -> Actor:
    """Somebody who moderates."""
    return make.actor(Role.MODERATOR)


def found(text: str) -> list[int]:
    """Ids of the matters that the search finds."""
    query = matching(text)
    assert query is not None
    return list(db.session.scalars(query))


def kinds(matter: Matter) -> list[Any]:
    """Entries of moderation with their facts."""
    entries = journal.list_entries("matter", matter.id)
    return [(e.kind, e.role, e.facts) for e in entries if "hid" in e.kind or "shown" in e.kind]


class TestRules:
    """The commands."""

    def test_hide_a_matter_and_show_it_again(self, make: Factory, moderator: Actor) -> None:
        matter = make.matter(title="Kanarialintu laulaa metsässä")
        assert found("kanarialintu") == [matter.id]
        services.hide_matter(moderator, matter, SPAM)
        assert matter.hidden_rule == "spam"
        assert matter.state == State.PUBLISHED
        assert matter.next_due is not None, "handling and clocks go on"
        assert found("kanarialintu") == []
        assert get_counts()["all"] == {}
        with pytest.raises(WrongState):
            services.hide_matter(moderator, matter, INSULT)
        services.show_matter(moderator, matter)
        assert matter.hidden_rule is None
        assert found("kanarialintu") == [matter.id]
        assert get_counts()["all"] == {"": 1}
        with pytest.raises(WrongState):
            services.show_matter(moderator, matter)
        assert kinds(matter) == [
            ("hidden", "moderator", '{"rule":"spam"}'),
            ("shown", "moderator", "{}"),
        ]
        db.session.rollback()
        assert list(differences()) == []

    def test_hide_a_comment_and_show_it_again(self, make: Factory, moderator: Actor) -> None:
        matter = make.matter()
        comment = say(make.actor(), matter, "kanarialintu")
        services.hide_comment(moderator, comment, INSULT)
        assert (comment.hidden_rule, matter.comments) == (INSULT, 0)
        with pytest.raises(WrongState):
            services.hide_comment(moderator, comment, INSULT)
        services.show_comment(moderator, comment)
        assert (comment.hidden_rule, matter.comments) == (None, 1)
        with pytest.raises(WrongState):
            services.show_comment(moderator, comment)
        number = comment.id
        assert kinds(matter) == [
            ("comment_hidden", "moderator", f'{{"comment":{number},"rule":"insult"}}'),
            ("comment_shown", "moderator", f'{{"comment":{number}}}'),
        ]
        db.session.rollback()
        assert list(differences()) == []

    @only_sqlite
    def test_nobody_moderates_what_is_their_own(self, make: Factory, moderator: Actor) -> None:
        own, other = make.matter(moderator), make.matter()
        mine, under_mine = say(moderator, other, "oma"), say(make.actor(), own, "vieras")
        acts: list[Callable[[], None]] = [
            lambda: services.hide_matter(moderator, own, SPAM),
            lambda: services.hide_comment(moderator, mine, SPAM),
            lambda: services.hide_comment(moderator, under_mine, SPAM),
            lambda: services.dismiss_reports(moderator, own, None),
        ]
        for act in acts:
            with pytest.raises(Forbidden, match="cannot_moderate"):
                act()

    @only_sqlite
    def test_only_moderators_decide(self, make: Factory) -> None:
        matter = make.matter()
        comment = say(make.actor(), matter, "teksti")
        people = [ANONYMOUS, SYSTEM, make.actor()]
        people += [make.actor(role) for role in Role if role != Role.MODERATOR]
        for actor in people:
            assert not policies.can_moderate(actor, matter, comment)
            for act in (
                lambda who=actor: services.hide_matter(who, matter, SPAM),
                lambda who=actor: services.show_matter(who, matter),
                lambda who=actor: services.hide_comment(who, comment, SPAM),
                lambda who=actor: services.show_comment(who, comment),
                lambda who=actor: services.dismiss_reports(who, matter, comment),
            ):
                with pytest.raises(Forbidden):
                    act()

    def test_a_report_waits_until_it_is_decided(
        self, make: Factory, moderator: Actor, held: Callable[[Any], None]
    ) -> None:
        matter, reader = make.matter(), make.actor()
        first = say(make.actor(), matter, "ensin")
        comment = say(make.actor(), matter, "toiseksi", first)
        services.report(reader, matter, comment, INSULT, "Nimittelee.")
        held(START + timedelta(hours=1))
        services.report(make.actor(), matter, None, SPAM, "")
        services.report(make.actor(), matter, comment, SPAM, "")
        services.report(reader, matter, comment, DiscussionRule.HATE, "Uhkaa.")
        one, two = queries.list_queue(moderator)
        assert (one.text, one.answered_text, one.since) == ("toiseksi", "ensin", START)
        assert [(r.rule, r.words) for r in one.reports] == [
            (DiscussionRule.HATE, "Uhkaa."),
            (SPAM, ""),
        ]
        assert (two.comment, two.matter.id) == (None, matter.id)
        assert "Reitti on pimeä" in two.text
        services.hide_comment(moderator, comment, INSULT)
        (left,) = queries.list_queue(moderator)
        assert left.comment is None
        services.dismiss_reports(moderator, matter, None)
        assert queries.list_queue(moderator) == []
        assert matter.hidden_rule is None

    @only_sqlite
    def test_what_can_be_reported(self, make: Factory, moderator: Actor) -> None:
        author = make.actor()
        matter = make.matter(author)
        comment = say(author, matter, "teksti")
        refused = [
            (ANONYMOUS, None),
            (make.person(confirmed=False).as_actor(), None),
            (author, None),
            (author, comment),
        ]
        for actor, thing in refused:
            with pytest.raises(Forbidden, match="cannot_report"):
                services.report(actor, matter, thing, SPAM, "")
        with pytest.raises(Invalid):
            services.report(make.actor(), matter, None, SPAM, "ä" * 1001)
        services.hide_comment(moderator, comment, SPAM)
        with pytest.raises(Forbidden):
            services.report(make.actor(), matter, comment, SPAM, "")
        services.hide_matter(moderator, matter, SPAM)
        with pytest.raises(Forbidden):
            services.report(make.actor(), matter, None, SPAM, "")

    @only_sqlite
    def test_decisions_are_listed_newest_first(self, make: Factory, moderator: Actor) -> None:
        matter = make.matter()
        comment = say(make.actor(), matter, "teksti")
        services.hide_comment(moderator, comment, INSULT)
        services.hide_matter(moderator, matter, SPAM)
        services.show_matter(moderator, matter)
        listed = queries.page_decisions(None).items
        assert [d.kind for d in listed] == [Kind.SHOWN, Kind.HIDDEN, Kind.COMMENT_HIDDEN]
        assert [d.still_hidden for d in listed] == [False, False, True]


@only_sqlite
class TestPages:
    """Reporting and deciding on the pages."""

    def test_report_a_comment(
        self, client: FlaskClient, make: Factory, sign_in: SignIn, moderator: Actor
    ) -> None:
        matter = make.matter()
        comment = say(make.actor(), matter, "kanarialintu")
        address = f"/en/matters/{matter.id}/report?comment={comment.id}"
        assert address in client.get(f"/en/matters/{matter.id}").text
        assert "/en/sign-in" in client.get(address).location
        sign_in(client, make.actor())
        assert "kanarialintu" in client.get(address).text
        empty = client.post(address, data={"words": "Nimittelee naapuria."})
        assert empty.status_code == 422
        assert "Choose what is wrong." in empty.text
        assert "Nimittelee naapuria." in empty.text
        done = client.post(address, data={"rule": "insult", "words": "Nimittelee naapuria."})
        assert done.location == f"/en/matters/{matter.id}/comments/{comment.id}"
        sign_in(client, moderator)
        queue = client.get("/en/moderation").text
        assert "kanarialintu" in queue
        assert "Nimittelee naapuria." in queue
        assert "First reported today" in queue

    def test_decide_in_the_queue(
        self, client: FlaskClient, make: Factory, sign_in: SignIn, moderator: Actor
    ) -> None:
        matter = make.matter()
        comment = say(make.actor(), matter, "kanarialintu")
        services.report(make.actor(), matter, comment, INSULT, "")
        services.report(make.actor(), matter, None, SPAM, "")
        sign_in(client, moderator)
        form = {"rule": "insult", "back": "queue"}
        answer = client.post(f"/en/matters/{matter.id}/comments/{comment.id}/hide", data=form)
        assert answer.location == "/en/moderation"
        answer = client.post(f"/en/matters/{matter.id}/reports/dismiss", data={})
        assert answer.location == "/en/moderation"
        assert "Nothing waits for a decision" in client.get("/en/moderation").text
        log = client.get("/en/moderation/decisions").text
        assert "kanarialintu" in log
        assert "The rule: Insult" in log

    def test_a_matter_is_hidden_and_shown_on_its_page(
        self, client: FlaskClient, make: Factory, sign_in: SignIn, moderator: Actor
    ) -> None:
        matter = make.matter()
        address = f"/en/matters/{matter.id}"
        assert f"{address}/hide" not in client.get(address).text
        sign_in(client, moderator)
        assert f'action="{address}/hide"' in client.get(address).text
        assert client.post(f"{address}/hide", data={"rule": "x"}).status_code == 422
        assert client.post(f"{address}/hide", data={"rule": "spam"}).location == address
        page = client.get(address).text
        assert "This is hidden now. The rule: Spam" in page
        assert f'action="{address}/show"' in page
        assert client.post(f"{address}/show").location == address
        assert "The matter is public again." in client.get(address).text

    def test_a_moderator_decides_on_any_comment(
        self, client: FlaskClient, make: Factory, sign_in: SignIn, moderator: Actor
    ) -> None:
        matter = make.matter()
        comment = say(make.actor(), matter, "kanarialintu")
        sign_in(client, moderator)
        address = f"/en/matters/{matter.id}/report?comment={comment.id}"
        assert "Hide by this rule" in client.get(address).text
        client.post(f"/en/matters/{matter.id}/comments/{comment.id}/hide", data={"rule": "hate"})
        discussion = client.get(f"/en/matters/{matter.id}").text
        assert "kanarialintu" not in discussion
        assert address in discussion
        page = client.get(address).text
        assert "kanarialintu" in page
        assert "Show it again" in page
        client.post(f"/en/matters/{matter.id}/comments/{comment.id}/show")
        assert "kanarialintu" in client.get(f"/en/matters/{matter.id}").text

    def test_an_author_sees_that_the_own_matter_is_hidden_and_why(
        self, client: FlaskClient, make: Factory, sign_in: SignIn, moderator: Actor
    ) -> None:
        author = make.actor()
        matter = make.matter(author)
        services.hide_matter(moderator, matter, SPAM)
        sign_in(client, author)
        page = client.get(f"/en/matters/{matter.id}").text
        assert "Others do not see this matter. The rule: Spam" in page
        assert "/report" not in page

    def test_an_own_matter_in_the_queue_waits_for_another_moderator(
        self, client: FlaskClient, make: Factory, sign_in: SignIn, moderator: Actor
    ) -> None:
        matter = make.matter(moderator)
        services.report(make.actor(), matter, None, SPAM, "")
        sign_in(client, moderator)
        page = client.get("/en/moderation").text
        assert "Another moderator decides" in page
        assert "Hide by this rule" not in page

    @pytest.mark.parametrize("path", ["moderation", "moderation/decisions"])
    def test_only_moderators_see_the_queue(
        self, client: FlaskClient, make: Factory, sign_in: SignIn, path: str
    ) -> None:
        assert client.get(f"/en/{path}").status_code == 303
        sign_in(client, make.actor(Role.OFFICIAL, unit="sports"))
        assert client.get(f"/en/{path}").status_code == 403

    def test_the_queue_stays_within_its_queries(
        self, client: FlaskClient, make: Factory, sign_in: SignIn, moderator: Actor
    ) -> None:
        from tests.comments.test_discussion_pages import count_queries

        for _ in range(6):
            matter = make.matter()
            services.report(make.actor(), matter, None, SPAM, "")
            services.report(make.actor(), matter, say(make.actor(), matter, "x"), SPAM, "")
        assert moderator.signed_in
        assert count_queries(lambda: queries.list_queue(moderator)) <= 8


CANARY = "kanarialintu"


def addresses(app: Flask, matter: Matter, comment: Comment) -> Iterator[str]:
    """Every public page that can be opened, with the hidden things' numbers where it takes any."""
    numbers = {"matter_id": matter.id, "comment_id": comment.id}
    with app.test_request_context("/en/"):
        routes = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            view = app.view_functions[rule.endpoint]
            is_public = getattr(view, "access", "") == "public" and "GET" in (rule.methods or ())
            unknown = rule.arguments - numbers.keys() - {"lang"}
            if not is_public or unknown:
                continue
            values = {"lang": "en"} | {k: v for k, v in numbers.items() if k in rule.arguments}
            yield routes.build(rule.endpoint, values)


def shows_canary(client: FlaskClient, addresses: list[str]) -> set[str]:
    """The addresses on whose page the canary is, in the end."""
    seen = set()
    for address in addresses:
        with client.get(address, follow_redirects=True) as response:
            if CANARY in response.get_data(as_text=True).lower():
                seen.add(address)
    return seen


@only_sqlite
def test_the_text_of_hidden_things_is_nowhere_in_public(
    client: FlaskClient, context: Flask, make: Factory, moderator: Actor, sign_in: SignIn
) -> None:
    """A canary in the title, the text and a comment: gone from every public page at once."""
    matter = make.matter(
        title=f"Iloinen {CANARY} laulaa", body=f"Salainen {CANARY}.", lat=60.17, lon=24.74
    )
    open_matter = make.matter()
    comment = say(make.actor(), matter, f"Kaunis {CANARY}!")
    own_comment = say(make.actor(), open_matter, f"Ruma {CANARY}!")
    plain = [*addresses(context, matter, comment), *addresses(context, open_matter, own_comment)]
    plain += ["/en/matters?q=kanarialintu", f"/en/matters/{matter.id}/comments?sort=useful"]
    plain += [f"/en/matters/{open_matter.id}/comments?reply={own_comment.id}"]
    seen = shows_canary(client, plain)
    expected = {
        "/en/matters",
        "/en/matters?q=kanarialintu",
        "/en/matters/points.geojson",
        f"/en/matters/{matter.id}",
        f"/en/matters/{matter.id}/comments",
        f"/en/matters/{open_matter.id}",
    }
    assert expected <= seen, "the canary must be seen before it is hidden"
    services.hide_matter(moderator, matter, SPAM)
    services.hide_comment(moderator, own_comment, INSULT)
    # once with the pages in the cache, once made anew
    for limit in (None, 0):
        cache = context.wsgi_app
        assert isinstance(cache, http_cache.PageCache)
        if limit == 0:
            cache.entries.clear()
        leaks = shows_canary(client, plain)
        # an address that was typed may be shown in the search box
        assert leaks <= {"/en/matters?q=kanarialintu"}
    page = client.get("/en/matters?q=kanarialintu").text
    assert "Iloinen" not in page
    sign_in(client, make.actor())
    leaks = shows_canary(client, plain)
    assert leaks <= {"/en/matters?q=kanarialintu"}, "nor to people who are signed in"
