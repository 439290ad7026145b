"""What authors do with their comments afterwards: they change the words, or delete the comment.

A comment can be changed while its matter is discussed. Each change is a version that everybody can
read; the stance stays, since others have found the comment useful or answered it as it was. A
change goes through the same rules as a new comment: a new account's waits for a moderator when it
has many links or repeats a text, and the earlier words stand until then. What moderation has hidden
cannot be changed nor deleted, so that it neither comes back nor is lost for an appeal.

Deleting leaves nothing of the author and of what was said: words, earlier versions, changes that
wait, marks of usefulness and the salts. The digests in the journal then say nothing about words.
"""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete

from app.comments import keeping, pace, policies, queries
from app.comments.models import (
    TEXT_LIMIT,
    Capacity,
    Comment,
    CommentVersion,
    CommentVote,
    Stance,
)
from app.core import clock, errors, topics
from app.core.access import Actor, require
from app.core.command import command
from app.core.errors import Gone, Invalid, WrongState
from app.core.language import LANGUAGES
from app.core.text import clean
from app.extensions import db
from app.journal import Kind, record, text_digest
from app.journal.recording import new_salt
from app.proposals import holding
from app.proposals.holding import HeldReason, HeldText
from app.proposals.models import Matter
from app.proposals.services import require_writer
from app.proposals.writing import CHANGED

MOST_VERSIONS = 50

errors.explain(
    {
        "not_comment_author": _l("Only the author of the comment can do this."),
        "comment_is_hidden": _l(
            "A moderator has hidden this comment. It cannot be changed or deleted now. You can "
            "appeal: see the message about the decision."
        ),
        "too_many_versions": _l(
            "This comment has been changed %(limit)s times. Write a new one instead."
        ),
        "edit_overtaken": _l("The author has changed the comment again since this was written."),
    }
)


@dataclass(frozen=True)
class Change:
    """What a form makes of a comment; `began` is the version that it showed, or ""."""

    language: str
    text: str
    began: str = ""


@command
def edit_comment(actor: Actor, matter: Matter, comment: Comment, change: Change) -> bool:
    """Publish a new version of an own comment; False when it waits for a moderator's look first.

    What is the same makes no version and ends the waiting of an earlier change. Raises Forbidden
    "not_comment_author", "not_confirmed" or "comments_closed"; Gone "comment_deleted"; WrongState
    "comment_is_hidden", or "changed_meanwhile" when there is a newer version than the form showed;
    Invalid for the text, the language and after 50 versions; TooMany "slow_discussion".
    """
    comment = _locked(comment)
    require_editor(actor, matter, comment)
    text = clean(change.text, TEXT_LIMIT)
    if change.language not in LANGUAGES:
        raise Invalid("unknown_language")
    wanted = (change.language, text)
    waiting = queries.find_waiting_edit(comment)
    if waiting is not None and wanted == (waiting.language, waiting.text):
        return False
    if wanted == (comment.language, comment.text):
        _take_back_edits(comment)
        return True
    if change.began not in ("", str(comment.version)):
        raise WrongState(CHANGED)
    if comment.version >= MOST_VERSIONS:
        raise Invalid("too_many_versions", limit=MOST_VERSIONS)
    pace.check_slow_discussion(actor, matter)
    _take_back_edits(comment)
    reason = _reason_to_hold(actor, comment, text)
    if reason is not None:
        _hold(comment, change.language, text, reason)
        return False
    _publish(actor, matter, comment, change.language, text)
    return True


@command
def release_edit(author: Actor, matter: Matter, held: HeldText) -> Comment:
    """Publish a change that was held, in its author's name; who may is the caller's rule.

    Raises what `edit_comment` raises, and WrongState "edit_overtaken" when the author has changed
    the comment meanwhile.
    """
    comment = _locked(db.session.get_one(Comment, held.parent_id))
    require_editor(author, matter, comment)
    if comment.edited_at is not None and comment.edited_at > held.at:
        raise WrongState("edit_overtaken")
    _publish(author, matter, comment, held.language, held.text)
    return comment


