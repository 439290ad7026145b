"""Overviews: a matter's last step, hand-overs that count fast, and indexes of the public lists."""

import sqlalchemy as sa
from alembic import op

from app.core.types import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

NO_STEP = (
    "hidden", "shown", "commented", "comment_hidden", "comment_shown", "makers_threshold",
    "clocks_started", "overdue",
)  # fmt: skip


def upgrade() -> None:
    op.add_column("matter", sa.Column("last_step_at", UtcDateTime(), nullable=True))
    _fill_last_steps()
    op.drop_index("ix_matter_unit_newest", "matter")
    op.create_index(
        "ix_matter_unit_newest",
        "matter",
        ["holder_unit", "published_at", "id", "state", "overdue", "hidden_rule"],
    )
    op.create_index("ix_matter_unit_state", "matter", ["holder_unit", "state", "next_due", "id"])
    op.create_index(
        "ix_matter_queue",
        "matter",
        ["holder_unit", "state", "kind", "theme", "area", "assignee_id", "next_due", "holder_body", "id"],
    )
    op.create_index(
        "ix_matter_unit_due",
        "matter",
        ["holder_unit", "next_due", "id", "state", "kind", "theme", "area", "assignee_id", "holder_body"],
    )
    op.create_index("ix_matter_state_untouched", "matter", ["state", "last_step_at", "id"])
    op.create_index(
        "ix_matter_hidden",
        "matter",
        ["id"],
        sqlite_where=sa.text("hidden_rule IS NOT NULL"),
        postgresql_where=sa.text("hidden_rule IS NOT NULL"),
    )
    op.create_index("ix_promise_unit", "promise", ["unit", "state", "due", "matter_id"])
    op.create_table(
        "hand_over",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("from_unit", sa.String(60), nullable=False),
        sa.Column("to_unit", sa.String(60), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.CheckConstraint("days >= 0", name=op.f("ck_hand_over_days")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_hand_over")),
    )
    op.create_index(
        "ix_hand_over_period", "hand_over", ["at", "from_unit", "to_unit", "matter_id", "days"]
    )
    # Figures of other groups than now; the job makes them anew within the hour.
    op.execute("DELETE FROM figure")


def _fill_last_steps() -> None:
    """What the card's fold gives: the latest entry that took the matter a step further."""
    matter = sa.table("matter", sa.column("id"), sa.column("last_step_at"))
    entry = sa.table(
        "journal_entry",
        sa.column("subject_type"), sa.column("subject_id"), sa.column("kind"), sa.column("at"),
    )  # fmt: skip
    last = sa.select(sa.func.max(entry.c.at)).where(
        entry.c.subject_type == "matter",
        entry.c.subject_id == matter.c.id,
        entry.c.kind.not_in(NO_STEP),
    )
    op.execute(sa.update(matter).values(last_step_at=last.scalar_subquery()))


def downgrade() -> None:
    raise RuntimeError("the journal cannot be taken back")
