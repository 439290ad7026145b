"""Reads of the discussion. The words of a hidden comment never leave the database here.

A page has at most so many threads with at most so many answers of each, however long the
discussion is; the rest of a thread has pages of its own. A deleted comment is listed while it holds
answers: one that starts a thread while some of them can be read.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, union_all
from sqlalchemy.orm import aliased

from app.accounts.models import Person
from app.city import get_city
from app.comments.models import Capacity, Comment, CommentVersion, CommentVote, Stance
from app.comments.rules import DiscussionRule
from app.core import clock, paging
from app.core.access import ANONYMOUS, Actor
from app.core.errors import Gone, NotFound
from app.core.labels import label
from app.extensions import db
from app.proposals.holding import HeldText
from app.proposals.models import Matter
from app.proposals.queries import LARGEST_ID

THREADS = 20  # on a page
FIRST_ANSWERS = 5  # of each thread on such a page
ANSWERS = 50  # on a page of one thread
ARGUMENTS = 3  # for, and as many against

_COLUMNS = Comment.__table__.c


def read_numbers(key: list[Any]) -> tuple[int, ...]:
    """The numbers of a cursor, as the database's columns can hold them. Raises ValueError."""
    if not all(isinstance(value, int) and 0 <= value <= LARGEST_ID for value in key):
        raise ValueError("not numbers of ours")
    return tuple(key)


ORDERS = {
    "newest": paging.Order((_COLUMNS.id,), lambda row: (row.id,), from_text=read_numbers),
    "useful": paging.Order(
        (_COLUMNS.useful, _COLUMNS.id), lambda row: (row.useful, row.id), from_text=read_numbers
    ),
    "debated": paging.Order(
        (_COLUMNS.replies, _COLUMNS.id), lambda row: (row.replies, row.id), from_text=read_numbers
    ),
    "official": paging.Order(
        (_COLUMNS.official, _COLUMNS.id), lambda row: (row.official, row.id), from_text=read_numbers
    ),
}
_READING = paging.Order(
    (_COLUMNS.branch, _COLUMNS.place),
    lambda row: (row.branch, row.place),
    descending=False,
    from_text=read_numbers,
)


@dataclass
class Said:
    """A comment as a page shows it, with those of its answers that stand there.

    `name` is empty when the account is gone, `words` when the comment is hidden or deleted.
    `answers` counts those of the whole thread that everybody may read, for a comment that starts
    one. `is_repeated` marks the comment of an earlier page that the first answers here belong to.
    """

    id: int
    level: int
    parent_id: int | None
    author_id: int | None
    name: str
    role: Capacity
    unit: str | None
    body: str | None
    stance: Stance
    language: str
    words: str
    when: datetime
    useful: int
    version: int
    answers: int
    hidden_rule: DiscussionRule | None
    deleted_at: datetime | None
    is_marked: bool
    is_repeated: bool = False
    replies: list["Said"] = field(default_factory=list)

    @property
    def by(self) -> str:
        """Who wrote it, as others see it; empty for what was deleted."""
        if self.deleted_at is not None:
            return ""
        return self.name or gettext("Former user")

    @property
    def unit_name(self) -> str:
        """The badge: an official's unit, a councillor's body, the author; empty for others."""
        if self.unit:
            return get_city().units[self.unit].name
        if self.body:
            return gettext("Councillor, %(body)s", body=get_city().bodies[self.body].name)
        return "" if self.role == Capacity.RESIDENT else label(self.role)

    @property
    def text(self) -> Markup:
        """The words with their line breaks."""
        return Markup("<br>").join(self.words.split("\n"))

    @property
    def instead(self) -> str:
        """What stands in place of a comment that cannot be read; empty for one that can."""
        if self.deleted_at is not None:
            return gettext("The author deleted this comment.")
        if self.hidden_rule is None:
            return ""
        return gettext("A comment was hidden. The rule: %(rule)s", rule=label(self.hidden_rule))

    @property
    def shown(self) -> int:
        """How many answers that everybody may read stand below it here."""
        return sum((not reply.instead) + reply.shown for reply in self.replies)


def count_by_stance(matter_id: int) -> dict[Stance, int]:
    """Numbers of visible comments of a matter; one query."""
    query = (
        Comment.visible()
        .with_only_columns(Comment.stance, func.count())
        .where(Comment.matter_id == matter_id)
        .group_by(Comment.stance)
    )
    counts = dict.fromkeys(Stance, 0)
    counts.update((stance, n) for stance, n in db.session.execute(query))
    return counts


# ---------- threads ----------


def list_comments(matter_id: int, actor: Actor = ANONYMOUS, threads: int = THREADS) -> list[Said]:
    """The newest threads of a matter, newest first, with their first answers; two queries."""
    newest = db.session.scalars(_starts(matter_id).order_by(Comment.id.desc()).limit(threads))
    return sorted(_read_threads(list(newest), actor), key=lambda said: -said.id)


