"""What people see and can do in a discussion, without JavaScript."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from app.comments import queries, services
from app.comments.models import Comment, Stance
from app.comments.panels import load_discussion
from app.comments.rules import DiscussionRule
from app.core.access import ANONYMOUS, Actor, Role
from app.core.paging import encode
from app.extensions import db
from app.proposals.models import Matter
from tests.conftest import START
from tests.factories import Factory

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
SignIn = Callable[[FlaskClient, Actor], None]


def say(actor: Actor, matter: Matter, text: str, parent: Comment | None = None) -> Comment:
    return services.add_comment(
        actor, matter, stance=Stance.FOR, language="fi", text=text, parent=parent
    )


@pytest.fixture
def writer(make: Factory) -> Actor:
    """Somebody who has been here for long and may write a lot."""
    return make.person(created_at=START - timedelta(days=9), name="Lenkkeilijä").as_actor()


def test_the_page_of_a_matter_shows_the_newest_threads(
    client: FlaskClient, make: Factory, writer: Actor
) -> None:
    matter = make.matter()
    assert "No comments yet" in client.get(f"/en/matters/{matter.id}").text
    comment = say(writer, matter, "Reitti on <b>pimeä</b>.\nValot auttaisivat.")
    say(make.actor(Role.OFFICIAL, unit="sports"), matter, "Kiitos tiedosta.", comment)
    page = client.get(f"/en/matters/{matter.id}").text
    assert "2 comments: 2 for, 0 against, 0 other" in page
    assert f'id="comment-{comment.id}"' in page
    assert "Reitti on &lt;b&gt;pimeä&lt;/b&gt;.<br>Valot" in page
    assert "Lenkkeilijä" in page
    assert f"/en/sign-in?next=/en/matters/{matter.id}/comments" in page
    assert "csrf_token" not in page
    assert "Set-Cookie" not in client.get(f"/en/matters/{matter.id}").headers


def test_a_new_comment_is_on_the_cached_page_at_once(
    client: FlaskClient, make: Factory, writer: Actor
) -> None:
    matter = make.matter()
    address = f"/en/matters/{matter.id}"
    for number in range(3):
        client.get(address)
        say(writer, matter, f"ajatus {number}")
        assert f"ajatus {number}" in client.get(address).text


def test_write_a_comment_and_come_to_it(
    client: FlaskClient, make: Factory, writer: Actor, sign_in: SignIn
) -> None:
    matter = make.matter()
    sign_in(client, writer)
    form = {"text": "Hyvä ajatus.", "stance": "for", "language": "sv", "parent": ""}
    answer = client.post(f"/en/matters/{matter.id}/comments", data=form)
    assert answer.status_code == 303
    (said,) = queries.list_comments(matter.id)
    assert (said.words, said.stance, said.language) == ("Hyvä ajatus.", Stance.FOR, "sv")
    place = client.get(answer.location)
    assert place.location.endswith(f"#comment-{said.id}")
    page = client.get(place.location).text
    assert f'id="comment-{said.id}"' in page
    assert "Your comment is public." in page


def test_reply_without_javascript(
    client: FlaskClient, make: Factory, writer: Actor, sign_in: SignIn
) -> None:
    matter = make.matter()
    comment = say(writer, matter, "Reitti on pimeä.")
    sign_in(client, make.actor())
    address = f"/en/matters/{matter.id}/comments"
    page = client.get(f"{address}?reply={comment.id}").text
    assert 'id="write"' in page
    assert page.count("Reitti on pimeä.") == 2
    assert f'name="parent" type="hidden" value="{comment.id}"' in page
    assert 'name="stance"' not in page
    answer = client.post(
        address, data={"text": "Niin on.", "language": "fi", "parent": str(comment.id)}
    )
    assert answer.status_code == 303
    (thread,) = queries.list_comments(matter.id)
    (reply,) = thread.replies
    assert (reply.words, reply.stance) == ("Niin on.", Stance.NEUTRAL)


@pytest.mark.parametrize("text", ["", "   ", "ä" * 2001])
def test_a_bad_comment_comes_back_with_what_was_typed(
    client: FlaskClient, make: Factory, writer: Actor, sign_in: SignIn, text: str
) -> None:
    matter = make.matter()
    comment = say(writer, matter, "Reitti on pimeä.")
    sign_in(client, writer)
    address = f"/en/matters/{matter.id}/comments"
    for parent in ("", str(comment.id)):
        form = {"text": text, "stance": "against", "language": "sv", "parent": parent}
        answer = client.post(address, data=form)
        assert answer.status_code == 422
        assert 'class="error-summary"' in answer.text
        assert text.strip() in answer.text
        assert '<option selected value="sv">' in answer.text
    assert len(queries.list_comments(matter.id)) == 1


def test_the_text_is_not_lost_in_slow_mode(
    client: FlaskClient, make: Factory, sign_in: SignIn
) -> None:
    matter, newcomer = make.matter(), make.actor()
    for _ in range(5):
        say(newcomer, matter, "Vielä yksi ajatus.")
    sign_in(client, newcomer)
    form = {"text": "Kuudes ajatukseni.", "stance": "for", "language": "fi"}
    answer = client.post(f"/en/matters/{matter.id}/comments", data=form)
    assert answer.status_code == 429
    assert "5 comments an hour" in answer.text
    assert "Kuudes ajatukseni." in answer.text


def test_mark_as_useful_and_take_it_back(
    client: FlaskClient, make: Factory, writer: Actor, sign_in: SignIn
) -> None:
    matter, reader = make.matter(), make.actor()
    comment = say(writer, matter, "Reitti on pimeä.")
    sign_in(client, reader)
    useful = f"/en/matters/{matter.id}/comments/useful"
    page = client.get(f"/en/matters/{matter.id}").text
    assert f'name="mark" value="{comment.id}" aria-pressed="false"' in page
    answer = client.post(useful, data={"mark": comment.id})
    assert answer.location == f"/en/matters/{matter.id}/comments/{comment.id}"
    page = client.get(f"/en/matters/{matter.id}").text
    assert f'name="unmark" value="{comment.id}" aria-pressed="true"' in page
    assert "Useful (1)" in page
    client.post(useful, data={"unmark": comment.id})
    assert "Useful (0)" in client.get(f"/en/matters/{matter.id}").text
    for bad in ({}, {"mark": "x"}, {"mark": "9" * 5000}, {"mark": "99"}):
        assert client.post(useful, data=bad).status_code == 404


def test_a_hidden_comment_says_so_and_its_replies_stay(
    client: FlaskClient, make: Factory, writer: Actor
) -> None:
    matter = make.matter()
    comment = say(writer, matter, "kanarialintu")
    say(writer, matter, "vastaus", comment)
    services.set_hidden(comment, DiscussionRule.INSULT)
    for address in (f"/en/matters/{matter.id}", f"/en/matters/{matter.id}/comments"):
        page = client.get(address).text
        assert "A comment was hidden. The rule: Insult" in page
        assert "kanarialintu" not in page
        assert "vastaus" in page
    answered = client.get(f"/en/matters/{matter.id}/comments?reply={comment.id}")
    assert answered.status_code == 200
    assert "kanarialintu" not in answered.text


def test_a_matter_that_was_withdrawn_takes_no_comments(
    client: FlaskClient, make: Factory, writer: Actor, sign_in: SignIn
) -> None:
    from app.proposals.services import withdraw_proposal

    author = make.actor()
    matter = make.matter(author)
    say(writer, matter, "Reitti on pimeä.")
    withdraw_proposal(author, matter, "Hoidettiin jo.")
    sign_in(client, writer)
    page = client.get(f"/en/matters/{matter.id}").text
    assert "cannot be commented on any more" in page
    assert 'name="text"' not in page
    form = {"text": "Hei.", "stance": "for", "language": "fi"}
    assert client.post(f"/en/matters/{matter.id}/comments", data=form).status_code == 403


def test_nothing_of_a_draft_or_a_hidden_matter_is_discussed(
    client: FlaskClient, make: Factory
) -> None:
    draft = make.draft()
    for path in ("comments", "comments/1", "comments?reply=1"):
        assert client.get(f"/en/matters/{draft.id}/{path}").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "sort=x",
        "cursor=x",
        "cursor=" + encode("n", ["x"]),
        "cursor=" + encode("n", [10**30]),
        "cursor=" + encode("n", [1, 2]),
        "reply=99",
        "reply=x",
        "reply=" + "9" * 40,
    ],
)
def test_a_broken_address_is_not_found(client: FlaskClient, make: Factory, query: str) -> None:
    matter = make.matter()
    assert client.get(f"/en/matters/{matter.id}/comments?{query}").status_code == 404
    assert client.get(f"/en/matters/{matter.id}/comments/{10**20}").status_code == 404


def test_all_comments_are_reached_page_by_page(
    client: FlaskClient, make: Factory, writer: Actor
) -> None:
    matter = make.matter()
    ids = {say(writer, matter, f"ajatus {n}").id for n in range(queries.THREADS + 5)}
    for sort in queries.ORDERS:
        address: str | None = f"/en/matters/{matter.id}/comments?sort={sort}"
        seen: list[int] = []
        while address:
            page = client.get(address).text
            seen += [int(n) for n in re.findall(r'id="comment-(\d+)"', page)]
            link = re.search(r'href="([^"]+)" rel="next"', page)
            address = link[1].replace("&amp;", "&") if link else None
        assert sorted(seen) == sorted(ids)


def count_queries(act: Callable[[], Any]) -> int:
    """How many statements an act sends."""
    statements: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len([s for s in statements if not s.startswith("BEGIN")])


def test_the_panel_makes_three_queries_whatever_the_number_of_comments(
    context: Flask, make: Factory, writer: Actor
) -> None:
    matter, reader = make.matter(), make.actor()
    for number in range(30):
        comment = say(writer, matter, f"ajatus {number}")
        say(make.actor(Role.OFFICIAL, unit="sports"), matter, "vastaus", comment)
    assert matter.id
    with context.test_request_context("/en/"):
        for actor in (ANONYMOUS, reader):
            assert count_queries(lambda who=actor: load_discussion([matter], who)) == 3
