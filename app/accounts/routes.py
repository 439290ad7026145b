"""Pages of accounts: register, confirm, sign in and out, reset, own page.

Every answer is the same whether an address has an account or not.
"""

import contextlib
import hashlib

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_user, logout_user
from flask_wtf import FlaskForm

from app.accounts import addresses, passwords, queries, services
from app.accounts.forms import (
    EmailForm,
    EmptyForm,
    PasswordForm,
    ProfileForm,
    RegisterForm,
    SignInForm,
)
from app.core import access, language, limits
from app.core.addresses import own_address
from app.core.errors import Invalid, sentence
from app.extensions import limiter

bp = Blueprint("accounts", __name__, template_folder="templates")


def _tried_account() -> str:
    """The account that is tried, however it is spelled, as a digest: counters keep no addresses."""
    typed = request.form.get("email", "")
    with contextlib.suppress(Invalid):
        typed = addresses.normal(typed)
    return "account:" + hashlib.sha256(typed.encode()).hexdigest()[:32]


def _bad(template: str, form: FlaskForm, error: Invalid) -> ResponseReturnValue:
    """The form again with its explanation, everything typed kept but the password."""
    form.form_errors.append(sentence(error))
    return render_template(template, form=form), 422


@bp.route("/sign-in", methods=["GET", "POST"])
@access.public
@limiter.limit(limits.SIGNING_IN, key_func=_tried_account, methods=["POST"])
@limiter.limit(limits.ADDRESS, methods=["POST"])
def sign_in() -> ResponseReturnValue:
    """Sign in with address and password."""
    form = SignInForm(next=request.args.get("next"))
    if not form.validate_on_submit():
        return render_template("accounts/sign_in.html", form=form)
    password = form.password.data or ""
    try:
        person = passwords.check(form.email.data or "", password)
    except Invalid as error:
        return _bad("accounts/sign_in.html", form, error)
    if passwords.is_outdated(person):
        services.renew_hash(person, passwords.digest(password))
    session.clear()
    login_user(person)
    home = url_for("pages.home", lang=person.language)
    return redirect(own_address(form.next.data) or home, 303)


@bp.post("/sign-out")
@access.signed_in
def sign_out() -> ResponseReturnValue:
    """End the session."""
    logout_user()
    session.clear()
    return redirect(url_for("pages.home"), 303)


@bp.route("/register", methods=["GET", "POST"])
@access.public
@limiter.limit(limits.SIGNING_IN, key_func=_tried_account, methods=["POST"])
@limiter.limit(limits.ADDRESS, methods=["POST"])
def register() -> ResponseReturnValue:
    """Start an account; the answer does not tell whether the address has one already."""
    form = RegisterForm()
    if not form.validate_on_submit():
        return render_template("accounts/register.html", form=form)
    email, name = form.email.data or "", form.name.data or ""
    try:
        digest = passwords.digest(form.password.data or "")
        services.register(email, digest, name, language.current())
    except Invalid as error:
        return _bad("accounts/register.html", form, error)
    return redirect(url_for(".mail_sent"), 303)


@bp.get("/mail-sent")
@access.public
def mail_sent() -> ResponseReturnValue:
    """Tell to look into the mail."""
    return render_template("accounts/mail_sent.html")


@bp.route("/confirm/<token>", methods=["GET", "POST"])
@access.public
@limiter.limit(limits.ADDRESS, methods=["POST"])
def confirm(token: str) -> ResponseReturnValue:
    """Confirm an address with a button: mail scanners follow links, they do not press buttons."""
    form = EmptyForm()
    if not form.validate_on_submit():
        services.check_token("confirm", token, services.CONFIRM_SECONDS)
        return render_template("accounts/confirm.html", form=form)
    services.confirm_email(token)
    flash(_("Your e-mail address is confirmed. You can sign in now."), "ok")
    return redirect(url_for(".sign_in"), 303)


@bp.route("/reset", methods=["GET", "POST"])
@access.public
@limiter.limit(limits.SIGNING_IN, key_func=_tried_account, methods=["POST"])
@limiter.limit(limits.ADDRESS, methods=["POST"])
def ask_reset() -> ResponseReturnValue:
    """Ask for a link to choose a new password."""
    form = EmailForm()
    if not form.validate_on_submit():
        return render_template("accounts/ask_reset.html", form=form)
    try:
        services.ask_reset(form.email.data or "", language.current())
    except Invalid as error:
        return _bad("accounts/ask_reset.html", form, error)
    return redirect(url_for(".mail_sent"), 303)


@bp.route("/reset/<token>", methods=["GET", "POST"])
@access.public
@limiter.limit(limits.ADDRESS, methods=["POST"])
def reset(token: str) -> ResponseReturnValue:
    """Choose a new password."""
    form = PasswordForm()
    services.check_token("reset", token, services.RESET_SECONDS)
    if not form.validate_on_submit():
        return render_template("accounts/reset.html", form=form)
    try:
        services.reset_password(token, passwords.digest(form.password.data or ""))
    except Invalid as error:
        return _bad("accounts/reset.html", form, error)
    flash(_("Your password has been changed. Sign in with the new one."), "ok")
    return redirect(url_for(".sign_in"), 303)


@bp.route("/own", methods=["GET", "POST"])
@access.signed_in
@limiter.limit(limits.WRITING, key_func=limits.account, methods=["POST"])
def own_page() -> ResponseReturnValue:
    """The own page: settings, and links to what one has done here."""
    actor = access.actor()
    person = queries.get_person(actor.person_id or 0)
    form = ProfileForm(obj=person)
    if not form.validate_on_submit():
        return render_template("accounts/own.html", form=form, person=person)
    chosen = form.language.data
    try:
        services.change_profile(actor, form.name.data or "", chosen, form.home_area.data or None)
    except Invalid as error:
        form.form_errors.append(sentence(error))
        return render_template("accounts/own.html", form=form, person=person), 422
    flash(_("Your settings are saved."), "ok")
    return redirect(url_for(".own_page", lang=chosen), 303)
