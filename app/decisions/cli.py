"""`flask decisions`: import decisions, read the configured sources, plan meetings."""

import sys
from collections.abc import Callable
from datetime import datetime, time
from functools import partial
from pathlib import Path

import click
from flask.cli import AppGroup

from app.city import get_city
from app.core import clock
from app.core.access import SYSTEM
from app.core.errors import DomainError
from app.decisions import queries, services
from app.decisions.formats import Format
from app.decisions.importing import Counts
from app.decisions.reading import PROBLEMS, Hints, Problem
from app.decisions.reading_sources import read_once, read_source
from app.decisions.sources import Source, is_key, list_sources

PROBLEMS_SHOWN = 20
Done = tuple[Counts, list[Problem]]
FORMATS = [form.value for form in Format]

decisions = AppGroup("decisions", help="Decisions of the bodies and their meetings.")


def _refusal(error: DomainError) -> click.ClickException:
    facts = ", ".join(f"{name} {value}" for name, value in error.facts.items())
    return click.ClickException(f"{error.code}: {facts}" if facts else error.code)


@decisions.command("import")
@click.argument("place", metavar="FILE_OR_URL")
@click.option("--format", "form", type=click.Choice(FORMATS), default="auto", show_default=True)
@click.option("--source", "key", default="files", show_default=True, help="Name of the source.")
@click.option("--language", type=click.Choice(["fi", "sv", "en"]), default="fi", show_default=True)
@click.option("--body", help="Key of the body, where the file names none.")
@click.option(
    "--day", type=click.DateTime(["%Y-%m-%d"]), help="Day of the meeting of Espoo's JSON."
)
@click.option("--internal", is_flag=True, help="The address is inside the city's own network.")
def import_command(
    place: str,
    form: str,
    key: str,
    language: str,
    body: str | None,
    day: datetime | None,
    internal: bool,
) -> None:
    """Import decisions from a file or an address; can be stopped and run again."""
    if not is_key(key) or body not in (None, *get_city().bodies):
        raise click.ClickException("bad_source")
    is_url = "://" in place
    source = Source(
        key=key,
        url=place if is_url else None,
        path=None if is_url else Path(place),
        format=Format(form),
        language=language,
        body=body,
        internal=internal,
    )
    name = Path(place.partition("?")[0]).stem
    hints = Hints(language, name, day.date() if day else None)
    _tell(_stoppable(lambda: read_once(source, hints, _progress)))


@decisions.command("read")
@click.option("--source", "key", help="Only this source.")
@click.option("--again", is_flag=True, help="Also what has not changed at its server.")
def read_command(key: str | None, again: bool) -> None:
    """Read the sources of the settings now, whether or not they are due."""
    try:
        sources = [source for source in list_sources(get_city()) if key in (None, source.key)]
    except DomainError as error:
        raise _refusal(error) from None
    if not sources:
        raise click.ClickException("no such source in the settings")
    failed = 0
    for source in sources:
        click.echo(f"{source.key}:")
        try:
            _tell(_stoppable(partial(read_source, source, again=again, progress=_progress)))
        except click.ClickException as error:
            click.echo(error.message, err=True)
            failed += 1
    sys.exit(1 if failed else 0)


def _stoppable(read: Callable[[], Done | None]) -> Done | None:
    try:
        return read()
    except DomainError as error:
        raise _refusal(error) from None
    except KeyboardInterrupt:
        click.echo("stopped; run it again to go on", err=True)
        sys.exit(130)


def _progress(done: int, total: int) -> None:
    click.echo(f"{done} of {total}", err=True)


def _tell(done: Done | None) -> None:
    if done is None:
        click.echo("nothing has changed")
        return
    counts, problems = done
    click.echo(f"{counts.new} new, {counts.changed} changed, {counts.same} as before")
    click.echo(f"{counts.proposed} links proposed; a person confirms them")
    for problem in problems[:PROBLEMS_SHOWN]:
        click.echo(f"item {problem.number} left out: {PROBLEMS[problem.code]}", err=True)
    if len(problems) > PROBLEMS_SHOWN:
        click.echo(f"and {len(problems) - PROBLEMS_SHOWN} more left out", err=True)


@decisions.command("sources")
def sources_command() -> None:
    """List the sources of the settings and how they were read last."""
    try:
        sources = list_sources(get_city())
    except DomainError as error:
        raise _refusal(error) from None
    rows = queries.list_source_rows()
    for source in sources:
        row = rows.get(source.key)
        when = row.checked_at.isoformat(timespec="minutes") if row and row.checked_at else "never"
        result = (row.failure or "well") if row and row.checked_at else "not read yet"
        click.echo(f"{source.key}: {when}, {result}")


@decisions.command("meeting")
@click.argument("body")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--at", "hour", type=click.DateTime(["%H:%M"]), help="Local time.")
@click.option("--place", default="", help="Where it is held.")
@click.option("--cancel", is_flag=True, help="Call the meeting off.")
def meeting_command(
    body: str, day: datetime, hour: datetime | None, place: str, cancel: bool
) -> None:
    """Plan a meeting of BODY (a key) on DAY (year-month-day), or call it off."""
    try:
        if cancel:
            services.cancel_meeting(SYSTEM, body, day.date())
        else:
            at = _moment(day, hour.time()) if hour else None
            services.plan_meeting(SYSTEM, body, day.date(), at, place)
    except DomainError as error:
        raise _refusal(error) from None
    click.echo("the meeting is called off" if cancel else "the meeting is planned")


def _moment(day: datetime, hour: time) -> datetime:
    return datetime.combine(day.date(), hour, clock.ZONE)
