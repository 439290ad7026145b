"""The public list is narrowed by service, body and language too: its indexes and kept counts."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

FILTERED = (
    "area", "theme", "service", "state", "holder_unit", "holder_body", "kind", "language",
    "overdue", "hidden_rule",
)  # fmt: skip
ORDERS = {
    "ix_matter_newest": ["published_at", "id", *FILTERED],
    "ix_matter_supported": ["supporters", "id", *FILTERED, "published_at"],
    "ix_matter_due": ["next_due", "id", *FILTERED, "published_at"],
    "ix_matter_place": ["lat", "lon", "district", *FILTERED, "published_at"],
}
FACETS = {"service": "service", "body": "holder_body", "language": "language"}


def upgrade() -> None:
    for name, columns in ORDERS.items():
        op.drop_index(name, "matter")
        op.create_index(name, "matter", columns)
    for facet, column in FACETS.items():
        op.execute(
            f"INSERT INTO matter_count (facet, value, n) SELECT '{facet}', {column}, count(*) "
            "FROM matter WHERE published_at IS NOT NULL AND hidden_rule IS NULL "
            f"AND {column} IS NOT NULL GROUP BY {column}"
        )


def downgrade() -> None:
    raise RuntimeError("the journal cannot be taken back")
