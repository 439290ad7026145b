"""Panels: what authors can do with a matter, its additions, and open invitations."""

from collections.abc import Sequence
from typing import Any

from app.accounts.models import Person
from app.authoring import links, policies, queries
from app.core import markup
from app.core.access import Actor
from app.core.language import NAMES
from app.core.panels import Panel
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from app.proposals.services import list_texts

BEFORE = (State.DRAFT, State.PUBLISHED)


def _load_additions(matters: Sequence[Matter], _actor: Actor) -> dict[int, Any]:
    """Nothing can have been added while the text can be edited: then nothing is asked."""
    found = {m.id: queries.list_additions(m) for m in matters if m.state not in BEFORE}
    return {
        matter_id: [
            {"at": note.written_at, "language": code, "body": markup.render(text)}
            for note in notes
            for code, text in note.texts.items()
        ]
        for matter_id, notes in found.items()
        if notes
    }


def _load_acts(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    found = {}
    for matter in matters:
        shown = {
            "matter": matter,
            "languages": _other_languages(actor, matter),
            "can_add": policies.can_add(actor, matter),
            "can_see_authors": policies.can_invite(actor, matter)
            or policies.can_leave(actor, matter),
        }
        if shown["languages"] or shown["can_add"] or shown["can_see_authors"]:
            found[matter.id] = shown
    return found


def _other_languages(actor: Actor, matter: Matter) -> dict[str, str]:
    """The languages the actor may write it in; translators are not led to an author's words."""
    if not policies.can_translate(actor, matter):
        return {}
    texts = list_texts(matter) if policies.is_translator(actor, matter) else {}
    return {
        code: name
        for code, name in NAMES.items()
        if code != matter.language and policies.can_translate(actor, matter, texts.get(code))
    }


def _load_invitations(people: Sequence[Person], _actor: Actor) -> dict[int, Any]:
    found = {person.id: queries.list_invitations_of(person) for person in people}
    return {
        person_id: [
            {"token": links.invitation_token(invitation), "name": name, "by": invitation.expires_at}
            for invitation, name in rows
        ]
        for person_id, rows in found.items()
        if rows
    }


ADDITIONS = Panel("matter", "main", "authoring/additions.html", _load_additions)
ADDED = Panel("handle", "main", "authoring/additions.html", _load_additions, private=True)
ACTS = Panel("matter", "main", "authoring/acts.html", _load_acts, private=True)
DRAFT = Panel("draft", "aside", "authoring/acts.html", _load_acts, private=True)
INVITATIONS = Panel(
    "own_matters", "top", "authoring/invitations.html", _load_invitations, private=True
)
