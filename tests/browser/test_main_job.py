"""The whole main job in Finnish as five people, with and without JavaScript, and axe on the way."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Site
from tests.browser.walking import Walker, sign_in, sign_out

pytestmark = pytest.mark.browser
TITLE = "Valot Olarin ulkoilureitille"


class Walk(Walker):
    """The steps of the main job."""

    def resident_proposes(self) -> None:
        sign_in(self.page, self.site, "asukas")
        self.page.goto(f"{self.site.url}/fi/matters/new")
        self.look()
        self.page.fill("#title", TITLE)
        self.page.locator("main form button[value=next]").click()
        self.look()
        self.page.fill("#body", "Reitti on pimeä talvella.\n\nEhdotan valoja Olarin puolelle.")
        self.page.select_option("#service", "street_lighting")
        self.page.locator("main form button[value=next]").click()
        self.look()
        self.page.get_by_role("button", name="Julkaise", exact=True).click()
        expect(self.page.locator("h1")).to_have_text(TITLE)
        found = re.search(r"/matters/(\d+)", self.page.url)
        assert found
        self.matter = f"/matters/{found[1]}"
        self.look()
        sign_out(self.page)

    def others_support_and_discuss(self) -> None:
        sign_in(self.page, self.site, "aanestaja")
        self.page.goto(f"{self.site.url}/fi{self.matter}")
        self.page.get_by_role("button", name="Kannata", exact=True).first.click()
        expect(self.page.get_by_role("status")).to_contain_text("Kannatat nyt tätä asiaa")
        self.page.locator("main textarea[name=text]").fill("Kuljen reittiä joka aamu töihin.")
        self.page.get_by_role("button", name="Julkaise kommentti").click()
        expect(self.page.locator(".comments")).to_contain_text("Kuljen reittiä joka aamu töihin.")
        self.look()
        sign_out(self.page)

    def registry_registers(self) -> None:
        sign_in(self.page, self.site, "kirjaamo")
        self.page.goto(f"{self.site.url}/fi/registry")
        expect(self.page.locator("main")).to_contain_text(TITLE)
        self.look()
        self.page.locator("main article button[type=submit]").first.click()
        told = self.page.get_by_role("status")
        expect(told).to_contain_text("Kirjattu asianumerolla 1/10.03.01/")
        sign_out(self.page)

    def official_answers(self) -> None:
        sign_in(self.page, self.site, "viranhaltija")
        self.page.goto(f"{self.site.url}/fi/queue")
        self.look()
        number = self.matter.rpartition("/")[2]
        self.page.goto(f"{self.site.url}/fi/queue/{number}")
        self.page.get_by_role("button", name="Aloita valmistelu").click()
        self.look()
        self.page.goto(f"{self.site.url}/fi/queue/{number}/answer")
        # An incomplete answer is refused, and nothing typed is lost.
        self.page.fill("#sentence_fi", "Rakennamme reitille valot ensi syksynä.")
        self.page.locator("button[value=publish]").click()
        expect(self.page.locator(".error-summary")).to_be_visible()
        expect(self.page.locator("#sentence_fi")).to_have_value(
            "Rakennamme reitille valot ensi syksynä."
        )
        self.look()
        self._fill_answer()
        self.page.locator("button[value=publish]").click()
        expect(self.page.locator("main")).to_contain_text("Vastaus on julkinen")
        sign_out(self.page)

    def _fill_answer(self) -> None:
        texts = {
            "sentence_sv": "Vi bygger belysning längs leden nästa höst.",
            "reasons_fi": "Reitillä kulkee 400 ihmistä päivässä.",
            "reasons_sv": "Leden används av 400 personer om dagen.",
            "next_step_fi": "Urakoitsija aloittaa syyskuussa.",
            "next_step_sv": "Entreprenören börjar i september.",
            "indicator_fi": "Kulkijoita iltaisin",
            "indicator_sv": "Gående om kvällarna",
            "measure_unit_fi": "ihmistä",
            "measure_unit_sv": "personer",
            "baseline": "120",
            "target": "200",
            "method_fi": "Laskuri reitin varrella.",
            "method_sv": "En räknare vid leden.",
            "promise_1_what_fi": "Valot palavat.",
            "promise_1_what_sv": "Lamporna lyser.",
            "promise_1_due": (date.today() + timedelta(days=90)).isoformat(),
        }
        for name, text in texts.items():
            self.page.fill(f"#{name}", text)
        self.page.check("input[name=outcome][value=action]")
        self.page.check("input[name=work][value=core]")

    def voter_votes(self) -> None:
        sign_in(self.page, self.site, "aanestaja")
        self.page.goto(f"{self.site.url}/fi/rounds/{self.site.round_id}/vote/city")
        expect(self.page.locator("main")).to_contain_text("Et ole vielä äänestänyt")
        self.look()
        for box in self.page.locator("input[name=project]").all()[:2]:
            box.check()
        self.page.locator("button[value=next]").click()
        expect(self.page.locator("h1")).to_have_text("Tarkista valintasi")
        self.look()
        self.page.locator("#cast button[type=submit]").first.click()
        expect(self.page.locator("h1")).to_have_text("Äänesi on annettu")
        self.look()
        sign_out(self.page)

    def councillor_follows(self) -> None:
        sign_in(self.page, self.site, "valtuutettu")
        self.page.goto(f"{self.site.url}/fi{self.matter}")
        self.page.get_by_role("button", name="Seuraa", exact=True).first.click()
        self.page.goto(f"{self.site.url}/fi/council")
        expect(self.page.locator("main")).to_contain_text(TITLE)
        self.look()
        sign_out(self.page)

    def everybody_sees(self) -> None:
        self.page.goto(f"{self.site.url}/fi{self.matter}")
        expect(self.page.locator("main")).to_contain_text("Rakennamme reitille valot ensi syksynä.")
        self.page.goto(f"{self.site.url}/sv{self.matter}")
        expect(self.page.locator("main")).to_contain_text("Vi bygger belysning längs leden")
        public = ["/", "/matters", self.matter, f"{self.matter}/journey", "/overview", "/log"]
        public += ["/rounds", f"/rounds/{self.site.round_id}", "/about", "/accessibility"]
        for path in [*public, "/privacy", "/rules", "/sign-in", "/register", "/reset"]:
            self.look_in_three_languages(path)


@pytest.mark.parametrize("with_scripts", [True, False], ids=["with scripts", "without scripts"])
def test_five_people_do_the_whole_main_job(
    browser: Browser, site: Site, with_scripts: bool
) -> None:
    context = browser.new_context(java_script_enabled=with_scripts, locale="fi-FI")
    page = context.new_page()
    page.set_default_timeout(20_000)
    walk = Walk(page, site, with_scripts)
    walk.resident_proposes()
    walk.others_support_and_discuss()
    walk.registry_registers()
    walk.official_answers()
    walk.voter_votes()
    walk.councillor_follows()
    walk.everybody_sees()
    context.close()
