"""Proves that the discussion and its count on the card are what the journal's entries give."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from app.comments.models import Comment
from app.extensions import db
from app.journal import Entry, Kind
from app.journal.replay import register
from app.proposals import card_sources
from app.proposals.models import Matter

DELETED = "deleted"


class DiscussionReplayer:
    """Compares which comments stand, in which version, and by which rule they are hidden."""

    name = "discussion"
    subject_type = "matter"

    def fold(self, entries: list[Entry]) -> Any:
        """Hidden rule (or None, or that it was deleted) and version by comment; the visible ones'
        number."""
        found: dict[int, tuple[str | None, int]] = {}
        for entry in entries:
            number = entry.facts.get("comment", 0)
            if entry.kind == Kind.COMMENTED:
                found[number] = (None, 1)
            elif entry.kind == Kind.COMMENT_EDITED:
                found[number] = (found[number][0], entry.facts["version"])
            elif entry.kind == Kind.COMMENT_DELETED:
                found[number] = (DELETED, 1)
            elif entry.kind in (Kind.COMMENT_HIDDEN, Kind.COMMENT_SHOWN):
                found[number] = (entry.facts.get("rule"), found[number][1])
        count = sum(rule is None for rule, _ in found.values())
        return {"comments": found, "count": count}

    def stored(self, subject_ids: list[int]) -> dict[int, Any]:
        """The same as the tables have it."""
        found: dict[int, Any] = {}
        counts = select(Matter.id, Matter.comments).where(Matter.id.in_(subject_ids))
        for matter_id, count in db.session.execute(counts):
            found[matter_id] = {"comments": {}, "count": count}
        columns = (Comment.matter_id, Comment.id, Comment.hidden_rule, Comment.deleted_at)
        for matter_id, comment_id, rule, deleted_at, version in db.session.execute(
            select(*columns, Comment.version).where(Comment.matter_id.in_(subject_ids))
        ):
            state = DELETED if deleted_at else rule.value if rule else None
            found[matter_id]["comments"][comment_id] = (state, version)
        return found

    def count_stored(self) -> int:
        """Matters that are not drafts."""
        query = select(func.count()).select_from(Matter).where(Matter.published_at.is_not(None))
        return db.session.scalars(query).one()


def count_comments(matter_ids: Sequence[int]) -> dict[int, int]:
    """Comments that everybody may read by matter; matters without any are left out."""
    query = (
        Comment.visible()
        .with_only_columns(Comment.matter_id, func.count().label("n"))
        .where(Comment.matter_id.in_(matter_ids))
        .group_by(Comment.matter_id)
    )
    return {row.matter_id: row.n for row in db.session.execute(query)}


register(DiscussionReplayer())
card_sources.sources["comments"] = count_comments
