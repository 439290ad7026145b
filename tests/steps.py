"""Records single steps of a matter's life, as the commands of its features do."""

import itertools
from typing import Any

from sqlalchemy import select

from app.core.access import Actor
from app.core.command import command
from app.extensions import db
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
    Kind.HANDOVER_OFFERED: {"from_unit": UNIT, "to_unit": "sports", "reason": "digest"},
    Kind.HANDOVER_RETURNED: {"from_unit": UNIT, "to_unit": "sports", "reason": "digest"},
    Kind.HANDOVER_TAKEN_BACK: {"from_unit": UNIT, "to_unit": "sports"},
    Kind.HANDED_OVER: {"from_unit": UNIT, "to_unit": "sports", "reason": "digest"},
    Kind.ESTIMATED: {"until": "2026-05-01", "contact": "digest"},
    Kind.ASKED: {"text": "digest"},
    Kind.ASK_REMINDED: {},
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
        "contract": None,
        "decision": None,
    },
    Kind.CLOSED: {"reason": "digest"},
    Kind.TRANSFERRED: {"authority": "ely", "reason": "digest"},
    Kind.WITHDRAWN: {"reason": "digest"},
    Kind.TRANSLATED: {
        "language": "sv",
        "version": 1,
        "source_version": 1,
        "origin": "human",
        "title": "title digest",
        "text": "text digest",
    },
    Kind.ADDED: {"text": "digest"},
    Kind.CO_AUTHOR_JOINED: {},
    Kind.CO_AUTHOR_LEFT: {"co_author": "ref"},
    Kind.ATTACHED: {"file_kind": "photo", "digest": "digest"},
    Kind.ATTACHMENT_REMOVED: {"file_kind": "document", "digest": "digest"},
    Kind.RESTORED: {"reason": "digest", "other": None},
    Kind.CASE_NUMBER_CHANGED: {"case_number": "2/10.03.01/2026", "before": "1/10.03.01/2026"},
    Kind.DISMISSED: {"rule": "spam", "reason": "digest"},
    Kind.MERGED: {"reason": "digest"},
    Kind.MERGED_IN: {"other": 3, "reason": "digest"},
    Kind.PARTED: {"other": 3, "reason": "digest"},
    Kind.SPLIT: {"other": 3, "reason": "digest"},
    Kind.SPLIT_FROM: {"other": 3, "reason": "digest"},
    Kind.PROMISED: {"promise": 7, "text": "digest"},
    Kind.PROMISE_KEPT: {"promise": 7, "evidence": "digest", "pieces": []},
    Kind.PROMISE_MOVED: {"promise": 7, "reason": "digest"},
    Kind.PROMISE_BROKEN: {"promise": 7, "reason": "digest"},
    Kind.EVIDENCE_REMOVED: {"promise": 7, "piece": "digest"},
    Kind.DECISION_LINKED: {
        "decision": 3,
        "case_number": "41/10.03.01/2026",
        "body": "tela",
        "decided_on": "2026-04-22",
        "digest": "digest",
    },
    Kind.DECISION_UNLINKED: {"decision": 3, "reason": "other_case"},
    Kind.IMPLEMENTING: {},
    Kind.IMPLEMENTED: {"evidence": "digest"},
    Kind.EVALUATED: {"yes": 3, "partly": 1, "no": 0},
    Kind.REOPENED: {"reason": "digest"},
    Kind.CLOCKS_STARTED: {},
    Kind.MARKED: {"mark": "document_request"},
    Kind.UNMARKED: {"mark": "document_request"},
    Kind.DOCUMENTS_GIVEN: {"note": "digest"},
    Kind.TAKEN_UP: {"body": "tela"},
    Kind.MEASURED: {"months": 6, "value": "12.5", "note": "digest"},
    Kind.QUESTION_ASKED: {"question": 5, "body": "tela", "text": "digest"},
    Kind.QUESTION_PAUSED: {"question": 5, "reason": "digest"},
    Kind.QUESTION_CONTINUED: {"question": 5},
    Kind.QUESTION_ANSWERED: {"question": 5, "text": "digest"},
    Kind.HIDDEN: {"rule": "spam"},
    Kind.SHOWN: {},
}

_START = (Kind.PUBLISHED, Kind.REGISTERED, Kind.PREPARING)
_ANSWERED = (*_START, Kind.ANSWERED)
_IMPLEMENTED = (*_ANSWERED, Kind.IMPLEMENTING, Kind.IMPLEMENTED)

# The shortest way from a draft to each state.
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
    State.MERGED: (*_START, Kind.MERGED),
}

_numbers = itertools.count(1)


@command
def step(matter: Matter, kind: Kind, **facts: Any) -> Entry:
    """Record one entry with plausible facts, changed by those given."""
    known = dict(FACTS[kind])
    if kind == Kind.REGISTERED:
        known["case_number"] = f"ESBO/{next(_numbers)}/2026"
    if kind == Kind.MERGED and "into" not in facts:
        known["into"] = _another(matter).id
    role = "author" if kind == Kind.PUBLISHED else "official"
    return record(kind, matter, OFFICIAL, role=role, unit=UNIT, **known | facts)


def _another(matter: Matter) -> Matter:
    """A bare draft, the same one for all that are joined to another matter."""
    query = select(Matter).where(Matter.title == "Toinen asia", Matter.id != matter.id)
    known = db.session.scalars(query).first()
    if known is not None:
        return known
    draft = Matter(kind=matter.kind, language="fi", title="Toinen asia", summary="")
    draft.created_at = matter.created_at
    db.session.add(draft)
    db.session.flush()
    return draft


def walk(matter: Matter, state: State) -> Matter:
    """Lead a draft to a state."""
    for kind in WAYS[state]:
        step(matter, kind)
    return matter
