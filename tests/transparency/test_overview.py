"""How the city answers now: kept figures, live numbers, three figures for the home page."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from app.comments.rules import DiscussionRule
from app.core import clock
from app.core.access import Role
from app.core.language import speaking
from app.duties.services import run_out_clocks
from app.extensions import db
from app.moderation import services as moderation
from app.proposals.models import Matter
from app.transparency import queries, services
from tests.factories import Factory
from tests.transparency.handling import Office


@pytest.fixture
def office(make: Factory, held: Callable) -> Office:
    """People who handle matters, and the clock they live by."""
    return Office(make, held)


def _answered(office: Office, count: int, days: int, **fields) -> list[Matter]:
    matters = [office.published(**fields) for _ in range(count)]
    office.wait(1)
    for matter in matters:
        office.register(matter)
        office.prepare(matter)
    office.wait(days - 1)
    for matter in matters:
        office.answer(matter)
    return matters


def test_figures_come_from_matters_clocks_and_the_log(office: Office) -> None:
    _answered(office, 8, 20)
    waiting = [office.published() for _ in range(6)]
    handed = waiting[0]
    office.register(handed, "city_planning")
    office.hand_over(handed, "street_engineering")
    office.wait(70)
    run_out_clocks()
    assert services.rebuild_figures() >= 4
    kept = queries.get_kept(everything=True)
    assert (kept.median.days, kept.median.n, kept.median.answered) == (20, 14, 8)
    assert (kept.on_time.hits, kept.on_time.n) == (8, 14)
    assert kept.values["unit:street_engineering"]["open"] == 1
    assert kept.values["unit:street_engineering"]["late"] == 1
    assert queries.count_late() == 6
    assert [row.id for row in queries.list_oldest()] == [matter.id for matter in waiting]


def test_rebuilding_twice_changes_nothing_and_a_hidden_matter_is_not_counted(
    office: Office,
) -> None:
    matters = _answered(office, 12, 9)
    services.rebuild_figures()
    first = queries.get_kept(everything=True).values
    services.rebuild_figures()
    assert queries.get_kept(everything=True).values == first
    moderation.hide_matter(office.make.actor(Role.MODERATOR), matters[0], DiscussionRule.SPAM)
    services.rebuild_figures()
    assert queries.get_kept().median.n == 11


def test_figures_are_due_after_an_hour_or_on_a_new_day(office: Office) -> None:
    assert services.are_figures_due()
    services.rebuild_figures()
    assert not services.are_figures_due()
    office.wait(hours=1)
    assert services.are_figures_due()


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_the_home_page_gets_three_figures_with_their_n(office: Office) -> None:
    _answered(office, 12, 20)
    office.wait(60)
    services.rebuild_figures()
    with speaking("en"):
        median, on_time, late = queries.figures()
    assert median.figure == "20 days"
    assert "n\xa0=\xa012" in median.note
    assert (on_time.figure, "n\xa0=\xa012" in on_time.note) == ("100\xa0%", True)
    assert (late.figure, late.text) == ("0", "matters are late now")


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_small_groups_are_not_shown_on_the_home_page(office: Office) -> None:
    _answered(office, 9, 20)
    services.rebuild_figures()
    with speaking("en"):
        (late,) = queries.figures()
    assert late.text == "matters are late now"


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
class TestPage:
    """The page itself."""

    def test_it_shows_figures_late_ones_units_and_flows(
        self, office: Office, client: FlaskClient
    ) -> None:
        _answered(office, 12, 20)
        late = office.published(title="Kadun kuopat ovat vaarallisia")
        office.register(late, "city_planning")
        office.hand_over(late, "street_engineering")
        office.wait(70)
        run_out_clocks()
        services.rebuild_figures()
        page = client.get("/en/overview").text
        assert "20 days" in page
        assert "n\xa0=\xa013, interval 20–20 days" in page
        assert "1 matter is late now" in page
        assert 'href="/en/matters?late=1"' in page
        assert "Kadun kuopat ovat vaarallisia" in page
        assert 'href="/en/units/street_engineering"' in page
        assert "City Engineering Centre" in page
        assert "Worked out from the public log on" in page

    def test_an_empty_city_has_a_page_too(self, client: FlaskClient) -> None:
        response = client.get("/en/overview")
        assert response.status_code == 200
        assert "Every matter has its answer." in response.text
        assert "Nothing is late now." in response.text

    def test_a_hidden_matter_is_not_named(self, office: Office, client: FlaskClient) -> None:
        matter = office.published(title="Canary in the mine of words")
        office.wait(30)
        run_out_clocks()
        moderator = office.make.actor(Role.MODERATOR)
        moderation.hide_matter(moderator, matter, DiscussionRule.SPAM)
        services.rebuild_figures()
        assert "Canary" not in client.get("/en/overview").text

    def test_it_costs_few_queries_and_may_be_cached(
        self, office: Office, client: FlaskClient
    ) -> None:
        _answered(office, 12, 20)
        services.rebuild_figures()
        client.get("/en/overview?warm")
        statements: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
        response = client.get("/en/overview")
        reads = [sql for sql in statements if sql.startswith(("SELECT", "WITH"))]
        assert len(reads) <= 5, "\n".join(reads)
        assert response.headers["Cache-Control"] == "public, max-age=0, must-revalidate"


def test_the_command_tells_how_many(context: Flask, office: Office) -> None:
    result = context.test_cli_runner().invoke(args=["transparency", "rebuild"])
    assert result.output.strip() == "5 figures worked out"
    assert timedelta(0) == clock.now() - queries.get_kept().made_at
