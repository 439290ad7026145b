"""Reads of rounds, projects and their lineage."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, select

from app.budgeting import policies
from app.budgeting.models import (
    ON_BALLOT,
    Contest,
    Phase,
    Project,
    ProjectMatter,
    Round,
    RoundState,
    next_instant,
)
from app.core import clock
from app.core.access import Actor
from app.core.errors import NotFound
from app.extensions import db
from app.proposals.models import Matter

SourceRow = Row[int, int, str, str]
MadeOfRow = Row[int, Project, int, dict[str, str]]


def get_round(round_id: int, actor: Actor) -> Round:
    """A round with its phases and contests. Raises NotFound, also for somebody else's draft."""
    found = db.session.get(Round, round_id)
    if found is None or not policies.can_read(actor, found):
        raise NotFound("not_found")
    return found


def get_contest(round: Round, key: str) -> Contest:
    """A contest of a round by its key. Raises NotFound."""
    for contest in round.contests:
        if contest.key == key:
            return contest
    raise NotFound("not_found")


def get_project(project_id: int) -> Project:
    """A project by id, for those who manage rounds. Raises NotFound."""
    project = db.session.get(Project, project_id)
    if project is None:
        raise NotFound("not_found")
    return project


def list_rounds() -> list[Round]:
    """Published rounds with phases and contests, the newest first; three queries."""
    query = Round.visible().order_by(Round.year.desc(), Round.id.desc())
    return list(db.session.scalars(query))


def find_next_instant() -> datetime | None:
    """When a phase of any published round next opens or closes, None when there is no such."""
    now = clock.now()
    query = select(Phase).join(Round).where(Round.state == RoundState.PUBLISHED)
    return next_instant(db.session.scalars(query.where(Phase.closes > now)), now)


def list_all_rounds() -> list[Round]:
    """Drafts and published rounds, the oldest first, for those who manage them."""
    return list(db.session.scalars(select(Round).order_by(Round.id)))


def list_projects(round_id: int) -> dict[int, list[Project]]:
    """All projects of a round by contest id, in the order they were made."""
    query = select(Project).join(Contest).where(Contest.round_id == round_id)
    found: dict[int, list[Project]] = {}
    for project in db.session.scalars(query.order_by(Project.id)):
        found.setdefault(project.contest_id, []).append(project)
    return found


def list_ballot_projects(contest_id: int) -> list[Project]:
    """The projects of a contest that can be, or could be, voted for."""
    query = select(Project).where(Project.contest_id == contest_id, Project.state.in_(ON_BALLOT))
    return list(db.session.scalars(query.order_by(Project.id)))


def list_sources(round_id: int) -> dict[int, list[SourceRow]]:
    """The visible matters (id, title, language) behind the projects of a round, by project id."""
    query = (
        Matter.visible()
        .join(ProjectMatter, ProjectMatter.matter_id == Matter.id)
        .join(Project, Project.id == ProjectMatter.project_id)
        .join(Contest, Contest.id == Project.contest_id)
        .where(Contest.round_id == round_id)
        .with_only_columns(ProjectMatter.project_id, Matter.id, Matter.title, Matter.language)
        .order_by(Matter.id)
    )
    found: dict[int, list[SourceRow]] = {}
    for row in db.session.execute(query):
        found.setdefault(row.project_id, []).append(row)
    return found


def list_made_of(
    matter_ids: Sequence[int],
) -> dict[int, list[MadeOfRow]]:
    """The projects of published rounds made of some matters, by matter id.

    Rows have `matter_id`, `Project`, `round_id` and `round_names`; one query.
    """
    query = (
        select(
            ProjectMatter.matter_id,
            Project,
            Round.id.label("round_id"),
            Round.names.label("round_names"),
        )
        .join(Project, Project.id == ProjectMatter.project_id)
        .join(Contest, Contest.id == Project.contest_id)
        .join(Round, Round.id == Contest.round_id)
        .where(ProjectMatter.matter_id.in_(matter_ids), Round.state == RoundState.PUBLISHED)
        .order_by(Project.id)
    )
    found: dict[int, list[MadeOfRow]] = {}
    for row in db.session.execute(query):
        found.setdefault(row.matter_id, []).append(row)
    return found


def list_rounds_of(matter_id: int) -> list[int]:
    """Ids of the rounds that have a project made of this matter."""
    query = (
        select(Contest.round_id)
        .join(Project, Project.contest_id == Contest.id)
        .join(ProjectMatter, ProjectMatter.project_id == Project.id)
        .where(ProjectMatter.matter_id == matter_id)
        .distinct()
    )
    return list(db.session.scalars(query))
