"""`flask voting`: close, open and confirm the vote of a round."""

import click
from flask.cli import AppGroup

from app.budgeting import queries as budgeting
from app.core.access import SYSTEM
from app.core.errors import DomainError
from app.voting import queries, services

voting = AppGroup("voting", help="The vote of a round: close, open, confirm.")


def _refusal(error: DomainError) -> click.ClickException:
    """The code of a refusal with its facts: numbers that differ are to be seen."""
    facts = ", ".join(f"{name} {value}" for name, value in error.facts.items())
    return click.ClickException(f"{error.code}: {facts}" if facts else error.code)


@voting.command("close")
@click.argument("round_id", type=int, metavar="ROUND")
def close_command(round_id: int) -> None:
    """Close the box of ROUND after voting has ended."""
    try:
        services.close_voting(SYSTEM, budgeting.get_round(round_id, SYSTEM))
    except DomainError as error:
        raise _refusal(error) from None
    on_roll, _ = queries.count_roll(round_id)
    click.echo(f"closed: {on_roll} voters on the roll")


@voting.command("open")
@click.argument("round_id", type=int, metavar="ROUND")
def open_command(round_id: int) -> None:
    """Open the ballots of ROUND and destroy its key; run it again if it was interrupted."""
    try:
        services.open_ballots(SYSTEM, budgeting.get_round(round_id, SYSTEM))
    except DomainError as error:
        raise _refusal(error) from None
    round = budgeting.get_round(round_id, SYSTEM)
    openings = queries.list_openings(round_id)
    for contest in round.contests:
        opened = openings[contest.id]
        click.echo(f"{contest.key}: {opened.ballots} ballots, digest {opened.digest}")
    click.echo("envelopes deleted, files cleaned, private key destroyed here")


@voting.command("confirm")
@click.argument("round_id", type=int, metavar="ROUND")
def confirm_command(round_id: int) -> None:
    """Count the ballots of ROUND and publish the result."""
    try:
        services.confirm_results(SYSTEM, budgeting.get_round(round_id, SYSTEM))
    except DomainError as error:
        raise _refusal(error) from None
    round = budgeting.get_round(round_id, SYSTEM)
    for contest in round.contests:
        result = queries.get_result(round_id, contest.key, SYSTEM)
        names = [result.projects[number].title for number in result.result.winners]
        click.echo(f"{contest.key}: {len(names)} winners")
        for name in names:
            click.echo(f"  {next(iter(name.values()))}")
