"""The lane charts: lanes, scales, and that everything drawn stays inside."""

import itertools
import re
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.transparency import chart_narrow, chart_wide, lanes, shares
from app.transparency.lanes import Deadline, Promised, Route, list_lanes, list_months
from app.transparency.spans import AUTHOR, REGISTRY, Ending, Holder, Party, Phase, Span

pytestmark = pytest.mark.usefixtures("english")

START = date(2026, 3, 9)
UNITS = [Holder(Party.UNIT, f"unit{number}") for number in range(8)]
BOARD = Holder(Party.BODY, "board")


def on(day: int) -> date:
    return START + timedelta(days=day)


def make_route(*lengths: tuple[Holder, Phase, int], answered: int | None = None, **more) -> Route:
    spans, day = [], 0
    for holder, phase, days in lengths:
        spans.append(Span(holder, phase, on(day), on(day + days)))
        day += days
    names = {holder: f"The name of {holder.party} {holder.key}" for holder, _, _ in lengths}
    return Route(
        spans=tuple(spans),
        names=names,
        start=START,
        today=on(day),
        answered=on(answered) if answered is not None else None,
        **more,
    )


GREAT = make_route(
    (REGISTRY, Phase.REGISTERING, 2),
    (UNITS[0], Phase.WORK, 27),
    (UNITS[1], Phase.WORK, 13),
    (AUTHOR, Phase.ASKED, 7),
    (UNITS[1], Phase.WORK, 15),
    (BOARD, Phase.AT_BODY, 21),
    (UNITS[1], Phase.WORK, 8),
    (UNITS[1], Phase.ANSWERED, 83),
    (UNITS[1], Phase.CARRYING_OUT, 84),
    answered=93,
    deadlines=(Deadline(on(60), on(67), on(67), on(93)),),
    promises=(Promised(on(266), ""), Promised(on(281), "late"), Promised(on(600), "")),
)


def test_lanes_stand_in_the_order_author_registry_units_bodies() -> None:
    assert list_lanes(GREAT) == [AUTHOR, REGISTRY, UNITS[0], UNITS[1], BOARD]


def test_time_after_the_answer_is_denser_when_it_is_longer() -> None:
    before, after = chart_wide.make_axis(GREAT).stretches
    assert before.px > after.px
    assert after.until <= chart_wide.RIGHT + 1
    chart = chart_wide.draw(GREAT)
    assert [t.small for t in chart.texts if t.text == "After the answer"] == ["(denser scale)"]


def test_the_scale_is_one_when_answering_took_longer() -> None:
    route = make_route((UNITS[0], Phase.WORK, 100), (UNITS[0], Phase.ANSWERED, 60), answered=100)
    before, after = chart_wide.make_axis(route).stretches
    assert before.px == pytest.approx(after.px)


def test_what_was_late_is_marked_from_the_fair_day_to_the_answer() -> None:
    (over,) = [rect for rect in chart_wide.draw(GREAT).rects if rect.look == "g-over"]
    stretch = chart_wide.make_axis(GREAT).stretches[0]
    assert over.width == pytest.approx(26 * stretch.px, abs=0.1)


def test_a_far_promise_is_not_drawn() -> None:
    diamonds = [mark for mark in chart_wide.draw(GREAT).marks if mark.d.endswith("Z")]
    assert len(diamonds) == 2


def test_an_open_matter_shows_its_coming_deadline() -> None:
    route = make_route(
        (REGISTRY, Phase.REGISTERING, 3), deadlines=(Deadline(on(60), on(60), is_open=True),)
    )
    assert route.horizon == on(60)
    texts = [text.text for text in chart_wide.draw(route).texts]
    assert "deadline 8 May" in texts


def test_the_words_under_the_chart_say_how_long_it_took() -> None:
    assert chart_wide.bracket_words(GREAT) == [
        "93 days to the answer",
        "167 days from the answer until today",
    ]
    waiting = make_route((REGISTRY, Phase.REGISTERING, 1))
    assert chart_wide.bracket_words(waiting) == ["1 day without an answer so far"]


