"""The result page in a real browser: axe in three languages, and no scrolling sideways."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from app.budgeting import queries as budgeting
from app.core import clock
from app.core.access import SYSTEM
from app.voting import services
from tests import rounds
from tests.browser.conftest import serving
from tests.browser.walking import RULES
from tests.factories import Factory
from tests.rounds import AFTER, AREA, DURING

pytestmark = pytest.mark.browser
BALLOTS = (("Lights city", "Swings city"), ("Lights city",), ("Skating park",))


@pytest.fixture
def results(sqlite_template: Path, tmp_path: Path) -> Iterator[str]:
    """The address of the results of a round: 60 voted for the city, 30 of them in an area."""
    with serving(sqlite_template, tmp_path, _decided) as site:
        yield f"{site.url}/%s/rounds/{site.round_id}/result/%s"


def _decided() -> int:
    with clock.moved_to(DURING - timedelta(days=10)):
        round = rounds.make_round()
        make = Factory()
    city, area = rounds.contest_of(round, "city"), rounds.contest_of(round, AREA)
    with clock.moved_to(DURING):
        for number in range(60):
            voter = make.actor()
            for contest in (city, area)[: 1 + number % 2]:
                ids = {p.title["en"]: p.id for p in budgeting.list_ballot_projects(contest.id)}
                names = BALLOTS[number % 3] if contest is city else (f"Lights {AREA}",)
                chosen = [ids[name] for name in names]
                services.cast_ballot(voter, round.id, contest.id, chosen)
    with clock.moved_to(AFTER):
        services.close_voting(SYSTEM, round)
        services.open_ballots(SYSTEM, round)
        services.confirm_results(SYSTEM, round)
    return round.id


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_result_page_is_accessible(
    browser: Browser, results: str, width: int, scheme: str
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    for language in ("fi", "sv", "en"):
        for contest in ("city", AREA):
            page.goto(results % (language, contest))
            for folded in page.locator("main details").all():
                folded.locator("summary").click()
            found = Axe().run(page, options=RULES)
            assert not found.response["violations"], page.url + "\n" + found.generate_report()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
