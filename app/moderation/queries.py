"""Reads of moderation: the queue of reports and the decisions taken."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import aliased, selectinload

from app.accounts.queries import list_names
from app.comments.models import Comment
from app.comments.queries import read_numbers
from app.comments.rules import DiscussionRule
from app.core import paging
from app.core.access import Actor
from app.extensions import db
from app.journal import Kind
from app.journal.models import JournalEntry
from app.journal.queries import as_entry
from app.moderation import policies
from app.moderation.models import Report
from app.proposals.models import Matter, MatterText

QUEUE = 30
DECISIONS = 20
_SEQ = JournalEntry.__table__.c.seq


@dataclass(frozen=True)
class Item:
    """A reported matter or comment with its text, its context and the open reports on it.

    `answered_text` is the comment that the reported one answers.
    """

    matter: Matter
    comment: Comment | None
    text: str
    answered_text: str | None
    author: str
    reports: list[Report]
    can_decide: bool

    @property
    def since(self) -> datetime:
        """When it was first reported."""
        return self.reports[0].at

    @property
    def due(self) -> datetime | None:
        """By when a decision on the first report was promised."""
        return self.reports[0].due


@dataclass(frozen=True)
class Done:
    """One act of moderation as the journal has it, and what it was about."""

    kind: Kind
    at: datetime
    rule: DiscussionRule | None
    matter: Matter
    comment: Comment | None

    @property
    def still_hidden(self) -> bool:
        """Whether the thing is hidden now."""
        return (self.comment or self.matter).hidden_rule is not None


def list_queue(actor: Actor) -> list[Item]:
    """The things with open reports, longest waiting first, at most 30; six queries."""
    reports = _open_reports()
    matters = _matters({matter_id for matter_id, _ in reports})
    comments = _comments({comment_id for _, comment_id in reports if comment_id})
    texts = _texts([matter_id for matter_id, comment_id in reports if comment_id is None])
    writers = [matter.author_id for matter in matters.values()]
    writers += [comment.author_id for comment, _ in comments.values()]
    names = list_names(writers)
    items = []
    for (matter_id, comment_id), found in reports.items():
        matter = matters[matter_id]
        comment, answered = comments.get(comment_id or 0, (None, None))
        items.append(
            Item(
                matter=matter,
                comment=comment,
                text=comment.text if comment else texts[matter_id],
                answered_text=answered,
                author=names.get((comment or matter).author_id or 0, ""),
                reports=found,
                can_decide=policies.can_moderate(actor, matter, comment),
            )
        )
    return items


def count_open() -> int:
    """How many reports wait for a decision."""
    return db.session.scalars(select(func.count()).where(Report.closed_at.is_(None))).one()


def count_open_of(actor: Actor) -> int:
    """How many reports of one person wait for a decision."""
    query = select(func.count()).where(
        Report.reporter_id == actor.person_id, Report.closed_at.is_(None)
    )
    return db.session.scalars(query).one()


def page_decisions(cursor: str | None) -> paging.Page[Done]:
    """What was hidden and shown, newest first; three queries. Raises NotFound."""
    kinds = (Kind.HIDDEN, Kind.SHOWN, Kind.COMMENT_HIDDEN, Kind.COMMENT_SHOWN)
    query = select(JournalEntry.__table__).where(
        JournalEntry.kind.in_([kind.value for kind in kinds])
    )
    order = paging.Order((_SEQ,), lambda row: (row.seq,), from_text=read_numbers)
    page = paging.page_by_key(query, order, DECISIONS, cursor)
    entries = [as_entry(row) for row in page.items]
    matters = _matters({entry.subject_id for entry in entries})
    comments = _comments({entry.facts.get("comment", 0) for entry in entries})
    decisions = [
        Done(
            kind=entry.kind,
            at=entry.at,
            rule=DiscussionRule(entry.facts["rule"]) if "rule" in entry.facts else None,
            matter=matters[entry.subject_id],
            comment=comments.get(entry.facts.get("comment", 0), (None, None))[0],
        )
        for entry in entries
    ]
    return paging.Page(decisions, page.next, page.previous)


def _open_reports() -> dict[tuple[int, int | None], list[Report]]:
    """Open reports by what they are about, the longest waiting thing first; two queries."""
    thing = (Report.matter_id, func.coalesce(Report.comment_id, 0))
    waiting = (
        select(*thing)
        .where(Report.closed_at.is_(None))
        .group_by(*thing)
        .order_by(func.min(Report.at), func.min(Report.id))
        .limit(QUEUE)
    )
    things = [(row[0], row[1]) for row in db.session.execute(waiting)]
    found: dict[tuple[int, int | None], list[Report]] = {(m, c or None): [] for m, c in things}
    query = (
        select(Report)
        .where(Report.closed_at.is_(None), tuple_(*thing).in_(things))
        .order_by(Report.at, Report.id)
    )
    for report in db.session.scalars(query):
        found[report.matter_id, report.comment_id].append(report)
    return found


def is_hidden_by_registry(matter: Matter) -> bool:
    """Whether the registry, and no moderator, was the last to hide a matter; one query."""
    entry = JournalEntry.__table__.c
    query = (
        select(entry.role)
        .where(entry.subject_type == matter.journal_subject, entry.subject_id == matter.id)
        .where(entry.kind == Kind.HIDDEN.value)
        .order_by(entry.seq.desc())
        .limit(1)
    )
    return db.session.scalar(query) == "registry"


def _matters(ids: Iterable[int]) -> dict[int, Matter]:
    query = select(Matter).where(Matter.id.in_(list(ids)))
    query = query.options(selectinload(Matter.co_authors))  # asked of each: is it the actor's own?
    return {matter.id: matter for matter in db.session.scalars(query)}


def _comments(ids: Iterable[int]) -> dict[int, tuple[Comment, str | None]]:
    """Comments with the words they answer."""
    answered = aliased(Comment)
    query = (
        select(Comment, answered.text)
        .outerjoin(answered, answered.id == Comment.parent_id)
        .where(Comment.id.in_(list(ids)))
    )
    return {comment.id: (comment, text) for comment, text in db.session.execute(query)}


def _texts(matter_ids: list[int]) -> dict[int, str]:
    """The newest text of each matter in its own language."""
    query = (
        select(MatterText.matter_id, MatterText.body)
        .join(Matter, Matter.id == MatterText.matter_id)
        .where(MatterText.matter_id.in_(matter_ids), MatterText.language == Matter.language)
        .order_by(MatterText.version)
    )
    texts: dict[int, str] = {}
    texts.update((matter_id, body) for matter_id, body in db.session.execute(query))
    return texts
