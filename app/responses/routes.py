"""The officials' queue, one matter's handling, internal notes, templates, the author's reply."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import Field
from wtforms.fields.choices import SelectChoice

from app.city import get_city
from app.core import access, limits
from app.core.access import Role, require
from app.core.errors import DomainError, Invalid, sentence
from app.extensions import limiter
from app.feedback.queries import get_sent
from app.proposals.policies import is_author
from app.proposals.queries import get_matter
from app.responses import (
    acting,
    acts,
    answer_templates,
    filters,
    internal_notes,
    policies,
    queries,
    services,
)
from app.responses import queue as queues
from app.responses.forms import ReplyForm, TemplateForm, make, make_template_form
from app.responses.models import AnswerTemplate

bp = Blueprint("responses", __name__, template_folder="templates")
writing = limiter.limit(limits.WRITING, key_func=limits.account)
handlers = access.staff(Role.REGISTRY, Role.OFFICIAL)


# ---------- the queue ----------


@bp.get("/queue")
@access.staff(Role.OFFICIAL)
def queue() -> ResponseReturnValue:
    """The matters of the official's units, late ones first."""
    return _queue_page()


@bp.post("/queue/assign")
@access.staff(Role.OFFICIAL)
@writing
def assign() -> ResponseReturnValue:
    """Give the chosen matters to one official: all of them or none."""
    seen = _chosen(request.form.getlist("matter"))
    try:
        person = acts.chosen_person(request.form.get("person", ""))
        services.assign_matters(access.actor(), seen, person)
    except Invalid as error:
        return _queue_page(list(seen), _bulk_problem(error)), error.status
    flash(_("Saved."))
    back = filters.read_filter(request.args).as_args()
    return redirect(url_for(".queue", **back, page=request.args.get("page")), 303)


@bp.post("/queue/<int:matter_id>/offer/<any(accept, return):key>")
@access.staff(Role.OFFICIAL)
@writing
def settle_offer(matter_id: int, key: str) -> ResponseReturnValue:
    """Take a matter that another unit offers, or return it."""
    matter, offer = get_matter(matter_id, access.actor()), queries.get_offer(matter_id)
    require(offer is None or policies.can_receive(access.actor(), offer), "not_receiver")
    name, form = acts.make_offer_form(key, matter_id)
    refusal = acting.attempt(name, acts.OFFER_ACTS[key], form, matter, matter)
    if refusal is not None:
        return _queue_page(), refusal
    if key == "accept":
        return redirect(url_for(".handle", matter_id=matter_id), 303)
    return redirect(url_for(".queue"), 303)


def _queue_page(chosen: list[int] | None = None, problem: str = "") -> str:
    wanted = filters.read_filter(request.args)
    shown = queues.get_queue(access.actor(), wanted, request.args.get("page"), chosen or ())
    return render_template("responses/queue.html", **shown, problem=problem)


def _chosen(values: list[str]) -> dict[int, int]:
    """The ticked matters with the person each had on the page; what is no number is left out."""
    pairs = (value.partition("-") for value in values)
    return {
        int(matter): int(person)
        for matter, _dash, person in pairs
        if matter.isdecimal() and person.isdecimal() and len(matter + person) < 20
    }


def _bulk_problem(error: Invalid) -> str:
    """What is wrong with giving several matters, with the first that was refused."""
    if not isinstance(error.__cause__, DomainError):
        return sentence(error)
    return _(
        "Nothing was changed. %(title)s: %(why)s",
        title=error.facts["title"],
        why=sentence(error.__cause__),
    )


# ---------- one matter ----------


@bp.get("/queue/<int:matter_id>")
@handlers
def handle(matter_id: int) -> ResponseReturnValue:
    """One matter with everything that can be done with it now."""
    return acting.show_page(acting.open_matter(matter_id))


@bp.post("/queue/<int:matter_id>/acts/<key>")
@handlers
@writing
def act(matter_id: int, key: str) -> ResponseReturnValue:
    """Do one act of handling."""
    matter, chosen = acting.open_matter(matter_id), acts.get_act(acts.ACTS, key)
    form = acts.make_form(key, chosen, matter)
    return acting.do_act(key, chosen, form, matter, matter)


@bp.post("/queue/<int:matter_id>/notes")
@handlers
@writing
def add_note(matter_id: int) -> ResponseReturnValue:
    """Write an internal note."""
    matter = acting.open_matter(matter_id)
    form = make(acts.NOTE.form, "note-")
    return acting.do_act("note", acts.NOTE, form, matter, matter, "#notes")


@bp.post("/queue/<int:matter_id>/notes/<int:note_id>/remove")
@handlers
@writing
def remove_note(matter_id: int, note_id: int) -> ResponseReturnValue:
    """Remove one's own internal note."""
    matter = acting.open_matter(matter_id)
    note = queries.get_internal_note(matter, note_id)
    internal_notes.remove_internal_note(access.actor(), note)
    flash(_("The note is removed."))
    return redirect(url_for(".handle", matter_id=matter_id) + "#notes", 303)


