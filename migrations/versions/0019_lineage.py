"""Matters joined and split: where a support comes from, and which matter was split from which."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# With its checks beside it, since SQLite could add them later only by making the table anew.
UNITED = (
    "united_from INTEGER CONSTRAINT fk_support_united_from REFERENCES matter (id) "
    "CONSTRAINT ck_support_united "
    "CHECK (united_from IS NULL OR (united_from <> matter_id AND NOT is_maker))"
)
SETTINGS = {"undo_days": 30}


def upgrade() -> None:
    op.execute(f"ALTER TABLE support ADD COLUMN {UNITED}")
    op.create_table(
        "split_matter",
        sa.Column("matter_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("matter_id <> from_id", name=op.f("ck_split_matter_another")),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_split_matter_matter_id")
        ),
        sa.ForeignKeyConstraint(["from_id"], ["matter.id"], name=op.f("fk_split_matter_from_id")),
        sa.PrimaryKeyConstraint("matter_id", name=op.f("pk_split_matter")),
    )
    op.create_index("ix_split_matter_from_id", "split_matter", ["from_id"])
    _unite_supports()
    _settings()


def _unite_supports() -> None:
    """Supporters of matters that are joined already count where those are handled.

    In the order in which the matters were joined, so that a chain of them is united to its end.
    """
    connection = op.get_bind()
    merged = connection.execute(
        sa.text(
            "SELECT m.matter_id, m.into_id FROM merged_matter m JOIN journal_entry j "
            "ON j.subject_type = 'matter' AND j.subject_id = m.matter_id AND j.kind = 'merged' "
            "GROUP BY m.matter_id, m.into_id ORDER BY max(j.seq)"
        )
    ).all()
    for matter_id, into_id in merged:
        numbers = {"matter": matter_id, "into": into_id}
        connection.execute(sa.text(UNITE), numbers)
        connection.execute(sa.text(COUNT), numbers)


UNITE = """
INSERT INTO support (matter_id, person_id, at, is_maker, is_verified, is_public, united_from)
SELECT :into, s.person_id, s.at, false, false, false, :matter FROM support s
WHERE s.matter_id = :matter
AND s.person_id NOT IN (SELECT person_id FROM support WHERE matter_id = :into)
AND s.person_id NOT IN (SELECT person_id FROM co_author WHERE matter_id = :into)
AND s.person_id NOT IN
(SELECT author_id FROM matter WHERE id = :into AND author_id IS NOT NULL)
"""
COUNT = """
UPDATE matter SET supporters = (SELECT count(*) FROM support WHERE matter_id = :into)
WHERE id = :into
"""


def _settings() -> None:
    """A municipality that is set up already gets the new setting; its own one stays."""
    municipality = sa.table("municipality", sa.column("id"), sa.column("settings", sa.JSON()))
    connection = op.get_bind()
    for row in connection.execute(sa.select(municipality)).all():
        settings: dict[str, Any] = dict(row.settings)
        settings["merging"] = SETTINGS | settings.get("merging", {})
        connection.execute(
            sa.update(municipality).where(municipality.c.id == row.id).values(settings=settings)
        )


def downgrade() -> None:
    raise RuntimeError("the journal cannot be taken back")
