"""The pictures of a result: everything inside, nothing on top of anything else, sums that agree."""

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import language
from app.core.drawing import Drawing, Text, text_width
from app.voting import bars, flow, pictures

TITLES = (
    "Rantaraitin valot ja penkit Matinkylään",
    "Ympäristökasvatuskeskuksen esteettömyysparannukset ja opastetaulut kaikille koululaisille",
    "Hyönteishotelleja",
    "Koira-aitaus",
)
SOURCES = (
    ("165 voters", "at least 4 wishes came true", "4+ wishes: 165"),
    ("503 voters", "3 wishes came true", "3 wishes: 503"),
    ("797 voters", "2 wishes came true", "2 wishes: 797"),
    ("519 voters", "1 wish came true", "1 wish: 519"),
)

payments = st.integers(1, 30).flatmap(
    lambda winners: st.lists(
        st.lists(st.integers(0, 10**8), min_size=winners, max_size=winners).map(tuple),
        min_size=1,
        max_size=4,
    )
)


def _both(paid: list[tuple[int, ...]]) -> list[Drawing]:
    sources = [flow.Source(*words, cents) for words, cents in zip(SOURCES, paid, strict=False)]
    targets = [
        flow.Target(TITLES[number % len(TITLES)], "48 000 €") for number in range(len(paid[0]))
    ]
    return [flow.draw_wide(sources, targets), flow.draw_narrow(sources, targets)]


def _numbers(path: str) -> list[tuple[float, float]]:
    """The points of a stream: where it begins, its curves, and its thickness downwards."""
    pairs = re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.replace("V", "Z"))
    return [(float(x), float(y)) for x, y in pairs]


def _box(text: Text) -> tuple[float, float, float, float]:
    bold = text.look.startswith("g-text b")
    width = text_width(text.text, bold=bold, size=14 if bold else 13)
    left = text.x - (width if text.anchor == "end" else 0)
    return left, text.y - 11, left + width, text.y + 3


@settings(max_examples=60, deadline=None)
@given(payments)
def test_labels_of_the_flow_stay_inside_and_never_overlap(paid: list[tuple[int, ...]]) -> None:
    for drawing in _both(paid):
        for rect in drawing.rects:
            assert rect.height >= 2
            assert rect.y >= 0
            assert rect.y + rect.height <= drawing.height
        for path in drawing.paths:
            assert all(0 <= x <= drawing.width for x, _ in _numbers(path.d))
        boxes = sorted(map(_box, drawing.texts))
        assert all(left >= 0 and top >= 0 for left, top, _, _ in boxes)
        assert all(right <= drawing.width and low <= drawing.height for _, _, right, low in boxes)
        for one, other in itertools.combinations(boxes, 2):
            apart = one[2] <= other[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart, (one, other)


@settings(max_examples=60, deadline=None)
@given(payments)
def test_a_bar_is_as_tall_as_its_money(paid: list[tuple[int, ...]]) -> None:
    sums = [sum(cents) for cents in paid] + [sum(cents) for cents in zip(*paid, strict=True)]
    for drawing in _both(paid):
        most = max(range(len(sums)), key=lambda number: sums[number])
        for rect, cents in zip(drawing.rects, sums, strict=True):
            expected = drawing.rects[most].height * cents / max(sums[most], 1)
            assert rect.height == pytest.approx(max(expected, 2), abs=0.2)


def test_there_is_one_stream_from_each_group_to_each_winner_it_paid_for() -> None:
    wide, narrow = _both([(500, 0, 100), (300, 200, 0)])
    assert len(wide.paths) == len(narrow.paths) == 4
    assert [text.text for text in narrow.texts[:2]] == ["4+ wishes: 165", "3 wishes: 503"]
    assert wide.texts[0].text == "165 voters"
    assert wide.texts[1].text == "at least 4 wishes came true"


def test_streams_fill_their_bars() -> None:
    """Each stream begins where the one before it ended, from the top of the bar to its foot."""
    (wide, _) = _both([(600, 300, 100)])
    (bar, *_) = wide.rects
    starts = [_numbers(path.d)[0][1] for path in wide.paths]
    assert starts[0] == pytest.approx(bar.y, abs=0.1)
    assert starts[1] - starts[0] == pytest.approx(0.6 * bar.height, abs=0.2)
    assert starts[2] - starts[1] == pytest.approx(0.3 * bar.height, abs=0.2)


def test_one_winner_makes_a_low_picture_and_thirty_a_tall_one() -> None:
    one, _ = _both([(100,)])
    thirty, _ = _both([(100,) * 30])
    assert one.height < 200
    assert thirty.height > 30 * 30


rows = st.lists(
    st.builds(
        bars.Row,
        st.sampled_from(TITLES),
        st.sampled_from(["0 €", "123 456 789,01 €", "67 %"]),
        st.tuples(st.floats(0, 0.5).map(bars.Part), st.floats(0, 0.5).map(bars.Part)),
    ),
    max_size=8,
)


@given(rows)
def test_bars_stay_on_their_tracks(given_rows: list[bars.Row]) -> None:
    pair = bars.draw_both(given_rows)
    for drawing in (pair.wide, pair.narrow):
        for rect in drawing.rects:
            assert rect.x >= 0
            assert rect.x + rect.width <= drawing.width + 0.1
            assert rect.y + rect.height <= drawing.height
        for one, other in itertools.combinations(sorted(map(_box, drawing.texts)), 2):
            assert one[2] <= other[0] or one[3] <= other[1] or other[3] <= one[1]


def test_a_half_fills_half_of_the_track() -> None:
    drawing = bars.draw([bars.Row("Equal shares", "50 %", (bars.Part(0.5),))], 480)
    track, bar = drawing.rects
    assert (track.width, bar.width) == (480, 240)
    assert [text.text for text in drawing.texts] == ["Equal shares", "50 %"]


def _group(wins: int, voters: int, left: int, **paid: int) -> dict[str, object]:
    payments = [{"winner": int(key[1:]), "cents": cents} for key, cents in paid.items()]
    return {"wins": wins, "voters": voters, "left_cents": left, "paid": payments}


GROUPS = [
    _group(0, 80, 900),
    _group(1, 50, 70, w1=100),
    _group(4, 7, 0, w1=40, w2=10),
    _group(5, 2, 1, w1=8, w2=2),
    _group(9, 1, 0, w2=3),
]


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_voters_with_many_wishes_are_shown_together(context: object) -> None:
    none, one, many = pictures.list_crowds(GROUPS, [1, 2])
    assert (none.voters, none.cents, none.left_cents) == (80, (0, 0), 900)
    assert (one.voters, one.cents) == (50, (100, 0))
    assert (many.voters, many.cents, many.left_cents) == (10, (48, 15), 1)
    with language.speaking("en"):
        assert [crowd.note for crowd in (none, one, many)] == [
            "no wish came true",
            "1 wish came true",
            "at least 4 wishes came true",
        ]
        assert many.short == "4+ wishes: 10"
        four = pictures.list_crowds(GROUPS[:3], [1, 2])[-1]
        assert four.note == "4 wishes came true"
    with language.speaking("fi"):
        assert many.name == "10 äänestäjää"
        assert one.short == "1 toive: 50"
    with language.speaking("sv"):
        assert many.note == "minst 4 önskemål uppfylldes"


def test_percent_is_whole_only_when_it_is_all_and_nothing_only_when_it_is_none() -> None:
    assert pictures.percent(999, 1000) == 99
    assert pictures.percent(1, 1000) == 1
    assert [pictures.percent(*pair) for pair in ((0, 0), (0, 7), (7, 7))] == [0, 0, 100]
