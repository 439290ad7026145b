"""Two cities live the same weeks. In one the jobs run every hour, in the other they stand still for
nine days and then run twice: their journals are the same, byte for byte, but for when the entries
were recorded."""

import itertools
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.city import services as city
from app.core import clock as time
from app.duties import services
from app.duties.models import DutyClock
from app.extensions import db
from app.follows import services as follows
from app.journal import Kind, replay, verification
from app.journal.models import JournalEntry
from app.outcomes import services as outcomes
from app.promises import services as promises
from app.promises.queries import list_promises
from app.proposals import counts
from app.proposals import support as supporting
from app.proposals.lifecycle import MOVES, MatterKind, State
from app.proposals.models import Matter
from tests import conftest
from tests.casework import WHY, Casework, both, promise
from tests.conftest import START, make_app
from tests.factories import Factory
from tests.steps import WAYS, step, walk

Move = Callable[[datetime], None]
HOUR = timedelta(hours=1)
only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
ASIDE = ("seq", "recorded_at", "hash", "previous")


def local(month: int, day: int, hour: int = 12, minute: int = 30) -> datetime:
    """A moment of 2026 by Espoo's clock."""
    return datetime(2026, month, day, hour, minute, tzinfo=time.ZONE).astimezone(UTC)


def journal() -> bytes:
    """The whole journal by the moments at which its entries count, without what tells when they
    were recorded. Of one moment and matter, entries stand in the order of recording; two matters
    whose deadlines pass at one midnight are written in the order in which somebody comes by."""
    names = [column.key for column in JournalEntry.__table__.columns if column.key not in ASIDE]
    row = JournalEntry
    query = select(row).order_by(row.at, row.subject_type, row.subject_id, row.seq)
    rows = [{name: str(getattr(row, name)) for name in names} for row in db.session.scalars(query)]
    return json.dumps(rows, indent=1, sort_keys=True).encode()


def clocks() -> list[dict[str, Any]]:
    """Every clock as the table has it."""
    query = select(DutyClock).order_by(DutyClock.id)
    return [vars(row.as_clock()) for row in db.session.scalars(query)]


def everything_agrees(app: Flask) -> None:
    """Tables, kept counts and chain follow from the journal, also by the command's own word."""
    db.session.rollback()
    assert counts.get_counts() == counts.counted()
    assert verification.verify_database().ok
    result = app.test_cli_runner().invoke(args=["journal", "replay", "--check"])
    assert result.exit_code == 0, result.output


def overdue() -> list[tuple[int, str, str, datetime]]:
    """Matter, clock, reference and moment of every overdue entry, in no order."""
    query = select(JournalEntry).where(JournalEntry.kind == Kind.OVERDUE)
    found = []
    for row in db.session.scalars(query):
        facts = json.loads(row.facts)
        found.append((row.subject_id, facts["clock"], facts["ref"], row.at))
    return sorted(found)


# ---------- the scenario ----------


@dataclass
class Town:
    """The people and the matters of one city."""

    work: Casework
    matters: dict[str, Matter] = field(default_factory=dict)

    @classmethod
    def of_a_small_city(cls) -> "Town":
        """150 people live here, so that three makers are two percent."""
        seed = city.read_seed()
        seed["municipality"]["population"]["value"] = 150
        city.seed_city(seed)
        return cls(Casework(Factory()))

    def __getitem__(self, name: str) -> Matter:
        return self.matters[name]

    def promise_of(self, name: str, number: int) -> Any:
        """A promise of a matter's answer."""
        matter_id = self[name].id
        return list_promises([matter_id])[matter_id][number]

    def sign(self, name: str, makers: int) -> None:
        """Let some people sign an initiative."""
        for _ in range(makers):
            supporting.sign_initiative(
                self.work.make.actor(),
                self[name],
                supporting.Signature("Maija Meikäläinen", "Espoo"),
            )

    def judge(self, name: str, verdicts: tuple[str, ...]) -> None:
        """Let some people follow a matter and say whether it helped."""
        for verdict in verdicts:
            person = self.work.make.actor()
            follows.follow(person, self[name])
            outcomes.give_verdict(person, self[name], verdict)


def _begin(town: Town) -> None:
    work = town.work
    town.matters = {
        "asked": work.prepared(),
        "forgotten": work.published(kind=MatterKind.FEEDBACK),
        "initiative": work.prepared(kind=MatterKind.INITIATIVE),
        "promised": work.answered(promises=[promise(12), promise(14), promise(60)]),
        "documents": work.prepared(body="Pyydän asiakirjat, jotka koskevat siltaa."),
        "website": work.prepared(kind=MatterKind.FEEDBACK, body="Sivu vaatii ruudunlukijan."),
        "done": work.implemented(),
        "leaving": work.prepared(),
        "quiet": work.published(body="Pyydän asiakirjat, jotka koskevat tietä."),
    }


