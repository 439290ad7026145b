"""Pages of matters: the public list and its map, a matter, its versions, writing, supporting."""

from collections.abc import Callable

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from app.accounts.queries import list_names
from app.city import get_city
from app.core import access, http_cache, limits, markup, panels
from app.core.errors import Invalid, NotFound, WrongState, sentence
from app.extensions import limiter
from app.proposals import (
    counts,
    differences,
    listing,
    maps,
    policies,
    queries,
    services,
    thresholds,
    words,
)
from app.proposals.filters import Box, Filters, Sort, read_sort
from app.proposals.forms import EditForm, PublishForm, ReasonForm, SignForm, StartForm, TextForm
from app.proposals.lifecycle import OPEN, STAGES, MatterKind, State
from app.proposals.models import BODY_LIMIT, TITLE_LIMIT, Matter

bp = Blueprint("proposals", __name__, template_folder="templates")
writing = limiter.limit(limits.WRITING, key_func=limits.account, methods=["POST"])


@bp.get("/matters")
@access.public
def list_matters() -> ResponseReturnValue:
    """What have others said? The list with its filters, kept counts and small map."""
    http_cache.public("city", "matters", "seal")
    filters = Filters.from_args(request.args, get_city())
    sort = read_sort(request.args.get("sort"), filters)
    page = queries.list_page(filters, sort, request.args.get("cursor"))
    kept = counts.get_counts()
    whole = filters.is_empty and sort != Sort.SOONEST
    number = kept["all"].get("", 0) if whole else queries.count_listed(filters, sort)
    around = listing.around_list(kept, number, filters, sort)
    cards = [listing.as_card(row) for row in page.items]
    urls = {"next": page.next, "previous": page.previous}
    pages = {k: listing.list_url(filters, sort, v) if v else None for k, v in urls.items()}
    return render_template("proposals/list.html", cards=cards, pages=pages, **around)


@bp.get("/matters/points.geojson")
@access.public
def points() -> ResponseReturnValue:
    """Places of the same matters, at most 60 kB; `box` asks for a part of the map."""
    http_cache.public("city", "matters")
    city = get_city()
    filters = Filters.from_args(request.args, city)
    body = maps.points_geojson(city, filters, Box.from_text(request.args.get("box")))
    return Response(body, content_type="application/geo+json")


@bp.get("/matters/<int:matter_id>")
@access.public
def show(matter_id: int) -> ResponseReturnValue:
    """What is this, where is it, what can I do?"""
    http_cache.public("city", "seal", f"matter:{matter_id}", *panels.topics_of("matter"))
    matter = queries.get_shown(matter_id, access.actor())
    if matter.state == State.DRAFT:
        return redirect(url_for(".write", matter_id=matter.id, step=3), 303)
    if not policies.can_read(access.actor(), matter):
        return render_template("proposals/hidden.html", matter=matter, rule=words.rule_name(matter))
    return _page_of(matter, SignForm())


@bp.get("/matters/<int:matter_id>/versions")
@access.public
def versions(matter_id: int) -> ResponseReturnValue:
    """How the text has changed: one version compared with the one before it."""
    http_cache.public("city", "seal", f"matter:{matter_id}")
    matter = queries.get_matter(matter_id, access.actor())
    known = queries.list_versions(matter)
    newest = known[0].version
    chosen = request.args.get("version", newest, type=int)
    if not 1 <= chosen <= newest:
        raise NotFound("not_found")
    texts = queries.get_versions(matter, *{max(chosen - 1, 1), chosen})
    return render_template(
        "proposals/versions.html",
        matter=matter,
        known=known,
        text=texts[-1],
        title=differences.compare(texts[0].title, texts[-1].title),
        body=differences.compare(texts[0].body, texts[-1].body),
    )


@bp.get("/own/matters")
@access.signed_in
def mine() -> ResponseReturnValue:
    """The own drafts and matters."""
    page = queries.list_own(access.actor(), request.args.get("cursor"))
    urls = {"next": page.next, "previous": page.previous}
    pages = {k: url_for(".mine", cursor=v) if v else None for k, v in urls.items()}
    cards = [listing.as_card(row) for row in page.items]
    return render_template("proposals/mine.html", cards=cards, pages=pages)


