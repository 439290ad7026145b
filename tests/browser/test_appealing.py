"""A reported comment: hidden by one moderator, appealed, and shown again by another.

The resident and the author use phones, with and without scripts; axe looks at each page in three
languages.
"""

import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.accounts import services as accounts
from app.comments import services as comments
from app.comments.models import Stance
from app.core import clock
from app.core.access import SYSTEM, Role
from tests.browser.conftest import Site, serving
from tests.browser.test_writing import Writer
from tests.browser.walking import sign_out
from tests.factories import Factory

pytestmark = pytest.mark.browser
PHONE, DESK = {"width": 360, "height": 760}, {"width": 1280, "height": 900}
CANARY = "kanarialintu"
SAID = f"Vain {CANARY} keksisi jotain näin hullua."
TITLE = "Valot Olarin ulkoilureitille"
PEOPLE = {"asukas": None, "sanoja": None, "ensimmainen": Role.MODERATOR, "toinen": Role.MODERATOR}


@pytest.fixture
def site(sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    """A matter with one rude comment, its author, a resident and two moderators."""

    def prepare() -> int:
        make, made = Factory(), {}
        with clock.moved_to(datetime.now(UTC) - timedelta(days=10)):
            for key, role in PEOPLE.items():
                person = make.person(email=f"{key}@example.org", name=key.capitalize())
                if role:
                    accounts.grant_role(SYSTEM, person, role)
                made[key] = person.as_actor()
            matter = make.matter(title=TITLE)
            comments.add_comment(
                made["sanoja"], matter, stance=Stance.AGAINST, language="fi", text=SAID
            )
        return matter.id

    with serving(sqlite_template, tmp_path, prepare) as served:
        yield served


class Walk(Writer):
    """The people around the comment, one after the other."""

    folder: Path

    def be(self, key: str, size: dict[str, int]) -> None:
        """Somebody else, with another device."""
        sign_out(self.page)
        self.page.set_viewport_size(size)  # type: ignore[arg-type]
        if key:
            self.sign_in(key)

    def press(self, name: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=True).click()

    def told(self, text: str) -> None:
        expect(self.page.locator(".flashes")).to_contain_text(text)

    def reports(self) -> None:
        self.be("asukas", PHONE)
        self.open(self.matter)
        self.page.locator("a[href*='report?comment=']").click()
        expect(self.page.locator("main")).to_contain_text(CANARY)
        self.see()
        self.page.fill("#words", "Nimittelee naapuria.")
        self.press("Lähetä ilmoitus")
        expect(self.page.locator("main")).to_contain_text("Valitse, mikä on vialla.")
        expect(self.page.locator("#words")).to_have_value("Nimittelee naapuria.")
        self.clean()
        self.page.get_by_label("Loukkaus").check()
        self.press("Lähetä ilmoitus")
        self.told("Kiitos. Moderaattori katsoo sen ja päättää.")
        self.clean()

    def is_hidden_from_the_queue(self) -> None:
        self.be("ensimmainen", DESK)
        self.open("/moderation")
        item = self.page.locator("main article")
        for shown in (
            CANARY,
            TITLE,
            "Nimittelee naapuria.",
            "Ilmoitettu ensi kerran tänään",
            "Viimeistään",
            "Voimassa olevia ratkaisuja samasta kirjoittajasta: 0.",
        ):
            expect(item).to_contain_text(shown)
        self.see()
        item.get_by_label("Viesti kirjoittajalle").fill("Puhu asiasta, älä ihmisestä.")
        self.press("Piilota tällä säännöllä")
        self.told("Kommentti on piilotettu.")
        self.clean()

    def is_seen(self, seen: bool) -> None:
        """By somebody who is not signed in: on the pages, in the search and in the log."""
        self.be("", PHONE)
        paths = (
            self.matter,
            f"{self.matter}/comments",
            f"{self.matter}/journey",
            f"/matters?q={CANARY}",
            "/matters",
            "/log",
        )
        shown = []
        for path in paths:
            self.open(path)
            text = self.page.content().replace(f"q={CANARY}", "").replace(f'"{CANARY}"', "")
            text = re.sub(f"[”“]{CANARY}[”“]", "", text)  # what was typed into the search
            if CANARY in text:
                shown.append(path)
        assert shown == ([self.matter, f"{self.matter}/comments"] if seen else [])
        self.open(self.matter)
        if not seen:
            expect(self.page.locator(".comments")).to_contain_text("piilotettiin. Sääntö: Loukkaus")
            self.see()

    def appeals_by_the_link_of_the_mail(self) -> None:
        self.be("sanoja", PHONE)
        subject, body = self.mail("sanoja")
        assert subject == "Moderaattori on piilottanut kommenttisi"
        assert "voit hakea muutosta kerran. Toinen moderaattori ratkaisee." in body
        assert CANARY not in body
        link = re.search(r"/fi(/own/moderation/\d+)", body)
        assert link is not None
        self.open(link.group(1))
        for shown in ("Loukkaus", "Puhu asiasta, älä ihmisestä.", CANARY):
            expect(self.page.locator("main")).to_contain_text(shown)
        self.see()
        self.press("Lähetä muutospyyntö")
        expect(self.page.locator("main")).to_contain_text("Kirjoita, miksi.")
        self.clean()
        self.page.fill("#words", "Puhuin linnusta.")
        self.press("Lähetä muutospyyntö")
        self.told("Muutospyyntösi on lähetetty.")
        self.see()

    def mail(self, key: str) -> tuple[str, str]:
        """The newest message that waits for somebody."""
        query = "SELECT subject, body FROM outbox_mail WHERE recipient = ? ORDER BY id DESC"
        connection = sqlite3.connect(self.folder / "kuuluu.db")
        try:
            found: tuple[str, str] = connection.execute(query, (f"{key}@example.org",)).fetchone()
        finally:
            connection.close()
        return found

    def is_decided_by_the_other_moderator(self) -> None:
        self.be("ensimmainen", DESK)
        self.open("/moderation/appeals")
        self.see()
        self.page.get_by_role("link", name="Piilotettu: Loukkaus").click()
        expect(self.page.locator("main")).to_contain_text("Toinen moderaattori")
        expect(self.page.locator("main form")).to_have_count(0)
        self.see()
        self.be("toinen", DESK)
        self.open("/moderation/appeals")
        self.page.get_by_role("link", name="Piilotettu: Loukkaus").click()
        expect(self.page.locator("main")).to_contain_text("Puhuin linnusta.")
        self.page.fill("#words", "Lintu ei ole loukkaus.")
        self.see()
        self.press("Peru ratkaisu")
        self.told("Muutospyyntö on ratkaistu")
        self.clean()

    def people_are_told(self) -> None:
        subject, body = self.mail("sanoja")
        assert subject == "Muutospyyntösi hyväksyttiin"
        assert "Lintu ei ole loukkaus." in body
        assert self.mail("asukas")[0] == "Ilmoituksesi on ratkaistu"
        self.be("asukas", PHONE)
        self.open("/own/moderation")
        expect(self.page.locator("main")).to_contain_text("palautettiin myöhemmin näkyviin")
        self.see()

    def figures_tell_it(self) -> None:
        self.be("", PHONE)
        self.open("/rules")
        self.see()
        self.page.locator("main a[href$='/moderation/figures']").click()
        for shown in ("1 johti piilottamiseen", "1 muutti päätöksen, 0 ei muuttanut"):
            expect(self.page.locator("main")).to_contain_text(shown)
        self.see()
        self.page.set_viewport_size(DESK)  # type: ignore[arg-type]
        self.clean()


@pytest.mark.parametrize("with_scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_comment_is_reported_hidden_appealed_and_shown_again(
    browser: Browser, site: Site, tmp_path: Path, with_scripts: bool
) -> None:
    context = browser.new_context(
        locale="fi-FI", java_script_enabled=with_scripts, reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    walk = Walk(page, site, with_scripts)
    walk.folder, walk.matter = tmp_path, f"/matters/{site.round_id}"
    walk.is_seen(seen=True)
    walk.reports()
    walk.is_hidden_from_the_queue()
    walk.is_seen(seen=False)
    walk.appeals_by_the_link_of_the_mail()
    walk.is_decided_by_the_other_moderator()
    walk.is_seen(seen=True)
    walk.people_are_told()
    walk.figures_tell_it()
    context.close()
