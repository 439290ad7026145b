"""Forms of results. Rules live in the services."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired

from app.core.labels import label
from app.outcomes.models import Verdict
from app.responses.forms import HandlingForm


class EvidenceForm(HandlingForm):
    """How one can see that it is done."""

    parts = {"evidence": _l("How one can see that it is done")}


class ReopenForm(HandlingForm):
    """Why the matter is opened again."""

    parts = {"reason": _l("Why the matter is opened again")}


class MeasureForm(HandlingForm):
    """What was measured, and how."""

    parts = {"note": _l("How it was measured")}
    value = StringField(
        _l("Measured value"),
        description=_l("A number, for example 12.5."),
        validators=[DataRequired(_l("Write the measured value."))],
        render_kw={"inputmode": "decimal", "maxlength": 40},
    )


class VerdictForm(FlaskForm):
    """Did it help?"""

    verdict = RadioField(_l("Did it help?"), validate_choice=False)
    words = TextAreaField(
        _l("Why do you think so?"),
        description=_l("The officials read this. It is not published."),
        render_kw={"rows": 3, "maxlength": 1000},
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.verdict.choices = [SelectChoice(v.value, label(v)) for v in Verdict]


class UnderstandingForm(FlaskForm):
    """I understood why, 1 to 5."""

    score = RadioField(
        _l("Did you understand why the city answered like this?"),
        choices=[SelectChoice(str(score)) for score in range(1, 6)],
        description=_l("1 means not at all, 5 means completely."),
        validate_choice=False,
    )
