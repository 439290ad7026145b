"""One entry of the log with its proof: its hash computed anew, the entry before, its seal."""

from dataclasses import dataclass
from typing import Any

from app.journal import queries as journal
from app.journal.chain import CHAINED, canonical, entry_hash
from app.journal.models import GENESIS, JournalEntry, Seal
from app.transparency.steps import Recorded


@dataclass(frozen=True)
class Proof:
    """What shows whether an entry still is what was recorded.

    `hashed` is the text whose SHA-256 is `computed`; `before` the hash of the entry before, as it
    stands there; `seal` the first one that covers the entry, None until the coming night.
    """

    recorded: Recorded
    fields: dict[str, Any]
    hashed: str
    computed: str
    before: str | None
    seal: Seal | None

    @property
    def is_unchanged(self) -> bool:
        """Whether its content still gives its hash."""
        return self.computed == self.fields["hash"]

    @property
    def is_chained(self) -> bool:
        """Whether it carries the hash of the entry before."""
        return self.before == self.fields["previous"]

    @property
    def holds(self) -> bool:
        """Whether both are so."""
        return self.is_unchanged and self.is_chained

    def list_fields(self) -> list[tuple[str, str]]:
        """Names and values as the file has them, facts one by one."""
        rows = [(name, self.fields[name]) for name in CHAINED if name != "facts"]
        facts = self.fields["facts"]
        rows += sorted(facts.items()) if isinstance(facts, dict) else [("facts", facts)]
        return [(name, spell(value)) for name, value in rows]


def spell(value: Any) -> str:
    """A value as it stands in the log; words without quotation marks."""
    return value if isinstance(value, str) else canonical(value)


def make_proof(row: JournalEntry, before: str | None, seal: Seal | None) -> Proof:
    """The proof of a stored entry. `before` is the hash of the entry before it, if there is one."""
    fields = journal.exported(row)
    return Proof(
        recorded=Recorded(journal.as_entry(row), row.seq, row.hash, row.recorded_at),
        fields=fields,
        hashed=canonical({name: fields[name] for name in CHAINED}),
        computed=entry_hash(fields),
        before=GENESIS if row.seq == 1 else before,
        seal=seal,
    )
