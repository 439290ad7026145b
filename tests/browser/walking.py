"""Walking through the pages as one of the people of the site, with axe on the way."""

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.factories import PASSWORD

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

# The elements that are wider than the window, if the page can be moved sideways.
TOO_WIDE = """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
  [...document.querySelectorAll("main *")].filter((e) => e.scrollWidth > window.innerWidth)
  .map((e) => `${e.tagName}.${e.className}`).concat("page")"""


def sign_in(page: Page, site: Site, key: str) -> None:
    page.goto(f"{site.url}/fi/sign-in")
    page.fill("#email", f"{key}@example.org")
    page.fill("#password", PASSWORD)
    page.locator("main button[type=submit]").click()
    expect(page).to_have_url(re.compile(r"/fi/"))


def sign_out(page: Page) -> None:
    page.context.clear_cookies()


class Walker:
    """Somebody on the pages of the site; axe is only asked where scripts run."""

    def __init__(self, page: Page, site: Site, with_scripts: bool) -> None:
        self.page, self.site, self.with_scripts = page, site, with_scripts
        self.matter = ""

    def sign_in(self, key: str) -> None:
        """Be the person whose address begins with the key."""
        sign_in(self.page, self.site, key)

    def open(self, path: str) -> None:
        """Open a page in Finnish."""
        self.page.goto(f"{self.site.url}/fi{path}")

    def look(self) -> None:
        """Axe finds nothing on the page that is open now, nor on it in the other languages.

        A page that answers a form is looked at in Finnish alone: it cannot be opened by itself.
        """
        if not self.with_scripts:
            return
        self._clean(self.page)
        other = self.page.context.new_page()
        for language in ("sv", "en"):
            answer = other.goto(self.page.url.replace("/fi/", f"/{language}/", 1))
            if answer and answer.ok:
                expect(other.locator("html")).to_have_attribute("lang", language)
                self._clean(other)
        other.close()

    def see(self) -> None:
        """Look, and nothing is wider than the window."""
        self.look()
        self.fits()

    def clean(self) -> None:
        """The same of what has changed on the open page, in its language alone."""
        if self.with_scripts:
            self._clean(self.page)
        self.fits()

    def fits(self) -> None:
        """Nothing is wider than the window; asked only where scripts run."""
        if self.with_scripts:
            assert self.page.evaluate(TOO_WIDE) == [], self.page.url

    def look_in_three_languages(self, path: str) -> None:
        """The same page in each language: axe, and the html says its language."""
        for language in ("fi", "sv", "en"):
            self.page.goto(f"{self.site.url}/{language}{path}")
            expect(self.page.locator("html")).to_have_attribute("lang", language)
            expect(self.page.locator("h1")).to_have_count(1)
            if self.with_scripts:
                self._clean(self.page)

    def _clean(self, page: Page) -> None:
        found = Axe().run(page, options=RULES)
        assert not found.response["violations"], page.url + "\n" + found.generate_report()
