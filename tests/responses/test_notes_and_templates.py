"""Internal notes that never leave the house, related matters, templates of answers."""

import html
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect, select, text

from app.answers.forms import make_answer
from app.city import get_city
from app.core.access import Actor, Role
from app.core.errors import Forbidden, Invalid, NotFound
from app.core.mail import OutboxMail
from app.extensions import db
from app.journal.queries import list_entries
from app.notifications.readers import read_new
from app.proposals.models import Matter
from app.responses import answer_templates, internal_notes, queries
from app.responses.answer_templates import FIELDS
from tests.casework import NO, OTHER_UNIT, UNIT, Casework, answer, both
from tests.factories import Factory
from tests.pages import page

SignIn = Callable[[FlaskClient, Actor], None]
only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
CANARY = "kanarialintu"


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


def send(client: FlaskClient, path: str, status: int = 303, **fields: str) -> str:
    response = client.post(f"/en{path}", data=fields)
    assert response.status_code == status, html.unescape(response.text)
    return html.unescape(response.text)


# ---------- internal notes ----------


def test_handlers_and_the_registry_write_notes_and_nobody_else(work: Casework) -> None:
    own = work.make.actor(Role.OFFICIAL, unit=UNIT)
    matter = work.registered(author=own)
    for actor in (work.official, work.registry):
        internal_notes.add_internal_note(actor, matter, "Soitettu urakoitsijalle.")
    strangers = (
        work.author,
        own,  # an official of the unit, but the matter's author
        work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT),
        work.make.actor(Role.MODERATOR),
        work.make.actor(Role.MANAGER),
    )
    for stranger in strangers:
        with pytest.raises(Forbidden, match="cannot_note"):
            internal_notes.add_internal_note(stranger, matter, "Utelias")
    for words, code in ((" ", "empty"), ("x" * 4001, "too_long")):
        with pytest.raises(Invalid, match=code):
            internal_notes.add_internal_note(work.official, matter, words)
    names = [name for _note, name in queries.list_internal_notes(matter.id)]
    assert names == [work.official.name, work.registry.name]


def test_only_the_writer_removes_a_note(work: Casework) -> None:
    matter = work.registered()
    note = internal_notes.add_internal_note(work.official, matter, "Väärä asia")
    colleague = work.make.actor(Role.OFFICIAL, unit=UNIT)
    for other in (colleague, work.registry):
        with pytest.raises(Forbidden, match="not_own_note"):
            internal_notes.remove_internal_note(other, note)
    internal_notes.remove_internal_note(work.official, note)
    assert queries.list_internal_notes(matter.id) == []


@only_sqlite
def test_notes_are_written_and_removed_on_the_page(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    matter, other = work.registered(), work.registered()
    sign_in(client, work.official)
    send(client, f"/queue/{matter.id}/notes", **{"note-text": "Rivi yksi\nRivi <kaksi>"})
    shown = page(client, f"/queue/{matter.id}")
    assert "Rivi <kaksi>" in shown
    assert "Remove the note" in shown
    assert "Write something first." in send(client, f"/queue/{matter.id}/notes", 422)
    note, _name = queries.list_internal_notes(matter.id)[0]
    send(client, f"/queue/{other.id}/notes/{note.id}/remove", 404)
    sign_in(client, work.registry)
    assert "Remove the note" not in page(client, f"/queue/{matter.id}")
    send(client, f"/queue/{matter.id}/notes/{note.id}/remove", 403)
    sign_in(client, work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT))
    send(client, f"/queue/{matter.id}/notes/{note.id}/remove", 403)
    sign_in(client, work.official)
    send(client, f"/queue/{matter.id}/notes/{note.id}/remove")
    assert "Rivi yksi" not in page(client, f"/queue/{matter.id}")


def addresses(app: Flask, matter: Matter) -> Iterator[str]:
    """Every page that can be opened with a matter's number or without any."""
    with app.test_request_context("/en/"):
        routes = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.arguments - {"lang", "matter_id"}:
                continue
            values = {"lang": "en", "matter_id": matter.id}
            yield routes.build(
                rule.endpoint, {k: v for k, v in values.items() if k in rule.arguments}
            )


