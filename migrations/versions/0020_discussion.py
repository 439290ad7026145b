"""What the start of a thread keeps of it, so that the orders of a discussion are index orders."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

KEPT = """
UPDATE comment SET
  replies = (SELECT count(*) FROM comment AS said
             WHERE said.thread_id = comment.id AND said.hidden_rule IS NULL),
  official = CASE WHEN EXISTS (SELECT 1 FROM comment AS said
             WHERE (said.thread_id = comment.id OR said.id = comment.id)
             AND said.hidden_rule IS NULL AND said.role IN ('official', 'councillor'))
             THEN 1 ELSE 0 END
WHERE level = 1
"""


def upgrade() -> None:
    for name in ("replies", "official"):
        column = sa.Column(name, sa.Integer(), nullable=False, server_default="0")
        op.add_column("comment", column)
    op.execute(KEPT)
    for name, column_name in (("debated", "replies"), ("official", "official")):
        op.create_index(
            f"ix_comment_{name}", "comment", ["matter_id", "level", column_name, "id"], unique=False
        )


def downgrade() -> None:
    raise RuntimeError("the journal cannot be taken back")
