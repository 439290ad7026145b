"""The ballot as a form: it travels from choosing to casting in hidden fields, stored nowhere."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectMultipleField


class BallotForm(FlaskForm):
    """The chosen projects by id. Which ones and how many may be chosen is the services' rule."""

    project = SelectMultipleField(_l("Projects"), coerce=int, validate_choice=False)

    @property
    def chosen(self) -> list[int]:
        """Ids of the chosen projects; what is no id at all is left out."""
        return list(self.project.data or [])
