"""Forms of writing together. Limits are checked again by the commands."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length
from wtforms.widgets import HiddenInput

from app.authoring.models import ADDITION_LIMIT
from app.core import language
from app.proposals.models import BODY_LIMIT, TITLE_LEAST, TITLE_LIMIT


def _at_most(limit: int) -> Length:
    message = _l("The text is too long. It can have at most %(limit)s characters.", limit=limit)
    return Length(max=limit, message=message)


class TranslationForm(FlaskForm):
    """The text in another language; `source` is the version of the original beside the form."""

    title = StringField(
        _l("Title"),
        validators=[
            Length(min=TITLE_LEAST, message=_l("Write a title of at least ten characters.")),
            _at_most(TITLE_LIMIT),
        ],
    )
    body = TextAreaField(
        _l("Text"),
        validators=[
            DataRequired(_l("Write what you want and why.")),
            _at_most(BODY_LIMIT),
        ],
        render_kw={"rows": 12},
    )
    source = IntegerField(widget=HiddenInput())


class AdditionForm(FlaskForm):
    """What an author adds once the text cannot be edited any more."""

    text = TextAreaField(
        _l("What do you want to add?"),
        description=_l("Everybody sees it with today's date. It cannot be changed afterwards."),
        validators=[DataRequired(_l("Write something first.")), _at_most(ADDITION_LIMIT)],
        render_kw={"rows": 6},
    )
    language = SelectField(_l("Language of your text"), choices=language.NAMES)


class InviteForm(FlaskForm):
    """The address of somebody who is invited."""

    email = EmailField(
        _l("E-mail address"),
        description=_l("Only you see the address, until the invitation is answered."),
        validators=[DataRequired(_l("Write the e-mail address."))],
        render_kw={"autocomplete": "off"},
    )