# The jobs stand still from 18 to 27 March in one of the cities. Deadlines that pass meanwhile: of
# documents and accessibility (23 March), of feedback (23 March) and of two promises.
STOPS, GOES_ON = local(3, 18, 0, 0), local(3, 27, 0, 0)

EVENTS: list[tuple[datetime, Callable[[Town], object]]] = [
    (local(3, 10), lambda t: step(t["asked"], Kind.ASKED)),
    (local(3, 12), lambda t: t.sign("initiative", 2)),
    (local(3, 16), lambda t: step(t["website"], Kind.ESTIMATED)),
    # while the jobs stand still
    (local(3, 19), lambda t: step(t["asked"], Kind.REPLIED)),
    (local(3, 20), lambda t: t.sign("initiative", 2)),
    (
        local(3, 21),
        lambda t: promises.move_promise(
            t.work.official, t.promise_of("promised", 1), date(2026, 4, 2), both("Siirtyy")
        ),
    ),
    (
        local(3, 22, 23, 59),
        lambda t: promises.keep_promise(t.work.official, t.promise_of("promised", 0), WHY),
    ),
    (
        local(3, 24, 0, 1),
        lambda t: services.extend_request(t.work.official, t["documents"], date(2026, 4, 1), WHY),
    ),
    (local(3, 24), lambda t: services.mark_matter(t.work.official, t["asked"], "document_request")),
    (local(3, 25), lambda t: step(t["forgotten"], Kind.REGISTERED, case_number="7/2026")),
    (local(3, 25, 13), lambda t: step(t["leaving"], Kind.TRANSFERRED, authority="hsy")),
    (local(3, 26), lambda t: step(t["website"], Kind.ANSWERED)),
    (local(3, 26, 14), lambda t: t.judge("done", ("no",) * 5)),
    # after they have run again; the clocks of Europe turn on 29 March
    (local(3, 28), lambda t: step(t["initiative"], Kind.ASKED)),
    (local(3, 30), lambda t: step(t["initiative"], Kind.RESUMED)),
    (local(4, 3), lambda t: step(t["leaving"], Kind.RESTORED)),
    (local(4, 8), lambda t: step(t["initiative"], Kind.SENT_TO_BODY)),
    (
        local(4, 9, 9),
        lambda t: promises.break_promise(t.work.official, t.promise_of("promised", 1), WHY),
    ),
    (local(4, 10), lambda t: step(t["initiative"], Kind.BACK_FROM_BODY)),
    (local(4, 14), lambda t: services.give_documents(t.work.official, t["documents"], WHY)),
]
END = local(4, 16)


def live(move: Move, monkeypatch: pytest.MonkeyPatch, *, stands_still: bool) -> None:
    """One city's weeks. Random numbers are counted, so that two cities draw the same ones."""
    numbers = itertools.count(1)
    counted = SimpleNamespace(
        token_hex=lambda size: f"{next(numbers):0{2 * size}x}",
        token_urlsafe=lambda size: f"{next(numbers):0{size}d}",
    )
    monkeypatch.setattr("app.journal.recording.secrets", counted)
    move(START)
    town, now = Town.of_a_small_city(), START
    _begin(town)
    events = iter([*EVENTS, (END, lambda _town: None)])
    for at, happens in events:
        for run in _runs(now, at, stands_still=stands_still):
            move(run)
            services.run_out_clocks()
            if stands_still and run == GOES_ON:
                services.run_out_clocks()
        now = at
        move(at)
        happens(town)


def _runs(start: datetime, end: datetime, *, stands_still: bool) -> Iterator[datetime]:
    """When the jobs run between two moments: on the hour, not in the nine days."""
    run = START.replace(minute=0)
    while run <= end:
        if run > start and not (stands_still and STOPS <= run < GOES_ON):
            yield run
        run += HOUR


@contextmanager
def another_database(dialect: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Flask]:
    """A fresh city beside the test's own one, on the same kind of database."""
    folder.mkdir()
    if dialect == "postgresql":
        template = request.getfixturevalue("postgres_template")
        with contextmanager(conftest._on_postgres)(template, folder) as app:
            yield app
        return
    shutil.copy(request.getfixturevalue("sqlite_template"), folder / "kuuluu.db")
    app = make_app(f"sqlite:///{folder / 'kuuluu.db'}", folder)
    yield app
    app.wsgi_app.close()
    with app.app_context():
        db.engine.dispose()


