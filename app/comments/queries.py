"""Reads of the discussion. The words of a hidden comment never leave the database here."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy import Select, and_, case, func, or_, select

from app.accounts.models import Person
from app.city import get_city
from app.comments.models import Capacity, Comment, CommentVote, Stance
from app.comments.rules import DiscussionRule
from app.core import clock, paging
from app.core.access import ANONYMOUS, Actor
from app.core.errors import NotFound
from app.core.labels import label
from app.extensions import db
from app.proposals.queries import LARGEST_ID

THREADS = 20

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


@dataclass
class Said:
    """A comment as a page shows it, with its answers.

    `name` is empty when the account is gone, `words` when the comment is hidden.
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
    hidden_rule: DiscussionRule | None
    is_marked: bool
    replies: list["Said"] = field(default_factory=list)

    @property
    def by(self) -> str:
        """Who wrote it, as others see it."""
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
    def hidden(self) -> str:
        """What stands in place of a hidden comment; empty for one that can be read."""
        if self.hidden_rule is None:
            return ""
        return gettext("A comment was hidden. The rule: %(rule)s", rule=label(self.hidden_rule))


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


def list_comments(matter_id: int, actor: Actor = ANONYMOUS, threads: int = THREADS) -> list[Said]:
    """The newest threads of a matter, newest first, each with all its answers; one query."""
    newest = _starts(matter_id).order_by(Comment.id.desc()).limit(threads)
    return sorted(_read_threads(newest, actor), key=lambda said: -said.id)


def page_comments(
    matter_id: int, actor: Actor, sort: str = "newest", cursor: str | None = None
) -> paging.Page[Said]:
    """A page of threads in an order of `ORDERS`; two queries. Raises NotFound for bad input."""
    if sort not in ORDERS:
        raise NotFound("not_found")
    starts = _starts(matter_id).add_columns(Comment.useful, Comment.replies, Comment.official)
    page = paging.page_by_key(starts, ORDERS[sort], THREADS, cursor)
    place = {row.id: number for number, row in enumerate(page.items)}
    threads = _read_threads(list(place), actor) if place else []
    threads.sort(key=lambda said: place[said.id])
    return paging.Page(threads, page.next, page.previous)


def get_comment(matter_id: int, comment_id: int) -> Comment:
    """A comment of a matter. Raises NotFound."""
    comment = db.session.get(Comment, comment_id) if 0 < comment_id <= LARGEST_ID else None
    if comment is None or comment.matter_id != matter_id:
        raise NotFound("not_found")
    return comment


def find_comment(matter_id: int, given: str) -> Comment:
    """A comment of a matter by its number as an address or a form has it. Raises NotFound."""
    is_number = given.isdecimal() and len(given) <= len(str(LARGEST_ID))
    return get_comment(matter_id, int(given) if is_number else 0)


def cursor_at(comment: Comment) -> str:
    """The cursor of the page, newest first, that begins with the thread of a comment."""
    return paging.encode("n", (comment.top_id + 1,))


def count_lately(author_id: int, span: timedelta, matter_id: int | None = None) -> int:
    """How many comments somebody has written within a span of time until now, on one matter."""
    query = select(func.count()).where(
        Comment.author_id == author_id, Comment.at > clock.now() - span
    )
    if matter_id is not None:
        query = query.where(Comment.matter_id == matter_id)
    return db.session.scalars(query).one()


def count_accepted(author_id: int) -> int:
    """How many comments of somebody stand in public."""
    query = Comment.visible().with_only_columns(func.count())
    return db.session.scalars(query.where(Comment.author_id == author_id)).one()


def count_thread(top_id: int) -> int:
    """How many answers a thread has, hidden ones too."""
    return db.session.scalars(select(func.count()).where(Comment.thread_id == top_id)).one()


def _starts(matter_id: int) -> "Select[Any]":
    return select(Comment.id).where(Comment.matter_id == matter_id, Comment.level == 1)


def _read_threads(starts: Any, actor: Actor) -> list[Said]:
    """Whole threads by the ids (or a select of ids) of their first comments, in no order."""
    mine = and_(
        CommentVote.comment_id == Comment.id, CommentVote.person_id == (actor.person_id or 0)
    )
    query = (
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
            Comment.hidden_rule,
            CommentVote.person_id.is_not(None).label("is_marked"),
        )
        .outerjoin(Person, Person.id == Comment.author_id)
        .outerjoin(CommentVote, mine)
        .where(or_(Comment.id.in_(starts), Comment.thread_id.in_(starts)))
        .order_by(Comment.id)
    )
    said = {row.id: Said(**row._mapping) for row in db.session.execute(query)}
    for one in said.values():
        if one.parent_id is not None:
            said[one.parent_id].replies.append(one)
    return [one for one in said.values() if one.parent_id is None]
