"""`flask mail`: what became of outgoing mail, and sending again what was given up."""

import click
from flask.cli import AppGroup

from app.admin import queries, services
from app.core.access import SYSTEM
from app.core.errors import NotFound

mail = AppGroup("mail", help="Outgoing mail.")
groups = [mail]


@mail.command("status")
def status_command() -> None:
    """Tell how many messages wait, and which were given up and why; never to whom."""
    state = queries.get_mail_state()
    click.echo(f"{state.waiting} waiting, {state.given_up} given up")
    for row in queries.list_given_up():
        click.echo(f"{row.id}\t{row.given_up_at:%Y-%m-%d %H:%M} UTC\t{row.problem}")


@mail.command("retry")
@click.argument("number", type=int, nargs=-1, required=True)
def retry_command(number: tuple[int, ...]) -> None:
    """Send messages again that were given up, by their numbers."""
    for mail_id in number:
        try:
            services.retry_mail(SYSTEM, mail_id)
        except NotFound:
            raise click.ClickException(f"{mail_id} was not given up") from None
        click.echo(f"{mail_id} will be sent")
