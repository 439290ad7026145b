"""Public figures of moderation: this month and the eleven before it, by rule and by month.

Everything is counted in the month in which it began: a report when it came in, a hiding when it was
decided, so that what came of it stands beside it. Reads are grouped and go by the index on `at`.

Hiding, showing again and their appeals stand in the public log anyway, and nobody outside knows of
a text that was never public. That somebody cannot write, neighbours may notice: blocks are counted
for whole months that are over, never by month, and fewer than three of them are told as that.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, case, extract, func, or_, select

from app.city import workdays
from app.comments.rules import DiscussionRule
from app.core import clock
from app.extensions import db
from app.moderation.models import Act, Appeal, Decision, Report
from app.proposals.holding import HeldText

MONTHS = 12
LEAST = 3  # fewer blocks than this could point at somebody
HOUR = 3600


@dataclass(frozen=True)
class Pace:
    """How fast one kind of thing was decided; `hours` is the median, None before any decision.

    `judged` are those of which it is known whether the promise was kept: they are decided, or the
    promised day has passed. `good` are the decisions in favour of whoever sent it: a report that
    led to hiding, a text that was published, an appeal that changed the decision. What ended
    without a decision (its author deleted the text) neither waits nor is decided.
    """

    came: int
    decided: int
    waits: int
    judged: int
    on_time: int
    good: int
    hours: int | None

    @property
    def percent(self) -> int | None:
        """The share decided by the promised day, None when nothing can be judged."""
        return round(100 * self.on_time / self.judged) if self.judged else None


@dataclass(frozen=True)
class Tally:
    """What is counted of one rule, or of one month."""

    reports: int
    hidden_matters: int
    hidden_comments: int
    shown: int
    refused: int
    held: int = 0
    appeals: int = 0
    changed: int = 0

    @property
    def hidden(self) -> int:
        """Matters and comments together."""
        return self.hidden_matters + self.hidden_comments

    @property
    def is_something(self) -> bool:
        """Whether there is anything to tell of a month."""
        return any((self.reports, self.hidden, self.held, self.appeals))


@dataclass(frozen=True)
class Figures:
    """All of the page. `months` have their first day, the newest first; `blocks` is None when there
    were some, but fewer than three, until `blocks_until`, a half-open end."""

    since: date
    reports: Pace
    held: Pace
    appeals: Pace
    rules: dict[DiscussionRule, Tally]
    months: dict[date, Tally]
    total: Tally
    blocks: int | None
    blocks_until: date


def get_figures() -> Figures:
    """The figures as they are now; eight queries."""
    this_month = clock.today().replace(day=1)
    months = [workdays.add_months(this_month, n - MONTHS + 1) for n in range(MONTHS)]
    starts = [clock.start_of(day) for day in months]
    reports = _read_flow(_REPORTS, starts, Report.rule)
    held, appeals = _read_flow(_HELD, starts), _read_flow(_APPEALS, starts)
    decisions = _read_decisions(starts)
    rules = {
        rule: _tally(
            [row for row in reports if row.rule == rule],
            [row for row in decisions if row.rule == rule],
        )
        for rule in DiscussionRule
    }
    by_month = {
        day: _tally(
            *[
                [row for row in rows if row.month == number]
                for rows in (reports, decisions, held, appeals)
            ]
        )
        for number, day in enumerate(months)
    }
    return Figures(
        since=months[0],
        reports=_pace(_REPORTS, reports, starts[0]),
        held=_pace(_HELD, held, starts[0]),
        appeals=_pace(_APPEALS, appeals, starts[0]),
        rules=rules,
        months=dict(reversed(by_month.items())),
        total=_tally(reports, decisions, held, appeals),
        blocks=_count_blocks(workdays.add_months(this_month, -MONTHS), this_month),
        blocks_until=this_month,
    )


@dataclass(frozen=True)
class _Flow:
    """The columns of things that come in, with a promise, and are decided."""

    at: Any
    due: Any
    done: Any
    is_decided: ColumnElement[bool]
    is_good: ColumnElement[bool]


_REPORTS = _Flow(
    Report.at,
    Report.due,
    Report.closed_at,
    Report.closed_by.is_not(None),
    Report.upheld.is_(True),
)
_HELD = _Flow(
    HeldText.at,
    HeldText.due,
    HeldText.closed_at,
    HeldText.closed_at.is_not(None),
    HeldText.is_released.is_(True),
)
_APPEALS = _Flow(
    Appeal.at,
    Appeal.due,
    Appeal.decided_at,
    Appeal.decided_at.is_not(None),
    Appeal.upheld.is_(False),
)


def _read_flow(flow: _Flow, starts: Sequence[datetime], *groups: Any) -> Sequence[Any]:
    """Numbers by month and by what else is asked; one query."""
    late = flow.done.is_(None) & (flow.due <= clock.now())
    query = select(
        _month(flow.at, starts),
        *groups,
        func.count().label("came"),
        _count(flow.is_decided).label("decided"),
        _count(flow.done.is_(None)).label("waits"),
        _count(or_(late, flow.is_decided & flow.due.is_not(None))).label("judged"),
        _count(flow.is_decided & (flow.done < flow.due)).label("on_time"),
        _count(flow.is_good).label("good"),
    )
    return db.session.execute(_grouped(query, flow.at, starts, *groups)).all()


def _read_decisions(starts: Sequence[datetime]) -> Sequence[Any]:
    """Hidings and refusals by month and rule; one query."""
    is_comment = Decision.comment_id.is_not(None)
    is_hiding = Decision.act == Act.HIDE
    query = select(
        _month(Decision.at, starts),
        Decision.rule,
        _count(is_hiding & ~is_comment).label("hidden_matters"),
        _count(is_hiding & is_comment).label("hidden_comments"),
        _count(is_hiding & Decision.ended_at.is_not(None)).label("shown"),
        _count(Decision.act == Act.REFUSE).label("refused"),
    )
    return db.session.execute(_grouped(query, Decision.at, starts, Decision.rule)).all()


def _month(at: Any, starts: Sequence[datetime]) -> Any:
    """The number of the local month of a moment, 0 for the first."""
    branches = [(at < start, number) for number, start in enumerate(starts[1:])]
    return case(*branches, else_=len(starts) - 1).label("month")


def _grouped(query: Any, at: Any, starts: Sequence[datetime], *groups: Any) -> Any:
    return query.where(at >= starts[0]).group_by("month", *groups)


def _count(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))


def _pace(flow: _Flow, rows: Iterable[Any], since: datetime) -> Pace:
    sums: Counter[str] = Counter()
    for row in rows:
        sums.update({name: getattr(row, name) for name in _PACE})
    return Pace(**{name: sums[name] for name in _PACE}, hours=_median(flow, since, sums["decided"]))


_PACE = ("came", "decided", "waits", "judged", "on_time", "good")


def _median(flow: _Flow, since: datetime, decided: int) -> int | None:
    """Whole hours, rounded up, within which half were decided; one query."""
    seconds = extract("epoch", flow.done) - extract("epoch", flow.at)
    query = select(seconds).where(flow.at >= since, flow.is_decided).order_by(seconds)
    middle = db.session.scalar(query.offset(max(decided - 1, 0) // 2).limit(1))
    return None if middle is None else max(-(-int(middle) // HOUR), 1)


def _tally(
    reports: Iterable[Any],
    decisions: Sequence[Any],
    held: Iterable[Any] = (),
    appeals: Sequence[Any] = (),
) -> Tally:
    return Tally(
        reports=sum(row.came for row in reports),
        hidden_matters=sum(row.hidden_matters for row in decisions),
        hidden_comments=sum(row.hidden_comments for row in decisions),
        shown=sum(row.shown for row in decisions),
        refused=sum(row.refused for row in decisions),
        held=sum(row.came for row in held),
        appeals=sum(row.came for row in appeals),
        changed=sum(row.good for row in appeals),
    )


def _count_blocks(first: date, end: date) -> int | None:
    """Blocks of whole months, None when they are some but fewer than three; one query."""
    query = select(func.count()).where(
        Decision.act == Act.BLOCK,
        Decision.at >= clock.start_of(first),
        Decision.at < clock.start_of(end),
    )
    number = db.session.scalars(query).one()
    return number if number == 0 or number >= LEAST else None
