"""The form of the overview of hand-overs: for which period. Read from an address."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from app.core import clock

LONGEST = 3660  # days between two chosen dates: ten years
EARLIEST = date(2000, 1, 1)
PERIODS = {
    "month": _l("The last 30 days"),
    "quarter": _l("The last 91 days"),
    "year": _l("The last 12 months"),
    "all": _l("All the time"),
    "dates": _l("From a day to another"),
}
CHOICES = [SelectChoice(value, text) for value, text in PERIODS.items()]


class PeriodForm(FlaskForm):
    """Which days are counted. `start` and `end` are only read when the dates are chosen."""

    class Meta:
        """An address that anybody may open carries no token."""

        csrf = False

    period = RadioField(_l("Period"), choices=CHOICES, default="year", validate_choice=False)
    start = DateField(_l("First day"), validators=[Optional()])
    end = DateField(_l("Last day"), validators=[Optional()])

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse days that are missing, turned round, to come, or too far from each other."""
        if self.period.data not in PERIODS:
            self.period.data = "year"
        if self.period.data != "dates":
            return True
        super().validate(extra_validators)
        for field in (self.start, self.end):
            if field.data is None:
                field.errors = [A_DAY]
            elif not EARLIEST <= field.data <= clock.today():
                field.errors = [NOT_TO_COME]
        if not self.errors and self.start.data > self.end.data:
            self.end.errors = [TURNED_ROUND]
        elif not self.errors and (self.end.data - self.start.data).days > LONGEST:
            self.end.errors = [TOO_LONG]
        return not (self.start.errors or self.end.errors)

    @property
    def chosen(self) -> tuple[date, date] | None:
        """The chosen first and last day of a valid form, None for a period with a name."""
        return (self.start.data, self.end.data) if self.period.data == "dates" else None


A_DAY = _l("Write a day, such as 31.1.2026.")
NOT_TO_COME = _l("Choose a day from the year 2000 on that is not still to come.")
TURNED_ROUND = _l("The last day cannot be before the first one.")
TOO_LONG = _l("Choose at most ten years.")
