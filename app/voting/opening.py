"""The steps of opening, each a transaction or repeatable: an interrupted opening is run again.

1. `open_contest`, for each contest: open the envelopes, mix them, store them under random ids
2. `delete_envelopes`: overwritten on SQLite
3. `clean_files`: rewrite the database files so that no page holds an old envelope or day
4. `read_back`: count and seal of the stored ballots are those that were recorded
5. `destroy_key`

Anything that does not add up stops with a WrongState and leaves everything as it is.
"""

import secrets

from sqlalchemy import delete, insert, select

from app.budgeting import queries as budgeting
from app.budgeting.models import Contest, Round
from app.core import clock
from app.core.access import Actor
from app.core.command import command
from app.core.errors import WrongState
from app.extensions import db
from app.journal import Kind, record, text_digest
from app.journal.recording import new_salt
from app.tally import Profile, ballot_seal
from app.voting import counting, keys, queries, sealing
from app.voting.models import SMALL, Ballot, BallotEnvelope, ContestOpening


def lock_round(round_id: int, shared: bool = False) -> Round:
    """The round, its row locked on PostgreSQL; on SQLite a command is alone in any case.

    Casting locks shared, so that voters do not wait for each other; closing waits for them all.
    """
    statement = select(Round).where(Round.id == round_id).with_for_update(read=shared)
    return db.session.scalars(statement.execution_options(populate_existing=True)).one()


def open_contest(actor: Actor, round_id: int, contest_id: int) -> None:
    """Open the envelopes of a closed contest; one that is open already is passed over.

    Raises WrongState "voting_not_closed", "roll_differs", "ballots_differ", "broken_envelope" or
    "no_keys".
    """
    if db.session.get(ContestOpening, contest_id) is None:
        _store(actor, round_id, contest_id, _opened(round_id, contest_id))


def _opened(round_id: int, contest_id: int) -> list[list[int]]:
    """The choices of all envelopes of a contest. Slow, so it holds no write lock."""
    private = keys.read_private(round_id)
    on_ballot = {project.id for project in budgeting.list_ballot_projects(contest_id)}
    found = []
    for envelope in queries.list_envelopes(contest_id):
        bound = keys.bound_to(contest_id, envelope.voter_key)
        try:
            choices = sealing.unpack(sealing.open_sealed(private, envelope.ciphertext, bound))
        except sealing.SealBroken:
            raise WrongState("broken_envelope") from None
        if not on_ballot.issuperset(choices):
            raise WrongState("broken_envelope")
        found.append(choices)
    return found


@command
def _store(actor: Actor, round_id: int, contest_id: int, ballots: list[list[int]]) -> None:
    round = lock_round(round_id)
    if queries.get_poll(round_id).closed_at is None:
        raise WrongState("voting_not_closed")
    if db.session.get(ContestOpening, contest_id) is not None:
        return
    compare_roll(round_id)
    _compare(len(ballots), queries.count_envelopes(contest_id))
    contest = queries.get_contest(contest_id, round_id)
    secrets.SystemRandom().shuffle(ballots)
    rows = [
        {"id": secrets.token_hex(16), "contest_id": contest_id, "choices": choices}
        for choices in ballots
    ]
    if rows:
        db.session.execute(insert(Ballot), rows)
    opening = _opening(contest)
    _compare(opening.ballots, len(ballots))
    db.session.add(opening)
    record(
        Kind.BALLOTS_OPENED,
        round,
        actor,
        role="" if actor.is_system else "budgeting",
        contest=contest.key,
        ballots=opening.ballots,
        digest=opening.digest,
    )


def compare_roll(round_id: int) -> None:
    """Everybody on the roll has an envelope. Raises WrongState "roll_differs" otherwise.

    The other way round the database holds it: an envelope needs its entry on the roll.
    """
    on_roll, voters = queries.count_roll(round_id)
    if on_roll != voters:
        raise WrongState("roll_differs", roll=on_roll, envelopes=voters)


def _compare(found: int, expected: int) -> None:
    if found != expected:
        raise WrongState("ballots_differ", found=found, expected=expected)


def _opening(contest: Contest) -> ContestOpening:
    """Count and seal of the ballots as the table has them now."""
    ballots = queries.list_ballots(contest.id)
    seal = ballot_seal(_profile(contest, ballots))
    salt = new_salt() if len(ballots) < SMALL else None
    return ContestOpening(
        contest_id=contest.id,
        ballots=len(ballots),
        seal=seal,
        salt=salt,
        digest=text_digest(seal, salt) if salt else seal,
        opened_at=clock.now(),
    )


