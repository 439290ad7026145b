"""Verification of the chain: of the database or of an exported file, against seals and head.

An export is JSON lines in the canonical form: every entry in order, then `{"seal": ...}` lines and
at last `{"head": {"count", "hash", "digest"}}`, where `digest` is the SHA-256 of all lines before.
The database is verified as the export that it would give, in one snapshot, so that entries which
come meanwhile disturb nothing. docs/log.md tells others how to verify without this application.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import IO, Any

from sqlalchemy.orm import Session

from app.journal import queries
from app.journal.chain import CHAINED, canonical, entry_hash
from app.journal.models import GENESIS

LONGEST = 1 << 20  # bytes of a line in a file
ENTRY = {*CHAINED, "hash"}
SEAL = {"day", "count", "hash"}


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


class Check:
    """Goes through the lines of an export and keeps the report; seals are known beforehand."""

    def __init__(self, seals: Iterable[SealedPoint]) -> None:
        self.report = Report()
        self.waiting: dict[int, list[SealedPoint]] = {}
        for seal in seals:
            self.waiting.setdefault(seal.count, []).append(seal)
        self.whole = hashlib.sha256()
        self.tail = ""
        self._compare_seals()

    def add(self, number: int, line: bytes) -> None:
        """Look at the next line; once something is wrong the rest is not looked at."""
        if not self.report.ok:
            return
        fields = read_line(number, line)
        if self.tail == "head":
            self.report.refuse(f"line {number} stands behind the head")
        elif fields.keys() == ENTRY and not self.tail:
            self._add_entry(fields)
        elif fields.keys() == {"head"}:
            self._close(fields["head"])
        elif fields.keys() == {"seal"}:
            self.tail = "seal"
        else:
            self.report.refuse(f"line {number} is not an entry")
        self.whole.update(line)

    def _add_entry(self, fields: dict[str, Any]) -> None:
        report, expected = self.report, self.report.count + 1
        if fields["seq"] != expected:
            report.refuse(f"entry {expected} is missing; {fields['seq']} stands there", expected)
        elif fields["previous"] != report.hash:
            report.refuse(f"entry {expected} does not carry the hash of the one before", expected)
        elif entry_hash(fields) != fields["hash"]:
            report.refuse(f"entry {expected} has been changed: its hash does not match", expected)
        else:
            report.count, report.hash = expected, fields["hash"]
            self._compare_seals()

    def _compare_seals(self) -> None:
        report = self.report
        for seal in self.waiting.pop(report.count, []):
            if seal.hash != report.hash:
                text = f"the seal of {seal.day} does not match entry {seal.count}"
                report.refuse(text, seal.count)
            else:
                report.seals.append(seal.day)

    def _close(self, head: Any) -> None:
        """The head must say what stood before it; a seal beyond it shows that the end was cut."""
        report, self.tail = self.report, "head"
        for count, points in sorted(self.waiting.items()):
            report.refuse(
                f"the seal of {points[0].day} counts {count} entries, only {report.count} are "
                "here: the end has been cut off"
            )
        if not isinstance(head, dict) or head.keys() != {"count", "hash", "digest"}:
            report.refuse("the head is damaged")
        elif (head["count"], head["hash"]) != (report.count, report.hash):
            report.refuse(f"the head says {head['count']} entries, {report.count} are here")
        elif head["digest"] != self.whole.hexdigest():
            report.refuse("the head does not match the lines before it")

    def finish(self) -> Report:
        """The report, once all lines have been added."""
        if self.tail != "head":
            self.report.refuse("there is no head line at the end: the end has been cut off")
        return self.report


def read_line(number: int, line: bytes) -> dict[str, Any]:
    """The object of a line. Raises ValueError unless it is one, in the canonical form."""
    try:
        fields = json.loads(line)
        spelled = f"{canonical(fields)}\n".encode()
    except (ValueError, RecursionError):
        raise ValueError(f"line {number} is not JSON") from None
    if not isinstance(fields, dict):
        raise ValueError(f"line {number} is not an entry")
    if spelled != line:
        raise ValueError(f"line {number} is not in the canonical form")
    return fields


def export_lines(session: Session) -> Iterator[str]:
    """The whole journal as the lines of its export, as a session sees it; little memory."""
    whole = hashlib.sha256()

    def spelled(value: dict[str, Any]) -> str:
        line = f"{canonical(value)}\n"
        whole.update(line.encode())
        return line

    count, digest = queries.get_head(session)
    for fields in queries.stream_chain(session):
        yield spelled(fields)
    for seal in queries.list_seals(session):
        point = SealedPoint(seal.day.isoformat(), seal.count, seal.hash)
        yield spelled({"seal": asdict(point)})
    yield spelled({"head": {"count": count, "hash": digest, "digest": whole.hexdigest()}})


def stream_export() -> Iterator[str]:
    """The lines of an export in a snapshot of its own, for downloads."""
    with queries.snapshot() as session:
        yield from export_lines(session)


def verify_database(kept: Iterable[SealedPoint] = (), target: IO[bytes] | None = None) -> Report:
    """Verify the database against its own seals and head, and seals that were kept outside.

    With `target` the export is written there in the same pass: what was verified is what stands
    in the file, also behind an entry that is wrong.
    """
    with queries.snapshot() as session:
        own = [SealedPoint(s.day.isoformat(), s.count, s.hash) for s in queries.list_seals(session)]
        check = Check([*kept, *own])
        for number, line in enumerate(export_lines(session), 1):
            check.add(number, line.encode())
            if target is not None:
                target.write(line.encode())
    return check.finish()


def verify_file(source: IO[bytes], kept: Iterable[SealedPoint] = ()) -> Report:
    """Verify an exported file, also against seals that somebody kept outside.

    Reads the file twice, since seals stand behind the entries; memory stays small.
    """
    try:
        seals = [
            _read_seal(number, line)
            for number, line in _numbered(source)
            if line.startswith(b'{"seal":')
        ]
        source.seek(0)
        check = Check([*kept, *seals])
        for number, line in _numbered(source):
            check.add(number, line)
    except ValueError as error:
        return Report().refuse(f"the file is damaged: {error}")
    return check.finish()


def _numbered(source: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    return enumerate(iter(lambda: source.readline(LONGEST), b""), 1)


def _read_seal(number: int, line: bytes) -> SealedPoint:
    seal = read_line(number, line)["seal"]
    if not isinstance(seal, dict) or seal.keys() != SEAL or not isinstance(seal["count"], int):
        raise ValueError(f"line {number} is not a seal")
    return SealedPoint(**seal)
