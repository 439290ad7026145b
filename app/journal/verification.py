"""Verification of the chain: in the database or in an exported file, against its seals.

An export is JSON lines: first every entry in order, then `{"seal": ...}` lines and at last
`{"head": {"count", "hash"}}`. Whoever kept a seal from elsewhere adds it with `--seal`.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, TextIO

from sqlalchemy import select

from app.extensions import db
from app.journal import queries
from app.journal.chain import canonical, entry_hash
from app.journal.models import GENESIS, JournalEntry


@dataclass
class Report:
    """What a verification found. `bad` names the first wrong entry, None when all hold."""

    count: int = 0
    hash: str = GENESIS
    bad: int | None = None
    reason: str = ""
    seals: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything held."""
        return self.bad is None and not self.reason

    def refuse(self, reason: str, seq: int | None = None) -> "Report":
        """Note the first thing that did not hold."""
        if self.ok:
            self.reason, self.bad = reason, seq
        return self


@dataclass(frozen=True)
class SealedPoint:
    """A seal as published: the day, how many entries stood, and the hash of the last."""

    day: str
    count: int
    hash: str


def verify_entries(
    entries: Iterable[dict[str, Any]], seals: Iterable[SealedPoint], head: tuple[int, str] | None
) -> Report:
    """Recompute the chain and compare it with seals and head; stops at the first wrong entry."""
    report = Report()
    by_count: dict[int, list[SealedPoint]] = {}
    for seal in seals:
        by_count.setdefault(seal.count, []).append(seal)
    _check_seals(report, by_count.pop(0, []))
    for fields in entries:
        if not _check_entry(report, fields):
            return report
        report.count, report.hash = report.count + 1, fields["hash"]
        _check_seals(report, by_count.pop(report.count, []))
        if not report.ok:
            return report
    for count, points in sorted(by_count.items()):
        report.refuse(
            f"the seal of {points[0].day} counts {count} entries, only {report.count} are here: "
            "the end has been cut off"
        )
    if head is not None and head != (report.count, report.hash):
        report.refuse(f"the head says {head[0]} entries, {report.count} are here")
    return report


def _check_entry(report: Report, fields: dict[str, Any]) -> bool:
    expected = report.count + 1
    if fields.get("seq") != expected:
        report.refuse(f"entry {expected} is missing; {fields.get('seq')} stands there", expected)
    elif fields.get("previous") != report.hash:
        report.refuse(f"entry {expected} does not carry the hash of the one before", expected)
    else:
        try:
            computed = entry_hash(fields)
        except KeyError as missing:
            report.refuse(f"entry {expected} has no {missing}", expected)
            return False
        if computed != fields.get("hash"):
            report.refuse(f"entry {expected} has been changed: its hash does not match", expected)
    return report.ok


def _check_seals(report: Report, seals: list[SealedPoint]) -> None:
    for seal in seals:
        if seal.hash != report.hash:
            report.refuse(f"the seal of {seal.day} does not match entry {seal.count}", seal.count)
        else:
            report.seals.append(seal.day)


def verify_database() -> Report:
    """Verify the chain in the database against its own seals and head."""
    seals = [SealedPoint(s.day.isoformat(), s.count, s.hash) for s in queries.list_seals()]
    head = queries.get_head()
    with closing(queries.stream_chain()) as entries:
        return verify_entries(entries, seals, head)


def hash_at(count: int) -> str:
    """The hash of the chain after `count` entries, as the database has it."""
    if count == 0:
        return GENESIS
    return db.session.scalars(select(JournalEntry.hash).where(JournalEntry.seq == count)).one()


def export(target: TextIO) -> int:
    """Write the whole journal as JSON lines; returns the number of entries."""
    count = 0
    for fields in queries.stream_chain():
        target.write(canonical(fields) + "\n")
        count += 1
    for seal in queries.list_seals():
        point = {"day": seal.day.isoformat(), "count": seal.count, "hash": seal.hash}
        target.write(canonical({"seal": point}) + "\n")
    head_count, head_hash = queries.get_head()
    target.write(canonical({"head": {"count": head_count, "hash": head_hash}}) + "\n")
    return count


def verify_file(source: TextIO, kept: Iterable[SealedPoint] = ()) -> Report:
    """Verify an exported file, also against seals that somebody kept outside.

    Reads the file twice, since seals and head stand behind the entries; memory stays small.
    """
    tail: dict[str, Any] = {"seals": []}
    try:
        for fields in _lines(source):
            if "seal" in fields:
                tail["seals"].append(SealedPoint(**fields["seal"]))
            elif "head" in fields:
                tail["head"] = (fields["head"]["count"], fields["head"]["hash"])
        source.seek(0)
        entries = (fields for fields in _lines(source) if "kind" in fields)
        report = verify_entries(entries, [*kept, *tail["seals"]], tail.get("head"))
    except (ValueError, TypeError, KeyError) as error:
        return Report().refuse(f"the file is damaged: {error}")
    if "head" not in tail:
        report.refuse("the file has no head line at its end: the end has been cut off")
    return report


def _lines(source: TextIO) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(source, 1):
        try:
            fields = json.loads(line)
        except ValueError:
            raise ValueError(f"line {number} is not JSON") from None
        if not isinstance(fields, dict):
            raise ValueError(f"line {number} is not an entry")
        yield fields
