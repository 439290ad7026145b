"""Who held a matter from when to when: counted in local days, waiting apart from work."""

from datetime import UTC, date, datetime, timedelta

from app.journal import Entry, Kind
from app.transparency.spans import AUTHOR, REGISTRY, Holder, Party, Phase, find_ending, list_spans

DAY = datetime(2026, 3, 9, 9, tzinfo=UTC)
STREETS, PLANNING = Holder(Party.UNIT, "streets"), Holder(Party.UNIT, "planning")
BOARD = Holder(Party.BODY, "board")


def entry(kind: Kind, day: int, hour: int = 0, **facts) -> Entry:
    at = DAY + timedelta(days=day, hours=hour)
    return Entry(kind, 1, "matter", 1, at, "official", facts.get("unit"), None, facts)


def short(spans):
    start = DAY.date()
    return [(s.holder, s.phase, (s.start - start).days, (s.end - start).days) for s in spans]


def on(day: int) -> date:
    return DAY.date() + timedelta(days=day)


PUBLISHED = entry(Kind.PUBLISHED, 0)
REGISTERED = entry(Kind.REGISTERED, 2, unit="planning")


def test_the_registry_has_it_until_it_gives_a_unit() -> None:
    spans = list_spans([PUBLISHED, REGISTERED], on(5))
    assert short(spans) == [
        (REGISTRY, Phase.REGISTERING, 0, 2),
        (PLANNING, Phase.WORK, 2, 5),
    ]
    assert [span.is_open for span in spans] == [False, True]


def test_hand_over_asking_and_a_meeting_make_spans_of_their_own() -> None:
    entries = [
        PUBLISHED,
        REGISTERED,
        entry(Kind.HANDED_OVER, 10, to_unit="streets", from_unit="planning"),
        entry(Kind.ASKED, 12),
        entry(Kind.REPLIED, 15),
        entry(Kind.SENT_TO_BODY, 20, body="board"),
        entry(Kind.BACK_FROM_BODY, 30, unit="streets"),
    ]
    assert short(list_spans(entries, on(40)))[2:] == [
        (STREETS, Phase.WORK, 10, 12),
        (AUTHOR, Phase.ASKED, 12, 15),
        (STREETS, Phase.WORK, 15, 20),
        (BOARD, Phase.AT_BODY, 20, 30),
        (STREETS, Phase.WORK, 30, 40),
    ]


def test_going_on_without_a_reply_ends_the_waiting() -> None:
    entries = [PUBLISHED, REGISTERED, entry(Kind.ASKED, 5), entry(Kind.RESUMED, 9)]
    assert short(list_spans(entries, on(12)))[-1] == (PLANNING, Phase.WORK, 9, 12)


def test_a_stay_of_less_than_a_day_leaves_no_span() -> None:
    entries = [
        PUBLISHED,
        entry(Kind.REGISTERED, 0, 1, unit="planning"),
        entry(Kind.ASKED, 4, 1),
        entry(Kind.REPLIED, 4, 5),
    ]
    assert short(list_spans(entries, on(9))) == [(PLANNING, Phase.WORK, 0, 9)]


def test_local_days_count_not_24_hours() -> None:
    late_evening = Entry(
        Kind.REGISTERED, 1, "matter", 1, datetime(2026, 3, 9, 21, 30, tzinfo=UTC), "registry",
        "planning", None, {"unit": "planning"},
    )  # fmt: skip
    after_midnight = Entry(
        Kind.REGISTERED, 1, "matter", 1, datetime(2026, 3, 9, 22, 30, tzinfo=UTC), "registry",
        "planning", None, {"unit": "planning"},
    )  # fmt: skip
    assert len(list_spans([PUBLISHED, late_evening], on(0))) == 1
    assert short(list_spans([PUBLISHED, after_midnight], on(1)))[0][2:] == (0, 1)


def test_after_the_answer_it_waits_to_begin_and_is_then_carried_out_and_followed() -> None:
    entries = [
        PUBLISHED,
        REGISTERED,
        entry(Kind.ANSWERED, 20, unit="planning"),
        entry(Kind.IMPLEMENTING, 50, unit="planning"),
        entry(Kind.IMPLEMENTED, 90),
    ]
    spans = list_spans(entries, on(100))
    assert [s.phase for s in spans[2:]] == [Phase.ANSWERED, Phase.CARRYING_OUT, Phase.FOLLOWING]
    assert [s.waits for s in spans[2:]] == [True, False, True]
    assert find_ending(entries) is None


def test_nobody_has_a_closed_matter() -> None:
    entries = [PUBLISHED, REGISTERED, entry(Kind.ANSWERED, 20), entry(Kind.CLOSED, 21)]
    assert list_spans(entries, on(100))[-1].end == on(21)
    ending = find_ending(entries)
    assert (ending.day, ending.kind, ending.holder) == (on(21), Kind.CLOSED, None)


def test_a_transferred_matter_ends_at_the_other_authority() -> None:
    entries = [PUBLISHED, REGISTERED, entry(Kind.TRANSFERRED, 8, authority="hsy")]
    assert find_ending(entries).holder == Holder(Party.AUTHORITY, "hsy")


def test_a_restored_matter_comes_back_to_where_it_was_and_the_time_away_belongs_to_nobody() -> None:
    entries = [
        PUBLISHED,
        REGISTERED,
        entry(Kind.WITHDRAWN, 8),
        entry(Kind.RESTORED, 18),
    ]
    assert short(list_spans(entries, on(20)))[1:] == [
        (PLANNING, Phase.WORK, 2, 8),
        (PLANNING, Phase.WORK, 18, 20),
    ]
    assert find_ending(entries) is None


def test_a_reopened_matter_is_worked_on_again() -> None:
    entries = [
        PUBLISHED,
        REGISTERED,
        entry(Kind.ANSWERED, 20),
        entry(Kind.CLOSED, 21),
        entry(Kind.REOPENED, 30, unit="streets"),
    ]
    assert short(list_spans(entries, on(40)))[-1] == (STREETS, Phase.WORK, 30, 40)


def test_a_unit_that_gets_it_while_the_author_is_asked_holds_it_after_the_reply() -> None:
    entries = [
        PUBLISHED,
        REGISTERED,
        entry(Kind.ASKED, 5),
        entry(Kind.HANDED_OVER, 6, from_unit="planning", to_unit="streets"),
        entry(Kind.REPLIED, 9),
    ]
    assert short(list_spans(entries, on(12)))[2:] == [
        (AUTHOR, Phase.ASKED, 5, 9),
        (STREETS, Phase.WORK, 9, 12),
    ]
