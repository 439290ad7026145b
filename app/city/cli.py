"""`flask city`: create the municipality from its file."""

import click
from flask.cli import AppGroup

from app.city import services

city = AppGroup("city", help="The municipality.")


@city.command("seed")
def seed_command() -> None:
    """Create the municipality, or bring it up to date with its file."""
    services.seed_city(services.read_seed())
    click.echo("the municipality is up to date")
