"""Follow and stop following, from the page of a matter or from a mail."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from app.core import access, limits
from app.extensions import limiter
from app.follows import links, services
from app.proposals.queries import get_matter

bp = Blueprint("follows", __name__, template_folder="templates")


@bp.post("/matters/<int:matter_id>/follow")
@access.signed_in
@limiter.limit(limits.WRITING, key_func=limits.account)
def follow(matter_id: int) -> ResponseReturnValue:
    """Follow a matter."""
    matter = get_matter(matter_id, access.actor())
    services.follow(access.actor(), matter)
    flash(_("You follow this matter. You get a message when it moves on."), "ok")
    return redirect(url_for("proposals.show", matter_id=matter_id), 303)


@bp.post("/matters/<int:matter_id>/unfollow")
@access.signed_in
@limiter.limit(limits.WRITING, key_func=limits.account)
def unfollow(matter_id: int) -> ResponseReturnValue:
    """Stop following a matter."""
    matter = get_matter(matter_id, access.actor())
    services.unfollow(access.actor(), matter)
    flash(_("You do not follow this matter any more."), "ok")
    return redirect(url_for("proposals.show", matter_id=matter_id), 303)


class EmptyForm(FlaskForm):
    """Only the token against forged requests."""


@bp.route("/unfollow/<token>", methods=["GET", "POST"])
@access.public
@limiter.limit(limits.ADDRESS, methods=["POST"])
def unfollow_by_mail(token: str) -> ResponseReturnValue:
    """Stop following with a button: mail scanners follow links, they do not press buttons."""
    form = EmptyForm()
    if not form.validate_on_submit():
        links.read_token(token)
        return render_template("follows/unfollow.html", form=form, done=False)
    services.unfollow_by_token(token)
    return render_template("follows/unfollow.html", form=form, done=True)
