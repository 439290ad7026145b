"""Closing, opening and confirming: resumable, nothing joinable left, recounted by anybody."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import delete, func, inspect, select, text, update

from app.budgeting import queries as budgeting
from app.budgeting.models import PhaseKind, ProjectState, Round
from app.budgeting.services import PhasePlan
from app.core import clock
from app.core.access import ANONYMOUS, SYSTEM
from app.core.errors import Forbidden, WrongState
from app.extensions import db
from app.journal import Kind
from app.journal import queries as journal
from app.tally import ballot_seal, count, read_pabulib
from app.tally.cli import tally
from app.voting import counting, keys, opening, pages, queries, sealing, services
from app.voting.models import (
    SMALL,
    Ballot,
    BallotEnvelope,
    ContestOpening,
    ContestResult,
    Poll,
    RollEntry,
)
from tests import rounds
from tests.conftest import START
from tests.factories import Factory
from tests.rounds import AFTER, AREA, DURING, OTHER_AREA, VOTING_CLOSES

CAST = (("Lights city", "Swings city"), ("Lights city",), ("Skating park",), ("Skating park",))


@pytest.fixture
def voted(vote: Callable, open_round: Round, held: Callable[..., None]) -> Round:
    """A round whose voting has just ended: four voted for the city, two of them in an area."""
    for number, names in enumerate(CAST):
        voter = vote(*names)
        if number < 2:
            vote(f"Lights {AREA}", key=AREA, actor=voter)
    held(VOTING_CLOSES)
    return open_round


@pytest.fixture
def many(make: Factory, vote: Callable, open_round: Round, held: Callable[..., None]) -> Round:
    """A round confirmed after 60 votes for the city."""
    for number in range(60):
        vote(*CAST[number % len(CAST)])
    held(AFTER)
    services.close_voting(SYSTEM, open_round)
    services.open_ballots(SYSTEM, open_round)
    services.confirm_results(SYSTEM, open_round)
    return open_round


def _count(model: type) -> int:
    return db.session.scalars(select(func.count()).select_from(model)).one()


def _opened(key: str, round: Round) -> Counter[tuple[str, ...]]:
    contest = rounds.contest_of(round, key)
    titles = {p.id: p.title["en"] for p in budgeting.list_ballot_projects(contest.id)}
    ballots = queries.list_ballots(contest.id)
    return Counter(tuple(titles[number] for number in choices) for choices in ballots)


def test_voting_is_closed_by_the_team_and_not_before_its_end(
    make: Factory, vote: Callable, open_round: Round, held: Callable[..., None]
) -> None:
    vote("Lights city")
    team = rounds.budgeting_actor(make)
    with pytest.raises(Forbidden, match="not_budgeting"):
        services.close_voting(make.actor(), open_round)
    with pytest.raises(WrongState, match="voting_goes_on"):
        services.close_voting(team, open_round)
    held(VOTING_CLOSES)
    services.close_voting(team, open_round)
    services.close_voting(team, open_round)
    entries = journal.list_entries("round", open_round.id)
    (closed,) = [entry for entry in entries if entry.kind == Kind.VOTING_CLOSED]
    assert journal.as_entry(closed).facts == {"envelopes": 1}
    assert db.session.scalars(select(RollEntry.day)).one() is None


def test_ballots_open_only_after_closing(voted: Round) -> None:
    with pytest.raises(WrongState, match="voting_not_closed"):
        services.open_ballots(SYSTEM, voted)
    assert _count(Ballot) == 0


def test_what_was_cast_is_what_is_opened(voted: Round) -> None:
    services.close_voting(SYSTEM, voted)
    services.open_ballots(SYSTEM, voted)
    assert _opened("city", voted) == Counter(CAST)
    assert _opened(AREA, voted) == Counter({(f"Lights {AREA}",): 2})
    assert _opened(OTHER_AREA, voted) == Counter()
    entries = journal.list_entries("round", voted.id)
    opened = [journal.as_entry(e).facts for e in entries if e.kind == Kind.BALLOTS_OPENED]
    assert [(f["contest"], f["ballots"]) for f in opened] == [
        ("city", 4),
        (AREA, 2),
        (OTHER_AREA, 0),
    ]


STEPS: list[Callable[[Round], None]] = [
    lambda round: opening.open_contest(SYSTEM, round.id, round.contests[0].id),
    lambda round: opening.open_contest(SYSTEM, round.id, round.contests[1].id),
    lambda round: opening.open_contest(SYSTEM, round.id, round.contests[2].id),
    lambda round: opening.delete_envelopes(round.id),
    lambda round: opening.clean_files(round.id),
    lambda round: opening.read_back(round.id),
    lambda round: keys.destroy_private(round.id),
    lambda round: opening.destroy_key(round.id),
]


@pytest.mark.parametrize("done", range(len(STEPS) + 1))
def test_opening_goes_on_after_an_interruption_at_any_step(voted: Round, done: int) -> None:
    services.close_voting(SYSTEM, voted)
    for step in STEPS[:done]:
        step(voted)
    db.session.remove()
    round = budgeting.get_round(1, SYSTEM)
    services.open_ballots(SYSTEM, round)
    services.open_ballots(SYSTEM, round)
    assert _opened("city", round) == Counter(CAST)
    assert (_count(Ballot), _count(BallotEnvelope)) == (6, 0)
    entries = journal.list_entries("round", round.id)
    assert [entry.kind for entry in entries].count(Kind.BALLOTS_OPENED) == 3
    assert db.session.get_one(Poll, round.id).key_destroyed_at == clock.now()
    services.confirm_results(SYSTEM, round)


def test_each_step_waits_for_the_one_before(voted: Round) -> None:
    services.close_voting(SYSTEM, voted)
    for step, code in (
        (lambda: opening.delete_envelopes(voted.id), "ballots_not_opened"),
        (lambda: opening.clean_files(voted.id), "ballots_not_opened"),
        (lambda: opening.destroy_key(voted.id), "not_cleaned"),
        (lambda: services.confirm_results(SYSTEM, voted), "ballots_not_opened"),
    ):
        with pytest.raises(WrongState, match=code):
            step()
    assert keys.read_private(voted.id)


def test_opening_without_the_key_leaves_everything(voted: Round) -> None:
    services.close_voting(SYSTEM, voted)
    keys.destroy_private(voted.id)
    with pytest.raises(WrongState, match="no_keys"):
        services.open_ballots(SYSTEM, voted)
    assert (_count(Ballot), _count(BallotEnvelope)) == (0, 6)


def _change(statement: object) -> None:
    with db.engine.begin() as connection:
        connection.execute(statement)  # type: ignore[call-overload]
    db.session.rollback()


def test_a_voter_without_an_envelope_stops_the_opening(voted: Round) -> None:
    services.close_voting(SYSTEM, voted)
    envelope = db.session.scalars(
        select(BallotEnvelope).where(BallotEnvelope.is_area.is_(False))
    ).all()[-1]
    _change(delete(BallotEnvelope).where(BallotEnvelope.voter_key == envelope.voter_key))
    with pytest.raises(WrongState, match="roll_differs") as refused:
        services.open_ballots(SYSTEM, voted)
    assert refused.value.facts["roll"] == refused.value.facts["envelopes"] + 1
    assert _count(Ballot) == 0


def test_a_changed_envelope_stops_the_opening(voted: Round) -> None:
    services.close_voting(SYSTEM, voted)
    first, second = db.session.scalars(
        select(BallotEnvelope).where(BallotEnvelope.is_area.is_(False)).limit(2)
    )
    _change(
        update(BallotEnvelope)
        .where(BallotEnvelope.voter_key == first.voter_key, BallotEnvelope.is_area.is_(False))
        .values(ciphertext=second.ciphertext)
    )
    with pytest.raises(WrongState, match="broken_envelope"):
        services.open_ballots(SYSTEM, voted)
    assert _count(Ballot) == 0


@pytest.mark.parametrize("code", ["ballots_differ", "seal_differs"])
def test_changed_ballots_stop_opening_and_confirming(voted: Round, code: str) -> None:
    services.close_voting(SYSTEM, voted)
    contest = rounds.contest_of(voted, "city")
    opening.open_contest(SYSTEM, voted.id, contest.id)
    ballot = db.session.scalars(select(Ballot)).first()
    if code == "ballots_differ":
        _change(delete(Ballot).where(Ballot.id == ballot.id))
    else:
        _change(update(Ballot).where(Ballot.id == ballot.id).values(choices=[]))
    with pytest.raises(WrongState, match=code):
        services.open_ballots(SYSTEM, voted)
    assert keys.read_private(voted.id)
    assert db.session.get_one(Poll, voted.id).key_destroyed_at is None


def test_after_opening_nothing_joins_a_voter_to_a_ballot(
    context: Flask, voted: Round, dialect: str
) -> None:
    sealed = [e.ciphertext for e in db.session.scalars(select(BallotEnvelope))]
    services.close_voting(SYSTEM, voted)
    services.open_ballots(SYSTEM, voted)
    for model in (Ballot, ContestOpening, ContestResult):
        names = {column.key for column in inspect(model).columns}
        assert not names & {"voter_key", "person_id", "round_id", "day", "channel", "area"}
    assert _count(BallotEnvelope) == 0
    assert _count(RollEntry) == 4
    if dialect == "sqlite":
        _no_trace_in_files(Path(context.config["INSTANCE"]), sealed)
    else:
        query = "SELECT pg_relation_size('ballot_envelope')"
        assert db.session.scalar(text(query)) == 0


def test_cleaning_keeps_what_belongs_to_a_vote_that_goes_on(
    vote: Callable, make: Factory, voted: Round, held: Callable[..., None]
) -> None:
    services.close_voting(SYSTEM, voted)
    held(START)
    later = VOTING_CLOSES + timedelta(days=30)
    phases = [PhasePlan(PhaseKind.VOTING, DURING, later)]
    other = rounds.make_round(year=2027, phases=phases)
    held(AFTER)
    contest = rounds.contest_of(other, "city")
    project = budgeting.list_ballot_projects(contest.id)[0]
    services.cast_ballot(make.actor(), other.id, contest.id, [project.id])
    services.open_ballots(SYSTEM, voted)
    (envelope,) = db.session.scalars(select(BallotEnvelope))
    assert envelope.round_id == other.id
    held(later)
    services.close_voting(SYSTEM, other)
    services.open_ballots(SYSTEM, other)
    assert queries.list_ballots(contest.id) == [[project.id]]


def _no_trace_in_files(folder: Path, sealed: list[bytes]) -> None:
    db.session.rollback()
    contents = b"".join(path.read_bytes() for path in folder.glob("kuuluu.db*"))
    pieces = {one[start : start + 24] for one in sealed for start in (0, 400, sealing.SEALED - 24)}
    assert contents
    assert not [piece for piece in pieces if piece in contents]


def test_the_ids_of_ballots_are_random_and_their_order_is_mixed(voted: Round) -> None:
    services.close_voting(SYSTEM, voted)
    services.open_ballots(SYSTEM, voted)
    ids = list(db.session.scalars(select(Ballot.id)))
    assert len(set(ids)) == len(ids) == 6
    assert all(len(one) == 32 for one in ids)


def test_confirming_decides_the_projects_once(voted: Round) -> None:
    services.close_voting(SYSTEM, voted)
    services.open_ballots(SYSTEM, voted)
    with pytest.raises(Forbidden, match="not_budgeting"):
        services.confirm_results(ANONYMOUS, voted)
    services.confirm_results(SYSTEM, voted)
    city = rounds.contest_of(voted, "city")
    states = {p.title["en"]: p.state for p in budgeting.list_ballot_projects(city.id)}
    assert states == {
        "Lights city": ProjectState.WINNER,
        "Swings city": ProjectState.WINNER,
        "Skating park": ProjectState.LOST,
    }
    with pytest.raises(WrongState, match="result_confirmed"):
        services.confirm_results(SYSTEM, voted)


def test_where_nobody_votes_nothing_wins(voted: Round) -> None:
    services.close_voting(SYSTEM, voted)
    services.open_ballots(SYSTEM, voted)
    services.confirm_results(SYSTEM, voted)
    empty = queries.get_result(voted.id, OTHER_AREA, SYSTEM)
    assert (empty.result.winners, empty.result.account["voters"]) == ([], 0)


def test_a_small_contest_says_nothing_of_its_ballots_in_the_journal(voted: Round) -> None:
    services.close_voting(SYSTEM, voted)
    services.open_ballots(SYSTEM, voted)
    opened = queries.list_openings(voted.id)[rounds.contest_of(voted, "city").id]
    assert opened.ballots < SMALL
    assert opened.digest != opened.seal


def test_a_small_contest_keeps_nothing_from_which_ballots_could_be_guessed(voted: Round) -> None:
    services.close_voting(SYSTEM, voted)
    services.open_ballots(SYSTEM, voted)
    services.confirm_results(SYSTEM, voted)
    account = queries.get_result(voted.id, "city", SYSTEM).result.account
    assert (account["voters"], account["budget_cents"]) == (4, 10_000_000)
    assert [(one["votes"], one["cost_cents"]) for one in account["winners"]] == [
        (2, 3_000_000),
        (1, 2_500_000),
    ]
    assert (account["satisfied"], account["share"], account["groups"]) == (None, None, [])
    for winner in account["winners"]:
        assert (winner["full"], winner["part"], winner["tie"]) == ([], None, None)
    for loser in account["losers"]:
        assert (loser["had_cents"], loser["missing_cents"], loser["spendings"]) == (None, None, [])
    compared = account["compared"]
    assert compared["satisfied"] is compared["prefer_result"] is compared["prefer_compared"] is None
    assert compared["winners"]


def test_anybody_counts_the_published_file_to_the_same_result(many: Round, tmp_path: Path) -> None:
    found = queries.get_result(many.id, "city", SYSTEM)
    published = pages.recount_text(found)
    file = read_pabulib(published)
    assert file.warnings == ()
    assert ballot_seal(file.profile) == found.opening.seal == found.opening.digest
    outcome = count(file.profile, counting.main_options(many, found.opening.seal))
    assert [int(number) for number in outcome.winners] == found.result.winners
    assert counting.account_json(many, outcome, count(file.profile, "greedy")) == (
        found.result.account
    )
    (tmp_path / counting.file_name(many, found.contest)).write_text(published, encoding="utf-8")
    typed = counting.recount_command(many, found.contest, found.opening.seal).split()
    assert typed[:3] == ["flask", "tally", "count"]
    path = tmp_path / typed[3]
    printed = CliRunner().invoke(tally, ["count", str(path), *typed[4:]]).output
    assert f"Winners: {', '.join(map(str, found.result.winners))}" in printed


def test_the_account_adds_up(many: Round) -> None:
    account = queries.get_result(many.id, "city", SYSTEM).result.account
    assert account["voters"] == 60
    assert account["spent_cents"] == sum(one["cost_cents"] for one in account["winners"])
    for winner in account["winners"]:
        paid = sum(group["voters"] * group["each_cents"] for group in winner["full"])
        paid += winner["part"]["total_cents"] if winner["part"] else 0
        assert paid == 0 or abs(paid - winner["cost_cents"]) <= winner["votes"]
        assert winner["votes"] in (15, 30)
    assert sum(group["voters"] for group in account["groups"]) == 60
    for winner in account["winners"]:
        paid = [
            one["cents"]
            for group in account["groups"]
            for one in group["paid"]
            if one["winner"] == winner["project"]
        ]
        assert sum(paid) == (winner["cost_cents"] if winner["phase"] == "main" else 0)
    shares = sum(
        group["left_cents"] + sum(one["cents"] for one in group["paid"])
        for group in account["groups"]
    )
    assert shares == pytest.approx(60 * account["share"]["last_cents"], abs=60)


def test_every_rule_parameter_can_be_typed(context: Flask) -> None:
    parameters = {
        "utility": "card",
        "add_one": True,
        "step": "2",
        "integral": True,
        "stop_at": "overspend",
        "then_greedy": False,
        "compare_greedy": True,
        "threshold": "1",
    }
    round = rounds.make_round(rule="mes_cost", parameters=parameters)
    command = counting.recount_command(round, round.contests[0], "0" * 64)
    assert command == (
        "flask tally count 2026-city.pb --rule mes_cost --utility card --completion add1 "
        "--step 2 --integral --stop overspend --no-then-greedy --compare-greedy --threshold 1 "
        f"--lot {'0' * 64}"
    )


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_closing_waits_for_votes_on_their_way(context: Flask, voted: Round) -> None:
    round_id = voted.id
    db.session.remove()
    casting = db.engine.connect()
    casting.execute(select(Round.id).where(Round.id == round_id).with_for_update(read=True))

    def close() -> None:
        with context.app_context():
            services.close_voting(SYSTEM, budgeting.get_round(round_id, SYSTEM))
            db.session.remove()

    closing = threading.Thread(target=close)
    closing.start()
    closing.join(timeout=0.5)
    assert closing.is_alive()
    assert db.session.get_one(Poll, round_id).closed_at is None
    casting.rollback()
    casting.close()
    closing.join(timeout=10)
    db.session.rollback()
    assert db.session.get_one(Poll, round_id).closed_at is not None


def test_the_commands_close_open_and_confirm(context: Flask, voted: Round) -> None:
    runner = context.test_cli_runner()
    early = runner.invoke(args=["voting", "open", str(voted.id)])
    assert (early.exit_code, early.output) == (1, "Error: voting_not_closed\n")
    printed = [
        runner.invoke(args=["voting", command, str(voted.id)]).output
        for command in ("close", "open", "confirm")
    ]
    assert "4 voters" in printed[0]
    assert "city: 4 ballots" in printed[1]
    assert "city: 2 winners" in printed[2]
