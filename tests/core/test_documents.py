"""PDF documents: what is accepted, and what is refused whatever its name says."""

import io
import zlib

import pytest
from PIL import Image

from app.core import documents
from app.core.errors import Invalid


def pdf(extra: bytes = b"", head: bytes = b"%PDF-1.7\n") -> bytes:
    """The smallest document, with more in its catalogue."""
    body = head + b"1 0 obj\n<< /Type /Catalog " + extra + b" >>\nendobj\n"
    table = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 2 /Root 1 0 R >>\n"
    return body + table + b"startxref\n%d\n%%%%EOF\n" % len(body)


def packed(inside: bytes) -> bytes:
    """A document with an object that stands compressed."""
    folded = zlib.compress(inside)
    return pdf(b">>\nendobj\n2 0 obj << /Type /ObjStm >>\nstream\n" + folded + b"\nendstream <<")


def test_a_plain_document_stays_as_it_was_sent() -> None:
    written = io.BytesIO()
    Image.effect_noise((300, 300), 80).save(written, "PDF")
    for sent in (pdf(), written.getvalue(), packed(b"<< /Type /Page >>")):
        assert documents.accept(sent).data == sent
    assert len(documents.accept(pdf()).digest) == 64


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"<!doctype html><script>alert(1)</script>",
        b"<!-- " + pdf() + b" -->",
        b"/*" + pdf() + b"*/ alert(1)",
        b"\xff\xd8\xff" + pdf(),
        b"PK\x03\x04" + pdf(),
        pdf(head=b"%PDF-=alert(1)//\n"),
    ],
)
def test_what_does_not_begin_as_a_pdf_is_refused(sent: bytes) -> None:
    with pytest.raises(Invalid, match="document_kind"):
        documents.accept(sent)


@pytest.mark.parametrize(
    "sent",
    [
        b"%PDF-1.7\n<script>alert(1)</script>",
        pdf()[:-12],
        pdf() + b"PK\x03\x04 an archive",
        pdf() + b"<script>alert(1)</script>",
        pdf().replace(b"xref\n0 1", b"nothing"),
        pdf(b">>\nstream\nPK\x05\x06" + bytes(18) + b"\nendstream <<"),
        pdf(b">>\nstream\nwithout an end"),
        packed(b"whole").replace(b"\x78\x9c", b"xx"),
    ],
)
def test_half_a_document_and_one_with_something_behind_it_are_refused(sent: bytes) -> None:
    with pytest.raises(Invalid, match="document_broken"):
        documents.accept(sent)


@pytest.mark.parametrize(
    "extra",
    [
        b"/OpenAction << /S /JavaScript /JS (app.alert) >>",
        b"/OpenAction << /S /J#61va#53cript >>",
        b"/A << /S /Launch /F (cmd.exe) >>",
        b"/Names << /EmbeddedFiles 3 0 R >>",
        b"/AcroForm << /XFA 3 0 R >>",
    ],
)
def test_a_document_that_does_more_than_be_read_is_refused(extra: bytes) -> None:
    hidden = pdf(b"/Title (>>\nstream\n) " + extra + b" /Keywords (endstream)")
    for sent in (pdf(extra), packed(extra), *([] if b"XFA" in extra else [hidden])):
        with pytest.raises(Invalid, match="document_active"):
            documents.accept(sent)


def test_a_locked_document_is_refused() -> None:
    with pytest.raises(Invalid, match="document_locked"):
        documents.accept(pdf(b"/Encrypt 5 0 R"))


def test_a_document_may_have_ten_megabytes_and_not_a_byte_more() -> None:
    many = documents.MOST_BYTES - 1000
    room = documents.MOST_BYTES - len(pdf(b"(" + b"x" * many + b")")) + many
    assert documents.accept(pdf(b"(" + b"x" * room + b")"))
    with pytest.raises(Invalid, match="document_too_large"):
        documents.accept(pdf(b"(" + b"x" * (room + 1) + b")"))


def test_a_document_that_unfolds_without_end_is_refused() -> None:
    with pytest.raises(Invalid, match="document_broken"):
        documents.accept(packed(bytes(documents.MOST_UNFOLDED + 1)))
