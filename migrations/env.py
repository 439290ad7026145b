"""Alembic's environment: the application's database and models, online only."""

from typing import Any

from alembic import context
from flask import current_app

from app.core.types import UtcDateTime
from app.extensions import db

# Made by hand in migrations, since models cannot express them.
HANDMADE = ("search_index", "ix_search_document_vector", "vector", "ix_matter_facets")


def include_object(_thing: Any, name: str | None, *_rest: Any) -> bool:
    """Leave the hand-made objects out of comparisons."""
    return not (name or "").startswith(HANDMADE)


def render_item(kind: str, item: Any, _context: Any) -> str | bool:
    """Our moment type is a plain time-zoned DateTime to the database."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run() -> None:
    """Run the migrations in one transaction."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect().execution_options(kuuluu_write=True) as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            include_object=include_object,
            render_item=render_item,
            render_as_batch=False,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