@bp.route("/matters/new", methods=["GET", "POST"])
@access.signed_in
@writing
def new() -> ResponseReturnValue:
    """Step 1 of a new matter; sending it makes the draft."""
    form = StartForm()
    if not form.is_submitted() or not form.validate():
        return _step("proposals/start.html", form, None)
    empty = services.Draft(MatterKind.PROPOSAL, "fi", "", "")
    try:
        matter = services.create_draft(access.actor(), form.apply(empty))
    except Invalid as error:
        form.form_errors.append(sentence(error))
        return _step("proposals/start.html", form, None)
    return _onwards(matter, 2)


@bp.route("/matters/<int:matter_id>/draft/<int(min=1, max=3):step>", methods=["GET", "POST"])
@access.signed_in
@writing
def write(matter_id: int, step: int) -> ResponseReturnValue:
    """A step of a draft; each is saved when it is sent. The third one shows the whole."""
    matter = queries.get_matter(matter_id, access.actor())
    access.require(policies.is_author(access.actor(), matter), "not_author")
    if matter.state != State.DRAFT:
        return redirect(url_for(".show", matter_id=matter.id), 303)
    draft = services.get_draft(matter)
    if step == 3:
        return _preview(matter, draft, PublishForm())
    form = StartForm(draft) if step == 1 else TextForm(get_city(), draft)
    if form.is_submitted() and _done(
        form, lambda: services.save_draft(access.actor(), matter, form.apply(draft))
    ):
        return _onwards(matter, step + 1)
    return _step(f"proposals/{'start' if step == 1 else 'text'}.html", form, matter)


@bp.post("/matters/<int:matter_id>/publish")
@access.signed_in
@writing
def publish(matter_id: int) -> ResponseReturnValue:
    """Make a draft public."""
    matter = queries.get_matter(matter_id, access.actor())
    form = PublishForm()
    if not _done(form, lambda: services.publish_proposal(access.actor(), matter)):
        return _preview(matter, services.get_draft(matter), form)
    flash(_("Your text is public. You get a message whenever it moves on."), "ok")
    return redirect(url_for(".show", matter_id=matter.id), 303)


@bp.route("/matters/<int:matter_id>/edit", methods=["GET", "POST"])
@access.signed_in
@writing
def edit(matter_id: int) -> ResponseReturnValue:
    """Change a published text until its handling starts."""
    matter = queries.get_matter(matter_id, access.actor())
    access.require(policies.is_author(access.actor(), matter), "not_author")
    if matter.state == State.DRAFT:
        return redirect(url_for(".write", matter_id=matter.id, step=1), 303)
    if matter.state != State.PUBLISHED:
        raise WrongState("editing_closed")
    text = services.current_text(matter)
    form = EditForm(data={"title": text.title, "body": text.body})
    if form.is_submitted() and _done(
        form,
        lambda: services.edit_proposal(
            access.actor(), matter, form.title.data or "", form.body.data or ""
        ),
    ):
        flash(_("The new version is public."), "ok")
        return redirect(url_for(".show", matter_id=matter.id), 303)
    return _form_page("proposals/edit.html", form, matter)


@bp.route("/matters/<int:matter_id>/withdraw", methods=["GET", "POST"])
@access.signed_in
@writing
def withdraw(matter_id: int) -> ResponseReturnValue:
    """Take a matter back, with a reason that everybody sees."""
    matter = queries.get_matter(matter_id, access.actor())
    access.require(policies.is_author(access.actor(), matter), "not_author")
    if matter.state not in OPEN:
        raise WrongState("wrong_state")
    form = ReasonForm()
    if form.is_submitted() and _done(
        form,
        lambda: services.withdraw_proposal(access.actor(), matter, form.reason.data or ""),
    ):
        flash(_("You have withdrawn the matter."), "ok")
        return redirect(url_for(".show", matter_id=matter.id), 303)
    return _form_page("proposals/withdraw.html", form, matter)


@bp.post("/matters/<int:matter_id>/support")
@access.signed_in
@writing
def support(matter_id: int) -> ResponseReturnValue:
    """Support a matter."""
    matter = queries.get_matter(matter_id, access.actor())
    services.support_proposal(access.actor(), matter)
    flash(_("You support this matter now."), "ok")
    return redirect(url_for(".show", matter_id=matter.id), 303)


