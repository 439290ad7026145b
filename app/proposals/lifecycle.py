"""The life of a matter: states, kinds, and the moves that journal entries make. Pure.

MOVES is the one table: for each kind of entry, from which states it may happen and where it leads.
The command that changes a state and the replay of the journal both read it.
"""

import enum
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from app.core import labels
from app.journal import Kind as Entry


class MatterKind(enum.StrEnum):
    """How the matter was started, which decides clocks and duties."""

    FEEDBACK = "feedback"
    PROPOSAL = "proposal"
    INITIATIVE = "initiative"


class State(enum.StrEnum):
    """Where a matter is in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    REGISTERED = "registered"
    IN_PREPARATION = "in_preparation"
    WAITING = "waiting"
    ANSWERED = "answered"
    CLOSED = "closed"
    IMPLEMENTING = "implementing"
    IMPLEMENTED = "implemented"
    EVALUATED = "evaluated"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    TRANSFERRED = "transferred"


class Outcome(enum.StrEnum):
    """Outcome classes of an official answer, as Espoo's technical committee reports them."""

    ACTION = "action"
    PARTLY = "partly"
    NO_ACTION = "no_action"
    TRANSFERRED = "transferred"


labels.name(
    {
        MatterKind.FEEDBACK: _l("Feedback"),
        MatterKind.PROPOSAL: _l("Proposal"),
        MatterKind.INITIATIVE: _l("Resident initiative"),
        State.DRAFT: _l("Draft"),
        State.PUBLISHED: _l("Published"),
        State.REGISTERED: _l("Registered"),
        State.IN_PREPARATION: _l("In preparation"),
        State.WAITING: _l("Waiting"),
        State.ANSWERED: _l("Answered"),
        State.CLOSED: _l("Closed"),
        State.IMPLEMENTING: _l("Being implemented"),
        State.IMPLEMENTED: _l("Implemented"),
        State.EVALUATED: _l("Evaluated"),
        State.WITHDRAWN: _l("Withdrawn"),
        State.MERGED: _l("Merged"),
        State.TRANSFERRED: _l("Transferred"),
    }
)
# A call of its own: members of two enums with the same value are the same key of a mapping.
labels.name(
    {
        Outcome.ACTION: _l("Leads to action"),
        Outcome.PARTLY: _l("Partly leads to action"),
        Outcome.NO_ACTION: _l("No action"),
        Outcome.TRANSFERRED: _l("Transferred to another authority"),
    }
)

UNANSWERED = (State.PUBLISHED, State.REGISTERED, State.IN_PREPARATION, State.WAITING)
OPEN = (*UNANSWERED, State.ANSWERED, State.IMPLEMENTING)
EXITS = (State.WITHDRAWN, State.MERGED, State.TRANSFERRED)
BEFORE = None  # a restored matter returns to the state it was in
# After these a matter remembers the state it was in, and can be restored to it.
LEAVING = (Entry.WITHDRAWN, Entry.MERGED, Entry.TRANSFERRED, Entry.DISMISSED)


@dataclass(frozen=True)
class Move:
    """From which states an entry may happen, and the state it leads to."""

    sources: tuple[State, ...]
    target: State | None


MOVES: dict[Entry, Move] = {
    Entry.PUBLISHED: Move((State.DRAFT,), State.PUBLISHED),
    Entry.REGISTERED: Move((State.PUBLISHED,), State.REGISTERED),
    Entry.PREPARING: Move((State.REGISTERED,), State.IN_PREPARATION),
    Entry.ASKED: Move((State.IN_PREPARATION,), State.WAITING),
    Entry.REPLIED: Move((State.WAITING,), State.IN_PREPARATION),
    Entry.RESUMED: Move((State.WAITING,), State.IN_PREPARATION),
    Entry.SENT_TO_BODY: Move((State.IN_PREPARATION,), State.WAITING),
    Entry.BACK_FROM_BODY: Move((State.WAITING,), State.IN_PREPARATION),
    Entry.ANSWERED: Move((State.IN_PREPARATION,), State.ANSWERED),
    Entry.CLOSED: Move((State.ANSWERED,), State.CLOSED),
    Entry.IMPLEMENTING: Move((State.ANSWERED,), State.IMPLEMENTING),
    Entry.IMPLEMENTED: Move((State.IMPLEMENTING,), State.IMPLEMENTED),
    Entry.EVALUATED: Move((State.IMPLEMENTED,), State.EVALUATED),
    Entry.REOPENED: Move((State.IMPLEMENTED, State.CLOSED), State.IN_PREPARATION),
    Entry.WITHDRAWN: Move(OPEN, State.WITHDRAWN),
    Entry.TRANSFERRED: Move(OPEN, State.TRANSFERRED),
    Entry.MERGED: Move(UNANSWERED, State.MERGED),
    Entry.DISMISSED: Move((State.PUBLISHED,), State.CLOSED),
    Entry.RESTORED: Move((*EXITS, State.CLOSED), BEFORE),
}

STAGES: dict[State, int] = {
    State.DRAFT: 0,
    State.PUBLISHED: 0,
    State.REGISTERED: 0,
    State.IN_PREPARATION: 1,
    State.WAITING: 1,
    State.WITHDRAWN: 1,
    State.MERGED: 1,
    State.TRANSFERRED: 1,
    State.ANSWERED: 2,
    State.CLOSED: 2,
    State.IMPLEMENTING: 3,
    State.IMPLEMENTED: 3,
    State.EVALUATED: 4,
}


def can_move(kind: Entry, state: State, before: State | None) -> bool:
    """Whether an entry of this kind may happen to a matter in this state.

    A closed matter that remembers where it was was dismissed: it is restored, and never reopened;
    one that was answered is reopened, and never restored.
    """
    if kind not in MOVES or state not in MOVES[kind].sources:
        return False
    return state != State.CLOSED or (before is not None) == (kind == Entry.RESTORED)


def state_after(kind: Entry, state: State, before: State | None) -> State:
    """The state an entry leads to; `before` is where a matter was before it left."""
    target = MOVES[kind].target
    return target or before or state
