"""A matter beside the ones like it."""

import pytest

from app.proposals.lifecycle import Outcome
from app.transparency import comparison, flows
from app.transparency.comparison import Group, Own

pytestmark = pytest.mark.usefixtures("english")


def group(days: list[int], **more) -> Group:
    values = {"on_time": 5, "on_time_of": 10, "direct": 6, "outcomes": {"action": 4}}
    return Group.from_kept(comparison.as_kept(days, **(values | more)))


def test_a_group_is_kept_by_days_and_their_numbers() -> None:
    kept = comparison.as_kept([7, 3, 7], on_time=0)
    assert kept == {"days": [(3, 1), (7, 2)], "on_time": 0}
    assert (group([7, 3, 7]).n, group([7, 3, 7]).quantile(0.5)) == (3, 7)
    assert group([7]).outcomes == {Outcome.ACTION: 4}


def test_the_middle_half_and_the_place_of_this_one_are_told() -> None:
    sentence = comparison.finding(group(list(range(1, 42))), Own(35, True, 1))
    assert sentence == (
        "Half of them got their answer in 11–31 days. This one took longer than 34 of them."
    )


def test_one_that_waits_is_not_said_to_have_taken_its_time() -> None:
    assert "has waited longer than" in comparison.finding(group([1, 2]), Own(9, False, 0))


@pytest.mark.parametrize("width", [330, 1060])
@pytest.mark.parametrize("count", [10, 41, 5000])
def test_every_matter_has_its_place_and_none_leaves_the_plot(width: int, count: int) -> None:
    days = [number * 7 % 97 for number in range(count)]
    plot = comparison.draw(group(days), Own(93, True, 1, due=60), width)
    dots = [circle for circle in plot.circles if circle.look == "g-dot"]
    assert dots
    assert all(comparison.TOP <= dot.y <= comparison.BASE for dot in dots)
    assert all(0 <= dot.x <= width for dot in dots)


def test_a_dot_is_one_matter_while_they_fit() -> None:
    plot = comparison.draw(group([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]), Own(45, True, 0), 1060)
    assert len([circle for circle in plot.circles if circle.look == "g-dot"]) == 10


def test_a_few_very_slow_ones_do_not_squeeze_the_rest() -> None:
    plot_scale = comparison.make_scale(group([10] * 98 + [2000, 3000]), Own(20, True, 0), 1060)
    assert plot_scale.last <= 30
    plot = comparison.draw(group([10] * 98 + [2000, 3000]), Own(20, True, 0), 1060)
    assert "one dot: up to 14 matters, 2 took longer than this" in [t.text for t in plot.texts]


def test_bands_are_as_thick_as_their_numbers_and_leave_no_bar() -> None:
    listed = [
        flows.Flow(*pair, n, n, 1) for *pair, n in (("a", "b", 30), ("c", "b", 10), ("a", "d", 5))
    ]
    picture = flows.draw(listed, lambda key: f"Unit {key}")
    assert len(picture.paths) == 3
    bars = sorted(rect.height for rect in picture.rects)
    assert bars[-1] == pytest.approx(40 / 45 * flows.TALL, abs=0.1)
    assert all(text.y <= picture.height for text in picture.texts)
    assert "1 matter" not in [text.text for text in picture.texts]
