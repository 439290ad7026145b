"""One hidden matter and one hidden comment are looked for on every page that can be opened.

Every GET route is opened with the numbers of the hidden things, as an anonymous visitor, as another
resident and as a councillor. A route with an argument that is not known here fails the test, so
that a new kind of page cannot be forgotten.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.comments.rules import DiscussionRule
from app.core import http_cache
from app.core.access import Actor, Role
from app.extensions import db
from app.moderation import services
from app.proposals import services as proposals
from app.proposals.models import Matter
from tests.factories import Factory
from tests.moderation.test_moderation import SignIn, say

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
TITLE, FIRST, SECOND, SAID, ELSEWHERE = (
    "kuukkelin",
    "tiklipesue",
    "urpiaisen",
    "peukaloinen",
    "hippiäinen",
)
WORDS = (TITLE, FIRST, SECOND, SAID, ELSEWHERE)
# what a page of a person or a thing of its own takes instead of the hidden one's number
ARGUMENTS: dict[str, list[Any]] = {
    "lang": ["en"],
    "code": ["fi", "sv", "en"],
    "step": [1, 2, 3],
    "key": ["street_engineering"],
    "contest_key": ["city"],
    "token": ["no-token"],
    "name": ["0" * 32],
    "seq": [1, 2, 3, 4],
}


@pytest.fixture
def hidden(make: Factory, context: Flask) -> tuple[Matter, Matter, Any]:
    """A matter with words in every version and comment, another one, and a comment on that."""
    author = make.actor()
    matter = make.matter(
        author, title=f"Laulava {TITLE} metsässä", body=f"Eka {FIRST}.", lat=60.17, lon=24.74
    )
    proposals.edit_proposal(author, matter, matter.title, f"Toinen {SECOND}.")
    say(make.actor(), matter, f"Kaunis {SAID}")
    other = make.matter()
    return matter, other, say(make.actor(), other, f"Ruma {ELSEWHERE}")


def addresses(app: Flask, matter: Matter, comment_id: int) -> Iterator[str]:
    """Every address of a GET route for one matter; fails for an argument nobody explained."""
    numbers = {"matter_id": matter.id, "comment_id": comment_id}
    with app.test_request_context("/en/"):
        routes = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.endpoint.endswith("static"):
                continue
            filled: list[dict[str, Any]] = [{}]
            for name in rule.arguments:
                given = ARGUMENTS.get(name, [numbers.get(name)])
                if given == [None] and name.endswith("_id"):
                    given = [1]  # a thing of another kind: the first one
                assert given != [None], f"tell the canary how to fill <{name}> of {rule.rule}"
                filled = [values | {name: one} for values in filled for one in given]
            yield from (routes.build(rule.endpoint, values) for values in filled)


def seen(client: FlaskClient, paths: list[str]) -> dict[str, set[str]]:
    """The words of the hidden things by the address on which they are."""
    found: dict[str, set[str]] = {}
    for path in paths:
        with client.get(path) as response:
            assert response.status_code < 500, path
            text = response.get_data(as_text=True).lower()
        if words := {word for word in WORDS if word in text}:
            found[path] = words
    return found


@only_sqlite
def test_what_is_hidden_is_nowhere(
    client: FlaskClient, context: Flask, hidden: Any, make: Factory, sign_in: SignIn
) -> None:
    matter, other, comment = hidden
    paths = [*addresses(context, matter, comment.id), *addresses(context, other, comment.id)]
    searched = [f"/en/matters?q={word}" for word in (TITLE, SECOND)]
    searched += [f"/en/matters/{matter.id}/versions?version={number}" for number in (1, 2)]
    searched += [f"/en/matters/{m.id}/comments?sort=useful" for m in (matter, other)]
    before = seen(client, [*paths, *searched])
    assert set().union(*before.values()) == set(WORDS), "each must be seen before it is hidden"
    moderator = make.actor(Role.MODERATOR)
    services.hide_matter(moderator, matter, DiscussionRule.SPAM)
    services.hide_comment(moderator, comment, DiscussionRule.INSULT)
    readers: list[Actor | None] = [
        None,
        None,
        make.actor(),
        make.actor(Role.COUNCILLOR, body="tela"),
    ]
    for number, reader in enumerate(readers):
        if number == 1:
            assert isinstance(context.wsgi_app, http_cache.PageCache)
            context.wsgi_app.entries.clear()
        if reader is not None:
            sign_in(client, reader)
        leaks = seen(client, [*paths, *searched])
        # the search box repeats what the reader typed, in this address alone
        typed = {f"/en/matters?q={word}": {word} for word in (TITLE, SECOND)}
        assert {path: words for path, words in leaks.items() if words != typed.get(path)} == {}
    db.session.rollback()
    sign_in(client, moderator)
    assert TITLE in seen(client, [f"/en/matters/{matter.id}"])[f"/en/matters/{matter.id}"]
