"""Reporting, the moderators' queue and their decisions."""

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.queries import get_person
from app.city.discussion import get_discussion_settings
from app.comments.models import Comment
from app.comments.queries import find_comment, get_comment
from app.comments.rules import DiscussionRule
from app.core import access, clock, http_cache, limits, words
from app.core.access import Role
from app.core.errors import Invalid, TooMany, sentence
from app.extensions import limiter
from app.moderation import appeals, figures, policies, queries, reading, services
from app.moderation.forms import BlockForm, HideForm, ReportForm, WordsForm
from app.proposals.holding import HeldText
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
    people = {(item.comment or item.matter).author_id or 0 for item in items}
    return render_template(
        "moderation/queue.html",
        items=items,
        forms=forms,
        earlier=reading.count_earlier(people),
        due=_due,
    )


@bp.get("/moderation/decisions")
@access.staff(Role.MODERATOR)
def decisions() -> ResponseReturnValue:
    """What has been hidden and shown again, newest first."""
    page = queries.page_decisions(request.args.get("cursor"))
    return render_template("moderation/decisions.html", page=page)


@bp.get("/moderation/figures", endpoint="figures")
@access.public
def show_figures() -> ResponseReturnValue:
    """How much is reported and hidden, how fast it is decided, and what appeals change."""
    http_cache.public("moderation")
    return render_template(
        "moderation/figures.html",
        figures=figures.get_figures(),
        settings=get_discussion_settings(),
        least=figures.LEAST,
    )


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
    except (Invalid, TooMany) as error:
        form.form_errors.append(sentence(error))
        return render_template("moderation/report.html", **page), error.status
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
    services.hide_matter(access.actor(), matter, *_chosen())
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
    services.hide_comment(access.actor(), comment, *_chosen())
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


def _chosen() -> tuple[DiscussionRule, str]:
    form = HideForm()
    if not form.validate_on_submit():
        raise Invalid("unknown_rule")
    return DiscussionRule(form.rule.data), form.words.data or ""


def _address(matter: Matter, comment: Comment | None) -> str:
    if comment is not None:
        return url_for("comments.show", matter_id=matter.id, comment_id=comment.id)
    return url_for("proposals.show", matter_id=matter.id)


def _back(matter: Matter, comment: Comment | None) -> ResponseReturnValue:
    target = url_for(".queue") if request.form.get("back") == "queue" else _address(matter, comment)
    return redirect(target, 303)


# ---------- appeals, held texts, blocks ----------


@bp.get("/own/moderation")
@access.signed_in
def own() -> ResponseReturnValue:
    """Decisions about what the person wrote, and what became of the own reports."""
    return render_template(
        "moderation/own.html",
        decisions=reading.list_own_decisions(access.actor()),
        reports=reading.list_own_reports(access.actor()),
    )


@bp.route("/own/moderation/<int(max=2147483647):decision_id>", methods=["GET", "POST"])
@access.signed_in
@limiter.limit(limits.WRITING, key_func=limits.account, methods=["POST"])
def own_decision(decision_id: int) -> ResponseReturnValue:
    """One decision about the person: what, by which rule, and the way to appeal."""
    actor = access.actor()
    decision = reading.get_own_decision(actor, decision_id)
    thing, form = reading.get_thing(decision), WordsForm()
    page = {
        "decision": decision,
        "form": form if policies.can_appeal(actor, decision, thing["appeal"]) else None,
        "days": get_discussion_settings().appeal_working_days,
        **thing,
    }
    if not form.is_submitted():
        return render_template("moderation/own_decision.html", **page)
    if not form.validate():
        return render_template("moderation/own_decision.html", **page), 422
    try:
        appeals.appeal(actor, decision, form.words.data or "")
    except Invalid as error:
        form.form_errors.append(sentence(error))
        return render_template("moderation/own_decision.html", **page), 422
    flash(_("Your appeal has been sent. Another moderator decides."), "ok")
    return redirect(url_for(".own_decision", decision_id=decision.id), 303)


@bp.get("/moderation/appeals")
@access.staff(Role.MODERATOR, Role.ADMINISTRATOR)
def list_appeals() -> ResponseReturnValue:
    """Appeals that wait, the oldest first."""
    page = reading.page_appeals(request.args.get("cursor"))
    return render_template("moderation/appeals.html", page=page, due=_due)


