"""decisions"""

import json
from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "decision_source",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=1000), nullable=True),
        sa.Column("etag", sa.String(length=200), nullable=True),
        sa.Column("last_modified", sa.String(length=100), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_decision_source")),
    )
    op.create_table(
        "meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(length=60), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "planned",
                "held",
                "cancelled",
                name="meetingstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("source_ref", sa.String(length=241), nullable=False),
        sa.ForeignKeyConstraint(["body"], ["body.key"], name=op.f("fk_meeting_body")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("body", "day", name=op.f("uq_meeting_body_day")),
        sa.UniqueConstraint("source_ref", name=op.f("uq_meeting_source_ref")),
    )
    op.create_index("ix_meeting_coming", "meeting", ["status", "day", "body"], unique=False)
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("case_number", sa.String(length=60), nullable=True),
        sa.Column("case_key", sa.String(length=60), nullable=True),
        sa.Column("case_short", sa.String(length=40), nullable=True),
        sa.Column("titles", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("body", sa.String(length=60), nullable=True),
        sa.Column("body_name", sa.String(length=200), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("meeting_id", sa.Integer(), nullable=True),
        sa.Column("section", sa.String(length=20), nullable=False),
        sa.Column("url", sa.String(length=1000), nullable=True),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(case_key IS NULL) = (case_number IS NULL)", name=op.f("ck_decision_case_number")
        ),
        sa.CheckConstraint(
            "(case_key IS NULL) = (case_short IS NULL)", name=op.f("ck_decision_case_keys")
        ),
        sa.CheckConstraint(
            "meeting_id IS NULL OR body IS NOT NULL", name=op.f("ck_decision_meeting_of_body")
        ),
        sa.ForeignKeyConstraint(["body"], ["body.key"], name=op.f("fk_decision_body")),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_decision_meeting_id")
        ),
        sa.ForeignKeyConstraint(
            ["source"], ["decision_source.key"], name=op.f("fk_decision_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_decision_source_external_id")),
    )
    op.create_index("ix_decision_case_short", "decision", ["case_short"], unique=False)
    op.create_index("ix_decision_external_id", "decision", ["external_id"], unique=False)
    op.create_index("ix_decision_meeting_id", "decision", ["meeting_id"], unique=False)
    op.create_index("ix_decision_url", "decision", ["url"], unique=False)
    op.create_table(
        "decision_link",
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "confirmed",
                "rejected",
                name="linkstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "proposed_by",
            sa.Enum(
                "match",
                "person",
                name="proposedby",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "reason",
            sa.Enum(
                "other_case",
                "not_decision",
                "duplicate",
                "mistake",
                name="unlinkreason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "(state = 'proposed') = (settled_at IS NULL)", name=op.f("ck_decision_link_settled")
        ),
        sa.CheckConstraint(
            "(state = 'rejected') = (reason IS NOT NULL)", name=op.f("ck_decision_link_reason")
        ),
        sa.CheckConstraint(
            "state <> 'proposed' OR proposed_by = 'match'", name=op.f("ck_decision_link_proposal")
        ),
        sa.CheckConstraint(
            "state <> 'proposed' OR settled_by IS NULL", name=op.f("ck_decision_link_settled_by")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_decision_link_decision_id")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_decision_link_matter_id")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by"], ["person.id"], name=op.f("fk_decision_link_settled_by")
        ),
        sa.PrimaryKeyConstraint("decision_id", "matter_id", name=op.f("pk_decision_link")),
    )
    op.create_index(
        "ix_decision_link_matter", "decision_link", ["matter_id", "state"], unique=False
    )
    op.create_index("ix_decision_link_settled_by", "decision_link", ["settled_by"], unique=False)
    op.create_table(
        "matter_case",
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("case_key", sa.String(length=60), nullable=False),
        sa.Column("case_short", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_matter_case_matter_id")
        ),
        sa.PrimaryKeyConstraint("matter_id", name=op.f("pk_matter_case")),
    )
    op.create_index("ix_matter_case_case_short", "matter_case", ["case_short"], unique=False)
    op.create_table(
        "meeting_matter",
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.id"], name=op.f("fk_meeting_matter_matter_id")
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_matter_meeting_id")
        ),
        sa.PrimaryKeyConstraint("matter_id", name=op.f("pk_meeting_matter")),
    )
    op.create_index("ix_meeting_matter_meeting_id", "meeting_matter", ["meeting_id"], unique=False)
    _put_on_tables()


def _put_on_tables() -> None:
    """Matters that are at a body already are on the table of the meeting the journal names."""
    connection = op.get_bind()
    sent = connection.execute(
        sa.text(
            "SELECT matter.id, journal_entry.facts FROM matter JOIN journal_entry"
            " ON journal_entry.subject_type = 'matter' AND journal_entry.subject_id = matter.id"
            " WHERE matter.holder_body IS NOT NULL AND journal_entry.kind = 'sent_to_body'"
            " ORDER BY journal_entry.seq"
        )
    )
    latest = {row.id: json.loads(row.facts) for row in sent}
    meetings = sorted({(facts["body"], facts["meeting"]) for facts in latest.values()})
    for body, day in meetings:
        when = date.fromisoformat(day)
        connection.execute(
            sa.text(
                "INSERT INTO meeting (body, day, place, status, source_ref)"
                " VALUES (:body, :day, '', :status, :ref)"
            ),
            {
                "body": body,
                "day": day if connection.dialect.name == "sqlite" else when,
                "status": "planned" if when >= date.today() else "held",
                "ref": f"city:{body}:{day}",
            },
        )
    known = connection.execute(sa.text("SELECT id, body, day FROM meeting"))
    ids = {(row.body, str(row.day)): row.id for row in known}
    for matter_id, facts in latest.items():
        connection.execute(
            sa.text(
                "INSERT INTO meeting_matter (matter_id, meeting_id) VALUES (:matter, :meeting)"
            ),
            {"matter": matter_id, "meeting": ids[facts["body"], facts["meeting"]]},
        )


def downgrade() -> None:
    raise RuntimeError("the journal cannot be taken back")
