"""Writes on rounds and projects. Who may: the budgeting team, and the system."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from flask_babel import lazy_gettext as _l

from app.budgeting import policies, queries, rules
from app.budgeting.models import (
    CITY,
    MOST_CHOICES,
    PLACE_LIMIT,
    BallotType,
    Contest,
    Phase,
    PhaseKind,
    Project,
    ProjectMatter,
    ProjectState,
    Round,
    RoundState,
)
from app.city import get_city
from app.core import clock, errors, topics
from app.core.access import Actor, require
from app.core.command import command
from app.core.errors import Invalid, WrongState
from app.core.language import LANGUAGES
from app.core.text import clean
from app.extensions import db
from app.journal import Entry, Kind, on, record, text_digest
from app.journal.chain import canonical
from app.journal.recording import new_salt
from app.proposals.models import Matter

NAME_LIMIT = 120
TEXT_LIMIT = 2000
ICON = re.compile(r"[a-z-]{1,20}")
OLDEST_AGE = 120

errors.explain(
    {
        "not_budgeting": _l("Only the budgeting team can do this."),
        "round_languages": _l("Write the text in every official language of the city."),
        "bad_phases": _l(
            "Each phase must end after it starts, the phases must follow each other in their "
            "order, and one of them must be voting."
        ),
        "bad_envelopes": _l(
            "Each envelope must belong to the city or to an area, with money in it."
        ),
        "bad_choices": _l("A ballot must allow between 1 and %(most)s projects."),
        "bad_rule": _l("There is no such counting rule, or it does not know such a parameter."),
        "bad_ballot_type": _l("Only approval ballots can be used so far."),
        "bad_age": _l("Give the lowest age of voters in years."),
        "round_published": _l("The round is published, and its rules cannot change any more."),
        "round_not_published": _l("The round has not been published yet."),
        "voting_opened": _l("This cannot be changed any more, because voting has begun."),
        "bad_cost": _l("The cost of a project must be more than zero."),
        "bad_icon": _l("The name of a picture has small letters a to z only."),
        "matter_not_public": _l("A project can only be made of public matters."),
        "project_decided": _l("This project has been decided on already."),
        "contest_decided": _l("The result of this vote has been confirmed already."),
    }
)


@dataclass(frozen=True)
class PhasePlan:
    """A phase from `opens` until just before `closes` (aware moments)."""

    kind: PhaseKind
    opens: datetime
    closes: datetime


@dataclass(frozen=True)
class RoundPlan:
    """A round as planned. Texts by language; envelopes by "city" or area key, in whole cents.

    `rule` and `parameters` are those of `rules.py`; unless told otherwise, a project that nobody
    chose cannot win, however much money is left.
    """

    year: int
    names: Mapping[str, str]
    intro: Mapping[str, str]
    phases: Sequence[PhasePlan]
    envelopes: Mapping[str, int]
    min_choices: int = 1
    max_choices: int = 10
    ballot_type: BallotType = BallotType.APPROVAL
    rule: str = "mes_cost_add1_then_greedy"
    parameters: Mapping[str, Any] = field(default_factory=lambda: {"threshold": "1"})
    min_age: int = 13


@dataclass(frozen=True)
class ProjectPlan:
    """A project as planned. Texts by language, cost in whole cents, `icon` a symbol's name.

    `feasible` is False while costs and feasibility are still being studied.
    """

    title: Mapping[str, str]
    description: Mapping[str, str]
    cost_cents: int
    place: str | None = None
    icon: str = "dot"
    feasible: bool = True


@command
def create_round(actor: Actor, plan: RoundPlan) -> Round:
    """Save a new round as a draft. Raises Forbidden, Invalid."""
    require(policies.can_manage(actor), "not_budgeting")
    _check_ballot(plan)
    rules.options_of(plan.rule, plan.parameters)
    round = Round(
        year=plan.year,
        names=_texts(plan.names, NAME_LIMIT),
        intro=_texts(plan.intro, TEXT_LIMIT),
        ballot_type=plan.ballot_type,
        min_choices=plan.min_choices,
        max_choices=plan.max_choices,
        rule={
            "name": plan.rule,
            "parameters": dict(plan.parameters),
            "compared": rules.COMPARED,
        },
        eligibility={"min_age": plan.min_age, "home": CITY},
        phases=_phases(plan.phases),
        contests=_contests(plan.envelopes),
    )
    db.session.add(round)
    db.session.flush()
    return round


@command
def publish_round(actor: Actor, round: Round) -> None:
    """Make a draft public and fix its rules; voting makes its keys on the entry.

    Raises Forbidden, WrongState "round_published", or "voting_opened" when it is too late.
    """
    require(policies.can_manage(actor), "not_budgeting")
    if round.state != RoundState.DRAFT:
        raise WrongState("round_published")
    _refuse_after_opening(round)
    voting = round.phase(PhaseKind.VOTING)
    if voting is None:
        raise Invalid("bad_phases")
    round.state, round.published_at = RoundState.PUBLISHED, clock.now()
    round.rules_digest = rules.digest_of(round)
    record(
        Kind.ROUND_PUBLISHED,
        round,
        actor,
        role=_role(actor),
        rules_digest=round.rules_digest,
        envelopes={contest.key: contest.amount_cents for contest in round.contests},
        voting_opens=voting.opens,
        voting_closes=voting.closes,
    )
    _touch(round)


@command
def add_project(
    actor: Actor, contest: Contest, plan: ProjectPlan, matters: Iterable[Matter] = ()
) -> Project:
    """Add a project to a contest, made of some public matters or of none.

    Raises Forbidden, WrongState "voting_opened", Invalid.
    """
    require(policies.can_manage(actor), "not_budgeting")
    _refuse_after_opening(contest.round)
    if plan.cost_cents <= 0:
        raise Invalid("bad_cost")
    if not ICON.fullmatch(plan.icon):
        raise Invalid("bad_icon")
    project = Project(
        contest_id=contest.id,
        title=_texts(plan.title, NAME_LIMIT),
        description=_texts(plan.description, TEXT_LIMIT),
        text_salt=new_salt(),
        place=clean(plan.place, PLACE_LIMIT, required=False) or None if plan.place else None,
        cost_cents=plan.cost_cents,
        icon=plan.icon,
    )
    db.session.add(project)
    db.session.flush()
    for matter in matters:
        _link(project, matter)
    record(
        Kind.PROJECT_MADE,
        contest.round,
        actor,
        role=_role(actor),
        project=project.id,
        contest=contest.key,
        cost_cents=project.cost_cents,
        text=text_digest(
            canonical({"title": project.title, "description": project.description}),
            project.text_salt,
        ),
    )
    if plan.feasible:
        accept_project(actor, project)
    _touch(contest.round)
    return project


@command
def accept_project(actor: Actor, project: Project) -> None:
    """Let a project go to the vote. Raises Forbidden, WrongState."""
    round = _undecided(actor, project)
    project.state = ProjectState.FEASIBLE
    record(
        Kind.PROJECT_FEASIBLE,
        round,
        actor,
        role=_role(actor),
        project=project.id,
        cost_cents=project.cost_cents,
    )
    _touch(round)


@command
def refuse_project(actor: Actor, project: Project, reason: Mapping[str, str]) -> None:
    """Keep a project from the vote, with a public reason in every official language.

    Raises Forbidden, WrongState, Invalid "round_languages".
    """
    round = _undecided(actor, project)
    project.refusal, project.refusal_salt = _texts(reason, TEXT_LIMIT), new_salt()
    project.state = ProjectState.REFUSED
    record(
        Kind.PROJECT_REFUSED,
        round,
        actor,
        role=_role(actor),
        project=project.id,
        reason=text_digest(canonical(project.refusal), project.refusal_salt),
    )
    _touch(round)


@command
def settle_contest(actor: Actor, contest: Contest, winners: Collection[int]) -> None:
    """Set the projects of a contest to won or lost, by the confirmed result.

    `winners` are ids of projects. Raises Forbidden, WrongState "contest_decided".
    """
    require(policies.can_manage(actor), "not_budgeting")
    if contest.decided_at is not None:
        raise WrongState("contest_decided")
    contest.decided_at = clock.now()
    for project in queries.list_ballot_projects(contest.id):
        won = project.id in winners
        project.state = ProjectState.WINNER if won else ProjectState.LOST
    _touch(contest.round)


@on(Kind.HIDDEN, Kind.SHOWN, Kind.EDITED)
def follow_matter(entry: Entry) -> None:
    """The pages of rounds name the matters behind their projects."""
    if entry.subject_type == Matter.journal_subject:
        topics.touch(*(f"round:{number}" for number in queries.list_rounds_of(entry.subject_id)))


def _words_of(project: Project) -> str:
    return canonical({"title": project.title, "description": project.description})


def _role(actor: Actor) -> str:
    return "" if actor.is_system else "budgeting"


def _touch(round: Round) -> None:
    if round.state == RoundState.PUBLISHED:
        topics.touch("rounds", f"round:{round.id}")


def _refuse_after_opening(round: Round) -> None:
    if round.voting_opened(clock.now()):
        raise WrongState("voting_opened")


def _undecided(actor: Actor, project: Project) -> Round:
    """The round of a project on which can still be decided."""
    require(policies.can_manage(actor), "not_budgeting")
    round = db.session.get_one(Contest, project.contest_id).round
    _refuse_after_opening(round)
    if project.state != ProjectState.PROPOSED:
        raise WrongState("project_decided")
    return round


def _link(project: Project, matter: Matter) -> None:
    if not matter.is_visible:
        raise Invalid("matter_not_public")
    db.session.add(ProjectMatter(project_id=project.id, matter_id=matter.id))
    topics.touch(f"matter:{matter.id}")


def _texts(texts: Mapping[str, str], limit: int) -> dict[str, str]:
    """Cleaned texts by language; every official language of the city is required."""
    found = {
        language: clean(texts.get(language, ""), limit, required=False) for language in LANGUAGES
    }
    if any(not found[language] for language in get_city().official_languages):
        raise Invalid("round_languages")
    return {language: text for language, text in found.items() if text}


def _check_ballot(plan: RoundPlan) -> None:
    if plan.ballot_type != BallotType.APPROVAL:
        raise Invalid("bad_ballot_type")
    if not 0 <= plan.min_choices <= plan.max_choices or not 1 <= plan.max_choices <= MOST_CHOICES:
        raise Invalid("bad_choices", most=MOST_CHOICES)
    if not 0 <= plan.min_age <= OLDEST_AGE:
        raise Invalid("bad_age")


def _phases(plans: Sequence[PhasePlan]) -> list[Phase]:
    """Rows of phases that follow each other in the order of `PhaseKind`, voting among them."""
    order = list(PhaseKind)
    in_order = all(
        before.closes <= after.opens and order.index(before.kind) < order.index(after.kind)
        for before, after in pairwise(plans)
    )
    lasting = all(plan.opens < plan.closes for plan in plans)
    if not in_order or not lasting or not any(p.kind == PhaseKind.VOTING for p in plans):
        raise Invalid("bad_phases")
    return [Phase(kind=plan.kind, opens=plan.opens, closes=plan.closes) for plan in plans]


def _contests(envelopes: Mapping[str, int]) -> list[Contest]:
    known = {CITY, *get_city().areas}
    if not envelopes or not envelopes.keys() <= known or min(envelopes.values()) <= 0:
        raise Invalid("bad_envelopes")
    return [
        Contest(key=key, area=None if key == CITY else key, amount_cents=amount, position=position)
        for position, (key, amount) in enumerate(envelopes.items())
    ]
