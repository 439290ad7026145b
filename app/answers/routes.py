"""The composer, correcting and closing; all versions of an answer."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.answers import composer, queries, services, translation
from app.answers.acts import CLOSE
from app.answers.forms import AnswerForm, make_answer
from app.core import access, clock, http_cache, limits, words
from app.core.access import Role
from app.core.errors import DomainError, Invalid, WrongState, sentence
from app.extensions import limiter
from app.proposals.models import Matter
from app.proposals.queries import get_matter
from app.responses import acting
from app.responses.forms import languages, make
from app.responses.policies import holds, require_handler
from app.responses.queries import get_template

bp = Blueprint("answers", __name__, template_folder="templates")
writing = limiter.limit(limits.WRITING, key_func=limits.account)


@bp.get("/queue/<int:matter_id>/answer")
@access.staff(Role.OFFICIAL)
def compose(matter_id: int) -> ResponseReturnValue:
    """Write the answer: both languages, what is missing, how residents will see it.

    `from` names an earlier answer, by its id, and `template` one of the unit's templates: either
    fills an empty draft, and nothing is saved.
    """
    matter = _own(matter_id)
    if matter.state not in services.DRAFTING:
        raise WrongState("wrong_state")
    return _compose(matter, composer.saved_form(matter, _begun_with()))


@bp.post("/queue/<int:matter_id>/answer")
@access.staff(Role.OFFICIAL)
@writing
def write(matter_id: int) -> ResponseReturnValue:
    """Save the draft; `do` names what else: publish, schedule, preview, fi-sv (translate)."""
    matter, form = get_matter(matter_id, access.actor()), make_answer()
    if not holds(access.actor(), matter):
        return acting.show_gone(matter), 403
    wanted = request.form.get("do", "save")
    try:
        told, endpoint = _DO.get(wanted, _translate)(matter, form)
    except (Invalid, WrongState) as error:
        return _refused(matter, form, error)
    flash(told)
    return redirect(url_for(endpoint, matter_id=matter_id), 303)


@bp.get("/queue/<int:matter_id>/answer/preview")
@access.staff(Role.OFFICIAL)
def preview(matter_id: int) -> ResponseReturnValue:
    """The saved draft as residents will see it, and what it lacks."""
    matter = _own(matter_id)
    draft = queries.get_draft(matter_id)
    if draft is None or matter.state not in services.DRAFTING:
        raise WrongState("wrong_state")
    page = composer.previewed(access.actor(), matter, draft)
    return render_template("answers/preview.html", matter=matter, **page)


@bp.post("/queue/<int:matter_id>/answer/approve")
@access.staff(Role.OFFICIAL)
@writing
def approve(matter_id: int) -> ResponseReturnValue:
    """Approve the version of the draft that was read."""
    try:
        services.approve_draft(access.actor(), _own(matter_id), request.form.get("seen", 0, int))
    except Invalid as error:
        flash(sentence(error), "error")
        return redirect(url_for(".preview", matter_id=matter_id), 303)
    flash(_("You have approved the draft. It can be published now."))
    return redirect(url_for(".compose", matter_id=matter_id), 303)


@bp.post("/queue/<int:matter_id>/answer/cancel")
@access.staff(Role.OFFICIAL)
@writing
def cancel(matter_id: int) -> ResponseReturnValue:
    """Take back the time of publishing."""
    services.cancel_schedule(access.actor(), _own(matter_id))
    flash(_("The answer will not be published by itself. The draft is kept."))
    return redirect(url_for(".compose", matter_id=matter_id), 303)


@bp.route("/queue/<int:matter_id>/correction", methods=["GET", "POST"])
@access.staff(Role.OFFICIAL)
@writing
def correct(matter_id: int) -> ResponseReturnValue:
    """Correct a published answer: a new version with its reason."""
    matter = _own(matter_id)
    answer = queries.get_answer(matter_id)
    if answer is None:
        raise WrongState("no_answer")
    form = composer.correction_form(answer)
    if request.method == "GET":
        return _compose(matter, form)
    draft = composer.corrected_draft(form, answer)
    try:
        if not form.validate():
            return _compose(matter, form), 422
        reason, seen = form.texts("reason"), composer.seen(form)
        services.correct_answer(access.actor(), matter, draft, reason, seen)
    except (Invalid, WrongState) as error:
        return _refused(matter, form, error)
    flash(_("The corrected answer is public. The earlier version can still be read."))
    return redirect(url_for("proposals.show", matter_id=matter_id), 303)


@bp.post("/queue/<int:matter_id>/acts/close")
@access.staff(Role.REGISTRY, Role.OFFICIAL)
@writing
def close(matter_id: int) -> ResponseReturnValue:
    """Close an answered matter."""
    matter = acting.open_matter(matter_id)
    return acting.do_act("close", CLOSE, make(CLOSE.form, "close-"), matter, matter)


@bp.get("/matters/<int:matter_id>/answers")
@access.public
def versions(matter_id: int) -> ResponseReturnValue:
    """All versions of the answer, the newest first."""
    http_cache.public(f"matter:{matter_id}", "city")
    matter = get_matter(matter_id, access.actor())
    shown = composer.list_version_views(matter)
    return render_template("answers/versions.html", matter=matter, versions=shown)


def _own(matter_id: int) -> Matter:
    matter = get_matter(matter_id, access.actor())
    require_handler(access.actor(), matter)
    return matter


def _begun_with() -> dict[str, str] | None:
    """The fields of what the address names to begin with."""
    earlier, template = (request.args.get(name, type=int) for name in ("from", "template"))
    if earlier is not None:
        return composer.built_on(earlier)
    return get_template(template, access.actor()).fields if template is not None else None


def _compose(matter: Matter, form: AnswerForm) -> str:
    shown: dict[str, Any] = composer.shown(access.actor(), matter, form)
    return render_template("answers/compose.html", matter=matter, form=form, **shown)


def _refused(matter: Matter, form: AnswerForm, error: DomainError) -> ResponseReturnValue:
    """The same page with everything that was typed, and why it was refused.

    A colleague may have published or taken the matter on meanwhile: nothing typed is lost.
    """
    composer.attach(matter, form, error)
    return _compose(matter, form), error.status


Done = tuple[str, str]


def _save(matter: Matter, form: AnswerForm) -> Done:
    composer.save(access.actor(), matter, form)
    return _("The draft is saved. Only your unit sees it."), ".compose"


def _preview(matter: Matter, form: AnswerForm) -> Done:
    composer.save(access.actor(), matter, form)
    return _("The draft is saved. Only your unit sees it."), ".preview"


def _publish(matter: Matter, form: AnswerForm) -> Done:
    composer.publish(access.actor(), matter, form)
    return _("The answer is public."), "proposals.show"


def _schedule(matter: Matter, form: AnswerForm) -> Done:
    draft = composer.publish_later(access.actor(), matter, form)
    moment = words.moment(draft.publish_at or clock.now())
    return _("The answer will be published on %(moment)s.", moment=moment), ".compose"


def _translate(matter: Matter, form: AnswerForm) -> Done:
    """`do` is two languages, as fi-sv; anything else only saves."""
    source, _dash, target = request.form.get("do", "").partition("-")
    known = languages()
    if not translation.is_installed() or not {source, target} <= set(known) or source == target:
        return _save(matter, form)
    filled = composer.translate(access.actor(), matter, form, source, target)
    if not filled:
        return _("There was no empty field to fill. The draft is saved."), ".compose"
    return _("A machine filled %(count)s fields. Check them.", count=filled), ".compose"


_DO = {"save": _save, "publish": _publish, "schedule": _schedule, "preview": _preview}
