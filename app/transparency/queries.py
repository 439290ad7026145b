"""Reads for the journey, the log and the overview. All of them bounded."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext, ngettext
from sqlalchemy import Row, Select, func, select, union_all

from app.answers.queries import list_versions
from app.core import clock, paging, words
from app.duties.models import DutyClock
from app.duties.queries import list_clocks
from app.duties.rules import Clock, ClockKind
from app.extensions import db
from app.journal import Entry, Kind
from app.journal import queries as journal
from app.journal.models import JournalEntry, Seal
from app.promises.queries import list_promises
from app.proposals import counts
from app.proposals.lifecycle import UNANSWERED, State
from app.proposals.models import Matter
from app.proposals.notes import list_notes
from app.transparency import comparison, flows
from app.transparency.figures import Case, Periods, read_median
from app.transparency.models import Figure, HandOver
from app.transparency.steps import Recorded
from app.transparency.survival import Median, share_interval
from app.transparency.telling import Texts

ENTRIES = 50
SEALS = 30
OLDEST = 10
COMMENTS = (
    Kind.COMMENTED,
    Kind.COMMENT_EDITED,
    Kind.COMMENT_DELETED,
    Kind.COMMENT_HIDDEN,
    Kind.COMMENT_SHOWN,
    Kind.COMMENT_APPEALED,
    Kind.COMMENT_APPEAL_DECIDED,
)
LEFT = (State.WITHDRAWN, State.TRANSFERRED, State.MERGED)
_ENTRY: Any = JournalEntry.__table__.c


@dataclass(frozen=True)
class Record:
    """What one matter's journey is made of.

    `comments` are the moments at which comments were written; `spoken` has texts by digest,
    `promises` those of promises by number, `others` the public matters that entries name.
    """

    recorded: list[Recorded]
    comments: list[datetime]
    last_seq: int
    clocks: list[Clock]
    spoken: dict[str, Texts]
    promises: dict[int, Texts]
    others: dict[int, Any]

    @property
    def entries(self) -> int:
        """Log entries of the matter, comments included."""
        return len(self.recorded) + len(self.comments)


def get_record(matter: Matter) -> Record:
    """Everything about one matter's journey; six queries, one more where matters were joined."""
    comments = _comment_entries(matter.id)
    recorded = _recorded(matter.id)
    notes = list_notes([matter.id])
    spoken: dict[str, Texts] = {digest: note.texts for digest, note in notes.items()}
    for answer in list_versions(matter.id):
        spoken[answer.digest] = {code: t["sentence"] for code, t in answer.texts.items()}
    promises = list_promises([matter.id])[matter.id]
    return Record(
        recorded=recorded,
        comments=[row.at for row in comments],
        last_seq=max([r.seq for r in recorded] + [row.seq for row in comments], default=0),
        clocks=list_clocks([matter.id])[matter.id],
        spoken=spoken,
        promises={promise.id: promise.what for promise in promises},
        others=_others(recorded),
    )


def _others(recorded: Sequence[Recorded]) -> dict[int, Any]:
    """The public ones of the matters that entries name: rows of id, title and language."""
    facts = [row.entry.facts for row in recorded]
    ids = {found for name in ("into", "other") for f in facts if (found := f.get(name))}
    return _titles(ids) if ids else {}


def _titles(ids: Iterable[int]) -> dict[int, Any]:
    query = Matter.visible().with_only_columns(Matter.id, Matter.title, Matter.language)
    return {row.id: row for row in db.session.execute(query.where(Matter.id.in_(ids)))}


def _of_matter(matter_id: int) -> Select[Any]:
    return select(_ENTRY).where(_ENTRY.subject_type == "matter", _ENTRY.subject_id == matter_id)


def _recorded(matter_id: int) -> list[Recorded]:
    query = _of_matter(matter_id).where(_ENTRY.kind.not_in([kind.value for kind in COMMENTS]))
    return [as_recorded(row) for row in db.session.execute(query.order_by(_ENTRY.seq))]


def _comment_entries(matter_id: int) -> Sequence[Any]:
    query = _of_matter(matter_id).with_only_columns(_ENTRY.at, _ENTRY.seq)
    return db.session.execute(query.where(_ENTRY.kind == Kind.COMMENTED.value)).all()


def as_recorded(row: Row[Any]) -> Recorded:
    """A stored row as the entry it was, with its place in the chain."""
    return Recorded(journal.as_entry(row), row.seq, row.hash, row.recorded_at)


def get_group(matter: Matter) -> comparison.Group | None:
    """Answered matters of the same kind and theme, or of the same kind; one query.

    None when those are fewer than ten.
    """
    kind = f"alike:{matter.kind.value}"
    keys = (f"{kind}:{matter.theme}", kind)
    query = select(Figure.key, Figure.value).where(Figure.key.in_(keys))
    kept = {row.key: row.value for row in db.session.execute(query)}
    groups = [
        comparison.Group.from_kept(kept[key], of_theme=key != kind) for key in keys if key in kept
    ]
    return next((group for group in groups if group.n >= comparison.LEAST), None)


