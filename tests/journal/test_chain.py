"""The journal: chained, sealed, and any change of it found by anybody."""

import json
import threading
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from app.core import clock
from app.core.access import SYSTEM
from app.core.command import command
from app.core.errors import Forbidden, Invalid
from app.extensions import db
from app.journal import Kind, queries, record, recording, services
from app.journal.chain import canonical
from app.journal.models import GENESIS, JournalEntry, JournalHead, Seal
from app.journal.verification import SealedPoint, stream_export, verify_database, verify_file
from app.proposals.models import Matter
from app.proposals.services import publish_proposal, withdraw_proposal
from tests.conftest import START
from tests.factories import Factory

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@pytest.fixture
def matters(make: Factory) -> list[Matter]:
    """Three published matters, one of them withdrawn: seven entries."""
    author = make.actor()
    matters = [make.matter(author), make.matter(), make.matter()]
    withdraw_proposal(author, matters[0], "Hoidettiin jo naapurien kesken.")
    return matters


def unlock() -> None:
    """Do what an attacker with the database's password would do first."""
    with db.engine.begin() as connection:
        if db.engine.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER journal_entry_no_update"))
            connection.execute(text("DROP TRIGGER journal_entry_no_delete"))
        else:
            connection.execute(text("DROP TRIGGER journal_entry_no_change ON journal_entry"))


def change(seq: int, **columns: Any) -> None:
    with db.engine.begin() as connection:
        statement = update(JournalEntry).where(JournalEntry.seq == seq)
        connection.execute(statement.values(**columns))


def cut(seq: int) -> None:
    """Take away all entries after a number and make the head fit."""
    with db.engine.begin() as connection:
        connection.execute(delete(JournalEntry).where(JournalEntry.seq > seq))
        digest = connection.execute(
            select(JournalEntry.hash).where(JournalEntry.seq == seq)
        ).scalar_one()
        connection.execute(update(JournalHead).values(count=seq, hash=digest))


def exported() -> BytesIO:
    return BytesIO("".join(stream_export()).encode())


def chain() -> list[dict[str, Any]]:
    with queries.snapshot() as session:
        return list(queries.stream_chain(session))


def test_an_untouched_journal_is_verified(matters: list[Matter]) -> None:
    report = verify_database()
    assert report.ok, report.reason
    assert (report.count, report.hash) == queries.get_head()
    assert report.count == 7


def test_an_empty_journal_is_verified(context: Flask) -> None:
    report = verify_database()
    assert report.ok
    assert (report.count, report.hash) == (0, GENESIS)


def test_one_changed_byte_names_the_first_bad_entry(matters: list[Matter]) -> None:
    facts = db.session.scalars(select(JournalEntry.facts).where(JournalEntry.seq == 3)).one()
    db.session.rollback()
    unlock()
    change(3, facts=facts.replace("street_lighting", "street_lightinG"))
    change(5, role="x")
    report = verify_database()
    assert not report.ok
    assert report.bad == 3
    assert "changed" in report.reason


def test_each_column_is_protected(matters: list[Matter]) -> None:
    unlock()
    row = db.session.get_one(JournalEntry, 4)
    for column, value in {
        "kind": "withdrawn",
        "version": 2,
        "subject_type": "role",
        "subject_id": 99,
        "at": START + timedelta(seconds=1),
        "recorded_at": START + timedelta(seconds=1),
        "role": "official",
        "unit": "sports",
        "actor": "somebody else",
        "facts": "{}",
        "previous": "f" * 64,
        "hash": "f" * 64,
    }.items():
        original = getattr(row, column)
        db.session.rollback()
        change(4, **{column: value})
        assert verify_database().bad == 4, column
        db.session.rollback()
        change(4, **{column: original})
        row = db.session.get_one(JournalEntry, 4)
    assert verify_database().ok


def test_a_forged_entry_that_fits_itself_does_not_fit_the_next(matters: list[Matter]) -> None:
    unlock()
    fields = chain()[2]
    fields["role"] = "official"
    change(3, role="official", hash=recording.entry_hash(fields))
    report = verify_database()
    assert report.bad == 4
    assert "the one before" in report.reason


def test_an_entry_taken_out_of_the_middle_is_missed(matters: list[Matter]) -> None:
    unlock()
    with db.engine.begin() as connection:
        connection.execute(delete(JournalEntry).where(JournalEntry.seq == 5))
    report = verify_database()
    assert report.bad == 5
    assert "missing" in report.reason


