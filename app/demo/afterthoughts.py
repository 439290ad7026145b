"""Second thoughts in the demonstration: one resident changes a comment, another deletes one."""

from datetime import datetime, timedelta

from sqlalchemy import select

from app.accounts.queries import get_person
from app.comments import editing
from app.comments.models import Capacity, Comment
from app.comments.policies import SILENT
from app.core import clock
from app.core.access import Actor
from app.demo.stage import Stage, Story
from app.extensions import db
from app.proposals.models import Matter

SETTLED = timedelta(days=60)  # other stories do not come back to what is older
ADDITION = {
    "fi": "Kävin paikalla uudestaan, ja tilanne on yhä sama.",
    "sv": "Jag besökte platsen på nytt, och läget är fortfarande detsamma.",
    "en": "I went there again, and nothing has changed.",
}


def have(stage: Stage) -> Story:
    """Three days before the end; what others have answered stays."""
    yield stage.end - timedelta(days=3)
    changed, deleted = _answered_comments(clock.now() - SETTLED)
    author, matter, comment = _of(changed)
    text = f"{comment.text}\n\n{ADDITION[comment.language]}"
    editing.edit_comment(author, matter, comment, editing.Change(comment.language, text))
    yield stage.end - timedelta(days=2, hours=20)
    editing.delete_comment(*_of(deleted))


def _of(comment_id: int) -> tuple[Actor, Matter, Comment]:
    comment = db.session.get_one(Comment, comment_id)
    author = get_person(comment.author_id or 0).as_actor()
    return author, db.session.get_one(Matter, comment.matter_id), comment


def _answered_comments(before: datetime) -> list[int]:
    """The numbers of two public comments of residents that were answered, and will not be again."""
    open_ones = select(Matter.id).where(*Matter.shown(), Matter.state.not_in(SILENT))
    query = Comment.visible().with_only_columns(Comment.id)
    query = query.where(
        Comment.role == Capacity.RESIDENT,
        Comment.level == 1,
        Comment.replies > 0,
        Comment.at < before,
        Comment.author_id.is_not(None),
        Comment.matter_id.in_(open_ones),
    )
    return list(db.session.scalars(query.order_by(Comment.id.desc()).limit(2)))
