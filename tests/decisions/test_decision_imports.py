"""Importing: what comes in, what a second reading changes, and what is proposed."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.core.access import SYSTEM, Role
from app.core.errors import Forbidden
from app.decisions import queries, services
from app.decisions.models import (
    Decision,
    DecisionLink,
    LinkState,
    MatterCase,
    Meeting,
    MeetingStatus,
    ProposedBy,
)
from app.decisions.reading import ReadDecision, Reading, ReadMeeting
from app.decisions.sources import Source
from app.extensions import db
from app.journal import Kind
from app.journal.models import JournalEntry
from tests.casework import Casework
from tests.decisions.data_of import DAY, NUMBER, SOURCE, bring, read_decision, registered, stored
from tests.factories import Factory


def links() -> list[DecisionLink]:
    """All links, read afresh."""
    db.session.expire_all()
    return list(db.session.scalars(select(DecisionLink).order_by(DecisionLink.matter_id)))


def meeting(day: date, ref: str = "20260412", name: str = "Tekninen lautakunta") -> ReadMeeting:
    """A meeting as a reader gives it."""
    return ReadMeeting(ref, day, body_name=name)


def on_agenda(day: date, external_id: str = "20260412-6", **changes: Any) -> ReadDecision:
    """A decision that waits for a meeting."""
    return read_decision(external_id, decided_on=day, meeting=meeting(day), **changes)


def test_a_decision_is_stored_with_the_citys_own_body(context: Flask) -> None:
    counts = bring(read_decision())
    assert (counts.new, counts.changed, counts.same, counts.proposed) == (1, 0, 0, 0)
    decision = stored()
    assert (decision.body, decision.decided_on, decision.section) == ("tela", DAY, "38")
    assert (decision.case_key, decision.case_short) == (NUMBER, "41/2026")


@pytest.mark.parametrize(
    ("source", "name", "ref", "body"),
    [
        (Source("a"), "TEKNISKA NÄMNDEN", "", "tela"),
        (Source("a"), "Outo lautakunta", "", None),
        (Source("a", body="kh"), "Outo lautakunta", "", None),
        (Source("a", body="kh"), "", "", "kh"),
        (Source("a", bodies={"00400": "kh"}), "", "00400", "kh"),
        (Source("a", bodies={"Kaupunkiympäristölautakunta": "tela"}),
         "Kaupunkiympäristölautakunta", "", "tela"),
    ],
)  # fmt: skip
def test_a_body_is_found_by_its_name_or_the_settings(
    context: Flask, source: Source, name: str, ref: str, body: str | None
) -> None:
    bring(read_decision(body_name=name, body_ref=ref), source=source)
    assert stored().body == body


def test_a_second_reading_of_the_same_file_changes_nothing(context: Flask, work: Casework) -> None:
    registered(work)
    bring(read_decision(), on_agenda(date(2026, 4, 22)))
    before = [dict(row._mapping) for row in db.session.execute(text("SELECT * FROM decision"))]
    proposed = len(links())
    counts = bring(read_decision(), on_agenda(date(2026, 4, 22)))
    assert (counts.new, counts.changed, counts.same, counts.proposed) == (0, 0, 2, 0)
    after = [dict(row._mapping) for row in db.session.execute(text("SELECT * FROM decision"))]
    assert after == before
    assert len(links()) == proposed == 2


def test_a_changed_item_is_changed_and_its_confirmed_link_stays(
    context: Flask, work: Casework
) -> None:
    matter = registered(work)
    bring(read_decision())
    services.link_decision(work.official, matter, stored())
    counts = bring(read_decision(titles={"fi": "Uusi otsikko"}, case_number="99/10.03.01/2026"))
    assert counts.changed == 1
    assert stored().titles == {"fi": "Uusi otsikko"}
    assert [link.state for link in links()] == [LinkState.CONFIRMED]


def test_the_title_in_another_language_joins_the_first_one(context: Flask) -> None:
    bring(read_decision())
    swedish = read_decision(titles={"sv": "Belysning"}, language="sv")
    assert bring(swedish).changed == 1
    assert bring(swedish).same == 1
    assert stored().titles == {"fi": "Ulkoilureitin valaistus", "sv": "Belysning"}


def test_equal_case_numbers_are_proposed_and_never_confirmed(
    context: Flask, work: Casework
) -> None:
    matter = registered(work)
    registered(work, "42/10.03.01/2026")
    assert bring(read_decision(case_number="041/10 03 01/2026")).proposed == 1
    (link,) = links()
    assert (link.matter_id, link.state) == (matter.id, LinkState.PROPOSED)
    assert (link.proposed_by, link.settled_by) == (ProposedBy.MATCH, None)
    assert queries.list_confirmed([matter.id]) == {matter.id: []}
    kinds = set(db.session.scalars(select(JournalEntry.kind)))
    assert Kind.DECISION_LINKED.value not in kinds


def test_a_matter_that_gets_its_number_later_is_proposed_the_decision(
    context: Flask, work: Casework
) -> None:
    bring(read_decision())
    matter = registered(work)
    assert [link.matter_id for link in links()] == [matter.id]


def test_a_matter_whose_number_was_given_before_decisions_were_imported_is_found(
    context: Flask, work: Casework
) -> None:
    matter = registered(work)
    number = matter.id
    db.session.rollback()
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM matter_case"))
    assert bring(read_decision()).proposed == 1
    assert [row.matter_id for row in db.session.scalars(select(MatterCase))] == [number]


def test_a_decision_that_was_there_before_is_proposed_to_such_a_matter_too(
    context: Flask, work: Casework
) -> None:
    bring(read_decision())
    registered(work)
    db.session.rollback()
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM decision_link"))
        connection.execute(text("DELETE FROM matter_case"))
    assert services.index_case_numbers(SYSTEM) == 1
    assert [link.state for link in links()] == [LinkState.PROPOSED]
    assert services.index_case_numbers(SYSTEM) == 0


def test_a_proposal_whose_number_was_corrected_goes(context: Flask, work: Casework) -> None:
    registered(work)
    other = registered(work, "42/10.03.01/2026")
    bring(read_decision())
    bring(read_decision(case_number="42/10.03.01/2026"))
    assert [(link.matter_id, link.state) for link in links()] == [(other.id, LinkState.PROPOSED)]


def test_a_rejected_pair_is_not_proposed_again(context: Flask, work: Casework) -> None:
    matter = registered(work)
    bring(read_decision())
    services.reject_decision(work.official, matter, stored(), "not_decision")
    assert bring(read_decision(section="39")).proposed == 0
    assert [link.state for link in links()] == [LinkState.REJECTED]


def test_an_import_that_is_stopped_leaves_whole_batches_and_goes_on(context: Flask) -> None:
    many = [read_decision(f"1-{n}") for n in range(250)]
    batches = services.import_reading(SYSTEM, SOURCE, Reading(decisions=many))
    assert next(batches).new == 100
    batches.close()
    assert len(list(db.session.scalars(select(Decision.id)))) == 100
    counts = bring(*many)
    assert (counts.new, counts.same) == (150, 100)


def test_a_batch_that_fails_leaves_nothing_of_itself(context: Flask) -> None:
    bad = replace(read_decision("1-2"), language="far too long a language")
    if db.engine.dialect.name == "sqlite":
        bad = replace(read_decision("1-2"), language=None)  # type: ignore[arg-type]
    with pytest.raises(Exception):  # noqa: B017 - whatever the database says
        bring(read_decision("1-1"), bad)
    assert list(db.session.scalars(select(Decision.id))) == []


def test_only_the_system_and_the_registry_import(context: Flask, make: Factory) -> None:
    official = make.actor(Role.OFFICIAL, unit="street_engineering")
    with pytest.raises(Forbidden, match="not_registry"):
        services.import_decisions(official, SOURCE, [read_decision()])
    with pytest.raises(Forbidden, match="not_registry"):
        services.keep_source(official, SOURCE)
    services.keep_source(make.actor(Role.REGISTRY, unit="registry"), SOURCE)


# ---------- meetings ----------


def meetings() -> list[tuple[str, date, MeetingStatus]]:
    """All meetings in the order of their days."""
    db.session.expire_all()
    rows = db.session.scalars(select(Meeting).order_by(Meeting.day, Meeting.body))
    return [(row.body, row.day, row.status) for row in rows]


def test_an_agenda_makes_its_meeting_once(context: Flask) -> None:
    day = date(2026, 4, 22)
    bring(on_agenda(day), on_agenda(day, "20260412-7"))
    assert meetings() == [("tela", day, MeetingStatus.PLANNED)]
    assert stored("20260412-6").meeting_id == stored("20260412-7").meeting_id


def test_a_meeting_that_is_put_off_moves_to_its_new_day(context: Flask) -> None:
    bring(on_agenda(date(2026, 4, 22)))
    bring(on_agenda(date(2026, 4, 29)))
    assert meetings() == [("tela", date(2026, 4, 29), MeetingStatus.PLANNED)]


def test_a_past_meeting_has_been_held_and_an_unknown_body_has_no_meeting(context: Flask) -> None:
    bring(on_agenda(date(2026, 3, 2)))
    day = date(2026, 4, 1)
    bring(read_decision("1-1", body_name="Outo", meeting=meeting(day, "1", "Outo")))
    assert meetings() == [("tela", date(2026, 3, 2), MeetingStatus.HELD)]
    assert stored("1-1").body_name == "Outo"


def test_a_feed_of_meetings_makes_meetings(context: Flask) -> None:
    reading = Reading(meetings=[meeting(date(2026, 4, 22)), meeting(date(2026, 5, 6), "2")])
    assert list(services.import_reading(SYSTEM, SOURCE, reading)) == []
    assert [day for _, day, _ in meetings()] == [date(2026, 4, 22), date(2026, 5, 6)]


def test_a_meeting_that_the_city_called_off_stays_so(context: Flask) -> None:
    day = date(2026, 4, 22)
    bring(on_agenda(day))
    services.cancel_meeting(SYSTEM, "tela", day)
    bring(on_agenda(day, section="40"))
    assert meetings() == [("tela", day, MeetingStatus.CANCELLED)]


# ---------- what cannot be stored ----------


@pytest.mark.parametrize(
    "columns",
    [
        "state = 'confirmed'",
        "state = 'rejected'",
        "state = 'rejected', settled_at = proposed_at",
        "state = 'confirmed', settled_at = proposed_at, reason = 'mistake'",
        "settled_at = proposed_at",
        "proposed_by = 'person'",
        "state = 'else'",
    ],
)
def test_an_impossible_link_cannot_be_stored(context: Flask, work: Casework, columns: str) -> None:
    registered(work)
    bring(read_decision())
    with pytest.raises(IntegrityError), db.engine.begin() as connection:
        connection.execute(text(f"UPDATE decision_link SET {columns}"))


def test_one_decision_of_a_source_is_stored_once(context: Flask) -> None:
    bring(read_decision("1-1"), read_decision("1-2"))
    with pytest.raises(IntegrityError), db.engine.begin() as connection:
        connection.execute(text("UPDATE decision SET external_id = '1-1'"))
    for columns in ("case_key = NULL", "case_number = NULL", "body = NULL, meeting_id = 99"):
        with pytest.raises(IntegrityError), db.engine.begin() as connection:
            connection.execute(text(f"UPDATE decision SET {columns}"))