@only_sqlite
def test_an_internal_note_is_on_no_other_page(
    client: FlaskClient, context: Flask, work: Casework, sign_in: SignIn
) -> None:
    """A canary: on the page where the matter is handled, and nowhere else, whoever looks."""
    matter = work.prepared()
    internal_notes.add_internal_note(work.official, matter, f"Sisäinen {CANARY}.")
    work.answer(matter, **NO)
    while read_new():
        pass
    paths = [*addresses(context, matter), f"/en/matters?q={CANARY}"]
    handle = f"/en/queue/{matter.id}"
    assert handle in paths
    everybody = [None, work.author, work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT)]
    everybody += [work.make.actor(role) for role in (Role.MANAGER, Role.AUDITOR, Role.MODERATOR)]
    for actor in [*everybody, work.official]:
        if actor is not None:
            sign_in(client, actor)
        seen = set()
        for path in paths:
            with client.get(path, follow_redirects=True) as response:
                if f"sisäinen {CANARY}" in html.unescape(response.text).lower():
                    seen.add(path)
        assert seen == ({handle} if actor is work.official else set()), actor
    mails = db.session.scalars(select(OutboxMail)).all()
    assert mails
    assert not any(CANARY in mail.body + mail.subject for mail in mails)


@only_sqlite
def test_an_internal_note_is_in_no_other_table(work: Casework, context: Flask) -> None:
    matter = work.prepared()
    before = len(list_entries("matter", matter.id))
    internal_notes.add_internal_note(work.official, matter, f"Sisäinen {CANARY}.")
    assert len(list_entries("matter", matter.id)) == before, "it is no public step"
    with db.engine.connect() as connection:
        for table in inspect(db.engine).get_table_names():
            if table == "internal_note" or table.startswith("search_index"):
                continue
            rows = connection.execute(text(f'SELECT * FROM "{table}"')).all()
            assert not any(CANARY in str(row) for row in rows), table


# ---------- related matters and earlier answers ----------


@only_sqlite
def test_related_matters_and_earlier_answers_stand_on_the_page(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    title = "Katuvalot Olarinlahden ulkoilureitille"
    matter = work.prepared(title=title)
    related = work.registered(title="Olarinlahden ulkoilureitti tarvitsee katuvalot")
    hidden = work.registered(title="Katuvalot Olarinlahden ulkoilureitille piilossa")
    far = work.registered(title="Kirjaston aukioloajat sunnuntaisin")
    earlier = work.prepared(title="Uudet katuvalot Olarinlahden ulkoilureitille")
    work.answer(earlier, sentence=both("Valot tulevat syksyllä"))
    hide(hidden, work)
    template = answer_templates.make_template(work.official, UNIT, "Valot", {"reasons_fi": "Syy"})
    sign_in(client, work.official)
    shown = page(client, f"/queue/{matter.id}")
    related_part = shown[shown.index("Related open matters") :]
    assert related.title in related_part
    assert hidden.title not in related_part
    assert far.title not in related_part
    assert earlier.title not in related_part
    assert "Similar earlier answers" in shown
    assert "Valot tulevat syksyllä suomeksi" in shown
    assert "/answer?from=" in shown
    assert f"/answer?template={template.id}" in shown
    for link in ("from=", "template="):
        address = shown[shown.index(f"/queue/{matter.id}/answer?{link}") :].split('"')[0]
        page(client, address)


def hide(matter: Matter, work: Casework) -> None:
    from app.comments.rules import DiscussionRule
    from app.moderation import services as moderation

    moderation.hide_matter(work.make.actor(Role.MODERATOR), matter, DiscussionRule.SPAM)


# ---------- templates ----------


def test_a_units_officials_share_their_templates(work: Casework) -> None:
    colleague = work.make.actor(Role.OFFICIAL, unit=UNIT)
    stranger = work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT)
    fields = {"sentence_fi": "Kiitos ehdotuksesta.", "reasons_sv": " Skäl ", "unknown": "x"}
    template = answer_templates.make_template(work.official, UNIT, "Kiitos", fields)
    assert template.fields == {"sentence_fi": "Kiitos ehdotuksesta.", "reasons_sv": "Skäl"}
    assert queries.get_template(template.id, colleague) is template
    assert [t.id for t in queries.list_templates([UNIT])] == [template.id]
    for actor in (stranger, work.registry, work.author):
        with pytest.raises(NotFound):
            queries.get_template(template.id, actor)
        for act in (
            lambda actor=actor: answer_templates.make_template(actor, UNIT, "Oma", fields),
            lambda actor=actor: answer_templates.change_template(actor, template, "x", fields, 1),
            lambda actor=actor: answer_templates.delete_template(actor, template),
        ):
            with pytest.raises(Forbidden, match="not_own_unit"):
                act()
    answer_templates.change_template(colleague, template, "Kiitos paljon", fields, 1)
    assert (template.name, template.updated_by) == ("Kiitos paljon", colleague.person_id)
    answer_templates.delete_template(colleague, template)
    assert queries.list_templates([UNIT]) == []


