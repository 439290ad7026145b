"""Proves that the attachments of a matter and their number are what the journal's entries give."""

from typing import Any

from sqlalchemy import func, select

from app.attachments import queries
from app.attachments.models import Attachment
from app.attachments.services import digest_of
from app.extensions import db
from app.journal import Entry, Kind
from app.journal.replay import register
from app.proposals import card_sources
from app.proposals.models import Matter


class AttachmentReplayer:
    """Compares which attachments a published matter has with its entries."""

    name = "attachments"
    subject_type = "matter"

    def fold(self, entries: list[Entry]) -> Any:
        """The digests of those that were attached and not removed, sorted, and their number."""
        standing: set[str] = set()
        for entry in entries:
            if entry.kind == Kind.ATTACHED:
                standing.add(entry.facts["digest"])
            elif entry.kind == Kind.ATTACHMENT_REMOVED:
                standing.discard(entry.facts["digest"])
        return {"digests": sorted(standing), "count": len(standing)}

    def stored(self, subject_ids: list[int]) -> dict[int, Any]:
        """The same as the tables have it."""
        counts = select(Matter.id, Matter.attachments).where(Matter.id.in_(subject_ids))
        found: dict[int, Any] = {
            matter_id: {"digests": [], "count": count}
            for matter_id, count in db.session.execute(counts)
        }
        query = select(Attachment).where(Attachment.matter_id.in_(subject_ids))
        for attachment in db.session.scalars(query):
            found[attachment.matter_id]["digests"].append(digest_of(attachment))
        for facts in found.values():
            facts["digests"].sort()
        return found

    def count_stored(self) -> int:
        """Matters that are not drafts."""
        query = select(func.count()).select_from(Matter).where(Matter.published_at.is_not(None))
        return db.session.scalars(query).one()


register(AttachmentReplayer())
card_sources.sources["attachments"] = queries.count_by_matter
