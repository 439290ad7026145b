"""Handling: closed units, offers to other units, open questions, internal notes, templates."""

import json
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from alembic import op

from app.core.types import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

REPLY_DAYS = 14
REMINDER_DAYS = 7


def upgrade() -> None:
    op.add_column("unit", sa.Column("closed_at", sa.Date(), nullable=True))
    _create_handover()
    _create_open_question()
    _create_internal_note()
    _create_answer_template()
    _set_reply_days()
    _fill_open_questions()


def _create_handover() -> None:
    op.create_table(
        "handover",
        sa.Column("matter_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("from_unit", sa.String(60), nullable=False),
        sa.Column("to_unit", sa.String(60), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("offered_by", sa.Integer(), nullable=False),
        sa.Column("offered_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("from_unit <> to_unit", name=op.f("ck_handover_another_unit")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_handover_matter_id")),
        sa.ForeignKeyConstraint(["from_unit"], ["unit.key"], name=op.f("fk_handover_from_unit")),
        sa.ForeignKeyConstraint(["to_unit"], ["unit.key"], name=op.f("fk_handover_to_unit")),
        sa.ForeignKeyConstraint(["offered_by"], ["person.id"], name=op.f("fk_handover_offered_by")),
        sa.PrimaryKeyConstraint("matter_id", name=op.f("pk_handover")),
    )
    op.create_index("ix_handover_to_unit", "handover", ["to_unit", "offered_at"])
    op.create_index("ix_handover_from_unit", "handover", ["from_unit"])


def _create_open_question() -> None:
    op.create_table(
        "open_question",
        sa.Column("matter_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("reply_by", sa.Date(), nullable=False),
        sa.Column("remind_at", UtcDateTime(), nullable=False),
        sa.Column("reminded_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_open_question_matter_id")
        ),
        sa.PrimaryKeyConstraint("matter_id", name=op.f("pk_open_question")),
    )
    op.create_index("ix_open_question_remind", "open_question", ["reminded_at", "remind_at"])


def _create_internal_note() -> None:
    op.create_table(
        "internal_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_internal_note_matter_id")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["person.id"], name=op.f("fk_internal_note_author_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_internal_note")),
    )
    op.create_index("ix_internal_note_matter_id", "internal_note", ["matter_id", "id"])
    op.create_index("ix_internal_note_author_id", "internal_note", ["author_id"])


def _create_answer_template() -> None:
    op.create_table(
        "answer_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(60), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_by", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["unit.key"], name=op.f("fk_answer_template_unit")),
        sa.ForeignKeyConstraint(
            ["updated_by"], ["person.id"], name=op.f("fk_answer_template_updated_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_template")),
        sa.UniqueConstraint("unit", "name", name=op.f("uq_answer_template_unit_name")),
    )
    op.create_index("ix_answer_template_updated_by", "answer_template", ["updated_by"])


def _set_reply_days() -> None:
    """A municipality that was seeded before gets the two settings of questions to authors."""
    connection = op.get_bind()
    municipality = sa.table("municipality", sa.column("id"), sa.column("settings", sa.JSON()))
    settings = connection.execute(sa.select(municipality.c.settings)).scalar()
    if settings is None:
        return
    settings = json.loads(settings) if isinstance(settings, str) else settings
    clocks = {"reply_days": REPLY_DAYS, "ask_reminder_days": REMINDER_DAYS} | settings["clocks"]
    connection.execute(sa.update(municipality).values(settings={**settings, "clocks": clocks}))


def _fill_open_questions() -> None:
    """Authors who wait to reply already get the full time from today on, and one reminder in it."""
    connection = op.get_bind()
    matter = sa.table(
        "matter",
        sa.column("id"),
        sa.column("state"),
        sa.column("holder_body"),
        sa.column("state_since", UtcDateTime()),
    )
    question = sa.table(
        "open_question",
        sa.column("matter_id"),
        sa.column("asked_at", UtcDateTime()),
        sa.column("reply_by", sa.Date()),
        sa.column("remind_at", UtcDateTime()),
    )
    waiting = sa.select(matter.c.id, matter.c.state_since).where(
        matter.c.state == "waiting", matter.c.holder_body.is_(None)
    )
    now = datetime.now().astimezone()
    rows = [
        {
            "matter_id": row.id,
            "asked_at": row.state_since,
            "reply_by": date.today() + timedelta(days=REPLY_DAYS),
            "remind_at": now + timedelta(days=REMINDER_DAYS),
        }
        for row in connection.execute(waiting)
    ]
    if rows:
        connection.execute(sa.insert(question), rows)


def downgrade() -> None:
    raise RuntimeError("the journal cannot be taken back")