def page_comments(
    matter_id: int, actor: Actor, sort: str = "newest", cursor: str | None = None
) -> paging.Page[Said]:
    """A page of threads in an order of `ORDERS` with their first answers; two queries.

    Raises NotFound for bad input.
    """
    if sort not in ORDERS:
        raise NotFound("not_found")
    starts = _starts(matter_id).add_columns(Comment.useful, Comment.replies, Comment.official)
    page = paging.page_by_key(starts, ORDERS[sort], THREADS, cursor)
    place = {row.id: number for number, row in enumerate(page.items)}
    threads = _read_threads(list(place), actor)
    threads.sort(key=lambda said: place[said.id])
    return paging.Page(threads, page.next, page.previous)


def page_thread(start: Comment, actor: Actor, cursor: str | None = None) -> paging.Page[Said]:
    """The comment that starts a thread, with a page of its answers in the order of reading.

    The one item is the start. An answer whose own one stands on an earlier page comes with that.
    Two queries. Raises NotFound for a broken cursor.
    """
    query = select(Comment.id, Comment.parent_id, Comment.branch, Comment.place).where(
        Comment.thread_id == start.id, _is_listed()
    )
    page = paging.page_by_key(query, _READING, ANSWERS, cursor)
    ids = [row.id for row in page.items]
    above = [row.parent_id for row in page.items]
    read = _select(actor).where(Comment.id.in_({start.id, *ids, *above}))
    threads = _as_tree(db.session.execute(read.order_by(Comment.branch, Comment.place)))
    for one in threads[0].replies:
        one.is_repeated = one.id not in ids
    return paging.Page(threads, page.next, page.previous)


def list_arguments(matter_id: int, actor: Actor) -> dict[Stance, list[Said]]:
    """The comments for and against that most readers have marked as useful; one query.

    At most three each, the newest first of those with as many marks; none without a mark.
    """

    def chosen(stance: Stance) -> Any:
        query = (
            Comment.visible()
            .with_only_columns(Comment.id)
            .where(Comment.matter_id == matter_id, Comment.stance == stance, Comment.useful > 0)
            .order_by(Comment.useful.desc(), Comment.id.desc())
            .limit(ARGUMENTS)
        )
        return select(query.subquery().c.id)

    sides = (Stance.FOR, Stance.AGAINST)
    query = _select(actor).where(Comment.id.in_(union_all(*(chosen(side) for side in sides))))
    rows = db.session.execute(query.order_by(Comment.useful.desc(), Comment.id.desc()))
    found = [Said(**row._mapping) for row in rows]
    return {side: [said for said in found if said.stance == side] for side in sides}


# ---------- one comment ----------


def get_comment(matter_id: int, number: int | str) -> Comment:
    """A comment of a matter by its number, also as a form has it, and also a hidden or deleted one.

    Raises NotFound.
    """
    if isinstance(number, str):
        is_number = number.isdecimal() and len(number) <= len(str(LARGEST_ID))
        number = int(number) if is_number else 0
    comment = db.session.get(Comment, number) if 0 < number <= LARGEST_ID else None
    if comment is None or comment.matter_id != matter_id:
        raise NotFound("not_found")
    return comment


def find_comment(matter_id: int, given: str) -> Comment:
    """A comment that was not deleted. Raises NotFound, Gone "comment_deleted"."""
    comment = get_comment(matter_id, given)
    if comment.deleted_at is not None:
        raise Gone("comment_deleted")
    return comment


def get_said(comment: Comment, actor: Actor) -> Said:
    """One comment as a page shows it, without its answers; one query."""
    row = db.session.execute(_select(actor).where(Comment.id == comment.id)).one()
    return Said(**row._mapping)


def is_listed(comment: Comment) -> bool:
    """Whether a comment stands in its discussion, if only as a deleted one; at most one query."""
    if comment.deleted_at is None:
        return True
    query = select(Comment.id).where(Comment.id == comment.id, _is_listed())
    return db.session.scalar(query) is not None


def cursor_at(comment: Comment) -> str:
    """The cursor of the page, newest first, that begins with the thread of a comment."""
    return paging.encode("n", (comment.top_id + 1,))


def cursor_in_thread(comment: Comment) -> str | None:
    """The cursor of the page of its thread that begins with an answer.

    None for one that stands on the pages of the whole discussion as well.
    """
    if comment.place <= FIRST_ANSWERS:
        return None
    return paging.encode("n", (comment.branch, comment.place - 1))


def list_versions(comment: Comment) -> list[CommentVersion]:
    """All versions of a comment, the present one last; one query."""
    query = select(CommentVersion).where(CommentVersion.comment_id == comment.id)
    earlier = list(db.session.scalars(query.order_by(CommentVersion.version)))
    return [*earlier, as_version(comment)]


def as_version(comment: Comment) -> CommentVersion:
    """The present words of a comment as the version they are, not stored as one."""
    return CommentVersion(
        comment_id=comment.id,
        version=comment.version,
        language=comment.language,
        text=comment.text,
        salt=comment.salt,
        written_at=comment.edited_at or comment.at,
    )


