"""Places that an address leads to, and which form saved a draft."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("search", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.CheckConstraint("kind IN ('address', 'place')", name=op.f("ck_place_placekind")),
        sa.CheckConstraint(
            "lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180", name=op.f("ck_place_point")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
    )
    op.create_index(
        "ix_place_search",
        "place",
        ["search", "kind", "language"],
        unique=True,
        postgresql_ops={"search": "varchar_pattern_ops"},
    )
    op.add_column("matter", sa.Column("form_key", sa.String(length=32), nullable=True))
    op.add_column("matter", sa.Column("saved_by", sa.JSON(none_as_null=True), nullable=True))
    op.create_index("ix_matter_form_key", "matter", ["author_id", "form_key"], unique=True)


def downgrade() -> None:
    raise RuntimeError("the journal cannot be taken back")