def test_a_cut_tail_is_noticed_against_a_seal(matters: list[Matter]) -> None:
    services.seal_day(date(2026, 3, 8))
    unlock()
    cut(5)
    report = verify_database()
    assert not report.ok
    assert "cut off" in report.reason


def test_a_cut_tail_is_noticed_against_a_seal_kept_elsewhere(matters: list[Matter]) -> None:
    """The attacker takes the seal away too; the one that a newspaper kept still tells."""
    seal = services.seal_day(date(2026, 3, 8))
    assert seal is not None
    kept = SealedPoint("2026-03-08", seal.count, seal.hash)
    assert verify_file(exported(), [kept]).ok
    unlock()
    cut(5)
    with db.engine.begin() as connection:
        connection.execute(delete(Seal))
    assert verify_database().ok, "inside the database nothing can tell"
    report = verify_file(exported(), [kept])
    assert not report.ok
    assert "2026-03-08" in report.reason


def test_a_rewritten_past_does_not_match_a_kept_seal(matters: list[Matter]) -> None:
    digest = db.session.scalars(select(JournalEntry.hash).where(JournalEntry.seq == 3)).one()
    right, wrong = SealedPoint("2026-03-08", 3, digest), SealedPoint("2026-03-08", 3, "0" * 64)
    assert verify_file(exported(), [right]).seals == ["2026-03-08"]
    assert verify_file(exported(), [wrong]).bad == 3


def test_an_exported_file_is_verified_without_the_database(matters: list[Matter]) -> None:
    services.seal_day(date(2026, 3, 8))
    report = verify_file(exported())
    assert report.ok, report.reason
    assert (report.count, report.seals) == (7, ["2026-03-08"])


def test_a_file_shows_its_changes(matters: list[Matter]) -> None:
    lines = exported().getvalue().decode().splitlines(keepends=True)

    def verdict(changed: list[str]) -> Any:
        return verify_file(BytesIO("".join(changed).encode()))

    assert verdict(lines).ok
    forged = [*lines[:2], lines[2].replace('"street_lighting"', '"street_repair"'), *lines[3:]]
    assert verdict(forged).bad == 3
    assert verdict([lines[0], *lines[2:]]).bad == 2
    assert verdict([lines[1], lines[0], *lines[2:]]).bad == 1
    assert "head" in verdict(lines[:-1]).reason
    assert "7 entries, 6 are here" in verdict([*lines[:6], lines[-1]]).reason
    assert "not JSON" in verdict([*lines[:3], "{broken\n", *lines[4:]]).reason
    assert "not an entry" in verdict([*lines[:3], "[1]\n", *lines[4:]]).reason
    fields = json.loads(lines[3])
    spaced = json.dumps(fields, ensure_ascii=False, sort_keys=True) + "\n"
    assert "canonical" in verdict([*lines[:3], spaced, *lines[4:]]).reason
    more = canonical({**fields, "note": "not hashed"}) + "\n"
    del fields["role"]
    for other in (canonical(fields) + "\n", more):
        assert "line 4 is not an entry" in verdict([*lines[:3], other, *lines[4:]]).reason
    assert "damaged" in verdict([*lines[:-1], '{"head":{}}\n']).reason
    assert "line 9 stands behind" in verdict([*lines, lines[0]]).reason


def test_the_database_refuses_change(matters: list[Matter]) -> None:
    statements = ["UPDATE journal_entry SET role = 'x' WHERE seq = 1", "DELETE FROM journal_entry"]
    if db.engine.dialect.name == "postgresql":
        statements.append("TRUNCATE journal_entry")
    for statement in statements:
        with pytest.raises(DBAPIError, match="only be added to"), db.engine.begin() as connection:
            connection.execute(text(statement))
    assert verify_database().ok


def test_sealing_twice_changes_nothing(
    matters: list[Matter], make: Factory, held: Callable[[Any], None]
) -> None:
    seal = services.seal_day(date(2026, 3, 8))
    assert seal is not None
    assert (seal.count, seal.hash) == queries.get_head()
    before = (seal.count, seal.hash, seal.sealed_at)
    make.matter()
    held(START + timedelta(hours=1))
    assert services.seal_day(date(2026, 3, 8)) is None
    (kept,) = queries.list_seals()
    assert (kept.count, kept.hash, kept.sealed_at) == before
    later = services.seal_day(date(2026, 3, 9))
    assert later is not None
    assert later.count == 9
    assert verify_database().seals == ["2026-03-08", "2026-03-09"]


