"""A database with matters at bodies gets their meetings when it is brought up to date."""

from datetime import date

from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask import Flask
from sqlalchemy import select, text

from app.core import clock
from app.decisions.models import Meeting, TabledMatter
from app.extensions import db
from app.responses import services as responses
from tests.casework import Casework, in_days
from tests.migrating import load_migration


def test_matters_at_bodies_are_put_on_their_latest_tables(context: Flask, work: Casework) -> None:
    first, second, back = (work.prepared() for _ in range(3))
    responses.send_to_body(work.official, first, "tela", in_days(10))
    responses.back_from_body(work.official, first)
    responses.send_to_body(work.official, first, "kh", in_days(20))
    responses.send_to_body(work.official, second, "kh", in_days(20))
    responses.send_to_body(work.official, back, "tela", in_days(10))
    responses.back_from_body(work.official, back)
    ids = {first.id, second.id}
    db.session.rollback()
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM meeting_matter"))
        connection.execute(text("DELETE FROM meeting"))
        with Operations.context(MigrationContext.configure(connection)):
            load_migration("0009_decisions")._put_on_tables()
    (meeting,) = db.session.scalars(select(Meeting))
    expected: date = in_days(20)
    assert (meeting.body, meeting.day, meeting.at) == ("kh", expected, None)
    assert meeting.source_ref == f"city:kh:{expected.isoformat()}"
    tabled = list(db.session.scalars(select(TabledMatter)))
    assert {(row.matter_id, row.meeting_id) for row in tabled} == {(i, meeting.id) for i in ids}
    assert clock.today() < expected
