"""Joining a duplicate, separating it and splitting a part off, on a phone and by keyboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from app.accounts import services as accounts
from app.core.access import SYSTEM, Role
from tests.browser.conftest import Site, serving
from tests.browser.walking import Walker
from tests.casework import UNIT
from tests.factories import Factory

pytestmark = pytest.mark.browser
WIDTH = 360
LONG = "Ulkoilureitinvalaistussuunnitelma"
FIRST, SECOND, PART = f"{LONG} Olariin", "Valot Olarin ulkoilureitille", f"{LONG} talvella"
REASON = "Sama asia on jo käsittelyssä."


@pytest.fixture
def site(sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    """Two matters that ask for the same, the registry, and somebody of the budgeting team."""

    def prepare() -> int:
        make = Factory()
        for key, role, unit in (
            ("kirjaamo", Role.REGISTRY, "registry"),
            ("viranhaltija", Role.OFFICIAL, UNIT),
            ("budjetointi", Role.BUDGETING, "participation"),
        ):
            person = make.person(email=f"{key}@example.org", name=key.capitalize())
            accounts.grant_role(SYSTEM, person, role, unit=unit)
        first, second = (make.matter(title=title) for title in (FIRST, SECOND))
        assert (first.id, second.id) == (1, 2)
        return 0

    with serving(sqlite_template, tmp_path, prepare) as served:
        yield served


class Joiner(Walker):
    """Somebody of the city with a phone, who uses the keyboard alone."""

    def unfold(self, key: str) -> Locator:
        """Open the fold of an act by keyboard and stand in its first field."""
        fold = self.page.locator(f"#act-registry-{key}")
        fold.locator("summary").focus()
        self.page.keyboard.press("Enter")
        self.page.keyboard.press("Tab")
        expect(fold.locator("input:not([type=hidden]), textarea").first).to_be_focused()
        return fold

    def types(self, *texts: str) -> None:
        """Type into one field after the other."""
        for text in texts:
            self.page.keyboard.insert_text(text)
            self.page.keyboard.press("Tab")

    def sends(self, fold: Locator) -> None:
        expect(fold.locator("button")).to_be_focused()
        self.page.keyboard.press("Enter")

    def joins_the_second_to_the_first(self, page: str) -> None:
        self.open(page)
        self.see()
        self.sends_what_is_wrong()
        fold = self.page.locator("#act-registry-merge")
        number = fold.locator("input:not([type=hidden])")
        expect(number).to_have_value("99")
        expect(fold.locator("textarea").first).to_have_value(REASON)
        number.focus()
        self.page.keyboard.press("Control+a")
        self.types(f"{self.site.url}/fi/matters/1", "", "")
        self.sends(fold)
        expect(self.page.locator("main")).to_contain_text(
            "Asia käsitellään toisen asian yhteydessä."
        )
        expect(self.page.locator("main").get_by_role("link", name=FIRST).first).to_be_visible()
        self.clean()

    def sends_what_is_wrong(self) -> None:
        fold = self.unfold("merge")
        self.clean()
        self.types("99", REASON, "Samma sak behandlas redan.")
        self.sends(fold)
        summary = self.page.locator(".error-summary")
        expect(summary).to_contain_text("Tällä numerolla ei ole avointa julkista asiaa.")
        self.clean()

    def separates_it(self, page: str) -> None:
        self.open(page)
        fold = self.unfold("separate")
        self.types("Toinen reitti.", "En annan led.")
        self.sends(fold)
        expect(self.page.locator("main")).to_contain_text("Asia käsitellään taas erikseen.")
        self.clean()

    def splits_a_part_off(self, page: str) -> None:
        self.open(page)
        fold = self.unfold("split")
        self.clean()
        self.types(PART, "Reitti on talvella liukas.")
        service = fold.locator("select")
        expect(service).to_be_focused()
        service.select_option("winter_maintenance")
        self.page.keyboard.press("Tab")
        self.types("Osa kuuluu toiselle yksikölle.", "En del hör till en annan enhet.")
        self.sends(fold)
        expect(self.page.locator("main").get_by_role("link", name=PART).first).to_be_visible()
        self.clean()


def sees(walk: Joiner, matter: int, *texts: str) -> None:
    """What a visitor reads on the pages of a matter."""
    walk.open(f"/matters/{matter}")
    for text in texts:
        expect(walk.page.locator("main")).to_contain_text(text)
    walk.see()
    walk.open(f"/matters/{matter}/journey")
    walk.see()


@pytest.mark.parametrize(
    ("key", "page", "with_scripts"),
    [("kirjaamo", "/queue/2", True), ("budjetointi", "/matters/2/joining", False)],
    ids=["registry with scripts", "budgeting team without scripts"],
)
def test_a_duplicate_is_joined_and_separated_and_a_part_split_off_by_keyboard(
    browser: Browser, site: Site, key: str, page: str, with_scripts: bool
) -> None:
    options = {"viewport": {"width": WIDTH, "height": 760}, "java_script_enabled": with_scripts}
    context = browser.new_context(locale="fi-FI", reduced_motion="reduce", **options)  # type: ignore[arg-type]
    outside = browser.new_context(locale="fi-FI", reduced_motion="reduce", **options)  # type: ignore[arg-type]
    walk = Joiner(context.new_page(), site, with_scripts)
    visitor = Joiner(outside.new_page(), site, with_scripts)
    faults: list[str] = []
    walk.page.on("pageerror", lambda error: faults.append(str(error)))
    walk.sign_in(key)
    walk.joins_the_second_to_the_first(page)
    sees(visitor, 2, "Samaa pyydetään toisessa asiassa", FIRST)
    sees(visitor, 1, "Samaa pyydetään myös näissä asioissa", SECOND)
    walk.separates_it(page)
    walk.splits_a_part_off(page)
    sees(visitor, 2, "Osa tästä käsitellään erikseen", PART)
    sees(visitor, 3, SECOND, "Reitti on talvella liukas.")
    assert faults == []
    context.close()
    outside.close()
