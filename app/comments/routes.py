"""The discussion of one matter: all threads, writing, answering, marking as useful."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.comments import policies, queries, services
from app.comments.forms import CommentForm
from app.comments.models import Comment, Stance
from app.core import access, http_cache, limits
from app.core.errors import Invalid, TooMany, sentence
from app.extensions import limiter
from app.proposals.models import Matter
from app.proposals.queries import get_matter

bp = Blueprint("comments", __name__, template_folder="templates")


@bp.get("/matters/<int:matter_id>/comments")
@access.public
def list_comments(matter_id: int) -> ResponseReturnValue:
    """All threads, a page at a time; with `reply` also the form to answer that comment."""
    http_cache.public(f"matter:{matter_id}")
    matter = get_matter(matter_id, access.actor())
    parent = _parent(matter, request.args.get("reply", ""))
    return _page(matter, CommentForm(formdata=None), parent)


def _page(matter: Matter, form: CommentForm, parent: Comment | None) -> str:
    actor = access.actor()
    sort = request.args.get("sort", "newest")
    page = queries.page_comments(matter.id, actor, sort, request.args.get("cursor"))
    if parent is not None:
        form.parent.data = str(parent.id)
        del form.stance
    return render_template(
        "comments/list.html",
        matter=matter,
        page=page,
        sort=sort,
        counts=queries.count_by_stance(matter.id),
        parent=parent,
        is_open=policies.is_open(matter),
        form=form if policies.can_comment(actor, matter) else None,
    )


def _parent(matter: Matter, given: str) -> Comment | None:
    """The comment that is answered, by the id in an address or a form."""
    if not given:
        return None
    comment = queries.find_comment(matter.id, given)
    return comment if comment.hidden_rule is None else None


@bp.post("/matters/<int:matter_id>/comments")
@access.signed_in
@limiter.limit(limits.WRITING, key_func=limits.account)
def add(matter_id: int) -> ResponseReturnValue:
    """Write a comment or an answer."""
    matter = get_matter(matter_id, access.actor())
    form = CommentForm()
    parent = _parent(matter, form.parent.data or "")
    if not form.validate_on_submit():
        return _page(matter, form, parent), 422
    try:
        text, stance = form.text.data or "", Stance(form.stance.data)
        words = services.Words(stance, form.language.data, text, parent)
        comment = services.submit_comment(access.actor(), matter, words)
    except (Invalid, TooMany) as error:
        # too many too soon is told here as well, so that the text is not lost
        form.form_errors.append(sentence(error))
        return _page(matter, form, parent), error.status
    if comment is None:
        flash(_("A moderator looks at your comment before it is public."), "info")
        return redirect(url_for(".list_comments", matter_id=matter.id), 303)
    flash(_("Your comment is public."), "ok")
    return redirect(_address(comment), 303)


def _address(comment: Comment) -> str:
    return url_for(".show", matter_id=comment.matter_id, comment_id=comment.id)


@bp.get("/matters/<int:matter_id>/comments/<int:comment_id>")
@access.public
def show(matter_id: int, comment_id: int) -> ResponseReturnValue:
    """A lasting address of one comment: leads to its place in the discussion."""
    matter = get_matter(matter_id, access.actor())
    comment = queries.get_comment(matter.id, comment_id)
    page = url_for(".list_comments", matter_id=matter_id, cursor=queries.cursor_at(comment))
    return redirect(f"{page}#comment-{comment_id}", 303)


@bp.post("/matters/<int:matter_id>/comments/useful")
@access.signed_in
@limiter.limit(limits.WRITING, key_func=limits.account)
def mark(matter_id: int) -> ResponseReturnValue:
    """Mark a comment as useful (`mark`), or take the mark back (`unmark`)."""
    actor = access.actor()
    matter = get_matter(matter_id, actor)
    wanted = request.form.get("mark") or request.form.get("unmark") or ""
    comment = queries.find_comment(matter.id, wanted)
    if "mark" in request.form:
        services.mark_useful(actor, comment)
    else:
        services.unmark_useful(actor, comment)
    return redirect(_address(comment), 303)
