"""PDF documents that people send: known by content, refused when they can do more than be read.

Unlike a picture (see `core.pictures`) a document cannot be made anew, so its bytes stay as they
were sent. It has to be a PDF from its first byte to its last, so that no other reader takes it for
something else, and may hold no script, no program, no other file and no password. The look is
cheap and not a proof: whoever serves a document gives it only as a download of a fixed type.
"""

import hashlib
import re
import zlib
from dataclasses import dataclass
from functools import cached_property

from flask_babel import lazy_gettext as _l

from app.core import errors
from app.core.errors import Invalid
from app.core.files import MOST_BYTES, MOST_MEGABYTES

MOST_UNFOLDED = 4 * MOST_BYTES  # of the objects that stand compressed in a document

_HEAD = re.compile(rb"%PDF-[12]\.[0-9][\r\n \t]")
_TAIL = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF\s*\Z")
_TABLE = re.compile(rb"\s*(?:xref\b|\d{1,10}\s+\d{1,5}\s+obj\b)")
_ARCHIVE = b"PK\x05\x06"  # the record that ends a ZIP, with at most 65 535 bytes of comment
_ARCHIVE_REACH = 22 + 65535
_OBJECTS = re.compile(rb"/ObjStm\b")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb">>\s*stream\r?\n")
_ACTIVE = re.compile(
    rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|ImportData|SubmitForm)(?![A-Za-z0-9])"
)
_FORM = re.compile(rb"/XFA(?![A-Za-z0-9])")
_LOCKED = re.compile(rb"/Encrypt(?![A-Za-z0-9])")

errors.explain(
    {
        "document_kind": _l("The file is not a PDF document. Choose another one."),
        "document_too_large": _l(
            "The document is too large. It can have at most %(megabytes)s megabytes."
        ),
        "document_broken": _l(
            "The document cannot be read. Save it again as a PDF or choose another one."
        ),
        "document_locked": _l("The document has a password or a lock. Save it without one."),
        "document_active": _l(
            "The document holds a program, a form that runs or another file. Save it as a plain "
            "PDF, for example by printing it to a PDF."
        ),
    }
)


@dataclass(frozen=True)
class Document:
    """A PDF that has been looked at, as it was sent."""

    data: bytes

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the file."""
        return hashlib.sha256(self.data).hexdigest()


def accept(data: bytes) -> Document:
    """Look at a document of at most 10 megabytes; its name and declared type say nothing.

    Raises Invalid "document_kind", "document_too_large", "document_broken", "document_locked" or
    "document_active".
    """
    if len(data) > MOST_BYTES:
        raise Invalid("document_too_large", megabytes=MOST_MEGABYTES)
    if not _HEAD.match(data):
        raise Invalid("document_kind")
    if not _is_whole(data):
        raise Invalid("document_broken")
    parts = [_plain_names(part) for part in (data, *_parts(data))]
    if _LOCKED.search(parts[0]):
        raise Invalid("document_locked")
    # Long names are looked for everywhere, since a made-up stream could stand around them; a
    # picture of some megabytes has each name of four characters in it sooner or later.
    if any(map(_ACTIVE.search, parts)) or any(map(_FORM.search, parts[1:])):
        raise Invalid("document_active")
    return Document(data)


def _is_whole(data: bytes) -> bool:
    """Whether the end leads to the table of objects, and nothing but blanks stands behind it.

    The end of an archive may hide before that, with the end of the document as its comment.
    """
    if data.find(_ARCHIVE, max(0, len(data) - _ARCHIVE_REACH)) >= 0:
        return False
    tail = _TAIL.search(data, max(0, len(data) - 1024))
    return bool(tail and _TABLE.match(data, int(tail[1])))


def _parts(data: bytes) -> tuple[bytes, bytes]:
    """What stands outside of streams, and the objects that are packed into some of them."""
    outside, packed, room = [], [], MOST_UNFOLDED
    place = 0
    while begin := _STREAM.search(data, place):
        end = data.find(b"endstream", begin.end())
        if end < 0:
            raise Invalid("document_broken")
        head = data[place : begin.start()]
        outside.append(head)
        if _OBJECTS.search(_plain_names(head)):
            packed.append(_unfolded(data[begin.end() : end], room))
            room -= len(packed[-1])
        place = end + len(b"endstream")
    return b" ".join([*outside, data[place:]]), b" ".join(packed)


def _unfolded(body: bytes, room: int) -> bytes:
    """A packed stream, as long as what it unfolds into stays within bounds."""
    unpacking = zlib.decompressobj()
    try:
        whole = unpacking.decompress(body, max(room, 1))
    except zlib.error:
        raise Invalid("document_broken") from None
    if unpacking.unconsumed_tail:
        raise Invalid("document_broken")
    return whole


def _plain_names(part: bytes) -> bytes:
    """The same with names written plainly: a PDF may say J as #4A."""
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), part)