@only_sqlite
def test_a_step_takes_effect_at_its_time_and_is_chained_when_it_is_recorded(
    make: Factory,
) -> None:
    @command
    def note(matter: Matter) -> None:
        record(Kind.SHOWN, matter, SYSTEM, at=START - timedelta(days=3))

    note(make.matter())
    row = db.session.scalars(select(JournalEntry).order_by(JournalEntry.seq.desc())).first()
    assert row is not None
    assert row.at == START - timedelta(days=3)
    assert row.recorded_at == clock.now()


@only_sqlite
def test_an_entry_has_exactly_the_facts_of_its_kind(make: Factory) -> None:
    @command
    def note(matter: Matter, **facts: Any) -> None:
        record(Kind.HIDDEN, matter, SYSTEM, **facts)

    matter = make.matter()
    with pytest.raises(ValueError, match="facts"):
        note(matter)
    with pytest.raises(ValueError, match="facts"):
        note(matter, rule="spam", words="Too much")
    with pytest.raises(TypeError):
        note(matter, rule=0.5)
    note(matter, rule="spam")
    assert verify_database().ok


@only_sqlite
def test_no_name_title_or_text_goes_in(make: Factory) -> None:
    author = make.actor()
    matter = make.matter(author, title="Kanarialintu laulaa", body="Salainen kanarialintu.")
    withdraw_proposal(author, matter, "Kanarialintu lensi pois.")
    whole = exported().getvalue().decode()
    assert "anarialintu" not in whole
    assert author.name not in whole
    assert "@" not in whole


@only_sqlite
def test_a_person_has_another_id_in_each_matter(make: Factory) -> None:
    author = make.actor()
    make.matter(author)
    make.matter(author)
    entries = [row for row in db.session.scalars(select(JournalEntry)) if row.actor]
    assert len({entry.actor for entry in entries}) == 2
    assert all(len(entry.actor or "") == 16 for entry in entries)


@only_sqlite
def test_a_consequence_that_refuses_undoes_the_whole_act(make: Factory) -> None:
    def refuse(_entry: Any) -> None:
        raise Invalid("empty")

    author = make.actor()
    draft = make.draft(author)
    consequences = recording._consequences[Kind.PUBLISHED]
    consequences.append(refuse)
    try:
        with pytest.raises(Invalid):
            publish_proposal(author, draft)
    finally:
        consequences.remove(refuse)
    assert draft.published_at is None
    assert queries.get_head()[0] == 0
    with pytest.raises(Forbidden):
        publish_proposal(make.actor(), draft)


def test_entries_recorded_at_the_same_time_stand_in_one_chain(
    make: Factory, context: Flask
) -> None:
    drafts = [(author, make.draft(author).id) for author in (make.actor() for _ in range(12))]
    db.session.rollback()
    failures: list[BaseException] = []

    def publish(part: list[Any]) -> None:
        try:
            with context.app_context():
                for author, matter_id in part:
                    publish_proposal(author, db.session.get_one(Matter, matter_id))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=publish, args=(drafts[n::3],)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    report = verify_database()
    assert report.ok, report.reason
    assert report.count == 24


