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


class DiscussionReplayer:
    """Compares which comments stand, and by which rule they are hidden, with the entries."""

    name = "discussion"
    subject_type = "matter"

    def fold(self, entries: list[Entry]) -> Any:
        """Hidden rule (or None) by comment, and the number of those that are not hidden."""
        rules: dict[int, str | None] = {}
        for entry in entries:
            if entry.kind in (Kind.COMMENTED, Kind.COMMENT_SHOWN):
                rules[entry.facts["comment"]] = None
            elif entry.kind == Kind.COMMENT_HIDDEN:
                rules[entry.facts["comment"]] = entry.facts["rule"]
        return {"rules": rules, "count": list(rules.values()).count(None)}

    def stored(self, subject_ids: list[int]) -> dict[int, Any]:
        """The same as the tables have it."""
        found: dict[int, Any] = {}
        counts = select(Matter.id, Matter.comments).where(Matter.id.in_(subject_ids))
        for matter_id, count in db.session.execute(counts):
            found[matter_id] = {"rules": {}, "count": count}
        columns = (Comment.matter_id, Comment.id, Comment.hidden_rule)
        for matter_id, comment_id, rule in db.session.execute(
            select(*columns).where(Comment.matter_id.in_(subject_ids))
        ):
            found[matter_id]["rules"][comment_id] = rule.value if rule else None
        return found

    def count_stored(self) -> int:
        """Matters that are not drafts."""
        query = select(func.count()).select_from(Matter).where(Matter.published_at.is_not(None))
        return db.session.scalars(query).one()


def count_comments(matter_ids: Sequence[int]) -> dict[int, int]:
    """Comments that are not hidden by matter; matters without any are left out."""
    query = (
        Comment.visible()
        .with_only_columns(Comment.matter_id, func.count().label("n"))
        .where(Comment.matter_id.in_(matter_ids))
        .group_by(Comment.matter_id)
    )
    return {row.matter_id: row.n for row in db.session.execute(query)}


register(DiscussionReplayer())
card_sources.sources["comments"] = count_comments
