"""Kept numbers of the matters of each unit, by what officials filter their queue by."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEY = ("unit", "state", "kind", "theme", "area", "assignee_id")


def upgrade() -> None:
    lengths = {"unit": 60, "state": 32, "kind": 32, "theme": 60, "area": 60}
    texts = [sa.Column(name, sa.String(n), nullable=False) for name, n in lengths.items()]
    op.create_table(
        "queue_count",
        *texts,
        sa.Column("assignee_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*KEY, name=op.f("pk_queue_count")),
    )
    op.execute(
        "INSERT INTO queue_count (unit, state, kind, theme, area, assignee_id, n) "
        "SELECT holder_unit, state, kind, theme, coalesce(area, ''), coalesce(assignee_id, 0), "
        "count(*) FROM matter WHERE holder_unit IS NOT NULL "
        "GROUP BY holder_unit, state, kind, theme, coalesce(area, ''), coalesce(assignee_id, 0)"
    )


def downgrade() -> None:
    raise RuntimeError("the journal cannot be taken back")
