"""Reads of voting: the ballot paper of a voter, polls, openings, results."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.budgeting import queries as budgeting
from app.budgeting.models import Contest, PhaseKind, Project, Round
from app.budgeting.names import contest_name
from app.core import clock
from app.core.access import Actor, require
from app.core.errors import NotFound, WrongState
from app.extensions import db
from app.voting import keys, policies
from app.voting.models import (
    Ballot,
    BallotEnvelope,
    ContestOpening,
    ContestResult,
    Poll,
    RollEntry,
)


@dataclass(frozen=True)
class Paper:
    """The ballot paper of one voter in one contest.

    `projects` stand in the voter's own order, which stays the same. `memory_key` names the place
    in the browser's memory where choices wait; it tells nothing about the voter.
    """

    round: Round
    contest: Contest
    projects: list[Project]
    voted: bool
    closes: datetime
    memory_key: str


@dataclass(frozen=True)
class Result:
    """The confirmed result of one contest, with its projects by id.

    `results` are those of all contests of the round, this one among them, by contest id.
    """

    round: Round
    contest: Contest
    opening: ContestOpening
    result: ContestResult
    projects: dict[int, Project]
    results: dict[int, ContestResult]


def get_poll(round_id: int) -> Poll:
    """The voting of a round. Raises WrongState "round_not_published"."""
    poll = db.session.get(Poll, round_id)
    if poll is None:
        raise WrongState("round_not_published")
    return poll


def get_open_poll(round: Round, now: datetime) -> Poll:
    """The voting of a round that is open at a moment.

    Raises WrongState "voting_not_begun" or "voting_over".
    """
    poll, phase = get_poll(round.id), round.phase(PhaseKind.VOTING)
    if phase is None or now < phase.opens:
        raise WrongState("voting_not_begun")
    if now >= phase.closes or poll.closed_at is not None:
        raise WrongState("voting_over")
    return poll


def get_paper(actor: Actor, round_id: int, contest_key: str) -> Paper:
    """The ballot paper, while voting is open.

    Raises NotFound, Forbidden "not_confirmed", WrongState "voting_not_begun", "voting_over" or
    "other_area" when the voter has voted in another area.
    """
    require(policies.can_vote(actor), "not_confirmed")
    round = budgeting.get_round(round_id, actor)
    contest = budgeting.get_contest(round, contest_key)
    get_open_poll(round, clock.now())
    key = keys.voter_key(actor.person_id or 0, round.id)
    entry = db.session.get(RollEntry, (round.id, key))
    if entry is not None:
        require_area(entry, contest)
    voting = round.phase(PhaseKind.VOTING)
    return Paper(
        round=round,
        contest=contest,
        projects=_in_own_order(budgeting.list_ballot_projects(contest.id), key),
        voted=entry is not None and _has_envelope(contest.id, key),
        closes=voting.closes if voting else clock.now(),
        memory_key=_digest(key, f"memory {contest.id}")[:16],
    )


def require_area(entry: RollEntry, contest: Contest) -> None:
    """Refuse a second area with WrongState "other_area"."""
    if contest.area and entry.area and entry.area != contest.area:
        voted = next(c for c in contest.round.contests if c.area == entry.area)
        raise WrongState("other_area", area=contest_name(voted))


def get_contest(contest_id: int, round_id: int) -> Contest:
    """A contest of a round by id. Raises NotFound."""
    contest = db.session.get(Contest, contest_id)
    if contest is None or contest.round_id != round_id:
        raise NotFound("not_found")
    return contest


def list_open_to(actor: Actor, round: Round) -> list[Contest]:
    """Contests of a round in which the actor has not voted and still can."""
    key = keys.voter_key(actor.person_id or 0, round.id)
    query = select(BallotEnvelope.contest_id, BallotEnvelope.is_area).where(
        BallotEnvelope.round_id == round.id, BallotEnvelope.voter_key == key
    )
    voted = {row.contest_id: row.is_area for row in db.session.execute(query)}
    in_area = any(voted.values())
    return [c for c in round.contests if c.id not in voted and not (c.area and in_area)]


def count_envelopes(contest_id: int) -> int:
    """Sealed ballots of a contest."""
    query = select(func.count()).where(BallotEnvelope.contest_id == contest_id)
    return db.session.scalars(query).one()


def list_envelopes(contest_id: int) -> list[BallotEnvelope]:
    """All sealed ballots of a contest."""
    query = select(BallotEnvelope).where(BallotEnvelope.contest_id == contest_id)
    return list(db.session.scalars(query))


def count_roll(round_id: int) -> tuple[int, int]:
    """Voters on the roll of a round, and voters with at least one envelope."""
    on_roll = select(func.count()).where(RollEntry.round_id == round_id)
    voters = select(func.count(BallotEnvelope.voter_key.distinct())).where(
        BallotEnvelope.round_id == round_id
    )
    return db.session.scalars(on_roll).one(), db.session.scalars(voters).one()


def list_openings(round_id: int) -> dict[int, ContestOpening]:
    """The opened contests of a round by contest id."""
    query = select(ContestOpening).join(Contest, Contest.id == ContestOpening.contest_id)
    found = db.session.scalars(query.where(Contest.round_id == round_id))
    return {opening.contest_id: opening for opening in found}


def list_ballots(contest_id: int) -> list[list[int]]:
    """The choices of all opened ballots of a contest, in no order."""
    return list(db.session.scalars(select(Ballot.choices).where(Ballot.contest_id == contest_id)))


def list_results(round_id: int) -> dict[int, ContestResult]:
    """The confirmed results of a round by contest id."""
    query = select(ContestResult).join(Contest, Contest.id == ContestResult.contest_id)
    found = db.session.scalars(query.where(Contest.round_id == round_id))
    return {result.contest_id: result for result in found}


def get_result(round_id: int, contest_key: str, actor: Actor) -> Result:
    """The confirmed result of a contest. Raises NotFound, also before it is confirmed."""
    round = budgeting.get_round(round_id, actor)
    contest = budgeting.get_contest(round, contest_key)
    results = list_results(round.id)
    opening = db.session.get(ContestOpening, contest.id)
    if contest.id not in results or opening is None:
        raise NotFound("not_found")
    projects = {project.id: project for project in budgeting.list_ballot_projects(contest.id)}
    return Result(round, contest, opening, results[contest.id], projects, results)


def _has_envelope(contest_id: int, key: str) -> bool:
    query = select(BallotEnvelope.round_id).where(
        BallotEnvelope.contest_id == contest_id, BallotEnvelope.voter_key == key
    )
    return db.session.scalars(query).first() is not None


def _in_own_order(projects: list[Project], key: str) -> list[Project]:
    """Everybody sees another order, so that no project gains from its place."""
    return sorted(projects, key=lambda project: _digest(key, f"order {project.id}"))


def _digest(key: str, purpose: str) -> str:
    return hashlib.sha256(f"{key} {purpose}".encode()).hexdigest()
