"""Records single steps of a matter's life, as the commands of its features do."""

import itertools
from typing import Any

from app.core.access import Actor
from app.core.command import command
from app.journal import Entry, Kind, record
from app.proposals.lifecycle import State
from app.proposals.models import Matter

UNIT = "street_engineering"
OFFICIAL = Actor(name="An official")

FACTS: dict[Kind, dict[str, Any]] = {
    Kind.PUBLISHED: {
        "matter_kind": "proposal",
        "language": "fi",
        "area": "suur-matinkyla",
        "theme": "streets",
        "service": "street_lighting",
        "title": "title digest",
        "text": "text digest",
    },
    Kind.REGISTERED: {},
    Kind.PREPARING: {},
    Kind.HANDED_OVER: {"from_unit": UNIT, "to_unit": "sports", "reason": "digest"},
    Kind.ESTIMATED: {"until": "2026-05-01", "contact": "digest"},
    Kind.ASKED: {"text": "digest"},
    Kind.REPLIED: {"text": "digest"},
    Kind.RESUMED: {"reason": "digest"},
    Kind.SENT_TO_BODY: {"body": "tela", "meeting": "2026-04-22"},
    Kind.BACK_FROM_BODY: {"body": "tela"},
    Kind.EXTENDED: {"clock": "answer", "ref": "", "reason": "digest"},
    Kind.ANSWERED: {
        "version": 1,
        "outcome": "action",
        "work": "core",
        "cost_cents": None,
        "languages": ["fi", "sv"],
        "text": "digest",
    },
    Kind.CLOSED: {"reason": "digest"},
    Kind.TRANSFERRED: {"authority": "ely", "reason": "digest"},
    Kind.WITHDRAWN: {"reason": "digest"},
    Kind.RESTORED: {"reason": "digest"},
    Kind.PROMISED: {"promise": 7, "text": "digest"},
    Kind.PROMISE_KEPT: {"promise": 7, "evidence": "digest"},
    Kind.PROMISE_MOVED: {"promise": 7, "reason": "digest"},
    Kind.PROMISE_BROKEN: {"promise": 7, "reason": "digest"},
    Kind.IMPLEMENTING: {},
    Kind.IMPLEMENTED: {"evidence": "digest"},
    Kind.EVALUATED: {"yes": 3, "partly": 1, "no": 0},
    Kind.REOPENED: {"reason": "digest"},
    Kind.HIDDEN: {"rule": "spam"},
    Kind.SHOWN: {},
}

_START = (Kind.PUBLISHED, Kind.REGISTERED, Kind.PREPARING)
_ANSWERED = (*_START, Kind.ANSWERED)
_IMPLEMENTED = (*_ANSWERED, Kind.IMPLEMENTING, Kind.IMPLEMENTED)

# The shortest way from a draft to each state. No entry leads to `merged` yet.
WAYS: dict[State, tuple[Kind, ...]] = {
    State.DRAFT: (),
    State.PUBLISHED: _START[:1],
    State.REGISTERED: _START[:2],
    State.IN_PREPARATION: _START,
    State.WAITING: (*_START, Kind.ASKED),
    State.ANSWERED: _ANSWERED,
    State.CLOSED: (*_ANSWERED, Kind.CLOSED),
    State.IMPLEMENTING: _IMPLEMENTED[:-1],
    State.IMPLEMENTED: _IMPLEMENTED,
    State.EVALUATED: (*_IMPLEMENTED, Kind.EVALUATED),
    State.WITHDRAWN: (*_START, Kind.WITHDRAWN),
    State.TRANSFERRED: (*_START, Kind.TRANSFERRED),
}

_numbers = itertools.count(1)


@command
def step(matter: Matter, kind: Kind, **facts: Any) -> Entry:
    """Record one entry with plausible facts, changed by those given."""
    known = dict(FACTS[kind])
    if kind == Kind.REGISTERED:
        known["case_number"] = f"ESBO/{next(_numbers)}/2026"
    return record(kind, matter, OFFICIAL, role="official", unit=UNIT, **known | facts)


def walk(matter: Matter, state: State) -> Matter:
    """Lead a draft to a state."""
    for kind in WAYS[state]:
        step(matter, kind)
    return matter
