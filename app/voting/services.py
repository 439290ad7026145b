"""Writes of voting: casting, closing, opening, confirming."""

from collections.abc import Sequence

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite

from app.accounts import queries as accounts
from app.budgeting import queries as budgeting
from app.budgeting import services as rounds
from app.budgeting.models import Contest, PhaseKind, Round
from app.budgeting.names import contest_name
from app.city import get_city
from app.core import clock, errors, language, mail, topics, words
from app.core.access import Actor, require
from app.core.command import command
from app.core.errors import WrongState
from app.core.language import pick
from app.extensions import db
from app.journal import Entry, Kind, on, record
from app.voting import counting, keys, opening, policies, queries, sealing
from app.voting.choices import checked_choices
from app.voting.models import BallotEnvelope, ContestOpening, ContestResult, Poll, RollEntry

WEB = "web"

errors.explain(
    {
        "voting_not_begun": _l("Voting has not begun yet."),
        "voting_over": _l("Voting is over. The vote was not stored."),
        "other_area": _l(
            "You have voted in %(area)s. You can vote in one area only, and change that vote "
            "until voting ends."
        ),
        "unknown_project": _l("Choose from the projects of this vote, each of them once."),
        "too_few_projects": _l(
            "You must choose at least %(least)s of the projects. Nothing was stored."
        ),
        "too_many_projects": _l(
            "You chose %(chosen)s projects. You can choose at most %(most)s. Nothing was stored."
        ),
        "voting_goes_on": _l("Voting cannot be closed before it ends on %(closes)s."),
        "voting_not_closed": _l("Voting must be closed first."),
        "roll_differs": _l(
            "The roll has %(roll)s voters, but there are envelopes of %(envelopes)s. Nothing was "
            "opened."
        ),
        "ballots_differ": _l("There are %(found)s ballots where there should be %(expected)s."),
        "seal_differs": _l("The ballots are not those that were opened: their seal differs."),
        "broken_envelope": _l("An envelope does not open with the key of this round."),
        "ballots_not_opened": _l("The ballots must be opened first."),
        "not_cleaned": _l(
            "Old pages of the database could not be cleaned, because something reads them. Try "
            "again."
        ),
        "no_keys": _l("A key of this round is not on this server."),
        "result_confirmed": _l("The result has been confirmed already."),
    }
)


@on(Kind.ROUND_PUBLISHED)
def prepare_voting(entry: Entry) -> None:
    """A published round gets its keys; ballots are sealed to the public one."""
    public = keys.make_round_keys(entry.subject_id)
    db.session.add(Poll(round_id=entry.subject_id, public_key=public))


@command
def cast_ballot(actor: Actor, round_id: int, contest_id: int, project_ids: Sequence[int]) -> None:
    """Put the actor's sealed choices into the box; a later ballot replaces an earlier one.

    Takes ids, so that the command locks nothing by itself: the round is locked shared, and the
    clock is read under that lock. A message without the choices confirms it. Raises NotFound,
    Forbidden "not_confirmed", Invalid (see `checked_choices`), WrongState "voting_not_begun",
    "voting_over", "other_area" or "no_keys".
    """
    require(policies.can_vote(actor), "not_confirmed")
    round = opening.lock_round(round_id, shared=True)
    poll = queries.get_open_poll(round, clock.now())
    contest = queries.get_contest(contest_id, round_id)
    on_ballot = [project.id for project in budgeting.list_ballot_projects(contest.id)]
    packed = sealing.pack(checked_choices(round, project_ids, on_ballot))
    key = keys.voter_key(actor.person_id or 0, round.id)
    _enter_roll(key, contest)
    sealed = sealing.seal(poll.public_key, packed, keys.bound_to(contest.id, key))
    _put_in_box(key, contest, sealed)
    _confirm_by_mail(actor, round, contest)


@command
def close_voting(actor: Actor, round: Round) -> None:
    """Close the box after voting has ended, and forget the days of voting; twice is as once.

    Waits for votes on their way (the round's lock). Raises Forbidden, WrongState
    "voting_goes_on" before the published end.
    """
    require(policies.can_close(actor), "not_budgeting")
    round = opening.lock_round(round.id)
    poll, voting = queries.get_poll(round.id), round.phase(PhaseKind.VOTING)
    if poll.closed_at is not None:
        return
    if voting is not None and clock.now() < voting.closes:
        raise WrongState("voting_goes_on", closes=words.moment(voting.closes))
    poll.closed_at = clock.now()
    db.session.execute(update(RollEntry).where(RollEntry.round_id == round.id).values(day=None))
    envelopes = sum(queries.count_envelopes(contest.id) for contest in round.contests)
    record(Kind.VOTING_CLOSED, round, actor, role=_role(actor), envelopes=envelopes)
    topics.touch("rounds", f"round:{round.id}")


