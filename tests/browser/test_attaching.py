"""Adding photos and documents on a phone, with and without scripts."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.attachments.test_attachments import image
from tests.browser.conftest import Site, serving
from tests.browser.walking import Walker
from tests.core.test_documents import pdf
from tests.factories import Factory

pytestmark = pytest.mark.browser
WIDTH = 360
TITLE = "Valot Olarin ulkoilureitille"
WORDS = "Pimeä polku metsän reunassa, " + "Ulkoilureitinvalaistussuunnitelma" * 3


@pytest.fixture
def site(sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    """A resident with a draft."""

    def prepare() -> int:
        make = Factory()
        author = make.person(email="asukas@example.org", name="Asukas")
        return make.draft(author.as_actor(), title=TITLE).id

    with serving(sqlite_template, tmp_path, prepare) as served:
        yield served


class Author(Walker):
    """A resident with a phone who has written a draft."""

    def choose(self, name: str, data: bytes, kind: str) -> None:
        file = {"name": name, "mimeType": kind, "buffer": data}
        self.page.set_input_files("#file", files=[file])  # type: ignore[list-item]

    def add(self) -> None:
        self.page.get_by_role("button", name="Lisää tiedosto").click()

    def comes_from_the_draft(self) -> None:
        self.open(f"/matters/{self.site.round_id}/draft/2")
        self.see()
        self.page.get_by_role("button", name="Tallenna ja lisää valokuvia tai liitteitä").click()
        expect(self.page.locator("h1")).to_have_text("Valokuvat ja liitteet")
        self.see()

    def is_told_what_is_wrong(self) -> None:
        self.choose("kuva.jpg", b"MZ\x90\x00" + bytes(300), "image/jpeg")
        self.page.fill("#words", WORDS)
        self.add()
        summary = self.page.locator(".error-summary")
        expect(summary).to_contain_text("Tiedosto ei ole valokuva")
        expect(summary).to_contain_text("Valitse toinen")
        expect(self.page.locator("#words")).to_have_value(WORDS)
        expect(self.page.locator("#file")).to_have_attribute("aria-invalid", "true")
        self.see()
        self.choose("kuva.jpg", image(), "image/jpeg")
        self.page.fill("#words", " ")
        self.add()
        expect(summary).to_contain_text("Kirjoita, mitä valokuvassa näkyy")
        expect(summary).to_contain_text("Valitse tiedosto uudelleen")

    def adds_a_photo_and_a_document(self) -> None:
        self.choose("DSC 0001.JPG", image(size=(1200, 900)), "image/jpeg")
        self.page.fill("#words", WORDS)
        self.add()
        expect(self.page.locator("main")).to_contain_text("Lisätty: 1, enintään 5")
        self.choose("Kartta reitistä.pdf", pdf(), "application/pdf")
        self.page.locator("#words").press("Enter")
        expect(self.page.locator("main")).to_contain_text("Lisätty: 2, enintään 5")
        expect(self.page.get_by_role("link", name="Kartta reitistä")).to_be_visible()
        self.see()

    def removes_one_by_keyboard(self) -> None:
        self.choose("toinen.png", image("PNG", colour="blue"), "image/png")
        self.page.fill("#words", "Turha kuva")
        self.add()
        self.page.locator("summary", has_text="Turha kuva").focus()
        self.page.keyboard.press("Enter")
        button = self.page.get_by_role("button", name="Poista tiedosto")
        expect(button).to_be_visible()
        if self.with_scripts:
            self._clean(self.page)
        self.page.keyboard.press("Tab")
        expect(button).to_be_focused()
        self.page.keyboard.press("Enter")
        expect(self.page.locator("main")).to_contain_text("Tiedosto on poistettu.")
        expect(self.page.locator("main")).to_contain_text("Lisätty: 2, enintään 5")

    def publishes_with_them(self) -> None:
        self.page.get_by_role("link", name="Takaisin luonnokseen").click()
        expect(self.page.locator(".shots img")).to_have_attribute("alt", WORDS)
        self.see()
        self.page.get_by_role("button", name="Julkaise", exact=True).click()
        expect(self.page.locator("h1")).to_have_text(TITLE)
        expect(self.page.get_by_role("link", name="Muuta valokuvia ja liitteitä")).to_be_visible()
        self.matter = re.sub(r".*/fi", "", self.page.url)
        self.see()


def sees_them_as_a_visitor(page: Page, url: str, with_scripts: bool) -> None:
    """The small photo is there and leads to the whole one; the document is a download."""
    page.goto(url)
    small = page.locator(".shots img")
    small.scroll_into_view_if_needed()
    expect(small).to_have_attribute("alt", WORDS)
    if with_scripts:
        page.wait_for_function("document.querySelector('.shots img').naturalWidth === 480")
    with page.expect_download() as found:
        page.get_by_role("link", name="Kartta reitistä").click()
    assert found.value.suggested_filename == "Kartta reitistä.pdf"
    assert Path(found.value.path()).read_bytes() == pdf()
    small.click()
    expect(page).to_have_url(re.compile(r"/attachments/[0-9a-f]{32}\.jpg$"))
    expect(page).to_have_title(re.compile(r"\(1200×900\)$"))


@pytest.mark.parametrize("with_scripts", [True, False], ids=["with scripts", "without scripts"])
def test_an_author_adds_photos_and_documents_on_a_phone(
    browser: Browser, site: Site, with_scripts: bool
) -> None:
    options = {"viewport": {"width": WIDTH, "height": 760}, "java_script_enabled": with_scripts}
    context = browser.new_context(locale="fi-FI", reduced_motion="reduce", **options)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(20_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    walk = Author(page, site, with_scripts)
    walk.sign_in("asukas")
    walk.comes_from_the_draft()
    walk.is_told_what_is_wrong()
    walk.adds_a_photo_and_a_document()
    walk.removes_one_by_keyboard()
    walk.publishes_with_them()
    visitor = browser.new_context(
        locale="fi-FI", viewport={"width": WIDTH, "height": 760}, java_script_enabled=with_scripts
    )
    sees_them_as_a_visitor(visitor.new_page(), page.url, with_scripts)
    assert faults == []
    visitor.close()
    context.close()
