"""A discussion on a phone: read, sort, write, answer, change, mark and delete, also by keyboard."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from app.accounts.services import grant_role
from app.comments import services as comments
from app.comments.models import Comment, Stance
from app.core import clock
from app.core.access import SYSTEM, Actor, Role
from app.extensions import db
from app.proposals.models import Matter
from tests.browser.conftest import Site, serving
from tests.browser.test_writing import WIDTH
from tests.browser.walking import Walker
from tests.factories import Factory

pytestmark = pytest.mark.browser
LONG = "Pimeysvalaistussuunnitelmatyöryhmä" * 6
ANSWERS = 55


@pytest.fixture
def site(sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    """A resident, and a discussion with a long thread, a badge and arguments on both sides."""

    def prepare() -> int:
        make = Factory()
        make.person(email="asukas@example.org", name="Asukas")
        long_ago = clock.now() - timedelta(days=200)
        talker = make.person(name="Lenkkeilijä", created_at=long_ago).as_actor()
        official = make.person(name="Virkahenkilö")
        grant_role(SYSTEM, official, Role.OFFICIAL, unit="street_engineering")
        db.session.refresh(official)
        matter = make.matter(title="Valot Olarin ulkoilureitille")
        start = _say(talker, matter, "Reitti on pimeä koko talven.", Stance.FOR)
        for number in range(ANSWERS):
            _say(talker, matter, f"Vastaus numero {number}.", Stance.NEUTRAL, start)
        against = _say(talker, matter, f"Pimeys kuuluu metsään. {LONG}", Stance.AGAINST)
        _say(official.as_actor(), matter, "Laskemme kulkijat keväällä.", Stance.NEUTRAL, against)
        for comment in (start, against):
            comments.mark_useful(make.actor(), comment)
        return 0

    with serving(sqlite_template, tmp_path, prepare) as served:
        yield served


def _say(
    actor: Actor, matter: Matter, text: str, stance: Stance, parent: Comment | None = None
) -> Comment:
    return comments.add_comment(
        actor, matter, stance=stance, language="fi", text=text, parent=parent
    )


class Talker(Walker):
    """A resident with a phone."""

    def comment(self, text: str) -> Locator:
        """The comment that has these words, without those that only hold it."""
        return self.page.locator(".card .comment").filter(has_text=text).last

    def press(self, what: Locator) -> None:
        """Use a link or a button by the keyboard."""
        what.focus()
        expect(what).to_be_focused()
        self.page.keyboard.press("Enter")

    def reads_and_sorts(self) -> None:
        self.open("/matters/1")
        self.page.get_by_role("link", name="Näytä kaikki kommentit").click()
        expect(self.page.locator("#arguments")).to_be_visible()
        expect(self.comment("Laskemme kulkijat").locator("> .who .mark")).to_be_visible()
        self.see()
        self.page.locator("#sort").select_option("debated")
        self.press(self.page.get_by_role("button", name="Vaihda järjestys"))
        expect(self.page).to_have_url(re.compile("sort=debated"))
        first = self.page.locator("section[aria-labelledby=comments] .comment").first
        expect(first).to_contain_text("Reitti on pimeä koko talven.")

    def opens_a_thread(self) -> None:
        self.press(self.page.get_by_role("link", name=f"Näytä kaikki {ANSWERS} vastausta"))
        expect(self.page.locator("h1")).to_have_text("Ketju")
        self.see()
        self.page.get_by_role("link", name="Seuraava sivu").click()
        last = self.comment(f"Vastaus numero {ANSWERS - 1}.")
        self.press(last.get_by_role("link", name=re.compile("^Linkki")))
        expect(self.page).to_have_url(re.compile(r"/thread\?.*#comment-\d+$"))
        expect(self.page.locator(".comment:target")).to_contain_text(f"numero {ANSWERS - 1}.")
        expect(self.page.locator(".comment[aria-current=true]")).to_have_count(1)

    def marks_a_comment(self) -> None:
        self.open("/matters/1/comments?sort=useful")
        button = self.comment("Pimeys kuuluu metsään.").locator("> .acts button")
        expect(button).to_have_attribute("aria-pressed", "false")
        self.press(button)
        expect(self.page).to_have_url(re.compile(r"sort=useful#comment-\d+$"))
        expect(button).to_have_attribute("aria-pressed", "true")
        expect(button).to_contain_text("(2)")
        self.see()

    def writes(self, text: str) -> None:
        self.open("/matters/1/comments")
        self.page.get_by_label("Puolesta", exact=True).check(force=True)
        self.page.locator("#text").fill(text)
        self.press(self.page.get_by_role("button", name="Julkaise kommentti"))
        expect(self.page.locator(".comment:target")).to_contain_text(text[:40])
        self.see()

    def answers(self, text: str) -> None:
        reply = self.comment("Pimeys kuuluu metsään.").locator("> .acts a").first
        self.press(reply)
        expect(self.page).to_have_url(re.compile(r"reply=\d+#write$"))
        self.see()
        self.page.locator("#text").fill(text)
        self.page.get_by_role("button", name="Julkaise kommentti").click()
        expect(self.page.locator(".comment:target")).to_contain_text(text)

    def changes(self, before: str, after: str) -> None:
        edit = self.comment(before).get_by_role("link", name="Muuta kommenttiasi")
        self.press(edit)
        expect(self.page.locator("#text")).to_have_value(before)
        self.see()
        other = self.page.context.new_page()
        other.goto(self.page.url)
        other.locator("#text").fill(f"{before} Toisesta ikkunasta.")
        other.locator("main form button").click()
        other.close()
        self.page.locator("#text").fill(after)
        self.page.locator("main form button").click()
        expect(self.page.locator(".error-summary")).to_be_visible()
        expect(self.page.locator("#text")).to_have_value(after)
        expect(self.page.locator("section[aria-labelledby=theirs]")).to_contain_text("Toisesta")
        if self.with_scripts:
            self._clean(self.page)
        self.press(self.page.locator("main form button"))
        changed = self.comment(after)
        self.press(changed.locator("> .who").get_by_role("link", name=re.compile("^muokattu")))
        expect(self.page.locator("main ins")).to_have_count(1)
        self.see()
        self.page.get_by_role("link", name="Lue se keskustelussa").click()

    def deletes(self, text: str) -> None:
        self.press(self.comment(text).get_by_role("link", name="Poista kommenttisi"))
        expect(self.page.locator("main .card")).to_contain_text(text)
        self.see()
        self.press(self.page.get_by_role("button", name="Poista kommentti"))
        expect(self.page.locator("main")).to_contain_text("Kommenttisi on poistettu.")
        expect(self.page.locator(".comment").filter(has_text=text)).to_have_count(0)
        self.see()


@pytest.mark.parametrize("with_scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_resident_takes_part_in_a_discussion(
    browser: Browser, site: Site, with_scripts: bool
) -> None:
    context = browser.new_context(
        viewport={"width": WIDTH, "height": 760},
        locale="fi-FI",
        reduced_motion="reduce",
        java_script_enabled=with_scripts,
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    walk = Talker(page, site, with_scripts)
    walk.reads_and_sorts()
    walk.opens_a_thread()
    walk.sign_in("asukas")
    walk.marks_a_comment()
    walk.writes(f"Valot auttaisivat kaikkia. {LONG}")
    walk.answers("Valon voi himmentää yöksi.")
    walk.changes("Valon voi himmentää yöksi.", "Valon voi himmentää yöksi ja aamuksi.")
    walk.deletes("Valon voi himmentää yöksi ja aamuksi.")
    assert faults == []
    context.close()
