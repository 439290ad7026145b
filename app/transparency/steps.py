"""A matter's entries as steps by date, with the time between them and what comes next. Pure.

Steps stand in the order in which they count (`at`), also those that were recorded late. Deadlines
that begin, promises that are made and where a part was split from are told in the step with which
they come. Comments are only
counted.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from markupsafe import Markup

from app.core import clock as time
from app.core import words
from app.duties.rules import Clock, ClockKind, Clocks, Status, fold
from app.journal import Entry, Kind
from app.transparency import dates, deadlines
from app.transparency.phrases import gettext
from app.transparency.sentences import tell
from app.transparency.spans import Holder, Party, Phase, Span
from app.transparency.telling import Glossary, Said

TOLD_WITH_ANOTHER = (Kind.CLOCKS_STARTED, Kind.PROMISED, Kind.SPLIT_FROM)


@dataclass(frozen=True)
class Recorded:
    """A journal entry with its place in the chain; moments aware UTC."""

    entry: Entry
    seq: int
    hash: str
    recorded_at: datetime

    @property
    def number(self) -> str:
        """Its sequence number, with no-break spaces."""
        return f"{self.seq:,}".replace(",", "\xa0")


@dataclass(frozen=True)
class Mark:
    """A clock's word beside a step."""

    tone: str
    text: str


@dataclass(frozen=True)
class Gap:
    """The time until the next step: the days in words (`said`) and what stands around them.

    What stands around is marked up already, since a long journey has few different ones.
    """

    days: int
    said: str
    before: Markup
    after: Markup
    tone: str
    comments: int = 0


@dataclass(frozen=True)
class Step:
    """What happened on a day (`date` in words), with the log entries behind it and the time that
    follows."""

    day: date
    title: str
    tone: str = ""
    icon: str = "dot"
    texts: tuple[Said, ...] = ()
    marks: tuple[Mark, ...] = ()
    log: tuple[Recorded, ...] = ()
    at: datetime | None = None
    gap: Gap | None = None
    comments: int = 0
    answers: bool = False
    date: str = ""


@dataclass(frozen=True)
class Story:
    """What steps are told with: spans and clocks as they are now, names, moments of comments."""

    glossary: Glossary
    spans: Sequence[Span]
    clocks: Sequence[Clock]
    names: Mapping[Holder, str]
    now: datetime
    answered: date | None = None
    comments: Sequence[datetime] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The local day."""
        return time.local_date(self.now)


def list_steps(recorded: Sequence[Recorded], story: Story, *, is_open: bool) -> list[Step]:
    """All steps with their gaps; an open matter's last gap reaches today."""
    marks = list_marks(recorded, story.now)
    steps: list[Step] = []
    for row in sorted(recorded, key=lambda row: (row.entry.at, row.seq)):
        step = _step(row, story, marks.get(row.seq, ()))
        if steps and row.entry.kind in TOLD_WITH_ANOTHER and steps[-1].at == row.entry.at:
            steps[-1] = _joined(steps[-1], step)
        else:
            steps.append(step)
    return _with_gaps(steps, story, is_open=is_open)


def _step(row: Recorded, story: Story, marks: Iterable[Mark]) -> Step:
    told = tell(row.entry, story.glossary)
    is_due = row.entry.kind == Kind.OVERDUE
    day = time.last_day(row.entry.at) if is_due else time.local_date(row.entry.at)
    return Step(
        day=day,
        date=dates.full(day, story.glossary.reader),
        title=told.title,
        tone=told.tone,
        icon=told.icon,
        texts=told.texts,
        marks=tuple(marks),
        log=(row,),
        at=row.entry.at,
        answers=row.entry.kind in (Kind.ANSWERED, Kind.CORRECTED),
    )


def _joined(step: Step, more: Step) -> Step:
    return replace(
        step,
        texts=(*step.texts, *more.texts),
        marks=(*step.marks, *more.marks),
        log=(*step.log, *more.log),
    )


