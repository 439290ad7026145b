"""Whatever somebody writes in a discussion, twice or in two windows, is kept and shown safely."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.comments import editing, queries, services
from app.comments.editing import Change
from app.comments.models import Comment, Stance
from app.comments.rules import DiscussionRule
from app.core.access import Actor, Role
from app.core.errors import Invalid
from app.extensions import db
from app.moderation import services as moderation
from app.proposals.holding import HeldText
from app.proposals.models import Matter
from tests.conftest import START
from tests.factories import Factory
from tests.pages import page, send
from tests.parallel import in_parallel

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
SignIn = Callable[[FlaskClient, Actor], None]
LINKS = "Katso https://a.example https://b.example https://c.example"
KEY = "0123456789abcdef" * 2


@pytest.fixture
def writer(make: Factory) -> Actor:
    """Somebody who has been here for long and may write a lot."""
    return make.person(created_at=START - timedelta(days=9), name="Lenkkeilijä").as_actor()


def say(actor: Actor, matter: Matter, text: str, **rest: Any) -> Comment:
    values = {"stance": Stance.FOR, "language": "fi"} | rest
    return services.add_comment(actor, matter, text=text, **values)


class Seen(HTMLParser):
    """The tags of some HTML with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


# ---------- what is written ----------

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "</p></li></ul><script>alert(1)</script>",
    '"><button formaction="javascript:alert(1)">',
    "javascript:alert(1)",
    "[a](javascript:alert(1)) <javascript:alert(1)>",
    "https://example.org/\" onmouseover='alert(1)'",
    "{{ 7 * 7 }} {% raw %} %(x)s %s",
    "&lt;b&gt; &#106;avascript:",
)


@only_sqlite
@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_looks_like_html_is_shown_as_it_was_written(
    client: FlaskClient, make: Factory, writer: Actor, sign_in: SignIn, payload: str
) -> None:
    name = make.person(name=f"Nimi {payload}"[:60])
    matter = make.matter()
    comment = say(name.as_actor(), matter, f"Eka {payload}")
    editing.edit_comment(name.as_actor(), matter, comment, Change("fi", payload))
    services.mark_useful(writer, comment)
    sign_in(client, writer)
    here = f"/en/matters/{matter.id}"
    paths = [
        here,
        f"{here}/comments?reply={comment.id}",
        f"{here}/comments/{comment.id}/thread",
        f"{here}/comments/{comment.id}/versions",
    ]
    for path in paths:
        text = client.get(path).text
        assert payload.split()[0] in html.unescape(re.sub(r"</?(ins|del|br)>", "", text)), path
        seen = Seen(text)
        scripts = [a for tag, a in seen.tags if tag == "script"]
        assert all((a.get("src") or "").startswith("/static/") for a in scripts)
        attributes = [(k, v or "") for _, a in seen.tags for k, v in a.items()]
        assert not [k for k, _ in attributes if k.startswith("on") or k == "formaction"]
        links = [v for k, v in attributes if k in ("href", "src", "action")]
        assert not [v for v in links if v.startswith(("javascript:", "https://example.org"))]


@only_sqlite
def test_long_words_and_every_direction_of_writing_are_kept_apart(
    client: FlaskClient, make: Factory, writer: Actor, sign_in: SignIn
) -> None:
    matter = make.matter()
    with pytest.raises(Invalid, match="too_long"):
        say(writer, matter, "ö" * 10_000)
    texts = {
        "ö" * 2000: "ö" * 2000,
        "שלום עולם": "שלום עולם",
        "ab\u202ecd\u2066ef\u200b\ufeffgh": "abcdefgh",
        "می\u200cخواهم": "می\u200cخواهم",
        "👩\u200d🚒 tuli": "👩\u200d🚒 tuli",
    }
    for given, kept in texts.items():
        comment = say(writer, matter, given, language="sv")
        assert comment.text == kept
        seen = page(client, f"/matters/{matter.id}/comments")
        assert f'<p lang="sv" dir="auto">{kept}</p>' in seen
    for nothing in ("\u202e\u200b", "\u3164", "\u0301"):
        with pytest.raises(Invalid, match="empty"):
            say(writer, matter, nothing)
    sign_in(client, writer)
    form = {"text": "ö" * 10_000, "stance": "for", "language": "fi"}
    answer = client.post(f"/en/matters/{matter.id}/comments", data=form)
    assert (answer.status_code, "ö" * 10_000 in answer.text) == (422, True)


