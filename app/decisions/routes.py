"""Linking decisions to a matter, and the public page of the next meetings."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.city import get_city
from app.core import access, http_cache, limits
from app.core.access import Role, require
from app.core.errors import Invalid, sentence
from app.decisions import policies, presenting, queries, services
from app.decisions.forms import RejectForm
from app.extensions import limiter
from app.proposals.listing import as_queue_item
from app.proposals.models import Matter
from app.proposals.queries import get_matter

bp = Blueprint("decisions", __name__, template_folder="templates")
linkers = access.staff(Role.REGISTRY, Role.OFFICIAL)
writing = limiter.limit(limits.WRITING, key_func=limits.account)


@bp.get("/meetings")
@access.public
def meetings() -> ResponseReturnValue:
    """The next meetings by body, with the matters that residents started on their tables."""
    http_cache.public("meetings", "matters")
    coming = queries.list_coming()
    bodies: dict[str, list[dict[str, object]]] = {key: [] for key in get_city().bodies}
    for one in coming:
        matters = [as_queue_item(row) for row in one.matters]
        view = presenting.meeting_view(one.meeting)
        bodies[one.meeting.body].append({"meeting": view, "matters": matters})
    groups = [(get_city().bodies[key].name, found) for key, found in bodies.items() if found]
    return render_template("decisions/meetings.html", groups=groups)


@bp.get("/queue/<int:matter_id>/decisions")
@linkers
def search(matter_id: int) -> ResponseReturnValue:
    """Look for a decision to link, by case number, address or identifier."""
    return _search(_open(matter_id))


@bp.post("/queue/<int:matter_id>/decisions/<int:decision_id>/link")
@linkers
@writing
def link(matter_id: int, decision_id: int) -> ResponseReturnValue:
    """Confirm a proposed decision, or link one that was found."""
    matter, decision = _open(matter_id), queries.get_decision(decision_id)
    try:
        services.link_decision(access.actor(), matter, decision)
    except Invalid as error:
        return _search(matter, sentence(error)), 422
    flash(_("The decision is linked. Everybody sees it on the page of the matter."))
    return redirect(url_for("responses.handle", matter_id=matter_id, _anchor="decisions"), 303)


@bp.post("/queue/<int:matter_id>/decisions/<int:decision_id>/reject")
@linkers
@writing
def reject(matter_id: int, decision_id: int) -> ResponseReturnValue:
    """Refuse a proposed decision, or take away a link."""
    matter, decision = _open(matter_id), queries.get_decision(decision_id)
    form = RejectForm(prefix=f"d{decision_id}-")
    try:
        services.reject_decision(access.actor(), matter, decision, form.reason.data or "")
    except Invalid as error:
        return _search(matter, sentence(error)), 422
    flash(_("The decision is not linked to this matter."))
    return redirect(url_for("responses.handle", matter_id=matter_id, _anchor="decisions"), 303)


def _open(matter_id: int) -> Matter:
    matter = get_matter(matter_id, access.actor())
    require(policies.can_link(access.actor(), matter), "not_your_unit")
    return matter


def _search(matter: Matter, error: str | None = None) -> str:
    text = request.args.get("q") or request.form.get("q") or matter.case_number or ""
    found = [presenting.decision_view(decision) for decision in queries.search_decisions(text)]
    linked = {decision.id for decision in queries.list_confirmed([matter.id])[matter.id]}
    return render_template(
        "decisions/search.html", matter=matter, text=text, found=found, linked=linked, error=error
    )
