"""`flask city`: create the municipality from its file, and load its addresses."""

import sys
from pathlib import Path

import click
from flask.cli import AppGroup

from app.city import places, services
from app.core.errors import Invalid

PROBLEMS_SHOWN = 20

city = AppGroup("city", help="The municipality.")


@city.command("seed")
def seed_command() -> None:
    """Create the municipality, or bring it up to date with its file."""
    services.seed_city(services.read_seed())
    click.echo("the municipality is up to date")


@city.command("load-places")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load_places_command(file: Path) -> None:
    """Load addresses and places by name from FILE, a CSV; can be run again.

    Columns: name, kind (address or place), language (fi, sv or en), lat, lon (WGS 84).
    """
    with click.progressbar(length=1, label="places", file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        try:
            taken, problems = places.load_places(file, progress)
        except Invalid as error:
            raise click.ClickException(f"{error.code}: {error.facts['columns']}") from None
    click.echo(f"{taken} places loaded")
    for problem in problems[:PROBLEMS_SHOWN]:
        click.echo(f"line {problem.line} left out: look at {problem.column}", err=True)
    if len(problems) > PROBLEMS_SHOWN:
        click.echo(f"and {len(problems) - PROBLEMS_SHOWN} more left out", err=True)
    sys.exit(1 if problems else 0)
