"""Entries in words, merged and counted: every kind has its sentence."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.city import get_city
from app.core import clock as time
from app.duties.rules import Clocks, fold
from app.journal import Entry, Kind
from app.journal.catalogue import CURRENT, FACTS
from app.journal.chain import moment
from app.transparency import sentences, steps
from app.transparency.journey import holder_name
from app.transparency.sentences import tell
from app.transparency.spans import list_spans
from app.transparency.steps import Recorded, Story, list_next, list_steps
from app.transparency.telling import Glossary

pytestmark = [
    pytest.mark.parametrize("dialect", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("in_english"),
]

DAY = datetime(2026, 3, 9, 9, tzinfo=UTC)
EXAMPLES: dict[str, Any] = {
    "matter_kind": "proposal",
    "language": "fi",
    "version": 2,
    "makers": 6300,
    "needed": 6281,
    "population": 314024,
    "pending_since": moment(DAY),
    "rule": "insult",
    "comment": 7,
    "case_number": "12/10.03.01/2026",
    "unit": "street_engineering",
    "from_unit": "city_planning",
    "to_unit": "street_engineering",
    "until": "2026-05-08",
    "meeting": "2026-06-02",
    "body": "tela",
    "clock": "answer",
    "ref": "",
    "due": moment(time.end_of(date(2026, 5, 8))),
    "first_due": moment(time.end_of(date(2026, 5, 8))),
    "outcome": "action",
    "authority": "hsy",
    "promise": 3,
    "clocks": [{"kind": "answer", "ref": "", "due": moment(time.end_of(date(2026, 5, 8)))}],
    "yes": 5,
    "partly": 2,
    "no": 1,
    "envelopes": 1200,
    "winners": [1, 2],
    "reason": "r" * 64,
    "text": "t" * 64,
    "evidence": "e" * 64,
    "contact": "c" * 64,
}
SPOKEN = {
    "r" * 64: {"fi": "Syy.", "sv": "Orsak.", "en": "A reason."},
    "t" * 64: {"fi": "Sanat.", "sv": "Ord."},
    "e" * 64: {"en": "A photo."},
    "c" * 64: {"fi": "katuvalot@example.org"},
}


def entry(kind: Kind, day: float = 0, **more: Any) -> Entry:
    """An entry with exactly its kind's facts."""
    version = CURRENT[kind]
    facts = {name: EXAMPLES.get(name) for name in FACTS[kind, version]} | more
    at = more.pop("at", DAY + timedelta(days=day))
    facts = {name: value for name, value in facts.items() if name in FACTS[kind, version]}
    role = {Kind.REGISTERED: "registry", Kind.PUBLISHED: "author"}.get(kind, "official")
    return Entry(kind, version, "matter", 1, at, role, "street_engineering", None, facts)


def glossary(**more: Any) -> Glossary:
    values = {"spoken": SPOKEN, "promises": {3: {"fi": "Lupaus.", "en": "We build it."}}} | more
    return Glossary(get_city(), **values)


def recorded(*entries: Entry) -> list[Recorded]:
    return [Recorded(e, n, f"{n:064x}", e.at) for n, e in enumerate(entries, 1)]


def story(rows: list[Recorded], now: datetime, **more: Any) -> Story:
    clocks: Clocks = {}
    for row in rows:
        clocks = fold(clocks, row.entry)
    spans = list_spans([row.entry for row in rows], time.local_date(now))
    words = glossary()
    names = {span.holder: holder_name(span.holder, words) for span in spans}
    answers = [time.local_date(r.entry.at) for r in rows if r.entry.kind == Kind.ANSWERED]
    values = {
        "glossary": words,
        "spans": spans,
        "clocks": list(clocks.values()),
        "names": names,
        "now": now,
        "answered": answers[0] if answers else None,
    }
    return Story(**(values | more))


def test_every_kind_has_a_sentence() -> None:
    assert set(sentences.TELLERS) == set(Kind)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_can_be_told_in_one_line(kind: Kind) -> None:
    told = tell(entry(kind), glossary())
    assert told.title
    assert "%(" not in told.title
    assert not told.title.endswith(".")
    assert all(said.text and "%(" not in said.text for said in told.texts)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_log_tells_titles_without_any_words_of_people(kind: Kind) -> None:
    told = tell(entry(kind), Glossary(get_city(), tells_texts=False))
    assert told.title
    assert not [said for said in told.texts if said.quoted]


def test_words_come_in_the_readers_language_and_others_are_marked() -> None:
    (reason,) = tell(entry(Kind.CLOSED), glossary()).texts
    assert (reason.lead, reason.text, reason.language) == ("Reason", "A reason.", None)
    asked = tell(entry(Kind.ASKED), glossary()).texts[0]
    assert (asked.text, asked.language) == ("Sanat.", "fi")


def test_erased_words_are_said_to_be_erased() -> None:
    told = tell(entry(Kind.CLOSED), glossary(spoken={}))
    assert [said.text for said in told.texts] == ["The words have been erased."]


def test_a_unit_that_is_gone_is_told_by_its_key() -> None:
    title = tell(entry(Kind.PREPARING, unit="old_unit"), glossary()).title
    assert title == "old_unit began to prepare the matter"


