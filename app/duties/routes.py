"""What a matter asks by law: marks, documents that were given, and more time for them."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core import access, limits
from app.core.access import Role
from app.core.errors import Invalid, sentence
from app.duties import forms, services
from app.extensions import limiter
from app.proposals.models import Matter
from app.proposals.queries import get_matter

bp = Blueprint("duties", __name__, template_folder="templates")
markers = access.staff(Role.REGISTRY, Role.OFFICIAL)
writing = limiter.limit(limits.WRITING, key_func=limits.account, methods=["POST"])


@bp.post("/queue/<int:matter_id>/marks/<mark>")
@markers
@writing
def mark(matter_id: int, mark: str) -> ResponseReturnValue:
    """Say what the matter asks by law."""
    services.mark_matter(access.actor(), get_matter(matter_id, access.actor()), mark)
    flash(_("The deadline of the law counts from the day the matter was filed."))
    return _back(matter_id)


@bp.post("/queue/<int:matter_id>/marks/<mark>/removal")
@markers
@writing
def unmark(matter_id: int, mark: str) -> ResponseReturnValue:
    """Say that a mark was a mistake."""
    services.unmark_matter(access.actor(), get_matter(matter_id, access.actor()), mark)
    flash(_("The mark is gone, and so is its deadline."))
    return _back(matter_id)


@bp.post("/queue/<int:matter_id>/documents")
@markers
@writing
def give(matter_id: int) -> ResponseReturnValue:
    """Say that the documents were given."""
    matter = get_matter(matter_id, access.actor())
    form = forms.make(forms.GivenForm, "given-")
    if not _done(form, lambda: services.give_documents(access.actor(), matter, form.texts())):
        return _page(matter, form, _("Documents given"), _("Publish"))
    flash(_("The document request is settled."))
    return _back(matter_id)


@bp.post("/queue/<int:matter_id>/documents/time")
@markers
@writing
def extend(matter_id: int) -> ResponseReturnValue:
    """Take more time for a document request."""
    matter = get_matter(matter_id, access.actor())
    form = forms.make(forms.LongerForm, "longer-")

    def act() -> None:
        if form.until.data is not None:
            services.extend_request(access.actor(), matter, form.until.data, form.texts())

    if not _done(form, act):
        return _page(matter, form, _("More time for the documents"), _("Move the deadline"))
    flash(_("The deadline was moved. The first one stays visible."))
    return _back(matter_id)


def _done(form: forms.WordsForm, act: Callable[[], None]) -> bool:
    """Whether the form was right and the act done; a refusal is explained above the form."""
    if not form.validate():
        return False
    try:
        act()
    except Invalid as error:
        form.form_errors.append(sentence(error))
        return False
    return True


def _page(matter: Matter, form: forms.WordsForm, title: str, button: str) -> ResponseReturnValue:
    """A form that has to be mended, on a page of its own."""
    page = render_template("duties/form.html", matter=matter, form=form, title=title, button=button)
    return page, 422


def _back(matter_id: int) -> ResponseReturnValue:
    return redirect(url_for("responses.handle", matter_id=matter_id), 303)
