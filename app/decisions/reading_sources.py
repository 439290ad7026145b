"""Reads the configured sources: all of them, or those that are due.

A source is due an hour after it was last tried. One that fails is logged with the code of what is
wrong, kept for `flask decisions sources`, and tried again an hour later; the others go on.
"""

from collections.abc import Callable
from datetime import timedelta

import structlog

from app.city import get_city
from app.core import clock
from app.core.access import SYSTEM
from app.core.errors import DomainError
from app.decisions import fetching, queries, services
from app.decisions.formats import read_file
from app.decisions.importing import Counts
from app.decisions.models import DecisionSource
from app.decisions.reading import Hints, Problem
from app.decisions.sources import Source, list_sources
from app.extensions import db

log = structlog.get_logger()
EVERY = timedelta(hours=1)

Progress = Callable[[int, int], None]


def read_once(
    source: Source, hints: Hints, progress: Progress | None = None
) -> tuple[Counts, list[Problem]]:
    """Read a file or an address and import it, whatever is known of its source.

    `progress` is told after each batch how many decisions of how many are in. Raises Invalid with
    the code of what is wrong with the file or the address; then nothing was imported.
    """
    fetched = _fetch(source, None)
    return _import(source, fetched.data or b"", hints, progress)


def read_source(
    source: Source, *, again: bool = False, progress: Progress | None = None
) -> tuple[Counts, list[Problem]] | None:
    """Read a configured source and import what is new; None when it has not changed.

    `again` reads it also then. How it went is kept, also when it fails. Raises Invalid as
    `read_once` does.
    """
    row = queries.get_source(source.key)
    is_known = row is not None and row.address == source.url and not again
    try:
        fetched = _fetch(source, row if is_known else None)
        done = None
        if fetched.data is not None:
            hints = Hints(language=source.language, name=_name(source))
            done = _import(source, fetched.data, hints, progress)
    except DomainError as error:
        services.keep_failure(SYSTEM, source, error.code)
        raise
    services.keep_success(SYSTEM, source, fetched.etag, fetched.last_modified)
    return done


def _fetch(source: Source, row: DecisionSource | None) -> fetching.Fetched:
    etag, last_modified = (row.etag, row.last_modified) if row else (None, None)
    db.session.rollback()  # nothing is held in the database while the network is waited for
    if source.path is not None:
        return fetching.Fetched(fetching.read_path(source.path))
    return fetching.fetch(
        source.url or "", internal=source.internal, etag=etag, last_modified=last_modified
    )


def _name(source: Source) -> str:
    """What names a file that names nothing inside: its own name without the ending."""
    if source.path is not None:
        return source.path.stem
    return (source.url or "").rpartition("/")[2].partition("?")[0].partition(".")[0]


def _import(
    source: Source, data: bytes, hints: Hints, progress: Progress | None
) -> tuple[Counts, list[Problem]]:
    reading = read_file(data, source.format, hints)
    counts, total = Counts(), len(reading.decisions)
    for done in services.import_reading(SYSTEM, source, reading):
        counts.add(done)
        if progress is not None:
            progress(counts.new + counts.changed + counts.same, total)
    return counts, reading.problems


def list_due() -> list[Source]:
    """The configured sources that were last tried an hour ago or earlier. Raises Invalid."""
    rows = queries.list_source_rows()
    latest = clock.now() - EVERY
    return [
        source
        for source in list_sources(get_city())
        if (row := rows.get(source.key)) is None
        or row.checked_at is None
        or row.checked_at <= latest
    ]


def is_reading_due() -> bool:
    """Whether a source is due, or a planned meeting has become a past one. Raises Invalid."""
    return bool(list_due()) or queries.has_past_meeting()


def read_due() -> int:
    """Read the sources that are due; returns how many decisions are new or changed."""
    services.close_past_meetings()
    count = 0
    for source in list_due():
        try:
            read = read_source(source)
        except DomainError as error:
            log.warning("decisions.failed", source=source.key, code=error.code)
            continue
        if read is not None:
            counts, problems = read
            count += counts.new + counts.changed
            log.info("decisions.read", source=source.key, bad_items=len(problems))
    return count
