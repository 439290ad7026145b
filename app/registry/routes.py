"""The registry's inbox, registering, and its acts on the page where a matter is handled."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core import access, limits
from app.core.access import Role, require
from app.core.errors import Invalid, sentence
from app.extensions import limiter
from app.proposals.queries import get_matter
from app.registry import acts, inbox, services
from app.registry.forms import RegisterForm
from app.responses import acting
from app.responses.acts import get_act

bp = Blueprint("registry", __name__, template_folder="templates")
writing = limiter.limit(limits.WRITING, key_func=limits.account)
OF_UNIT = ("unknown_unit", "closed_unit")


@bp.get("/registry", endpoint="inbox")
@access.staff(Role.REGISTRY)
def show_inbox() -> ResponseReturnValue:
    """Matters that wait for a case number and a unit."""
    return _inbox()


@bp.post("/registry/<int:matter_id>")
@access.staff(Role.REGISTRY)
@writing
def register(matter_id: int) -> ResponseReturnValue:
    """Give one matter its case number and unit."""
    matter = get_matter(matter_id, access.actor())
    form = RegisterForm(prefix=f"m{matter_id}-")
    unit, number = form.unit.data or "", form.case_number.data or ""
    try:
        services.register_matter(access.actor(), matter, unit, number)
    except Invalid as error:
        field = form.unit if error.code in OF_UNIT else form.case_number
        field.errors = [*field.errors, sentence(error)]
        return _inbox((matter_id, form)), 422
    flash(_("Registered with case number %(number)s.", number=matter.case_number))
    return redirect(url_for(".inbox"), 303)


@bp.post("/registry/<int:matter_id>/acts/<key>")
@access.staff(Role.REGISTRY, Role.OFFICIAL)
@writing
def act(matter_id: int, key: str) -> ResponseReturnValue:
    """Do one act of the registry; officials join duplicates too."""
    matter, chosen = acting.open_matter(matter_id), get_act(acts.ACTS, key)
    require(chosen.is_allowed(access.actor(), matter), "not_allowed")
    name, form = acts.name_of(key), acts.make_form(key)
    return acting.do_act(name, chosen, form, matter, matter)


def _inbox(refused: tuple[int, RegisterForm] | None = None) -> str:
    shown = inbox.get_inbox(request.args.get("page"), refused)
    return render_template("registry/inbox.html", **shown)