# ---------- the log ----------


@dataclass(frozen=True)
class Logged:
    """A page of the log and the titles of the public matters it speaks of."""

    page: paging.Page[Recorded]
    titles: dict[int, Any]


def page_log(cursor: str | None) -> Logged:
    """Fifty entries, newest first; two queries. Raises NotFound for a broken cursor."""
    order = paging.Order(
        (_ENTRY.seq,),
        lambda row: (row.seq,),
        from_text=lambda key: tuple(int(value) for value in key),
    )
    page = paging.page_by_key(select(_ENTRY), order, ENTRIES, cursor)
    entries = [as_recorded(row) for row in page.items]
    ids = {r.entry.subject_id for r in entries if r.entry.subject_type == "matter"}
    return Logged(paging.Page(entries, page.next, page.previous), _titles(ids))


def get_about(entry: Entry) -> Any:
    """Id, title and language of the public matter that an entry is about, else None; one query."""
    if entry.subject_type != Matter.journal_subject:
        return None
    query = Matter.visible().with_only_columns(Matter.id, Matter.title, Matter.language)
    return db.session.execute(query.where(Matter.id == entry.subject_id)).first()


def list_latest_seals() -> list[Seal]:
    """The newest seals, newest first."""
    return list(db.session.scalars(select(Seal).order_by(Seal.day.desc()).limit(SEALS)))


# ---------- the overview ----------


@dataclass(frozen=True)
class Share:
    """Answers that came by their first deadline, of all that were due; whole percents."""

    hits: int
    n: int

    @property
    def percent(self) -> int:
        """The share."""
        return round(100 * self.hits / self.n)

    @property
    def interval(self) -> tuple[int, int]:
        """Its 95 % interval (Wilson)."""
        low, high = share_interval(self.hits, self.n)
        return round(100 * low), round(100 * high)


@dataclass(frozen=True)
class Kept:
    """The kept figures, None where a group is too small; `made_at` is when they were made."""

    values: dict[str, Any]
    made_at: datetime | None

    @property
    def median(self) -> Median | None:
        """The usual time until an answer in the whole city."""
        return self._median("city")

    @property
    def on_time(self) -> Share | None:
        """Answers that came by the first deadline."""
        city = self.values.get("city")
        if city is None or city["on_time_of"] < comparison.LEAST:
            return None
        return Share(city["on_time"], city["on_time_of"])

    def unit_median(self, unit: str) -> Median | None:
        """The usual time until an answer in one unit."""
        return self._median(f"unit:{unit}")

    def unit_registering(self, unit: str) -> Median | None:
        """The usual time until a case number for the matters of one unit."""
        return self._median(f"unit:{unit}", "registering")

    def _median(self, key: str, part: str = "") -> Median | None:
        value = self.values.get(key)
        if value is not None and part:
            value = value[part]
        if value is None or value["n"] < comparison.LEAST:
            return None
        return read_median(value)


def get_kept(*units: str, everything: bool = False) -> Kept:
    """The figures of the city and of some units, or of all of them; one query."""
    query = select(Figure)
    if everything:
        query = query.where(Figure.key.not_like("alike:%"), Figure.key.not_like("flows:%"))
    else:
        query = query.where(Figure.key.in_(["city", *(f"unit:{key}" for key in units)]))
    rows = list(db.session.scalars(query))
    made_at = min((row.made_at for row in rows), default=None)
    return Kept({row.key: row.value for row in rows}, made_at)


def count_late() -> int:
    """Public matters that are late now."""
    return counts.get_counts()["overdue"].get("1", 0)


def list_oldest() -> Sequence[Any]:
    """The ten public matters that have waited longest for an answer; one query."""
    columns = (Matter.id, Matter.title, Matter.language, Matter.published_at, Matter.state)
    more = (Matter.holder_unit, Matter.holder_body, Matter.overdue)
    of_states = []
    for state in UNANSWERED:
        query = Matter.visible().with_only_columns(*columns, *more).where(Matter.state == state)
        oldest = query.order_by(Matter.published_at, Matter.id).limit(OLDEST).subquery()
        of_states.append(select(oldest))
    found = union_all(*of_states).subquery()
    ordered = select(found).order_by(found.c.published_at, found.c.id).limit(OLDEST)
    return db.session.execute(ordered).all()


@dataclass(frozen=True)
class HomeFigure:
    """One figure for the home page: the figure, what it is, and its n and interval."""

    figure: str
    text: str
    note: str


def figures() -> list[HomeFigure]:
    """Three figures about how the city answers now; two queries."""
    kept, late = get_kept(), count_late()
    found = []
    if kept.median and kept.median.days is not None:
        found.append(_median_figure(kept.median))
    if kept.on_time:
        found.append(_on_time_figure(kept.on_time))
    text = ngettext("matter is late now", "matters are late now", late)
    note = gettext("A deadline of the city's own or of the law has passed.")
    return [*found, HomeFigure(words.number(late), text, note)]


