"""The append-only public log.

Every public step is one entry, written in the transaction of the change itself: what happened (a
`Kind` with exactly its facts), to which subject, by which role of which unit, when it takes effect
(`at`) and when it was recorded. Entries wait in the command and are chained last, just before the
commit, under the journal's lock; each carries the SHA-256 of the one before. No names and no free
text go in: only digests salted beside the text (`text_digest`).

Three ways to live on it: a *consequence* (`on`) runs in the same command and may refuse; a
*reader* has a cursor and follows afterwards; a *replay* (`replayer`) folds a subject's entries and
is compared with what the tables say.

Start reading in `catalogue.py`, then `recording.py`.
"""

from app.journal.catalogue import Kind
from app.journal.recording import Entry, Subject, on, record, text_digest

__all__ = ["Entry", "Kind", "Subject", "on", "record", "text_digest"]
