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
    words = TextAreaField(_l("Words to the author"), render_kw={"rows": 2, "maxlength": 1000})
    back = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rule.choices = _rules()


class WordsForm(FlaskForm):
    """Why somebody appeals, or why an appeal is decided so."""

    words = TextAreaField(
        _l("Write why"),
        validators=[InputRequired(_l("Write why."))],
        render_kw={"rows": 4, "maxlength": 1000},
    )


class BlockForm(FlaskForm):
    """For how long somebody cannot write, by which rule, and words to the person."""

    days = RadioField(
        _l("For how long?"),
        choices=[
            SelectChoice("1", _l("1 day")),
            SelectChoice("7", _l("7 days")),
            SelectChoice("30", _l("30 days")),
            SelectChoice("0", _l("Until it is taken back")),
        ],
        validators=[InputRequired(_l("Choose a time from the list."))],
    )
    rule = SelectField(_l("Rule"))
    words = TextAreaField(_l("Words to the person"), render_kw={"rows": 3, "maxlength": 1000})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rule.choices = _rules()
