"""The page on which authors change the attachments of a matter, and the files themselves."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.attachments import presenting, queries, services
from app.attachments.forms import AttachmentForm
from app.attachments.models import MOST_ATTACHMENTS, WORDS_LIMIT
from app.core import access, files, limits
from app.core.errors import Invalid, TooMany
from app.extensions import limiter
from app.proposals.models import Matter
from app.proposals.policies import can_write
from app.proposals.queries import get_matter

bp = Blueprint("attachments", __name__, template_folder="templates")
bare = Blueprint("attached", __name__)
writing = limiter.limit(limits.WRITING, key_func=limits.account, methods=["POST"])


@bp.url_value_preprocessor
def let_files_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Who can write may send more at once to this form; before the form's token is read."""
    is_form = endpoint == "attachments.edit" and request.method == "POST"
    if is_form and can_write(access.actor()):
        request.max_content_length = files.MOST_SENT


@bp.route("/matters/<int:matter_id>/attachments", methods=["GET", "POST"])
@access.signed_in
@writing
def edit(matter_id: int) -> ResponseReturnValue:
    """What is attached to a matter, with a form to add and buttons to remove."""
    matter = get_matter(matter_id, access.actor())
    services.require_editor(access.actor(), matter)
    form = AttachmentForm()
    if form.is_submitted() and _is_attached(form, matter):
        flash(_("The file is added."), "ok")
        return redirect(url_for(".edit", matter_id=matter_id), 303)
    page = render_template(
        "attachments/edit.html",
        form=form,
        matter=matter,
        shown=presenting.show(queries.list_attachments(matter)),
        most=MOST_ATTACHMENTS,
        limit=WORDS_LIMIT,
    )
    return page, 422 if form.errors else 200


@bp.post("/matters/<int:matter_id>/attachments/<int(max=2147483647):number>/remove")
@access.signed_in
@writing
def remove(matter_id: int, number: int) -> ResponseReturnValue:
    """Take a photo or a document away for good."""
    services.remove(access.actor(), get_matter(matter_id, access.actor()), number)
    flash(_("The file is removed."), "ok")
    return redirect(url_for(".edit", matter_id=matter_id), 303)


@bare.get("/attachments/<string(length=32):name>.jpg")
@access.public
def photo(name: str) -> ResponseReturnValue:
    """A photo of a matter, for whoever may read it; asked for anew each time."""
    get_matter(queries.get_served(name).matter_id, access.actor())
    return files.answer(files.PICTURES, name)


@bare.get("/attachments/small/<string(length=32):name>.jpg")
@access.public
def thumbnail(name: str) -> ResponseReturnValue:
    """The same photo small."""
    get_matter(queries.get_served(name).matter_id, access.actor())
    return files.answer(files.THUMBNAILS, name)


@bare.get("/attachments/<string(length=32):name>.pdf")
@access.public
def document(name: str) -> ResponseReturnValue:
    """A document of a matter as a download, for whoever may read the matter."""
    attachment = queries.get_served(name)
    get_matter(attachment.matter_id, access.actor())
    return files.answer(files.DOCUMENTS, name, saved_as=f"{attachment.words}.pdf")


def _is_attached(form: AttachmentForm, matter: Matter) -> bool:
    """Whether the form was right and the file is kept; a refusal is told on the form."""
    if not form.validate():
        return False
    try:
        services.attach(access.actor(), matter, form.sent(), form.words.data or "")
    except (Invalid, TooMany) as error:
        form.refuse(error)
        return False
    return True