def _median_figure(median: Median) -> HomeFigure:
    note = gettext(
        "Half of the matters of 12 months had an answer by then. Those that still wait count too: "
        "%(n)s.",
        n=f"n\xa0=\xa0{words.number(median.n)}",
    )
    text = gettext("is the usual time from publishing to the answer")
    return HomeFigure(words.days(median.days or 0), text, note)


def _on_time_figure(share: Share) -> HomeFigure:
    low, high = share.interval
    note = gettext(
        "Interval %(low)s–%(high)s %%, %(n)s.",
        low=low,
        high=high,
        n=f"n\xa0=\xa0{words.number(share.n)}",
    )
    text = gettext("of the answers came by the first deadline")
    return HomeFigure(f"{share.percent}\xa0%", text, note)


# ---------- for the job that works the figures out ----------


def stream_cases() -> Iterator[Case]:
    """Every public matter as the figures need it, in bounded queries without its texts."""
    registered, answered = _first_moments(Kind.REGISTERED), _first_moments(Kind.ANSWERED)
    handed_over = _counts_by_matter(Kind.HANDED_OVER)
    first_dues = _first_dues()
    columns = (
        Matter.id,
        Matter.kind,
        Matter.theme,
        Matter.holder_unit,
        Matter.published_at,
        Matter.state,
        Matter.state_since,
        Matter.overdue,
        Matter.outcome,
    )
    query = Matter.visible().with_only_columns(*columns).execution_options(yield_per=5000)
    for row in db.session.execute(query):
        yield Case(
            kind=row.kind.value,
            theme=row.theme,
            unit=row.holder_unit,
            published=row.published_at,
            registered=registered.get(row.id),
            answered=answered.get(row.id),
            ended=row.state_since if row.state in LEFT and row.id not in answered else None,
            is_open=row.state in UNANSWERED,
            is_late=row.overdue,
            first_due=first_dues.get(row.id),
            outcome=row.outcome.value if row.outcome else None,
            handovers=handed_over.get(row.id, 0),
        )


def _entries_of(kind: Kind) -> Select[Any]:
    return (
        select(_ENTRY.subject_id)
        .where(_ENTRY.kind == kind.value, _ENTRY.subject_type == "matter")
        .group_by(_ENTRY.subject_id)
    )


def _first_moments(kind: Kind) -> dict[int, datetime]:
    query = _entries_of(kind).add_columns(func.min(_ENTRY.at, type_=_ENTRY.at.type).label("at"))
    return {row.subject_id: row.at for row in db.session.execute(query)}


def _counts_by_matter(kind: Kind) -> dict[int, int]:
    query = _entries_of(kind).add_columns(func.count().label("n"))
    return {row.subject_id: row.n for row in db.session.execute(query)}


def _first_dues() -> dict[int, datetime]:
    query = select(DutyClock.matter_id, DutyClock.first_due)
    query = query.where(DutyClock.kind == ClockKind.ANSWER, DutyClock.ref == "")
    return {row.matter_id: row.first_due for row in db.session.execute(query)}


def list_new_handed(limit: int) -> list[flows.Handed]:
    """The journal's next hand-overs that are not collected yet, at most `limit`; three queries."""
    known = db.session.scalar(select(func.max(HandOver.seq))) or 0
    new = select(_ENTRY.seq, _ENTRY.subject_id).where(
        _ENTRY.seq > known,
        _ENTRY.kind == Kind.HANDED_OVER.value,
        _ENTRY.subject_type == Matter.journal_subject,
    )
    found = {
        row.seq: row.subject_id for row in db.session.execute(new.order_by(_ENTRY.seq).limit(limit))
    }
    received = select(_ENTRY).where(
        _ENTRY.subject_type == Matter.journal_subject,
        _ENTRY.subject_id.in_(set(found.values())),
        _ENTRY.kind.in_([kind.value for kind in flows.RECEIVED]),
    )
    by_matter: dict[int, list[tuple[int, Entry]]] = {}
    for row in db.session.execute(received.order_by(_ENTRY.at, _ENTRY.seq)):
        by_matter.setdefault(row.subject_id, []).append((row.seq, journal.as_entry(row)))
    handed = [one for entries in by_matter.values() for one in flows.list_handed(entries)]
    return sorted((one for one in handed if one.seq in found), key=lambda one: one.seq)


def periods() -> Periods:
    """The periods that end today."""
    today = clock.today()
    return Periods(clock.start_of(_years_before(today, 1)), clock.start_of(_years_before(today, 2)))


def _years_before(day: date, years: int) -> date:
    return day.replace(
        year=day.year - years, day=28 if (day.month, day.day) == (2, 29) else day.day
    )
