"""Pages of matters: the public list and its map, a matter, its versions, writing, supporting."""

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.queries import get_person
from app.city import get_city
from app.city.municipalities import list_municipalities
from app.city.municipalities import list_names as list_names_of_municipalities
from app.core import access, clock, http_cache, limits, markup, panels
from app.core.access import Role
from app.core.errors import Invalid, NotFound, WrongState, sentence
from app.core.language import NAMES
from app.core.words import moment
from app.extensions import limiter
from app.proposals import (
    counts,
    differences,
    list_queries,
    listing,
    maps,
    policies,
    queries,
    services,
    support_queries,
    thresholds,
    words,
)
from app.proposals import similar as likes
from app.proposals import support as supporting
from app.proposals.filters import TYPED, Box, Filters, View, read_sort
from app.proposals.forms import EditForm, ReasonForm, SignForm, StartForm, TextForm
from app.proposals.lifecycle import OPEN, STAGES, MatterKind, State
from app.proposals.models import Matter
from app.proposals.writing import (
    Opened,
    begin_draft,
    edit_seen,
    find_begun,
    part_of,
    save_part,
    submit_seen,
)
from app.proposals.writing_pages import (
    ask_to_publish,
    go_on,
    is_done,
    show_form,
    show_preview,
    show_step,
    take_step,
)

bp = Blueprint("proposals", __name__, template_folder="templates")
writing = limiter.limit(limits.WRITING, key_func=limits.account, methods=["POST"])
saving = limiter.limit(limits.SAVING, key_func=limits.account)
EMPTY = services.Draft(MatterKind.PROPOSAL, "fi", "", "")


@bp.get("/matters")
@access.public
def list_matters() -> ResponseReturnValue:
    """What have others said? The list with its filters, numbers and small map."""
    http_cache.public("city", "matters", "seal")
    filters = Filters.from_args(request.args, get_city())
    asked = read_sort(request.args.get("sort"), filters)
    cursor = request.args.get("cursor")
    if any(not request.args[name] for name in TYPED if name in request.args):
        # a form sends its empty fields too; the address that is passed on has none
        return redirect(listing.list_url(filters, asked, cursor))
    view = View(filters, asked, list_queries.has_many_hits(filters))
    kept = counts.get_counts()
    found = listing.whole(view, kept) or list_queries.count_found(view)
    some = found.number or cursor
    page = list_queries.list_page(view, cursor) if some else None
    names = listing.city_names(get_city())
    better = None if found.number else list_queries.correct_words(filters, names)
    around = listing.around_list(view, kept, found, better)
    return render_template("proposals/list.html", **listing.show_page(view, page), **around)


@bp.get("/matters/points.geojson")
@access.public
def points() -> ResponseReturnValue:
    """Places of the same matters, at most 60 kB; `box` asks for a part of the map."""
    http_cache.public("city", "matters")
    city = get_city()
    filters = Filters.from_args(request.args, city)
    sort = read_sort(request.args.get("sort"), filters)
    body = maps.points_geojson(city, filters, sort, Box.from_text(request.args.get("box")))
    return Response(body, content_type="application/geo+json")


