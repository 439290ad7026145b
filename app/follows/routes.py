"""Follow and stop following, from the page of a matter or from a mail."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address

from app.core import access, limits
from app.core.errors import Gone
from app.extensions import csrf, limiter
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


def _named_following() -> str:
    """Whom a request by mail counts against: the following that it ends, else its address.

    The servers of a mail provider ask for many people from one address and must lose none of
    their requests, so a true token counts for itself alone. Guesses count against the address.
    """
    try:
        matter_id, person_id = links.read_token((request.view_args or {})["token"])
    except Gone:
        return get_remote_address()
    return f"unfollow:{matter_id}:{person_id}"


@bp.route("/unfollow/<token>", methods=["GET", "POST"])
@access.public
@limiter.limit(limits.ADDRESS, key_func=_named_following, methods=["POST"])
@csrf.exempt
def unfollow_by_mail(token: str) -> ResponseReturnValue:
    """Stop following: by the button of the page, or by one click in a mail program (RFC 8058).

    Opening the address changes nothing, since mail scanners follow links. A POST ends the
    following at once and without a redirect. It is the one form reachable without signing in that
    does not ask where it comes from: mail providers post from their own servers. Whoever has the
    signed token was sent it, and it can do nothing else.
    """
    if request.method == "POST":
        services.unfollow_by_token(token)
    else:
        links.read_token(token)
    return render_template("follows/unfollow.html", done=request.method == "POST")