# ---------- templates of answers ----------


@bp.get("/queue/templates")
@access.staff(Role.OFFICIAL)
def templates() -> ResponseReturnValue:
    """The templates of the official's units."""
    found = queries.list_templates(policies.units_of(access.actor()))
    return render_template("responses/templates.html", templates=found)


@bp.route("/queue/templates/new", methods=["GET", "POST"])
@access.staff(Role.OFFICIAL)
@writing
def new_template() -> ResponseReturnValue:
    """Make a template."""
    form = make_template_form(_own_units())
    if form.validate_on_submit():
        unit, name = form.unit.data or "", form.name.data or ""
        try:
            answer_templates.make_template(access.actor(), unit, name, form.fields())
        except Invalid as error:
            _attach(
                error, form.unit if error.code in ("closed_unit", "unknown_unit") else form.name
            )
        else:
            flash(_("The template is saved."))
            return redirect(url_for(".templates"), 303)
    return _template_page(form, None)


@bp.route("/queue/templates/<int:template_id>", methods=["GET", "POST"])
@access.staff(Role.OFFICIAL)
@writing
def edit_template(template_id: int) -> ResponseReturnValue:
    """Change a template."""
    template = queries.get_template(template_id, access.actor())
    values = {**template.fields, "name": template.name, "seen": str(template.version)}
    form = make_template_form(_own_units(), **values)
    if form.validate_on_submit():
        try:
            answer_templates.change_template(
                access.actor(), template, form.name.data or "", form.fields(), form.seen_version()
            )
        except Invalid as error:
            _attach(error, form.name)
            form.seen.data = str(template.version)
        else:
            flash(_("The template is saved."))
            return redirect(url_for(".templates"), 303)
    return _template_page(form, template)


@bp.post("/queue/templates/<int:template_id>/delete")
@access.staff(Role.OFFICIAL)
@writing
def delete_template(template_id: int) -> ResponseReturnValue:
    """Delete a template."""
    template = queries.get_template(template_id, access.actor())
    answer_templates.delete_template(access.actor(), template)
    flash(_("The template is deleted."))
    return redirect(url_for(".templates"), 303)


def _own_units() -> list[SelectChoice]:
    """The open units whose templates are the actor's, by name."""
    units = get_city().receiving_units()
    can_use = policies.can_use_templates
    return [SelectChoice(u.key, u.name) for u in units if can_use(access.actor(), u.key)]


def _template_page(form: TemplateForm, template: AnswerTemplate | None) -> ResponseReturnValue:
    parts = answer_templates.TEXTS
    page = render_template(
        "responses/template.html", form=form, template=template, text_parts=parts
    )
    return page, 422 if form.is_submitted() else 200


# ---------- the author ----------


@bp.route("/matters/<int:matter_id>/reply", methods=["GET", "POST"])
@access.signed_in
@writing
def reply(matter_id: int) -> ResponseReturnValue:
    """The author's reply to what was asked."""
    matter = get_matter(matter_id, access.actor())
    require(is_author(access.actor(), matter), "not_author")
    form = ReplyForm()
    if form.validate_on_submit():
        try:
            services.reply(access.actor(), matter, form.text.data or "")
        except Invalid as error:
            _attach(error, form.text)
        else:
            flash(_("Thank you. Preparation goes on."))
            return redirect(url_for("proposals.show", matter_id=matter_id), 303)
    question = queries.get_question(matter_id)
    open_question = queries.get_open_question(matter)
    page = render_template(
        "responses/reply.html", matter=matter, form=form, question=question, open=open_question
    )
    return page, 422 if form.is_submitted() else 200


@bp.post("/feedback/<token>/reply")
@access.public
@limiter.limit(limits.ADDRESS)
def reply_by_link(token: str) -> ResponseReturnValue:
    """The reply of whoever sent feedback without an account; the link stands for the sender."""
    matter = get_sent(token)[1]
    form, own_page = ReplyForm(), url_for("feedback.sent", token=token)
    if form.validate_on_submit():
        try:
            services.reply_by_link(token, form.text.data or "")
        except Invalid as error:
            _attach(error, form.text)
        else:
            flash(_("Thank you. Preparation goes on."))
            return redirect(own_page, 303)
    question, open_question = queries.get_question(matter.id), queries.get_open_question(matter)
    page = render_template(
        "responses/reply.html", matter=matter, form=form, question=question, open=open_question
    )
    return page, 422


def _attach(error: Invalid, field: Field) -> None:
    """Show a refusal at its field."""
    field.errors = [*field.errors, sentence(error)]
