"""The forms of a comment. Rules live in the services; a form carries fields and what was typed."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice

from app.comments.models import TEXT_LIMIT, Stance
from app.core import language
from app.core.labels import label
from app.core.language import LANGUAGES, NAMES
from app.proposals.writing import Opened

_LANGUAGES = [SelectChoice(code, NAMES[code]) for code in LANGUAGES]
_AREA = {"rows": 5, "maxlength": TEXT_LIMIT}


class CommentForm(FlaskForm):
    """A comment, or an answer to the comment whose id is `parent`; each opened one has a key."""

    parent = HiddenField()
    form_key = HiddenField()
    stance = RadioField(_l("How do you stand to the proposal?"), default=Stance.NEUTRAL.value)
    text = TextAreaField(_l("Your comment"), render_kw=_AREA)
    language = SelectField(_l("Language of your text"), choices=_LANGUAGES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("language", language.current())
        super().__init__(*args, **kwargs)
        self.stance.choices = [SelectChoice(stance.value, label(stance)) for stance in Stance]
        self.form_key.data = Opened.read({"form_key": self.form_key.data or ""}).again("").key


class ChangeForm(FlaskForm):
    """New words of a comment."""

    text = TextAreaField(_l("Your comment"), render_kw=_AREA)
    language = SelectField(_l("Language of your text"), choices=_LANGUAGES)
