"""The reader: from new entries of the journal to mails in the outbox."""

from datetime import timedelta

from app.core import clock, mail
from app.core.command import command
from app.extensions import db
from app.journal.models import JournalCursor, JournalEntry
from app.journal.queries import as_entry, stream_after
from app.journal.services import move_cursor, read_cursor
from app.notifications.messages import SENTENCES, write_message
from app.notifications.queries import list_recipients
from app.proposals.models import Matter

READER = "notifications"
BATCH = 100
NEWS = timedelta(days=7)


@command
def read_new(limit: int = BATCH) -> int:
    """Write the mails of at most `limit` new entries; returns how many entries were read.

    Mails and cursor are one transaction, and two runs at once queue on the cursor: each entry is
    read once. What was recorded more than seven days ago is no news and gives no mail, so that
    neither a long pause nor an imported past floods anybody.
    """
    db.session.get(JournalCursor, READER, with_for_update=True)
    entries = stream_after(read_cursor(READER), limit)
    for row in entries:
        if _is_news(row):
            _tell(row)
    if entries:
        move_cursor(READER, entries[-1].seq)
    return len(entries)


def _is_news(row: JournalEntry) -> bool:
    is_known = row.subject_type == Matter.journal_subject and row.kind in SENTENCES
    return is_known and clock.now() - row.recorded_at <= NEWS


def _tell(row: JournalEntry) -> None:
    entry, matter = as_entry(row), db.session.get_one(Matter, row.subject_id)
    for recipient in list_recipients(entry, matter):
        message = write_message(entry, matter, recipient)
        mail.post(message.recipient, message.subject, message.body)
