"""The reader: from new entries of the journal to mails in the outbox."""

import structlog

from app.core import clock, logs, mail
from app.core.command import command
from app.extensions import db
from app.feedback.queries import find_sender
from app.journal import Entry, Kind
from app.journal.models import JournalCursor, JournalEntry
from app.journal.queries import as_entry, stream_after
from app.journal.services import move_cursor, read_cursor
from app.notifications.audience import is_told
from app.notifications.messages import Step, write_message, write_sender_message
from app.notifications.models import NEWS, News
from app.notifications.queries import list_due, list_recipients
from app.notifications.services import note_failure
from app.proposals.models import Matter
from app.transparency.queries import get_record

log = structlog.get_logger()
READER = "notifications"
BATCH = 100  # entries of one command
RECIPIENTS = 200  # mails of one command


def read_new(limit: int = BATCH) -> int:
    """Read at most `limit` new entries and write the mails that are due; returns the entries read.

    A step whose mails cannot be written is noted and tried again later; it stops no other.
    """
    read = _take_entries(limit)
    for seq in list_due():
        try:
            while _write_some(seq) == RECIPIENTS:
                pass
        except Exception as error:
            db.session.rollback()
            place = logs.place_of(error)
            kind = note_failure(seq, f"{type(error).__name__} {place}")
            log.error("news.failed", seq=seq, kind=kind, error=type(error).__name__, place=place)
    db.session.rollback()
    return read


@command
def _take_entries(limit: int) -> int:
    """Keep which new entries are to be told, and move the cursor past them.

    One transaction, and two runs at once queue on the cursor: each entry is read once. What was
    recorded more than seven days ago is left out, so that neither a long pause nor an imported
    past floods anybody.
    """
    db.session.get(JournalCursor, READER, with_for_update=True)
    entries = stream_after(read_cursor(READER), limit)
    for row in entries:
        if _is_news(row):
            db.session.add(
                News(
                    seq=row.seq,
                    kind=row.kind,
                    recorded_at=row.recorded_at,
                    next_try_at=clock.now(),
                )
            )
    if entries:
        move_cursor(READER, entries[-1].seq)
    return len(entries)


def _is_news(row: JournalEntry) -> bool:
    is_known = row.subject_type == Matter.journal_subject and is_told(row.kind, row.role)
    return is_known and clock.now() - row.recorded_at <= NEWS


@command
def _write_some(seq: int) -> int:
    """Write the next mails of a step; returns how many, fewer than RECIPIENTS at its end.

    Mails and the place in the list of people are one transaction, which locks the step: nobody
    gets two and nobody none, whenever the process dies and however many run at once.
    """
    news = db.session.get(News, seq, with_for_update={"skip_locked": True})
    if news is None:
        return 0
    entry = as_entry(db.session.get_one(JournalEntry, seq))
    matter = db.session.get_one(Matter, entry.subject_id)
    recipients = list_recipients(entry, matter, news.after, RECIPIENTS)
    if recipients:
        step = Step(entry, matter, get_record(matter))
        for recipient in recipients:
            message = write_message(step, recipient)
            about = f"matter:{matter.id}"
            mail.post(message.recipient, message.subject, message.body, message.headers, about)
        news.after = recipients[-1].person_id
    if len(recipients) < RECIPIENTS:
        _write_to_sender(entry, matter)
        db.session.delete(news)
    return len(recipients)


def _write_to_sender(entry: Entry, matter: Matter) -> None:
    """Whoever gave feedback without an account hears of every step, if an address was left."""
    sender = find_sender(matter.id)
    if sender is None or sender.email is None or entry.kind == Kind.REPLIED:
        return
    message = write_sender_message(Step(entry, matter, get_record(matter)), sender)
    about = f"matter:{matter.id}"
    mail.post(message.recipient, message.subject, message.body, message.headers, about)