@bp.get("/matters/similar")
@access.public
@limiter.limit(limits.SAVING, key_func=limits.account)
def similar() -> ResponseReturnValue:
    """Matters like a title, a piece of a page for the field in which it is typed."""
    items = likes.list_items(request.args.get("title", ""))
    return render_template("proposals/similar.html", similar=items)


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
    texts_of = services.list_texts(matter)
    language = request.args.get("language", matter.language)
    if language not in texts_of:
        raise NotFound("not_found")
    known = queries.list_versions(matter, language)
    newest = known[0].version
    chosen = request.args.get("version", newest, type=int)
    if not 1 <= chosen <= newest:
        raise NotFound("not_found")
    texts = queries.get_versions(matter, language, *{max(chosen - 1, 1), chosen})
    return render_template(
        "proposals/versions.html",
        matter=matter,
        known=known,
        languages=[code for code in NAMES if code in texts_of],
        origin_words=words.origin_words,
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
    slots = panels.fill("own_matters", get_person(access.actor().person_id or 0), access.actor())
    return render_template("proposals/mine.html", cards=cards, pages=pages, slots=slots)


@bp.route("/matters/new", methods=["GET", "POST"])
@access.signed_in
@writing
def new() -> ResponseReturnValue:
    """Step 1 of a new matter; sending it makes the draft."""
    form, opened = StartForm(), Opened.read(request.form)
    known = find_begun(access.actor(), opened.key)
    if known is not None:
        return take_step(known, 1)
    if not form.is_submitted() or not form.validate():
        return show_step("proposals/start.html", form, None)
    try:
        matter = begin_draft(access.actor(), form.apply(EMPTY), opened.key)
    except Invalid as error:
        form.form_errors.append(sentence(error))
        return show_step("proposals/start.html", form, None)
    return go_on(matter, 2)


@bp.route("/matters/<int:matter_id>/draft/<int(min=1, max=3):step>", methods=["GET", "POST"])
@access.signed_in
@writing
def write(matter_id: int, step: int) -> ResponseReturnValue:
    """A step of a draft; each is saved when it is sent. The third one shows the whole."""
    matter = queries.get_matter(matter_id, access.actor())
    access.require(policies.is_author(access.actor(), matter), "not_author")
    if step == 3 and matter.state == State.DRAFT:
        return show_preview(matter, services.get_draft(matter), *ask_to_publish(matter))
    return take_step(matter, step)


@bp.post("/matters/autosave", defaults={"matter_id": None, "step": 1})
@bp.post("/matters/<int:matter_id>/autosave/<int(min=1, max=2):step>")
@access.signed_in
@saving
def autosave(matter_id: int | None, step: int) -> ResponseReturnValue:
    """Save what is written so far, without the rules for what is whole; never publishes."""
    actor, opened = access.actor(), Opened.read(request.form)
    matter = queries.get_matter(matter_id, actor) if matter_id else find_begun(actor, opened.key)
    draft = services.get_draft(matter) if matter else EMPTY
    form = StartForm(draft) if step == 1 else TextForm(get_city(), draft)
    try:
        written = form.apply(draft)
        if matter is None:
            matter = begin_draft(actor, written, opened.key)
        else:
            save_part(actor, matter, part_of(step), written, opened)
    except (Invalid, WrongState) as error:
        return jsonify(text=sentence(error)), error.status
    except ValueError:  # a kind that there is not
        return jsonify(text=_("The draft could not be saved.")), 422
    return jsonify(
        text=_("Saved %(when)s.", when=moment(clock.now())),
        page=url_for(".write", matter_id=matter.id, step=step),
        url=url_for(".autosave", matter_id=matter.id, step=step),
    )


@bp.post("/matters/<int:matter_id>/publish")
@access.signed_in
@writing
def publish(matter_id: int) -> ResponseReturnValue:
    """Make a draft public."""
    matter = queries.get_matter(matter_id, access.actor())
    access.require(policies.is_starter(access.actor(), matter), "not_author")
    if matter.state != State.DRAFT:  # sent twice: the first one did it
        return redirect(url_for(".show", matter_id=matter.id), 303)
    (form, similar), began = ask_to_publish(matter), Opened.read(request.form).began
    try:
        if not is_done(form, lambda: submit_seen(access.actor(), matter, form.reason, began)):
            return show_preview(matter, services.get_draft(matter), form, similar)
    except WrongState as error:
        if error.code not in ("not_a_draft", "held_already"):
            raise
        return redirect(url_for(".show", matter_id=matter.id), 303)
    if matter.state == State.DRAFT:
        flash(_("A moderator looks at your text before it is public. You get a message."), "info")
        return redirect(url_for(".write", matter_id=matter.id, step=3), 303)
    if matter.city_only:
        flash(_("The city has your feedback. Only you and the city see it."), "ok")
    else:
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
    if matter.hidden_rule is not None:
        raise WrongState("matter_is_hidden")
    text = services.current_text(matter)
    form, opened = (
        EditForm(data={"title": text.title, "body": text.body}),
        Opened.read(request.form),
    )
    if form.is_submitted() and is_done(
        form,
        lambda: edit_seen(
            access.actor(), matter, form.title.data or "", form.body.data or "", opened
        ),
    ):
        flash(_("The new version is public."), "ok")
        return redirect(url_for(".show", matter_id=matter.id), 303)
    return show_form("proposals/edit.html", form, matter)


@bp.route("/matters/<int:matter_id>/withdraw", methods=["GET", "POST"])
@access.signed_in
@writing
def withdraw(matter_id: int) -> ResponseReturnValue:
    """Take a matter back, with a reason that everybody sees."""
    matter = queries.get_matter(matter_id, access.actor())
    access.require(policies.is_starter(access.actor(), matter), "not_author")
    if matter.state not in OPEN:
        raise WrongState("wrong_state")
    form = ReasonForm()
    if form.is_submitted() and is_done(
        form,
        lambda: services.withdraw_proposal(access.actor(), matter, form.reason.data or ""),
    ):
        flash(_("You have withdrawn the matter."), "ok")
        return redirect(url_for(".show", matter_id=matter.id), 303)
    return show_form("proposals/withdraw.html", form, matter)


@bp.post("/matters/<int:matter_id>/support")
@access.signed_in
@writing
def support(matter_id: int) -> ResponseReturnValue:
    """Support a matter, with the name shown only if the box is checked."""
    queries.get_matter(matter_id, access.actor())
    is_public = "is_public" in request.form
    supporting.support_proposal(access.actor(), matter_id, is_public=is_public)
    flash(_("You support this matter now."), "ok")
    return redirect(url_for(".show", matter_id=matter_id), 303)


@bp.post("/matters/<int:matter_id>/support/name")
@access.signed_in
@writing
def show_name(matter_id: int) -> ResponseReturnValue:
    """Show the own name among the supporters, or stop showing it."""
    is_public = request.form.get("show") == "1"
    supporting.show_name(access.actor(), matter_id, is_public)
    flash(
        _("Your name is shown now.") if is_public else _("Your name is not shown any more."), "ok"
    )
    return redirect(url_for(".show", matter_id=matter_id), 303)


@bp.post("/matters/<int:matter_id>/unsupport")
@access.signed_in
@writing
def unsupport(matter_id: int) -> ResponseReturnValue:
    """Take support back."""
    queries.get_matter(matter_id, access.actor())
    supporting.withdraw_support(access.actor(), matter_id)
    flash(_("You do not support this matter any more."), "ok")
    return redirect(url_for(".show", matter_id=matter_id), 303)


@bp.post("/matters/<int:matter_id>/sign")
@access.signed_in
@writing
def sign(matter_id: int) -> ResponseReturnValue:
    """Sign a resident initiative as one of its makers."""
    matter, form = queries.get_matter(matter_id, access.actor()), SignForm()
    signed = lambda: supporting.sign_initiative(  # noqa: E731
        access.actor(), matter, form.signature(), is_public=bool(form.is_public.data)
    )
    if not is_done(form, signed):
        return _page_of(matter, form)
    flash(_("You have signed the initiative."), "ok")
    return redirect(url_for(".show", matter_id=matter.id), 303)


@bp.post("/matters/<int:matter_id>/unsign")
@access.signed_in
@writing
def unsign(matter_id: int) -> ResponseReturnValue:
    """Take a signature back."""
    matter = queries.get_matter(matter_id, access.actor())
    supporting.withdraw_signature(access.actor(), matter)
    flash(_("You have taken your signature back."), "ok")
    return redirect(url_for(".show", matter_id=matter.id), 303)


@bp.get("/matters/<int:matter_id>/supporters")
@access.public
def supporters(matter_id: int) -> ResponseReturnValue:
    """Who supports it, of those who chose to show their name."""
    http_cache.public("city", "seal", f"matter:{matter_id}")
    matter = queries.get_matter(matter_id, access.actor())
    if matter.published_at is None:
        raise NotFound("not_found")
    page = support_queries.page_public(matter.id, request.args.get("cursor"))
    urls = {"next": page.next, "previous": page.previous}
    pages = {k: url_for(".supporters", matter_id=matter_id, cursor=v) for k, v in urls.items() if v}
    return render_template(
        "proposals/supporters.html",
        matter=matter,
        people=page.items,
        pages=pages,
        named=support_queries.count_public(matter.id),
        municipalities=list_municipalities(),
    )


@bp.get("/matters/<int:matter_id>/makers")
@access.staff(Role.REGISTRY, Role.OFFICIAL)
def makers(matter_id: int) -> ResponseReturnValue:
    """The makers of an initiative with names and municipalities, for those who handle it."""
    matter = queries.get_matter(matter_id, access.actor())
    access.require(policies.can_list_makers(access.actor(), matter), "not_allowed")
    page = support_queries.page_makers(matter.id, request.args.get("cursor"))
    urls = {"next": page.next, "previous": page.previous}
    pages = {k: url_for(".makers", matter_id=matter_id, cursor=v) for k, v in urls.items() if v}
    return render_template(
        "proposals/makers.html",
        matter=matter,
        people=page.items,
        pages=pages,
        municipalities=list_municipalities(),
    )


def _page_of(matter: Matter, form: SignForm) -> ResponseReturnValue:
    actor, city = access.actor(), get_city()
    texts = services.list_texts(matter)
    original = texts[matter.language]
    text = words.choose_text(matter, texts, request.args.get("text"))
    page = render_template(
        "proposals/show.html",
        matter=matter,
        text=text,
        languages=[code for code in NAMES if code in texts],
        origin=words.origin_words(text.origin),
        is_stale=words.is_stale(text, original),
        body=markup.render(text.body, lead=True),
        stage=STAGES[matter.state],
        sentence=words.state_sentence(matter),
        is_late=words.is_late(matter),
        reason=queries.get_withdrawal_reason(matter) if matter.state == State.WITHDRAWN else None,
        author=", ".join(queries.list_author_names(matter)) or None,
        support=queries.get_support(actor, matter),
        can_support=policies.can_support(actor, matter),
        is_author=policies.is_author(actor, matter),
        is_starter=policies.is_starter(actor, matter),
        takes_support=matter.is_visible and matter.state in OPEN,
        needed=thresholds.makers_needed(city),
        residents=thresholds.get_residents(city),
        names=list_names_of_municipalities() if matter.kind == MatterKind.INITIATIVE else [],
        place=listing.place_names(city, matter.area, matter.district),
        slots=panels.fill("matter", matter, actor),
        form=form,
    )
    return page, 422 if form.errors else 200
