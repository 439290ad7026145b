"""Writes of promises. Each public function is one command."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l

from app.accounts.models import Person
from app.city import get_city
from app.core import clock, errors, files, topics
from app.core.access import Actor, Role, require
from app.core.command import command
from app.core.errors import Invalid, WrongState
from app.core.text import clean
from app.extensions import db
from app.journal import Kind, record, text_digest
from app.journal.chain import canonical
from app.journal.recording import new_salt
from app.promises import evidence, policies
from app.promises.evidence import Photo as Photo
from app.promises.evidence import Shown as Shown
from app.promises.models import EvidenceKind, Promise, PromiseEvidence, PromiseState
from app.proposals.models import Matter
from app.proposals.public_notes import NOTE_LIMIT, add_public_note
from app.responses.policies import require_handler

MOST_YEARS = 20

errors.explain(
    {
        "not_promising_unit": _l("Only an official of the unit that promised can do this."),
        "promise_settled": _l("The promise has already been kept or broken."),
        "promise_past": _l("A promise needs a day that is still to come."),
        "promise_too_far": _l("A promise cannot be more than %(years)s years away."),
        "not_keeper": _l("Choose an official of the unit who did not start the matter."),
        "not_photo_remover": _l(
            "Only an official of the unit that promised, the registry or a moderator can remove "
            "the picture."
        ),
        "no_picture": _l("The picture has already been removed."),
    }
)


@command
def make_promise(
    actor: Actor,
    matter: Matter,
    answer_id: int,
    what: Mapping[str, str],
    due: date,
    unit: str | None = None,
) -> None:
    """Make a promise of an answer, by language, that can be kept until the end of a day.

    `unit` owns it, the one that answers when it is None. A part of publishing the answer, which
    has checked languages and unit. Raises Forbidden, Invalid "promise_past", "promise_too_far".
    """
    require_handler(actor, matter)
    if due <= clock.today():
        raise Invalid("promise_past")
    _refuse_far(due)
    texts = {code: clean(text, NOTE_LIMIT) for code, text in what.items()}
    promise = Promise(
        matter_id=matter.id,
        answer_id=answer_id,
        unit=unit or matter.holder_unit,
        what=texts,
        salt=new_salt(),
        first_due=due,
        due=due,
    )
    db.session.add(promise)
    db.session.flush()
    digest = text_digest(canonical(texts), promise.salt)
    promised = {"due": clock.end_of(due), "text": digest}
    _record_promise(Kind.PROMISED, actor, matter, promise, **promised)


@command
def keep_promise(
    actor: Actor, promise: Promise, words: Mapping[str, str], shown: Sequence[Shown | Photo] = ()
) -> None:
    """Say that a promise is kept and how one can see it.

    Words, and beside them pages, decisions or photos. Raises Forbidden, WrongState, Invalid for
    missing words, an address that is not HTTPS, or "no_alt".
    """
    matter = _open_promise(actor, promise)
    promise.note = add_public_note(matter, "promise_kept", words)
    promise.state, promise.kept_at = PromiseState.KEPT, clock.now()
    promise.kept_on = clock.today()
    pieces = [_add_evidence(promise, piece) for piece in shown]
    kept = {"evidence": promise.note, "pieces": pieces}
    _record_promise(Kind.PROMISE_KEPT, actor, matter, promise, **kept)


@command
def move_promise(actor: Actor, promise: Promise, due: date, reason: Mapping[str, str]) -> None:
    """Move an open promise to a later day with a public reason; its first date stays visible.

    Raises Forbidden, WrongState, Invalid "not_ahead", "not_later" or "promise_too_far".
    """
    matter = _open_promise(actor, promise)
    _refuse_far(due)
    if due <= clock.today():
        raise Invalid("not_ahead")
    if due <= promise.due:
        raise Invalid("not_later")
    promise.note = add_public_note(matter, "promise_moved", reason)
    promise.due = due
    moved = {"due": clock.end_of(due), "reason": promise.note}
    _record_promise(Kind.PROMISE_MOVED, actor, matter, promise, **moved)


@command
def break_promise(actor: Actor, promise: Promise, reason: Mapping[str, str]) -> None:
    """Say in public that a promise will not be kept, and why.

    Raises Forbidden, WrongState, Invalid.
    """
    matter = _open_promise(actor, promise)
    promise.note = add_public_note(matter, "promise_broken", reason)
    promise.state = PromiseState.BROKEN
    _record_promise(Kind.PROMISE_BROKEN, actor, matter, promise, reason=promise.note)


@command
def remove_photo(actor: Actor, piece: PromiseEvidence) -> None:
    """Take a photo away at once, for example because it shows a person; that it was there stays.

    The file goes before the commit: should that fail, the row leads to nothing, and the act can be
    repeated. Raises Forbidden, WrongState "no_picture".
    """
    promise = db.session.get_one(Promise, piece.promise_id)
    matter = db.session.get_one(Matter, promise.matter_id, with_for_update=True)
    require(
        actor.signed_in and policies.can_remove_photo(actor, matter, promise), "not_photo_remover"
    )
    if piece.picture is None:
        raise WrongState("no_picture")
    files.remove(files.PICTURES, piece.picture)
    piece.picture = piece.width = piece.height = piece.alt = piece.salt = None
    piece.removed_at = clock.now()
    role = _removing_role(actor, matter, promise)
    record(
        Kind.EVIDENCE_REMOVED,
        matter,
        actor,
        role=role.value,
        unit=promise.unit if role == Role.OFFICIAL else None,
        promise=promise.id,
        piece=piece.digest,
    )
    topics.touch("matters", f"matter:{matter.id}")


@command
def name_keeper(actor: Actor, promise: Promise, person: Person | None) -> None:
    """Name the official of the unit who sees to a promise and is reminded of it, or nobody.

    Not public, so the journal says nothing. Raises Forbidden, WrongState, Invalid "not_keeper".
    """
    matter = _open_promise(actor, promise)
    if person and not policies.can_settle(person.as_actor(), matter, promise):
        raise Invalid("not_keeper")
    promise.keeper_id = person.id if person else None


def _refuse_far(due: date) -> None:
    if due > clock.today() + timedelta(days=365 * MOST_YEARS):
        raise Invalid("promise_too_far", years=MOST_YEARS)


def _add_evidence(promise: Promise, piece: Shown | Photo) -> str:
    """Keep what shows a promise kept; returns its digest for the journal."""
    row = _photo_row(piece) if isinstance(piece, Photo) else _address_row(piece)
    promise.evidence.append(row)
    return row.digest


def _address_row(piece: Shown) -> PromiseEvidence:
    url, salt = evidence.checked_url(piece.url), new_salt()
    digest = text_digest(url, salt)
    return PromiseEvidence(kind=piece.kind, url=url, salt=salt, digest=digest, at=clock.now())


def _photo_row(photo: Photo) -> PromiseEvidence:
    """The row of a photo whose file is written first (see `core.files`)."""
    alt, salt = evidence.checked_alt(photo.alt, get_city().official_languages), new_salt()
    digest = text_digest(canonical({"file": photo.picture.digest, "alt": alt}), salt)
    return PromiseEvidence(
        kind=EvidenceKind.PHOTO,
        picture=files.store(files.PICTURES, photo.picture.data),
        width=photo.picture.width,
        height=photo.picture.height,
        alt=alt,
        salt=salt,
        digest=digest,
        at=clock.now(),
    )


def _removing_role(actor: Actor, matter: Matter, promise: Promise) -> Role:
    """As what somebody removes a photo: of the roles that may, the nearest to the promise."""
    if policies.can_settle(actor, matter, promise):
        return Role.OFFICIAL
    return Role.REGISTRY if actor.has(Role.REGISTRY) else Role.MODERATOR


def _record_promise(
    kind: Kind, actor: Actor, matter: Matter, promise: Promise, **facts: Any
) -> None:
    record(kind, matter, actor, role="official", unit=promise.unit, promise=promise.id, **facts)
    topics.touch("matters", f"matter:{matter.id}")


def _open_promise(actor: Actor, promise: Promise) -> Matter:
    """The matter of an open promise, locked: its clocks and card follow together."""
    matter = db.session.get_one(Matter, promise.matter_id, with_for_update=True)
    require(actor.signed_in and policies.can_settle(actor, matter, promise), "not_promising_unit")
    if promise.state != PromiseState.OPEN:
        raise WrongState("promise_settled")
    return matter
