"""The councillor's desk; asking a question, and what the unit does with it."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core import access, clock, limits
from app.core.access import Role
from app.core.errors import Forbidden, Invalid, WrongState, sentence
from app.council import acts, queries, services
from app.council.desk import get_desk
from app.council.forms import AskForm
from app.council.presenting import question_item
from app.extensions import limiter
from app.proposals.models import Matter
from app.proposals.queries import get_matter
from app.responses import acting
from app.responses.acts import get_act
from app.responses.policies import units_of

bp = Blueprint("council", __name__, template_folder="templates")
MOST = 100  # open questions on one page
writing = limiter.limit(limits.WRITING, key_func=limits.account)


@bp.get("/council")
@access.staff(Role.COUNCILLOR)
def desk() -> ResponseReturnValue:
    """What is late, promised, followed and supported in the field of the own bodies."""
    return render_template("council/desk.html", today=clock.today(), **get_desk(access.actor()))


@bp.post("/matters/<int:matter_id>/questions")
@access.staff(Role.COUNCILLOR)
@writing
def ask(matter_id: int) -> ResponseReturnValue:
    """Ask the unit about a matter in public."""
    matter = get_matter(matter_id, access.actor())
    form = AskForm(access.actor())
    refusal = _ask(matter, form) if form.validate() else Invalid.status
    if refusal is not None:
        return render_template("council/ask.html", matter=matter, form=form), refusal
    flash(
        _("Your question is public. You follow the matter, and get a message when it is answered.")
    )
    return redirect(url_for("proposals.show", matter_id=matter_id) + "#questions", 303)


def _ask(matter: Matter, form: AskForm) -> int | None:
    """The status of a refusal, which is explained above the form; None when it is done."""
    given = form.body.data or "", form.language.data or "", form.text.data or ""
    try:
        services.ask_question(access.actor(), matter, *given)
    except (Invalid, WrongState, Forbidden) as error:
        form.form_errors.append(sentence(error))
        return error.status
    return None


@bp.get("/queue/questions")
@access.staff(Role.OFFICIAL)
def to_units() -> ResponseReturnValue:
    """The open questions of councillors to the official's units."""
    found = queries.list_questions_to(units_of(access.actor()), MOST)
    items = [question_item(asked, matter, "responses.handle") for asked, matter in found]
    return render_template("council/to_units.html", questions=items)


@bp.post("/queue/questions/<int:question_id>/<key>")
@access.staff(Role.OFFICIAL)
@writing
def act(question_id: int, key: str) -> ResponseReturnValue:
    """Answer a councillor, ask for a clearer question, or go on with it."""
    question, chosen = queries.get_question(question_id), get_act(acts.ACTS, key)
    matter = get_matter(question.matter_id, access.actor())
    name, form = acts.name_of(key, question), acts.make_form(key, question)
    return acting.do_act(name, chosen, form, question, matter)
