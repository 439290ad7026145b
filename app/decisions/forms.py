"""The forms of linking."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField

from app.core.labels import label
from app.decisions.models import UnlinkReason


class RejectForm(FlaskForm):
    """Why a decision is not linked; the service checks what is chosen."""

    reason = SelectField(_l("Why not this one"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reason.choices = [(reason.value, label(reason)) for reason in UnlinkReason]
