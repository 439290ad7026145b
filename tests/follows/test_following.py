"""Following: authors from publishing on, others by choice; stopped on the page or from a mail."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.comments.rules import DiscussionRule
from app.core.access import ANONYMOUS, Actor, Role
from app.core.errors import Forbidden, Gone
from app.follows import links, queries, services
from app.moderation.services import hide_matter
from tests.conftest import START
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

    def test_a_broken_link_says_what_to_do(self, client: FlaskClient, make: Factory) -> None:
        token = links.unfollow_token(1, 2)
        for broken in (token[:-1], token + "x", "nonsense"):
            with pytest.raises(Gone):
                links.read_token(broken)
            answer = client.get(f"/en/unfollow/{broken}")
            assert answer.status_code == 410
            assert "Sign in and stop following" in answer.text
