"""`flask journal`: export, verify, replay, seal."""

import sys
from datetime import timedelta
from pathlib import Path

import click
from flask.cli import AppGroup

from app.core import clock
from app.journal import replay, services, verification

journal = AppGroup("journal", help="The public log: export, verify, replay, seal.")


@journal.command("verify")
@click.option(
    "--file",
    "source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Verify this exported file instead of the database.",
)
@click.option(
    "--export",
    "target",
    is_flag=False,
    flag_value="-",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="Verify the database and write what was verified here; to the output without a name.",
)
@click.option("--seal", "seals", multiple=True, metavar="DAY:COUNT:HASH", help="A seal you kept.")
def verify_command(source: Path | None, target: Path | None, seals: tuple[str, ...]) -> None:
    """Verify the chain, in the database or in an exported file."""
    kept = [_sealed_point(text) for text in seals]
    if source and target:
        raise click.UsageError("--file reads an exported file, --export writes one: choose one.")
    if source:
        click.echo(f"verifying the file {source}", err=True)
        with source.open("rb") as file:
            _tell(verification.verify_file(file, kept))
    elif target:
        _export(target, kept)
    else:
        click.echo("verifying the database", err=True)
        _tell(verification.verify_database(kept))


@journal.command("export")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
def export_command(file: Path) -> None:
    """Write the whole journal to FILE as JSON lines, verified on the way; - is the output."""
    _export(file, [])


def _export(target: Path, kept: list[verification.SealedPoint]) -> None:
    """Write to a file beside the target first, so that a broken run leaves no half file."""
    click.echo(f"verifying the database, writing to {target}", err=True)
    if str(target) == "-":
        report = verification.verify_database(kept, sys.stdout.buffer)
    else:
        part = target.with_name(f"{target.name}.part")
        with part.open("wb") as out:
            report = verification.verify_database(kept, out)
        part.replace(target)
    _tell(report, err=True)


def _tell(report: verification.Report, *, err: bool = False) -> None:
    """Say what was found; what is wrong ends with exit status 1."""
    if not report.ok:
        where = f"first bad entry: {report.bad}\n" if report.bad else ""
        click.echo(f"{where}NOT VERIFIED: {report.reason}", err=True)
        sys.exit(1)
    text = f"verified: {report.count} entries, {len(report.seals)} seals, head {report.hash}"
    click.echo(text, err=err)


def _sealed_point(text: str) -> verification.SealedPoint:
    parts = text.split(":")
    if len(parts) != 3 or not parts[1].isdigit() or len(parts[2]) != 64:
        raise click.BadParameter("a seal is DAY:COUNT:HASH", param_hint="--seal")
    return verification.SealedPoint(parts[0], int(parts[1]), parts[2])


@journal.command("replay")
@click.option("--check", is_flag=True, required=True, help="Compare with the tables.")
def replay_command(check: bool) -> None:  # noqa: ARG001 - the flag names the only mode
    """Fold the entries again and compare every state, clock and card with the tables."""
    count = 0
    for difference in replay.differences():
        count += 1
        if count <= 20:
            click.echo(
                f"{difference.replayer} {difference.subject_id}: the journal gives "
                f"{difference.expected}, the tables have {difference.found}",
                err=True,
            )
    if count:
        click.echo(f"{count} differences", err=True)
        sys.exit(1)
    click.echo("the journal gives every state, clock and card")


@journal.command("seal")
def seal_command() -> None:
    """Seal yesterday, as the nightly job does."""
    seal = services.seal_day(clock.today() - timedelta(days=1))
    click.echo(f"sealed: {seal.count} entries, {seal.hash}" if seal else "sealed already")
