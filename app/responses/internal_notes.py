"""Internal notes of those who handle a matter. They never leave the house: no journal entry, no
search, no export, no mail, no public page. Each public function is one command.
"""

from flask_babel import lazy_gettext as _l

from app.core import clock, errors
from app.core.access import Actor, require
from app.core.command import command
from app.core.text import clean
from app.extensions import db
from app.proposals.models import Matter
from app.proposals.public_notes import NOTE_LIMIT
from app.responses import policies
from app.responses.models import InternalNote

errors.explain(
    {
        "cannot_note": _l("Internal notes are for those who handle the matter."),
        "not_own_note": _l("Only the writer can remove a note."),
    }
)


@command
def add_internal_note(actor: Actor, matter: Matter, text: str) -> InternalNote:
    """Write a note that only those see who may open the matter where it is handled.

    Raises Forbidden "cannot_note", Invalid for no words or too many.
    """
    require(policies.can_note(actor, matter), "cannot_note")
    note = InternalNote(
        matter_id=matter.id,
        author_id=actor.person_id,
        text=clean(text, NOTE_LIMIT),
        at=clock.now(),
    )
    db.session.add(note)
    return note


@command
def remove_internal_note(actor: Actor, note: InternalNote) -> None:
    """Remove one's own note for good. Raises Forbidden "not_own_note"."""
    require(note.author_id == actor.person_id, "not_own_note")
    db.session.delete(note)
