"""Writes of support and of signatures. Each public function is one command.

Support is one a person and can be taken back at any time. Who supports is told to nobody, unless
the person chooses to show the name. Many people may support at once: the command does not hold
the matter's row, the database refuses the second support of one person, and the count is raised
by an update of its own just before the commit, so that none is lost.

A resident initiative is signed by its *makers* with a name and a home municipality. They are
counted apart: all of them, and those who live in this municipality, since the law asks for two
percent of its residents (see `thresholds.py`). What a maker declares is shown as declared. A
signature can be taken back until the signatures have obliged the city: then they are the ground
of a statutory duty, and stay.

Supporters of a matter that is joined to another one count there: see `united.py`.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from app.city import get_city
from app.city.municipalities import find_municipality
from app.core import clock, errors, topics
from app.core.access import Actor, require
from app.core.command import command
from app.core.errors import Invalid, NotFound, WrongState
from app.core.text import clean
from app.extensions import db
from app.proposals import policies, thresholds, united
from app.proposals.lifecycle import OPEN, MatterKind
from app.proposals.models import Matter, Support
from app.proposals.services import require_writer
from app.proposals.united import Family, Lock, Lost

NAME_LIMIT = 120
NAME_LEAST = 3

errors.explain(
    {
        "support_own": _l("You wrote this yourself. Others can support it."),
        "support_draft": _l("This is still a draft. It can be supported when it is public."),
        "support_not_public": _l("This matter is not public, so it cannot be supported."),
        "support_closed": _l("Support is not collected any more, because the handling has ended."),
        "signature_stays": _l(
            "The signatures have obliged the city by law, so a signature cannot be taken back any "
            "more."
        ),
        "maker_name": _l("Write your name as a signature."),
        "maker_municipality": _l("Write the name of the municipality where you live."),
        "not_an_initiative": _l("Only a resident initiative is signed."),
    }
)


@dataclass(frozen=True)
class Signature:
    """What a maker declares: a name, and the home municipality by its name or code."""

    name: str
    municipality: str


@command
def support_proposal(actor: Actor, matter_id: int, *, is_public: bool = False) -> None:
    """Support a matter, with the name shown only if so chosen; a second time changes nothing.

    Who has counted here through a joined matter supports this one itself from now on. Raises
    Forbidden "not_confirmed", "blocked", "support_own" or "support_not_public", WrongState
    "support_draft" or "support_closed", NotFound.
    """
    matter = _locked(matter_id)
    _require_open(actor, matter)
    if _add(actor, matter, is_public):
        _count(matter, supporters=1)
        if is_public:
            topics.touch(_topic(matter))


@command
def show_name(actor: Actor, matter_id: int, is_public: bool) -> None:
    """Show the name beside the own support or signature, or stop showing it; at once.

    Raises NotFound when the actor does not support the matter.
    """
    support = _own(actor, matter_id)
    if support is None:
        raise NotFound("not_found")
    if support.is_public != is_public:
        support.is_public = is_public
        topics.touch(f"matter:{matter_id}")


@command
def withdraw_support(actor: Actor, matter_id: int) -> None:
    """Take support back, also of a matter that has ended; nothing happens when there is none.

    It ends for the matters that are joined to this one as well. A signature is not touched: see
    `withdraw_signature`. Raises NotFound, WrongState "joined_meanwhile".
    """
    require(actor.signed_in, "not_allowed")
    family, matters = united.lock_family(matter_id, Lock.OWN)
    support = _own(actor, matter_id)
    if support is None or not support.is_maker:
        _count_lost(matters, united.take_back(actor.person_id or 0, family))


@command
def end_support(actor: Actor, matter: Matter) -> None:
    """End the support of somebody who becomes an author, since nobody supports the own matter.

    What the person supports of joined matters stays; there is no change to a signature.
    """
    _count_lost({matter.id: matter}, united.take_back(actor.person_id or 0, Family(matter.id)))


@command
def sign_initiative(
    actor: Actor, matter: Matter, signature: Signature, *, is_public: bool = False
) -> None:
    """Sign a resident initiative as one of its makers; a second time changes nothing.

    A maker supports it too. The entry of the 2 % threshold is written once, when those who live in
    this municipality reach it. Raises as `support_proposal`, and Invalid "not_an_initiative",
    "maker_name" or "maker_municipality".
    """
    _require_open(actor, matter)
    if matter.kind != MatterKind.INITIATIVE:
        raise Invalid("not_an_initiative")
    name = " ".join(clean(signature.name, NAME_LIMIT, required=False).split())
    if len(name) < NAME_LEAST:
        raise Invalid("maker_name")
    home = find_municipality(signature.municipality)
    if home is None:
        raise Invalid("maker_municipality")
    is_new = _add(actor, matter, is_public)
    support = db.session.get_one(Support, (matter.id, actor.person_id))
    if support.is_maker:
        return
    support.is_maker, support.maker_name, support.municipality = True, name, home.code
    support.is_public, support.united_from = is_public, None
    is_here = home.code == get_city().settings["code"]
    _count(matter, supporters=int(is_new), makers=1, makers_here=int(is_here))
    db.session.flush()
    if is_public:
        topics.touch(_topic(matter))
    thresholds.record_when_reached(actor, matter)


def withdraw_signature(actor: Actor, matter: Matter) -> None:
    """Take a signature back, and the support with it; nothing happens when there is none.

    Support ends for the matters that are joined to this one as well. Raises WrongState
    "signature_stays" once the signatures have obliged the city, "joined_meanwhile".
    """
    require(actor.signed_in, "not_allowed")
    _withdraw_signature(actor, matter.id)


@command
def _withdraw_signature(actor: Actor, matter_id: int) -> None:
    """A command of numbers, so that all matters of the family are locked in one order."""
    family, matters = united.lock_family(matter_id, Lock.OWN)
    support, matter = _own(actor, matter_id), matters[matter_id]
    if support is None or not support.is_maker:
        return
    if thresholds.is_recorded(matter):
        raise WrongState("signature_stays")
    is_here = support.municipality == get_city().settings["code"]
    lost = [Lost(matter_id, support.is_public)]
    db.session.delete(support)
    db.session.flush()
    _count(matter, makers=-1, makers_here=-int(is_here))
    _count_lost(matters, [*lost, *united.take_back(actor.person_id or 0, family)])
    topics.touch(_topic(matter))


@command
def unite_supports(matter: Matter, into: Matter) -> None:
    """Count the supporters of a matter for the one it is joined to; both are locked.

    Who may join them is the caller's rule.
    """
    _count(into, supporters=united.add_supporters(matter, into))


@command
def separate_supports(family: Family, matters: dict[int, Matter]) -> None:
    """Stop counting the supporters of a matter that is not joined any more; all are locked."""
    _count_lost(matters, united.let_go(family.above))


def _locked(matter_id: int) -> Matter:
    """A matter that is going to be supported.

    An initiative is locked as by those who sign it, or somebody who does both in one instant would
    wait in a circle: for the own row of the support, and for the count.
    """
    kind = db.session.scalars(select(Matter.kind).where(Matter.id == matter_id)).first()
    how = Lock.OWN if kind == MatterKind.INITIATIVE else Lock.SHARED
    matter = united.lock([matter_id], how).get(matter_id)
    if matter is None:
        raise NotFound("not_found")
    return matter


def _own(actor: Actor, matter_id: int) -> Support | None:
    return db.session.get(Support, (matter_id, actor.person_id)) if actor.signed_in else None


def _require_open(actor: Actor, matter: Matter) -> None:
    """Refuse with the sentence that fits; `policies.can_support` is the same in one answer."""
    require_writer(actor)
    require(not policies.is_author(actor, matter), "support_own")
    if matter.published_at is None:
        raise WrongState("support_draft")
    require(matter.is_visible, "support_not_public")
    if matter.state not in OPEN:
        raise WrongState("support_closed")


def _add(actor: Actor, matter: Matter, is_public: bool) -> bool:
    """Whether the support is new; somebody who sends twice at once is counted once."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    row = {
        "matter_id": matter.id,
        "person_id": actor.person_id,
        "at": clock.now(),
        "is_maker": False,
        "is_verified": False,
        "is_public": is_public,
    }
    insert = dialect.insert(Support).values(row).on_conflict_do_nothing()
    # What came back and not rowcount, which not every driver tells of such an insert.
    if db.session.scalars(insert.returning(Support.person_id)).first() is not None:
        return True
    united.give_oneself(actor.person_id or 0, matter.id)
    return False


def _count(matter: Matter, **changes: int) -> None:
    """Change kept counts in the database's own arithmetic; the page follows within a minute."""
    for column, by in changes.items():
        if by:
            setattr(matter, column, getattr(Matter, column) + by)
    topics.touch_calmly(_topic(matter))
    topics.touch_calmly("matters")


def _count_lost(matters: dict[int, Matter], lost: Iterable[Lost]) -> None:
    lost = list(lost)
    for matter_id, by in Counter(one.matter_id for one in lost).items():
        _count(matters[matter_id], supporters=-by)
    topics.touch(*(_topic(matters[one.matter_id]) for one in lost if one.was_named))


def _topic(matter: Matter) -> str:
    return f"matter:{matter.id}"
