"""Machine translation: none is installed; with one, its text is marked until somebody checks it."""

import html
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.answers import queries, services, translation, typed
from app.answers.models import Answer
from app.core.access import Actor
from app.extensions import db
from tests.answers.test_answer_pages import WHOLE
from tests.casework import WHY, Casework
from tests.factories import Factory

SignIn = Callable[[FlaskClient, Actor], None]
HALF = {name: text for name, text in WHOLE.items() if not name.endswith("_sv")}
MARK = '<span class="mark">Machine translation</span>'


class Double:
    """Says which language it would write."""

    def translate(self, texts: Sequence[str], source: str, target: str) -> Sequence[str]:
        """The texts with both languages before them."""
        return [f"[{source}-{target}] {text}" for text in texts]


class Broken:
    """Cannot work now."""

    def translate(self, texts: Sequence[str], source: str, target: str) -> Sequence[str]:
        """Nothing."""
        raise translation.TranslationFailed("no connection")


class Short:
    """Loses a text."""

    def translate(self, texts: Sequence[str], source: str, target: str) -> Sequence[str]:
        """All but one of the texts."""
        return texts[1:]


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


def install(app: Flask, translator: type) -> None:
    app.config["TRANSLATOR"] = f"{__name__}.{translator.__name__}"


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
class TestPages:
    """What officials and residents see."""

    def test_with_none_installed_no_button_and_nothing_happens(
        self, client: FlaskClient, work: Casework, sign_in: SignIn
    ) -> None:
        matter = work.prepared()
        sign_in(client, work.official)
        path = f"/en/queue/{matter.id}/answer"
        assert "by machine" not in client.get(path).text
        assert client.post(path, data={**HALF, "seen": "0", "do": "fi-sv"}).status_code == 303
        draft = queries.get_draft(matter.id)
        assert draft is not None
        assert (draft.fields, draft.origins) == (HALF, {})

    def test_a_machine_fills_the_empty_fields_and_residents_see_its_mark(
        self, client: FlaskClient, work: Casework, sign_in: SignIn, context: Flask
    ) -> None:
        install(context, Double)
        matter = work.prepared()
        sign_in(client, work.official)
        path = f"/en/queue/{matter.id}/answer"
        begun = {**HALF, "reasons_sv": "Vi mätte själva.", "seen": "0", "do": "fi-sv"}
        assert client.post(path, data=begun).status_code == 303
        shown = html.unescape(client.get(path).text)
        assert "Fill empty fields by machine, in Swedish" in shown
        assert "[fi-sv] Lisäämme 12 istuinta." in shown
        assert "Vi mätte själva." in shown
        assert MARK in shown
        preview = html.unescape(client.get(f"{path}/preview").text)
        assert "Nothing is missing" in preview
        draft = queries.get_draft(matter.id)
        assert draft is not None
        sent = {**draft.fields, "seen": str(draft.version), "do": "publish"}
        assert client.post(path, data=sent).status_code == 303
        public = f"matters/{matter.id}"
        swedish = client.get(f"/sv/{public}").text
        assert "[fi-sv] Lisäämme 12 istuinta." in swedish
        assert '<span class="mark">Maskinöversättning</span>' in swedish
        assert "Konekäännös" not in client.get(f"/fi/{public}").text

    def test_who_has_checked_the_translation_takes_the_mark_away(
        self, client: FlaskClient, work: Casework, sign_in: SignIn, context: Flask
    ) -> None:
        install(context, Double)
        matter = work.prepared()
        sign_in(client, work.official)
        path = f"/en/queue/{matter.id}/answer"
        client.post(path, data={**HALF, "seen": "0", "do": "fi-sv"})
        draft = queries.get_draft(matter.id)
        assert draft is not None
        sent = {**draft.fields, "seen": str(draft.version), "do": "save", "checked_sv": "y"}
        client.post(path, data=sent)
        db.session.expire_all()
        assert draft.origins == {}
        assert MARK not in client.get(path).text

    def test_a_published_translation_is_checked_in_a_correction(
        self, client: FlaskClient, work: Casework, sign_in: SignIn
    ) -> None:
        matter = work.prepared()
        draft = typed.as_draft(WHOLE, ("fi", "sv"), {"sv": "machine"})
        services.publish_answer(work.official, matter, draft)
        sign_in(client, work.official)
        fields = {k: v for k, v in WHOLE.items() if not k.startswith("promise")}
        fields |= {"reason_fi": "Tarkistettu", "reason_sv": "Granskad", "seen": "1"}
        path = f"/en/queue/{matter.id}/correction"
        assert MARK in client.get(path).text
        client.post(path, data=fields)
        assert origins_of(matter.id) == {"sv": "machine"}
        client.post(path, data={**fields, "seen": "2", "checked_sv": "y"})
        assert origins_of(matter.id) == {}

    @pytest.mark.parametrize("translator", [Broken, Short])
    def test_a_failed_translation_keeps_what_was_typed(
        self,
        client: FlaskClient,
        work: Casework,
        sign_in: SignIn,
        context: Flask,
        translator: type,
    ) -> None:
        install(context, translator)
        matter = work.prepared()
        sign_in(client, work.official)
        path = f"/en/queue/{matter.id}/answer"
        refused = client.post(path, data={**HALF, "seen": "0", "do": "fi-sv"})
        assert refused.status_code == 422
        assert "The translation did not succeed." in refused.text
        assert "Lisäämme 12 istuinta." in html.unescape(refused.text)
        draft = queries.get_draft(matter.id)
        assert draft is not None
        assert (draft.fields, draft.origins) == (HALF, {})


def origins_of(matter_id: int) -> dict[str, str]:
    db.session.expire_all()
    answer: Answer | None = queries.get_answer(matter_id)
    assert answer is not None
    return answer.origins


def test_only_empty_fields_of_the_other_language_are_filled() -> None:
    fields = {"reasons_fi": "Syy", "sentence_fi": "Ydin", "sentence_sv": "Kärna", "cost": "5"}
    filled = translation.translate_empty(Double(), fields, "fi", "sv")
    assert filled == {"reasons_sv": "[fi-sv] Syy"}
    assert translation.translate_empty(Broken(), {"cost": "5"}, "fi", "sv") == {}


def test_an_answer_remembers_what_a_machine_wrote(work: Casework) -> None:
    matter = work.prepared()
    draft = typed.as_draft(WHOLE, ("fi", "sv"), {"sv": "machine", "en": "machine"})
    services.publish_answer(work.official, matter, draft)
    assert origins_of(matter.id) == {"sv": "machine"}
    plain = replace(draft, promises=[], origins={})
    services.correct_answer(work.official, matter, plain, WHY, 1)
    assert origins_of(matter.id) == {}
