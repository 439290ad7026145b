"""The median with those that still wait, against published examples."""

import math

import pytest

from app.transparency.survival import Wait, curve, median, share_interval


def waits(text: str) -> list[Wait]:
    """ "6 9+" is one answered after 6 days and one that still waits after 9."""
    return [Wait(int(part.rstrip("+")), not part.endswith("+")) for part in text.split()]


# Remission times under 6-mercaptopurine, Freireich et al. 1963, as in Kalbfleisch & Prentice.
SIX_MP = waits("6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+")


def test_the_published_curve_comes_out() -> None:
    shares = {day: round(share, 3) for day, share, _ in curve(SIX_MP)}
    assert shares == {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}


def test_greenwoods_error_comes_out() -> None:
    errors = {day: round(share * math.sqrt(total), 4) for day, share, total in curve(SIX_MP)}
    assert (errors[6], errors[10], errors[23]) == (0.0764, 0.0963, 0.1346)


def test_the_published_median_comes_out_with_its_interval() -> None:
    found = median(SIX_MP)
    assert (found.days, found.low, found.high) == (23, 13, None)
    assert (found.n, found.answered) == (21, 9)


def test_without_waiting_ones_it_is_the_usual_median() -> None:
    assert median(Wait(day, True) for day in range(1, 100)).days == 50


def test_those_that_wait_make_it_longer() -> None:
    answered = [Wait(day, True) for day in range(1, 41)]
    assert median(answered).days == 20
    assert median(answered + [Wait(60, False)] * 30).days == 35


def test_there_is_no_median_while_most_wait() -> None:
    found = median([Wait(3, True)] + [Wait(50, False)] * 9)
    assert (found.days, found.high) == (None, None)


def test_an_answer_on_a_day_comes_before_leaving_on_that_day() -> None:
    assert curve(waits("5 5+"))[0][1] == 0.5


def test_nothing_gives_nothing() -> None:
    found = median([])
    assert (found.days, found.low, found.high, found.n) == (None, None, None, 0)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_wilsons_interval(hits: int, n: int, low: float, high: float) -> None:
    """The last row is Newcombe's (1998) example."""
    assert share_interval(hits, n) == pytest.approx((low, high), abs=1e-4)
