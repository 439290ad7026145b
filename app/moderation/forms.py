"""Forms of moderation. Rules live in the services."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from app.comments.rules import DiscussionRule
from app.core.labels import label


def _rules() -> list[SelectChoice]:
    return [SelectChoice(rule.value, label(rule)) for rule in DiscussionRule]


class ReportForm(FlaskForm):
    """Which rule is broken, and words for the moderator."""

    rule = RadioField(
        _l("What is wrong with it?"), validators=[InputRequired(_l("Choose what is wrong."))]
    )
    words = TextAreaField(
        _l("Tell more to the moderator"), render_kw={"rows": 4, "maxlength": 1000}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rule.choices = _rules()


class HideForm(FlaskForm):
    """The rule by which something is hidden; `back` names the page to return to."""

    rule = SelectField(_l("Rule"))
    back = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rule.choices = _rules()
