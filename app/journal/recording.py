"""Recording: entries wait in the command, run their consequences, and are chained at its end."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.core import clock
from app.core.access import Actor
from app.core.command import before_commit, scratch
from app.extensions import db
from app.journal.catalogue import CURRENT, FACTS, Kind
from app.journal.chain import canonical, entry_hash, moment
from app.journal.models import JournalActor, JournalEntry, JournalHead


class Subject(Protocol):
    """What an entry can be about: anything with an id and a name for its type."""

    id: Any
    journal_subject: str


@dataclass(frozen=True)
class Entry:
    """A recorded step on its way to the chain, as consequences and replays see it."""

    kind: Kind
    version: int
    subject_type: str
    subject_id: int
    at: datetime
    role: str
    unit: str | None
    actor: str | None
    facts: dict[str, Any]


Consequence = Callable[[Entry], None]
_consequences: dict[Kind, list[Consequence]] = {}


def on(*kinds: Kind) -> Callable[[Consequence], Consequence]:
    """Run a function in the same command whenever an entry of these kinds is recorded.

    It may refuse by raising, which undoes the whole command.
    """

    def register(consequence: Consequence) -> Consequence:
        for kind in kinds:
            _consequences.setdefault(kind, []).append(consequence)
        return consequence

    return register


def record(
    kind: Kind,
    subject: Subject,
    actor: Actor,
    *,
    role: str = "",
    unit: str | None = None,
    at: datetime | None = None,
    **facts: Any,
) -> Entry:
    """Record one public step in the running command, and run its consequences.

    `role` names the capacity in which the actor acts ("author", "official", ...; "system" for
    jobs), `unit` the unit for which; where the catalogue lists `unit` as a fact, it is this one.
    Raises ValueError when the facts are not exactly those of the catalogue.
    """
    version = CURRENT[kind]
    if "unit" in FACTS[kind, version]:
        facts["unit"] = unit
    if facts.keys() != FACTS[kind, version]:
        raise ValueError(f"{kind}: facts {sorted(facts)} are not {sorted(FACTS[kind, version])}")
    entry = Entry(
        kind=kind,
        version=version,
        subject_type=subject.journal_subject,
        subject_id=subject.id,
        at=at or clock.now(),
        role=role or ("system" if actor.is_system else "resident"),
        unit=unit,
        actor=_actor_ref(subject, actor),
        facts={key: _fact(value) for key, value in facts.items()},
    )
    scratch().setdefault("journal", []).append(entry)
    for consequence in _consequences.get(kind, ()):
        consequence(entry)
    return entry


def text_digest(text: str, salt: str) -> str:
    """SHA-256 (hex) of salt and text: the only trace of a text in the journal."""
    return hashlib.sha256(f"{salt}\n{text}".encode()).hexdigest()


def new_salt() -> str:
    """A random salt, kept beside the text and erased with it."""
    return secrets.token_hex(16)


def _fact(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, (list, tuple)):
        return [_fact(item) for item in value]
    if isinstance(value, dict):
        return {key: _fact(item) for key, item in value.items()}
    if value is None or isinstance(value, (str, int, bool)):
        return str(value) if isinstance(value, str) else value
    raise TypeError(f"a fact cannot be a {type(value).__name__}")


def _actor_ref(subject: Subject, actor: Actor) -> str | None:
    if actor.person_id is None:
        return None
    key = (subject.journal_subject, subject.id, actor.person_id)
    known = db.session.get(JournalActor, key)
    if known is None:
        known = JournalActor(
            subject_type=key[0], subject_id=key[1], person_id=key[2], ref=secrets.token_urlsafe(12)
        )
        db.session.add(known)
    return known.ref


@before_commit(90)
def chain_entries(session: Session, space: dict[str, Any]) -> None:
    """Number and chain the command's entries under the journal's lock."""
    waiting: list[Entry] = space.pop("journal", [])
    if not waiting:
        return
    query = select(JournalHead.count, JournalHead.hash).where(JournalHead.id == 1)
    count, previous = session.execute(query.with_for_update()).one()
    rows = []
    for entry in waiting:
        count += 1
        row = _row(entry, count, previous)
        previous = row["hash"]
        rows.append(row)
    session.execute(insert(JournalEntry), rows)
    head = update(JournalHead).where(JournalHead.id == 1).values(count=count, hash=previous)
    session.execute(head)


def _row(entry: Entry, seq: int, previous: str) -> dict[str, Any]:
    recorded = clock.now()
    fields: dict[str, Any] = {
        "seq": seq,
        "kind": entry.kind.value,
        "version": entry.version,
        "subject_type": entry.subject_type,
        "subject_id": entry.subject_id,
        "at": moment(entry.at),
        "recorded_at": moment(recorded),
        "role": entry.role,
        "unit": entry.unit,
        "actor": entry.actor,
        "facts": entry.facts,
        "previous": previous,
    }
    digest = entry_hash(fields)
    return {
        **fields,
        "at": entry.at,
        "recorded_at": recorded,
        "facts": canonical(entry.facts),
        "hash": digest,
    }
