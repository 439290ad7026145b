"""Reads of attachments. All bounded: a matter has at most five."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select

from app.attachments.models import Attachment
from app.core import clock, files
from app.core.errors import NotFound
from app.extensions import db
from app.proposals.models import Matter

DAY = timedelta(days=1)


def list_attachments(matter: Matter) -> list[Attachment]:
    """The attachments of a matter in order of adding; one query, none when there are none."""
    if not matter.attachments:
        return []
    query = select(Attachment).where(Attachment.matter_id == matter.id)
    return list(db.session.scalars(query.order_by(Attachment.id)))


def get_served(file: str) -> Attachment:
    """An attachment by the name of its file. Raises NotFound."""
    query = select(Attachment).where(Attachment.file == file)
    attachment = db.session.scalars(query).first() if files.NAME.fullmatch(file) else None
    if attachment is None:
        raise NotFound("not_found")
    return attachment


def find_attachment(matter: Matter, number: int) -> Attachment | None:
    """An attachment of this matter by number, None when it is not there any more."""
    attachment = db.session.get(Attachment, number)
    return attachment if attachment is not None and attachment.matter_id == matter.id else None


def find_same(matter: Matter, digest: str) -> Attachment | None:
    """The attachment of this matter that is the same file."""
    query = select(Attachment).where(Attachment.matter_id == matter.id, Attachment.digest == digest)
    return db.session.scalars(query).first()


def count_lately(person_id: int) -> int:
    """How many of a person's attachments are from the last 24 hours."""
    query = select(func.count()).where(
        Attachment.added_by == person_id, Attachment.added_at > clock.now() - DAY
    )
    return db.session.scalars(query).one()


def count_by_matter(matter_ids: Sequence[int]) -> dict[int, int]:
    """Attachments by matter; matters without any are left out."""
    query = select(Attachment.matter_id, func.count().label("n"))
    query = query.where(Attachment.matter_id.in_(matter_ids)).group_by(Attachment.matter_id)
    return {row.matter_id: row.n for row in db.session.execute(query)}


@files.named_by
def list_files(names: Sequence[str]) -> list[str]:
    """Which of some names of files attachments have; one query."""
    return list(db.session.scalars(select(Attachment.file).where(Attachment.file.in_(names))))
