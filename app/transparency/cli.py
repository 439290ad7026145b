"""`flask transparency`: the figures of the overview."""

import click
from flask.cli import AppGroup

from app.transparency import services

transparency = AppGroup("transparency", help="Figures of the public overview.")


@transparency.command("rebuild")
def rebuild_command() -> None:
    """Work out the overview's figures anew, as the nightly job does."""
    click.echo(f"{services.rebuild_figures()} figures worked out")
