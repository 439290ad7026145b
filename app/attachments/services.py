"""Writes of attachments. Each public command is one transaction."""

from flask_babel import lazy_gettext as _l

from app.attachments import policies, queries
from app.attachments.models import (
    MOST_A_DAY,
    MOST_ATTACHMENTS,
    WORDS_LIMIT,
    Attachment,
    AttachmentKind,
)
from app.attachments.sent import Sent
from app.core import clock, errors, files, topics
from app.core.access import Actor, require
from app.core.command import command
from app.core.errors import Invalid, TooMany, WrongState
from app.core.text import clean
from app.extensions import db
from app.journal import Entry, Kind, on, record, text_digest
from app.journal.chain import canonical
from app.journal.recording import new_salt
from app.proposals import holding
from app.proposals import policies as proposal_policies
from app.proposals import services as proposals
from app.proposals.models import Matter

errors.explain(
    {
        "photo_words": _l("Write what the photo shows. Those who do not see it hear these words."),
        "document_name": _l("Give the document a name."),
        "attached_already": _l(
            "This file is here already, with other words. Remove it first, then add it again."
        ),
        "attachments_full": _l(
            "A matter has room for %(limit)s photos and documents. Remove one first."
        ),
        "attached_enough": _l("You can add %(limit)s files a day. Try again tomorrow."),
    }
)


def require_editor(actor: Actor, matter: Matter) -> None:
    """Refuse whoever may not change the attachments now.

    Raises Forbidden "not_author", "not_confirmed" or "blocked", WrongState "matter_is_hidden" or
    "editing_closed".
    """
    require(proposal_policies.is_author(actor, matter), "not_author")
    proposals.require_writer(actor)
    if matter.hidden_rule is not None:
        raise WrongState("matter_is_hidden")
    if not policies.can_attach(actor, matter):
        raise WrongState("editing_closed")


@command
def attach(actor: Actor, matter: Matter, sent: Sent, words: str) -> Attachment:
    """Add a photo or a document to a matter whose text can still be edited.

    `words` say what a photo shows, or are the name of a document, by default that of its file. The
    same file with the same words again is the one that is there. Raises what `require_editor`
    raises, Invalid for the words (also "new_account_links"), "attached_already" or
    "attachments_full", TooMany "attached_enough".
    """
    require_editor(actor, matter)
    words = _checked_words(sent, words)
    known = queries.find_same(matter, sent.digest)
    if known is not None and known.words == words:
        return known
    _refuse_more(actor, matter, known)
    said = [words, *(one.words for one in queries.list_attachments(matter))]
    holding.check_links(actor, "\n".join(said))
    attachment = _keep(actor, matter, sent, words)
    proposals.count_change(matter, "attachments", 1)
    _changed(Kind.ATTACHED, actor, matter, attachment)
    return attachment


@command
def remove(actor: Actor, matter: Matter, number: int) -> None:
    """Take an attachment away for good; nothing happens when it is gone already.

    The file goes before the commit: should that fail, the row leads to nothing, and the act can be
    repeated. Raises what `require_editor` raises.
    """
    require_editor(actor, matter)
    attachment = queries.find_attachment(matter, number)
    if attachment is None:
        return
    for folder in _folders(attachment.kind):
        files.remove(folder, attachment.file)
    db.session.delete(attachment)
    proposals.count_change(matter, "attachments", -1)
    _changed(Kind.ATTACHMENT_REMOVED, actor, matter, attachment)


@on(Kind.PUBLISHED)
def tell_attached(entry: Entry) -> None:
    """What was attached to a draft is told when it is published."""
    matter = db.session.get_one(Matter, entry.subject_id)
    for attachment in queries.list_attachments(matter):
        adder = Actor(person_id=attachment.added_by)
        _record(Kind.ATTACHED, adder, matter, attachment)


def digest_of(attachment: Attachment) -> str:
    """What the journal knows of an attachment: a digest of its file with its words."""
    told = canonical({"file": attachment.digest, "words": attachment.words})
    return text_digest(told, attachment.salt)


def _checked_words(sent: Sent, words: str) -> str:
    is_photo = sent.kind == AttachmentKind.PHOTO
    words = _on_one_line(words) or _on_one_line("" if is_photo else sent.name)
    if not words:
        raise Invalid("photo_words" if is_photo else "document_name")
    return words


def _on_one_line(text: str) -> str:
    return " ".join(clean(text, WORDS_LIMIT, required=False).split())


def _refuse_more(actor: Actor, matter: Matter, known: Attachment | None) -> None:
    if known is not None:
        raise Invalid("attached_already")
    if matter.attachments >= MOST_ATTACHMENTS:
        raise Invalid("attachments_full", limit=MOST_ATTACHMENTS)
    if queries.count_lately(actor.person_id or 0) >= MOST_A_DAY:
        raise TooMany("attached_enough", limit=MOST_A_DAY)


def _keep(actor: Actor, matter: Matter, sent: Sent, words: str) -> Attachment:
    """Write the files first, then the row that names them."""
    name = files.store(_folders(sent.kind)[0], sent.data)
    if sent.thumbnail is not None:
        files.store(files.THUMBNAILS, sent.thumbnail, name)
    attachment = Attachment(
        matter_id=matter.id,
        kind=sent.kind,
        file=name,
        digest=sent.digest,
        size=len(sent.data),
        width=sent.width,
        height=sent.height,
        words=words,
        salt=new_salt(),
        added_by=actor.person_id,
        added_at=clock.now(),
    )
    db.session.add(attachment)
    db.session.flush()
    return attachment


def _folders(kind: AttachmentKind) -> tuple[files.Folder, ...]:
    if kind == AttachmentKind.PHOTO:
        return files.PICTURES, files.THUMBNAILS
    return (files.DOCUMENTS,)


def _changed(kind: Kind, actor: Actor, matter: Matter, attachment: Attachment) -> None:
    """A published matter tells it; a draft that waits for a moderator is the author's again."""
    if matter.published_at is None:
        holding.take_back(matter.id)
        return
    _record(kind, actor, matter, attachment)
    topics.touch(f"matter:{matter.id}")


def _record(kind: Kind, actor: Actor, matter: Matter, attachment: Attachment) -> None:
    digest = digest_of(attachment)
    record(kind, matter, actor, role="author", file_kind=attachment.kind, digest=digest)
