"""Following: authors from publishing on, others by choice; stopped on the page or from a mail."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.comments.rules import DiscussionRule
from app.core.access import ANONYMOUS, Actor, Role
from app.core.errors import Forbidden, Gone
from app.extensions import csrf, db
from app.follows import links, queries, services
from app.moderation.services import hide_matter
from tests.conftest import START, FreshClient, make_app
from tests.factories import Factory

SignIn = Callable[[FlaskClient, Actor], None]


def test_the_author_follows_from_publishing_on(make: Factory) -> None:
    author = make.actor()
    draft = make.draft(author)
    assert not queries.is_following(author, draft)
    matter = make.matter(author)
    assert queries.is_following(author, matter)
    assert queries.list_followers(matter.id) == [author.person_id]


def test_following_twice_changes_nothing(make: Factory) -> None:
    matter, reader = make.matter(), make.actor()
    services.follow(reader, matter)
    services.follow(reader, matter)
    assert queries.list_followers(matter.id) == [matter.author_id, reader.person_id]
    services.unfollow(reader, matter)
    services.unfollow(reader, matter)
    assert not queries.is_following(reader, matter)


def test_what_one_follows_is_listed_latest_first(
    make: Factory, held: Callable[[Any], None]
) -> None:
    reader = make.actor()
    first, second = make.matter(), make.matter()
    services.follow(reader, second)
    held(START.replace(hour=10))
    services.follow(reader, first)
    assert queries.list_followed(reader) == [first.id, second.id]


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_only_people_with_a_confirmed_address_follow_what_is_public(make: Factory) -> None:
    matter, draft = make.matter(), make.draft()
    unconfirmed = make.person(confirmed=False).as_actor()
    for actor, thing in ((ANONYMOUS, matter), (unconfirmed, matter), (make.actor(), draft)):
        with pytest.raises(Forbidden):
            services.follow(actor, thing)
    hide_matter(make.actor(Role.MODERATOR), matter, DiscussionRule.SPAM)
    with pytest.raises(Forbidden):
        services.follow(make.actor(), matter)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
class TestPages:
    """The button and the link in a mail."""

    def test_a_visitor_is_led_to_sign_in(self, client: FlaskClient, make: Factory) -> None:
        matter = make.matter()
        page = client.get(f"/en/matters/{matter.id}").text
        assert f"/en/sign-in?next=/en/matters/{matter.id}" in page
        assert f"/en/matters/{matter.id}/follow" not in page
        answer = client.post(f"/en/matters/{matter.id}/follow")
        assert answer.status_code == 303
        assert "/en/sign-in" in answer.location

    def test_follow_and_stop(self, client: FlaskClient, make: Factory, sign_in: SignIn) -> None:
        matter, reader = make.matter(), make.actor()
        sign_in(client, reader)
        address = f"/en/matters/{matter.id}"
        assert f'action="{address}/follow"' in client.get(address).text
        assert client.post(f"{address}/follow").location == address
        page = client.get(address).text
        assert "You follow this matter" in page
        assert f'action="{address}/unfollow"' in page
        assert queries.is_following(reader, matter)
        client.post(f"{address}/unfollow")
        assert not queries.is_following(reader, matter)

    def test_the_link_in_a_mail_needs_a_button_and_no_sign_in(
        self, client: FlaskClient, make: Factory
    ) -> None:
        matter, reader = make.matter(), make.actor()
        services.follow(reader, matter)
        address = f"/en/unfollow/{links.unfollow_token(matter.id, reader.person_id or 0)}"
        page = client.get(address)
        assert page.status_code == 200
        assert page.headers["Cache-Control"] == "private, no-store"
        assert matter.title not in page.text
        assert queries.is_following(reader, matter), "opening the link changes nothing"
        assert "do not follow the matter any more" in client.post(address).text
        assert not queries.is_following(reader, matter)
        assert client.post(address).status_code == 200, "a second time changes nothing"

    def test_a_mail_provider_ends_the_following_with_one_click_from_anywhere(
        self, context: Flask, client: FlaskClient, make: Factory
    ) -> None:
        """No sign-in, no token against forged forms, another origin: RFC 8058 asks for it."""
        context.config["WTF_CSRF_ENABLED"] = True
        matter, reader, other = make.matter(), make.actor(), make.actor()
        services.follow(reader, matter)
        services.follow(other, matter)
        address = f"/fi/unfollow/{links.unfollow_token(matter.id, reader.person_id or 0)}"
        answer = client.post(
            address,
            data={"List-Unsubscribe": "One-Click"},
            headers={"Origin": "https://mail.example.net", "Sec-Fetch-Site": "cross-site"},
        )
        assert answer.status_code == 200, "a redirect would not be followed"
        assert "Set-Cookie" not in answer.headers
        assert not queries.is_following(reader, matter)
        assert queries.is_following(other, matter)

    def test_the_button_works_without_a_session(
        self, context: Flask, client: FlaskClient, make: Factory
    ) -> None:
        context.config["WTF_CSRF_ENABLED"] = True
        matter = make.matter()
        address = f"/en/unfollow/{links.unfollow_token(matter.id, matter.author_id or 0)}"
        page = client.get(address)
        assert "Set-Cookie" not in page.headers
        assert 'name="List-Unsubscribe" value="One-Click"' in page.text
        assert "csrf_token" not in page.text
        client.post(address, data={"List-Unsubscribe": "One-Click"})
        assert queries.list_followers(matter.id) == []

    def test_forms_that_take_posts_without_a_token_are_few_and_known(self, context: Flask) -> None:
        """The one of the demonstration asks for the origin itself; those of mails must not."""
        assert csrf._exempt_views == {
            "app.demo.routes.step_in",
            "app.feedback.routes.stop",
            "app.follows.routes.unfollow_by_mail",
        }

    def test_following_and_stopping_on_the_page_still_need_the_token(
        self, context: Flask, client: FlaskClient, make: Factory, sign_in: SignIn
    ) -> None:
        matter, reader = make.matter(), make.actor()
        sign_in(client, reader)
        context.config["WTF_CSRF_ENABLED"] = True
        assert client.post(f"/en/matters/{matter.id}/follow").status_code == 400
        assert not queries.is_following(reader, matter)

    def test_a_broken_link_says_what_to_do(self, client: FlaskClient, make: Factory) -> None:
        token = links.unfollow_token(1, 2)
        for broken in (token[:-1], token + "x", "nonsense"):
            with pytest.raises(Gone):
                links.read_token(broken)
            answer = client.get(f"/en/unfollow/{broken}")
            assert answer.status_code == 410
            assert "Sign in and stop following" in answer.text


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_providers_shared_address_loses_no_request_while_guessing_is_limited(
    app: Flask, make: Factory, tmp_path: Path
) -> None:
    matters = [make.matter() for _ in range(3)]
    readers = [make.actor() for _ in range(25)]
    for matter in matters:
        for reader in readers:
            services.follow(reader, matter)
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    limited = make_app(url, tmp_path, RATELIMIT_ENABLED=True)
    limited.test_client_class = FreshClient
    visitor = limited.test_client()
    for _ in range(60):
        assert visitor.post("/fi/unfollow/guess").status_code == 410
    assert visitor.post("/fi/unfollow/guess").status_code == 429
    for matter in matters:
        for reader in readers:
            token = links.unfollow_token(matter.id, reader.person_id or 0)
            assert visitor.post(f"/fi/unfollow/{token}").status_code == 200
    for matter in matters:
        assert queries.list_followers(matter.id) == [matter.author_id]
    token = links.unfollow_token(matters[0].id, readers[0].person_id or 0)
    statuses = [visitor.post(f"/fi/unfollow/{token}").status_code for _ in range(60)]
    assert statuses[:59] == [200] * 59
    assert statuses[59] == 429, "repeating one link for ever is no use to anybody"
    limited.wsgi_app.close()
    with limited.app_context():
        db.engine.dispose()