@command
def delete_comment(actor: Actor, matter: Matter, comment: Comment) -> None:
    """Delete an own comment for good; answers of others stay below what says so.

    Raises Forbidden "not_comment_author", Gone "comment_deleted", WrongState "comment_is_hidden".
    """
    comment = _locked(comment)
    require_own(actor, comment)
    record(
        Kind.COMMENT_DELETED,
        matter,
        actor,
        role=comment.role,
        unit=comment.unit,
        comment=comment.id,
    )
    for table in (CommentVote, CommentVersion):
        db.session.execute(delete(table).where(table.comment_id == comment.id))
    for held in _take_back_edits(comment):
        held.text = ""
    comment.deleted_at = clock.now()
    comment.author_id = comment.unit = comment.body = comment.form_key = None
    comment.role, comment.stance = Capacity.RESIDENT, Stance.NEUTRAL
    comment.text = comment.salt = ""
    comment.useful, comment.version, comment.edited_at = 0, 1, None
    db.session.flush()
    keeping.count_change(matter, -1)
    keeping.follow_thread(comment)


def require_own(actor: Actor, comment: Comment) -> None:
    """Refuse all but the author of a comment that everybody may read.

    Raises Gone "comment_deleted", Forbidden "not_comment_author", WrongState "comment_is_hidden".
    """
    if comment.deleted_at is not None:
        raise Gone("comment_deleted")
    require(policies.is_own(actor, comment), "not_comment_author")
    if comment.hidden_rule is not None:
        raise WrongState("comment_is_hidden")


def require_editor(actor: Actor, matter: Matter, comment: Comment) -> None:
    """Refuse all who cannot change a comment now; Forbidden "comments_closed" beside the above."""
    require_own(actor, comment)
    require_writer(actor)
    require(policies.can_edit(actor, matter, comment), "comments_closed")


def _locked(comment: Comment) -> Comment:
    """The comment read afresh and locked, after the matter's row."""
    return db.session.get_one(Comment, comment.id, with_for_update=True)


def _reason_to_hold(actor: Actor, comment: Comment, text: str) -> HeldReason | None:
    """Why a new account's change waits; words that stood here in public before never do."""
    if not pace.is_new(actor):
        return None
    stood = {holding.normalised(version.text) for version in queries.list_versions(comment)}
    reason = None
    if holding.normalised(text) not in stood:
        reason = holding.reason_to_hold(actor, text)
    holding.remember(actor, text)
    return reason


def _hold(comment: Comment, language: str, text: str, reason: HeldReason) -> None:
    held = HeldText(matter_id=comment.matter_id, author_id=comment.author_id, reason=reason)
    held.at, held.is_comment, held.parent_id = clock.now(), True, comment.id
    held.language, held.text = language, text
    db.session.add(held)
    topics.touch("moderation")


def _take_back_edits(comment: Comment) -> list[HeldText]:
    """Let no change wait any more; those that moderators have decided on, which stay.

    What a moderator is deciding on at this moment is left to the checks of `release_edit`.
    """
    held = db.session.scalars(queries.edits_of(comment).with_for_update(skip_locked=True)).all()
    for waiting in held:
        if waiting.closed_at is None:
            db.session.delete(waiting)
            topics.touch("moderation")
    return [decided for decided in held if decided.closed_at is not None]


def _publish(actor: Actor, matter: Matter, comment: Comment, language: str, text: str) -> None:
    db.session.add(queries.as_version(comment))
    comment.language, comment.text, comment.salt = language, text, new_salt()
    comment.version, comment.edited_at = comment.version + 1, clock.now()
    record(
        Kind.COMMENT_EDITED,
        matter,
        actor,
        role=comment.role,
        unit=comment.unit,
        comment=comment.id,
        version=comment.version,
        language=language,
        text=text_digest(text, comment.salt),
    )
    topics.touch(f"matter:{matter.id}")
