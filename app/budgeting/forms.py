"""Forms of budgeting. Rules live in the services."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField


class RefusalForm(FlaskForm):
    """Why a project does not go to the vote, by language."""

    fi = TextAreaField(_l("The reason in Finnish"), render_kw={"rows": 3, "maxlength": 2000})
    sv = TextAreaField(_l("The reason in Swedish"), render_kw={"rows": 3, "maxlength": 2000})
    en = TextAreaField(_l("The reason in English"), render_kw={"rows": 3, "maxlength": 2000})

    @property
    def texts(self) -> dict[str, str]:
        """What was written, by language."""
        return {field.short_name: field.data or "" for field in (self.fi, self.sv, self.en)}


class EmptyForm(FlaskForm):
    """A button with its token."""
