"""The card: a matter's state, holder and outcome as its journal entries give them.

`fold` is pure and the one description of how an entry changes a card. The consequence `follow`
applies it to the matter's row in the command that records the entry, and refuses an illegal move;
`CardReplayer` folds all entries again and compares. Nothing else writes these columns.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.core import topics
from app.core.errors import WrongState
from app.extensions import db
from app.journal import Entry, Kind, on
from app.journal.replay import register
from app.proposals import counts
from app.proposals.lifecycle import (
    LEAVING,
    MOVES,
    UNANSWERED,
    Outcome,
    State,
    can_move,
    state_after,
)
from app.proposals.models import Matter


@dataclass(frozen=True)
class Card:
    """The columns of a matter that follow from the journal; moments aware UTC."""

    state: State = State.DRAFT
    state_before: str | None = None
    state_since: datetime | None = None
    published_at: datetime | None = None
    case_number: str | None = None
    holder_unit: str | None = None
    holder_body: str | None = None
    holder_since: datetime | None = None
    answered_at: datetime | None = None
    outcome: Outcome | None = None
    hidden_rule: str | None = None
    last_step_at: datetime | None = None


COLUMNS = tuple(Card.__dataclass_fields__)


def fold(card: Card, entry: Entry) -> Card:
    """The card after an entry. Raises WrongState for a move that this state does not allow."""
    if entry.kind in MOVES:
        card = _move(card, entry)
    change = _CHANGES.get(entry.kind)
    card = change(card, entry) if change else card
    if entry.kind in NO_STEP:
        return card
    return replace(card, last_step_at=max(card.last_step_at or entry.at, entry.at))


def _move(card: Card, entry: Entry) -> Card:
    before = State(card.state_before) if card.state_before else None
    if not can_move(entry.kind, card.state, before):
        raise WrongState("wrong_state")
    target = state_after(entry.kind, card.state, before)
    return replace(
        card,
        state=target,
        state_before=card.state.value if entry.kind in LEAVING else None,
        state_since=entry.at,
    )


def _held(card: Card, entry: Entry, unit: str | None, body: str | None = None) -> Card:
    return replace(card, holder_unit=unit, holder_body=body, holder_since=entry.at)


_CHANGES = {
    Kind.PUBLISHED: lambda card, entry: replace(card, published_at=entry.at),
    Kind.REGISTERED: lambda card, entry: replace(
        _held(card, entry, entry.facts["unit"]), case_number=entry.facts["case_number"]
    ),
    # What is on a body's table stays there when its unit is closed.
    Kind.HANDED_OVER: lambda card, entry: _held(
        card, entry, entry.facts["to_unit"], card.holder_body
    ),
    Kind.CASE_NUMBER_CHANGED: lambda card, entry: replace(
        card, case_number=entry.facts["case_number"]
    ),
    Kind.SENT_TO_BODY: lambda card, entry: _held(
        card, entry, card.holder_unit, entry.facts["body"]
    ),
    Kind.BACK_FROM_BODY: lambda card, entry: _held(card, entry, entry.facts["unit"]),
    Kind.ANSWERED: lambda card, entry: replace(
        card, answered_at=entry.at, outcome=Outcome(entry.facts["outcome"])
    ),
    # An answer's outcome stays; only what nobody answered is transferred instead.
    Kind.TRANSFERRED: lambda card, entry: replace(
        card, outcome=card.outcome or Outcome.TRANSFERRED
    ),
    # The state has moved already: what returns to before its answer has no outcome.
    Kind.RESTORED: lambda card, entry: replace(
        card, outcome=None if card.state in UNANSWERED else card.outcome
    ),
    Kind.REOPENED: lambda card, entry: replace(
        _held(card, entry, entry.facts["unit"]), outcome=None
    ),
    Kind.HIDDEN: lambda card, entry: replace(card, hidden_rule=entry.facts["rule"]),
    Kind.SHOWN: lambda card, entry: replace(card, hidden_rule=None),
}

# What happens around a matter without anybody taking it a step further.
NO_STEP = (
    Kind.TRANSLATED,
    Kind.ADDED,
    Kind.CO_AUTHOR_JOINED,
    Kind.CO_AUTHOR_LEFT,
    Kind.ATTACHED,
    Kind.ATTACHMENT_REMOVED,
    Kind.HIDDEN,
    Kind.SHOWN,
    Kind.CASE_NUMBER_CHANGED,
    Kind.MERGED_IN,
    Kind.PARTED,
    Kind.SPLIT,
    Kind.SPLIT_FROM,
    Kind.COMMENTED,
    Kind.COMMENT_EDITED,
    Kind.COMMENT_DELETED,
    Kind.COMMENT_HIDDEN,
    Kind.COMMENT_SHOWN,
    Kind.APPEALED,
    Kind.APPEAL_DECIDED,
    Kind.COMMENT_APPEALED,
    Kind.COMMENT_APPEAL_DECIDED,
    Kind.EVIDENCE_REMOVED,
    Kind.MAKERS_THRESHOLD,
    Kind.CLOCKS_STARTED,
    Kind.OVERDUE,
    Kind.ASK_REMINDED,
)
FOLLOWED = tuple(kind for kind in Kind if kind in _CHANGES or kind not in NO_STEP)


@on(*FOLLOWED)
def follow(entry: Entry) -> None:
    """Bring the matter's row along with an entry; refuses an illegal move."""
    if entry.subject_type != Matter.journal_subject:
        return
    matter = db.session.get_one(Matter, entry.subject_id)
    with counts.following(matter):
        after = fold(Card(**{name: getattr(matter, name) for name in COLUMNS}), entry)
        for name in COLUMNS:
            setattr(matter, name, getattr(after, name))
    topics.touch("matters", f"matter:{matter.id}")


class CardReplayer:
    """Compares every published matter's card with its entries."""

    name = "card"
    subject_type = "matter"

    def fold(self, entries: list[Entry]) -> Any:
        """The card that the entries give."""
        card = Card()
        for entry in entries:
            card = fold(card, entry)
        return asdict(card)

    def stored(self, subject_ids: list[int]) -> dict[int, Any]:
        """Cards as the table has them."""
        columns = [getattr(Matter, name) for name in COLUMNS]
        query = select(Matter.id, *columns).where(Matter.id.in_(subject_ids))
        return {
            row[0]: dict(zip(COLUMNS, row[1:], strict=True)) for row in db.session.execute(query)
        }

    def count_stored(self) -> int:
        """Matters that are not drafts."""
        query = select(func.count()).select_from(Matter).where(Matter.published_at.is_not(None))
        return db.session.scalars(query).one()


register(CardReplayer())