def test_months_become_quarters_and_years_when_days_are_narrow() -> None:
    year = lanes.Stretch(date(2025, 1, 15), date(2026, 1, 15), 0, 2)
    assert len(list_months(year, 34)) == 13
    assert len(list_months(lanes.Stretch(year.start, year.end, 0, 0.5), 34)) == 5
    assert len(list_months(lanes.Stretch(year.start, year.end, 0, 0.05), 34)) == 2


def _numbers(drawing) -> list[tuple[float, float]]:
    """Corners of every shape; of paths the absolute coordinates."""
    points = [(r.x, r.y) for r in drawing.rects]
    points += [(r.x + r.width, r.y + r.height) for r in drawing.rects]
    points += [(c.x, c.y) for c in drawing.circles]
    points += [(t.x, t.y) for t in drawing.texts]
    for path in drawing.paths:
        for letter, x, y in re.findall(r"([ML]) (-?[\d.]+) (-?[\d.]+)", path.d):
            assert letter
            points.append((float(x), float(y)))
    return points


def _check_inside(drawing) -> None:
    for x, y in _numbers(drawing):
        assert -0.1 <= x <= drawing.width + 0.1
        assert -0.1 <= y <= drawing.height + 0.1


phases = st.sampled_from([Phase.WORK, Phase.ASKED, Phase.AT_BODY])
pieces = st.lists(
    st.tuples(st.sampled_from([*UNITS, AUTHOR, BOARD]), phases, st.integers(1, 200)),
    min_size=1,
    max_size=40,
)


@settings(deadline=None, max_examples=60)
@given(pieces, st.integers(0, 300), st.booleans(), st.integers(0, 400))
def test_whatever_happened_both_drawings_stay_inside(lengths, due, is_answered, after) -> None:
    total = sum(days for _, _, days in lengths)
    ends = [*lengths, (UNITS[0], Phase.ANSWERED, after)] if is_answered and after else lengths
    late = (on(due), on(total)) if due < total else (None, None)
    route = make_route(
        *ends,
        answered=total if is_answered else None,
        deadlines=(Deadline(on(due), on(due + 7), *late, is_open=not is_answered),),
        promises=(Promised(on(total + 9), ""),),
    )
    _check_inside(chart_wide.draw(route))
    _check_inside(chart_narrow.draw(route))


@pytest.mark.parametrize("days", [0, 1, 3, 30, 4000])
def test_short_and_long_journeys_can_be_drawn(days: int) -> None:
    ended = Ending(on(days), None, None)
    for ending, answered in itertools.product((None, ended), (None, 0, days)):
        route = make_route((REGISTRY, Phase.REGISTERING, days), answered=answered, ending=ending)
        _check_inside(chart_wide.draw(route))
        _check_inside(chart_narrow.draw(route))


def test_narrow_labels_stand_apart_and_near_what_they_speak_of() -> None:
    lengths = [(UNITS[n % 7], Phase.WORK, 4) for n in range(90)]
    chart = chart_narrow.draw(make_route(*lengths))
    left = max(text.x for text in chart.texts)
    rows = sorted(text.y for text in chart.texts if text.x == left)
    assert all(b - a >= chart_narrow.LINE - 0.2 for a, b in itertools.pairwise(rows))
    (leads,) = [path.d for path in chart.paths if path.look == "g-lead"]
    for lead in leads.split("M ")[1:]:
        start, end = re.findall(r"(?:^|L )[\d.]+ ([\d.]+)", lead)
        assert abs(float(start) - float(end)) <= chart_narrow.FAR + chart_narrow.LINE


def test_shares_add_up_and_the_bar_fills_its_width() -> None:
    listed = shares.list_shares(GREAT.spans, GREAT.answered)
    assert [(share.use, share.days) for share in listed] == [
        (shares.Use.RIGHT, 36),
        (shares.Use.ELSEWHERE, 27),
        (shares.Use.BODY, 21),
        (shares.Use.AUTHOR, 7),
        (shares.Use.REGISTRY, 2),
    ]
    assert shares.total(listed) == 93
    bar = shares.draw(listed, 328)
    assert bar.rects[-1].x + bar.rects[-1].width == pytest.approx(327, abs=0.3)
    assert all(rect.width >= shares.LEAST - 0.1 for rect in bar.rects)
