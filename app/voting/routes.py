"""Pages of voting: ballot, review, cast, and the result with its file for recounting.

Between choosing and casting, the choices travel in the form from page to page and are stored
nowhere on the server.
"""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import access, http_cache, limits
from app.core.errors import Invalid, NotFound, sentence
from app.extensions import limiter
from app.voting import counting, pages, queries, services
from app.voting.choices import checked_choices
from app.voting.forms import BallotForm
from app.voting.queries import Paper

bp = Blueprint("voting", __name__, template_folder="templates")
PAPER = "/rounds/<int:round_id>/vote/<contest_key>"
RESULT = "/rounds/<int:round_id>/result/<contest_key>"


@bp.get(PAPER)
@access.signed_in
def ballot(round_id: int, contest_key: str) -> ResponseReturnValue:
    """Choose projects; nothing is cast yet."""
    return _choosing(queries.get_paper(access.actor(), round_id, contest_key), BallotForm())


def _choosing(paper: Paper, form: BallotForm) -> str:
    return render_template("voting/ballot.html", form=form, **pages.choosing(paper, form.chosen))


@bp.post(f"{PAPER}/review")
@access.signed_in
@limiter.limit(limits.WRITING, key_func=limits.account)
def review(round_id: int, contest_key: str) -> ResponseReturnValue:
    """Look at the choices before casting; `do=sum` and `do=back` lead back to choosing."""
    paper, form = queries.get_paper(access.actor(), round_id, contest_key), BallotForm()
    if request.form.get("do") in ("sum", "back"):
        return _choosing(paper, form)
    try:
        checked_choices(paper.round, form.chosen, [project.id for project in paper.projects])
    except Invalid as error:
        return _refused(paper, form, error)
    return render_template("voting/review.html", form=form, **pages.choosing(paper, form.chosen))


def _refused(paper: Paper, form: BallotForm, error: Invalid) -> ResponseReturnValue:
    form.form_errors.append(sentence(error))
    return _choosing(paper, form), 422


@bp.post(f"{PAPER}/cast")
@access.signed_in
@limiter.limit(limits.WRITING, key_func=limits.account)
def cast(round_id: int, contest_key: str) -> ResponseReturnValue:
    """Put the ballot into the box."""
    paper, form = queries.get_paper(access.actor(), round_id, contest_key), BallotForm()
    try:
        services.cast_ballot(access.actor(), round_id, paper.contest.id, form.chosen)
    except Invalid as error:
        return _refused(paper, form, error)
    return redirect(url_for(".done", round_id=round_id, contest_key=contest_key), 303)


@bp.get(f"{PAPER}/done")
@access.signed_in
def done(round_id: int, contest_key: str) -> ResponseReturnValue:
    """The vote is in the box; leads to the ballot when it is not."""
    paper = queries.get_paper(access.actor(), round_id, contest_key)
    if not paper.voted:
        return redirect(url_for(".ballot", round_id=round_id, contest_key=contest_key), 303)
    others = queries.list_open_to(access.actor(), paper.round)
    return render_template("voting/done.html", paper=paper, others=others)


@bp.get(RESULT)
@access.public
def result(round_id: int, contest_key: str) -> ResponseReturnValue:
    """Who won and why, the other way of counting beside it, and how to count again."""
    http_cache.public("rounds", f"round:{round_id}")
    found = queries.get_result(round_id, contest_key, access.actor())
    return render_template("voting/result.html", **pages.result(found))


@bp.get(f"{RESULT}/ballots.pb")
@access.public
def recount_file(round_id: int, contest_key: str) -> ResponseReturnValue:
    """The anonymous ballots as a Pabulib file; there is none for a small contest."""
    http_cache.public("rounds", f"round:{round_id}")
    found = queries.get_result(round_id, contest_key, access.actor())
    if found.opening.is_small:
        raise NotFound("not_found")
    name = counting.file_name(found.round, found.contest)
    response = Response(pages.recount_text(found), content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
