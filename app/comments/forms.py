"""The form of a comment. Rules live in the service; the form carries fields and what was typed."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice

from app.comments.models import Stance
from app.core import language
from app.core.labels import label
from app.core.language import LANGUAGES, NAMES


class CommentForm(FlaskForm):
    """A comment, or an answer to the comment whose id is `parent`."""

    parent = HiddenField()
    stance = RadioField(_l("How do you stand to the proposal?"), default=Stance.NEUTRAL.value)
    text = TextAreaField(_l("Your comment"), render_kw={"rows": 5, "maxlength": 2000})
    language = SelectField(
        _l("Language of your text"), choices=[SelectChoice(code, NAMES[code]) for code in LANGUAGES]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("language", language.current())
        super().__init__(*args, **kwargs)
        self.stance.choices = [SelectChoice(stance.value, label(stance)) for stance in Stance]
