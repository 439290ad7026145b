"""Finding a matter by search, filters and map: by keyboard, on a phone, without scripts."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.core import clock
from tests.browser.conftest import Site, serving
from tests.browser.walking import Walker
from tests.factories import Factory

pytestmark = pytest.mark.browser
BENCH, LIGHTS = "Penkki Otaniemen rantaan", "Valot Olarin metsäpolulle"


@pytest.fixture
def site(sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    """Matters in two areas, some side by side, one only in its district, one of the whole city."""

    def prepare() -> int:
        make = Factory()
        with clock.moved_to(datetime.now(UTC) - timedelta(days=40)):
            for n in range(6):
                make.matter(title=f"Leikkipuisto numero {n}", lat=60.176, lon=24.732 + n / 10_000)
        with clock.moved_to(datetime.now(UTC) - timedelta(days=3)):
            make.matter(title=LIGHTS)
            make.matter(title="Kirjastoon pidempi aukiolo", area=None, district=None)
            make.matter(
                title=BENCH, area="suur-tapiola", district="otaniemi", lat=60.185, lon=24.827
            )
        return 0

    with serving(sqlite_template, tmp_path, prepare) as served:
        yield served


class Finder(Walker):
    """A visitor who looks for matters."""

    def searches_and_corrects(self) -> None:
        self.open("/matters")
        self.page.fill("#q", "pekki")
        self.page.keyboard.press("Enter")
        expect(self.page).to_have_url(f"{self.site.url}/fi/matters?q=pekki")
        self.look()
        self.page.get_by_role("link", name="penkki").click()
        expect(self.page.locator(".matters h3")).to_have_text([BENCH])
        self.look()

    def narrows_and_sorts(self, wide: bool) -> None:
        self.open("/matters")
        if not wide:
            self.page.locator("details.only-narrow > summary").click()
        form = self.page.locator("form.filters:visible")
        form.get_by_label("Suur-Matinkylä").check()
        form.get_by_role("button", name="Näytä asiat").click()
        short = f"{self.site.url}/fi/matters?area=suur-matinkyla"
        expect(self.page).to_have_url(short)
        expect(self.page.locator(".matters h3")).to_have_count(7)
        self.look()
        self.page.select_option("#sort", "waiting")
        self.page.locator("form:has(#sort) button").click()
        expect(self.page).to_have_url(f"{short}&sort=waiting")
        expect(self.page.locator(".matters h3").last).to_have_text(LIGHTS)
        self.look()

    def shares_the_address(self, browser: Browser) -> None:
        """Somebody else opens the same address and sees the same."""
        titles = self.page.locator(".matters h3").all_text_contents()
        context = browser.new_context(locale="fi-FI")
        other = context.new_page()
        other.goto(self.page.url)
        expect(other.locator(".matters h3")).to_have_text(titles)
        context.close()

    def opens_the_map_by_keyboard(self) -> None:
        self.open("/matters")
        self.page.locator("[data-map-open]").focus()
        self.page.keyboard.press("Enter")
        markers = self.page.locator(".leaflet-marker-icon")
        expect(markers.first).to_be_visible()
        expect(self.page.locator(".map-list")).to_contain_text("Asioita kartalla: 8.")
        expect(self.page.locator(".map-list")).to_contain_text("ei ole paikkaa kartalla: 1.")
        sums = [int(text or 1) for text in markers.all_text_contents()]
        assert sum(sums) + 1 == 9
        self._clean(self.page)

    def zooms_and_follows_a_point_by_keyboard(self) -> None:
        self.page.locator(".map-group").first.focus()
        self.page.keyboard.press("Enter")
        expect(self.page.locator(".leaflet-marker-icon:focus")).to_have_count(1)
        self._clean(self.page)
        bench = self.page.locator(f'.map-point[aria-label="{BENCH}"]')
        self.open("/matters?area=suur-tapiola")
        self.page.locator("[data-map-open]").focus()
        self.page.keyboard.press("Enter")
        bench.focus()
        self.page.keyboard.press("Enter")
        popup = self.page.locator(".leaflet-popup a")
        expect(popup).to_be_focused()
        self._clean(self.page)
        self.page.keyboard.press("Escape")
        expect(self.page.locator(".leaflet-popup a")).to_have_count(0)
        expect(bench).to_be_focused()
        self.page.keyboard.press("Enter")
        expect(popup).to_be_focused()
        self.page.keyboard.press("Enter")
        expect(self.page.locator("h1")).to_have_text(BENCH)

    def finds_the_areas_without_scripts(self) -> None:
        self.open("/matters?q=leikkipuisto")
        expect(self.page.locator("[data-map-open]")).to_be_hidden()
        self.page.locator("details:has(.areas) > summary").click()
        self.page.locator(".areas").get_by_role("link", name="Suur-Matinkylä").click()
        expect(self.page).to_have_url(re.compile(r"q=leikkipuisto&area=suur-matinkyla$"))
        expect(self.page.locator(".matters h3")).to_have_count(6)


@pytest.mark.parametrize("width", [360, 1280])
def test_a_matter_is_found_by_words_filters_and_map(
    browser: Browser, site: Site, width: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, locale="fi-FI", reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    walk = Finder(page, site, with_scripts=True)
    walk.searches_and_corrects()
    walk.narrows_and_sorts(wide=width > 1000)
    walk.shares_the_address(browser)
    walk.opens_the_map_by_keyboard()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    walk.zooms_and_follows_a_point_by_keyboard()
    context.close()


def test_a_matter_is_found_without_scripts(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False, locale="fi-FI")
    page = context.new_page()
    page.set_default_timeout(20_000)
    walk = Finder(page, site, with_scripts=False)
    walk.searches_and_corrects()
    walk.narrows_and_sorts(wide=True)
    walk.shares_the_address(browser)
    walk.finds_the_areas_without_scripts()
    context.close()
