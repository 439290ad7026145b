"""A unit's page, and the matters in which nothing has happened for longest."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from app.comments import services as comments
from app.comments.models import Stance
from app.comments.rules import DiscussionRule
from app.core import clock
from app.core.access import Role
from app.duties.services import run_out_clocks
from app.extensions import db
from app.moderation import services as moderation
from app.transparency import lists, services
from tests.factories import Factory
from tests.transparency.handling import Office

UNIT = "street_engineering"


@pytest.fixture
def office(make: Factory, held: Callable) -> Office:
    """People who handle matters, and the clock they live by."""
    return Office(make, held)


def test_a_unit_counts_what_is_open_and_late(office: Office) -> None:
    late, hidden, elsewhere = (office.published() for _ in range(3))
    office.register(late)
    office.register(hidden)
    office.register(elsewhere, "sports")
    office.wait(70)
    run_out_clocks()
    fresh = office.published()
    office.register(fresh)
    moderation.hide_matter(office.make.actor(Role.MODERATOR), hidden, DiscussionRule.SPAM)
    assert lists.count_held(UNIT) == lists.Held(open=2, late=1)
    assert [row.id for row in lists.page_unit(UNIT, None, late=False).items] == [late.id, fresh.id]
    assert [row.id for row in lists.page_unit(UNIT, None, late=True).items] == [late.id]


def test_promises_are_counted_by_what_became_of_them(office: Office) -> None:
    matter = office.published()
    office.register(matter)
    office.prepare(matter)
    today = clock.today()
    office.answer(matter, today + timedelta(days=5), today + timedelta(days=90))
    assert lists.count_promised(UNIT) == lists.Promised(open=2)
    office.wait(10)
    assert lists.count_promised(UNIT) == lists.Promised(open=2, late=1)
    assert lists.count_promised("sports").total == 0
    moderation.hide_matter(office.make.actor(Role.MODERATOR), matter, DiscussionRule.SPAM)
    assert lists.count_promised(UNIT).total == 0


def test_the_longest_without_a_step_stand_first_whatever_was_said_meanwhile(
    office: Office,
) -> None:
    first, second, third = (office.published() for _ in range(3))
    office.wait(3)
    office.register(second)
    office.wait(3)
    office.register(first)
    author = office.make.actor()
    comments.add_comment(author, third, stance=Stance.FOR, language="fi", text="Hyvä ajatus.")
    office.wait(60)
    run_out_clocks()
    rows = lists.list_untouched()
    assert [row.id for row in rows] == [third.id, second.id, first.id]
    assert [(clock.now() - row.last_step_at).days for row in rows] == [66, 63, 60]


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
class TestPages:
    """The pages themselves."""

    def test_a_unit_has_a_page(self, office: Office, client: FlaskClient) -> None:
        matter = office.published(title="Valot Olarin mäelle")
        office.register(matter)
        office.wait(70)
        run_out_clocks()
        page = client.get(f"/en/units/{UNIT}").text
        assert "City Engineering Centre" in page
        assert "Valot Olarin mäelle" in page
        assert "matter is open here" in page
        assert "1 of them is late." in page
        assert "The unit has promised nothing" in page
        assert "Part of:" in page
        assert f'href="/en/units/{UNIT}?late=1#open"' in page
        assert "Show all open ones" in client.get(f"/en/units/{UNIT}?late=1").text

    def test_usual_times_are_shown_from_ten_matters_on(
        self, office: Office, client: FlaskClient
    ) -> None:
        matters = [office.published() for _ in range(10)]
        office.wait(2)
        for matter in matters:
            office.register(matter)
            office.prepare(matter)
        office.wait(10)
        for matter in matters:
            office.answer(matter)
        services.rebuild_figures()
        page = re.sub(r"<[^>]+>", "", client.get(f"/en/units/{UNIT}").text)
        assert "2 days is the usual time from publishing to the case number" in page
        assert "12 days is the usual time from publishing to the answer" in page
        assert "Fewer than ten matters" in client.get("/en/units/sports").text

    def test_its_open_matters_are_paged(self, office: Office, client: FlaskClient) -> None:
        for _ in range(22):
            office.register(office.published())
        page = client.get(f"/en/units/{UNIT}").text
        link = page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
        second = client.get(link.replace("&amp;", "&")).text
        assert second.count('/journey"') == 2
        assert client.get(f"/en/units/{UNIT}?cursor=nonsense").status_code == 404
        assert client.get(f"/en/units/{UNIT}?cursor=WyJuIiwieCJd").status_code == 404

    def test_every_unit_has_a_page_and_no_other(self, office: Office, client: FlaskClient) -> None:
        assert client.get("/en/units/nonsense").status_code == 404
        for key in office.officials:
            assert client.get(f"/sv/units/{key}").status_code == 200

    def test_untouched_matters_have_a_page(self, office: Office, client: FlaskClient) -> None:
        assert "No matter is open." in client.get("/en/overview/untouched").text
        hidden = office.published(title="Canary in the mine of words")
        office.published(title="Valot Olarin mäelle")
        office.wait(40)
        moderation.hide_matter(office.make.actor(Role.MODERATOR), hidden, DiscussionRule.SPAM)
        page = client.get("/en/overview/untouched").text
        assert "Valot Olarin mäelle" in page
        assert "Canary" not in page
        assert ">40<" in page

    @pytest.mark.parametrize("path", [f"units/{UNIT}", "overview/untouched", "overview"])
    def test_they_cost_less_than_eight_queries(
        self, office: Office, client: FlaskClient, path: str
    ) -> None:
        office.register(office.published())
        client.get(f"/en/{path}?warm")
        statements: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
        response = client.get(f"/en/{path}")
        reads = [sql for sql in statements if sql.startswith(("SELECT", "WITH"))]
        assert len(reads) <= 7, "\n".join(reads)
        assert response.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
