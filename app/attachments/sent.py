"""A file that somebody sends, looked at before any command begins.

Making a photo anew takes a second, and on SQLite nobody else writes while a command runs.
"""

import re
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from app.attachments.models import AttachmentKind
from app.core import documents, errors, pictures
from app.core.errors import Invalid
from app.core.files import MOST_BYTES, MOST_MEGABYTES

errors.explain(
    {
        "file_empty": _l("The file is empty. Choose another one."),
        "file_too_large": _l("The file is too large. It can have at most %(megabytes)s megabytes."),
        "file_kind": _l(
            "The file is neither a photo (JPEG, PNG or WebP) nor a PDF document. Choose another "
            "one."
        ),
    }
)


@dataclass(frozen=True)
class Sent:
    """A file as it will be kept: a photo made anew with its small one, or a document.

    `name` is that of the file on the sender's device, without its folder and ending.
    """

    kind: AttachmentKind
    data: bytes
    digest: str
    name: str = ""
    thumbnail: bytes | None = None
    width: int | None = None
    height: int | None = None


def accept(data: bytes, filename: str) -> Sent:
    """Look at a file; neither its name nor its declared type says what it is.

    Raises Invalid "file_empty", "file_too_large", "file_kind", or what `core.pictures` and
    `core.documents` raise.
    """
    if not data:
        raise Invalid("file_empty")
    if len(data) > MOST_BYTES:
        raise Invalid("file_too_large", megabytes=MOST_MEGABYTES)
    if data.startswith(b"%PDF"):
        document = documents.accept(data)
        return Sent(AttachmentKind.DOCUMENT, data, document.digest, _name(filename))
    try:
        picture = pictures.accept(data)
    except Invalid as error:
        raise Invalid("file_kind") if error.code == "picture_kind" else error from error
    return Sent(
        AttachmentKind.PHOTO,
        picture.data,
        picture.digest,
        thumbnail=pictures.thumbnail(picture).data,
        width=picture.width,
        height=picture.height,
    )


def _name(filename: str) -> str:
    """The name of a file as a person would say it."""
    name = re.split(r"[/\\]", filename)[-1]
    return re.sub(r"\.pdf$", "", name, flags=re.IGNORECASE).replace("_", " ")