def test_a_template_has_a_name_of_its_own_words_and_the_version_that_was_seen(
    work: Casework,
) -> None:
    fields = {"sentence_fi": "Kiitos."}
    make = answer_templates.make_template
    first = make(work.official, UNIT, "Kiitos", fields)
    other = make(work.official, UNIT, "Toinen", fields)
    for unit, name, words, code in (
        (UNIT, "Kiitos", fields, "template_name_taken"),
        (UNIT, " ", fields, "empty"),
        (UNIT, "x" * 81, fields, "too_long"),
        (UNIT, "Tyhjä", {"sentence_fi": " "}, "template_empty"),
    ):
        with pytest.raises(Invalid, match=code):
            make(work.official, unit, name, words)
    with pytest.raises(Invalid, match="template_name_taken"):
        answer_templates.change_template(work.official, other, "Kiitos", fields, 1)
    answer_templates.change_template(work.official, first, "Kiitos", {"reasons_fi": "Uusi"}, 1)
    with pytest.raises(Invalid, match="template_changed"):
        answer_templates.change_template(work.official, first, "Kiitos", fields, 1)
    assert first.fields == {"reasons_fi": "Uusi"}


@only_sqlite
def test_templates_are_made_changed_and_deleted_on_their_pages(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    sign_in(client, work.official)
    assert "There are no templates yet." in page(client, "/queue/templates")
    shown = page(client, "/queue/templates/new")
    assert "Where the money comes from" in shown
    words = {"unit": UNIT, "name": "Kiitos", "reasons_fi": "Pitkät perustelut"}
    refused = send(client, "/queue/templates/new", 422, **{**words, "name": ""})
    assert "Give the template a name." in refused
    assert "Pitkät perustelut" in refused
    send(client, "/queue/templates/new", 403, **{**words, "unit": OTHER_UNIT})
    send(client, "/queue/templates/new", **words)
    template = queries.list_templates([UNIT])[0]
    address = f"/queue/templates/{template.id}"
    assert "Pitkät perustelut" in page(client, address)
    send(client, address, **{**words, "seen": "1", "reasons_fi": "Toiset perustelut"})
    late = send(client, address, 422, **{**words, "seen": "1", "reasons_fi": "Kolmannet"})
    assert "A colleague saved this template" in late
    assert "Kolmannet" in late
    assert 'name="seen" type="hidden" value="2"' in late
    sign_in(client, work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT))
    assert "Kiitos" not in page(client, "/queue/templates")
    page(client, address, 404)
    send(client, address + "/delete", 404)
    sign_in(client, work.official)
    send(client, address + "/delete")
    assert queries.list_templates([UNIT]) == []


@only_sqlite
def test_a_template_has_only_fields_of_the_composer(context: Flask, work: Casework) -> None:
    with context.test_request_context("/en/"):
        known = {field.short_name for field in make_answer()}
    official = get_city().official_languages
    assert {name for name in FIELDS if name.endswith(official)} <= known
    assert answer().sentence


def test_the_estimate_proposes_the_day_of_the_answer(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    sign_in(client, work.official)
    shown: Any = page(client, f"/queue/{work.prepared().id}")
    form = shown[shown.index('id="act-estimate"') :].split("</form>")[0]
    assert 'value="2026-05-08"' in form
    assert "by 9 April" in form.replace("\xa0", " "), "the clock of the estimate"
