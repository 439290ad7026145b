"""Decisions of moderation, appeals, blocks, held texts and slow discussions."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

RULES = ("insult", "personal_data", "hate", "spam", "off_topic", "illegal")
SETTINGS = {
    "decision_working_days": 1,
    "appeal_working_days": 5,
    "open_reports": 10,
    "new_account_days": 3,
    "trusted_texts": 3,
    "new_comments_an_hour": 5,
    "new_comments_a_day": 20,
    "new_matters_a_day": 3,
    "most_links": 2,
    "duplicate_hours": 24,
}


def upgrade() -> None:
    for table, column in (
        ("person", sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True)),
        ("matter", sa.Column("slow_minutes", sa.Integer(), nullable=True)),
        ("matter", sa.Column("slow_until", sa.DateTime(timezone=True), nullable=True)),
        ("outbox_mail", sa.Column("about", sa.String(length=40), nullable=True)),
        ("report", sa.Column("due", sa.DateTime(timezone=True), nullable=True)),
    ):
        op.add_column(table, column)
    op.create_index("ix_report_at", "report", ["at"], unique=False)
    _recent_texts()
    _held_texts()
    _decisions()
    _appeals()
    _add_settings()


def _recent_texts() -> None:
    op.create_table(
        "recent_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name="fk_recent_text_author_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recent_text")),
    )
    op.create_index("ix_recent_text_digest", "recent_text", ["digest"], unique=False)
    op.create_index("ix_recent_text_at", "recent_text", ["at"], unique=False)
    op.create_index("ix_recent_text_author_id", "recent_text", ["author_id"], unique=False)


def _held_texts() -> None:
    reason = sa.Column("reason", sa.String(length=32), nullable=False)
    op.create_table(
        "held_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        reason,
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_released", sa.Boolean(), nullable=True),
        sa.Column("is_comment", sa.Boolean(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("stance", sa.String(length=32), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('links', 'duplicate')", name=op.f("ck_held_text_heldreason")
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (is_released IS NULL)", name=op.f("ck_held_text_decided")
        ),
        sa.CheckConstraint(
            "is_comment OR (parent_id IS NULL AND stance IS NULL)",
            name=op.f("ck_held_text_comment"),
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name="fk_held_text_author_id"),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name="fk_held_text_matter_id"),
        sa.ForeignKeyConstraint(["parent_id"], ["comment.id"], name="fk_held_text_parent_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_text")),
    )
    op.create_index("ix_held_text_open", "held_text", ["closed_at", "at", "id"], unique=False)
    op.create_index("ix_held_text_at", "held_text", ["at"], unique=False)
    op.create_index("ix_held_text_author_id", "held_text", ["author_id"], unique=False)
    op.create_index("ix_held_text_matter_id", "held_text", ["matter_id"], unique=False)


def _decisions() -> None:
    listed = ", ".join(f"'{rule}'" for rule in RULES)
    op.create_table(
        "moderation_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=32), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=True),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        sa.Column("held_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "act IN ('hide', 'refuse', 'block')", name=op.f("ck_moderation_decision_act")
        ),
        sa.CheckConstraint(
            f"rule IN ({listed})", name=op.f("ck_moderation_decision_discussionrule")
        ),
        sa.CheckConstraint(
            "act = 'block' OR matter_id IS NOT NULL", name=op.f("ck_moderation_decision_thing")
        ),
        sa.CheckConstraint(
            "(act = 'block') = (until IS NOT NULL)", name=op.f("ck_moderation_decision_period")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=f"fk_moderation_decision_{column}"
            )
            for column, table in (
                ("comment_id", "comment"),
                ("decided_by", "person"),
                ("held_id", "held_text"),
                ("matter_id", "matter"),
                ("person_id", "person"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_decision")),
    )
    for name, columns in (
        ("person", ["person_id", "id"]),
        ("matter", ["matter_id", "comment_id"]),
        ("at", ["at"]),
        ("act", ["act", "id"]),
    ):
        op.create_index(f"ix_moderation_decision_{name}", "moderation_decision", columns)


def _appeals() -> None:
    op.create_table(
        "appeal",
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=True),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (upheld IS NULL)", name=op.f("ck_appeal_decided")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name="fk_appeal_decided_by"),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["moderation_decision.id"], name="fk_appeal_decision_id"
        ),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_appeal")),
    )
    op.create_index("ix_appeal_open", "appeal", ["decided_at", "at", "decision_id"], unique=False)
    op.create_index("ix_appeal_at", "appeal", ["at"], unique=False)


def _add_settings() -> None:
    """A municipality that is set up already gets the new settings; its own ones stay."""
    municipality = sa.table("municipality", sa.column("id"), sa.column("settings", sa.JSON()))
    connection = op.get_bind()
    for row in connection.execute(sa.select(municipality)).all():
        settings: dict[str, Any] = dict(row.settings)
        settings["moderation"] = SETTINGS | settings.get("moderation", {})
        connection.execute(
            sa.update(municipality).where(municipality.c.id == row.id).values(settings=settings)
        )


def downgrade() -> None:
    raise RuntimeError("the journal cannot be taken back")
