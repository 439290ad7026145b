"""`flask demo`: load the demonstration city and show how to sign in."""

import sys

import click
from flask.cli import AppGroup

from app.core.errors import DomainError
from app.demo import services
from app.demo.people import LABELS, SIGN_INS, address, password_file

demo = AppGroup("demo", help="The demonstration city.")


@demo.command("load")
@click.option("--matters", type=click.IntRange(1), help="Fill up to this number of matters.")
@click.option("--again", is_flag=True, help="Load anew even if it is there.")
def load_command(matters: int | None, again: bool) -> None:
    """Load the demonstration city into an empty database, or use the one that is there."""
    if services.is_loaded() and not again:
        click.echo("The demonstration city is there already.")
        return
    with click.progressbar(length=1000, label="Two years in the city", file=sys.stderr) as bar:
        done = 0

        def progress(share: float) -> None:
            nonlocal done
            step = int(share * 1000) - done
            if step > 0:
                bar.update(step)
                done += step

        try:
            services.load(matters, progress)
        except DomainError as error:
            raise click.ClickException(error.code) from None
        progress(1.0)


@demo.command("show")
@click.option("--port", type=int, default=8000, show_default=True)
def show_command(port: int) -> None:
    """Print the address and a sign-in for each role."""
    if not services.is_loaded():
        raise click.ClickException("load the demonstration city first: flask demo load")
    password = password_file().read_text(encoding="ascii").strip()
    click.echo(f"\n  Kuuluu, demonstration city:  http://127.0.0.1:{port}/\n")
    for key, *_rest in SIGN_INS:
        click.echo(f"  {address(key):28} {LABELS[key]}")
    click.echo(f"\n  Password of them all: {password}")
    click.echo('  Or choose a role under "Look around as" on top of each page.\n')
