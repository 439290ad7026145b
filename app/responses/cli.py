"""`flask handling`: what units that are reorganised need."""

from typing import Any

import click
from flask.cli import AppGroup

from app.core.access import SYSTEM
from app.core.errors import DomainError, sentence
from app.core.language import LANGUAGES, speaking
from app.extensions import db
from app.proposals.models import Matter
from app.responses import queries
from app.responses.handovers import MOVABLE, move_matter

handling = AppGroup("handling", help="Handling of matters.")
groups = [handling]
SHOWN_EVERY = 50


def _reasons(command: Any) -> Any:
    """An option for the public reason in each language."""
    for code in LANGUAGES:
        command = click.option(f"--reason-{code}", default="", help="The public reason.")(command)
    return command


@handling.command("move-unit")
@click.argument("old")
@click.argument("new")
@_reasons
def move_unit_command(old: str, new: str, **reasons: str) -> None:
    """Move all open matters of a unit to another one, each with its entry in the log.

    Can be stopped and run again: what has moved already is left alone.
    """
    reason = {code: reasons[f"reason_{code}"] for code in LANGUAGES}
    ids = queries.list_held(old, MOVABLE)
    db.session.rollback()
    for number, matter_id in enumerate(ids, 1):
        try:
            move_matter(SYSTEM, db.session.get_one(Matter, matter_id), new, reason)
        except DomainError as error:
            with speaking("en"):
                raise click.ClickException(f"matter {matter_id}: {sentence(error)}") from error
        if number % SHOWN_EVERY == 0:
            click.echo(f"{number} of {len(ids)}")
    click.echo(f"{len(ids)} matters were moved from {old} to {new}")