def find_sent(actor: Actor, form_key: str) -> Comment | None:
    """The actor's comment that the form with this key made."""
    if not form_key:
        return None
    query = select(Comment).where(
        Comment.author_id == actor.person_id, Comment.form_key == form_key
    )
    return db.session.scalars(query).first()


# ---------- texts that wait for a moderator ----------


def is_waiting(actor: Actor, matter: Matter, parent: Comment | None, text: str) -> bool:
    """Whether the actor's same new comment waits for a moderator already."""
    query = select(HeldText.id).where(
        HeldText.author_id == actor.person_id,
        HeldText.matter_id == matter.id,
        HeldText.closed_at.is_(None),
        HeldText.stance.is_not(None),
        HeldText.parent_id == (parent.id if parent else None),
        HeldText.text == text,
    )
    return db.session.scalars(query).first() is not None


def edits_of(comment: Comment) -> "Select[HeldText]":
    """The changes of a comment that wait for a moderator, or did."""
    is_edit = (HeldText.is_comment, HeldText.stance.is_(None))
    return select(HeldText).where(HeldText.parent_id == comment.id, *is_edit)


def find_waiting_edit(comment: Comment) -> HeldText | None:
    """The change of a comment that waits for a moderator."""
    query = edits_of(comment).where(HeldText.closed_at.is_(None)).order_by(HeldText.id.desc())
    return db.session.scalars(query).first()


# ---------- how much somebody writes ----------


def count_lately(author_id: int, span: timedelta) -> int:
    """How many comments somebody has written within a span of time until now."""
    query = select(func.count()).where(
        Comment.author_id == author_id, Comment.at > clock.now() - span
    )
    return db.session.scalars(query).one()


def has_just_written(author_id: int, matter_id: int, span: timedelta) -> bool:
    """Whether somebody has written or changed a comment on a matter within a span until now."""
    since = clock.now() - span
    query = select(Comment.id).where(
        Comment.author_id == author_id,
        Comment.matter_id == matter_id,
        or_(Comment.at > since, Comment.edited_at > since),
    )
    return db.session.scalars(query.limit(1)).first() is not None


def count_accepted(author_id: int) -> int:
    """How many comments of somebody stand in public."""
    query = Comment.visible().with_only_columns(func.count())
    return db.session.scalars(query.where(Comment.author_id == author_id)).one()


def count_thread(top_id: int) -> int:
    """How many answers a thread has, hidden and deleted ones too."""
    return db.session.scalars(select(func.count()).where(Comment.thread_id == top_id)).one()


# ---------- reading rows ----------


def _starts(matter_id: int) -> "Select[Any]":
    return select(Comment.id).where(
        Comment.matter_id == matter_id,
        Comment.level == 1,
        or_(Comment.deleted_at.is_(None), Comment.replies > 0),
    )


def _is_listed() -> ColumnElement[bool]:
    """Not deleted, or with an answer below it that is not."""
    below = aliased(Comment)
    answer = select(below.id).where(
        below.thread_id == Comment.thread_id,
        below.branch == Comment.branch,
        below.parent_id == Comment.id,
        below.deleted_at.is_(None),
    )
    is_start = and_(Comment.level == 1, Comment.replies > 0)
    return or_(Comment.deleted_at.is_(None), is_start, answer.exists())


def _select(actor: Actor) -> "Select[*tuple[Any, ...]]":
    """The columns of `Said`."""
    mine = and_(
        CommentVote.comment_id == Comment.id, CommentVote.person_id == (actor.person_id or 0)
    )
    return (
        select(
            Comment.id,
            Comment.level,
            Comment.parent_id,
            Comment.author_id,
            func.coalesce(Person.name, "").label("name"),
            Comment.role,
            Comment.unit,
            Comment.body,
            Comment.stance,
            Comment.language,
            case((Comment.hidden_rule.is_(None), Comment.text), else_="").label("words"),
            Comment.at.label("when"),
            Comment.useful,
            Comment.version,
            Comment.replies.label("answers"),
            Comment.hidden_rule,
            Comment.deleted_at,
            CommentVote.person_id.is_not(None).label("is_marked"),
        )
        .outerjoin(Person, Person.id == Comment.author_id)
        .outerjoin(CommentVote, mine)
    )


def _read_threads(starts: list[int], actor: Actor) -> list[Said]:
    """Threads with their first answers by the ids of their starts; one query.

    By ids and no select of them: beside another condition PostgreSQL would read all comments.
    """
    if not starts:
        return []
    first = and_(
        Comment.thread_id.in_(starts),
        Comment.place.between(1, FIRST_ANSWERS),
        _is_listed(),
    )
    query = _select(actor).where(or_(Comment.id.in_(starts), first))
    return _as_tree(db.session.execute(query.order_by(Comment.branch, Comment.place)))


def _as_tree(rows: Any) -> list[Said]:
    """The comments that start threads, each with the answers that are there, in their order."""
    said = {row.id: Said(**row._mapping) for row in rows}
    for one in said.values():
        if one.parent_id is not None:
            said[one.parent_id].replies.append(one)
    return [one for one in said.values() if one.parent_id is None]
