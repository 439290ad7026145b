"""Writing and publishing on a phone, with and without scripts; nothing typed is lost."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from app.city import places
from tests.browser.conftest import Site, serving
from tests.browser.walking import Walker
from tests.factories import Factory

pytestmark = pytest.mark.browser
WIDTH = 360
TITLE = "Valot Olarin ulkoilureitille"
LONG = "Pimeysvalaistussuunnitelmatyöryhmä" * 3
BODY = "Reitti on pimeä lokakuusta helmikuuhun.\n\nEhdotan valoja. " + "ö" * 300


@pytest.fixture
def site(sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    """A resident, a matter much like the one that is written, and the places of the city."""

    def prepare() -> int:
        make = Factory()
        make.person(email="asukas@example.org", name="Asukas")
        make.matter(title="Valoja Olarin ulkoilureiteille")
        places.load_places(places.BUNDLED, lambda _done, _all: None)
        return 0

    with serving(sqlite_template, tmp_path, prepare) as served:
        yield served


class Writer(Walker):
    """A resident with a phone."""

    def starts(self, title: str) -> None:
        self.open("/matters/new")
        self.see()
        self.page.fill("#title", title)

    def sees_similar_matters_while_typing(self) -> None:
        self.open("/matters/new")
        self.page.locator("#title").press_sequentially(TITLE, delay=10)
        similar = self.page.locator("#similar")
        expect(similar).to_contain_text("Valoja Olarin ulkoilureiteille")
        expect(self.page.locator("#title")).to_be_focused()
        self.clean()

    def comes_back_to_what_was_saved_by_itself(self) -> None:
        saved = self.page.locator("[data-autosave-status]")
        expect(saved).to_contain_text("Tallennettu")
        expect(self.page).to_have_url(re.compile(r"/draft/1$"))
        self.page.reload()
        expect(self.page.locator("#title")).to_have_value(TITLE)
        self.page.fill("#title", LONG)
        self.goes_on()
        expect(self.page).to_have_url(re.compile(r"/draft/2$"))
        self.page.fill("#body", BODY)
        expect(saved).to_contain_text("Tallennettu")
        self.page.reload()
        expect(self.page.locator("#body")).to_have_value(BODY)
        self.see()

    def goes_on(self) -> None:
        self.page.locator("main form button[value=next]").click()

    def finds_an_address_by_keyboard(self) -> None:
        address = self.page.locator("#address")
        address.press_sequentially("matinkylän", delay=10)
        told = self.page.locator("[data-find-status]")
        expect(told).to_contain_text("Paikkoja löytyi: 3.")
        self.page.keyboard.press("Escape")
        expect(self.page.locator("[data-find-list]")).to_be_hidden()
        expect(address).to_be_focused()
        address.fill("iso om")
        first = self.page.locator("[data-find-list] button").first
        expect(first).to_have_text("Iso Omena (Matinkylä, Suur-Matinkylä)")
        self.clean()
        first.focus()
        self.page.keyboard.press("Enter")
        expect(address).to_be_focused()
        expect(self.page.locator("#place")).to_have_value("district:matinkyla")
        expect(self.page.locator("#lat")).not_to_have_value("")
        expect(told).to_contain_text("Löytyi: Iso Omena")
        self.clean()

    def chooses_a_point_by_keyboard(self) -> None:
        before = self.page.locator("#lat").input_value()
        self.page.locator("[data-place-open]").focus()
        self.page.keyboard.press("Enter")
        middle = self.page.locator("[data-place-middle]")
        expect(middle).to_be_visible()
        self.page.locator(".leaflet-container").focus()
        for key in ("+", "ArrowUp", "ArrowUp"):
            self.page.keyboard.press(key)
        middle.focus()
        self.page.keyboard.press("Enter")
        expect(self.page.locator("#lat")).not_to_have_value(before)
        self.page.locator("[data-place-clear]").focus()
        self.page.keyboard.press("Enter")
        expect(self.page.locator("#lat")).to_have_value("")
        middle.focus()
        self.page.keyboard.press("Enter")
        expect(self.page.locator("#place")).to_have_value(re.compile("^(district|area):"))
        self.clean()
        saved = self.page.locator("[data-autosave-status]")
        expect(saved).to_contain_text("Tallennettu")
        self.page.reload()
        expect(self.page.locator("#lat")).not_to_have_value("")

    def publishes(self, title: str) -> None:
        self.page.select_option("#service", "street_lighting")
        self.goes_on()
        expect(self.page).to_have_url(re.compile(r"/draft/3$"))
        self.see()
        why = self.page.locator("#why_new")
        if why.count():
            why.fill("Tämä koskee koko reittiä.")
        self.page.get_by_role("button", name="Julkaise", exact=True).click()
        expect(self.page.locator("h1")).to_have_text(title)
        self.matter = re.sub(r".*/fi", "", self.page.url)
        self.see()

    def is_read_everywhere(self) -> None:
        self.page.locator("main textarea[name=text]").fill("k" * 200)
        self.page.get_by_role("button", name="Julkaise kommentti").click()
        self.clean()
        for path in (f"{self.matter}/versions", f"{self.matter}/edit", "/matters", "/own/matters"):
            self.open(path)
            self.clean()


def test_a_resident_writes_on_a_phone_and_nothing_is_lost(browser: Browser, site: Site) -> None:
    context = browser.new_context(
        viewport={"width": WIDTH, "height": 760}, locale="fi-FI", reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    walk = Writer(page, site, with_scripts=True)
    walk.sign_in("asukas")
    walk.sees_similar_matters_while_typing()
    walk.comes_back_to_what_was_saved_by_itself()
    walk.finds_an_address_by_keyboard()
    walk.chooses_a_point_by_keyboard()
    walk.publishes(LONG)
    walk.is_read_everywhere()
    assert faults == []
    context.close()


def test_a_resident_writes_on_a_phone_without_scripts(browser: Browser, site: Site) -> None:
    context = browser.new_context(
        viewport={"width": WIDTH, "height": 760}, locale="fi-FI", java_script_enabled=False
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    walk = Writer(page, site, with_scripts=False)
    walk.sign_in("asukas")
    walk.starts(TITLE)
    walk.goes_on()
    expect(page.locator(".similar")).to_contain_text("Valoja Olarin ulkoilureiteille")
    page.fill("#body", BODY)
    page.fill("#address", "Iso Omena")
    page.keyboard.press("Enter")
    expect(page.locator("[data-find-status]")).to_contain_text("Löytyi: Iso Omena")
    expect(page.locator("#place")).to_have_value("district:matinkyla")
    expect(page.locator("#body")).to_have_value(BODY)
    walk.publishes(TITLE)
    context.close()


def test_what_was_typed_before_the_scripts_came_is_saved_too(browser: Browser, site: Site) -> None:
    context = browser.new_context(locale="fi-FI")
    page = context.new_page()
    walk = Writer(page, site, with_scripts=True)
    walk.sign_in("asukas")
    script: list[Route] = []
    page.route("**/js/autosave*", lambda route: script.append(route))
    with page.expect_request("**/js/autosave*"):
        page.goto(f"{site.url}/fi/matters/new", wait_until="commit")
    page.fill("#title", TITLE)
    while not script:
        page.wait_for_timeout(20)
    script[0].continue_()
    expect(page.locator("[data-autosave-status]")).to_contain_text("Tallennettu")
    expect(page).to_have_url(re.compile(r"/draft/1$"))
    context.close()
