"""mail: claims of messages that are being sent, their headers, and steps being told"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("headers", sa.JSON(), nullable=False, server_default="{}"),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unfinished", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("problem", sa.String(length=40), nullable=True),
    ):
        op.add_column("outbox_mail", column)
    op.create_table(
        "news",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_news")),
    )
    op.create_index("ix_news_next_try_at", "news", ["next_try_at"], unique=False)


def downgrade() -> None:
    raise RuntimeError("the journal cannot be taken back")
