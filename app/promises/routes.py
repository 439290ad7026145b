"""The public ledger of promises and their photos; what officials do with a promise."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core import access, files, http_cache, limits
from app.core.access import Role
from app.extensions import limiter
from app.promises import acts, ledger, policies, queries, services
from app.proposals.queries import get_matter
from app.responses import acting
from app.responses.acts import get_act
from app.responses.policies import can_open

bp = Blueprint("promises", __name__, template_folder="templates")
bare = Blueprint("pictures", __name__)
writing = limiter.limit(limits.WRITING, key_func=limits.account)


@bp.url_value_preprocessor
def let_photos_in(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Officials who keep a promise may send more at once; before the form's token is read."""
    is_keeping = endpoint == "promises.act" and (values or {}).get("key") == "keep"
    if is_keeping and access.actor().has(Role.OFFICIAL):
        request.max_content_length = files.MOST_SENT


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
    """A photo beside a promise, for whoever may read its matter; asked for anew each time."""
    get_matter(queries.get_pictured_matter(name), access.actor())
    return files.answer(files.PICTURES, name)
