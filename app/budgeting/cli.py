"""`flask budgeting`: make a round from a file, publish it, list rounds.

The file is JSON: "year", "names", "intro", "phases" (a list of {"kind", "opens", "closes"}, local
times such as "2026-10-01T00:00"), "envelopes" ({"city" or area key: whole cents}), and, where the
defaults do not do, "min_choices", "max_choices", "rule", "parameters", "min_age"; "projects" is a
list of {"contest", "title", "description", "cost_cents", "place", "icon", "feasible", "matters"
(ids)}. Texts are objects by language.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from app.budgeting import queries, services
from app.budgeting.models import PhaseKind
from app.budgeting.services import PhasePlan, ProjectPlan, RoundPlan
from app.core import clock
from app.core.access import SYSTEM
from app.core.command import command
from app.core.errors import DomainError
from app.extensions import db
from app.proposals.models import Matter

budgeting = AppGroup("budgeting", help="Participatory budgeting rounds: create, publish, list.")
PLAN_KEYS = ("min_choices", "max_choices", "rule", "parameters", "min_age")


@budgeting.command("create")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def create_command(file: Path) -> None:
    """Make a draft round with its projects from the JSON file FILE."""
    try:
        round_id = _create(json.loads(file.read_text(encoding="utf-8")))
    except DomainError as error:
        raise click.ClickException(error.code) from None
    except (KeyError, ValueError) as error:
        raise click.ClickException(f"{file}: {error}") from None
    click.echo(f"round {round_id} is a draft; publish it with: flask budgeting publish {round_id}")


@command
def _create(data: dict[str, Any]) -> int:
    round = services.create_round(SYSTEM, _plan(data))
    for project in data.get("projects", ()):
        matters = [db.session.get_one(Matter, number) for number in project.pop("matters", ())]
        contest = queries.get_contest(round, project.pop("contest"))
        services.add_project(SYSTEM, contest, ProjectPlan(**project), matters)
    return round.id


def _plan(data: dict[str, Any]) -> RoundPlan:
    phases = [
        PhasePlan(PhaseKind(phase["kind"]), _local(phase["opens"]), _local(phase["closes"]))
        for phase in data["phases"]
    ]
    return RoundPlan(
        year=data["year"],
        names=data["names"],
        intro=data["intro"],
        phases=phases,
        envelopes=data["envelopes"],
        **{key: data[key] for key in PLAN_KEYS if key in data},
    )


def _local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.ZONE)


@budgeting.command("publish")
@click.argument("round_id", type=int, metavar="ROUND")
def publish_command(round_id: int) -> None:
    """Publish the draft ROUND and fix its rules."""
    try:
        round = queries.get_round(round_id, SYSTEM)
        services.publish_round(SYSTEM, round)
    except DomainError as error:
        raise click.ClickException(error.code) from None
    click.echo(f"round {round.id} is public; digest of its rules: {round.rules_digest}")


@budgeting.command("list")
def list_command() -> None:
    """List all rounds with their state and envelopes."""
    for round in queries.list_all_rounds():
        envelopes = ", ".join(f"{c.key} {c.amount_cents / 100:.2f}" for c in round.contests)
        click.echo(f"{round.id}  {round.year}  {round.state}  {envelopes}")
