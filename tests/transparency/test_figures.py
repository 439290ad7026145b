"""What the overview's figures are counted from."""

from datetime import UTC, datetime, timedelta

from app.transparency.figures import Case, Periods, work_out

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
PERIODS = Periods(NOW - timedelta(days=365), NOW - timedelta(days=730))


def case(days: int, answered: int | None = None, due: int | None = 60, **more) -> Case:
    """Days before now; `due` days after publishing."""
    start = NOW - timedelta(days=days)
    values = {
        "kind": "proposal",
        "theme": "streets",
        "unit": "street_engineering",
        "published": start,
        "answered": NOW - timedelta(days=answered) if answered is not None else None,
        "first_due": start + timedelta(days=due) if due is not None else None,
        "is_open": answered is None and "ended" not in more,
    }
    return Case(**(values | more))


def figures(*cases: Case) -> dict:
    return work_out(cases, PERIODS, NOW)


def test_matters_that_still_wait_count_in_the_median() -> None:
    city = figures(case(100, 90), case(100, 80), case(100), case(100))["city"]
    assert (city["days"], city["n"], city["answered"]) == (20, 4, 2)


def test_older_matters_are_not_in_the_year() -> None:
    assert figures(case(400, 390))["city"]["n"] == 0


def test_in_time_is_judged_when_the_first_deadline_has_passed_answered_or_not() -> None:
    city = figures(
        case(100, 50),  # answered after 50 days, due after 60
        case(100, 30),  # answered after 70 days
        case(100),  # never answered
        case(30, 20),  # answered early, but not due yet
        case(500, 480),  # due before the year
    )["city"]
    assert (city["on_time"], city["on_time_of"]) == (1, 3)


def test_who_left_before_the_deadline_is_not_judged() -> None:
    left = NOW - timedelta(days=90)
    assert figures(case(100, ended=left))["city"]["on_time_of"] == 0
    too_late = NOW - timedelta(days=10)
    assert figures(case(100, ended=too_late))["city"]["on_time_of"] == 1


def test_units_have_what_is_open_and_late_whatever_its_age() -> None:
    unit = figures(case(900, is_late=True), case(20), case(50, 10))["unit:street_engineering"]
    assert (unit["open"], unit["late"], unit["n"]) == (2, 1, 2)


def test_a_matter_that_nobody_has_yet_belongs_to_no_unit() -> None:
    assert not [key for key in figures(case(3, unit=None)) if key.startswith("unit:")]


def test_matters_alike_compare_the_answers_of_two_years() -> None:
    found = figures(
        case(800, 700, outcome="action"),
        case(100, 90, outcome="no_action", handovers=2),
        case(900, 850),  # answered too long ago
        case(50),  # not answered
        case(60, 40, kind="feedback"),
        case(60, 30, theme="sports"),
    )
    theme = found["alike:proposal:streets"]
    assert found["alike:proposal"]["days"] == [(10, 1), (30, 1), (100, 1)]
    assert found["alike:feedback:streets"]["days"] == [(20, 1)]
    assert theme["days"] == [(10, 1), (100, 1)]
    assert (theme["direct"], theme["on_time"], theme["on_time_of"]) == (1, 1, 2)
    assert theme["outcomes"] == {"action": 1, "no_action": 1}


def test_local_days_are_counted() -> None:
    published = datetime(2026, 6, 1, 20, tzinfo=UTC)  # 23.00 in Espoo
    answered = datetime(2026, 6, 1, 22, tzinfo=UTC)  # 01.00 on the next day
    one = Case("proposal", "streets", None, published, answered, answered)
    assert one.wait(NOW).days == one.registering(NOW).days == 1


def test_a_unit_has_the_usual_time_of_registering_too() -> None:
    day = timedelta(days=1)
    known = [case(100 - n, registered=NOW - timedelta(days=100 - n) + 2 * day) for n in range(3)]
    unit = figures(*known, case(100), case(100))["unit:street_engineering"]
    assert (unit["registering"]["days"], unit["registering"]["n"]) == (2, 5)
