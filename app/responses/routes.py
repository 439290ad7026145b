"""The registry's inbox, the officials' queue, one matter's handling, the composer, the reply."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core import access, http_cache, limits, panels
from app.core.access import Role, require
from app.core.errors import Invalid, WrongState, sentence
from app.extensions import limiter
from app.proposals.models import Matter
from app.proposals.policies import is_author
from app.proposals.queries import get_matter
from app.responses import acts, composer, desk, policies, queries, services
from app.responses.desk import Refused
from app.responses.forms import AnswerForm, CorrectionForm, RegisterForm, ReplyForm, make_answer

bp = Blueprint("responses", __name__, template_folder="templates")
writing = limiter.limit(limits.WRITING, key_func=limits.account)
handlers = access.staff(Role.REGISTRY, Role.OFFICIAL)


# ---------- the registry ----------


@bp.get("/registry")
@access.staff(Role.REGISTRY)
def inbox() -> ResponseReturnValue:
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
        _attach(form, error, form.unit if error.code == "unknown_unit" else form.case_number)
        return _inbox((matter_id, form)), 422
    flash(_("Registered with case number %(number)s.", number=matter.case_number))
    return redirect(url_for(".inbox"), 303)


def _inbox(refused: tuple[int, RegisterForm] | None = None) -> str:
    return render_template("responses/inbox.html", **desk.get_inbox(_cursor(), refused))


# ---------- the queue and one matter ----------


@bp.get("/queue")
@access.staff(Role.OFFICIAL)
def queue() -> ResponseReturnValue:
    """The matters of the official's units, late ones first."""
    mine, unit = request.args.get("mine") == "1", request.args.get("unit")
    found = desk.get_queue(access.actor(), mine, unit, _cursor())
    units = desk.unit_names(access.actor())
    return render_template("responses/queue.html", **found, mine=mine, unit=unit, units=units)


@bp.get("/queue/<int:matter_id>")
@handlers
def handle(matter_id: int) -> ResponseReturnValue:
    """One matter with everything that can be done with it now."""
    return _handle(_open(matter_id))


@bp.post("/queue/<int:matter_id>/acts/<key>")
@handlers
@writing
def act(matter_id: int, key: str) -> ResponseReturnValue:
    """Do one act of handling."""
    matter, chosen = _open(matter_id), acts.get_act(acts.ACTS, key)
    form = acts.make_form(key, chosen, matter)
    if not form.validate():
        return _handle(matter, Refused(key, form)), 422
    try:
        chosen.run(access.actor(), matter, form)
    except Invalid as error:
        _attach(form, error)
        return _handle(matter, Refused(key, form)), 422
    flash(str(chosen.done))
    return redirect(_next(matter), 303)


@bp.post("/queue/promises/<int:promise_id>/<key>")
@access.staff(Role.OFFICIAL)
@writing
def promise_act(promise_id: int, key: str) -> ResponseReturnValue:
    """Keep, move or break a promise."""
    promise, chosen = queries.get_promise(promise_id), acts.get_act(acts.PROMISE_ACTS, key)
    matter = get_matter(promise.matter_id, access.actor())
    form = acts.make_form(key, chosen, promise)
    if not form.validate():
        return _handle(matter, Refused(key, form, promise_id)), 422
    try:
        chosen.run(access.actor(), promise, form)
    except Invalid as error:
        _attach(form, error)
        return _handle(matter, Refused(key, form, promise_id)), 422
    flash(str(chosen.done))
    return redirect(_next(matter) + "#promises", 303)


def _open(matter_id: int) -> Matter:
    matter = get_matter(matter_id, access.actor())
    require(policies.can_open(access.actor(), matter), "not_your_unit")
    return matter


def _handle(matter: Matter, refused: Refused | None = None) -> str:
    shown = desk.get_matter_desk(access.actor(), matter, refused)
    slots = panels.fill("handle", matter, access.actor())
    return render_template("responses/handle.html", matter=matter, slots=slots, **shown)


