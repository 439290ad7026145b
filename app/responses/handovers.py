"""Giving a matter to another unit. Each public function that writes is one command.

A matter is offered with a public reason; the other unit accepts it, or returns it with a reason.
Until it is accepted the holder, the clocks, the queue and lateness are the giver's, who may take
the offer back and goes on handling the matter meanwhile. An offer also ends when the matter is
answered or leaves.

When a unit is closed, its open matters move one by one to another unit (`move_matter`, and
`flask handling move-unit` for all of them); the log keeps the old unit's name.
"""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core import clock, errors
from app.core.access import Actor, require
from app.core.command import command
from app.core.errors import Invalid, WrongState
from app.extensions import db
from app.journal import Entry, Kind, on, record
from app.proposals import services as proposals
from app.proposals.lifecycle import MOVES, OPEN, UNANSWERED, State
from app.proposals.models import Matter
from app.proposals.policies import is_author
from app.proposals.public_notes import add_public_note
from app.responses import policies, queries
from app.responses.models import Handover
from app.responses.policies import require_handler
from app.responses.receiving import require_receiver

OFFERABLE = (State.REGISTERED, State.IN_PREPARATION)
MOVABLE = (*OPEN, State.IMPLEMENTED)
ENDING = tuple(
    kind for kind, move in MOVES.items() if move.target and move.target not in UNANSWERED
)

errors.explain(
    {
        "same_unit": _l("The unit holds the matter already. Choose another one."),
        "already_offered": _l("The matter has been offered to a unit already."),
        "not_offered": _l("The matter is not offered to anybody any more."),
        "not_receiver": _l("Only an official of the unit to which it is offered can do this."),
        "cannot_move": _l("Only the registry and administrators move the matters of a unit."),
        "held_by_nobody": _l("No unit holds the matter yet."),
    }
)


@command
def offer_hand_over(
    actor: Actor, matter: Matter, to_unit: str, reason: Mapping[str, str]
) -> Handover:
    """Offer the matter to another unit with a public reason; nothing moves until it accepts.

    Raises Forbidden, WrongState once it is answered or waits, or "already_offered"; Invalid
    "unknown_unit", "closed_unit" or "same_unit".
    """
    require_handler(actor, matter)
    _expect(matter, *OFFERABLE)
    if queries.get_offer(matter.id) is not None:
        raise WrongState("already_offered")
    require_receiver(to_unit)
    if to_unit == matter.holder_unit:
        raise Invalid("same_unit")
    offer = Handover(
        matter_id=matter.id,
        from_unit=matter.holder_unit,
        to_unit=to_unit,
        reason=add_public_note(matter, "handed_over", reason),
        offered_by=actor.person_id,
        offered_at=clock.now(),
    )
    db.session.add(offer)
    _record(Kind.HANDOVER_OFFERED, actor, matter, offer, offer.from_unit, reason=offer.reason)
    return offer


@command
def accept_hand_over(actor: Actor, matter: Matter) -> None:
    """Take an offered matter; from now on it is this unit's, with its clocks as they stand.

    Raises Forbidden "not_receiver" or "own_matter", WrongState "not_offered", Invalid when the
    unit has been closed meanwhile.
    """
    offer = _require_offer(actor, matter)
    require_receiver(offer.to_unit)
    _record(Kind.HANDED_OVER, actor, matter, offer, offer.to_unit, reason=offer.reason)
    proposals.assign(actor, matter, None)


@command
def return_hand_over(actor: Actor, matter: Matter, reason: Mapping[str, str]) -> None:
    """Say with a public reason that the unit does not take the matter; it stays with the giver.

    Raises Forbidden "not_receiver" or "own_matter", WrongState "not_offered", Invalid.
    """
    offer = _require_offer(actor, matter)
    note = add_public_note(matter, "handover_returned", reason)
    _record(Kind.HANDOVER_RETURNED, actor, matter, offer, offer.to_unit, reason=note)


@command
def take_back_hand_over(actor: Actor, matter: Matter) -> None:
    """Offer the matter no more. Raises Forbidden, WrongState "not_offered"."""
    require_handler(actor, matter)
    offer = queries.get_offer(matter.id)
    if offer is None:
        raise WrongState("not_offered")
    _record(Kind.HANDOVER_TAKEN_BACK, actor, matter, offer, offer.from_unit)


@command
def move_matter(actor: Actor, matter: Matter, to_unit: str, reason: Mapping[str, str]) -> None:
    """Give an open matter to another unit without asking it, when units are reorganised.

    A matter that waits goes on waiting. Raises Forbidden "cannot_move", WrongState when nothing is
    left to do or "held_by_nobody", Invalid "unknown_unit", "closed_unit" or "same_unit".
    """
    require(policies.can_move(actor), "cannot_move")
    _expect(matter, *MOVABLE)
    if matter.holder_unit is None:
        raise WrongState("held_by_nobody")
    require_receiver(to_unit)
    if to_unit == matter.holder_unit:
        raise Invalid("same_unit")
    record(
        Kind.HANDED_OVER,
        matter,
        actor,
        role=policies.moving_role(actor),
        from_unit=matter.holder_unit,
        to_unit=to_unit,
        reason=add_public_note(matter, "handed_over", reason),
    )
    proposals.assign(actor, matter, None)


@on(Kind.HANDED_OVER, Kind.HANDOVER_RETURNED, Kind.HANDOVER_TAKEN_BACK, *ENDING)
def end_offer(entry: Entry) -> None:
    """An offer ends when it is accepted, returned or taken back, and when the matter leaves."""
    offer = queries.get_offer(entry.subject_id)
    if offer is not None:
        db.session.delete(offer)
        db.session.flush()


def _record(
    kind: Kind, actor: Actor, matter: Matter, offer: Handover, unit: str, **facts: Any
) -> None:
    record(
        kind,
        matter,
        actor,
        role="official",
        unit=unit,
        from_unit=offer.from_unit,
        to_unit=offer.to_unit,
        **facts,
    )


def _require_offer(actor: Actor, matter: Matter) -> Handover:
    offer = queries.get_offer(matter.id)
    if offer is None:
        raise WrongState("not_offered")
    require(policies.can_receive(actor, offer), "not_receiver")
    require(not is_author(actor, matter), "own_matter")
    return offer


def _expect(matter: Matter, *states: State) -> None:
    if matter.state not in states:
        raise WrongState("wrong_state")