@pytest.mark.timeout(300)
def test_nine_days_without_jobs_leave_the_same_journal(
    app: Flask,
    held: Move,
    dialect: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with app.app_context():
        live(held, monkeypatch, stands_still=False)
        daily, daily_clocks, daily_overdue = journal(), clocks(), overdue()
        everything_agrees(app)
        db.session.remove()
    with another_database(dialect, request, tmp_path / "late") as other, other.app_context():
        live(held, monkeypatch, stands_still=True)
        late, late_clocks, late_overdue = journal(), clocks(), overdue()
        everything_agrees(other)
        recorded = _lateness_of_recording()
        db.session.remove()
    assert late.decode() == daily.decode()
    assert late_clocks == daily_clocks
    assert late_overdue == daily_overdue
    # the scenario is worth its name: deadlines passed while the jobs stood still
    passed = {(clock, ref) for _, clock, ref, at in daily_overdue if STOPS <= at < GOES_ON}
    assert {kind for kind, _ in passed} >= {
        "answer",
        "document_request",
        "accessibility",
        "promise",
    }
    assert max(recorded) >= timedelta(days=3)


def _lateness_of_recording() -> list[timedelta]:
    """How long after its moment each overdue entry was recorded."""
    query = select(JournalEntry).where(JournalEntry.kind == Kind.OVERDUE)
    return [row.recorded_at - row.at for row in db.session.scalars(query)]


# ---------- a job that is interrupted ----------


class PulledPlugError(Exception):
    """The power is gone."""


@pytest.mark.parametrize("is_written", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", [1, 3, 4, 8])
def test_an_interrupted_job_writes_nothing_twice_and_forgets_nothing(
    context: Flask,
    make: Factory,
    held: Move,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    is_written: bool,
) -> None:
    """The job stops at its n-th entry, before or after it is in the command, and runs again."""
    matters = [make.matter(body="Pyydän asiakirjat.") for _ in range(2)]
    held(START + timedelta(days=100))
    expected = sorted(
        (matter.id, clock.kind.value, clock.ref, clock.due)
        for matter in matters
        for clock in services.queries.list_clocks([matter.id])[matter.id]
    )
    db.session.rollback()
    assert len(expected) == 8
    monkeypatch.setattr(services, "BATCH", 3)
    real, calls = services._record_overdue, itertools.count(1)

    def pulled(matter: Matter, clock: Any) -> None:
        is_now = next(calls) == number
        if is_now and not is_written:
            raise PulledPlugError
        real(matter, clock)
        if is_now:
            raise PulledPlugError

    with monkeypatch.context() as plug:
        plug.setattr(services, "_record_overdue", pulled)
        with pytest.raises(PulledPlugError):
            services.run_out_clocks()
    assert len(overdue()) == number - 1
    everything_agrees(context)
    assert services.run_out_clocks() == len(expected) - (number - 1)
    assert overdue() == expected
    assert services.run_out_clocks() == 0
    everything_agrees(context)


# ---------- every move with clocks ----------

EDGES = [
    (kind, source) for kind, move in MOVES.items() for source in move.sources if source in WAYS
]


def test_every_move_is_walked() -> None:
    missing = {(kind, source) for kind, move in MOVES.items() for source in move.sources} - set(
        EDGES
    )
    assert missing == set()


def _led_to(matter: Matter, source: State, kind: Kind) -> Matter:
    """A matter where a move begins: only what was closed as spam can be restored from there."""
    if (source, kind) == (State.CLOSED, Kind.RESTORED):
        walk(matter, State.PUBLISHED)
        step(matter, Kind.DISMISSED)
        return matter
    return walk(matter, source)


@only_sqlite
@pytest.mark.parametrize("days", [0, 400], ids=["in time", "late"])
@pytest.mark.parametrize(
    ("kind", "source"), EDGES, ids=[f"{source.value}-{kind.value}" for kind, source in EDGES]
)
def test_every_move_keeps_clocks_and_journal_together(
    context: Flask, make: Factory, held: Move, kind: Kind, source: State, days: int
) -> None:
    """Each move of the table, with every clock that the matter can have beside its own ones."""
    matter = _led_to(make.draft(), source, kind)
    if source != State.DRAFT:
        due = time.end_of(date(2026, 9, 1))
        for extra, facts in (
            (Kind.MARKED, {"mark": "document_request"}),
            (Kind.MARKED, {"mark": "accessibility"}),
            (Kind.PROMISED, {"promise": 7, "due": due}),
            (Kind.QUESTION_ASKED, {"due": due}),
            (
                Kind.CLOCKS_STARTED,
                {"clocks": [{"kind": "six_months", "ref": "", "due": due}]},
            ),
        ):
            step(matter, extra, **facts)
    everything_agrees(context)
    held(START + timedelta(days=days))
    step(matter, kind)
    everything_agrees(context)
    services.run_out_clocks()
    services.run_out_clocks()
    everything_agrees(context)
    found = overdue()
    assert len(found) == len(set(found))
    assert list(replay.differences()) == []
