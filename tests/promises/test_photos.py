"""Photos that show a promise kept: sent, shown, hidden with their matter, taken away."""

import html
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.datastructures import FileStorage

from app.comments.rules import DiscussionRule
from app.core import files as kept_files
from app.core import pictures
from app.core.access import Actor, Role
from app.core.errors import Forbidden, Invalid, WrongState
from app.extensions import db
from app.journal import Kind, text_digest
from app.journal.chain import canonical
from app.journal.queries import as_entry, list_entries
from app.journal.replay import differences
from app.moderation import services as moderation
from app.promises import services
from app.promises.models import EvidenceKind, Promise, PromiseEvidence, PromiseState
from app.promises.queries import list_promises
from app.promises.services import Photo
from app.proposals.models import Matter
from tests.casework import OTHER_UNIT, Casework, both, promise
from tests.factories import Factory
from tests.pages import multipart, page

SignIn = Callable[[FlaskClient, Actor], None]
only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
ALT = {"fi": "Valot reitillä", "sv": "Ljus vid stigen"}


def jpeg(colour: str = "green", width: int = 60, height: int = 40) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(written, "JPEG")
    return written.getvalue()


def photo(**alt: str) -> Photo:
    return Photo(pictures.accept(jpeg()), ALT | alt)


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


@pytest.fixture
def files(context: Flask) -> Callable[[], list[str]]:
    """The names of the pictures that lie in the instance."""
    folder = Path(context.config["INSTANCE"]) / "pictures"
    return lambda: sorted(p.name for p in folder.iterdir()) if folder.exists() else []


def promised(work: Casework) -> tuple[Matter, Promise]:
    matter = work.answered(promises=[promise()])
    return matter, list_promises([matter.id])[matter.id][0]


def kept(work: Casework) -> tuple[Matter, PromiseEvidence]:
    matter, item = promised(work)
    services.keep_promise(work.official, item, both("Valot palavat"), [photo()])
    return matter, item.evidence[0]


def send(client: FlaskClient, item: Promise, key: str = "keep", **fields: Any) -> Any:
    """Send the form of an act as a browser does that sends files."""
    named = {f"{key}-{item.id}-{name}": value for name, value in fields.items()}
    return client.post(f"/en/queue/promises/{item.id}/{key}", **multipart(named))


def as_file(data: bytes) -> FileStorage:
    return FileStorage(io.BytesIO(data), "kuva.jpg", content_type="image/jpeg")


FIELDS = {"evidence_fi": "Palavat", "evidence_sv": "Lyser"}
ALT_FIELDS = {"alt_fi": ALT["fi"], "alt_sv": ALT["sv"]}


# ---------- the commands ----------


def test_a_promise_is_kept_with_a_photo_that_the_journal_vouches_for(
    work: Casework, files: Callable[[], list[str]]
) -> None:
    matter, piece = kept(work)
    assert (piece.kind, piece.url, piece.width, piece.height) == (EvidenceKind.PHOTO, None, 60, 40)
    assert piece.alt == ALT
    assert files() == [f"{piece.picture}.jpg"]
    stored = kept_files.read(kept_files.PICTURES, piece.picture or "")
    assert stored is not None
    file_digest = pictures.Picture(stored, 60, 40).digest
    told = canonical({"file": file_digest, "alt": ALT})
    assert piece.digest == text_digest(told, piece.salt or "")
    entry = as_entry(list_entries("matter", matter.id)[-1])
    assert (entry.kind, entry.facts["pieces"]) == (Kind.PROMISE_KEPT, [piece.digest])
    assert not list(differences())


@pytest.mark.parametrize("alt", [{"sv": ""}, {"fi": "  "}])
def test_what_a_photo_shows_is_told_in_every_official_language(
    work: Casework, files: Callable[[], list[str]], alt: dict[str, str]
) -> None:
    _, item = promised(work)
    with pytest.raises(Invalid, match="no_alt"):
        services.keep_promise(work.official, item, both("Valot"), [photo(**alt)])
    assert item.state == PromiseState.OPEN
    assert files() == []


@pytest.mark.parametrize("who", ["official", "registry", "moderator"])
def test_a_photo_is_taken_away_for_good(
    work: Casework, files: Callable[[], list[str]], who: str
) -> None:
    matter, piece = kept(work)
    digest = piece.digest
    actor = work.make.actor(Role.MODERATOR) if who == "moderator" else getattr(work, who)
    services.remove_photo(actor, piece)
    assert files() == []
    assert (piece.picture, piece.alt, piece.width, piece.height) == (None, None, None, None)
    assert (piece.salt, piece.digest) == (None, digest)
    entry = as_entry(list_entries("matter", matter.id)[-1])
    assert (entry.kind, entry.role) == (Kind.EVIDENCE_REMOVED, who)
    assert entry.facts == {"promise": piece.promise_id, "piece": digest}
    assert entry.unit == (work.official.grants[0].unit if who == "official" else None)
    assert db.session.get_one(Promise, piece.promise_id).state == PromiseState.KEPT
    assert not list(differences())
    with pytest.raises(WrongState, match="no_picture"):
        services.remove_photo(actor, piece)


