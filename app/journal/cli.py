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
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--seal", "seals", multiple=True, metavar="DAY:COUNT:HASH", help="A seal you kept.")
@click.option(
    "--export",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write the journal here.",
)
def verify_command(file: Path | None, seals: tuple[str, ...], target: Path | None) -> None:
    """Verify the chain, in the database or in an exported FILE."""
    kept = [_sealed_point(text) for text in seals]
    if file:
        with file.open(encoding="utf-8", newline="\n") as source:
            report = verification.verify_file(source, kept)
    else:
        report = verification.verify_database()
        for point in kept:
            _check_kept(report, point)
    if target:
        with target.open("w", encoding="utf-8", newline="\n") as out:
            verification.export(out)
    if not report.ok:
        where = f"first bad entry: {report.bad}\n" if report.bad else ""
        click.echo(f"{where}NOT VERIFIED: {report.reason}", err=True)
        sys.exit(1)
    click.echo(f"verified: {report.count} entries, {len(report.seals)} seals, head {report.hash}")


def _sealed_point(text: str) -> verification.SealedPoint:
    parts = text.split(":")
    if len(parts) != 3 or not parts[1].isdigit() or len(parts[2]) != 64:
        raise click.BadParameter("a seal is DAY:COUNT:HASH", param_hint="--seal")
    return verification.SealedPoint(parts[0], int(parts[1]), parts[2])


def _check_kept(report: verification.Report, point: verification.SealedPoint) -> None:
    if point.count > report.count:
        report.refuse(
            f"the seal of {point.day} counts {point.count} entries, only {report.count} are here"
        )
        return
    hashes = verification.hash_at(point.count)
    if hashes != point.hash:
        report.refuse(f"the seal of {point.day} does not match entry {point.count}", point.count)
    else:
        report.seals.append(point.day)


@journal.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_command(file: Path) -> None:
    """Write the whole journal to FILE as JSON lines."""
    with file.open("w", encoding="utf-8", newline="\n") as out:
        count = verification.export(out)
    click.echo(f"{count} entries written to {file}")


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
