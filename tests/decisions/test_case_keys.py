"""Case numbers: what is the same case, and what only looks like one."""

import pytest

from app.decisions.case_keys import find_case_number, parse_case_number, with_function


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("123/10.03.01/2026", "0123/10.03.01/2026"),
        ("123/10.03.01/2026", " 123 / 10 03 01 / 2026 "),
        ("123/10.03.01/2026", "Dnro 123/10.03.01/2026"),
        ("123/10.03.01/2026", "123/2026"),
        ("ESBO/123/2026", "esbo/0123/2026"),
        ("ESBO/123/10.03.01/2026", "ESBO 123/2026"),
        ("HEL 2025-001216", "HEL-2025-001216"),
        ("HEL 2025-001216", "HEL 2025–1216"),
    ],
)
def test_one_case_written_in_two_ways_is_one_case(first: str, second: str) -> None:
    one, other = parse_case_number(first), parse_case_number(second)
    assert one is not None
    assert other is not None
    assert one.equals(other)
    assert other.equals(one)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("123/10.03.01/2026", "124/10.03.01/2026"),
        ("123/10.03.01/2026", "123/10.03.01/2025"),
        ("123/10.03.01/2026", "123/10.03.02/2026"),
        ("ESBO/123/2026", "HEL/123/2026"),
        ("ESBO/123/2026", "123/2026"),
        ("HEL 2025-001216", "HEL 2026-001216"),
        ("1/2026", "10/2026"),
    ],
)
def test_another_number_year_function_or_prefix_is_another_case(first: str, second: str) -> None:
    one, other = parse_case_number(first), parse_case_number(second)
    assert one is not None
    assert other is not None
    assert not one.equals(other)


@pytest.mark.parametrize(
    "text", ["", "123", "2026", "abc", "0/2026", "123/3026", "1/2/3/4", "x" * 100, "123/2026; DROP"]
)
def test_what_is_no_case_number_has_no_key(text: str) -> None:
    assert parse_case_number(text) is None


def test_a_case_number_is_found_in_a_running_text() -> None:
    assert find_case_number("Valaistus, Dnro 41/10.03.01/2026") == "41/10.03.01/2026"
    assert find_case_number("Asia 41/10.03.01/2026 palautettiin.") == "41/10.03.01/2026"
    assert find_case_number("Dno: 5316/2016") == "5316/2016"
    assert find_case_number("Vastaus (HEL 2025-001216)") == "HEL 2025-001216"


@pytest.mark.parametrize(
    "text", ["Laki 410/2015 23 §", "vuosina 2025/2026", "puh. 12/34.56", "ei mitään", "1/1.2.2026"]
)
def test_a_statute_or_a_date_is_not_taken_for_a_case_number(text: str) -> None:
    assert find_case_number(text) is None


def test_a_function_told_apart_joins_its_number() -> None:
    assert with_function("5316/2016", "00 01 01") == "5316/00.01.01/2016"
    assert with_function("5316/00.01.02/2016", "00 01 01") == "5316/00.01.02/2016"
    assert with_function("5316/2016", "") == "5316/2016"
