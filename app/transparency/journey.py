"""One matter's journey, put together for its page from what the journal says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext, ngettext

from app.city import City
from app.core import clock as time
from app.core import labels, words
from app.core.drawing import Drawing
from app.duties.rules import Clock, ClockKind, Status
from app.duties.schedule import Source, source_of
from app.journal import Kind
from app.proposals.models import Matter
from app.transparency import (
    chart_narrow,
    chart_wide,
    clockbars,
    comparison,
    dates,
    deadlines,
    shares,
)
from app.transparency.lanes import Deadline, Promised, Route
from app.transparency.queries import Record
from app.transparency.spans import REGISTRY, Ending, Holder, Party, Span, find_ending, list_spans
from app.transparency.steps import Next, Step, Story, list_next, list_steps
from app.transparency.telling import Glossary, Said

WIDE, NARROW = 1120, 328
PLOT_WIDE, PLOT_NARROW = 1060, 330


@dataclass(frozen=True)
class Pair:
    """Two drawings of the same thing, for wide and for narrow screens, with their finding."""

    wide: Drawing
    narrow: Drawing
    finding: str


@dataclass(frozen=True)
class ShareRow:
    """One line of the key under the stacked bar."""

    name: str
    look: str
    days: int


@dataclass(frozen=True)
class SpanRow:
    """One line of the table under the lane chart."""

    name: str
    period: str
    days: int


@dataclass(frozen=True)
class ClockRow:
    """One line of the table of deadlines."""

    name: str
    what: Said | None
    source: Source
    began: str
    bar: Drawing
    spoken: str
    first: date
    present: date
    note: str
    done: date | None
    result: deadlines.Result


@dataclass(frozen=True)
class Compared:
    """The comparison with matters alike: drawings, sentences and rows (what, own, others)."""

    n: int
    lead: str
    like: str
    of_theme: bool
    plots: Pair
    sentence: str
    rows: list[tuple[str, str, str]]


@dataclass(frozen=True)
class Journey:
    """Everything the page shows."""

    is_open: bool
    days: int
    heading: str
    bars: Pair | None
    share_rows: list[ShareRow]
    chart: Pair
    span_rows: list[SpanRow]
    clock_rows: list[ClockRow]
    steps: list[Step]
    coming: list[Next]
    compared: Compared | None


@dataclass(frozen=True)
class _Facts:
    """What the entries give before anything is drawn."""

    matter: Matter
    record: Record
    city: City
    now: datetime
    spans: list[Span]
    ending: Ending | None
    answered: date | None
    later_answers: tuple[date, ...]
    names: Mapping[Holder, str]

    @property
    def start(self) -> date:
        """The day of publishing."""
        return time.local_date(self.matter.published_at or self.now)

    @property
    def last(self) -> date:
        """Today, or the day the matter ended."""
        return self.ending.day if self.ending else time.local_date(self.now)


def build(
    matter: Matter, record: Record, city: City, group: comparison.Group | None, now: datetime
) -> Journey:
    """The journey of a published matter as it stands now."""
    glossary = Glossary(city, record.spoken, record.promises, record.others)
    facts = _gather(matter, record, glossary, now)
    story = Story(
        glossary=glossary,
        spans=facts.spans,
        clocks=record.clocks,
        names=facts.names,
        now=now,
        answered=facts.answered,
        comments=record.comments,
    )
    listed = shares.list_shares(facts.spans, facts.answered)
    is_open = facts.ending is None
    return Journey(
        is_open=is_open,
        days=(facts.last - facts.start).days,
        heading=_heading(facts, listed),
        bars=_bars(facts, listed) if shares.total(listed) else None,
        share_rows=[_share_row(share, facts) for share in listed],
        chart=_chart(facts),
        span_rows=[_span_row(span, facts, glossary) for span in facts.spans if span.days],
        clock_rows=[_clock_row(clock, glossary, now) for clock in record.clocks],
        steps=list_steps(record.recorded, story, is_open=is_open),
        coming=list_next(record.recorded, story),
        compared=_compared(facts, group) if group else None,
    )


def _gather(matter: Matter, record: Record, glossary: Glossary, now: datetime) -> _Facts:
    entries = sorted((r.entry for r in record.recorded), key=lambda entry: entry.at)
    spans = list_spans(entries, time.local_date(now))
    ending = find_ending(entries)
    answers = [time.local_date(entry.at) for entry in entries if entry.kind == Kind.ANSWERED]
    holders = {REGISTRY, *(span.holder for span in spans)} | ({ending.holder} if ending else set())
    return _Facts(
        matter=matter,
        record=record,
        city=glossary.city,
        now=now,
        spans=spans,
        ending=ending,
        answered=answers[0] if answers else None,
        later_answers=tuple(answers[1:]),
        names={holder: holder_name(holder, glossary) for holder in holders if holder},
    )


def holder_name(holder: Holder, glossary: Glossary) -> str:
    """The name of whoever holds a matter."""
    if holder.party == Party.AUTHOR:
        return gettext("The author")
    if holder.party == Party.REGISTRY:
        return gettext("Registry")
    if holder.party == Party.BODY:
        return glossary.body(holder.key)
    if holder.party == Party.AUTHORITY:
        return glossary.authority(holder.key)
    return glossary.unit(holder.key)


# ---------- where the time went ----------


def _heading(facts: _Facts, listed: Sequence[shares.Share]) -> str:
    days = ((facts.answered or facts.last) - facts.start).days
    right = next((share.days for share in listed if share.use == shares.Use.RIGHT), 0)
    if facts.answered is None and facts.ending is None:
        return _sentence_without_answer(days, right)
    if facts.answered is None:
        return ngettext("The city had it for %(num)s day", "The city had it for %(num)s days", days)
    if days == 0:
        return gettext("The answer came on the same day")
    took = ngettext("The answer took %(num)s day.", "The answer took %(num)s days.", days)
    if not right:
        return took
    at_unit = ngettext(
        "%(num)s of them at the unit that answered.",
        "%(num)s of them at the unit that answered.",
        right,
    )
    return f"{took} {at_unit}"


def _sentence_without_answer(days: int, right: int) -> str:
    if days == 0:
        return gettext("Published today")
    waited = ngettext(
        "%(num)s day without an answer so far.", "%(num)s days without an answer so far.", days
    )
    if not right:
        return waited
    at_unit = ngettext(
        "%(num)s of them at the unit that has it now.",
        "%(num)s of them at the unit that has it now.",
        right,
    )
    return f"{waited} {at_unit}"


def _bars(facts: _Facts, listed: Sequence[shares.Share]) -> Pair:
    parts = ", ".join(f"{facts.names[share.holder]} {words.days(share.days)}" for share in listed)
    finding = gettext(
        "%(days)s in all: %(parts)s", days=words.days(shares.total(listed)), parts=parts
    )
    return Pair(shares.draw(listed, WIDE), shares.draw(listed, NARROW), finding)


def _share_row(share: shares.Share, facts: _Facts) -> ShareRow:
    name = facts.names[share.holder]
    texts = {
        shares.Use.RIGHT: gettext("%(unit)s, which answered", unit=name)
        if facts.answered
        else gettext("%(unit)s, which has it now", unit=name),
        shares.Use.ELSEWHERE: gettext("%(unit)s, which handed it on", unit=name),
        shares.Use.AUTHOR: gettext("Waiting for the author's reply"),
        shares.Use.BODY: gettext("Waiting for the meeting: %(body)s", body=name),
        shares.Use.REGISTRY: name,
    }
    if share.use == shares.Use.RIGHT and facts.ending and not facts.answered:
        return ShareRow(name, shares.LOOKS[share.use][0], share.days)
    return ShareRow(texts[share.use], shares.LOOKS[share.use][0], share.days)


# ---------- the lane chart ----------


def _chart(facts: _Facts) -> Pair:
    route = Route(
        spans=tuple(facts.spans),
        names=facts.names,
        start=facts.start,
        today=time.local_date(facts.now),
        answered=facts.answered,
        later_answers=facts.later_answers,
        ending=facts.ending,
        deadlines=tuple(
            _deadline(clock, facts.now)
            for clock in facts.record.clocks
            if clock.kind == ClockKind.ANSWER and _is_drawn(clock, facts.now)
        ),
        promises=tuple(
            _promised(clock, facts.now)
            for clock in facts.record.clocks
            if clock.kind == ClockKind.PROMISE and clock.status != Status.ENDED
        ),
    )
    finding = chart_narrow.describe(route)
    return Pair(chart_wide.draw(route), chart_narrow.draw(route), finding)


def _is_drawn(clock: Clock, now: datetime) -> bool:
    """An answer that stopped being owed in time has no deadline to show."""
    return clock.status != Status.ENDED or deadlines.is_late(clock, now)


def _deadline(clock: Clock, now: datetime) -> Deadline:
    late = deadlines.is_late(clock, now)
    return Deadline(
        first=deadlines.first_day(clock),
        present=deadlines.present_day(clock),
        late_from=deadlines.fair_day(clock, now) if late else None,
        late_until=deadlines.end_day(clock, now) if late else None,
        is_open=clock.is_open,
    )


def _promised(clock: Clock, now: datetime) -> Promised:
    late = deadlines.is_late(clock, now)
    if clock.is_open:
        return Promised(deadlines.present_day(clock), "late" if late else "")
    kept = clock.status == Status.MET
    return Promised(deadlines.end_day(clock, now), "ok" if kept else "late")


def _span_row(span: Span, facts: _Facts, glossary: Glossary) -> SpanRow:
    name = chart_narrow.span_words(span, facts.names[span.holder])
    start, end = (dates.short(day, glossary.reader) for day in (span.start, span.end))
    return SpanRow(name, f"{start}–{end}", span.days)


# ---------- deadlines ----------


def _clock_row(clock: Clock, glossary: Glossary, now: datetime) -> ClockRow:
    is_promise = clock.kind == ClockKind.PROMISE and clock.ref.isdigit()
    texts = glossary.promises.get(int(clock.ref)) if is_promise else None
    done = clock.status in (Status.MET, Status.BROKEN)
    return ClockRow(
        name=deadlines.name(clock),
        what=glossary.say(texts) if texts else None,
        source=source_of(glossary.city, clock.kind),
        began=gettext("Began on %(day)s.", day=words.day_words(deadlines.start_day(clock))),
        bar=clockbars.draw(clock, now),
        spoken=deadlines.share_of_time(clock, now),
        first=deadlines.first_day(clock),
        present=deadlines.present_day(clock),
        note=_clock_note(clock, now),
        done=deadlines.end_day(clock, now) if done else None,
        result=deadlines.result(clock, now),
    )


def _clock_note(clock: Clock, now: datetime) -> str:
    still = deadlines.days_still(clock, now)
    if still:
        return gettext("stood still %(days)s", days=words.days(still))
    return gettext("moved") if clock.due != clock.first_due else ""


# ---------- comparison ----------


def _compared(facts: _Facts, group: comparison.Group) -> Compared:
    own = _own(facts)
    wide = comparison.draw(group, own, PLOT_WIDE)
    narrow = comparison.draw(group, own, PLOT_NARROW)
    sentence = comparison.finding(group, own)
    return Compared(
        n=group.n,
        lead=_group_words(group),
        like=_like_words(facts, group),
        of_theme=group.of_theme,
        plots=Pair(wide, narrow, sentence),
        sentence=sentence,
        rows=_compared_rows(group, own),
    )


def _group_words(group: comparison.Group) -> str:
    return ngettext(
        "In two years %(count)s matter like it has been answered, half of them in at most "
        "%(median)s.",
        "In two years %(count)s matters like it have been answered, half of them in at most "
        "%(median)s.",
        group.n,
        count=words.number(group.n),
        median=words.days(group.quantile(0.5)),
    )


def _like_words(facts: _Facts, group: comparison.Group) -> str:
    kind = labels.label(facts.matter.kind)
    if not group.of_theme:
        return gettext(
            "Like it means: the same kind (%(kind)s) of any theme, answered within the last 24 "
            "months. Of the same theme there are fewer than ten.",
            kind=kind,
        )
    return gettext(
        "Like it means: the same kind (%(kind)s) and theme (%(theme)s), answered within the last "
        "24 months.",
        kind=kind,
        theme=facts.city.themes[facts.matter.theme].name,
    )


def _own(facts: _Facts) -> comparison.Own:
    clock = next((c for c in facts.record.clocks if c.kind == ClockKind.ANSWER), None)
    kinds = [r.entry.kind for r in facts.record.recorded]
    due = (deadlines.first_day(clock) - facts.start).days if clock else None
    on_time = None
    if clock and clock.stopped_at and facts.answered:
        on_time = clock.stopped_at < clock.first_due
    return comparison.Own(
        days=((facts.answered or facts.last) - facts.start).days,
        is_answered=facts.answered is not None,
        handovers=kinds.count(Kind.HANDED_OVER),
        due=due,
        on_time=on_time,
        outcome=facts.matter.outcome,
    )


def _compared_rows(group: comparison.Group, own: comparison.Own) -> list[tuple[str, str, str]]:
    taken = str(own.days) if own.is_answered else gettext("%(days)s so far", days=own.days)
    rows = [
        (
            gettext("Days to the answer"),
            taken,
            gettext("middle one %(days)s", days=group.quantile(0.5)),
        ),
        (
            gettext("Times handed over"),
            str(own.handovers),
            gettext("%(percent)s %% never", percent=round(100 * group.direct / group.n)),
        ),
    ]
    if group.on_time_of >= comparison.LEAST:
        percent = f"{round(100 * group.on_time / group.on_time_of)}\xa0%"
        rows.append((gettext("Answered by the first deadline"), _yes_no(own.on_time), percent))
    outcomes = ", ".join(
        f"{words.number(n)} {labels.label(outcome).lower()}"
        for outcome, n in sorted(group.outcomes.items(), key=lambda pair: -pair[1])
    )
    mine = labels.label(own.outcome) if own.outcome else "–"
    return [*rows, (gettext("Outcome"), mine, outcomes)]


def _yes_no(value: bool | None) -> str:
    if value is None:
        return "–"
    return gettext("yes") if value else gettext("no")
