"""How attachments are shown, for templates."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import url_for

from app.attachments.models import Attachment, AttachmentKind
from app.core import words
from app.core.pictures import THUMBNAIL_SIDE


@dataclass(frozen=True)
class PhotoView:
    """A photo: the small one of `width` times `height` pixels, and the address of the whole."""

    number: int
    url: str
    thumbnail_url: str
    words: str
    width: int
    height: int


@dataclass(frozen=True)
class DocumentView:
    """A document to be downloaded, and what it is: PDF, 1.2 MB."""

    number: int
    url: str
    words: str
    about: str


@dataclass(frozen=True)
class Shown:
    """The photos and the documents of a matter."""

    photos: tuple[PhotoView, ...]
    documents: tuple[DocumentView, ...]


def show(attachments: Iterable[Attachment]) -> Shown:
    """Attachments as the page of their matter shows them."""
    listed = list(attachments)
    return Shown(
        tuple(_photo(one) for one in listed if one.kind == AttachmentKind.PHOTO),
        tuple(_document(one) for one in listed if one.kind == AttachmentKind.DOCUMENT),
    )


def _photo(attachment: Attachment) -> PhotoView:
    width, height = attachment.width or 1, attachment.height or 1
    share = min(1.0, THUMBNAIL_SIDE / max(width, height))
    return PhotoView(
        attachment.id,
        url_for("attached.photo", name=attachment.file),
        url_for("attached.thumbnail", name=attachment.file),
        attachment.words,
        max(round(width * share), 1),
        max(round(height * share), 1),
    )


def _document(attachment: Attachment) -> DocumentView:
    return DocumentView(
        attachment.id,
        url_for("attached.document", name=attachment.file),
        attachment.words,
        f"PDF, {words.file_size(attachment.size)}",
    )
