"""Writing a draft in several places at once: nothing is made twice, and nothing is lost unseen.

Each opened form has a key of its own and the fingerprint of what it showed. A form that is sent
twice makes one draft. A form that would overwrite what another one saved meanwhile is refused, so
that its writer can look; the form that saved last may save again.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.core import errors
from app.core.access import Actor, require
from app.core.command import command
from app.core.errors import WrongState
from app.core.text import tidy
from app.extensions import db
from app.proposals import policies, services
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from app.proposals.services import Draft

# The fields of a draft by the step of writing that has them.
PARTS = {
    "start": ("kind", "title", "language", "city_only"),
    "text": ("body", "service", "theme", "area", "district", "lat", "lon"),
}
WHOLE = PARTS["start"] + PARTS["text"]
CHANGED = "changed_meanwhile"
_KEY = re.compile(r"[0-9a-f]{32}")

errors.explain(
    {
        CHANGED: _l(
            "This was changed somewhere else while you were writing. Nothing is lost: compare the "
            "two, then save again."
        )
    }
)


@dataclass(frozen=True)
class Opened:
    """An opened form: its key, and the fingerprint (or version) of what it showed; "" if none."""

    key: str = ""
    began: str = ""

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> "Opened":
        """From what was sent; a key that is none of ours is left out."""
        key = fields.get("form_key", "")
        return cls(key if _KEY.fullmatch(key) else "", fields.get("began", "")[:64])

    def again(self, began: str) -> "Opened":
        """The same form, shown with other contents; it gets a key if it has none."""
        return Opened(self.key or secrets.token_hex(16), began)


def part_of(step: int) -> str:
    """The part of the draft that step 1 or 2 writes."""
    return list(PARTS)[step - 1]


def fingerprint(draft: Draft, names: tuple[str, ...] = WHOLE) -> str:
    """A digest of some fields of a draft; the same contents have the same one."""
    values = [getattr(draft, name) for name in names]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:32]


def find_begun(actor: Actor, key: str) -> Matter | None:
    """The actor's own matter that the form with this key made."""
    if not key or not actor.signed_in:
        return None
    query = select(Matter).where(Matter.author_id == actor.person_id, Matter.form_key == key)
    return db.session.scalars(query).first()


@command
def begin_draft(actor: Actor, draft: Draft, key: str) -> Matter:
    """Make the draft of a form; the same form sent again gets the same draft, unchanged.

    Raises Forbidden, Invalid.
    """
    require(actor.signed_in, "not_allowed")
    known = find_begun(actor, key)
    if known is not None:
        return known
    try:
        with db.session.begin_nested():
            matter = services.create_draft(actor, draft)
            matter.form_key = key or None
            matter.saved_by = {"start": key} if key else None
            db.session.flush()
    except IntegrityError:
        known = find_begun(actor, key)
        if known is None:
            raise
        return known
    return matter


@command
def save_part(actor: Actor, matter: Matter, part: str, written: Draft, opened: Opened) -> None:
    """Save the fields of one step; the other fields stay as they are in the database now.

    Raises Forbidden "not_author", Invalid, WrongState "not_a_draft", or "changed_meanwhile" when
    another form saved this part after this one was opened, and what it saved is not the same.
    """
    require(policies.is_author(actor, matter), "not_author")
    if matter.state != State.DRAFT:
        raise WrongState("not_a_draft")
    names, now = PARTS[part], services.get_draft(matter)
    wanted = replace(now, **{name: getattr(written, name) for name in names})
    wanted = replace(wanted, title=" ".join(tidy(wanted.title).split()), body=tidy(wanted.body))
    if wanted == now:
        return
    is_seen = opened.began in ("", fingerprint(now, names))
    if not is_seen and (matter.saved_by or {}).get(part) != (opened.key or None):
        raise WrongState(CHANGED)
    services.save_draft(actor, matter, wanted)
    matter.saved_by = {**(matter.saved_by or {}), part: opened.key}


@command
def submit_seen(actor: Actor, matter: Matter, why_new: str, began: str) -> bool:
    """Publish a draft as its author saw it; see `services.submit_proposal`.

    Raises WrongState "changed_meanwhile" when it is not what the preview showed any more.
    """
    require(policies.is_starter(actor, matter), "not_author")
    is_draft = matter.state == State.DRAFT
    if is_draft and began and fingerprint(services.get_draft(matter)) != began:
        raise WrongState(CHANGED)
    return services.submit_proposal(actor, matter, why_new)


@command
def edit_seen(actor: Actor, matter: Matter, title: str, body: str, opened: Opened) -> None:
    """Publish a new version of the text that the form showed; see `services.edit_proposal`.

    Raises WrongState "changed_meanwhile" when there is a newer version by another form.
    """
    require(policies.is_author(actor, matter), "not_author")
    text = services.current_text(matter)
    is_same = (" ".join(tidy(title).split()), tidy(body)) == (text.title, text.body)
    is_seen = opened.began in ("", str(text.version))
    own = opened.key and (matter.saved_by or {}).get("edit") == opened.key
    if matter.state == State.PUBLISHED and not (is_same or is_seen or own):
        raise WrongState(CHANGED)
    services.edit_proposal(actor, matter, title, body)
    matter.saved_by = {**(matter.saved_by or {}), "edit": opened.key}
