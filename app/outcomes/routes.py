"""Reports of officials on how a matter is carried out; residents' verdicts and scores."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import Field

from app.core import access, limits
from app.core.access import Role
from app.core.errors import Invalid, sentence
from app.extensions import limiter
from app.outcomes import links, queries, services
from app.outcomes.forms import (
    EvidenceForm,
    MeasureForm,
    ReopenForm,
    UnderstandingForm,
    VerdictForm,
)
from app.outcomes.links import Asked, Survey
from app.proposals.models import Matter
from app.proposals.queries import get_matter
from app.responses.forms import make

bp = Blueprint("outcomes", __name__, template_folder="templates")
writing = limiter.limit(limits.WRITING, key_func=limits.account, methods=["POST"])


@bp.post("/queue/<int:matter_id>/implementing")
@access.staff(Role.OFFICIAL)
@writing
def start(matter_id: int) -> ResponseReturnValue:
    """Say that the matter is being carried out."""
    services.start_implementing(access.actor(), get_matter(matter_id, access.actor()))
    flash(_("Residents see now that the work has started."))
    return redirect(url_for("responses.handle", matter_id=matter_id), 303)


@bp.post("/queue/<int:matter_id>/implemented")
@access.staff(Role.OFFICIAL)
@writing
def report(matter_id: int) -> ResponseReturnValue:
    """Say that it is done, with evidence."""
    matter, form = get_matter(matter_id, access.actor()), make(EvidenceForm)
    if not _done(
        form,
        lambda: services.report_implemented(access.actor(), matter, form.texts("evidence")),
    ):
        return _page(matter, form, _("Report that it is done"), _("Publish the report"))
    flash(_("Residents are now asked whether it helped."))
    return redirect(url_for("responses.handle", matter_id=matter_id), 303)


@bp.post("/queue/<int:matter_id>/evaluation")
@access.staff(Role.OFFICIAL)
@writing
def evaluate(matter_id: int) -> ResponseReturnValue:
    """Record how the verdicts are spread."""
    services.evaluate(access.actor(), get_matter(matter_id, access.actor()))
    flash(_("The result is recorded."))
    return redirect(url_for("responses.handle", matter_id=matter_id), 303)


@bp.post("/queue/<int:matter_id>/measurements/<int:months>")
@access.staff(Role.OFFICIAL)
@writing
def measure(matter_id: int, months: int) -> ResponseReturnValue:
    """Publish what was measured some months after implementing."""
    matter, form = get_matter(matter_id, access.actor()), make(MeasureForm, f"after-{months}-")
    if not _done(
        form,
        lambda: services.measure(
            access.actor(), matter, months, form.value.data or "", form.texts("note")
        ),
    ):
        return _page(matter, form, _("Publish the measurement"), _("Publish"))
    flash(_("Everybody sees now what was measured."))
    return redirect(url_for("responses.handle", matter_id=matter_id), 303)


@bp.post("/queue/<int:matter_id>/reopening")
@access.staff(Role.REGISTRY, Role.OFFICIAL)
@writing
def reopen(matter_id: int) -> ResponseReturnValue:
    """Take a matter into preparation again."""
    matter, form = get_matter(matter_id, access.actor()), make(ReopenForm)
    if not _done(form, lambda: services.reopen(access.actor(), matter, form.texts("reason"))):
        return _page(matter, form, _("Open the matter again"), _("Open again"))
    flash(_("The matter is in preparation again, and a new answer is due."))
    return redirect(url_for("responses.handle", matter_id=matter_id), 303)


@bp.post("/matters/<int:matter_id>/verdict")
@access.signed_in
@writing
def judge(matter_id: int) -> ResponseReturnValue:
    """Did it help?"""
    matter, form = get_matter(matter_id, access.actor()), VerdictForm()
    if not _done(
        form,
        lambda: services.give_verdict(
            access.actor(), matter, form.verdict.data or "", form.words.data or ""
        ),
        form.verdict,
    ):
        return _page(matter, form, _("Did it help?"), _("Send"))
    flash(_("Thank you. Your verdict counts."))
    return redirect(_results(matter_id), 303)


@bp.post("/matters/<int:matter_id>/understanding")
@access.signed_in
@writing
def rate(matter_id: int) -> ResponseReturnValue:
    """How well were the reasons understood?"""
    matter, form = get_matter(matter_id, access.actor()), UnderstandingForm()
    score = _score(form)
    if not _done(form, lambda: services.rate_answer(access.actor(), matter, score), form.score):
        return _page(matter, form, _("Did you understand why?"), _("Send"))
    flash(_("Thank you. This helps the city to write better answers."))
    return redirect(_results(matter_id), 303)


@bp.route("/survey/<token>", methods=["GET", "POST"])
@access.public
@limiter.limit(limits.ADDRESS, methods=["POST"])
def survey(token: str) -> ResponseReturnValue:
    """One question from a mail, without signing in; opening the link records nothing.

    Mail scanners follow links, they do not press buttons. The page has a token, so it is not kept.
    """
    asked = links.find_asked(token)
    form = _survey_form(asked)
    if request.method == "GET":
        return _survey_page(asked, form)
    field = form.score if isinstance(form, UnderstandingForm) else form.verdict
    if not _done(form, lambda: _answer(token, form), field):
        return _survey_page(asked, form), 422
    return _survey_page(asked, form, done=True)


def _survey_form(asked: Asked) -> UnderstandingForm | VerdictForm:
    """The form of a question, with what the person has said before."""
    own = queries.get_progress(asked.actor, asked.matter)
    if asked.survey == Survey.UNDERSTANDING:
        return UnderstandingForm(data={"score": str(own.own_score or "")})
    verdict = own.own_verdict.value if own.own_verdict else ""
    return VerdictForm(data={"verdict": verdict, "words": own.own_words})


def _answer(token: str, form: UnderstandingForm | VerdictForm) -> None:
    if isinstance(form, UnderstandingForm):
        services.rate_by_link(token, _score(form))
    else:
        services.judge_by_link(token, form.verdict.data or "", form.words.data or "")


def _survey_page(asked: Asked, form: FlaskForm, done: bool = False) -> str:
    return render_template(
        "outcomes/survey.html", matter=asked.matter, survey=asked.survey, form=form, done=done
    )


def _score(form: UnderstandingForm) -> int:
    chosen = form.score.data or ""
    return int(chosen) if chosen.isdecimal() else 0


def _done(form: FlaskForm, act: Callable[[], None], field: Field | None = None) -> bool:
    """Whether the form was right and the act done; a refusal is explained at the field."""
    if not form.validate():
        return False
    try:
        act()
    except Invalid as error:
        if field is None:
            form.form_errors.append(sentence(error))
        else:
            field.errors = [*field.errors, sentence(error)]
        return False
    return True


def _page(matter: Matter, form: FlaskForm, title: str, button: str) -> ResponseReturnValue:
    """A form that has to be mended, on a page of its own."""
    page = render_template(
        "outcomes/form.html", matter=matter, form=form, title=title, button=button
    )
    return page, 422


def _results(matter_id: int) -> str:
    return url_for("proposals.show", matter_id=matter_id, _anchor="results")
