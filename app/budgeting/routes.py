"""Pages of rounds: the list, one round, and the budgeting team's page of its projects."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.budgeting import names, queries, services
from app.budgeting.forms import EmptyForm, RefusalForm
from app.budgeting.models import PhaseKind, ProjectState, next_instant
from app.core import access, clock, http_cache, limits
from app.core.access import Role
from app.core.errors import Invalid, sentence
from app.extensions import limiter

bp = Blueprint("budgeting", __name__, template_folder="templates")
bp.add_app_template_filter(names.contest_name)
bp.add_app_template_filter(names.picture_of)
bp.add_app_template_filter(names.rule_sentence)


@bp.get("/rounds")
@access.public
def list_rounds() -> ResponseReturnValue:
    """All published rounds, the newest first, each with its phase now."""
    http_cache.public("rounds")
    rounds, now = queries.list_rounds(), clock.now()
    http_cache.good_until(next_instant((phase for r in rounds for phase in r.phases), now))
    return render_template("budgeting/list.html", rounds=rounds, now=now, kinds=PhaseKind)


@bp.get("/rounds/<int:round_id>")
@access.public
def show(round_id: int) -> ResponseReturnValue:
    """One round: where it is now, its envelopes and projects, its rules."""
    http_cache.public("rounds", f"round:{round_id}")
    round, now = queries.get_round(round_id, access.actor()), clock.now()
    http_cache.good_until(next_instant(round.phases, now))
    return render_template(
        "budgeting/round.html",
        round=round,
        projects=queries.list_projects(round.id),
        sources=queries.list_sources(round.id),
        now=now,
        kinds=PhaseKind,
        states=ProjectState,
    )


@bp.get("/rounds/<int:round_id>/projects")
@access.staff(Role.BUDGETING)
def manage(round_id: int) -> ResponseReturnValue:
    """The projects of a round, for deciding which ones go to the vote."""
    return _manage_page(round_id)


def _manage_page(round_id: int, failed: int = 0, form: RefusalForm | None = None) -> str:
    """The page; `form` of the project `failed` keeps what was typed."""
    round = queries.get_round(round_id, access.actor())
    projects = queries.list_projects(round.id)
    forms = {
        project.id: form if form and project.id == failed else RefusalForm(prefix=f"p{project.id}")
        for found in projects.values()
        for project in found
        if project.state == ProjectState.PROPOSED
    }
    opened = round.voting_opened(clock.now())
    for found in projects.values():
        found.sort(key=lambda project: project.state != ProjectState.PROPOSED)
    return render_template(
        "budgeting/manage.html",
        round=round,
        projects=projects,
        forms={} if opened else forms,
        form=form,
        token=EmptyForm(),
    )


@bp.post("/rounds/<int:round_id>/projects/<int:project_id>/accept")
@access.staff(Role.BUDGETING)
@limiter.limit(limits.WRITING, key_func=limits.account)
def accept(round_id: int, project_id: int) -> ResponseReturnValue:
    """Let a project go to the vote."""
    services.accept_project(access.actor(), queries.get_project(project_id))
    flash(_("The project goes to the vote."))
    return redirect(url_for(".manage", round_id=round_id), 303)


@bp.post("/rounds/<int:round_id>/projects/<int:project_id>/refuse")
@access.staff(Role.BUDGETING)
@limiter.limit(limits.WRITING, key_func=limits.account)
def refuse(round_id: int, project_id: int) -> ResponseReturnValue:
    """Keep a project from the vote, with its public reason."""
    form = RefusalForm(prefix=f"p{project_id}")
    try:
        services.refuse_project(access.actor(), queries.get_project(project_id), form.texts)
    except Invalid as error:
        form.form_errors.append(sentence(error))
        return _manage_page(round_id, project_id, form), 422
    flash(_("The project does not go to the vote. Its reason is public."))
    return redirect(url_for(".manage", round_id=round_id), 303)