def _next(matter: Matter) -> str:
    """Back to the matter, or to the queue when it is not the actor's any more."""
    if policies.can_open(access.actor(), matter):
        return url_for(".handle", matter_id=matter.id)
    return url_for(".queue")


# ---------- the composer ----------


@bp.get("/queue/<int:matter_id>/answer")
@access.staff(Role.OFFICIAL)
def compose(matter_id: int) -> ResponseReturnValue:
    """Write the answer: both languages, what is missing, how residents will see it."""
    matter = _own(matter_id)
    if matter.state not in services.DRAFTING:
        raise WrongState("wrong_state")
    return _compose(matter, composer.saved_form(matter))


@bp.post("/queue/<int:matter_id>/answer")
@access.staff(Role.OFFICIAL)
@writing
def write(matter_id: int) -> ResponseReturnValue:
    """Save the draft; with do=publish, publish the answer as well."""
    matter, form = _own(matter_id), make_answer()
    try:
        composer.save(access.actor(), matter, form)
        if request.form.get("do") != "publish":
            flash(_("The draft is saved. Only your unit sees it."))
            return redirect(url_for(".compose", matter_id=matter_id), 303)
        services.publish_answer(access.actor(), matter, form.as_draft())
    except Invalid as error:
        composer.attach(matter, form, error)
        return _compose(matter, form), 422
    flash(_("The answer is public."))
    return redirect(url_for("proposals.show", matter_id=matter_id), 303)


@bp.route("/queue/<int:matter_id>/correction", methods=["GET", "POST"])
@access.staff(Role.OFFICIAL)
@writing
def correct(matter_id: int) -> ResponseReturnValue:
    """Correct a published answer: a new version with its reason."""
    matter = _own(matter_id)
    answer = queries.get_answer(matter_id)
    if answer is None:
        raise WrongState("no_answer")
    form = make_answer(CorrectionForm, **composer.fields_of(answer))
    if request.method == "GET":
        return _compose(matter, form)
    try:
        if not form.validate():
            return _compose(matter, form), 422
        draft = form.as_draft()
        services.correct_answer(access.actor(), matter, draft, form.texts("reason"))
    except Invalid as error:
        composer.attach(matter, form, error)
        return _compose(matter, form), 422
    flash(_("The corrected answer is public. The earlier version can still be read."))
    return redirect(url_for("proposals.show", matter_id=matter_id), 303)


def _own(matter_id: int) -> Matter:
    matter = get_matter(matter_id, access.actor())
    require(policies.holds(access.actor(), matter), "not_your_unit")
    require(policies.can_handle(access.actor(), matter), "own_matter")
    return matter


def _compose(matter: Matter, form: AnswerForm) -> str:
    shown: dict[str, Any] = composer.shown(access.actor(), matter, form)
    return render_template("responses/compose.html", matter=matter, form=form, **shown)


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
            _attach(form, error, form.text)
        else:
            flash(_("Thank you. Preparation goes on."))
            return redirect(url_for("proposals.show", matter_id=matter_id), 303)
    question = queries.get_question(matter_id)
    page = render_template("responses/reply.html", matter=matter, form=form, question=question)
    return page, 422 if form.is_submitted() else 200


@bp.get("/matters/<int:matter_id>/answers")
@access.public
def versions(matter_id: int) -> ResponseReturnValue:
    """All versions of the answer, the newest first."""
    http_cache.public(f"matter:{matter_id}", "city")
    matter = get_matter(matter_id, access.actor())
    shown = composer.list_version_views(matter)
    return render_template("responses/versions.html", matter=matter, versions=shown)


def _attach(form: Any, error: Invalid, field: Any = None) -> None:
    """Show a refusal at its field, or on top of the form."""
    if field is None:
        form.form_errors.append(sentence(error))
    else:
        field.errors = [*field.errors, sentence(error)]


def _cursor() -> str | None:
    return request.args.get("page")