class TestCommandLine:
    """`flask journal`."""

    pytestmark = only_sqlite

    def run(self, app: Flask, *arguments: str) -> Any:
        """The result of one command, which reads afresh."""
        db.session.rollback()
        result = app.test_cli_runner().invoke(args=["journal", *arguments])
        db.session.rollback()
        return result

    def test_verify_says_yes_and_no(self, context: Flask, matters: list[Matter]) -> None:
        result = self.run(context, "verify")
        assert result.exit_code == 0
        assert "verified: 7 entries" in result.output
        unlock()
        change(3, role="x")
        result = self.run(context, "verify")
        assert result.exit_code == 1
        assert "first bad entry: 3" in result.stderr

    def test_a_file_is_written_and_verified(
        self, context: Flask, matters: list[Matter], tmp_path: Path
    ) -> None:
        path = tmp_path / "journal.jsonl"
        assert self.run(context, "export", str(path)).exit_code == 0
        assert self.run(context, "verify", "--file", str(path)).exit_code == 0
        path.write_text(path.read_text().replace("street_lighting", "street_lightinG", 1))
        result = self.run(context, "verify", "--file", str(path))
        assert result.exit_code == 1
        assert "first bad entry: 1" in result.stderr
        assert "verifying the file" in result.stderr

    def test_the_database_is_verified_while_it_is_exported(
        self, context: Flask, matters: list[Matter], tmp_path: Path
    ) -> None:
        path = tmp_path / "journal.jsonl"
        result = self.run(context, "verify", "--export", str(path))
        assert result.exit_code == 0
        assert "verifying the database, writing to" in result.stderr
        assert path.read_bytes() == exported().getvalue()
        assert list(tmp_path.glob("*.part")) == []
        result = self.run(context, "verify", "--export")
        assert result.exit_code == 0, (result.stderr, result.exception)
        assert result.stdout_bytes == path.read_bytes()
        assert "verified: 7 entries" in result.stderr
        unlock()
        change(3, role="x")
        result = self.run(context, "verify", "--export", str(path))
        assert result.exit_code == 1
        assert "first bad entry: 3" in result.stderr
        assert path.read_bytes() == exported().getvalue(), "what is behind it is written as well"

    def test_a_file_cannot_be_read_and_written_at_once(
        self, context: Flask, tmp_path: Path
    ) -> None:
        path = tmp_path / "journal.jsonl"
        path.touch()
        result = self.run(context, "verify", "--file", str(path), "--export", str(path))
        assert result.exit_code == 2
        assert "choose one" in result.stderr

    def test_a_seal_that_was_kept_is_compared(self, context: Flask, matters: list[Matter]) -> None:
        count, digest = queries.get_head()
        assert self.run(context, "verify", "--seal", f"2026-03-08:{count}:{digest}").exit_code == 0
        for bad in (f"{count + 1}:{digest}", f"{count}:{'0' * 64}", f"{count - 1}:{digest}"):
            assert self.run(context, "verify", "--seal", f"2026-03-08:{bad}").exit_code == 1
        assert self.run(context, "verify", "--seal", "nonsense").exit_code == 2

    def test_seal_runs_once_a_day(self, context: Flask, matters: list[Matter]) -> None:
        assert "sealed: 7 entries" in self.run(context, "seal").output
        assert "sealed already" in self.run(context, "seal").output
        assert [seal.day for seal in queries.list_seals()] == [date(2026, 3, 8)]

    def test_replay_finds_no_difference(self, context: Flask, matters: list[Matter]) -> None:
        result = self.run(context, "replay", "--check")
        assert result.exit_code == 0, result.output

    @pytest.mark.parametrize(
        "columns",
        [
            {"case_number": "1/2026"},
            {"holder_unit": "sports"},
            {"next_due": START},
            {"hidden_rule": "spam"},
            {"comments": 3},
        ],
        ids=lambda columns: next(iter(columns)),
    )
    def test_replay_names_what_differs(
        self, context: Flask, matters: list[Matter], columns: dict[str, Any]
    ) -> None:
        matter_id = matters[1].id
        with db.engine.begin() as connection:
            connection.execute(update(Matter).where(Matter.id == matter_id).values(**columns))
        result = self.run(context, "replay", "--check")
        assert result.exit_code == 1
        assert f" {matter_id}: the journal gives" in result.stderr

    def test_replay_misses_a_matter_without_entries(
        self, context: Flask, matters: list[Matter], make: Factory
    ) -> None:
        draft = make.draft()
        with db.engine.begin() as connection:
            statement = update(Matter).where(Matter.id == draft.id)
            connection.execute(statement.values(state="published", published_at=START))
        result = self.run(context, "replay", "--check")
        assert result.exit_code == 1
        assert "4 subjects" in result.stderr


def test_the_insert_of_a_row_with_a_number_that_exists_is_refused(matters: list[Matter]) -> None:
    fields, *_rest = chain()
    row = {**fields, "at": START, "recorded_at": START, "facts": "{}", "hash": "e" * 64}
    with pytest.raises(DBAPIError), db.engine.begin() as connection:
        connection.execute(insert(JournalEntry), [row])
