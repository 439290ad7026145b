"""`flask accounts`: create people, grant and end roles at the command line."""

from datetime import datetime

import click
from flask.cli import AppGroup

from app.accounts import queries, services
from app.accounts.models import Person
from app.core import clock
from app.core.access import SYSTEM, Role
from app.core.errors import DomainError

accounts = AppGroup("accounts", help="People and roles.")


@accounts.command("create")
@click.argument("email")
@click.option("--name", required=True, help="Name that others see.")
@click.password_option(help="Asked for when it is not given.")
def create_command(email: str, name: str, password: str) -> None:
    """Create a confirmed account for EMAIL."""
    try:
        services.create_person(email, password, name)
    except DomainError as error:
        raise click.ClickException(error.code) from None
    click.echo("created")


@accounts.command("grant")
@click.argument("email")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@click.option("--unit", help="Key of the unit.")
@click.option("--body", help="Key of the body.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="First day without the role.")
def grant_command(
    email: str, role: str, unit: str | None, body: str | None, until: datetime | None
) -> None:
    """Give EMAIL a ROLE, for a unit or body and until a day if given."""
    person = _person(email)
    ends = until.date() if until else None
    try:
        services.grant_role(SYSTEM, person, Role(role), unit=unit, body=body, ends=ends)
    except DomainError as error:
        raise click.ClickException(error.code) from None
    click.echo("granted")


@accounts.command("end")
@click.argument("email")
@click.argument("role", type=click.Choice([role.value for role in Role]))
def end_command(email: str, role: str) -> None:
    """End every grant of ROLE that EMAIL has now or later, from today on."""
    today = clock.today()
    grants = [
        grant
        for grant in _person(email).grants
        if grant.role == Role(role) and not grant.has_ended_on(today)
    ]
    for grant in grants:
        services.end_role(SYSTEM, grant)
    click.echo(f"ended: {len(grants)}")


def _person(email: str) -> Person:
    person = queries.find_by_email(email)
    if person is None:
        raise click.ClickException("nobody has this address")
    return person
