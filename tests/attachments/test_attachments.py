"""Photos and documents of matters: sent, shown, hidden with their matter, taken away."""

import html
import io
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from app.attachments import policies, services
from app.attachments.models import MOST_A_DAY, Attachment, AttachmentKind
from app.attachments.sent import Sent, accept
from app.comments.rules import DiscussionRule
from app.core import clock, files
from app.core.access import Actor, Role
from app.core.command import command
from app.core.errors import Forbidden, Invalid, TooMany, WrongState
from app.extensions import db
from app.journal import Kind, text_digest
from app.journal.chain import canonical
from app.journal.queries import as_entry, list_entries
from app.journal.replay import differences
from app.moderation import services as moderation
from app.proposals import card_sources, holding
from app.proposals import services as proposals
from app.proposals.lifecycle import MatterKind
from app.proposals.models import Matter, MatterText
from tests.authoring.test_authoring import join
from tests.casework import UNIT, Casework
from tests.core.test_documents import pdf
from tests.core.test_pictures import head_of_png
from tests.factories import Factory
from tests.pages import counting, multipart, page
from tests.parallel import in_parallel

SignIn = Callable[[FlaskClient, Actor], None]
Files = Callable[[], list[str]]
only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
WORDS = "Pimeä polku metsän reunassa"
NAME = "Kartta reitistä"
SECRET = "Kanariavarpunen"


def image(kind: str = "JPEG", size: tuple[int, int] = (900, 600), **more: Any) -> bytes:
    """A picture as a file, with the place where it was taken."""
    exif = Image.Exif()
    exif[0x010E] = SECRET
    exif.get_ifd(0x8825).update({1: "N", 2: (60.0, 10.0, 30.0), 3: "E", 4: (24.0, 44.0, 0.0)})
    written = io.BytesIO()
    Image.new("RGB", size, more.pop("colour", "green")).save(written, kind, exif=exif, **more)
    return written.getvalue()


def photo(colour: str = "green", **more: Any) -> Sent:
    return accept(image(colour=colour, **more), "IMG_0001.jpg")


def document(extra: bytes = b"", filename: str = "Liite 1.pdf") -> Sent:
    return accept(pdf(extra), filename)


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


@pytest.fixture
def kept(context: Flask) -> Files:
    """The files that lie in the instance, as folder and ending."""
    place = Path(context.config["INSTANCE"])
    return lambda: sorted(
        str(path.relative_to(place))
        for folder in files.FOLDERS
        if (place / folder.name).exists()
        for path in (place / folder.name).iterdir()
    )


def send(
    client: FlaskClient,
    matter: Matter,
    data: bytes | None = None,
    filename: str = "kuva.jpg",
    **fields: str,
) -> TestResponse:
    """Send the form as a browser does."""
    sent: dict[str, Any] = {"words": WORDS, **fields}
    if data is not None:
        sent["file"] = FileStorage(io.BytesIO(data), filename)
    return client.post(f"/en/matters/{matter.id}/attachments", **multipart(sent))


def entries(matter: Matter) -> list[Any]:
    listed = [as_entry(row) for row in list_entries("matter", matter.id)]
    return [one for one in listed if one.kind in (Kind.ATTACHED, Kind.ATTACHMENT_REMOVED)]


def attached(matter: Matter) -> list[Attachment]:
    query = select(Attachment).where(Attachment.matter_id == matter.id).order_by(Attachment.id)
    return list(db.session.scalars(query))


# ---------- what is accepted ----------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_made_anew_without_its_place_and_gets_a_small_one(kind: str) -> None:
    sent = accept(image(kind, (1800, 1200)), "IMG.exe")
    assert (sent.kind, sent.width, sent.height) == (AttachmentKind.PHOTO, 1600, 1067)
    for data, size in ((sent.data, (1600, 1067)), (sent.thumbnail or b"", (480, 320))):
        opened = Image.open(io.BytesIO(data))
        assert (opened.format, opened.size) == ("JPEG", size)
        assert not opened.getexif()
        assert SECRET.encode() not in data
        assert b"Exif" not in data


def test_a_document_stays_as_it_was_sent_and_has_the_name_of_its_file() -> None:
    sent = accept(pdf(), "C:\\Users\\aino\\Oma_kartta.PDF")
    assert (sent.kind, sent.data, sent.name) == (AttachmentKind.DOCUMENT, pdf(), "Oma kartta")
    assert (sent.width, sent.height, sent.thumbnail) == (None, None, None)


