"""Keeping texts of a drawing apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.drawing import (
    Box,
    Taken,
    Text,
    clamp,
    first_free,
    fit_lines,
    near,
    push_apart,
    rows_for,
    text_width,
    wrap,
)

heights = st.lists(st.tuples(st.floats(0, 900), st.floats(10, 60)), min_size=1, max_size=30)


@given(heights)
def test_labels_never_overlap_and_never_leave_the_top(labels) -> None:
    wanted = sorted(want for want, _ in labels)
    tall = [height for _, height in labels]
    tops = push_apart(wanted, tall, 8)
    assert len(tops) == len(labels)
    assert tops[0] >= 8
    for number in range(1, len(tops)):
        assert tops[number] >= tops[number - 1] + tall[number - 1] - 1e-6


def test_labels_with_room_stay_where_they_belong() -> None:
    assert push_apart([10, 100, 200], [20, 20, 20], 0) == [10, 100, 200]


def test_labels_that_meet_share_the_way() -> None:
    assert push_apart([100, 100], [20, 20], 0) == [90, 110]


def test_labels_that_overlap_take_another_row() -> None:
    assert rows_for([(0, 100), (50, 150), (200, 300), (105, 140)]) == [0, 1, 0, 2]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Kirjaamo", ["Kirjaamo"]),
        ("Ympäristö- ja rakennusvalvontakeskus", ["Ympäristö- ja", "rakennusvalvontakeskus"]),
        ("Rakennusvalvontasuunnittelukeskus", ["Rakennusvalvontasuunnittelu-", "keskus"]),
    ],
)
def test_long_names_break_at_words_and_then_at_their_parts(text: str, lines: list[str]) -> None:
    assert wrap(text, 206) == lines


def test_a_text_takes_the_first_place_that_is_free() -> None:
    taken = Taken()
    taken.add(Box(0, 0, 100, 20))
    first, second = Text(10, 15, "ten days"), Text(10, 60, "ten days")
    assert first_free([first, second], taken, Box(0, 0, 500, 100)) == second
    assert first_free([second], taken, Box(0, 0, 500, 100)) is None


def test_a_text_crosses_a_line_rather_than_vanishing() -> None:
    only = Text(10, 60, "ten days")
    assert first_free([only], Taken(), Box(0, 0, 500, 100), [Box(20, 0, 22, 100)]) == only


def test_a_text_stays_between_the_edges() -> None:
    assert clamp(5, 40, 0, 100) == 20
    assert clamp(95, 40, 0, 100) == 80
    assert clamp(5, 400, 0, 100) == 200  # too wide: it begins at the left edge


def test_numbers_are_short() -> None:
    assert (near(3.04), near(3.0), near(2.26)) == (3, 3, 2.3)
    assert text_width("abcd") < text_width("abcd", bold=True)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Koira-aitaus", ["Koira-aitaus"]),
        ("Pyöränhuoltopisteitä rantaraitille", ["Pyöränhuoltopis-", "teitä", "rantaraitille"]),
        (
            "Ympäristökasvatuskeskuksen uudet opasteet kaikille",
            ["Ympäristökasvatus-", "keskuksen uudet", "opasteet kaikille"],
        ),
        (
            "Kahdeksankymmentäviisi lintulautaa Suomenojan kosteikolle ja Laajalahdelle",
            ["Kahdeksankymmentä-", "viisi lintulautaa", "Suomenojan…"],
        ),
    ],
)
def test_long_titles_break_between_syllables_and_end_with_an_ellipsis(
    text: str, lines: list[str]
) -> None:
    assert fit_lines(text, 150, 3) == lines


@given(st.text("abcdefghijklmnopqrstuvwxyzåäö -", max_size=200), st.integers(60, 300))
def test_titles_stay_within_their_width_and_lines(text: str, width: int) -> None:
    lines = fit_lines(text, width, 3)
    assert len(lines) <= 3
    assert all(text_width(line, bold=True) <= width for line in lines)