# ---------- sent twice ----------


@only_sqlite
def test_each_opened_form_has_a_key_of_its_own(
    client: FlaskClient, make: Factory, writer: Actor, sign_in: SignIn
) -> None:
    matter = make.matter()
    sign_in(client, writer)
    keys = set()
    for path in (f"/matters/{matter.id}", f"/matters/{matter.id}/comments"):
        field = r'name="form_key" type="hidden" value="([0-9a-f]{32})"'
        keys |= set(re.findall(field, page(client, path)))
    assert len(keys) == 2


@only_sqlite
def test_a_form_that_is_sent_again_makes_one_comment(
    client: FlaskClient, make: Factory, writer: Actor, sign_in: SignIn
) -> None:
    matter = make.matter()
    sign_in(client, writer)
    here = f"/matters/{matter.id}/comments"
    form = {"text": "Hyvä ajatus.", "stance": "for", "language": "fi", "form_key": KEY}
    first = send(client, here, **form)
    again = send(client, here, **form)
    assert again.location == first.location
    assert db.session.get_one(Matter, matter.id).comments == 1
    send(client, here, **form | {"form_key": "no key"})
    send(client, here, **form | {"form_key": "f" * 32})
    assert db.session.get_one(Matter, matter.id).comments == 3
    sign_in(client, make.actor())
    send(client, here, **form)
    assert db.session.get_one(Matter, matter.id).comments == 4, "somebody else's form"


def test_a_form_that_is_sent_at_the_same_time_makes_one_comment(
    context: Flask, make: Factory
) -> None:
    newcomer, number = make.actor(), make.matter().id
    text = "Reitti on pimeä koko talven, ja siellä kulkee paljon koululaisia."
    words = services.Words(Stance.FOR, "fi", text, None, KEY)
    db.session.rollback()

    def act() -> None:
        matter = db.session.get_one(Matter, number)
        assert services.submit_comment(newcomer, matter, words) is not None

    assert in_parallel(context, [act] * 4) == ["done"] * 4
    assert len(db.session.scalars(select(Comment)).all()) == 1
    assert db.session.get_one(Matter, number).comments == 1


def test_a_text_that_waits_already_waits_once(context: Flask, make: Factory) -> None:
    newcomer, number = make.actor(), make.matter().id
    db.session.rollback()

    def act() -> None:
        matter = db.session.get_one(Matter, number)
        words = services.Words(Stance.FOR, "fi", LINKS)
        assert services.submit_comment(newcomer, matter, words) is None

    assert in_parallel(context, [act] * 3) == ["done"] * 3
    assert len(db.session.scalars(select(HeldText)).all()) == 1


# ---------- changing on the pages ----------


@only_sqlite
def test_an_author_changes_a_comment_and_everybody_sees_how(
    client: FlaskClient, make: Factory, writer: Actor, sign_in: SignIn
) -> None:
    matter = make.matter()
    comment = say(writer, matter, "Reitti on pimea.\nValot auttaisivat.")
    here = f"/matters/{matter.id}/comments/{comment.id}"
    assert "edited" not in page(client, f"/matters/{matter.id}/comments")
    sign_in(client, writer)
    assert f'href="/en{here}/edit"' in page(client, f"/matters/{matter.id}")
    form = page(client, f"{here}/edit")
    assert "Reitti on pimea." in form
    assert 'name="began" value="1"' in form
    mended = {"text": "Reitti on pimeä.\nValot auttaisivat.", "language": "fi", "began": "1"}
    answer = send(client, f"{here}/edit", **mended)
    assert answer.location == f"/en{here}"
    assert "The new version is public." in page(client, f"/matters/{matter.id}/comments")
    client.delete_cookie("kuuluu")
    for path in (f"/matters/{matter.id}", f"/matters/{matter.id}/comments"):
        assert f'href="/en{here}/versions">edited' in page(client, path)
    versions = page(client, f"{here}/versions")
    assert "<del>pimea.</del><ins>pimeä.</ins>" in versions
    first = page(client, f"{here}/versions?version=1")
    assert "This is the first version." in first
    assert "pimea." in first
    for bad in ("0", "3", "9" * 30):
        page(client, f"{here}/versions?version={bad}", 404)
    assert "Version 2" in page(client, f"{here}/versions?version=x")


