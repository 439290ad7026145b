"""Replay: fold each subject's entries again and compare with what the tables say.

What is not in the journal did not happen. A feature whose tables follow from entries registers a
`Replayer`; `differences` streams over all subjects in bounded memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from app.journal import queries
from app.journal.recording import Entry

CHUNK = 500


class Replayer(Protocol):
    """How one feature's stored facts follow from the entries of a subject."""

    name: str
    subject_type: str

    def fold(self, entries: list[Entry]) -> Any:
        """The facts that these entries give, as plain comparable data."""

    def stored(self, subject_ids: list[int]) -> dict[int, Any]:
        """The facts as the tables have them, for some subjects; one or two queries."""

    def count_stored(self) -> int:
        """How many subjects the tables hold that must have entries."""


@dataclass(frozen=True)
class Difference:
    """A subject whose tables do not say what its entries say."""

    replayer: str
    subject_id: int
    expected: Any
    found: Any


_replayers: list[Replayer] = []


def register(replayer: Replayer) -> None:
    """Add a feature's replayer."""
    _replayers.append(replayer)


def differences() -> Iterator[Difference]:
    """All subjects that differ. A replayer's missing or surplus subjects are differences too."""
    for replayer in _replayers:
        seen = 0
        for chunk in _chunks(replayer.subject_type):
            found = replayer.stored([subject_id for subject_id, _ in chunk])
            for subject_id, entries in chunk:
                expected = replayer.fold(entries)
                if expected is None:
                    continue
                seen += 1
                if found.get(subject_id) != expected:
                    yield Difference(replayer.name, subject_id, expected, found.get(subject_id))
        stored = replayer.count_stored()
        if stored != seen:
            yield Difference(replayer.name, 0, f"{seen} subjects", f"{stored} subjects")


def _chunks(subject_type: str) -> Iterator[list[tuple[int, list[Entry]]]]:
    chunk: list[tuple[int, list[Entry]]] = []
    for pair in queries.stream_by_subject(subject_type):
        chunk.append(pair)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
