"""Pages of writing together: other languages, additions, co-authors, answers to invitations."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from app.authoring import links, policies, queries, services
from app.authoring.forms import AdditionForm, InviteForm, TranslationForm
from app.authoring.models import ADDITION_LIMIT
from app.core import access, language, limits, markup
from app.core.addresses import absolute
from app.core.errors import Invalid, NotFound, TooMany, sentence
from app.core.language import NAMES
from app.extensions import db, limiter
from app.proposals.models import BODY_LIMIT, TITLE_LIMIT, Matter
from app.proposals.queries import get_matter, list_author_names
from app.proposals.services import current_text, find_text

bp = Blueprint("authoring", __name__, template_folder="templates")
writing = limiter.limit(limits.WRITING, key_func=limits.account, methods=["POST"])


@bp.route("/matters/<int:matter_id>/languages/<code>", methods=["GET", "POST"])
@access.signed_in
@writing
def translate(matter_id: int, code: str) -> ResponseReturnValue:
    """Write the text in another language, beside the original."""
    matter = get_matter(matter_id, access.actor())
    if code not in NAMES or code == matter.language:
        raise NotFound("not_found")
    known, original = find_text(matter, code), current_text(matter)
    access.require(policies.can_translate(access.actor(), matter, known), "cannot_translate")
    kept = {"title": known.title, "body": known.body} if known else {}
    form = TranslationForm(data={**kept, "source": original.version})
    if form.validate_on_submit():
        words = (form.title.data or "", form.body.data or "", form.source.data or 1)
        try:
            services.translate(access.actor(), matter, code, *words)
        except Invalid as error:
            form.form_errors.append(sentence(error))
        else:
            flash(_("The text is public in this language."), "ok")
            return redirect(url_for("proposals.show", matter_id=matter_id, text=code), 303)
    shown = {"original": original, "body": markup.render(original.body), "code": code}
    sizes = {"title": TITLE_LIMIT, "body": BODY_LIMIT}
    return _page("authoring/translate.html", form, matter, **shown, name=NAMES[code], limits=sizes)


@bp.route("/matters/<int:matter_id>/add", methods=["GET", "POST"])
@access.signed_in
@writing
def add(matter_id: int) -> ResponseReturnValue:
    """Add to a text that cannot be edited any more."""
    matter = get_matter(matter_id, access.actor())
    access.require(policies.can_add(access.actor(), matter), "cannot_add")
    form = AdditionForm(data={"language": language.current()})
    if form.validate_on_submit():
        try:
            services.add(access.actor(), matter, form.language.data, form.text.data or "")
        except (Invalid, TooMany) as error:
            form.form_errors.append(sentence(error))
        else:
            flash(_("What you added is public."), "ok")
            return redirect(url_for("proposals.show", matter_id=matter_id), 303)
    return _page("authoring/add.html", form, matter, limit=ADDITION_LIMIT)


@bp.get("/matters/<int:matter_id>/authors")
@access.signed_in
def authors(matter_id: int) -> ResponseReturnValue:
    """Who writes the matter, and the invitations of who started it."""
    return _authors_page(_own(matter_id), InviteForm())


@bp.post("/matters/<int:matter_id>/authors/invite")
@access.signed_in
@writing
def invite(matter_id: int) -> ResponseReturnValue:
    """Invite somebody by mail; the answer does not tell whether the address has an account."""
    matter, form = _own(matter_id), InviteForm()
    if not form.validate():
        return _authors_page(matter, form)
    try:
        services.invite(access.actor(), matter, form.email.data or "")
    except (Invalid, TooMany) as error:
        form.form_errors.append(sentence(error))
        return _authors_page(matter, form)
    flash(_("The invitation is on its way."), "ok")
    return redirect(url_for(".authors", matter_id=matter_id), 303)


@bp.post("/matters/<int:matter_id>/authors/link")
@access.signed_in
@writing
def make_link(matter_id: int) -> ResponseReturnValue:
    """Make a link that one person can join with."""
    try:
        services.invite(access.actor(), _own(matter_id), None)
    except (Invalid, TooMany) as error:
        flash(sentence(error), "error")
    return redirect(url_for(".authors", matter_id=matter_id), 303)


@bp.post("/matters/<int:matter_id>/invitations/<int:invitation_id>/end")
@access.signed_in
@writing
def take_back(matter_id: int, invitation_id: int) -> ResponseReturnValue:
    """Take an invitation back."""
    matter = _own(matter_id)
    services.take_back(access.actor(), matter, queries.get_invitation(matter, invitation_id))
    flash(_("The invitation does not work any more."), "ok")
    return redirect(url_for(".authors", matter_id=matter_id), 303)


@bp.post("/matters/<int:matter_id>/authors/<int:number>/remove")
@access.signed_in
@writing
def remove(matter_id: int, number: int) -> ResponseReturnValue:
    """Remove a co-author."""
    matter = _own(matter_id)
    services.remove(access.actor(), matter, queries.get_co_author(matter, number))
    flash(_("The co-author is removed."), "ok")
    return redirect(url_for(".authors", matter_id=matter_id), 303)


@bp.post("/matters/<int:matter_id>/authors/leave")
@access.signed_in
@writing
def leave(matter_id: int) -> ResponseReturnValue:
    """Stop being a co-author."""
    services.leave(access.actor(), _own(matter_id))
    flash(_("You are not a co-author of the matter any more."), "ok")
    return redirect(url_for("proposals.mine"), 303)


@bp.get("/invitations/<token>")
@access.public
@limiter.limit(limits.ADDRESS)
def answer(token: str) -> ResponseReturnValue:
    """What one is invited to; opening it changes nothing, since mail scanners follow links."""
    invitation = links.read_token(token)
    matter = db.session.get_one(Matter, invitation.matter_id)
    return render_template(
        "authoring/answer.html",
        matter=matter,
        token=token,
        names=list_author_names(matter),
        expires_at=invitation.expires_at,
        can_join=policies.can_join(access.actor(), matter, invitation),
    )


@bp.post("/invitations/<token>/accept")
@access.signed_in
@writing
def accept(token: str) -> ResponseReturnValue:
    """Become a co-author."""
    matter = services.accept(access.actor(), token)
    flash(_("You are a co-author of the matter now."), "ok")
    return redirect(url_for("proposals.show", matter_id=matter.id), 303)


@bp.post("/invitations/<token>/decline")
@access.signed_in
@writing
def decline(token: str) -> ResponseReturnValue:
    """Say no."""
    services.decline(access.actor(), token)
    flash(_("You have declined the invitation."), "ok")
    return redirect(url_for("proposals.mine"), 303)


def _own(matter_id: int) -> Matter:
    """A matter whose authors the actor may see. Raises Forbidden, NotFound."""
    matter = get_matter(matter_id, access.actor())
    sees = policies.can_invite(access.actor(), matter) or policies.can_leave(access.actor(), matter)
    access.require(sees, "not_author")
    return matter


def _authors_page(matter: Matter, form: InviteForm) -> ResponseReturnValue:
    is_inviter = policies.can_invite(access.actor(), matter)
    invitations = queries.list_open_invitations(matter) if is_inviter else []
    return _page(
        "authoring/authors.html",
        form,
        matter,
        names=list_author_names(matter)[:1],
        co_authors=queries.list_co_authors(matter),
        invitations=[
            {"row": one, "url": absolute("authoring.answer", token=links.invitation_token(one))}
            for one in invitations
        ],
        can_invite=is_inviter,
        can_leave=policies.can_leave(access.actor(), matter),
    )


def _page(template: str, form: FlaskForm, matter: Matter, **shown: object) -> ResponseReturnValue:
    page = render_template(template, form=form, matter=matter, **shown)
    return page, 422 if form.errors else 200
