"""Rounds and projects: who may, what is fixed when, what the journal says."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.budgeting import queries, rules, services
from app.budgeting.models import BallotType, Phase, PhaseKind, ProjectState, Round, RoundState
from app.budgeting.services import PhasePlan, ProjectPlan
from app.core.access import ANONYMOUS, SYSTEM
from app.core.errors import Forbidden, Invalid, NotFound, WrongState
from app.extensions import db
from app.journal import Kind
from app.journal import queries as journal
from tests import rounds
from tests.factories import Factory
from tests.rounds import DURING, VOTING_CLOSES, VOTING_OPENS

DAY = timedelta(days=1)
VOTING = PhasePlan(PhaseKind.VOTING, VOTING_OPENS, VOTING_CLOSES)


def _kinds(round: Round) -> list[str]:
    return [entry.kind for entry in journal.list_entries("round", round.id)]


def test_only_the_budgeting_team_makes_rounds(make: Factory) -> None:
    with pytest.raises(Forbidden, match="not_budgeting"):
        services.create_round(make.actor(), rounds.plan())
    assert services.create_round(rounds.budgeting_actor(make), rounds.plan()).id


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("bad_phases", {"phases": []}),
        ("bad_phases", {"phases": [PhasePlan(PhaseKind.IDEAS, VOTING_OPENS, VOTING_CLOSES)]}),
        ("bad_phases", {"phases": [PhasePlan(PhaseKind.VOTING, VOTING_CLOSES, VOTING_OPENS)]}),
        (
            "bad_phases",
            {"phases": [VOTING, PhasePlan(PhaseKind.IDEAS, VOTING_CLOSES, VOTING_CLOSES + DAY)]},
        ),
        (
            "bad_phases",
            {
                "phases": [
                    VOTING,
                    PhasePlan(PhaseKind.COUNTING, VOTING_CLOSES - DAY, VOTING_CLOSES + DAY),
                ]
            },
        ),
        ("bad_envelopes", {"envelopes": {}}),
        ("bad_envelopes", {"envelopes": {"atlantis": 100}}),
        ("bad_envelopes", {"envelopes": {"city": 0}}),
        ("bad_choices", {"min_choices": 4, "max_choices": 3}),
        ("bad_choices", {"max_choices": 51}),
        ("bad_choices", {"min_choices": -1}),
        ("bad_choices", {"min_choices": 0, "max_choices": 0}),
        ("bad_rule", {"rule": "the_mayor_decides"}),
        ("bad_rule", {"rule": "phragmen"}),
        ("bad_rule", {"parameters": {"luck": 1}}),
        ("bad_rule", {"parameters": {"step": "0"}}),
        ("bad_rule", {"parameters": {"step": "much"}}),
        ("bad_ballot_type", {"ballot_type": BallotType.RANKING}),
        ("bad_age", {"min_age": 121}),
        ("round_languages", {"names": {"fi": "Vain suomeksi"}}),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(
    context: Flask, code: str, changes: dict[str, object]
) -> None:
    with pytest.raises(Invalid, match=code):
        services.create_round(SYSTEM, rounds.plan(**changes))


def test_publishing_fixes_the_rules_and_says_so_in_the_journal(context: Flask) -> None:
    round = services.create_round(SYSTEM, rounds.plan())
    assert (round.state, round.rules_digest) == (RoundState.DRAFT, None)
    services.publish_round(SYSTEM, round)
    assert round.rules_digest == rules.digest_of(round)
    entry = journal.list_entries("round", round.id)[0]
    facts = journal.as_entry(entry).facts
    assert entry.kind == Kind.ROUND_PUBLISHED
    assert facts["rules_digest"] == round.rules_digest
    assert facts["envelopes"]["city"] == 10_000_000
    assert facts["voting_closes"] == "2026-03-24T18:00:00.000000Z"


def test_every_rule_changes_the_digest(context: Flask) -> None:
    plan = rounds.plan()
    variants = [
        plan,
        replace(plan, max_choices=4),
        replace(plan, rule="greedy"),
        replace(plan, parameters={"step": "2"}),
        replace(plan, min_age=15),
        replace(plan, envelopes={"city": 1}),
        replace(plan, phases=[replace(VOTING, closes=VOTING_CLOSES + DAY)]),
    ]
    digests = {rules.digest_of(services.create_round(SYSTEM, one)) for one in variants}
    assert len(digests) == len(variants)


def test_a_round_is_published_once_and_not_after_voting_has_begun(
    context: Flask, held: Callable[..., None]
) -> None:
    round = rounds.make_round()
    with pytest.raises(WrongState, match="round_published"):
        services.publish_round(SYSTEM, round)
    late = services.create_round(SYSTEM, rounds.plan())
    held(VOTING_OPENS)
    with pytest.raises(WrongState, match="voting_opened"):
        services.publish_round(SYSTEM, late)


def test_projects_are_decided_on_until_voting_opens(
    make: Factory, held: Callable[..., None]
) -> None:
    team = rounds.budgeting_actor(make)
    round = rounds.make_round()
    contest = rounds.contest_of(round, "city")
    studied = [rounds.add_project(contest, f"P{n}", 100, feasible=False) for n in range(3)]
    services.accept_project(team, studied[0])
    services.refuse_project(team, studied[1], {"fi": "Tontti on myyty.", "sv": "Tomten är såld."})
    assert [p.state for p in studied] == [
        ProjectState.FEASIBLE,
        ProjectState.REFUSED,
        ProjectState.PROPOSED,
    ]
    assert [p.id for p in queries.list_ballot_projects(contest.id)][-1] == studied[0].id
    assert _kinds(round)[-2:] == [Kind.PROJECT_FEASIBLE, Kind.PROJECT_REFUSED]
    with pytest.raises(WrongState, match="project_decided"):
        services.accept_project(team, studied[1])
    held(VOTING_OPENS)
    for act in (
        lambda: services.accept_project(team, studied[2]),
        lambda: services.refuse_project(team, studied[2], rounds.texts("Late")),
        lambda: rounds.add_project(contest, "Late", 100),
    ):
        with pytest.raises(WrongState, match="voting_opened"):
            act()


def test_a_refusal_needs_its_reason_in_both_languages(make: Factory) -> None:
    round = rounds.make_round()
    project = rounds.add_project(round.contests[0], "P", 100, feasible=False)
    with pytest.raises(Invalid, match="round_languages"):
        services.refuse_project(SYSTEM, project, {"fi": "Vain suomeksi"})
    with pytest.raises(Forbidden, match="not_budgeting"):
        services.refuse_project(make.actor(), project, rounds.texts("Why"))


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("bad_cost", {"cost_cents": 0}),
        ("bad_icon", {"icon": "<svg>"}),
        ("round_languages", {"title": {"en": "Only English"}}),
    ],
)
def test_a_project_that_makes_no_sense_is_refused(
    context: Flask, code: str, fields: dict[str, object]
) -> None:
    round = services.create_round(SYSTEM, rounds.plan())
    values = {"title": rounds.texts("T"), "description": rounds.texts("D"), "cost_cents": 100}
    with pytest.raises(Invalid, match=code):
        services.add_project(SYSTEM, round.contests[0], ProjectPlan(**(values | fields)))


def test_a_project_cannot_be_made_of_a_draft(make: Factory) -> None:
    round = rounds.make_round()
    with pytest.raises(Invalid, match="matter_not_public"):
        rounds.add_project(round.contests[0], "P", 100, [make.draft()])


def test_the_lineage_leads_from_matter_to_project_and_back(make: Factory) -> None:
    matters = [make.matter(), make.matter()]
    round = rounds.make_round()
    project = rounds.add_project(round.contests[0], "Lamps", 100, matters)
    assert [row.id for row in queries.list_sources(round.id)[project.id]] == [
        matter.id for matter in matters
    ]
    made = queries.list_made_of([matter.id for matter in matters])
    assert [made[matter.id][0].Project.id for matter in matters] == [project.id] * 2


def test_a_draft_is_seen_by_the_team_only(make: Factory) -> None:
    round = services.create_round(SYSTEM, rounds.plan())
    for actor in (ANONYMOUS, make.actor()):
        with pytest.raises(NotFound):
            queries.get_round(round.id, actor)
    assert queries.get_round(round.id, rounds.budgeting_actor(make)).id == round.id
    assert queries.list_rounds() == []


def test_a_contest_is_settled_once(context: Flask) -> None:
    contest = rounds.contest_of(rounds.make_round(), "city")
    first, *others = queries.list_ballot_projects(contest.id)
    services.settle_contest(SYSTEM, contest, {first.id})
    assert first.state == ProjectState.WINNER
    assert {project.state for project in others} == {ProjectState.LOST}
    with pytest.raises(WrongState, match="contest_decided"):
        services.settle_contest(SYSTEM, contest, set())


def test_phases_are_half_open(context: Flask) -> None:
    round = rounds.make_round()
    moments = [VOTING_OPENS - timedelta(microseconds=1), VOTING_OPENS, VOTING_CLOSES]
    found = [round.current_phase(moment) for moment in moments]
    assert [phase and phase.kind for phase in found] == [
        PhaseKind.IDEAS,
        PhaseKind.VOTING,
        PhaseKind.COUNTING,
    ]
    assert queries.find_next_instant() == VOTING_OPENS


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE budget_round SET max_choices = 0",
        "UPDATE budget_round SET rules_digest = NULL",
        "UPDATE round_phase SET closes = opens",
        "UPDATE contest SET amount_cents = 0",
        "UPDATE contest SET area = NULL WHERE area IS NOT NULL",
        "UPDATE project SET cost_cents = 0",
        "UPDATE project SET state = 'refused'",
        "UPDATE project SET state = 'winning'",
    ],
)
def test_the_database_holds_the_rules_too(context: Flask, statement: str) -> None:
    rounds.make_round()
    with pytest.raises(IntegrityError), db.engine.begin() as connection:
        connection.execute(text(statement))


def test_a_phase_is_in_a_round_once(context: Flask) -> None:
    round = rounds.make_round()
    phase = db.session.scalars(select(Phase).where(Phase.kind == PhaseKind.VOTING)).one()
    copy = {"r": round.id, "k": "voting", "o": phase.opens.isoformat(), "c": DURING.isoformat()}
    statement = "INSERT INTO round_phase (round_id, kind, opens, closes) VALUES (:r, :k, :o, :c)"
    with pytest.raises(IntegrityError), db.engine.begin() as connection:
        connection.execute(text(statement), copy)
