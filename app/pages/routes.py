"""Home and the static pages. `/` leads to the best language for the visitor."""

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from app.budgeting import queries as budgeting
from app.city.discussion import get_discussion_settings
from app.core import access, clock, http_cache, language
from app.pages import navigation, queries
from app.proposals.lifecycle import Outcome, State

bp = Blueprint("pages", __name__, template_folder="templates")
bare = Blueprint("entry", __name__)
bp.app_context_processor(navigation.names)


@bare.get("/")
@access.public
def entry() -> ResponseReturnValue:
    """Lead to the home page in the language that the browser asks for."""
    response = redirect(url_for("pages.home", lang=language.negotiated()), 302)
    response.headers["Vary"] = "Accept-Language"
    return response


@bare.get("/health")
@access.public
def health() -> ResponseReturnValue:
    """How the service is, for whoever watches it: 503 when the database does not answer."""
    found = queries.get_health()
    return jsonify(found), 200 if found["database"] else 503


@bp.get("/")
@access.public
def home() -> ResponseReturnValue:
    """What can I do here, what is going on?"""
    http_cache.public("matters", "rounds", "figures")
    http_cache.good_until(budgeting.find_next_instant())
    return render_template("pages/home.html", **queries.get_home())


@bp.get("/about")
@access.public
def about() -> ResponseReturnValue:
    """What Kuuluu is and how a matter travels."""
    http_cache.public()
    return render_template("pages/about.html")


@bp.get("/accessibility")
@access.public
def accessibility() -> ResponseReturnValue:
    """The accessibility statement (Act 306/2019)."""
    http_cache.public()
    return render_template("pages/accessibility.html")


@bp.get("/privacy")
@access.public
def privacy() -> ResponseReturnValue:
    """How personal data is used."""
    http_cache.public()
    return render_template("pages/privacy.html")


@bp.get("/rules")
@access.public
def rules() -> ResponseReturnValue:
    """The rules of discussion."""
    http_cache.public()
    return render_template("pages/rules.html", settings=get_discussion_settings())


class SampleForm(FlaskForm):
    """Fields for the style guide, one of them with an error."""

    title = StringField("Title", description="In a few words.")
    body = TextAreaField("Text")
    lat = HiddenField()
    lon = HiddenField()
    choice = SelectField(
        "Theme", choices=[SelectChoice("a", "Streets"), SelectChoice("b", "Parks")]
    )


@bp.get("/styleguide")
@access.public
def styleguide() -> ResponseReturnValue:
    """Every component with sample data, for developers and designers."""
    form = SampleForm(request.args, meta={"csrf": False})
    form.title.errors = ["Write a title."]
    return render_template(
        "styleguide.html",
        form=form,
        today=clock.today(),
        outlines_url=url_for("city.outlines", language=language.current()),
        State=State,
        Outcome=Outcome,
    )