@only_sqlite
def test_the_second_editor_keeps_the_text_and_sees_the_other_one(
    client: FlaskClient, make: Factory, writer: Actor, sign_in: SignIn
) -> None:
    matter = make.matter()
    comment = say(writer, matter, "Reitti on pimeä.")
    here = f"/matters/{matter.id}/comments/{comment.id}/edit"
    sign_in(client, writer)
    send(client, here, text="Reitti on hyvin pimeä.", language="fi", began="1")
    answer = send(client, here, 409, text="Reitti on liukas.", language="sv", began="1")
    told = html.unescape(answer.text)
    assert "This was changed somewhere else while you were writing." in told
    assert "<del>hyvin pimeä.</del><ins>liukas.</ins>" in told
    assert ">\nReitti on liukas.</textarea>" in told.replace("\r", "")
    assert '<option selected value="sv">' in told
    assert 'name="began" value="2"' in told
    send(client, here, text="Reitti on liukas.", language="sv", began="2")
    assert comment.text == "Reitti on liukas."


@only_sqlite
@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"text": "", "language": "fi"}, 422),
        ({"text": "ä" * 2001, "language": "fi"}, 422),
        ({"text": "Toinen.", "language": "de"}, 422),
        ({"text": "Toinen."}, 422),
        ({}, 422),
        ({"text": "Toinen.", "language": "fi", "began": "x" * 500}, 409),
    ],
)
def test_a_bad_change_comes_back(
    client: FlaskClient, make: Factory, writer: Actor, sign_in: SignIn, form: Any, status: int
) -> None:
    matter = make.matter()
    comment = say(writer, matter, "Reitti on pimeä.")
    sign_in(client, writer)
    answer = send(client, f"/matters/{matter.id}/comments/{comment.id}/edit", status, **form)
    assert 'class="error-summary"' in answer.text
    assert form.get("text", "") in answer.text
    assert comment.version == 1


@only_sqlite
def test_a_change_of_a_new_account_waits_and_its_author_sees_it(
    client: FlaskClient, make: Factory, sign_in: SignIn
) -> None:
    matter, newcomer = make.matter(), make.actor()
    comment = say(newcomer, matter, "Katso sivua.")
    here = f"/matters/{matter.id}/comments/{comment.id}"
    sign_in(client, newcomer)
    send(client, f"{here}/edit", text=LINKS, language="fi", began="1")
    told = page(client, f"/matters/{matter.id}/comments")
    assert "A moderator looks at your change first." in told
    assert LINKS not in told
    form = page(client, f"{here}/edit")
    assert "Your change waits for a look by a moderator." in form
    assert LINKS in form
    client.delete_cookie("kuuluu")
    assert LINKS not in page(client, f"{here}/thread")
    sign_in(client, make.actor(Role.MODERATOR))
    assert LINKS in page(client, "/moderation/held")


