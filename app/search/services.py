"""What is put into the search and taken out; both join the command of the change itself."""

from sqlalchemy import delete, select

from app.core.command import command
from app.extensions import db
from app.search.models import SearchDocument
from app.search.tokens import index_tokens


@command
def index_matter(matter_id: int, part: str, language: str, text: str) -> None:
    """Make a part of a matter findable by this text, in place of what it had before.

    `part` names the piece in at most 20 characters: "text", "answer", "case".
    """
    wanted = (SearchDocument.matter_id == matter_id, SearchDocument.part == part)
    document = db.session.scalar(select(SearchDocument).where(*wanted))
    if document is None:
        document = SearchDocument(matter_id=matter_id, part=part)
        db.session.add(document)
    document.tokens = " ".join(index_tokens(text, language))


@command
def remove_matter(matter_id: int) -> None:
    """Take every part of a matter out of the search; nothing happens when it is not there."""
    db.session.execute(delete(SearchDocument).where(SearchDocument.matter_id == matter_id))