@bp.route("/moderation/appeals/<int(max=2147483647):decision_id>", methods=["GET", "POST"])
@access.staff(Role.MODERATOR, Role.ADMINISTRATOR)
@limiter.limit(limits.WRITING, key_func=limits.account, methods=["POST"])
def decide_appeal(decision_id: int) -> ResponseReturnValue:
    """One appeal with the decision it is about; another moderator decides."""
    actor, decision = access.actor(), reading.get_decision(decision_id)
    thing, form = reading.get_thing(decision), WordsForm()
    others = reading.has_other_moderator(decision, thing["matter"])
    page = {
        "decision": decision,
        "form": form,
        "can_decide": policies.can_decide_appeal(actor, decision, thing["matter"], others),
        **thing,
    }
    if not form.is_submitted():
        return render_template("moderation/appeal.html", **page)
    if not form.validate():
        return render_template("moderation/appeal.html", **page), 422
    upheld, reason = "uphold" in request.form, form.words.data or ""
    appeals.decide_appeal(actor, thing["matter"], decision, upheld=upheld, reason=reason)
    flash(_("The appeal is decided, and its writer is told."), "ok")
    return redirect(url_for(".list_appeals"), 303)


@bp.get("/moderation/held")
@access.staff(Role.MODERATOR)
def held() -> ResponseReturnValue:
    """Texts of new accounts that wait for a look, the oldest first."""
    page, actor = reading.page_held(request.args.get("cursor")), access.actor()
    return render_template(
        "moderation/held.html",
        page=page,
        rows=[
            (text, matter, _held_text(text, matter), policies.can_decide_held(actor, text, matter))
            for text, matter in page.items
        ],
        form=HideForm(None),
        due=_due,
    )


@bp.post("/moderation/held/<int(max=2147483647):held_id>")
@access.staff(Role.MODERATOR)
@limiter.limit(limits.WRITING, key_func=limits.account)
def decide_held(held_id: int) -> ResponseReturnValue:
    """Release a held text (`release`), or refuse it by a rule."""
    actor, text = access.actor(), reading.get_held(held_id)
    matter = reading.get_matter_of(text)
    if "release" not in request.form:
        appeals.refuse(actor, matter, text, *_chosen())
        flash(_("The text is not published, and its author is told."), "ok")
    elif appeals.release(actor, matter, text):
        flash(_("The text is public."), "ok")
    else:
        told = _("It cannot be public: the discussion has ended, or the author cannot write.")
        flash(told, "info")
    return redirect(url_for(".held"), 303)


@bp.route("/moderation/blocks", methods=["GET", "POST"])
@access.staff(Role.MODERATOR, Role.ADMINISTRATOR)
def blocks() -> ResponseReturnValue:
    """Who is kept from writing now; POST takes the block `decision` back."""
    if request.method == "POST":
        decision = reading.get_decision(request.form.get("decision", 0, type=int))
        appeals.end_block(access.actor(), decision)
        flash(_("The person can write again."), "ok")
        return redirect(url_for(".blocks"), 303)
    page = reading.page_blocks(request.args.get("cursor"))
    return render_template("moderation/blocks.html", page=page)


@bp.route("/moderation/people/<int(max=2147483647):person_id>/block", methods=["GET", "POST"])
@access.staff(Role.MODERATOR)
@limiter.limit(limits.WRITING, key_func=limits.account, methods=["POST"])
def block(person_id: int) -> ResponseReturnValue:
    """Keep somebody from writing for a time."""
    actor, person, form = access.actor(), get_person(person_id), BlockForm()
    access.require(policies.can_block(actor, person.as_actor()), "cannot_block")
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("moderation/block.html", form=form, name=person.name), status
    rule = DiscussionRule(form.rule.data)
    appeals.block(actor, person, form.days.data, rule, form.words.data or "")
    flash(_("The person cannot write now, and is told why."), "ok")
    return redirect(url_for(".blocks"), 303)


@bp.post("/matters/<int:matter_id>/slow")
@access.staff(Role.MODERATOR)
@limiter.limit(limits.WRITING, key_func=limits.account)
def slow(matter_id: int) -> ResponseReturnValue:
    """Slow a discussion down for a week, or end that."""
    matter = get_matter(matter_id, access.actor())
    appeals.slow_down(access.actor(), matter, request.form.get("minutes", -1, type=int))
    flash(_("The pace of the discussion is changed."), "ok")
    return redirect(url_for("proposals.show", matter_id=matter.id), 303)


def _held_text(text: HeldText, matter: Matter) -> str:
    return text.text if text.is_comment else reading.text_of(matter)


def _due(due: datetime | None) -> dict[str, str] | None:
    """The clock chip of a promised moment; None for what is older than the promise."""
    if due is None:
        return None
    day = words.day(clock.last_day(due))
    if due <= clock.now():
        return {"tone": "late", "text": _("Late: due by %(day)s", day=day)}
    return {"tone": "", "text": _("Due by %(day)s", day=day)}
