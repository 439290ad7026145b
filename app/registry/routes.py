"""The registry's inbox, registering, and its acts on the page where a matter is handled."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core import access, limits, markup
from app.core.access import Role, require
from app.core.errors import Invalid, sentence
from app.extensions import limiter
from app.proposals.models import Matter
from app.proposals.queries import get_matter
from app.proposals.services import current_text
from app.registry import acts, inbox, policies, queries, services
from app.registry.forms import RegisterForm
from app.responses import acting, desk
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
    """Do one act of the registry; officials join, separate and split their matters too."""
    matter, chosen = acting.open_matter(matter_id), get_act(acts.ACTS, key)
    require(chosen.is_allowed(access.actor(), matter), "not_allowed")
    name, form = acts.name_of(key), acts.make_form(key, matter)
    return acting.do_act(name, chosen, form, matter, matter)


@bp.get("/matters/<int:matter_id>/joining", endpoint="joining")
@access.staff(Role.BUDGETING)
def show_joining(matter_id: int) -> ResponseReturnValue:
    """Where the budgeting team joins a proposal to another one, separates or splits it."""
    return _joining(_mergeable(matter_id))


@bp.post("/matters/<int:matter_id>/joining/<key>")
@access.staff(Role.BUDGETING)
@writing
def join(matter_id: int, key: str) -> ResponseReturnValue:
    """Do one of these acts."""
    matter = _mergeable(matter_id)
    chosen = get_act({name: acts.ACTS[name] for name in acts.LINEAGE}, key)
    form = acts.make_form(key, matter)
    refusal = acting.attempt(acts.name_of(key), chosen, form, matter, matter)
    if refusal is None:
        return redirect(url_for(".joining", matter_id=matter_id), 303)
    return _joining(matter), refusal


def _mergeable(matter_id: int) -> Matter:
    matter = get_matter(matter_id, access.actor())
    require(policies.can_merge(access.actor(), matter), "cannot_merge")
    return matter


def _joining(matter: Matter) -> str:
    offered = acts.offer_acts(access.actor(), matter, "registry.join", acts.LINEAGE)
    text, lineage = current_text(matter), queries.get_lineage(matter)
    return render_template(
        "registry/joining.html",
        matter=matter,
        body=markup.render(text.body),
        lineage=None if lineage.is_empty else lineage,
        acts=offered,
        lost=desk.get_lost(),
    )


def _inbox(refused: tuple[int, RegisterForm] | None = None) -> str:
    shown = inbox.get_inbox(request.args.get("page"), refused)
    return render_template("registry/inbox.html", **shown)
