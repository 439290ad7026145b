"""Forms of councillors' questions and of what the unit does with them."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired

from app.city import get_city
from app.core import language
from app.core.access import Actor, Role
from app.responses.forms import HandlingForm
from app.responses.presenting import LANGUAGE_LABELS


class AskForm(FlaskForm):
    """The question, its language, and the body for which it is asked."""

    body = SelectField(_l("Body for which you ask"), validate_choice=False)
    language = SelectField(_l("Language of the question"), validate_choice=False)
    text = TextAreaField(
        _l("Question"),
        description=_l("Everybody can read it. Do not write personal data."),
        validators=[DataRequired(_l("Write your question first."))],
        render_kw={"rows": 5},
    )

    def __init__(self, actor: Actor, **kwargs: Any) -> None:
        super().__init__(prefix="question-", **kwargs)
        city, own = get_city(), actor.bodies(Role.COUNCILLOR)
        self.body.choices = [
            SelectChoice(key, body.name) for key, body in city.bodies.items() if key in own
        ]
        codes = sorted(city.official_languages, key=lambda code: code != language.current())
        self.language.choices = [SelectChoice(code, LANGUAGE_LABELS[code]) for code in codes]


class AnswerForm(HandlingForm):
    """The answer to a councillor."""

    parts = {"text": _l("Answer to the councillor")}


class PauseForm(HandlingForm):
    """What the councillor should make clearer."""

    parts = {"reason": _l("What should be clearer")}
