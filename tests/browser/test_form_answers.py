"""What a form answers when it is sent empty can be read by everybody, in each language."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.accounts import services as accounts
from app.core.access import SYSTEM, Role
from app.registry.services import register_matter
from tests.browser.conftest import Site, serving
from tests.browser.walking import Walker
from tests.casework import UNIT
from tests.factories import Factory

pytestmark = pytest.mark.browser
WIDTH = 360
# Forms in which something is written or chosen; the others are single buttons.
FORMS = "main form[method=post]:has(input:not([type=hidden]), textarea, select)"
ACTIONS = "(forms) => forms.map((form) => form.action)"
EMPTY = """(forms, action) => {
  const form = forms.find((one) => one.action === action);
  for (const field of form.querySelectorAll("input:not([type=hidden]), textarea")) {
    if (field.type === "checkbox" || field.type === "radio") field.checked = false;
    else field.value = "";
  }
  form.noValidate = true;
  delete form.dataset.autosave;
  form.closest("details")?.setAttribute("open", "");
  form.requestSubmit(form.querySelector("button[value=next]") ?? form.querySelector("button"));
}"""
VISITOR = ("/feedback", "/register", "/sign-in", "/reset")
AUTHOR = (
    "/matters/new", "/matters/3/draft/2", "/matters/3/attachments", "/matters/1/edit",
    "/matters/1/languages/sv", "/matters/1/withdraw", "/matters/1/authors", "/matters/2/add",
)  # fmt: skip
READER = ("/matters/1", "/matters/1/report")
OFFICIAL = ("/queue/2",)
MODERATOR = ("/matters/1/report", "/moderation/people/1/block")


@pytest.fixture
def site(sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    """A matter that can be changed, one that is handled, a draft, and people."""

    def prepare() -> int:
        make = Factory()
        author = make.person(email="tekija@example.org", name="Tekijä").as_actor()
        make.person(email="lukija@example.org", name="Lukija")
        for key, role, unit in (
            ("kirjaamo", Role.REGISTRY, "registry"),
            ("viranhaltija", Role.OFFICIAL, UNIT),
            ("moderaattori", Role.MODERATOR, None),
        ):
            person = make.person(email=f"{key}@example.org", name=key.capitalize())
            accounts.grant_role(SYSTEM, person, role, **({"unit": unit} if unit else {}))
        make.matter(author, title="Valot Olarin ulkoilureitille")
        handled = make.matter(author, title="Penkkejä Olarin ulkoilureitille")
        register_matter(make.actor(Role.REGISTRY), handled, UNIT)
        make.draft(author, title="Roskakoreja Olarin ulkoilureitille")
        return 0

    with serving(sqlite_template, tmp_path, prepare) as served:
        yield served


class Sender(Walker):
    """Somebody who sends forms empty, with a phone, in one language."""

    language = "fi"

    def sends_forms(self, path: str) -> int:
        """Each form of a page; how many there are."""
        url = f"{self.site.url}/{self.language}{path}"
        self.page.goto(url)
        asking = self.page.locator(FORMS).evaluate_all(ACTIONS)
        assert asking, f"no form on {path}"
        for action in asking:
            self.page.goto(url)
            if action not in self.page.locator(FORMS).evaluate_all(ACTIONS):
                continue  # what it offered is done
            with self.page.expect_navigation():
                self.page.locator(FORMS).evaluate_all(EMPTY, action)
            expect(self.page.locator("html")).to_have_attribute("lang", self.language)
            self.clean()
        return len(asking)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_forms_that_are_sent_empty_answer_clearly(
    browser: Browser, site: Site, language: str
) -> None:
    sent = 0
    people = {
        "tekija": AUTHOR,
        "lukija": READER,
        "viranhaltija": OFFICIAL,
        "moderaattori": MODERATOR,
    }
    for key, paths in ({"": VISITOR} | people).items():
        context = browser.new_context(viewport={"width": WIDTH, "height": 760})
        walk = Sender(context.new_page(), site, with_scripts=True)
        walk.language = language
        if key:
            walk.sign_in(key)
        sent += sum(walk.sends_forms(path) for path in paths)
        context.close()
    assert sent > len(VISITOR) + sum(map(len, people.values()))
