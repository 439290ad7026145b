"""Who hands over to whom: counting, the period that is chosen, and what is left out."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from app.comments.rules import DiscussionRule
from app.core import clock
from app.core.access import Role
from app.extensions import db
from app.journal import Entry, Kind
from app.moderation import services as moderation
from app.transparency import lists, services
from app.transparency.flows import Flow, count_flows, list_handed
from app.transparency.models import HandOver
from tests.factories import Factory
from tests.transparency.handling import Office

DAY = datetime(2026, 3, 9, 9, tzinfo=UTC)


@pytest.fixture
def office(make: Factory, held: Callable) -> Office:
    """People who handle matters, and the clock they live by."""
    return Office(make, held)


def entry(kind: Kind, day: int, **facts: Any) -> Entry:
    at = DAY + timedelta(days=day)
    return Entry(kind, 1, "matter", 7, at, "official", None, None, facts)


def handed(*entries: Entry) -> list[tuple[str, str, int]]:
    return [(one.before, one.after, one.days) for one in list_handed(enumerate(entries, 1))]


def test_days_are_those_that_the_unit_before_had_the_matter() -> None:
    assert handed(
        entry(Kind.REGISTERED, 0, unit="a"),
        entry(Kind.HANDED_OVER, 5, from_unit="a", to_unit="b"),
        entry(Kind.BACK_FROM_BODY, 8, unit="b"),
        entry(Kind.HANDED_OVER, 12, from_unit="b", to_unit="a"),
        entry(Kind.REOPENED, 100, unit="a"),
        entry(Kind.HANDED_OVER, 101, from_unit="a", to_unit="c"),
    ) == [("a", "b", 5), ("b", "a", 7), ("a", "c", 1)]


def test_a_hand_over_is_counted_each_time_and_a_matter_once() -> None:
    flows = count_flows([("b", "a", ["1"], [2]), ("a", "b", ["1", "1", "2"], [6, 4, 50])])
    assert flows == [Flow("a", "b", 3, 2, 6), Flow("b", "a", 1, 1, 2)]


def test_hand_overs_are_collected_once_from_the_log(office: Office) -> None:
    matter = office.published()
    office.register(matter, "city_planning")
    office.wait(9)
    office.hand_over(matter, "street_engineering")
    assert services.collect_hand_overs() == 1
    assert services.collect_hand_overs() == 0
    office.wait(2)
    office.hand_over(matter, "sports")
    services.rebuild_figures()
    today = clock.today()
    assert lists.list_flows(date(2026, 3, 9), today) == [
        Flow("city_planning", "street_engineering", 1, 1, 9),
        Flow("street_engineering", "sports", 1, 1, 2),
    ]
    assert lists.list_flows(today, today) == [Flow("street_engineering", "sports", 1, 1, 2)]
    assert lists.list_flows(date(2026, 3, 9), date(2026, 3, 17)) == []
    assert lists.get_first_hand_over() == date(2026, 3, 18)


def test_many_are_collected_in_parts(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "CHUNK", 3)
    matters = [office.published() for _ in range(4)]
    for matter in matters:
        office.register(matter, "city_planning")
        office.hand_over(matter, "sports")
        office.hand_over(matter, "city_planning")
    assert services.collect_hand_overs() == 8
    assert db.session.scalar(select(func.count()).select_from(HandOver)) == 8


def test_a_hidden_matter_is_left_out_until_it_is_shown_again(office: Office) -> None:
    matter = office.published()
    office.register(matter, "city_planning")
    office.hand_over(matter, "sports")
    services.rebuild_figures()
    today = clock.today()
    moderator = office.make.actor(Role.MODERATOR)
    moderation.hide_matter(moderator, matter, DiscussionRule.SPAM)
    assert lists.list_flows(today, today) == []
    moderation.show_matter(moderator, matter)
    assert len(lists.list_flows(today, today)) == 1


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
class TestPage:
    """The page and its form."""

    path = "/en/overview/hand-overs"

    def test_the_table_has_times_matters_and_days(
        self, office: Office, client: FlaskClient
    ) -> None:
        for _ in range(2):
            matter = office.published()
            office.register(matter, "city_planning")
            office.wait(9)
            office.hand_over(matter, "street_engineering")
        services.rebuild_figures()
        page = client.get(self.path).text
        row = page.partition("<tbody")[2].partition("</tbody>")[0]
        assert re.findall(r'class="r"><div>(\d+)', row) == ["2", "2", "9"]
        assert "2 hand-overs in this period. Most of them from City Planning Department" in page
        assert 'id="flow-picture"' in page
        assert page.index("<table") < page.index('id="flow-picture"')
        assert "Left out: matters that are hidden now" in page

    def test_a_period_can_be_chosen(self, office: Office, client: FlaskClient) -> None:
        matter = office.published()
        office.register(matter, "city_planning")
        office.hand_over(matter, "sports")
        services.rebuild_figures()
        office.wait(60)
        for period, is_there in {
            "month": False,
            "quarter": True,
            "year": True,
            "all": True,
        }.items():
            page = client.get(f"{self.path}?period={period}").text
            assert ("Most of them from" in page) == is_there, period
        chosen = f"{self.path}?period=dates&start=2026-03-01&end="
        assert "Most of them from" in client.get(f"{chosen}2026-03-09").text
        assert "Nothing was handed over" in client.get(f"{chosen}2026-03-08").text
        assert "From 1/3/2026 to 8/3/2026" in client.get(f"{chosen}2026-03-08").text

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("", "Write a day"),
            ("&start=x&end=2026-03-01", "Write a day"),
            ("&start=2026-03-02&end=2026-03-01", "cannot be before the first"),
            ("&start=2026-03-01&end=2026-03-10", "not still to come"),
            ("&start=0001-01-01&end=2026-03-01", "from the year 2000"),
            ("&start=2001-01-01&end=2026-03-01", "at most ten years"),
        ],
    )
    def test_a_period_that_cannot_be_is_refused_at_its_field(
        self, client: FlaskClient, query: str, sentence: str
    ) -> None:
        page = client.get(f"{self.path}?period=dates{query}").text
        assert sentence in page
        assert 'class="error-summary"' in page
        assert "in this period" not in page

    def test_an_unknown_period_is_the_year(self, client: FlaskClient) -> None:
        page = client.get(f"{self.path}?period=nonsense").text
        assert "From 10/3/2025 to 9/3/2026" in page

    def test_pairs_that_are_left_out_are_said(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        flows = [Flow(f"a{n}", f"b{n}", 60 - n, 1, 1) for n in range(53)]
        monkeypatch.setattr(lists, "list_flows", lambda *_days: flows)
        page = client.get(self.path).text
        assert "3 smaller pairs with 27 hand-overs are left out of the table." in page
        assert "At most 12 pairs are drawn." in page

    def test_it_costs_few_queries(self, office: Office, client: FlaskClient) -> None:
        client.get(f"{self.path}?warm")
        statements: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
        client.get(f"{self.path}?period=all")
        assert len([sql for sql in statements if sql.startswith("SELECT")]) <= 7