def test_who_may_not_take_a_photo_away(work: Casework, files: Callable[[], list[str]]) -> None:
    author = work.make.actor(Role.MODERATOR)
    matter = work.prepared(author)
    work.answer(matter, promises=[promise()])
    (item,) = list_promises([matter.id])[matter.id]
    services.keep_promise(work.official, item, both("Valot"), [photo()])
    other = work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT)
    for stranger in (work.author, author, other, Actor()):
        with pytest.raises(Forbidden, match="not_photo_remover"):
            services.remove_photo(stranger, item.evidence[0])
    assert len(files()) == 1


def test_an_address_is_no_picture_to_take_away(work: Casework) -> None:
    _, item = promised(work)
    link = services.Shown(EvidenceKind.LINK, "https://www.example.org/valot")
    services.keep_promise(work.official, item, both("Valot"), [link])
    with pytest.raises(WrongState, match="no_picture"):
        services.remove_photo(work.official, item.evidence[0])
    assert item.evidence[0].url == link.url


def test_a_refused_act_leaves_no_row_behind(work: Casework) -> None:
    _, item = promised(work)
    broken = services.Shown(EvidenceKind.LINK, "http://example.org")
    with pytest.raises(Invalid, match="not_https"):
        services.keep_promise(work.official, item, both("Valot"), [photo(), broken])
    assert item.evidence == []
    assert item.state == PromiseState.OPEN


# ---------- the pages ----------


@only_sqlite
def test_an_official_sends_a_photo_and_everybody_sees_it(
    client: FlaskClient, context: Flask, work: Casework, sign_in: SignIn
) -> None:
    matter, item = promised(work)
    sign_in(client, work.official)
    form = page(client, f"/queue/{matter.id}")
    assert form.count('enctype="multipart/form-data"') == 1
    done = send(client, item, **FIELDS, **ALT_FIELDS, photo=as_file(jpeg(width=3200, height=800)))
    assert done.status_code == 303, html.unescape(done.text)
    db.session.expire_all()
    name = item.evidence[0].picture
    visitor = context.test_client()
    shown = page(visitor, f"/matters/{matter.id}")
    assert (
        f'<img class="photo" src="/pictures/{name}.jpg" width="1600" height="400" '
        'alt="Valot reitillä" lang="fi" loading="lazy">'
    ) in shown
    swedish = visitor.get(f"/sv/matters/{matter.id}").text
    assert 'alt="Ljus vid stigen" loading="lazy"' in swedish
    got = visitor.get(f"/pictures/{name}.jpg")
    assert got.status_code == 200
    assert got.data == kept_files.read(kept_files.PICTURES, name or "")
    assert got.headers["Content-Type"] == "image/jpeg"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Content-Disposition"] == "inline"
    assert got.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    again = visitor.get(f"/pictures/{name}.jpg", headers={"If-None-Match": got.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(f"/pictures/{name}.jpg").headers["Cache-Control"] == "private, no-store"
    assert name in page(visitor, "/promises?state=kept")


@only_sqlite
def test_a_hidden_matter_hides_its_photos(
    client: FlaskClient, context: Flask, work: Casework, sign_in: SignIn
) -> None:
    matter, piece = kept(work)
    moderator = work.make.actor(Role.MODERATOR)
    path = f"/pictures/{piece.picture}.jpg"
    etag = client.get(path).headers["ETag"]
    moderation.hide_matter(moderator, matter, DiscussionRule.INSULT)
    for headers in ({}, {"If-None-Match": etag}):
        gone = client.get(path, headers=headers)
        assert gone.status_code == 404
        assert gone.headers["Cache-Control"] == "private, no-store"
    neighbour = context.test_client()
    sign_in(neighbour, work.make.actor())
    assert neighbour.get(path).status_code == 404
    sign_in(neighbour, moderator)
    assert neighbour.get(path).status_code == 200
    moderation.show_matter(moderator, matter)
    assert client.get(path).status_code == 200


@only_sqlite
@pytest.mark.parametrize(
    "name", ["0" * 32, "../secret_key", "..%2fsecret_key", "%00" * 32, "x" * 32, "*" * 32]
)
def test_other_names_lead_nowhere(client: FlaskClient, work: Casework, name: str) -> None:
    kept(work)
    assert client.get(f"/pictures/{name}.jpg").status_code == 404


@only_sqlite
def test_a_file_that_is_gone_is_not_found(client: FlaskClient, work: Casework) -> None:
    _, piece = kept(work)
    kept_files.remove(kept_files.PICTURES, piece.picture or "")
    assert client.get(f"/pictures/{piece.picture}.jpg").status_code == 404


@only_sqlite
@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"alt_fi": ALT["fi"]}, "Write this as well: it is needed in every official language."),
        (
            ALT_FIELDS | {"photo": as_file(b"<script>alert(1)</script>")},
            "The file is not a JPEG, PNG or WebP picture. Choose another one.",
        ),
        (
            ALT_FIELDS | {"photo": as_file(jpeg()[:400])},
            "The picture cannot be read. Save it again or choose another one.",
        ),
        (
            ALT_FIELDS | {"photo": as_file(jpeg() + bytes(11 * 1024 * 1024))},
            "It can have at most 10 megabytes and 40 megapixels.",
        ),
        (ALT_FIELDS | {"evidence_sv": ""}, "Write this as well"),
        (ALT_FIELDS | {"url": "http://example.org"}, "begins with https://"),
    ],
)
def test_a_refused_form_keeps_its_texts_and_asks_for_the_photo_again(
    client: FlaskClient,
    work: Casework,
    sign_in: SignIn,
    files: Callable[[], list[str]],
    fields: dict[str, Any],
    sentence: str,
) -> None:
    _, item = promised(work)
    sign_in(client, work.official)
    sent = FIELDS | {"photo": as_file(jpeg())} | fields
    sent["photo"].stream.seek(0)
    refused = send(client, item, **sent)
    text = html.unescape(refused.text)
    assert refused.status_code == 422
    assert sentence in text
    assert "Palavat" in text
    assert ALT["fi"] in text
    assert "Choose the photo again: it does not stay in the form." in text
    assert files() == []


