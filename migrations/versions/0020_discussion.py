"""What the start of a thread keeps of it, places in threads, versions and deletion of comments."""

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
PLACES = """
UPDATE comment SET place = (SELECT count(*) FROM comment AS said
                            WHERE said.thread_id = comment.thread_id AND said.id <= comment.id)
WHERE level > 1
"""
BRANCHES = """
UPDATE comment SET branch = CASE WHEN level = 2 THEN place
                            ELSE (SELECT said.place FROM comment AS said
                                  WHERE said.id = comment.parent_id) END
WHERE level > 1
"""
# SQLite takes a check only together with its column, unless the table is made anew.
DELETED = """
ALTER TABLE comment ADD COLUMN deleted_at {moment} CONSTRAINT ck_comment_deleted
  CHECK (deleted_at IS NULL OR (author_id IS NULL AND text = '' AND salt = ''))
"""
PUBLIC = sa.text("hidden_rule IS NULL AND deleted_at IS NULL")


def upgrade() -> None:
    _add_columns()
    for statement in (KEPT, PLACES, BRANCHES):
        op.execute(statement)
    _add_indexes()
    op.create_table(
        "comment_version",
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("fk_comment_version_comment_id")
        ),
        sa.PrimaryKeyConstraint("comment_id", "version", name=op.f("pk_comment_version")),
    )


def _add_columns() -> None:
    for name, default in (
        ("replies", "0"),
        ("official", "0"),
        ("place", "0"),
        ("branch", "0"),
        ("version", "1"),
    ):
        column = sa.Column(name, sa.Integer(), nullable=False, server_default=default)
        op.add_column("comment", column)
    moment = sa.DateTime(timezone=True)
    op.add_column("comment", sa.Column("edited_at", moment, nullable=True))
    op.execute(DELETED.format(moment=moment.compile(dialect=op.get_bind().dialect)))
    op.add_column("comment", sa.Column("form_key", sa.String(length=32), nullable=True))


def _add_indexes() -> None:
    for name, column in (("debated", "replies"), ("official", "official")):
        op.create_index(
            f"ix_comment_{name}", "comment", ["matter_id", "level", column, "id"], unique=False
        )
    op.create_index(
        "ix_comment_arguments",
        "comment",
        ["matter_id", "stance", "useful", "id", "hidden_rule", "deleted_at"],
        unique=False,
        sqlite_where=PUBLIC,
        postgresql_where=PUBLIC,
    )
    op.create_index("ix_comment_place", "comment", ["thread_id", "place"], unique=True)
    op.create_index("ix_comment_branch", "comment", ["thread_id", "branch", "place"], unique=False)
    op.create_index("ix_comment_form_key", "comment", ["author_id", "form_key"], unique=True)
    op.drop_index("ix_comment_thread_id", table_name="comment")


def downgrade() -> None:
    raise RuntimeError("the journal cannot be taken back")
