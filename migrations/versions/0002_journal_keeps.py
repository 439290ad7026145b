"""The journal can only grow: triggers refuse change, and its head starts at nothing"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TRIGGER journal_entry_no_update BEFORE UPDATE ON journal_entry
       BEGIN SELECT RAISE(ABORT, 'the journal can only be added to'); END""",
    """CREATE TRIGGER journal_entry_no_delete BEFORE DELETE ON journal_entry
       BEGIN SELECT RAISE(ABORT, 'the journal can only be added to'); END""",
)

POSTGRESQL = (
    """CREATE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'the journal can only be added to'; END $$""",
    """CREATE TRIGGER journal_entry_no_change BEFORE UPDATE OR DELETE ON journal_entry
       FOR EACH ROW EXECUTE FUNCTION journal_refuse()""",
    """CREATE TRIGGER journal_entry_no_truncate BEFORE TRUNCATE ON journal_entry
       FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse()""",
)


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE if is_sqlite else POSTGRESQL:
        op.execute(statement)
    op.execute(f"INSERT INTO journal_head (id, count, hash) VALUES (1, 0, '{'0' * 64}')")


def downgrade() -> None:
    raise RuntimeError("the journal cannot be taken back")
