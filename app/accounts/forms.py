"""Forms of accounts. Rules live in the services; forms carry fields and keep what was typed."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from app.city import get_city
from app.core.language import LANGUAGES, NAMES


class SignInForm(FlaskForm):
    """Address and password; `next` is where to go afterwards."""

    email = EmailField(_l("E-mail address"), render_kw={"autocomplete": "username"})
    password = PasswordField(_l("Password"), render_kw={"autocomplete": "current-password"})
    next = HiddenField()


class RegisterForm(FlaskForm):
    """A new account."""

    email = EmailField(_l("E-mail address"), render_kw={"autocomplete": "email"})
    name = StringField(
        _l("Name that others see"),
        description=_l("It need not be your own name."),
        render_kw={"autocomplete": "nickname"},
    )
    password = PasswordField(
        _l("Password"),
        description=_l("At least 12 characters. A short sentence is easy to remember."),
        render_kw={"autocomplete": "new-password"},
    )


class EmailForm(FlaskForm):
    """An address to which a link is mailed."""

    email = EmailField(_l("E-mail address"), render_kw={"autocomplete": "email"})


class PasswordForm(FlaskForm):
    """A new password."""

    password = PasswordField(
        _l("New password"),
        description=_l("At least 12 characters. A short sentence is easy to remember."),
        render_kw={"autocomplete": "new-password"},
    )


class EmptyForm(FlaskForm):
    """Only the token against forged requests."""


class ProfileForm(FlaskForm):
    """Shown name, language and home area."""

    name = StringField(_l("Name that others see"), render_kw={"autocomplete": "nickname"})
    language = SelectField(
        _l("Language"),
        choices=[SelectChoice(code, NAMES[code]) for code in LANGUAGES],
        validate_choice=False,
    )
    home_area = SelectField(_l("Home area"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        areas = get_city().areas.values()
        named = [SelectChoice(area.key, area.name) for area in areas]
        self.home_area.choices = [SelectChoice("", _("Not told")), *named]
