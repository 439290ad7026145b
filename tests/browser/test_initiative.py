"""One resident initiative from filing to a reopened implementation, as five roles.

A resident files it and answers a question; the registry registers it; one unit offers it to
another, whose official accepts, asks, takes it to a committee, answers and reports; a councillor
follows; neighbours say by the link in their mail that it did not help, and it opens again.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from app.accounts import services as accounts
from app.core import clock
from app.core.access import SYSTEM, Role
from tests.browser.conftest import ROOT, Site, serving
from tests.browser.walking import Walker, sign_out
from tests.factories import Factory

pytestmark = pytest.mark.browser
TITLE = "Suojatie Kuitinmäen koulun eteen"
NEIGHBOURS = [f"naapuri{n}" for n in range(1, 6)]
STAFF = {
    "kirjaamo": (Role.REGISTRY, {"unit": "registry"}),
    "liikunta": (Role.OFFICIAL, {"unit": "sports"}),
    "kadut": (Role.OFFICIAL, {"unit": "street_engineering"}),
    "valtuutettu": (Role.COUNCILLOR, {"body": "tela"}),
}


@pytest.fixture
def site(sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    """The application with a resident, neighbours and the people of the city."""

    def prepare() -> int:
        with clock.moved_to(datetime.now(UTC) - timedelta(days=1)):
            make = Factory()
            for key in ("asukas", *NEIGHBOURS, *STAFF):
                person = make.person(email=f"{key}@example.org", name=key.capitalize())
                if key in STAFF:
                    role, where = STAFF[key]
                    accounts.grant_role(SYSTEM, person, role, **where)
        return 0

    with serving(sqlite_template, tmp_path, prepare) as served:
        yield served


class Walk(Walker):
    """The steps of the initiative's way."""

    folder: Path

    def act(self, key: str, fields: Mapping[str, str] | None = None) -> None:
        """Do one of the acts on the page where the matter is handled."""
        form = self.page.locator(f"form[action$='{key}']").first
        fold = self.page.locator("details", has=form)
        if fold.count() and not form.is_visible():
            fold.first.locator("summary").first.click()
        for name, value in (fields or {}).items():
            self._fill(form.locator(f"[name$='{name}']"), value)
        with self.page.expect_navigation():
            form.locator("button[type=submit]").last.click()

    def _fill(self, field: Locator, value: str) -> None:
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)

    def handle(self, key: str) -> None:
        """Open the page where the matter is handled, as an official."""
        self.sign_in(key)
        self.open(self.queue)

    @property
    def queue(self) -> str:
        return f"/queue/{self.matter.rpartition('/')[2]}"

    def run_jobs(self) -> None:
        """What runs every minute beside the web."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("KUULUU_")}
        environment |= {
            "KUULUU_INSTANCE": str(self.folder),
            "KUULUU_SECRET_KEY": "for tests only",
            "KUULUU_PUBLIC_URL": self.site.url,
        }
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "once"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)

    def mails_to(self, key: str) -> list[str]:
        """Bodies of the mails that somebody has got, the oldest first."""
        files = sorted((self.folder / "mail").glob("*.eml"))
        mails = [message_from_bytes(file.read_bytes(), policy=default) for file in files]
        return [m.get_content() for m in mails if m["To"] == f"{key}@example.org"]

    def resident_files(self) -> None:
        self.sign_in("asukas")
        self.open("/matters/new")
        self.page.check("input[name=kind][value=initiative]")
        self.page.fill("#title", TITLE)
        self.page.locator("main form button[value=next]").click()
        self.page.fill("#body", "Lapset ylittävät kadun ilman suojatietä.\n\nTehkää suojatie.")
        self.page.select_option("#service", "swimming_halls")
        self.page.locator("main form button[value=next]").click()
        self.page.get_by_role("button", name="Julkaise", exact=True).click()
        expect(self.page.locator("h1")).to_have_text(TITLE)
        found = re.search(r"/matters/(\d+)", self.page.url)
        assert found
        self.matter = f"/matters/{found[1]}"
        self.look()
        sign_out(self.page)

    def neighbours_follow(self) -> None:
        for key in NEIGHBOURS:
            self.sign_in(key)
            self.open(self.matter)
            self.page.get_by_role("button", name="Seuraa", exact=True).first.click()
            expect(self.page.get_by_role("status")).to_contain_text("Seuraat asiaa")
            sign_out(self.page)

    def registry_registers(self) -> None:
        self.sign_in("kirjaamo")
        self.open("/registry")
        expect(self.page.locator("main")).to_contain_text(TITLE)
        self.look()
        self.page.locator("main article button[type=submit]").first.click()
        expect(self.page.get_by_role("status")).to_contain_text("Kirjattu asianumerolla")
        sign_out(self.page)

    def one_unit_offers_it_to_another(self) -> None:
        self.handle("liikunta")
        reason = {
            "unit": "street_engineering",
            "reason_fi": "Suojatiet suunnittelee katusuunnittelu.",
            "reason_sv": "Övergångsställen planeras av gatuplaneringen.",
        }
        self.act("/hand_over", reason)
        expect(self.page.locator("main")).to_contain_text("Tarjottu yksikölle")
        self.look()
        sign_out(self.page)

    def the_other_unit_accepts_and_asks(self) -> None:
        self.sign_in("kadut")
        self.open("/queue")
        expect(self.page.locator("main")).to_contain_text(TITLE)
        self.look()
        self.act("/offer/accept")
        self.open(self.queue)
        self.look()
        self.act("/start")
        question = {
            "text_fi": "Kummalla puolella koulua?",
            "text_sv": "På vilken sida av skolan?",
        }
        self.act("/ask", question)
        expect(self.page.locator("main")).to_contain_text("Odottaa")
        sign_out(self.page)

    def resident_replies(self) -> None:
        self.run_jobs()
        assert any("Kummalla puolella koulua?" in body for body in self.mails_to("asukas"))
        self.sign_in("asukas")
        self.open(self.matter)
        self.page.fill(
            'main form[action$="/reply"] textarea', "Pohjoispuolella, bussipysäkin luona."
        )
        self.page.locator('main form[action$="/reply"] button[type=submit]').click()
        expect(self.page.locator("main")).to_contain_text("Valmistelussa")
        sign_out(self.page)

    def committee_takes_it_up(self) -> None:
        self.handle("kadut")
        meeting = (date.today() + timedelta(days=7)).isoformat()
        self.act("/body", {"body": "tela", "meeting": meeting})
        self.open(self.matter)
        self.look()
        sign_out(self.page)
        self.sign_in("valtuutettu")
        self.open(self.matter)
        self.act("/questions", {"text": "Milloin suojatie tehdään?"})
        self.look()
        self.open("/council")
        expect(self.page.locator("main")).to_contain_text(TITLE)
        self.look()
        sign_out(self.page)
        self.handle("kadut")
        self.act("questions/1/answer", {"text_fi": "Elokuussa.", "text_sv": "I augusti."})
        self.act("/back")

    def official_answers(self) -> None:
        """Refused with one language missing, then previewed and published."""
        self.open(f"{self.queue}/answer")
        self.page.fill("#sentence_fi", "Teemme suojatien elokuussa.")
        self.page.locator("button[value=publish]").click()
        expect(self.page.locator(".error-summary")).to_be_visible()
        texts = {
            "sentence_sv": "Vi gör övergångsstället i augusti.",
            "reasons_fi": "Kadun ylittää 300 lasta päivässä.",
            "reasons_sv": "Gatan korsas av 300 barn om dagen.",
            "next_step_fi": "Urakoitsija mittaa paikan.",
            "next_step_sv": "Entreprenören mäter platsen.",
            "unmeasured_fi": "Ylityksiä ei ole laskettu ennen.",
            "unmeasured_sv": "Korsningarna har inte räknats förut.",
            "promise_1_what_fi": "Suojatie on maalattu.",
            "promise_1_what_sv": "Övergångsstället är målat.",
            "promise_1_due": (date.today() + timedelta(days=60)).isoformat(),
        }
        for name, text in texts.items():
            self.page.fill(f"#{name}", text)
        self.page.check("input[name=outcome][value=action]")
        self.page.check("input[name=work][value=core]")
        self.page.locator("button[value=preview]").click()
        expect(self.page.locator("main")).to_contain_text("Teemme suojatien elokuussa.")
        self.look()
        self.open(f"{self.queue}/answer")
        self.page.locator("button[value=publish]").click()
        expect(self.page.locator("main")).to_contain_text("Vastaus on julkinen")

    def official_carries_it_out(self) -> None:
        self.open(self.queue)
        self.act("/keep", {"evidence_fi": "Maalaus näkyy.", "evidence_sv": "Målningen syns."})
        self.act("/implementing")
        done = {
            "evidence_fi": "Suojatie on käytössä.",
            "evidence_sv": "Övergångsstället är i bruk.",
        }
        self.act("/implemented", done)
        expect(self.page.locator("main")).to_contain_text("Toteutettu")
        self.look()
        sign_out(self.page)

    def neighbours_say_that_it_did_not_help(self) -> None:
        """By the link in their mail, without signing in."""
        self.run_jobs()
        for number, key in enumerate(NEIGHBOURS):
            link = re.search(r"https?://\S+/survey/\S+", self.mails_to(key)[-1])
            assert link, self.mails_to(key)[-1]
            self.page.goto(link[0])
            if number == 0:
                self.look()
            self.page.check("input[name=verdict][value=no]")
            self.page.locator("main form button[type=submit]").click()
            expect(self.page.locator("h1")).to_have_text("Kiitos")

    def everybody_sees_it_open_again(self) -> None:
        self.open(self.matter)
        expect(self.page.locator("main")).to_contain_text("Valmistelussa")
        for path in (self.matter, f"{self.matter}/journey", "/promises", "/meetings", "/overview"):
            self.look_in_three_languages(path)
        self.open(f"{self.matter}/journey")
        journey = self.page.locator("main")
        for told in ("Liikuntapalvelut", "Suojatiet suunnittelee", "avattiin uudelleen"):
            expect(journey).to_contain_text(told)


@pytest.mark.parametrize("with_scripts", [True, False], ids=["with scripts", "without scripts"])
def test_an_initiative_goes_from_filing_to_a_reopened_implementation(
    browser: Browser, site: Site, tmp_path: Path, with_scripts: bool
) -> None:
    context = browser.new_context(java_script_enabled=with_scripts, locale="fi-FI")
    page = context.new_page()
    page.set_default_timeout(20_000)
    walk = Walk(page, site, with_scripts)
    walk.folder = tmp_path
    walk.resident_files()
    walk.neighbours_follow()
    walk.registry_registers()
    walk.one_unit_offers_it_to_another()
    walk.the_other_unit_accepts_and_asks()
    walk.resident_replies()
    walk.committee_takes_it_up()
    walk.official_answers()
    walk.official_carries_it_out()
    walk.neighbours_say_that_it_did_not_help()
    walk.everybody_sees_it_open_again()
    context.close()
