"""The public ledger of promises and their photos; what officials do with a promise."""

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core import access, http_cache, limits, pictures
from app.core.access import Role
from app.core.errors import NotFound
from app.extensions import limiter
from app.promises import acts, ledger, policies, queries, services
from app.proposals.queries import get_matter
from app.responses import acting
from app.responses.acts import get_act
from app.responses.policies import can_open

# A photo that is somewhat too large shall lead back to its form, so more than that is let in.
MOST_SENT = 3 * pictures.MOST_BYTES

bp = Blueprint("promises", __name__, template_folder="templates")
bare = Blueprint("pictures", __name__)
writing = limiter.limit(limits.WRITING, key_func=limits.account)


@bp.url_value_preprocessor
def let_photos_in(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Officials who keep a promise may send more at once; before the form's token is read."""
    is_keeping = endpoint == "promises.act" and (values or {}).get("key") == "keep"
    if is_keeping and access.actor().has(Role.OFFICIAL):
        request.max_content_length = MOST_SENT


@bp.get("/promises", endpoint="ledger")
@access.public
def show_ledger() -> ResponseReturnValue:
    """What the city has promised, by unit, and what became of it."""
    http_cache.public("city", "matters", "seal")
    given = request.args
    shown = ledger.get_ledger(given.get("state", "open"), given.get("unit"), given.get("page"))
    return render_template("promises/ledger.html", **shown)


@bp.post("/queue/promises/<int:promise_id>/<key>")
@access.staff(Role.OFFICIAL)
@writing
def act(promise_id: int, key: str) -> ResponseReturnValue:
    """Keep, move or break a promise."""
    promise, chosen = queries.get_promise(promise_id), get_act(acts.ACTS, key)
    matter = get_matter(promise.matter_id, access.actor())
    staff = queries.list_keepers(promise.unit, matter)
    name, form = acts.name_of(key, promise), acts.make_form(key, promise, staff)
    return acting.do_act(name, chosen, form, promise, matter, "#promises")


@bp.post("/promises/photos/<int(max=2147483647):piece_id>/remove")
@access.staff(*policies.PHOTO_ROLES)
@writing
def remove_photo(piece_id: int) -> ResponseReturnValue:
    """Take a photo away for good."""
    piece = queries.get_evidence(piece_id)
    matter = get_matter(queries.get_promise(piece.promise_id).matter_id, access.actor())
    services.remove_photo(access.actor(), piece)
    flash(_("The picture was removed."))
    page = "responses.handle" if can_open(access.actor(), matter) else "proposals.show"
    return redirect(url_for(page, matter_id=matter.id), 303)


@bare.get("/pictures/<string(length=32):name>.jpg")
@access.public
def show(name: str) -> ResponseReturnValue:
    """A photo beside a promise, for whoever may read its matter; asked for anew each time.

    A copy is good only as long as the matter can be read, so caches ask first, and no shared one
    keeps what somebody who is signed in sees.
    """
    piece, matter_id = queries.get_photo(name)
    get_matter(matter_id, access.actor())
    data = pictures.read(name)
    if data is None:
        raise NotFound("not_found")
    response = make_response(data)
    response.mimetype = "image/jpeg"
    response.headers["Content-Disposition"] = "inline"
    if not access.actor().signed_in:
        response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    response.set_etag(piece.digest)
    return response.make_conditional(request)
