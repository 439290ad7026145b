"""Answers: decision, responsible unit, effect contract, second eyes, publishing at a time

Columns are added in plain SQL, which SQLite can do with their constraints as well: making the table
of answers anew there would take along what refers to it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COLUMNS = (
    ("answer", "decision_url VARCHAR(1000) CONSTRAINT ck_answer_decision_url"
     " CHECK (decision_url IS NULL OR substr(decision_url, 1, 8) = 'https://')"),
    ("answer", "decision_case_number VARCHAR(60)"),
    ("answer", "responsible_unit VARCHAR(60)"
     " CONSTRAINT fk_answer_responsible_unit REFERENCES unit (key)"),
    ("answer", "origins JSON DEFAULT '{}' NOT NULL"),
    ("answer", "approved_by INTEGER CONSTRAINT fk_answer_approved_by REFERENCES person (id)"),
    ("answer_draft", "origins JSON DEFAULT '{}' NOT NULL"),
    ("answer_draft", "approved_version INTEGER"),
    ("answer_draft", "approved_by INTEGER"
     " CONSTRAINT fk_answer_draft_approved_by REFERENCES person (id)"
     " CONSTRAINT ck_answer_draft_approved"
     " CHECK ((approved_version IS NULL) = (approved_by IS NULL))"),
    ("answer_draft", "publish_at {moment}"),
    ("answer_draft", "scheduled_by INTEGER"
     " CONSTRAINT fk_answer_draft_scheduled_by REFERENCES person (id)"
     " CONSTRAINT ck_answer_draft_scheduled"
     " CHECK ((publish_at IS NULL) = (scheduled_by IS NULL))"),
    ("answer_draft", "problem VARCHAR(40)"),
    ("unit", "second_eyes BOOLEAN DEFAULT false NOT NULL"),
)  # fmt: skip


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    moment = "DATETIME" if is_sqlite else "TIMESTAMP WITH TIME ZONE"
    for table, column in COLUMNS:
        column = column.replace("{moment}", moment)
        op.execute(sa.text(f"ALTER TABLE {table} ADD COLUMN {column}"))
    op.create_index("ix_answer_draft_publish_at", "answer_draft", ["publish_at"], unique=False)
    op.create_table(
        "effect_contract",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("indicator", sa.JSON(), nullable=False),
        sa.Column("measure_unit", sa.JSON(), nullable=False),
        sa.Column("baseline", sa.String(length=40), nullable=False),
        sa.Column("target", sa.String(length=40), nullable=False),
        sa.Column("method", sa.JSON(), nullable=False),
        sa.Column("measure_months", sa.JSON(), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("length(baseline) > 0", name=op.f("ck_effect_contract_baseline")),
        sa.CheckConstraint("length(target) > 0", name=op.f("ck_effect_contract_target")),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name=op.f("fk_effect_contract_answer_id")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_effect_contract_matter_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effect_contract")),
        sa.UniqueConstraint("answer_id", name=op.f("uq_effect_contract_answer_id")),
    )
    op.create_index("ix_effect_contract_matter_id", "effect_contract", ["matter_id"], unique=False)


def downgrade() -> None:
    raise RuntimeError("the journal cannot be taken back")
