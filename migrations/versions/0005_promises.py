"""Promises: the day of keeping, who sees to one, reminders, evidence. Registry: joined matters."""

from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ZONE = ZoneInfo("Europe/Helsinki")
REMINDER_DAYS = 14


def upgrade() -> None:
    with op.batch_alter_table("promise") as batch:
        batch.add_column(sa.Column("kept_on", sa.Date()))
        batch.add_column(sa.Column("keeper_id", sa.Integer()))
        batch.add_column(sa.Column("reminded_due", sa.Date()))
        batch.create_foreign_key(
            op.f("fk_promise_keeper_id"), "person", ["keeper_id"], ["id"]
        )
        batch.create_index("ix_promise_keeper_id", ["keeper_id"])
    _tell_days()
    with op.batch_alter_table("promise") as batch:
        batch.create_check_constraint(
            op.f("ck_promise_kept_day"), "(kept_at IS NULL) = (kept_on IS NULL)"
        )
    op.create_table(
        "promise_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("promise_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('link', 'decision')", name=op.f("ck_promise_evidence_evidencekind")
        ),
        sa.CheckConstraint("url LIKE 'https://%'", name=op.f("ck_promise_evidence_https")),
        sa.ForeignKeyConstraint(
            ["promise_id"], ["promise.id"], name=op.f("fk_promise_evidence_promise_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise_evidence")),
    )
    op.create_index("ix_promise_evidence_promise_id", "promise_evidence", ["promise_id"])
    op.create_table(
        "merged_matter",
        sa.Column("matter_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("into_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("matter_id <> into_id", name=op.f("ck_merged_matter_another")),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_merged_matter_matter_id")
        ),
        sa.ForeignKeyConstraint(["into_id"], ["matter.id"], name=op.f("fk_merged_matter_into_id")),
        sa.PrimaryKeyConstraint("matter_id", name=op.f("pk_merged_matter")),
    )
    op.create_index("ix_merged_matter_into_id", "merged_matter", ["into_id"])
    op.create_index(
        "ix_matter_routing", "matter", ["theme", "service", "area", "holder_unit", "state", "published_at"]
    )
    _add_setting()


def _tell_days() -> None:
    """The local day of each promise that has been kept already."""
    promise = sa.table(
        "promise",
        sa.column("id"),
        sa.column("kept_at", sa.DateTime(timezone=True)),
        sa.column("kept_on", sa.Date()),
    )
    query = sa.select(promise.c.id, promise.c.kept_at).where(promise.c.kept_at.is_not(None))
    connection = op.get_bind()
    for row in connection.execute(query).all():
        moment = row.kept_at
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo("UTC"))
        change = promise.update().where(promise.c.id == row.id)
        connection.execute(change.values(kept_on=moment.astimezone(ZONE).date()))


def _add_setting() -> None:
    """A municipality that is set up already gets the new setting; its own one stays."""
    municipality = sa.table("municipality", sa.column("id"), sa.column("settings", sa.JSON()))
    connection = op.get_bind()
    for row in connection.execute(sa.select(municipality.c.id, municipality.c.settings)).all():
        settings = dict(row.settings)
        settings["clocks"] = {"promise_reminder_days": REMINDER_DAYS} | settings.get("clocks", {})
        change = municipality.update().where(municipality.c.id == row.id)
        connection.execute(change.values(settings=settings))


def downgrade() -> None:
    raise RuntimeError("the journal cannot be taken back")
