"""Doing an act of the page on which a matter is handled, and the page itself.

Higher features hang panels with acts of their own on that page. All are done alike: a form that is
refused is shown again where it stood, with what was typed. When a colleague was faster, the page
says what has happened meanwhile, and no word that was typed is lost: what cannot be sent any more
stands there to be copied.
"""

from typing import Any

from flask import abort, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core import access, panels, words
from app.core.access import require
from app.core.errors import Forbidden, Invalid, WrongState, sentence
from app.journal import queries as journal
from app.proposals.lifecycle import MatterKind
from app.proposals.models import Matter
from app.proposals.notes import list_notes
from app.proposals.policies import can_list_makers
from app.proposals.queries import get_matter
from app.responses import desk, history, policies
from app.responses.acts import Act
from app.responses.forms import HandlingForm


def open_matter(matter_id: int) -> Matter:
    """A matter that the actor may see on the page where it is handled.

    What was sent for a matter that is the actor's no more is shown again, to be copied. Raises
    NotFound, Forbidden "not_your_unit".
    """
    matter = get_matter(matter_id, access.actor())
    if not policies.can_open(access.actor(), matter) and request.method == "POST":
        abort(make_response(show_gone(matter), Forbidden.status))
    require(policies.can_open(access.actor(), matter), "not_your_unit")
    return matter


def show_page(matter: Matter) -> str:
    """The page on which a matter is handled, with what can be done with it now."""
    shown = desk.get_matter_desk(access.actor(), matter)
    slots = panels.fill("handle", matter, access.actor())
    lost = desk.get_lost()
    names_makers = matter.kind == MatterKind.INITIATIVE and can_list_makers(access.actor(), matter)
    return render_template(
        "responses/handle.html",
        matter=matter,
        slots=slots,
        lost=lost,
        names_makers=names_makers,
        **shown,
    )


def do_act(
    name: str, act: Act, form: HandlingForm, thing: Any, matter: Matter, anchor: str = ""
) -> ResponseReturnValue:
    """Do an act with its sent form to the matter or to a thing of it; `name` is as in `offer`."""
    refusal = attempt(name, act, form, thing, matter)
    if refusal is None:
        return redirect(_next(matter) + anchor, 303)
    if not policies.can_open(access.actor(), matter):
        return show_gone(matter), refusal
    return show_page(matter), refusal


def attempt(name: str, act: Act, form: HandlingForm, thing: Any, matter: Matter) -> int | None:
    """Do an act with its sent form; the status of the refusal, None when it is done.

    A refused form keeps what was typed and says what is wrong; `offer` and `get_lost` show it.
    """
    g.refused = desk.Refused(name, act, form)
    if not form.validate():
        return Invalid.status
    try:
        act.run(access.actor(), thing, form)
    except Invalid as error:
        form.form_errors.append(sentence(error))
        return error.status
    except (WrongState, Forbidden) as error:
        form.form_errors.append(f"{sentence(error)} {what_happened(matter)}")
        return error.status
    del g.refused
    flash(str(act.done))
    return None


def what_happened(matter: Matter) -> str:
    """The last step of a matter in a sentence, for whoever came too late."""
    entries = [journal.as_entry(row) for row in journal.list_entries("matter", matter.id)]
    step = history.last_steps(entries, list_notes([matter.id]))[0]
    return _("The last step, %(when)s: %(step)s.", when=words.moment(step.at), step=step.text)


def show_gone(matter: Matter) -> str:
    """What was typed about a matter that is the official's no more, so that nothing is lost."""
    typed = [text for name, text in request.form.items() if name != "csrf_token" and " " in text]
    happened = what_happened(matter)
    return render_template("responses/gone.html", matter=matter, happened=happened, typed=typed)


def _next(matter: Matter) -> str:
    """Back to the matter, or to the queue when it is not the actor's any more."""
    if policies.can_open(access.actor(), matter):
        return url_for("responses.handle", matter_id=matter.id)
    return url_for("responses.queue")