def _profile(contest: Contest, ballots: list[list[int]]) -> Profile:
    return counting.profile_of(contest, budgeting.list_ballot_projects(contest.id), ballots)


@command
def delete_envelopes(round_id: int) -> None:
    """Delete the envelopes of a round whose contests have all been opened; twice is as once.

    Raises WrongState "ballots_not_opened" or "ballots_differ".
    """
    round, poll = lock_round(round_id), queries.get_poll(round_id)
    if poll.deleted_at is not None:
        return
    openings = queries.list_openings(round_id)
    for contest in round.contests:
        if contest.id not in openings:
            raise WrongState("ballots_not_opened")
        _compare(queries.count_envelopes(contest.id), openings[contest.id].ballots)
    if db.engine.dialect.name == "sqlite":
        db.session.connection().exec_driver_sql("PRAGMA secure_delete=ON")
    db.session.execute(delete(BallotEnvelope).where(BallotEnvelope.round_id == round_id))
    poll.deleted_at = clock.now()


def clean_files(round_id: int) -> None:
    """Rewrite the database files without what was deleted; done once. Raises WrongState.

    SQLite: VACUUM, then the write-ahead log is emptied, and must be ("not_cleaned" when somebody
    still reads: try again). PostgreSQL: the tables of envelopes and roll are written anew.
    """
    poll = queries.get_poll(round_id)
    if poll.cleaned_at is not None:
        return
    if poll.deleted_at is None:
        raise WrongState("ballots_not_opened")
    # Our own read would keep the old pages.
    db.session.rollback()
    if db.engine.dialect.name == "sqlite":
        _vacuum_sqlite()
    else:
        _rewrite_postgresql()
    _note(round_id, "cleaned_at")


def _vacuum_sqlite() -> None:
    connection = db.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("VACUUM")
        busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
    if busy:
        raise WrongState("not_cleaned")


@command
def _rewrite_postgresql() -> None:
    """New files for the tables of roll and envelopes, with the rows that are still there.

    TRUNCATE drops the old files at the commit. VACUUM FULL would not do: it keeps dead rows that
    an old snapshot could still see. The tables are locked in the order in which casting uses them.
    """
    connection = db.session.connection()
    for statement in (
        "LOCK TABLE roll_entry IN ACCESS EXCLUSIVE MODE",
        "LOCK TABLE ballot_envelope IN ACCESS EXCLUSIVE MODE",
        "CREATE TEMPORARY TABLE kept_roll ON COMMIT DROP AS SELECT * FROM roll_entry",
        "CREATE TEMPORARY TABLE kept_envelopes ON COMMIT DROP AS SELECT * FROM ballot_envelope",
        "TRUNCATE roll_entry, ballot_envelope",
        "INSERT INTO roll_entry SELECT * FROM kept_roll",
        "INSERT INTO ballot_envelope SELECT * FROM kept_envelopes",
    ):
        connection.exec_driver_sql(statement)


def read_back(round_id: int) -> None:
    """Compare the stored ballots with what was recorded. Raises WrongState "ballots_differ"."""
    openings = queries.list_openings(round_id)
    for contest_id, opening in openings.items():
        contest = queries.get_contest(contest_id, round_id)
        check_ballots(contest, opening, queries.list_ballots(contest_id))


def check_ballots(contest: Contest, opening: ContestOpening, ballots: list[list[int]]) -> None:
    """Number and seal of some ballots are those of the opening. Raises WrongState."""
    _compare(len(ballots), opening.ballots)
    if ballot_seal(_profile(contest, ballots)) != opening.seal:
        raise WrongState("seal_differs")


def destroy_key(round_id: int) -> None:
    """Destroy the private key once the files are clean. Raises WrongState "not_cleaned"."""
    if queries.get_poll(round_id).cleaned_at is None:
        raise WrongState("not_cleaned")
    keys.destroy_private(round_id)
    _note(round_id, "key_destroyed_at")


@command
def _note(round_id: int, step: str) -> None:
    """Write down, once, when a step was done."""
    poll = queries.get_poll(round_id)
    if getattr(poll, step) is None:
        setattr(poll, step, clock.now())
