"""The discussion of one matter: threads, writing, answering, changing, marking as useful."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.comments import editing, policies, queries, services
from app.comments.forms import ChangeForm, CommentForm
from app.comments.models import TEXT_LIMIT, Comment, Stance
from app.core import access, http_cache, limits
from app.core.addresses import own_address
from app.core.errors import Gone, Invalid, NotFound, TooMany, WrongState, sentence
from app.core.text import tidy
from app.extensions import limiter
from app.proposals import differences
from app.proposals.models import Matter
from app.proposals.queries import get_matter
from app.proposals.writing import CHANGED, Opened

bp = Blueprint("comments", __name__, template_folder="templates")
writing = limiter.limit(limits.WRITING, key_func=limits.account, methods=["POST"])


@bp.get("/matters/<int:matter_id>/comments")
@access.public
def list_comments(matter_id: int) -> ResponseReturnValue:
    """The threads, a page at a time; with `reply` also the form to answer that comment."""
    http_cache.public(f"matter:{matter_id}")
    matter = get_matter(matter_id, access.actor())
    return _page(matter, CommentForm(formdata=None), _parent(matter))


def _page(matter: Matter, form: CommentForm, parent: Comment | None) -> str:
    actor, cursor = access.actor(), request.args.get("cursor")
    sort = request.args.get("sort", "newest")
    return render_template(
        "comments/list.html",
        page=queries.page_comments(matter.id, actor, sort, cursor),
        sort=sort,
        counts=queries.count_by_stance(matter.id),
        arguments=None if cursor else queries.list_arguments(matter.id, actor),
        **_around(matter, form, parent),
    )


@bp.get("/matters/<int:matter_id>/comments/<int:comment_id>/thread")
@access.public
def thread(matter_id: int, comment_id: int) -> ResponseReturnValue:
    """One thread with all its answers, a page at a time."""
    http_cache.public(f"matter:{matter_id}")
    matter = get_matter(matter_id, access.actor())
    start = queries.get_comment(matter.id, comment_id)
    if start.thread_id is not None:
        return redirect(url_for(".thread", matter_id=matter.id, comment_id=start.thread_id), 303)
    if not queries.is_listed(start):
        raise Gone("comment_deleted")
    page = queries.page_thread(start, access.actor(), request.args.get("cursor"))
    around = _around(matter, CommentForm(formdata=None), _parent(matter) or start)
    return render_template("comments/thread.html", start=start, page=page, **around)


def _around(matter: Matter, form: CommentForm, parent: Comment | None) -> dict[str, Any]:
    """What a page of the discussion shows beside comments."""
    if parent is not None and not parent.is_visible:
        parent = None  # what was written goes on as a comment of its own
    form.parent.data = str(parent.id) if parent else ""
    if parent is not None:
        del form.stance
    return {
        "matter": matter,
        "parent": parent,
        "at": request.args.get("at", type=int),
        "is_open": policies.is_open(matter),
        "form": form if policies.can_comment(access.actor(), matter) else None,
    }


def _parent(matter: Matter) -> Comment | None:
    """The comment that is answered, by the id in the address."""
    given = request.args.get("reply", "")
    return queries.find_comment(matter.id, given) if given else None


@bp.post("/matters/<int:matter_id>/comments")
@access.signed_in
@writing
def add(matter_id: int) -> ResponseReturnValue:
    """Write a comment or an answer."""
    matter = get_matter(matter_id, access.actor())
    form = CommentForm()
    answered = form.parent.data
    parent = queries.get_comment(matter.id, answered) if answered else None
    if not form.validate_on_submit():
        return _page(matter, form, parent), 422
    try:
        text, stance = form.text.data or "", Stance(form.stance.data)
        words = services.Words(stance, form.language.data, text, parent, form.form_key.data or "")
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
    if not queries.is_listed(comment):
        raise Gone("comment_deleted")
    if comment.hidden_rule is not None and not policies.can_read(access.actor(), comment):
        raise NotFound("not_found")
    at: dict[str, Any] = {
        "matter_id": matter.id,
        "at": comment.id,
        "_anchor": f"comment-{comment.id}",
    }
    cursor = queries.cursor_in_thread(comment)
    if cursor is not None:
        place = url_for(".thread", comment_id=comment.thread_id, cursor=cursor, **at)
    else:
        place = url_for(".list_comments", cursor=queries.cursor_at(comment), **at)
    return redirect(place, 303)


@bp.get("/matters/<int:matter_id>/comments/<int:comment_id>/versions")
@access.public
def versions(matter_id: int, comment_id: int) -> ResponseReturnValue:
    """How a comment has changed: one version compared with the one before it."""
    http_cache.public(f"matter:{matter_id}")
    matter = get_matter(matter_id, access.actor())
    comment = queries.get_comment(matter.id, comment_id)
    if comment.deleted_at is not None:
        raise Gone("comment_deleted")
    if not policies.can_read(access.actor(), comment):
        raise NotFound("not_found")
    known = queries.list_versions(comment)
    chosen = request.args.get("version", comment.version, type=int)
    if not 1 <= chosen <= len(known):
        raise NotFound("not_found")
    before, text = known[max(chosen - 2, 0)], known[chosen - 1]
    return render_template(
        "comments/versions.html",
        matter=matter,
        said=queries.get_said(comment, access.actor()),
        known=known,
        text=text,
        pieces=differences.compare(before.text, text.text),
    )


@bp.route("/matters/<int:matter_id>/comments/<int:comment_id>/edit", methods=["GET", "POST"])
@access.signed_in
@writing
def edit(matter_id: int, comment_id: int) -> ResponseReturnValue:
    """Change the words of an own comment."""
    actor = access.actor()
    matter = get_matter(matter_id, actor)
    comment = queries.get_comment(matter.id, comment_id)
    if request.method == "GET":
        editing.require_editor(actor, matter, comment)
        form = ChangeForm(obj=queries.find_waiting_edit(comment) or comment)
        return _edit_page(matter, comment, form, 200)
    form = ChangeForm()
    if not form.validate():
        return _edit_page(matter, comment, form, 422)
    began = Opened.read(request.form).began
    change = editing.Change(form.language.data, form.text.data or "", began)
    try:
        is_public = editing.edit_comment(actor, matter, comment, change)
    except (Invalid, TooMany, WrongState) as error:
        form.form_errors.append(sentence(error))
        return _edit_page(matter, comment, form, error.status, is_new=error.code == CHANGED)
    if is_public:
        flash(_("The new version is public."), "ok")
    else:
        flash(_("A moderator looks at your change first. The earlier text stays until then."))
    return redirect(_address(comment), 303)


def _edit_page(
    matter: Matter, comment: Comment, form: ChangeForm, status: int, is_new: bool = False
) -> ResponseReturnValue:
    """The form with what was typed; `is_new`: beside it the newer version that stands now."""
    editing.require_own(access.actor(), comment)
    opened, began = Opened.read(request.form), str(comment.version)
    if opened.began and not is_new:
        began = opened.began  # nothing was saved: it still has to be compared with its beginning
    theirs = None
    if is_new:
        theirs = {"text": differences.compare(comment.text, tidy(form.text.data or ""))}
    page = render_template(
        "comments/edit.html",
        matter=matter,
        comment=comment,
        form=form,
        opened=opened.again(began),
        theirs=theirs,
        waits=queries.find_waiting_edit(comment) is not None,
        limit=TEXT_LIMIT,
    )
    return page, status


@bp.route("/matters/<int:matter_id>/comments/<int:comment_id>/delete", methods=["GET", "POST"])
@access.signed_in
@writing
def delete(matter_id: int, comment_id: int) -> ResponseReturnValue:
    """Delete an own comment, after asking."""
    actor = access.actor()
    matter = get_matter(matter_id, actor)
    comment = queries.get_comment(matter.id, comment_id)
    discussion = url_for(".list_comments", matter_id=matter.id)
    if comment.deleted_at is not None:  # sent twice: the first one did it
        return redirect(discussion, 303)
    editing.require_own(actor, comment)
    if request.method == "GET":
        return render_template("comments/delete.html", matter=matter, comment=comment)
    editing.delete_comment(actor, matter, comment)
    flash(_("Your comment is deleted."), "ok")
    return redirect(discussion, 303)


@bp.post("/matters/<int:matter_id>/comments/useful")
@access.signed_in
@writing
def mark(matter_id: int) -> ResponseReturnValue:
    """Mark a comment as useful (`mark`), or take the mark back (`unmark`); `back` is the page."""
    actor = access.actor()
    matter = get_matter(matter_id, actor)
    wanted = request.form.get("mark") or request.form.get("unmark") or ""
    comment = queries.find_comment(matter.id, wanted)
    if "mark" in request.form:
        services.mark_useful(actor, comment)
    else:
        services.unmark_useful(actor, comment)
    back = own_address(request.form.get("back"))
    return redirect(f"{back}#comment-{comment.id}" if back else _address(comment), 303)
