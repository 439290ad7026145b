"""Forms of the registry."""

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired

from app.city import get_city
from app.responses.forms import HandlingForm


class RegisterForm(FlaskForm):
    """The registry: unit and case number."""

    unit = SelectField(_l("Unit that answers"), validate_choice=False)
    case_number = StringField(_l("Case number"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit.choices = [SelectChoice(u.key, u.name) for u in get_city().receiving_units()]


class NumberForm(HandlingForm):
    """The right case number."""

    number = StringField(
        _l("Case number"),
        validators=[DataRequired(_l("Write the case number."))],
        render_kw={"autocomplete": "off"},
    )


class MergeForm(HandlingForm):
    """With which other matter it is handled, and why."""

    parts = {"reason": _l("Public reason")}
    into = StringField(
        _l("Number or address of the other matter"),
        description=_l("The number stands at the end of the address of its page."),
        validators=[DataRequired(_l("Write the number of the other matter."))],
        render_kw={"autocomplete": "off"},
    )

    def number(self) -> int:
        """The other matter's number, 0 when nothing that was written is one."""
        found = re.search(r"(?:^|/matters/)(\d{1,9})(?:$|[/?#])", (self.into.data or "").strip())
        return int(found[1]) if found else 0


class SplitForm(HandlingForm):
    """The part that becomes a matter of its own, and why."""

    parts = {"reason": _l("Public reason")}
    title = StringField(
        _l("Title of the part"),
        description=_l("In the language of the matter."),
        validators=[DataRequired(_l("Write a title of at least ten characters."))],
        render_kw={"autocomplete": "off"},
    )
    body = TextAreaField(
        _l("Text of the part"),
        description=_l(
            "Take the author's own words. The part is published in the author's name at once."
        ),
        validators=[DataRequired(_l("Write what you want and why."))],
        render_kw={"rows": 6},
    )
    service = SelectField(_l("Service"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.service.choices = _services()


def _services() -> dict[str, Any]:
    """The services by theme, as a select takes them."""
    city = get_city()
    return {
        theme.name: [
            (service.key, service.name)
            for service in city.services.values()
            if service.theme == theme.key
        ]
        for theme in city.themes.values()
    }
