"""Named supporters, makers' municipalities, and feedback for the city alone.

Signatures from before counted towards the threshold; they are kept as declared residents.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.core.types import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# With their check beside them, since SQLite could add it later only by making the table anew.
COLUMNS = (
    "city_only BOOLEAN DEFAULT false NOT NULL "
    "CONSTRAINT ck_matter_city_only CHECK (NOT city_only OR kind = 'feedback')",
    "makers_here INTEGER DEFAULT 0 NOT NULL "
    "CONSTRAINT ck_matter_makers_here CHECK (makers_here >= 0)",
)
FILTERED = (
    "area", "theme", "service", "state", "holder_unit", "holder_body", "kind", "language",
    "overdue", "hidden_rule", "city_only",
)  # fmt: skip
INDEXES = {
    "ix_matter_newest": ["published_at", "id", *FILTERED],
    "ix_matter_supported": ["supporters", "id", *FILTERED, "published_at"],
    "ix_matter_due": ["next_due", "id", *FILTERED, "published_at"],
    "ix_matter_place": ["lat", "lon", "district", *FILTERED, "published_at"],
    "ix_matter_unit_newest": [
        "holder_unit", "published_at", "id", "state", "overdue", "hidden_rule", "city_only",
    ],
}  # fmt: skip
# The numbers of the whole map, and on PostgreSQL those of a narrowed list, which are few values many
# times there, and so a small index.
SHOWN = "published_at IS NOT NULL AND hidden_rule IS NULL AND city_only IS"
COUNTED = (
    "CREATE INDEX ix_matter_facets ON matter (area, kind, holder_unit, theme, service, holder_body, "
    f"state, language, overdue) WHERE {SHOWN} FALSE"
)
SETTINGS = {"keep_days": 365}


def upgrade() -> None:
    for column in COLUMNS:
        op.execute(f"ALTER TABLE matter ADD COLUMN {column}")
    op.execute("UPDATE matter SET makers_here = makers")
    for name, columns in INDEXES.items():
        op.drop_index(name, "matter")
        op.create_index(name, "matter", columns)
    false = "0" if op.get_bind().dialect.name == "sqlite" else "FALSE"
    op.execute(f"CREATE INDEX ix_matter_point ON matter (lat, lon) WHERE {SHOWN} {false} AND lat >= -90")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(COUNTED)
    _name_supporters()
    op.create_table(
        "feedback_sender",
        sa.Column("matter_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("form_key", sa.String(length=64), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_feedback_sender_matter_id")
        ),
        sa.PrimaryKeyConstraint("matter_id", name=op.f("pk_feedback_sender")),
        sa.UniqueConstraint("form_key", name=op.f("uq_feedback_sender_form_key")),
    )
    _settings()


def _name_supporters() -> None:
    false = sa.text("false")
    op.add_column(
        "support", sa.Column("is_public", sa.Boolean(), nullable=False, server_default=false)
    )
    op.add_column("support", sa.Column("municipality", sa.String(length=3), nullable=True))
    op.add_column(
        "support", sa.Column("is_verified", sa.Boolean(), nullable=False, server_default=false)
    )
    municipality = sa.table("municipality", sa.column("id"), sa.column("settings", sa.JSON()))
    support = sa.table("support", sa.column("is_maker"), sa.column("municipality"))
    settings = op.get_bind().execute(sa.select(municipality.c.settings)).scalar()
    code = settings["code"] if settings else "000"
    op.execute(sa.update(support).where(support.c.is_maker).values(municipality=code))
    with op.batch_alter_table("support") as batch:
        batch.create_check_constraint(
            op.f("ck_support_maker_from"), "NOT is_maker OR municipality IS NOT NULL"
        )
    op.create_index("ix_support_public", "support", ["matter_id", "is_public", "at", "person_id"])
    op.create_index("ix_support_makers", "support", ["matter_id", "is_maker", "at", "person_id"])


def _settings() -> None:
    """A municipality that is set up already gets the new setting; its own one stays."""
    municipality = sa.table("municipality", sa.column("id"), sa.column("settings", sa.JSON()))
    connection = op.get_bind()
    for row in connection.execute(sa.select(municipality)).all():
        settings: dict[str, Any] = dict(row.settings)
        settings["feedback"] = SETTINGS | settings.get("feedback", {})
        connection.execute(
            sa.update(municipality).where(municipality.c.id == row.id).values(settings=settings)
        )


def downgrade() -> None:
    raise RuntimeError("the journal cannot be taken back")
