"""How promises are said in words, for templates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from flask import url_for
from flask_babel import gettext as _
from markupsafe import escape

from app.city import get_city
from app.core import clock as time
from app.core import language, words
from app.promises.models import EvidenceKind, Promise, PromiseEvidence, PromiseState
from app.proposals.words import SOON_DAYS
from app.responses.presenting import Chip, shown_language, struck


@dataclass(frozen=True)
class PromiseView:
    """What the promise macro shows; `status` is kept, due or late."""

    status: str
    what: str
    clock: Chip
    unit_name: str
    reason: str | None
    evidence: str | None
    language: str | None
    links: tuple["LinkView", ...] = ()
    photos: tuple["PhotoView", ...] = ()


@dataclass(frozen=True)
class LinkView:
    """An address that shows a promise kept, and what it is in words."""

    url: str
    text: str


@dataclass(frozen=True)
class PhotoView:
    """A photo that shows a promise kept; a removed one has no address and says nothing."""

    number: int
    url: str | None
    alt: str = ""
    width: int | None = None
    height: int | None = None
    language: str | None = None


def promise_chip(promise: Promise) -> Chip:
    """How a promise stands. Lateness counts from the first date, which stays visible."""
    if promise.state == PromiseState.BROKEN:
        text = _("Not kept: promised by %(day)s", day=words.day(promise.first_due))
        return Chip("late", text)
    if promise.state == PromiseState.KEPT and promise.kept_at is not None:
        return _kept_chip(time.local_date(promise.kept_at), promise.first_due)
    late = (time.today() - promise.first_due).days
    moved = promise.due != promise.first_due
    facts = {"first": struck(promise.first_due), "day": words.day_words(promise.due)}
    if late > 0 and moved:
        text = escape(_("%(days)s late: promised by %(first)s, now by %(day)s"))
        return Chip("late", text % {"days": words.days(late), **facts})
    if late > 0:
        day = words.day(promise.first_due)
        return Chip("late", _("%(days)s late: promised by %(day)s", days=words.days(late), day=day))
    if moved:
        return Chip("soon", escape(_("Promised by %(first)s, now by %(day)s")) % facts)
    text = _("By %(day)s, %(distance)s", distance=words.distance(promise.due), day=facts["day"])
    return Chip("soon" if -late <= SOON_DAYS else "", text)


def _kept_chip(kept: date, first_due: date) -> Chip:
    days = (kept - first_due).days
    facts = {"day": words.day(kept), "days": words.days(abs(days))}
    if days > 0:
        return Chip("ok", _("Kept on %(day)s, %(days)s late", **facts))
    if days < 0:
        return Chip("ok", _("Kept on %(day)s, %(days)s early", **facts))
    return Chip("ok", _("Kept on %(day)s, on time", **facts))


def promise_view(promise: Promise, note: Mapping[str, str], wanted: str) -> PromiseView:
    """A promise in the wanted language, with the latest words beside it."""
    code = wanted if wanted in promise.what else shown_language(promise.what, wanted)
    is_late = promise.state == PromiseState.BROKEN or (
        promise.state == PromiseState.OPEN and promise.first_due < time.today()
    )
    is_kept = promise.state == PromiseState.KEPT
    status = "late" if is_late else "kept" if is_kept else "due"
    # Only what is kept has pieces, so that lists of open promises need not read them.
    pieces = promise.evidence if is_kept else []
    words_beside = note.get(code) or language.pick(note) or None
    return PromiseView(
        status=status,
        what=promise.what[code],
        clock=promise_chip(promise),
        unit_name=get_city().holder_name(promise.unit, None),
        reason=None if is_kept else words_beside,
        evidence=words_beside if is_kept else None,
        language=code if code != language.current() else None,
        links=tuple(_link(piece, piece.url) for piece in pieces if piece.url),
        photos=tuple(
            photo_view(piece, wanted) for piece in pieces if piece.kind == EvidenceKind.PHOTO
        ),
    )


def photo_view(piece: PromiseEvidence, wanted: str) -> PhotoView:
    """A photo with words about it in the wanted language."""
    if piece.picture is None or piece.alt is None:
        return PhotoView(piece.id, None)
    code = wanted if wanted in piece.alt else shown_language(piece.alt, wanted)
    return PhotoView(
        piece.id,
        url_for("pictures.show", name=piece.picture),
        piece.alt[code],
        piece.width,
        piece.height,
        code if code != language.current() else None,
    )


def _link(piece: PromiseEvidence, url: str) -> LinkView:
    place = urlsplit(url).hostname or ""
    if piece.kind == EvidenceKind.DECISION:
        return LinkView(url, _("The decision: %(place)s", place=place))
    return LinkView(url, _("A page that shows it: %(place)s", place=place))
