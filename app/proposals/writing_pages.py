"""The steps in which a matter is written, and the forms about its text: shown, taken and saved."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from app.city import get_city
from app.core import access, markup, panels
from app.core.errors import Invalid, WrongState, sentence
from app.core.text import tidy
from app.proposals import differences, listing, policies, services, words
from app.proposals import similar as likes
from app.proposals.forms import EditForm, PublishForm, StartForm, TextForm
from app.proposals.lifecycle import MatterKind, State
from app.proposals.models import BODY_LIMIT, TITLE_LEAST, TITLE_LIMIT, Matter
from app.proposals.writing import (
    CHANGED,
    PARTS,
    Opened,
    fingerprint,
    part_of,
    save_part,
)


def show_step(
    template: str, form: StartForm | TextForm, matter: Matter | None
) -> ResponseReturnValue:
    """Step 1 or 2 with its form; 409 when another form saved meanwhile, 422 for mistakes."""
    city = get_city()
    kinds = [(kind, words.describe_kind(kind, city)) for kind in MatterKind]
    page = render_template(
        template,
        form=form,
        matter=matter,
        kinds=kinds,
        similar=likes.list_items(matter.title, matter.id) if matter else [],
        step=2 if isinstance(form, TextForm) else 1,
        slots=_draft_slots(matter),
        limits={"title": TITLE_LIMIT, "body": BODY_LIMIT},
        **_opened(form, matter),
    )
    return page, _status(form)


def take_step(matter: Matter, step: int) -> ResponseReturnValue:
    """Show or take step 1 or 2 of a draft; what is published has no steps any more."""
    if matter.state != State.DRAFT:
        return redirect(url_for("proposals.show", matter_id=matter.id), 303)
    draft, opened = services.get_draft(matter), Opened.read(request.form)
    form = StartForm(draft) if step == 1 else TextForm(get_city(), draft)
    if isinstance(form, TextForm) and request.form.get("do") == "find":
        form.find()
    elif form.is_submitted() and is_done(
        form,
        lambda: save_part(access.actor(), matter, part_of(step), form.apply(draft), opened),
    ):
        return go_on(matter, step + 1)
    return show_step(f"proposals/{'start' if step == 1 else 'text'}.html", form, matter)


def _opened(form: FlaskForm, matter: Matter | None) -> dict[str, Any]:
    """What the form began from, and beside it what another one saved meanwhile."""
    opened = Opened.read(request.form)
    if matter is None:
        return {"opened": opened.again(""), "theirs": None}
    draft, overtaken = services.get_draft(matter), getattr(form, "overtaken", False)
    if isinstance(form, EditForm):
        began = str(services.current_text(matter).version)
    else:
        began = fingerprint(draft, PARTS[part_of(2 if isinstance(form, TextForm) else 1)])
    if form.is_submitted() and not overtaken and opened.began:
        # nothing was saved: it still has to be compared with what it began from
        began = opened.began
    theirs = _theirs(draft, form) if overtaken else None
    return {"opened": opened.again(began), "theirs": theirs}


def _theirs(draft: services.Draft, form: FlaskForm) -> dict[str, Any]:
    """The fields of a text as they are saved now, and what the form would change."""
    fields = [form[name] for name in ("title", "body") if name in form]
    return {
        field.name: differences.compare(getattr(draft, field.name), tidy(field.data or ""))
        for field in fields
    }


def _status(form: FlaskForm) -> int:
    if getattr(form, "overtaken", False):
        return WrongState.status
    return 422 if form.errors else 200


def show_preview(
    matter: Matter, draft: services.Draft, form: PublishForm, similar: list[dict[str, Any]]
) -> ResponseReturnValue:
    """Step 3: the whole as readers will see it, with what is missing and matters like it."""
    city = get_city()
    page = render_template(
        "proposals/preview.html",
        matter=matter,
        draft=draft,
        body=markup.render(draft.body, lead=True),
        place=listing.place_names(city, draft.area, draft.district),
        next_words=words.describe_kind(draft.kind, city),
        is_whole=bool(draft.body and draft.service and len(draft.title) >= TITLE_LEAST),
        title_done=len(draft.title) >= TITLE_LEAST,
        is_starter=policies.is_starter(access.actor(), matter),
        similar=similar,
        step=3,
        slots=_draft_slots(matter),
        began=fingerprint(draft),
        form=form,
    )
    return page, _status(form)


def ask_to_publish(matter: Matter) -> tuple[PublishForm, list[dict[str, Any]]]:
    """The form that publishes, and the matters like this one: a strong one makes it ask why."""
    similar = [] if matter.city_only else likes.list_items(matter.title, matter.id)
    return PublishForm(is_asked=any(one["is_strong"] for one in similar)), similar


def _draft_slots(matter: Matter | None) -> dict[str, list[panels.Filled]]:
    """What higher features hang on the steps of a draft; nothing before it is saved."""
    return panels.fill("draft", matter, access.actor()) if matter else {}


def show_form(template: str, form: FlaskForm, matter: Matter) -> ResponseReturnValue:
    """The page of a form about a published text, with the right status."""
    limits_of = {"title": TITLE_LIMIT, "body": BODY_LIMIT}
    page = render_template(
        template, form=form, matter=matter, limits=limits_of, **_opened(form, matter)
    )
    return page, _status(form)


def is_done(form: FlaskForm, act: Callable[[], object]) -> bool:
    """Whether the form was right and the act done; a refusal is explained on the form.

    The text of a draft that is only saved need not be whole.
    """
    is_part = isinstance(form, TextForm) and request.form.get("do") in ("save", "attach")
    if not is_part and not form.validate():
        return False
    try:
        act()
    except (Invalid, WrongState) as error:
        if error.code != CHANGED and not isinstance(error, Invalid):
            raise
        form.form_errors.append(sentence(error))
        form.overtaken = error.code == CHANGED
        return False
    return True


def go_on(matter: Matter, step: int) -> ResponseReturnValue:
    """Where a saved step leads: to the next one, or where its button says."""
    if request.form.get("do") == "save":
        flash(_("The draft is saved. Only you see it."), "ok")
        return redirect(url_for("proposals.mine"), 303)
    if request.form.get("do") == "attach":
        return redirect(url_for("attachments.edit", matter_id=matter.id), 303)
    return redirect(url_for("proposals.write", matter_id=matter.id, step=step), 303)