MANY = files.MOST_BYTES + 1
REFUSED = {
    "empty": (b"", "file_empty"),
    "a program": (b"MZ\x90\x00" + bytes(200), "file_kind"),
    "a page": (b"<!doctype html><script>alert(1)</script>", "file_kind"),
    "a drawing with scripts": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "file_kind"),
    "an archive": (b"PK\x03\x04" + bytes(50), "file_kind"),
    "a moving picture": (b"GIF89a" + bytes(50), "file_kind"),
    "a page that calls itself a document": (b"%PDF-<script>alert(1)</script>", "document_kind"),
    "a document with a page behind it": (pdf() + b"<script></script>", "document_broken"),
    "a document with an archive behind it": (pdf() + b"PK\x03\x04", "document_broken"),
    "a document before a picture": (b"\xff\xd8\xff" + pdf(), "picture_broken"),
    "a document that runs": (pdf(b"/OpenAction << /S /JavaScript >>"), "document_active"),
    "a locked document": (pdf(b"/Encrypt 5 0 R"), "document_locked"),
    "half a photo": (image()[:900], "picture_broken"),
    "a bomb": (head_of_png(60000, 60000), "picture_too_large"),
    "a large photo": (image() + bytes(MANY), "file_too_large"),
    "a large document": (pdf(b"(" + b"x" * MANY + b")"), "file_too_large"),
    "one byte too many": (image().ljust(MANY, b"\0"), "file_too_large"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_neither_a_photo_nor_a_document_is_refused_whatever_its_name(what: str) -> None:
    data, code = REFUSED[what]
    for name in ("kuva.jpg", "kirje.pdf"):
        with pytest.raises(Invalid, match=f"^{code}$"):
            accept(data, name)


def test_of_a_picture_that_is_also_a_page_only_the_picture_is_kept() -> None:
    sent = accept(image(comment=b"<script>") + b"<script>alert(1)</script>", "kuva.html")
    assert sent.kind == AttachmentKind.PHOTO
    assert b"<script" not in sent.data + (sent.thumbnail or b"")


def test_a_photo_of_exactly_ten_megabytes_is_taken() -> None:
    assert accept(image().ljust(files.MOST_BYTES, b"\0"), "kuva.jpg").width == 900


# ---------- the commands ----------


def test_the_journal_vouches_for_what_is_attached_and_never_names_it(
    work: Casework, kept: Files
) -> None:
    matter = work.published()
    one = services.attach(work.author, matter, photo(), f"  {WORDS}\n ")
    two = services.attach(work.author, matter, document(), "")
    assert kept() == [
        f"documents/{two.file}.pdf",
        f"pictures/{one.file}.jpg",
        f"thumbnails/{one.file}.jpg",
    ]
    assert (one.words, one.width, one.height, one.size) == (WORDS, 900, 600, len(photo().data))
    assert (two.words, two.kind, two.size) == ("Liite 1", AttachmentKind.DOCUMENT, len(pdf()))
    assert matter.attachments == 2
    told = canonical({"file": one.digest, "words": WORDS})
    first, second = entries(matter)
    assert first.facts == {"file_kind": "photo", "digest": text_digest(told, one.salt)}
    assert second.facts["file_kind"] == "document"
    assert (first.kind, first.role, first.unit) == (Kind.ATTACHED, "author", None)
    assert not list(differences())
    assert not list(card_sources.differences())


def test_a_draft_tells_of_its_attachments_when_it_is_published(
    work: Casework, make: Factory
) -> None:
    draft, helper = make.draft(work.author), make.actor()
    join(draft, work.author, helper)
    services.attach(work.author, draft, photo("red"), WORDS)
    services.attach(work.author, draft, photo("blue"), "Toinen")
    services.attach(helper, draft, document(), NAME)
    services.remove(work.author, draft, attached(draft)[1].id)
    assert entries(draft) == []
    proposals.publish_proposal(work.author, draft)
    told = entries(draft)
    assert [one.facts["file_kind"] for one in told] == ["photo", "document"]
    assert told[0].actor != told[1].actor
    assert not list(differences())


def test_an_attachment_is_taken_away_for_good_and_once(work: Casework, kept: Files) -> None:
    matter = work.published()
    for sent in (photo(), document()):
        services.attach(work.author, matter, sent, WORDS)
    one, two = (row.id for row in attached(matter))
    services.remove(work.author, matter, one)
    services.remove(work.author, matter, one)
    assert len(kept()) == 1
    services.remove(work.author, matter, two)
    assert kept() == attached(matter) == []
    assert matter.attachments == 0
    told = entries(matter)
    assert [entry.kind for entry in told[2:]] == [Kind.ATTACHMENT_REMOVED] * 2
    assert [entry.facts for entry in told[2:]] == [entry.facts for entry in told[:2]]
    assert not list(differences())
    services.attach(work.author, matter, photo(), WORDS)
    assert entries(matter)[-1].facts["digest"] != told[0].facts["digest"]
    assert not list(differences())


def test_one_number_leads_to_no_other_matters_attachments(work: Casework) -> None:
    matter, other = work.published(), work.published()
    services.attach(work.author, matter, photo(), WORDS)
    services.remove(work.author, other, attached(matter)[0].id)
    assert len(attached(matter)) == 1


def test_a_photo_needs_words_and_a_document_has_a_name(work: Casework, kept: Files) -> None:
    matter = work.published()
    for sent, words, code in (
        (photo(), " \u200b ", "photo_words"),
        (document(filename=".pdf"), "", "document_name"),
        (document(filename="\u202e.pdf"), "  ", "document_name"),
        (photo(), "x" * 301, "too_long"),
        (photo(), "a\x00b", "null_byte"),
    ):
        with pytest.raises(Invalid, match=code):
            services.attach(work.author, matter, sent, words)
    assert kept() == []
    assert matter.attachments == 0
    services.attach(work.author, matter, document(filename="/tmp/\u202eOma\nkartta.pdf"), "")
    assert attached(matter)[0].words == "Oma kartta"


def test_a_sixth_is_refused(work: Casework, kept: Files) -> None:
    matter = work.published()
    for number in range(5):
        services.attach(work.author, matter, document(b"/N %d" % number), f"{NAME} {number}")
    with pytest.raises(Invalid, match="attachments_full") as refused:
        services.attach(work.author, matter, photo(), WORDS)
    assert refused.value.facts == {"limit": 5}
    assert len(kept()) == matter.attachments == 5
    again = services.attach(work.author, matter, document(b"/N 4"), f"{NAME} 4")
    assert again.id == attached(matter)[4].id


def test_the_same_file_is_kept_once(work: Casework, kept: Files) -> None:
    matter, other = work.published(), work.published()
    one = services.attach(work.author, matter, document(), NAME)
    assert services.attach(work.author, matter, document(), f" {NAME}").id == one.id
    with pytest.raises(Invalid, match="attached_already"):
        services.attach(work.author, matter, document(), "Toinen nimi")
    assert services.attach(work.author, other, document(), NAME).id != one.id
    assert (matter.attachments, other.attachments, len(kept())) == (1, 1, 2)
    assert len(entries(matter)) == 1


def test_two_who_send_at_once_never_pass_the_limit(
    work: Casework, context: Flask, kept: Files
) -> None:
    matter = work.published()
    for number in range(3):
        services.attach(work.author, matter, document(b"/N %d" % number), f"{NAME} {number}")
    number = matter.id
    db.session.rollback()

    def act(extra: bytes) -> Callable[[], None]:
        sent = document(extra)

        def attach() -> None:
            services.attach(work.author, db.session.get_one(Matter, number), sent, NAME)

        return attach

    results = in_parallel(context, [act(b"/N 7"), act(b"/N 7"), act(b"/N 8"), act(b"/N 9")])
    assert set(results) == {"Invalid:attachments_full", "done"}
    db.session.expire_all()
    assert len(attached(matter)) == db.session.get_one(Matter, number).attachments == 5
    assert len(kept()) == 5
    assert not list(differences())


def test_a_person_can_add_so_many_a_day(
    work: Casework, make: Factory, held: Callable[[Any], None]
) -> None:
    matter = work.published()
    for place in range(MOST_A_DAY // 5):
        draft = make.draft(work.author)
        for number in range(5):
            services.attach(work.author, draft, document(b"/N %d" % (5 * place + number)), NAME)
    with pytest.raises(TooMany, match="attached_enough"):
        services.attach(work.author, matter, document(), NAME)
    held(clock.now() + timedelta(days=1))
    assert services.attach(work.author, matter, document(), NAME)


def test_who_may_attach_and_until_when(work: Casework, make: Factory) -> None:
    matter, draft, helper = work.published(), make.draft(work.author), make.actor()
    join(matter, work.author, helper)
    services.attach(helper, matter, photo(), WORDS)
    strangers: list[tuple[Actor, str]] = [
        (Actor(), "not_author"),
        (make.actor(), "not_author"),
        (make.actor(Role.MODERATOR), "not_author"),
        (work.registry, "not_author"),
        (work.official, "not_author"),
    ]
    for stranger, code in strangers:
        for thing in (matter, draft):
            assert not policies.can_attach(stranger, thing)
            with pytest.raises(Forbidden, match=code):
                services.attach(stranger, thing, document(), NAME)
            with pytest.raises(Forbidden, match=code):
                services.remove(stranger, thing, attached(matter)[0].id)
    late = work.registered()
    with pytest.raises(WrongState, match="editing_closed"):
        services.attach(work.author, late, document(), NAME)
    with pytest.raises(WrongState, match="editing_closed"):
        services.remove(work.author, late, 1)
    assert len(attached(matter)) == 1


def test_who_is_not_confirmed_or_is_blocked_cannot_attach(make: Factory) -> None:
    new = make.person(confirmed=False).as_actor()
    with pytest.raises(Forbidden, match="not_confirmed"):
        services.attach(new, make.draft(new), document(), NAME)
    author = make.actor()
    matter = make.matter(author)
    blocked = Actor(
        person_id=author.person_id, confirmed=True, blocked_until=clock.now() + timedelta(days=1)
    )
    with pytest.raises(Forbidden, match="blocked"):
        services.attach(blocked, matter, document(), NAME)


def test_what_moderation_has_hidden_stays_as_it_is(work: Casework, make: Factory) -> None:
    matter = work.published()
    services.attach(work.author, matter, photo(), WORDS)
    moderation.hide_matter(make.actor(Role.MODERATOR), matter, DiscussionRule.SPAM)
    assert not policies.can_attach(work.author, matter)
    with pytest.raises(WrongState, match="matter_is_hidden"):
        services.attach(work.author, matter, document(), NAME)
    with pytest.raises(WrongState, match="matter_is_hidden"):
        services.remove(work.author, matter, attached(matter)[0].id)


def test_a_new_accounts_attachments_have_few_links_together(make: Factory) -> None:
    author = make.actor()
    matter = make.matter(author)
    services.attach(author, matter, document(), "https://example.org/1 ja www.example.org")
    with pytest.raises(Invalid, match="new_account_links"):
        services.attach(author, matter, photo(), "Katso https://example.org/2")
    services.attach(author, matter, photo(), WORDS)


def test_a_draft_that_waits_for_a_moderator_is_its_authors_again(make: Factory) -> None:
    author = make.actor()
    links = " ".join(f"https://example.org/{number}" for number in range(9))
    draft = make.draft(author, body=f"Katsokaa näitä kaikkia. {links}")
    assert not proposals.submit_proposal(author, draft)
    assert holding.find_held(draft.id)
    services.attach(author, draft, document(), NAME)
    assert holding.find_held(draft.id) is None


def test_a_refused_command_leaves_no_row_and_no_number(
    work: Casework, monkeypatch: pytest.MonkeyPatch, kept: Files
) -> None:
    matter = work.published()

    def fail(*_given: Any, **_named: Any) -> None:
        raise WrongState("wrong_state")

    monkeypatch.setattr(services, "record", fail)
    with pytest.raises(WrongState):
        services.attach(work.author, matter, photo(), WORDS)
    assert attached(matter) == []
    assert db.session.get_one(Matter, matter.id).attachments == 0
    assert len(kept()) == 2, "the files of a command that was rolled back stay for the sweep"


@command
def add_row(matter: Matter, **columns: Any) -> None:
    values: dict[str, Any] = {
        "matter_id": matter.id,
        "kind": AttachmentKind.DOCUMENT,
        "file": "a" * 32,
        "digest": "d" * 64,
        "size": 10,
        "words": NAME,
        "salt": "s" * 32,
        "added_by": matter.author_id,
        "added_at": clock.now(),
    }
    db.session.execute(insert(Attachment).values(values | columns))


@command
def set_count(matter: Matter, count: int) -> None:
    db.session.execute(update(Matter).where(Matter.id == matter.id).values(attachments=count))


def test_the_tables_refuse_what_cannot_be(work: Casework) -> None:
    matter, photo_kind = work.published(), {"kind": AttachmentKind.PHOTO}
    for wrong in (
        photo_kind,
        photo_kind | {"width": 4},
        photo_kind | {"width": 4, "height": 0},
        {"width": 4, "height": 4},
        {"size": 0},
        {"size": MANY},
        {"words": ""},
        {"matter_id": 999_999},
    ):
        with pytest.raises(IntegrityError):
            add_row(matter, **wrong)
    add_row(matter)
    for same in ({"file": "b" * 32}, {"digest": "e" * 64}):
        with pytest.raises(IntegrityError):
            add_row(matter, **same)
    for count in (-1, 6):
        with pytest.raises(IntegrityError):
            set_count(matter, count)


# ---------- what no row names ----------


@command
def delete_draft(draft: Matter) -> None:
    db.session.execute(delete(MatterText).where(MatterText.matter_id == draft.id))
    db.session.execute(delete(Matter).where(Matter.id == draft.id))


def test_a_deleted_drafts_attachments_go_with_it_and_their_files_a_day_later(
    work: Casework, make: Factory, kept: Files, context: Flask, held: Callable[[Any], None]
) -> None:
    matter, draft = work.published(), make.draft(work.author)
    one = services.attach(work.author, matter, photo(), WORDS)
    services.attach(work.author, draft, photo("red"), WORDS)
    services.attach(work.author, draft, document(), NAME)
    delete_draft(draft)
    assert [row.matter_id for row in db.session.scalars(select(Attachment))] == [matter.id]
    for path in kept():
        at = (clock.now() - timedelta(hours=1)).timestamp()
        os.utime(Path(context.config["INSTANCE"]) / path, (at, at))
    assert files.sweep() == 0
    held(clock.now() + timedelta(days=1))
    assert files.sweep() == 3
    assert kept() == [f"pictures/{one.file}.jpg", f"thumbnails/{one.file}.jpg"]


# ---------- the page of the authors ----------


@only_sqlite
def test_an_author_adds_and_removes_and_everybody_sees_it(
    client: FlaskClient, context: Flask, work: Casework, sign_in: SignIn
) -> None:
    matter = work.published()
    path, visitor = f"/matters/{matter.id}/attachments", context.test_client()
    before = visitor.get(f"/en/matters/{matter.id}").headers["ETag"]
    sign_in(client, work.author)
    assert f'href="/en{path}"' in page(client, f"/matters/{matter.id}")
    form = page(client, path)
    assert 'enctype="multipart/form-data"' in form
    done = send(client, matter, image(size=(2400, 1200)), "DSC.jpg")
    assert (done.status_code, done.headers["Location"]) == (303, f"/en{path}")
    assert "The file is added." in page(client, path)
    assert send(client, matter, pdf(), "kartta.exe", words=NAME).status_code == 303
    one, two = attached(matter)
    shown = page(visitor, f"/matters/{matter.id}")
    assert (
        f'<a href="/attachments/{one.file}.jpg"><img src="/attachments/small/{one.file}.jpg" '
        f'width="480" height="240" alt="{WORDS}" lang="fi" loading="lazy"></a>'
    ) in shown
    assert f'<a href="/attachments/{two.file}.pdf" lang="fi" dir="auto">{NAME}</a>' in shown
    assert "PDF, 1\xa0kB" in shown
    assert path not in shown
    assert visitor.get(f"/en/matters/{matter.id}").headers["ETag"] != before
    finnish = visitor.get(f"/fi/matters/{matter.id}").text
    assert f'alt="{WORDS}" loading="lazy"' in html.unescape(finnish)
    listed = page(client, path)
    assert "Added: 2 of 5" in listed
    remove, name = f"/en{path}/{one.id}/remove", one.file
    assert remove in listed
    for _ in range(2):
        assert client.post(remove).status_code == 303
    assert name not in page(visitor, f"/matters/{matter.id}")
    assert visitor.get(f"/attachments/{name}.jpg").status_code == 404
    journey = page(visitor, f"/matters/{matter.id}/journey")
    for told in ("added a photo", "added a document", "removed a photo"):
        assert f"The author {told}" in journey


@only_sqlite
def test_officials_see_the_attachments_where_they_handle_the_matter(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    matter = work.published(city_only=True, kind=MatterKind.FEEDBACK)
    services.attach(work.author, matter, photo(), WORDS)
    file = attached(matter)[0].file
    sign_in(client, work.registry)
    assert f'alt="{WORDS}"' in page(client, f"/queue/{matter.id}")
    assert client.get(f"/attachments/{file}.jpg").status_code == 200


@only_sqlite
def test_a_matter_without_attachments_has_no_panel_and_costs_no_query(
    client: FlaskClient, work: Casework, make: Factory
) -> None:
    bare, matter = make.matter(), make.matter(work.author)
    services.attach(work.author, matter, photo(), WORDS)
    services.attach(work.author, matter, document(), NAME)
    page(client, f"/matters/{make.matter().id}")
    with counting() as without:
        shown = page(client, f"/matters/{bare.id}")
    assert "Photos and documents" not in shown
    assert not any("attachment.file" in sql for sql in without)
    with counting() as more:
        page(client, f"/matters/{matter.id}")
    assert len(more) == len(without) + 1 <= 20


@only_sqlite
@pytest.mark.parametrize(
    ("data", "words", "sentence"),
    [
        (b"", WORDS, "The file is empty."),
        (b"MZ\x90\x00", WORDS, "neither a photo (JPEG, PNG or WebP) nor a PDF document"),
        (pdf()[:-12], WORDS, "The document cannot be read."),
        (image()[:900], WORDS, "The picture cannot be read."),
        (image().ljust(MANY, b"\0"), WORDS, "It can have at most 10 megabytes."),
        (image().ljust(2 * MANY, b"\0"), WORDS, "It can have at most 10 megabytes."),
        (image(), "", "Write what the photo shows."),
        (image(), "x" * 301, "It can have at most 300 characters."),
        (None, WORDS, "Choose a photo or a document."),
    ],
)
def test_a_refused_form_keeps_the_words_and_asks_for_the_file_again(
    client: FlaskClient,
    work: Casework,
    sign_in: SignIn,
    kept: Files,
    data: bytes | None,
    words: str,
    sentence: str,
) -> None:
    matter = work.published()
    sign_in(client, work.author)
    refused = send(client, matter, data, "kuva.jpg", words=words)
    text = html.unescape(refused.text)
    assert refused.status_code == 422
    assert text.count(sentence) == 2, "in the summary and at the field"
    assert f'value="{words}"' in text
    again = "Choose the file again: it does not stay in the form."
    assert (again in text) == (words != WORDS), "only a file that was right is chosen again"
    assert "<title>Error:" in refused.text
    assert kept() == []


@only_sqlite
def test_a_sixth_file_and_too_many_are_told_on_the_form(
    client: FlaskClient, work: Casework, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    matter = work.published()
    for number in range(5):
        services.attach(work.author, matter, document(b"/N %d" % number), f"{NAME} {number}")
    sign_in(client, work.author)
    full = page(client, f"/matters/{matter.id}/attachments")
    assert "There is room for no more." in full
    assert 'type="file"' not in full
    refused = send(client, matter, image())
    assert refused.status_code == 422
    assert "A matter has room for 5 photos and documents." in html.unescape(refused.text)
    monkeypatch.setattr(services, "MOST_A_DAY", 5)
    refused = send(client, work.published(), image())
    assert refused.status_code == 422
    assert "You can add 5 files a day." in html.unescape(refused.text)


@only_sqlite
def test_a_form_that_is_sent_twice_adds_one(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    matter = work.published()
    sign_in(client, work.author)
    for _ in range(2):
        assert send(client, matter, image()).status_code == 303
    assert len(attached(matter)) == 1
    refused = send(client, matter, image(), words="Aivan muuta")
    assert refused.status_code == 422
    assert "This file is here already, with other words." in html.unescape(refused.text)


@only_sqlite
def test_who_may_not_change_them_is_refused(
    client: FlaskClient, context: Flask, work: Casework, make: Factory, sign_in: SignIn
) -> None:
    matter, draft, late = work.published(), make.draft(work.author), work.registered()
    hidden = work.published()
    moderation.hide_matter(make.actor(Role.MODERATOR), hidden, DiscussionRule.SPAM)
    services.attach(work.author, matter, photo(), WORDS)
    number = attached(matter)[0].id
    answers: list[tuple[Actor | None, Matter, int]] = [
        (None, matter, 303),
        (make.actor(), matter, 403),
        (make.actor(), draft, 404),
        (make.actor(Role.MODERATOR), draft, 404),
        (work.official, matter, 403),
        (work.author, late, 409),
        (work.author, hidden, 409),
    ]
    for actor, thing, status in answers:
        browser = context.test_client()
        if actor:
            sign_in(browser, actor)
        path = f"/en/matters/{thing.id}/attachments"
        assert browser.get(path).status_code == status
        assert send(browser, thing, image()).status_code == status
        removed = browser.post(f"{path}/{number}/remove")
        assert removed.status_code == status
        assert status != 303 or "/sign-in" in removed.headers["Location"]
    sign_in(client, make.person(confirmed=False).as_actor())
    assert client.get("/en/matters/999999/attachments").status_code == 404
    assert client.post(f"/en/matters/{matter.id}/attachments/{2**40}/remove").status_code == 404
    assert len(attached(matter)) == 1
    assert "attachments" not in page(client, f"/matters/{late.id}")


@only_sqlite
def test_only_who_can_write_may_send_much_at_once(
    client: FlaskClient, context: Flask, work: Casework, make: Factory, sign_in: SignIn
) -> None:
    matter = work.published()
    large, huge = bytes(2 * 1024 * 1024), bytes(files.MOST_SENT)
    new = context.test_client()
    sign_in(new, make.person(confirmed=False).as_actor())
    sign_in(client, work.author)
    # The form is read for its token before any access is asked; here it has none.
    context.config["WTF_CSRF_ENABLED"] = True
    for browser, sent, status in (
        (context.test_client(), large, 413),
        (new, large, 413),
        (client, large, 400),
        (client, huge, 413),
    ):
        answered = send(browser, matter, sent)
        assert answered.status_code == status
        if status == 413:
            assert "choose a smaller picture" in html.unescape(answered.text)


# ---------- the draft ----------


@only_sqlite
def test_a_draft_leads_to_its_attachments_and_shows_them(
    client: FlaskClient, context: Flask, work: Casework, make: Factory, sign_in: SignIn
) -> None:
    draft = make.draft(work.author, body="")
    path = f"/matters/{draft.id}/attachments"
    sign_in(client, work.author)
    assert "Save and add photos or documents" not in page(client, f"/matters/{draft.id}/draft/1")
    assert "Save and add photos or documents" in page(client, f"/matters/{draft.id}/draft/2")
    led = client.post(f"/en/matters/{draft.id}/draft/2", data={"body": "Kesken", "do": "attach"})
    assert (led.status_code, led.headers["Location"]) == (303, f"/en{path}")
    assert proposals.get_draft(db.session.get_one(Matter, draft.id)).body == "Kesken"
    assert send(client, draft, image()).status_code == 303
    (one,) = attached(draft)
    assert "Added: 1 of 5" in page(client, f"/matters/{draft.id}/draft/2")
    whole = page(client, f"/matters/{draft.id}/draft/3")
    assert f'alt="{WORDS}"' in whole
    assert f'href="/en{path}"' in whole
    got = client.get(f"/attachments/{one.file}.jpg")
    assert (got.status_code, got.headers["Cache-Control"]) == (200, "private, no-store")
    moderator = context.test_client()
    sign_in(moderator, make.actor(Role.MODERATOR))
    for browser in (context.test_client(), moderator):
        for address in (f"/attachments/{one.file}.jpg", f"/attachments/small/{one.file}.jpg"):
            refused = browser.get(address)
            assert (refused.status_code, refused.headers["Cache-Control"]) == (
                404,
                "private, no-store",
            )
    new = make.person(confirmed=False)
    sign_in(client, new.as_actor())
    own = make.draft(new.as_actor())
    assert "photos or documents" not in page(client, f"/matters/{own.id}/draft/2")
    assert "Confirm your e-mail" in page(client, f"/matters/{own.id}/attachments", 403)


# ---------- the files ----------


@only_sqlite
def test_a_file_can_neither_run_nor_be_taken_for_something_else(
    client: FlaskClient, context: Flask, work: Casework, sign_in: SignIn
) -> None:
    matter = work.published()
    services.attach(work.author, matter, photo(), WORDS)
    services.attach(work.author, matter, document(), 'Kartta "1"; ö')
    one, two = attached(matter)
    for address, kind, disposition, folder in (
        (f"/attachments/{one.file}.jpg", "image/jpeg", "inline", files.PICTURES),
        (f"/attachments/small/{one.file}.jpg", "image/jpeg", "inline", files.THUMBNAILS),
        (
            f"/attachments/{two.file}.pdf",
            "application/pdf",
            "attachment; filename*=UTF-8''Kartta%20%221%22%3B%20%C3%B6.pdf",
            files.DOCUMENTS,
        ),
    ):
        got = client.get(address)
        stored = files.read(folder, one.file if "jpg" in address else two.file)
        assert (got.status_code, got.data) == (200, stored)
        assert got.headers["Content-Type"] == kind
        assert got.headers["Content-Disposition"] == disposition
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        policy = got.headers["Content-Security-Policy"]
        assert policy == "default-src 'none'; frame-ancestors 'none'; sandbox"
        assert got.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert got.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
        assert "Set-Cookie" not in got.headers
        again = client.get(address, headers={"If-None-Match": got.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        reader = context.test_client()
        sign_in(reader, work.make.actor())
        assert reader.get(address).headers["Cache-Control"] == "private, no-store"
    assert "script-src 'self'" in client.get("/en/about").headers["Content-Security-Policy"]


@only_sqlite
def test_other_names_and_lost_files_lead_nowhere(client: FlaskClient, work: Casework) -> None:
    matter = work.published()
    services.attach(work.author, matter, photo(), WORDS)
    services.attach(work.author, matter, document(), NAME)
    one, two = attached(matter)
    names = ("0" * 32, "../secret_key", "..%2fsecret_key", "%00" * 32, "x" * 32, "*" * 32)
    wrong = [f"/attachments/{name}.{ending}" for name in names for ending in ("jpg", "pdf")]
    wrong += [f"/attachments/small/{name}.jpg" for name in names]
    wrong += [f"/attachments/{one.file}.pdf", f"/attachments/{two.file}.jpg"]
    wrong += [f"/attachments/small/{two.file}.jpg", f"/pictures/{one.file}.jpg"]
    wrong += [f"/attachments/{one.file}", f"/attachments/{one.file}.html"]
    assert {client.get(address).status_code for address in wrong} == {404}
    files.remove(files.PICTURES, one.file)
    assert client.get(f"/attachments/{one.file}.jpg").status_code == 404
    assert client.get(f"/attachments/small/{one.file}.jpg").status_code == 200


@only_sqlite
def test_a_hidden_matter_hides_its_attachments_at_once(
    client: FlaskClient, context: Flask, work: Casework, make: Factory, sign_in: SignIn
) -> None:
    matter, moderator = work.published(), make.actor(Role.MODERATOR)
    services.attach(work.author, matter, photo(), WORDS)
    services.attach(work.author, matter, document(), NAME)
    one, two = attached(matter)
    addresses = [
        f"/attachments/{one.file}.jpg",
        f"/attachments/small/{one.file}.jpg",
        f"/attachments/{two.file}.pdf",
    ]
    etags = [client.get(address).headers["ETag"] for address in addresses]
    moderation.hide_matter(moderator, matter, DiscussionRule.PERSONAL_DATA)
    resident = context.test_client()
    sign_in(resident, make.actor())
    councillor = context.test_client()
    sign_in(councillor, make.actor(Role.COUNCILLOR, body="tela"))
    for browser in (client, resident, councillor):
        for address, etag in zip(addresses, etags, strict=True):
            for headers in ({}, {"If-None-Match": etag}):
                gone = browser.get(address, headers=headers)
                assert gone.status_code == 404
                assert gone.headers["Cache-Control"] == "private, no-store"
    for actor in (moderator, work.author, make.actor(Role.OFFICIAL, unit=UNIT)):
        reader = context.test_client()
        sign_in(reader, actor)
        assert {reader.get(address).status_code for address in addresses} == {200}
    moderation.show_matter(moderator, matter)
    assert {client.get(address).status_code for address in addresses} == {200}


@only_sqlite
def test_what_only_the_city_sees_has_files_for_the_city_alone(
    client: FlaskClient, context: Flask, work: Casework, make: Factory, sign_in: SignIn
) -> None:
    matter = work.published(kind=MatterKind.FEEDBACK, city_only=True)
    services.attach(work.author, matter, document(), NAME)
    address = f"/attachments/{attached(matter)[0].file}.pdf"
    for actor, status in (
        (None, 404),
        (make.actor(), 404),
        (make.actor(Role.COUNCILLOR, body="tela"), 404),
        (work.author, 200),
        (work.official, 200),
    ):
        browser = context.test_client()
        if actor:
            sign_in(browser, actor)
        assert browser.get(address).status_code == status


@only_sqlite
def test_names_and_words_are_written_as_words(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    evil = '"><script>alert(1)</script>'
    matter = work.published()
    services.attach(work.author, matter, photo(), evil)
    services.attach(work.author, matter, document(filename=f"{evil}.pdf"), "")
    sign_in(client, work.author)
    for path in ("", "/attachments"):
        assert "<script>alert" not in client.get(f"/en/matters/{matter.id}{path}").text