@bp.post("/matters/<int:matter_id>/unsupport")
@access.signed_in
@writing
def unsupport(matter_id: int) -> ResponseReturnValue:
    """Take support back."""
    matter = queries.get_matter(matter_id, access.actor())
    services.withdraw_support(access.actor(), matter)
    flash(_("You do not support this matter any more."), "ok")
    return redirect(url_for(".show", matter_id=matter.id), 303)


@bp.post("/matters/<int:matter_id>/sign")
@access.signed_in
@writing
def sign(matter_id: int) -> ResponseReturnValue:
    """Sign a resident initiative as one of its makers."""
    matter = queries.get_matter(matter_id, access.actor())
    form = SignForm()
    if not _done(
        form, lambda: services.sign_initiative(access.actor(), matter, form.name.data or "")
    ):
        return _page_of(matter, form)
    flash(_("You have signed the initiative."), "ok")
    return redirect(url_for(".show", matter_id=matter.id), 303)


def _page_of(matter: Matter, form: SignForm) -> ResponseReturnValue:
    actor, city = access.actor(), get_city()
    text = services.current_text(matter)
    page = render_template(
        "proposals/show.html",
        matter=matter,
        text=text,
        body=markup.render(text.body, lead=True),
        stage=STAGES[matter.state],
        sentence=words.state_sentence(matter),
        is_late=words.is_late(matter),
        reason=queries.get_withdrawal_reason(matter) if matter.state == State.WITHDRAWN else None,
        author=list_names([matter.author_id]).get(matter.author_id or 0),
        support=queries.get_support(actor, matter),
        can_support=policies.can_support(actor, matter),
        is_author=policies.is_author(actor, matter),
        takes_support=matter.is_visible and matter.state in OPEN,
        needed=thresholds.makers_needed(city),
        place=listing.place_names(city, matter.area, matter.district),
        slots=panels.fill("matter", matter, actor),
        form=form,
    )
    return page, 422 if form.errors else 200


def _step(template: str, form: StartForm | TextForm, matter: Matter | None) -> ResponseReturnValue:
    city = get_city()
    kinds = [(kind, words.describe_kind(kind, city)) for kind in MatterKind]
    similar = queries.list_similar(matter.title) if matter and isinstance(form, TextForm) else []
    page = render_template(
        template,
        form=form,
        matter=matter,
        kinds=kinds,
        similar=[listing.as_queue_item(row) for row in similar],
        limits={"title": TITLE_LIMIT, "body": BODY_LIMIT},
    )
    return page, 422 if form.errors else 200


def _preview(matter: Matter, draft: services.Draft, form: PublishForm) -> ResponseReturnValue:
    city = get_city()
    page = render_template(
        "proposals/preview.html",
        matter=matter,
        draft=draft,
        body=markup.render(draft.body, lead=True),
        place=listing.place_names(city, draft.area, draft.district),
        next_words=words.describe_kind(draft.kind, city),
        is_whole=bool(draft.body and draft.service),
        form=form,
    )
    return page, 422 if form.errors else 200


def _form_page(template: str, form: FlaskForm, matter: Matter) -> ResponseReturnValue:
    limits_of = {"title": TITLE_LIMIT, "body": BODY_LIMIT}
    page = render_template(template, form=form, matter=matter, limits=limits_of)
    return page, 422 if form.errors else 200


def _done(form: FlaskForm, act: Callable[[], None]) -> bool:
    """Whether the form was right and the act done; a refusal is explained on the form.

    The text of a draft that is only saved need not be whole.
    """
    is_part = isinstance(form, TextForm) and request.form.get("do") == "save"
    if not is_part and not form.validate():
        return False
    try:
        act()
    except Invalid as error:
        form.form_errors.append(sentence(error))
        return False
    return True


def _onwards(matter: Matter, step: int) -> ResponseReturnValue:
    if request.form.get("do") == "save":
        flash(_("The draft is saved. Only you see it."), "ok")
        return redirect(url_for(".mine"), 303)
    return redirect(url_for(".write", matter_id=matter.id, step=step), 303)
