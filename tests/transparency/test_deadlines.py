"""How clocks are told and drawn: late from the first day, standing still taken off."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.core import clock as time
from app.duties.rules import Clock, ClockKind, Status
from app.transparency import clockbars, deadlines

pytestmark = pytest.mark.usefixtures("english")

START = datetime(2026, 3, 9, 9, tzinfo=UTC)
FIRST = date(2026, 5, 8)


def at(day: date) -> datetime:
    return time.start_of(day) + timedelta(hours=12)


def answer(**changes) -> Clock:
    due = time.end_of(FIRST)
    return replace(Clock(ClockKind.ANSWER, "", START, due, due), **changes)


def met(day: date, **changes) -> Clock:
    return answer(status=Status.MET, stopped_at=at(day), **changes)


NOW = at(date(2026, 6, 30))


def test_an_answer_on_the_last_day_is_on_time() -> None:
    result = deadlines.result(met(FIRST), NOW)
    assert (result.tone, result.text) == ("ok", "On time")


def test_a_day_after_it_is_one_day_late() -> None:
    assert deadlines.result(met(date(2026, 5, 9)), NOW).text == "1 day late"


def test_days_on_which_the_clock_stood_still_are_taken_off() -> None:
    clock = met(date(2026, 6, 10), paused_days=7, due=time.end_of(date(2026, 5, 15)))
    assert deadlines.days_late(clock, NOW) == 26


def test_moving_the_deadline_does_not_make_an_answer_timely() -> None:
    clock = met(date(2026, 5, 20), due=time.end_of(date(2026, 6, 30)))
    assert deadlines.result(clock, NOW).text == "12 days late"


def test_a_pause_that_goes_on_counts_until_today() -> None:
    clock = answer(status=Status.PAUSED, paused_at=at(date(2026, 5, 1)))
    assert deadlines.days_still(clock, at(date(2026, 5, 11))) == 10
    assert deadlines.result(clock, at(date(2026, 5, 11))).tone == "wait"


def test_a_pause_ends_when_the_matter_leaves() -> None:
    paused = {"paused_at": at(date(2026, 5, 1)), "stopped_at": at(date(2026, 5, 4))}
    clock = answer(status=Status.ENDED, **paused)
    assert deadlines.days_still(clock, NOW) == 3
    assert deadlines.result(clock, NOW).text == "Not needed any more"


def test_a_duty_that_ended_after_its_day_stays_late() -> None:
    clock = answer(status=Status.ENDED, stopped_at=at(date(2026, 5, 10)))
    assert deadlines.result(clock, NOW).text == "2 days late when it ended"


@pytest.mark.parametrize(
    ("day", "tone", "text"),
    [
        (date(2026, 4, 1), "", "37 days left"),
        (date(2026, 5, 3), "soon", "5 days left"),
        (FIRST, "soon", "Due today"),
        (date(2026, 5, 12), "late", "4 days late"),
    ],
)
def test_a_running_clock_tells_what_is_left(day: date, tone: str, text: str) -> None:
    result = deadlines.result(answer(), at(day))
    assert (result.tone, result.text) == (tone, text)


def test_a_broken_promise_is_not_kept_however_early() -> None:
    clock = answer(kind=ClockKind.PROMISE, status=Status.BROKEN, stopped_at=at(date(2026, 4, 1)))
    assert deadlines.result(clock, NOW).text == "Not kept"
    assert deadlines.is_late(clock, NOW)


def _due_lines(clock: Clock, now: datetime) -> list[str]:
    return [path.d for path in clockbars.draw(clock, now).paths if path.look == "g-due"]


def test_the_first_due_day_stands_at_the_same_place_on_every_row() -> None:
    clocks = [
        answer(),
        met(date(2026, 6, 10), paused_days=7, due=time.end_of(date(2026, 5, 15))),
        replace(answer(), first_due=time.end_of(date(2026, 3, 11)), due=time.end_of(FIRST)),
        replace(answer(), first_due=time.end_of(date(2025, 1, 1))),
    ]
    assert {line for clock in clocks for line in _due_lines(clock, NOW)} == {"M 140.0 2 V 28"}


@pytest.mark.parametrize("late", [0, 1, 30, 400, 4000])
def test_no_bar_leaves_its_track(late: int) -> None:
    bar = clockbars.draw(met(FIRST + timedelta(days=late)), NOW)
    assert all(rect.x >= 0 and rect.x + rect.width <= clockbars.WIDTH for rect in bar.rects)
    assert all(0 <= circle.x <= clockbars.RIGHT for circle in bar.circles)


def test_time_after_the_deadline_is_red_and_standing_still_is_not() -> None:
    clock = met(date(2026, 6, 10), paused_days=7, due=time.end_of(date(2026, 5, 15)))
    bar = clockbars.draw(clock, NOW)
    red = [rect for rect in bar.rects if rect.look == "g-bar late"]
    still = [path for path in bar.paths if path.look == "g-wait thin"]
    assert len(red) == len(still) == 1
    assert red[0].x == pytest.approx(155.9, abs=0.1)  # 7 days after the first due day
    assert deadlines.share_of_time(clock, NOW) == (
        "Used 93 days of 60, the clock stood still for 7 days"
    )