@only_sqlite
def test_words_about_a_photo_that_is_missing_are_not_lost_in_silence(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    _, item = promised(work)
    sign_in(client, work.official)
    refused = send(client, item, **FIELDS, **ALT_FIELDS)
    assert refused.status_code == 422
    assert "Choose the photo, or empty the words about it." in html.unescape(refused.text)


@only_sqlite
def test_only_officials_who_keep_a_promise_may_send_much_at_once(
    client: FlaskClient, context: Flask, work: Casework, sign_in: SignIn
) -> None:
    _, item = promised(work)
    large, huge = bytes(2 * 1024 * 1024), bytes(31 * 1024 * 1024)
    resident = context.test_client()
    sign_in(resident, work.author)
    sign_in(client, work.official)
    # The form is read for its token before any access is asked; here it has none.
    context.config["WTF_CSRF_ENABLED"] = True
    for browser, key, sent, status in (
        (context.test_client(), "keep", large, 413),
        (resident, "keep", large, 413),
        (client, "move", large, 413),
        (client, "keep", large, 400),
        (client, "keep", huge, 413),
    ):
        answered = send(browser, item, key, **FIELDS, photo=as_file(sent))
        assert answered.status_code == status
        if status == 413:
            assert "choose a smaller picture" in html.unescape(answered.text)
    assert item.state == PromiseState.OPEN


@only_sqlite
def test_a_photo_is_taken_away_on_the_page(
    client: FlaskClient, context: Flask, work: Casework, sign_in: SignIn
) -> None:
    matter, piece = kept(work)
    name = piece.picture
    path = f"/en/promises/photos/{piece.id}/remove"
    visitor = context.test_client()
    assert "Delete the picture" not in page(visitor, f"/matters/{matter.id}")
    stranger = context.test_client()
    sign_in(stranger, work.author)
    assert "Delete the picture" not in page(stranger, f"/matters/{matter.id}")
    assert stranger.post(path).status_code == 403
    assert visitor.post(path).status_code == 303
    assert visitor.get(f"/pictures/{name}.jpg").status_code == 200
    sign_in(client, work.official)
    assert path in page(client, f"/queue/{matter.id}")
    sign_in(client, work.make.actor(Role.MODERATOR))
    assert path in page(client, f"/matters/{matter.id}")
    done = client.post(path)
    assert (done.status_code, done.headers["Location"]) == (303, f"/en/matters/{matter.id}")
    assert client.post(path).status_code == 409
    assert client.post("/en/promises/photos/777/remove").status_code == 404
    assert visitor.get(f"/pictures/{name}.jpg").status_code == 404
    shown = page(visitor, f"/matters/{matter.id}")
    assert "The picture was removed." in shown
    assert name not in shown
    assert "A moderator removed the picture beside a promise" in page(
        visitor, f"/matters/{matter.id}/journey"
    )