def _with_gaps(steps: list[Step], story: Story, *, is_open: bool) -> list[Step]:
    comments, gaps = sorted(story.comments), Gaps(story)
    done, counted = [], 0
    for number, step in enumerate(steps):
        following = steps[number + 1] if number + 1 < len(steps) else None
        until = following.day if following else story.today
        upto = bisect_left(comments, following.at) if following and following.at else len(comments)
        if until > step.day and (following or is_open):
            done.append(replace(step, gap=gaps.make(step.day, until, upto - counted)))
            counted = upto
        else:
            done.append(step)
    if done and len(comments) > counted:
        done[-1] = replace(done[-1], comments=len(comments) - counted)
    return done


class Gaps:
    """Makes the time between two days: who held the matter, and whether it worked, waited or was
    late. What all gaps need is worked out once."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.starts = [span.start for span in story.spans]
        self.right = right_unit(story.spans, story.answered)
        self.late = _late_periods(story)
        self.days_said: dict[int, str] = {}
        self.around: dict[tuple[str, str], tuple[Markup, Markup]] = {}
        self.words = {
            Phase.REGISTERING: gettext("%(days)s at the registry"),
            Phase.WORK: gettext("%(days)s at %(holder)s"),
            Phase.ASKED: gettext("%(days)s waiting for the author's reply"),
            Phase.AT_BODY: gettext("%(days)s waiting for the meeting: %(holder)s"),
            Phase.ANSWERED: gettext("%(days)s before it began"),
            Phase.CARRYING_OUT: gettext("%(days)s being carried out: %(holder)s"),
            Phase.FOLLOWING: gettext("%(days)s in which the effect is followed"),
        }

    def make(self, start: date, end: date, comments: int = 0) -> Gap:
        """The time from one day to a later one, with the number of comments written in it."""
        days, place = (end - start).days, bisect_right(self.starts, start) - 1
        said = self.days_said.get(days) or self.days_said.setdefault(days, words.days(days))
        span = self.story.spans[place] if place >= 0 else None
        if span is None or (span.end <= start and not span.is_open):
            phrase, tone, name = gettext("%(days)s later"), "off", ""
        else:
            phrase, tone = self.words[span.phase], self._tone(span, start)
            name = self.story.names[span.holder]
        before, after = self._around(phrase, name)
        return Gap(days, said, before, after, tone, comments)

    def _around(self, phrase: str, name: str) -> tuple[Markup, Markup]:
        if (phrase, name) not in self.around:
            before, _, after = phrase.replace("%(holder)s", name).partition("%(days)s")
            self.around[phrase, name] = words.soft_hyphens(before), words.soft_hyphens(after)
        return self.around[phrase, name]

    def _tone(self, span: Span, start: date) -> str:
        if span.phase == Phase.ASKED:
            return "wait"
        if any(first <= start < last for first, last in self.late):
            return "late"
        if span.waits:
            return "wait"
        answered = self.story.answered
        before_answer = answered is None or start < answered
        is_unit = span.holder.party == Party.UNIT
        return "off" if before_answer and is_unit and span.holder != self.right else ""


def _late_periods(story: Story) -> list[tuple[date, date]]:
    """From which day until which an answer was late."""
    return [
        (deadlines.fair_day(clock, story.now), deadlines.end_day(clock, story.now))
        for clock in story.clocks
        if clock.kind == ClockKind.ANSWER and deadlines.is_late(clock, story.now)
    ]


def right_unit(spans: Sequence[Span], answered: date | None) -> Holder | None:
    """The unit that answered, or has the matter now: the one where it belonged all the time."""
    units = [
        span.holder
        for span in spans
        if span.holder.party == Party.UNIT and (answered is None or span.start < answered)
    ]
    return units[-1] if units else None


def list_marks(recorded: Sequence[Recorded], now: datetime) -> dict[int, list[Mark]]:
    """What each entry did to the clocks, by its sequence number; in the order of recording."""
    clocks: Clocks = {}
    marks: dict[int, list[Mark]] = {}
    for row in recorded:
        after = fold(clocks, row.entry)
        for key, clock in after.items():
            before = clocks.get(key)
            if before is not None and before is not clock and before != clock:
                marks.setdefault(row.seq, []).extend(_marks_of(before, clock, now))
        clocks = after
    return marks


def _marks_of(before: Clock, after: Clock, now: datetime) -> list[Mark]:
    if before.status != Status.MET and after.status == Status.MET:
        result = deadlines.result(after, now)
        return [Mark(result.tone, f"{deadlines.name(after)}: {result.text.lower()}")]
    if after.is_open and before.due != after.due:
        tone = "wait" if after.paused_days != before.paused_days else "late"
        return [Mark(tone, deadlines.moved_words(before, after))]
    return []


@dataclass(frozen=True)
class Next:
    """Something that is still to come, on a day."""

    day: date
    title: str
    icon: str
    texts: tuple[Said, ...] = ()
    mark: Mark | None = None


def list_next(recorded: Sequence[Recorded], story: Story) -> list[Next]:
    """Open duties, the estimated day and the meeting that is waited for, the soonest first."""
    coming = [_next_duty(clock, story) for clock in story.clocks if clock.is_open]
    is_answered = story.answered is not None
    for row in reversed(recorded):
        kind, facts = row.entry.kind, row.entry.facts
        if kind == Kind.ESTIMATED and not is_answered:
            title = gettext("The city expects to answer")
            coming.append(Next(dates.parse(facts["until"]), title, "calendar"))
            break
    last = story.spans[-1] if story.spans else None
    if last and last.is_open and last.phase == Phase.AT_BODY:
        sent = next(r for r in reversed(recorded) if r.entry.kind == Kind.SENT_TO_BODY)
        title = gettext("Meeting: %(body)s", body=story.names[last.holder])
        coming.append(Next(dates.parse(sent.entry.facts["meeting"]), title, "scale"))
    return sorted(coming, key=lambda one: one.day)


def _next_duty(clock: Clock, story: Story) -> Next:
    titles = {
        ClockKind.ACKNOWLEDGE: gettext("The registry gives a case number and a unit"),
        ClockKind.ESTIMATE: gettext("The city tells how long the handling takes"),
        ClockKind.ANSWER: gettext("The city answers"),
        ClockKind.SIX_MONTHS: gettext("By law the city must have taken the initiative up"),
        ClockKind.DOCUMENT_REQUEST: gettext("By law the documents must have been given"),
        ClockKind.ACCESSIBILITY: gettext("By law the feedback on accessibility must be answered"),
        ClockKind.PROMISE: gettext("A promise is due"),
        ClockKind.FOLLOW_UP: deadlines.name(clock),
        ClockKind.COUNCIL_QUESTION: gettext("The city answers a councillor"),
    }
    texts = story.glossary.promises.get(int(clock.ref)) if clock.ref.isdigit() else None
    is_promise = clock.kind == ClockKind.PROMISE
    return Next(
        day=deadlines.present_day(clock),
        title=titles[clock.kind],
        icon="flag" if is_promise else "clock",
        texts=(story.glossary.say(texts),) if is_promise and texts else (),
        mark=_next_mark(clock, story.now),
    )


def _next_mark(clock: Clock, now: datetime) -> Mark | None:
    result = deadlines.result(clock, now)
    if clock.status == Status.PAUSED and result.tone != "late":
        return Mark("wait", gettext("The deadline stands still now"))
    moved = deadlines.present_day(clock) != deadlines.first_day(clock)
    if moved and deadlines.present_day(clock) > deadlines.fair_day(clock, now):
        first = words.day_words(deadlines.first_day(clock))
        text = gettext("The first date was %(day)s", day=first)
        return Mark("late" if result.tone == "late" else "", text)
    return Mark(result.tone, result.text) if result.tone == "late" else None
