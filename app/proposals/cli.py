"""`flask card`: the kept columns and counts of matters against their sources."""

import sys

import click
from flask.cli import AppGroup

from app.proposals import card_sources

card = AppGroup("card", help="Kept counts and columns of matters.")
groups = [card]
SHOWN = 20


@card.command("rebuild")
@click.option("--check", is_flag=True, help="Change nothing; fail when something differs.")
def rebuild_command(check: bool) -> None:
    """Make kept counts, supporters, makers, comments, titles and summaries equal their sources."""
    if not check:
        click.echo(f"{card_sources.rebuild()} values were mended")
        return
    number = 0
    for number, difference in enumerate(card_sources.differences(), 1):
        if number <= SHOWN:
            click.echo(
                f"{difference.column} {difference.where}: "
                f"the source gives {difference.expected!r}, kept is {difference.found!r}",
                err=True,
            )
    if number:
        click.echo(f"{number} differences", err=True)
        sys.exit(1)
    click.echo("every kept count and column equals its source")
