"""The promises of a matter, with their acts, where it is handled; the photos beside them."""

from collections.abc import Sequence
from typing import Any

from flask import url_for

from app.accounts.models import Person
from app.core import language
from app.core.access import Actor, Role
from app.core.panels import Panel
from app.promises import acts, policies, presenting, queries
from app.promises.models import Promise, PromiseState
from app.proposals.models import Matter
from app.responses import desk
from app.responses.desk import OfferedAct
from app.responses.policies import can_open


def _load_acts(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    return {matter.id: shown for matter in matters if (shown := _promises(actor, matter))}


def _promises(actor: Actor, matter: Matter) -> list[dict[str, Any]]:
    listed = queries.list_promises_with_words(matter.id)
    open_units = {promise.unit for promise, _ in listed if promise.state == PromiseState.OPEN}
    staff = {
        unit: queries.list_keepers(unit, matter)
        for unit in open_units
        if actor.has(Role.OFFICIAL, unit)
    }
    return [
        {
            "view": presenting.promise_view(promise, note, language.current()),
            "can_remove": policies.can_remove_photo(actor, matter, promise),
            "acts": _acts(actor, matter, promise, staff.get(promise.unit, [])),
        }
        for promise, note in listed
    ]


def _acts(
    actor: Actor, matter: Matter, promise: Promise, staff: Sequence[Person]
) -> list[OfferedAct]:
    if promise.state != PromiseState.OPEN or not policies.can_settle(actor, matter, promise):
        return []
    return [
        desk.offer(
            acts.name_of(key, promise),
            act,
            acts.make_form(key, promise, staff),
            url_for("promises.act", promise_id=promise.id, key=key),
        )
        for key, act in acts.ACTS.items()
    ]


def _load_photos(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    """The photos that the actor can take away, and not where the matter is handled.

    Residents, and those who can open that page, cost no query.
    """
    if not any(actor.has(role) for role in policies.PHOTO_ROLES):
        return {}
    others = [matter for matter in matters if not can_open(actor, matter)]
    return {matter.id: shown for matter in others if (shown := _photos(actor, matter))}


def _photos(actor: Actor, matter: Matter) -> list[presenting.PhotoView]:
    return [
        presenting.photo_view(piece, language.current())
        for piece, promise in queries.list_photos(matter.id)
        if policies.can_remove_photo(actor, matter, promise)
    ]


PHOTOS = Panel("matter", "aside", "promises/photos_panel.html", _load_photos, private=True)
ACTS = Panel("handle", "main", "promises/acts_panel.html", _load_acts, private=True)