def open_ballots(actor: Actor, round: Round) -> None:
    """Open and mix the ballots of a closed round, then remove every trace of the envelopes.

    Runs the steps of `opening.py` in order, each in a transaction of its own; after an
    interruption, run it again. Raises Forbidden, WrongState.
    """
    require(policies.can_close(actor), "not_budgeting")
    round_id, contest_ids = round.id, [contest.id for contest in round.contests]
    for contest_id in contest_ids:
        opening.open_contest(actor, round_id, contest_id)
    opening.delete_envelopes(round_id)
    opening.clean_files(round_id)
    opening.read_back(round_id)
    opening.destroy_key(round_id)


@command
def confirm_results(actor: Actor, round: Round) -> None:
    """Count every contest, store the accounts and decide the projects.

    Raises Forbidden, WrongState "ballots_not_opened", "ballots_differ", "seal_differs" or
    "result_confirmed".
    """
    require(policies.can_close(actor), "not_budgeting")
    round = opening.lock_round(round.id)
    if queries.get_poll(round.id).key_destroyed_at is None:
        raise WrongState("ballots_not_opened")
    openings = queries.list_openings(round.id)
    for contest in round.contests:
        _confirm(actor, round, contest, openings[contest.id])


def _confirm(actor: Actor, round: Round, contest: Contest, opened: ContestOpening) -> None:
    if db.session.get(ContestResult, contest.id) is not None:
        raise WrongState("result_confirmed")
    ballots = queries.list_ballots(contest.id)
    opening.check_ballots(contest, opened, ballots)
    projects = budgeting.list_ballot_projects(contest.id)
    outcome, compared = counting.count_both(round, counting.profile_of(contest, projects, ballots))
    account = counting.account_json(round, outcome, compared)
    winners = [int(project_id) for project_id in outcome.winners]
    db.session.add(
        ContestResult(
            contest_id=contest.id,
            rule=round.rule["name"],
            winners=winners,
            account=account,
            digest=opened.digest,
            confirmed_at=clock.now(),
        )
    )
    record(
        Kind.RESULT_CONFIRMED,
        round,
        actor,
        role=_role(actor),
        contest=contest.key,
        rule=round.rule["name"],
        winners=winners,
        total_cents=account["spent_cents"],
        digest=opened.digest,
    )
    rounds.settle_contest(actor, contest, winners)


def _role(actor: Actor) -> str:
    return "" if actor.is_system else "budgeting"


def _enter_roll(key: str, contest: Contest) -> None:
    """The voter's entry, made if missing, and locked until the end of the command."""
    new = {
        "round_id": contest.round_id,
        "voter_key": key,
        "channel": WEB,
        "area": contest.area,
        "day": clock.today(),
    }
    db.session.execute(_insert(RollEntry).values(new).on_conflict_do_nothing())
    entry = db.session.get_one(
        RollEntry, (contest.round_id, key), with_for_update=True, populate_existing=True
    )
    queries.require_area(entry, contest)
    if contest.area:
        entry.area = contest.area


def _put_in_box(key: str, contest: Contest, sealed: bytes) -> None:
    envelope = {
        "contest_id": contest.id,
        "voter_key": key,
        "round_id": contest.round_id,
        "is_area": contest.area is not None,
        "ciphertext": sealed,
    }
    statement = _insert(BallotEnvelope).values(envelope)
    db.session.flush()
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=[BallotEnvelope.contest_id, BallotEnvelope.voter_key],
            set_={"ciphertext": statement.excluded.ciphertext},
        )
    )


def _insert(model: type) -> postgresql.Insert | sqlite.Insert:
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    return dialect.insert(model)


def _confirm_by_mail(actor: Actor, round: Round, contest: Contest) -> None:
    person = accounts.get_person(actor.person_id or 0)
    voting = round.phase(PhaseKind.VOTING)
    with language.speaking(person.language):
        text = gettext(
            "Your vote is in the box.\n\n%(round)s\n%(contest)s\n\nYou can change it until "
            "%(closes)s by voting again: only your last vote counts.\n\nThis message does not "
            "say what you chose. If you did not vote yourself, tell the registry: %(registry)s",
            round=pick(round.names),
            contest=contest_name(contest),
            closes=words.moment(voting.closes) if voting else "",
            registry=get_city().settings["contact"]["registry_email"],
        )
        mail.post(person.email, gettext("Your vote has been cast"), text)
