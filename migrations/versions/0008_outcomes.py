"""Clocks of document requests and accessibility feedback, measurements, and their settings.

What an answer or an evaluation had met until now, though it is not theirs to meet (six months,
measurements), is open again, as the replay of the journal gives it.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KINDS = (
    "acknowledge",
    "estimate",
    "answer",
    "six_months",
    "document_request",
    "accessibility",
    "promise",
    "follow_up",
)

CLOCKS = {
    "document_request_days": 14,
    "document_request_most_months": 1,
    "accessibility_days": 14,
    "followup_early_days": 30,
}
CLOCK_SOURCES = {
    "document_request_days": "openness_act_14",
    "accessibility_days": "digital_services_act",
    "promise": "answer_promise",
}
REOPEN = {"evaluate_after_days": 30, "evaluate_min_verdicts": 5}
SOURCES = {
    "openness_act_14": {
        "fi": "Julkisuuslaki (621/1999) 14 §",
        "sv": "Offentlighetslagen (621/1999) 14 §",
        "en": "Act on the Openness of Government Activities (621/1999), section 14",
        "url": {
            "fi": "https://www.finlex.fi/fi/laki/ajantasa/1999/19990621",
            "sv": "https://www.finlex.fi/sv/laki/ajantasa/1999/19990621",
        },
    },
    "digital_services_act": {
        "fi": "Laki digitaalisten palvelujen tarjoamisesta (306/2019)",
        "sv": "Lagen om tillhandahållande av digitala tjänster (306/2019)",
        "en": "Act on the Provision of Digital Services (306/2019)",
        "url": {
            "fi": "https://www.finlex.fi/fi/laki/ajantasa/2019/20190306",
            "sv": "https://www.finlex.fi/sv/laki/ajantasa/2019/20190306",
        },
    },
    "answer_promise": {
        "fi": "Kaupungin lupaus vastauksessaan",
        "sv": "Stadens löfte i sitt svar",
        "en": "The city's promise in its answer",
    },
}


def upgrade() -> None:
    _allow_kinds()
    op.create_table(
        "measurement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_measurement_matter_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurement")),
    )
    op.create_index("ix_measurement_matter_id", "measurement", ["matter_id"], unique=False)
    _add_settings()
    _open_again()


def _allow_kinds() -> None:
    """The column of kinds knows the new ones."""
    listed = ", ".join(f"'{kind}'" for kind in KINDS)
    with op.batch_alter_table("duty_clock") as batch:
        batch.drop_constraint(op.f("ck_duty_clock_clockkind"), type_="check")
        batch.create_check_constraint(op.f("ck_duty_clock_clockkind"), f"kind IN ({listed})")


def _add_settings() -> None:
    """A municipality that is set up already gets the new settings; its own ones stay."""
    municipality = sa.table("municipality", sa.column("id"), sa.column("settings", sa.JSON()))
    connection = op.get_bind()
    for row in connection.execute(sa.select(municipality)).all():
        settings: dict[str, Any] = dict(row.settings)
        clocks = CLOCKS | settings.get("clocks", {})
        clocks["sources"] = CLOCK_SOURCES | clocks.get("sources", {})
        settings["clocks"] = clocks
        settings["reopen"] = REOPEN | settings.get("reopen", {})
        settings["sources"] = SOURCES | settings.get("sources", {})
        connection.execute(
            sa.update(municipality).where(municipality.c.id == row.id).values(settings=settings)
        )


def _open_again() -> None:
    """Clocks met by what does not meet them any more run, and their cards and counts follow."""
    op.execute(
        "UPDATE duty_clock SET status = 'running', stopped_at = NULL "
        "WHERE status = 'met' AND kind IN ('six_months', 'follow_up')"
    )
    first = (
        "FROM duty_clock WHERE duty_clock.matter_id = matter.id AND duty_clock.status = 'running' "
        "ORDER BY due, kind, ref LIMIT 1"
    )
    op.execute(
        f"UPDATE matter SET next_due = (SELECT due {first}), "
        f"next_due_kind = (SELECT kind {first}), "
        "overdue = EXISTS (SELECT 1 FROM duty_clock WHERE duty_clock.matter_id = matter.id "
        "AND duty_clock.status IN ('running', 'paused') AND overdue_at IS NOT NULL) "
        "WHERE id IN (SELECT matter_id FROM duty_clock WHERE status = 'running' "
        "AND kind IN ('six_months', 'follow_up'))"
    )
    op.execute("DELETE FROM matter_count WHERE facet = 'overdue'")
    op.execute(
        "INSERT INTO matter_count (facet, value, n) SELECT 'overdue', '1', count(*) FROM matter "
        "WHERE overdue AND published_at IS NOT NULL AND hidden_rule IS NULL HAVING count(*) > 0"
    )


def downgrade() -> None:
    raise RuntimeError("the journal cannot be taken back")
