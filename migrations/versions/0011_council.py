"""Councillors' questions with a clock of their own."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.core.types import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KINDS = (
    "acknowledge",
    "estimate",
    "answer",
    "six_months",
    "document_request",
    "accessibility",
    "promise",
    "follow_up",
    "council_question",
)
DAYS = 30
SOURCE = "city_setting"
SOURCE_TEXTS = {
    "fi": "Kaupungin asettama aika",
    "sv": "Stadens egen tidsfrist",
    "en": "A time limit set by the city",
}


def upgrade() -> None:
    _allow_kinds()
    op.create_table(
        "council_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("body", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("text", sa.String(length=64), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("answer", sa.String(length=64), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answered_unit", sa.String(length=60), nullable=True),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answer IS NULL)", name=op.f("ck_council_question_answer")
        ),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_unit IS NULL)",
            name=op.f("ck_council_question_answered_unit"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [target], name=op.f(f"fk_council_question_{column}")
            )
            for column, target in (
                ("matter_id", "matter.id"),
                ("unit", "unit.key"),
                ("body", "body.key"),
                ("text", "matter_note.digest"),
                ("asked_by", "person.id"),
                ("reason", "matter_note.digest"),
                ("answer", "matter_note.digest"),
                ("answered_unit", "unit.key"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_question")),
    )
    op.create_index("ix_council_question_matter_id", "council_question", ["matter_id"])
    op.create_index("ix_council_question_body", "council_question", ["body", "answered_at"])
    op.create_index("ix_council_question_asked_by", "council_question", ["asked_by"])
    _add_settings()


def _allow_kinds() -> None:
    """The column of kinds knows the new one."""
    listed = ", ".join(f"'{kind}'" for kind in KINDS)
    with op.batch_alter_table("duty_clock") as batch:
        batch.drop_constraint(op.f("ck_duty_clock_clockkind"), type_="check")
        batch.create_check_constraint(op.f("ck_duty_clock_clockkind"), f"kind IN ({listed})")


def _add_settings() -> None:
    """A municipality that is set up already gets the new setting; its own one stays."""
    municipality = sa.table("municipality", sa.column("id"), sa.column("settings", sa.JSON()))
    connection = op.get_bind()
    for row in connection.execute(sa.select(municipality)).all():
        settings: dict[str, Any] = dict(row.settings)
        clocks = {"council_question_days": DAYS} | settings.get("clocks", {})
        clocks["sources"] = {"council_question_days": SOURCE} | clocks.get("sources", {})
        settings["clocks"] = clocks
        settings["sources"] = {SOURCE: SOURCE_TEXTS} | settings.get("sources", {})
        connection.execute(
            sa.update(municipality).where(municipality.c.id == row.id).values(settings=settings)
        )


def downgrade() -> None:
    raise RuntimeError("the journal cannot be taken back")
