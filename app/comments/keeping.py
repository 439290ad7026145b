"""The numbers that a discussion keeps: on its matter's card, and at the start of each thread."""

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import aliased

from app.comments.models import Capacity, Comment
from app.core import topics
from app.extensions import db
from app.proposals import services as proposals
from app.proposals.models import Matter


def count_change(matter: Matter, by: int) -> None:
    """Count a comment that everybody may read, or one less; the matter's row is locked."""
    proposals.count_change(matter, "comments", by)
    topics.touch(f"matter:{matter.id}")


def follow_thread(comment: Comment) -> None:
    """Bring the numbers kept by the start of a thread along; the matter's row is locked."""
    said = aliased(Comment)
    is_visible = (said.hidden_rule.is_(None), said.deleted_at.is_(None))
    public = select(func.count()).select_from(said).where(*is_visible)
    city = said.role.in_((Capacity.OFFICIAL, Capacity.COUNCILLOR))
    answers = public.where(said.thread_id == comment.top_id)
    start = public.where(said.id == comment.top_id)
    of_city = answers.where(city).scalar_subquery() + start.where(city).scalar_subquery()
    change = update(Comment).where(Comment.id == comment.top_id)
    kept = {"replies": answers.scalar_subquery(), "official": case((of_city > 0, 1), else_=0)}
    db.session.execute(change.values(kept), execution_options={"synchronize_session": False})
