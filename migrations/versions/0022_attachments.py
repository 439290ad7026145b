"""Photos and documents of matters."""

import sqlalchemy as sa
from alembic import op

from app.core.types import UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# With its check beside it, since SQLite could add it later only by making the table anew.
COLUMN = (
    "attachments INTEGER DEFAULT 0 NOT NULL "
    "CONSTRAINT ck_matter_attachments CHECK (attachments BETWEEN 0 AND 5)"
)


def upgrade() -> None:
    op.execute(f"ALTER TABLE matter ADD COLUMN {COLUMN}")
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("file", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('photo', 'document')", name=op.f("ck_attachment_attachmentkind")),
        sa.CheckConstraint(
            "(kind = 'photo') = (width IS NOT NULL)", name=op.f("ck_attachment_photo")
        ),
        sa.CheckConstraint("(width IS NULL) = (height IS NULL)", name=op.f("ck_attachment_sides")),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_attachment_shape")),
        sa.CheckConstraint("size BETWEEN 1 AND 10485760", name=op.f("ck_attachment_size")),
        sa.CheckConstraint("words <> ''", name=op.f("ck_attachment_words")),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_attachment_added_by")),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_attachment_matter_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("file", name=op.f("uq_attachment_file")),
        sa.UniqueConstraint("matter_id", "digest", name=op.f("uq_attachment_matter_id_digest")),
    )
    op.create_index("ix_attachment_added_by", "attachment", ["added_by", "added_at"])


def downgrade() -> None:
    raise RuntimeError("the journal cannot be taken back")