def test_deadlines_and_promises_are_told_with_the_step_that_made_them() -> None:
    rows = recorded(
        entry(Kind.PUBLISHED),
        entry(Kind.CLOCKS_STARTED),
        entry(Kind.ANSWERED, 20),
        entry(Kind.PROMISED, 20),
    )
    told = list_steps(rows, story(rows, DAY + timedelta(days=30)), is_open=True)
    assert [step.title for step in told] == [
        "The author published the proposal",
        "City Engineering Centre answered: leads to action",
    ]
    assert [len(step.log) for step in told] == [2, 2]
    assert told[0].texts[-1].text == "Deadline: answer 8\xa0May."
    assert (told[1].texts[-1].lead, told[1].texts[-1].text) == (
        "Promised by 8\xa0May",
        "We build it.",
    )
    assert told[1].marks[0].text == "Answer: 40 days early"


def test_between_steps_stand_days_the_holder_and_the_number_of_comments() -> None:
    rows = recorded(entry(Kind.PUBLISHED), entry(Kind.REGISTERED, 2), entry(Kind.PREPARING, 2.1))
    comments = [DAY + timedelta(days=day) for day in (1, 1.5, 2.05, 5)]
    told = list_steps(rows, story(rows, DAY + timedelta(days=9), comments=comments), is_open=True)
    assert [(s.gap.said + s.gap.after, s.gap.comments) for s in told if s.gap] == [
        ("2 days at the registry", 2),
        ("7 days at City Engineering Centre", 2),
    ]
    assert told[1].gap is None  # prepared on the day it was registered


def test_the_time_of_a_unit_that_handed_it_on_looks_different() -> None:
    rows = recorded(
        entry(Kind.PUBLISHED),
        entry(Kind.REGISTERED, 1, unit="city_planning"),
        entry(Kind.HANDED_OVER, 10),
    )
    told = list_steps(rows, story(rows, DAY + timedelta(days=20)), is_open=True)
    assert [step.gap.tone for step in told] == ["", "off", ""]


def test_time_after_the_deadline_is_late_but_not_while_the_author_is_asked() -> None:
    rows = recorded(
        entry(Kind.PUBLISHED),
        entry(Kind.CLOCKS_STARTED),
        entry(Kind.REGISTERED, 1),
        entry(Kind.ASKED, 10),
        entry(Kind.REPLIED, 20),
        entry(Kind.OVERDUE, at=time.end_of(date(2026, 5, 18))),
    )
    told = list_steps(rows, story(rows, DAY + timedelta(days=90)), is_open=True)
    assert [step.gap.tone for step in told] == ["", "", "wait", "", "late"]
    assert told[-1].day == date(2026, 5, 18)  # the day that passed, not the midnight after it
    moved = told[3].marks[0]
    assert (moved.tone, moved.text) == (
        "wait",
        "Answer: the deadline moved from 8\xa0May to 18\xa0May.",
    )


def test_steps_stand_where_they_count_not_where_they_were_recorded() -> None:
    rows = recorded(
        entry(Kind.PUBLISHED),
        entry(Kind.CLOCKS_STARTED),
        entry(Kind.REGISTERED, 100),
        entry(Kind.OVERDUE, at=time.end_of(date(2026, 5, 8))),
    )
    told = list_steps(rows, story(rows, DAY + timedelta(days=101)), is_open=True)
    assert [step.log[0].seq for step in told] == [1, 4, 3]


def test_a_step_carries_its_entry() -> None:
    (step,) = list_steps(rows := recorded(entry(Kind.CLOSED)), story(rows, DAY), is_open=False)
    assert step.gap is None
    assert step.log[0].seq == 1


def test_what_comes_next_is_what_is_still_owed_the_soonest_first() -> None:
    rows = recorded(
        entry(Kind.PUBLISHED),
        entry(Kind.CLOCKS_STARTED),
        entry(Kind.REGISTERED, 1),
        entry(Kind.ESTIMATED, 2, until="2026-04-20"),
        entry(Kind.SENT_TO_BODY, 5, meeting="2026-04-10"),
    )
    coming = list_next(rows, story(rows, DAY + timedelta(days=9)))
    assert [(one.day, one.title) for one in coming] == [
        (date(2026, 4, 10), "Meeting: Technical Committee"),
        (date(2026, 4, 20), "The city expects to answer"),
        (date(2026, 5, 8), "The city answers"),
    ]


def test_a_moved_promise_keeps_its_first_date_in_view() -> None:
    later = moment(time.end_of(date(2026, 6, 30)))
    rows = recorded(entry(Kind.PROMISED), entry(Kind.PROMISE_MOVED, 5, due=later))
    (coming,) = list_next(rows, story(rows, DAY + timedelta(days=9)))
    assert coming.day == date(2026, 6, 30)
    assert coming.texts[0].text == "We build it."
    assert (coming.mark.tone, coming.mark.text) == ("", "The first date was 8\xa0May")
    (late,) = list_next(rows, story(rows, DAY + timedelta(days=80)))
    assert late.mark.tone == "late"


def test_time_that_belongs_to_nobody_is_only_counted() -> None:
    rows = recorded(entry(Kind.PUBLISHED), entry(Kind.WITHDRAWN, 3), entry(Kind.RESTORED, 10))
    told = list_steps(rows, story(rows, DAY + timedelta(days=12)), is_open=True)
    assert told[1].gap == steps.Gap(7, "7 days", "", " later", "off")
