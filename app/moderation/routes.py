"""Reporting, the moderators' queue and their decisions."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.comments.models import Comment
from app.comments.queries import find_comment, get_comment
from app.comments.rules import DiscussionRule
from app.core import access, limits
from app.core.access import Role
from app.core.errors import Invalid, sentence
from app.extensions import limiter
from app.moderation import policies, queries, services
from app.moderation.forms import HideForm, ReportForm
from app.proposals.models import Matter
from app.proposals.queries import get_matter

bp = Blueprint("moderation", __name__, template_folder="templates")


@bp.get("/moderation")
@access.staff(Role.MODERATOR)
def queue() -> ResponseReturnValue:
    """What has been reported, longest waiting first."""
    items = queries.list_queue(access.actor())
    forms = {
        item.reports[0].id: HideForm(None, rule=item.reports[0].rule.value, back="queue")
        for item in items
    }
    return render_template("moderation/queue.html", items=items, forms=forms)


@bp.get("/moderation/decisions")
@access.staff(Role.MODERATOR)
def decisions() -> ResponseReturnValue:
    """What has been hidden and shown again, newest first."""
    page = queries.page_decisions(request.args.get("cursor"))
    return render_template("moderation/decisions.html", page=page)


@bp.route("/matters/<int:matter_id>/report", methods=["GET", "POST"])
@access.signed_in
@limiter.limit(limits.WRITING, key_func=limits.account, methods=["POST"])
def report(matter_id: int) -> ResponseReturnValue:
    """Report a matter, or the comment named by `comment`; moderators decide here at once."""
    actor = access.actor()
    matter = get_matter(matter_id, actor)
    comment = _comment(matter, request.args.get("comment"))
    if policies.can_moderate(actor, matter, comment):
        return _decide(matter, comment)
    access.require(policies.can_report(actor, matter, comment), "cannot_report")
    form = ReportForm()
    page = {"matter": matter, "comment": comment, "form": form}
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("moderation/report.html", **page), status
    try:
        rule = DiscussionRule(form.rule.data)
        services.report(actor, matter, comment, rule, form.words.data or "")
    except Invalid as error:
        form.form_errors.append(sentence(error))
        return render_template("moderation/report.html", **page), 422
    flash(_("Thank you. A moderator looks at it and decides."), "ok")
    return redirect(_address(matter, comment), 303)


def _decide(matter: Matter, comment: Comment | None) -> str:
    rule = (comment or matter).hidden_rule
    return render_template(
        "moderation/decide.html",
        matter=matter,
        comment=comment,
        rule=DiscussionRule(rule) if rule else None,
        form=HideForm(None),
    )


@bp.post("/matters/<int:matter_id>/hide")
@access.staff(Role.MODERATOR)
@limiter.limit(limits.WRITING, key_func=limits.account)
def hide_matter(matter_id: int) -> ResponseReturnValue:
    """Hide a matter by a rule."""
    matter = get_matter(matter_id, access.actor())
    services.hide_matter(access.actor(), matter, _chosen_rule())
    flash(_("The matter is hidden. Everybody sees that it is, and why."), "ok")
    return _back(matter, None)


@bp.post("/matters/<int:matter_id>/show")
@access.staff(Role.MODERATOR)
@limiter.limit(limits.WRITING, key_func=limits.account)
def show_matter(matter_id: int) -> ResponseReturnValue:
    """Show a hidden matter again."""
    matter = get_matter(matter_id, access.actor())
    services.show_matter(access.actor(), matter)
    flash(_("The matter is public again."), "ok")
    return _back(matter, None)


@bp.post("/matters/<int:matter_id>/comments/<int:comment_id>/hide")
@access.staff(Role.MODERATOR)
@limiter.limit(limits.WRITING, key_func=limits.account)
def hide_comment(matter_id: int, comment_id: int) -> ResponseReturnValue:
    """Hide a comment by a rule."""
    matter = get_matter(matter_id, access.actor())
    comment = get_comment(matter.id, comment_id)
    services.hide_comment(access.actor(), comment, _chosen_rule())
    flash(_("The comment is hidden. Everybody sees that it is, and why."), "ok")
    return _back(matter, comment)


@bp.post("/matters/<int:matter_id>/comments/<int:comment_id>/show")
@access.staff(Role.MODERATOR)
@limiter.limit(limits.WRITING, key_func=limits.account)
def show_comment(matter_id: int, comment_id: int) -> ResponseReturnValue:
    """Show a hidden comment again."""
    matter = get_matter(matter_id, access.actor())
    comment = get_comment(matter.id, comment_id)
    services.show_comment(access.actor(), comment)
    flash(_("The comment is public again."), "ok")
    return _back(matter, comment)


@bp.post("/matters/<int:matter_id>/reports/dismiss")
@access.staff(Role.MODERATOR)
@limiter.limit(limits.WRITING, key_func=limits.account)
def dismiss(matter_id: int) -> ResponseReturnValue:
    """Leave the matter, or its comment named by `comment`, as it is and close the reports."""
    matter = get_matter(matter_id, access.actor())
    services.dismiss_reports(access.actor(), matter, _comment(matter, request.form.get("comment")))
    flash(_("It stays as it is. The reports on it are closed."), "ok")
    return redirect(url_for(".queue"), 303)


def _comment(matter: Matter, given: str | None) -> Comment | None:
    """The comment by the id in an address or a form; None when the matter itself is meant."""
    return find_comment(matter.id, given) if given else None


def _chosen_rule() -> DiscussionRule:
    form = HideForm()
    if not form.validate_on_submit():
        raise Invalid("unknown_rule")
    return DiscussionRule(form.rule.data)


def _address(matter: Matter, comment: Comment | None) -> str:
    if comment is not None:
        return url_for("comments.show", matter_id=matter.id, comment_id=comment.id)
    return url_for("proposals.show", matter_id=matter.id)


def _back(matter: Matter, comment: Comment | None) -> ResponseReturnValue:
    target = url_for(".queue") if request.form.get("back") == "queue" else _address(matter, comment)
    return redirect(target, 303)
