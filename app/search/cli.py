"""`flask search`: the words that are known for typing errors."""

import click
from flask.cli import AppGroup

from app.search import services

search = AppGroup("search", help="The index of what can be found.")


@search.command("words")
def words_command() -> None:
    """Forget the words that stand in no title any more, and learn those that do."""
    click.echo(f"{services.renew_words()} words are known")
