"""One hidden matter with its files and one hidden comment are looked for on every page there is.

Every GET route is opened with the numbers of the hidden things, as an anonymous visitor, as another
resident and as a councillor. A route with an argument that is not known here fails the test, so
that a new kind of page cannot be forgotten.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.queries import get_person
from app.attachments import services as attachments
from app.attachments.queries import list_attachments
from app.authoring import services as authoring
from app.comments.editing import Change, delete_comment, edit_comment
from app.comments.rules import DiscussionRule
from app.comments.services import mark_useful
from app.core import http_cache
from app.core.access import Actor, Role
from app.core.language import LANGUAGES
from app.core.mail import OutboxMail
from app.extensions import db
from app.follows import services as follows
from app.moderation import services
from app.notifications.readers import read_new
from app.outcomes import services as outcomes
from app.proposals import services as proposals
from app.proposals.models import Matter
from app.responses import services as responses
from tests.attachments.test_attachments import document, photo
from tests.casework import Casework, both, promise
from tests.factories import Factory
from tests.moderation.test_moderation import SignIn, say

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
TITLE, FIRST, SECOND, SAID, ELSEWHERE, PICTURED, NAMED, INSIDE = (
    "kuukkelin",
    "tiklipesue",
    "urpiaisen",
    "peukaloinen",
    "hippiäinen",
    "tilhiparvi",
    "mustarastas",
    "punatulkku",  # within the document's file
)
PHOTO = "the file of a photo"
WORDS = (TITLE, FIRST, SECOND, SAID, ELSEWHERE, PICTURED, NAMED, INSIDE, PHOTO)
# what a page of a person or a thing of its own takes instead of the hidden one's number
ARGUMENTS: dict[str, list[Any]] = {
    "lang": ["en"],
    "code": ["fi", "sv", "en"],
    "step": [1, 2, 3],
    "key": ["street_engineering"],
    "contest_key": ["city"],
    "token": ["no-token"],
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
    attachments.attach(author, matter, photo("red"), f"Lintuja: {PICTURED}")
    attachments.attach(author, matter, document(f"/T ({INSIDE})".encode()), f"Kuva: {NAMED}")
    say(make.actor(), matter, f"Kaunis {SAID}")
    other = make.matter()
    return matter, other, say(make.actor(), other, f"Ruma {ELSEWHERE}")


def addresses(app: Flask, matter: Matter, comment_id: int) -> Iterator[str]:
    """Every address of a GET route for one matter; fails for an argument nobody explained."""
    numbers = {"matter_id": matter.id, "comment_id": comment_id}
    files = [attachment.file for attachment in list_attachments(matter)] or ["0" * 32]
    with app.test_request_context("/en/"):
        routes = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.endpoint.endswith("static"):
                continue
            filled: list[dict[str, Any]] = [{}]
            for name in rule.arguments:
                given = files if name == "name" else ARGUMENTS.get(name, [numbers.get(name)])
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
            text = response.get_data().decode(errors="replace").lower()
            is_photo = response.mimetype == "image/jpeg"
        if words := {word for word in WORDS if word in text or (is_photo and word == PHOTO)}:
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


# What others and the author have written around a matter; the last three are official words.
AROUND = {
    "nötväcka": "the title in another language",
    "gröngöling": "the text in another language",
    "närhi": "what the author added",
    "naakka": "what the author replied",
    "harakka": "what the city asked",
    "kottarainen": "the answer",
    "västäräkki": "a promise",
}


@pytest.fixture
def handled(make: Factory, context: Flask) -> tuple[Casework, Matter, Actor]:
    """An answered matter with words of all kinds around it, and somebody who follows it."""
    work, follower = Casework(make), make.actor()
    matter = work.prepared(title=f"Laulava {TITLE} metsässä", body=f"Eka {FIRST}.")
    follows.follow(follower, matter)
    authoring.translate(work.author, matter, "sv", "En sjungande nötväcka", "En gröngöling.", 1)
    authoring.add(work.author, matter, "fi", "Lisään vielä: närhi.")
    responses.ask_author(work.official, matter, both("Missä harakka on?"))
    responses.reply(work.author, matter, "Naakka on puussa.")
    promised = promise(what="Västäräkki lentää")
    work.answer(matter, sentence=both("Kottarainen saa pöntön"), promises=[promised])
    return work, matter, follower


def found_in(client: FlaskClient, paths: list[str], words: Iterable[str]) -> dict[str, set[str]]:
    """Those of the words that are on each page, in every language of the interface."""
    found: dict[str, set[str]] = {}
    for path in [path.replace("/en/", f"/{code}/", 1) for path in paths for code in LANGUAGES]:
        with client.get(path, follow_redirects=True) as response:
            assert response.status_code < 500, path
            text = response.get_data(as_text=True).lower()
        if here := {word for word in words if word in text}:
            found[path] = here
    return found


@only_sqlite
def test_nothing_that_was_written_around_a_hidden_matter_is_shown(
    client: FlaskClient, context: Flask, handled: Any, make: Factory, sign_in: SignIn
) -> None:
    work, matter, _ = handled
    paths = list(dict.fromkeys(addresses(context, matter, 1)))
    paths += [f"/en/matters/{matter.id}?text=sv", f"/en/matters/{matter.id}/versions?text=sv"]
    words = [TITLE, FIRST, *AROUND]
    before = found_in(client, paths, words)
    assert set().union(*before.values()) == set(words), "each must be seen before it is hidden"
    moderator = make.actor(Role.MODERATOR)
    services.hide_matter(moderator, matter, DiscussionRule.SPAM)
    for reader in (None, make.actor(), make.actor(Role.COUNCILLOR, body="tela")):
        if reader is not None:
            sign_in(client, reader)
        assert found_in(client, paths, words) == {}
    sign_in(client, work.author)
    shown = found_in(client, paths, words)
    assert set().union(*shown.values()) == set(words), "the author still sees it"


@only_sqlite
def test_a_typing_error_does_not_bring_a_word_of_a_hidden_title_back(
    client: FlaskClient, hidden: Any, make: Factory
) -> None:
    matter, _, _ = hidden
    wrong = "/en/matters?q=kukkelin"
    assert TITLE[:-1] in client.get(wrong).text, "suggested while it is public"
    services.hide_matter(make.actor(Role.MODERATOR), matter, DiscussionRule.SPAM)
    assert TITLE[:-1] not in client.get(wrong).text


def waiting_mails(but: str) -> str:
    """All that is going to be sent to others than one address."""
    query = db.select(OutboxMail).where(OutboxMail.recipient != but)
    return "\n".join(f"{one.subject}\n{one.body}".lower() for one in db.session.scalars(query))


def test_no_mail_that_leaves_after_hiding_has_the_words(
    context: Flask, handled: Any, make: Factory
) -> None:
    work, matter, _ = handled
    author = get_person(work.author.person_id or 0).email
    words = {TITLE, FIRST, *AROUND}

    def leaving() -> set[str]:
        return {word for word in words if word in waiting_mails(author)}

    read_new(8)  # the rest is read only after the hiding
    services.report(make.actor(), matter, None, DiscussionRule.SPAM, "Tämä on mainos.")
    assert TITLE in leaving(), "mails to a follower wait"
    services.hide_matter(make.actor(Role.MODERATOR), matter, DiscussionRule.SPAM)
    assert leaving() == set()
    while read_new():
        assert leaving() == set(), "steps from before the hiding"
    outcomes.start_implementing(work.official, matter)
    while read_new():
        assert leaving() == set(), "steps from after it"


@only_sqlite
def test_no_version_of_a_hidden_or_deleted_comment_is_shown(
    client: FlaskClient, context: Flask, make: Factory, sign_in: SignIn
) -> None:
    matter, writer, reader = make.matter(), make.actor(), make.actor()
    words = ["töyhtötiainen", "sinitiainen", "pyrstötiainen", "viitatiainen"]
    comments = [say(writer, matter, f"Vanha {word}") for word in words[::2]]
    for comment, word in zip(comments, words[1::2], strict=True):
        edit_comment(writer, matter, comment, Change("fi", f"Uusi {word}"))
        mark_useful(reader, comment)
        say(reader, matter, "Vastaus.", comment)
    paths = [path for comment in comments for path in addresses(context, matter, comment.id)]
    here = f"/en/matters/{matter.id}/comments"
    for comment in comments:
        paths += [f"{here}?reply={comment.id}", f"{here}?at={comment.id}"]
        paths += [f"{here}/{comment.id}/versions?version={number}" for number in (1, 2)]
    paths += [f"{here}?sort={sort}" for sort in ("useful", "debated", "official")]
    paths = list(dict.fromkeys(paths))
    before = found_in(client, paths, words)
    assert set().union(*before.values()) == set(words), "each must be seen before it is gone"
    services.hide_comment(make.actor(Role.MODERATOR), comments[0], DiscussionRule.INSULT)
    delete_comment(writer, matter, comments[1])
    for who in (None, reader, make.actor(Role.COUNCILLOR, body="tela")):
        if who is not None:
            sign_in(client, who)
        assert found_in(client, paths, words) == {}
    sign_in(client, writer)
    own = found_in(client, paths, words)
    assert set().union(*own.values()) == set(words[:2]), "its author reads what was hidden"