@only_sqlite
def test_others_open_no_form_of_a_comment(
    client: FlaskClient, make: Factory, writer: Actor, sign_in: SignIn
) -> None:
    matter, moderator = make.matter(), make.actor(Role.MODERATOR)
    comment = say(writer, matter, "kanarialintu")
    here = f"/matters/{matter.id}/comments/{comment.id}"
    for part in ("edit", "delete"):
        assert "/sign-in" in client.get(f"/en{here}/{part}").location
        assert "/sign-in" in client.post(f"/en{here}/{part}").location
    for actor in (make.actor(), moderator):
        sign_in(client, actor)
        for part in ("edit", "delete"):
            assert "kanarialintu" not in page(client, f"{here}/{part}", 403)
            send(client, f"{here}/{part}", 403, text="Toinen.", language="fi")
    moderation.hide_comment(moderator, comment, DiscussionRule.SPAM)
    sign_in(client, writer)
    for part in ("edit", "delete"):
        assert "You can appeal" in page(client, f"{here}/{part}", 409)
        send(client, f"{here}/{part}", 409, text="Toinen.", language="fi")
    for number in ("0", "99", "9" * 30):
        page(client, f"/matters/{matter.id}/comments/{number}/edit", 404)
        page(client, f"/matters/{matter.id}/comments/{number}/delete", 404)
    assert (comment.version, comment.deleted_at) == (1, None)


@only_sqlite
def test_an_author_deletes_a_comment_after_being_asked(
    client: FlaskClient, make: Factory, writer: Actor, sign_in: SignIn
) -> None:
    matter = make.matter()
    comment = say(writer, matter, "kanarialintu")
    say(make.actor(), matter, "vastaus", parent=comment)
    here = f"/matters/{matter.id}/comments/{comment.id}"
    sign_in(client, writer)
    assert "kanarialintu" in page(client, f"{here}/delete")
    assert comment.deleted_at is None
    for _ in range(2):
        answer = send(client, f"{here}/delete")
        assert answer.location == f"/en/matters/{matter.id}/comments"
    for path in (f"/matters/{matter.id}", f"/matters/{matter.id}/comments"):
        seen = page(client, path)
        assert "The author deleted this comment." in seen
        assert "1 comment: " in seen
        assert "vastaus" in seen
        assert "kanarialintu" not in seen
        assert f"reply={comment.id}" not in seen


# ---------- answers to what has gone meanwhile ----------


@only_sqlite
def test_an_answer_to_what_has_gone_meanwhile_is_not_lost_nor_put_elsewhere(
    client: FlaskClient, make: Factory, writer: Actor, sign_in: SignIn
) -> None:
    matter = make.matter()
    hidden, deleted = say(writer, matter, "kanarialintu"), say(writer, matter, "kuukkeli")
    services.set_hidden(hidden, DiscussionRule.SPAM)
    editing.delete_comment(writer, matter, deleted)
    sign_in(client, make.actor())
    here = f"/matters/{matter.id}/comments"
    for comment, why in ((hidden, "has been hidden"), (deleted, "its author has deleted")):
        form = {"text": "Vastaukseni.", "language": "fi", "parent": str(comment.id)}
        told = html.unescape(send(client, here, 422, **form).text)
        assert f"You cannot reply to a comment that {why}." in told
        assert "Vastaukseni." in told
        assert "kanarialintu" not in told
        assert 'name="parent" type="hidden" value=""' in told
        assert 'name="stance"' in told
    assert matter.comments == 0
    for bad in ("x", "99", "9" * 50, "-1"):
        send(client, here, 404, text="Hei.", language="fi", parent=bad)


# ---------- coming back after marking ----------


@only_sqlite
def test_after_marking_one_is_where_one_was(
    client: FlaskClient, make: Factory, writer: Actor, sign_in: SignIn
) -> None:
    matter, reader = make.matter(), make.actor()
    comment = say(writer, matter, "Reitti on pimeä.")
    sign_in(client, reader)
    here = f"/en/matters/{matter.id}"
    assert 'name="back" value="/en/matters/' in client.get(f"{here}/comments?sort=useful").text
    useful = f"/matters/{matter.id}/comments/useful"
    for back in (f"{here}/comments?sort=useful", here):
        answer = send(client, useful, mark=comment.id, back=back)
        assert answer.location == f"{back}#comment-{comment.id}"
    for bad in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", ""):
        answer = send(client, useful, mark=comment.id, back=bad)
        assert answer.location == f"{here}/comments/{comment.id}"
    assert queries.list_comments(matter.id)[0].useful == 1
