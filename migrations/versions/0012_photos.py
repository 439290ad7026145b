"""Photos that show a promise kept."""

import sqlalchemy as sa
from alembic import op

from app.core.types import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("promise_evidence") as batch:
        batch.drop_constraint(op.f("ck_promise_evidence_evidencekind"), type_="check")
        batch.create_check_constraint(
            op.f("ck_promise_evidence_evidencekind"), "kind IN ('link', 'decision', 'photo')"
        )
        batch.alter_column("url", existing_type=sa.String(500), nullable=True)
        batch.alter_column("salt", existing_type=sa.String(32), nullable=True)
        batch.add_column(sa.Column("picture", sa.String(32), nullable=True))
        batch.add_column(sa.Column("width", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("height", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("alt", sa.JSON(none_as_null=True), nullable=True))
        batch.add_column(sa.Column("removed_at", UtcDateTime(), nullable=True))
        batch.create_unique_constraint(op.f("uq_promise_evidence_picture"), ["picture"])
        batch.create_check_constraint(
            op.f("ck_promise_evidence_address"), "(kind = 'photo') = (url IS NULL)"
        )
        batch.create_check_constraint(
            op.f("ck_promise_evidence_photo"),
            "(kind = 'photo' AND removed_at IS NULL) = (picture IS NOT NULL)",
        )
        batch.create_check_constraint(
            op.f("ck_promise_evidence_removed"),
            "(picture IS NULL) = (width IS NULL) AND (picture IS NULL) = (height IS NULL) "
            "AND (picture IS NULL) = (alt IS NULL)",
        )


def downgrade() -> None:
    raise RuntimeError("the journal cannot be taken back")
