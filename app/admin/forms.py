"""The form that gives a role. Rules live in accounts."""

from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, EmailField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from app.city import get_city
from app.city.queries import Things
from app.core.access import Role
from app.core.labels import label


class RoleForm(FlaskForm):
    """Who gets which role, where and when. Both days are inside the time of the role."""

    email = EmailField(_l("E-mail address of the person"), render_kw={"autocomplete": "off"})
    role = SelectField(_l("Role"))
    place = SelectField(
        _l("For which unit or body"),
        description=_l("A councillor's role is for a body, every other role for a unit."),
        validate_choice=False,
    )
    starts = DateField(_l("First day"), [Optional()], description=_l("Today, if left empty."))
    last = DateField(
        _l("Last day"), [Optional()], description=_l("Until further notice, if left empty.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        city = get_city()
        self.role.choices = [SelectChoice(role.value, label(role)) for role in Role]
        self.place.choices = [
            SelectChoice("", _("The whole city")),
            *_places("unit", _("Units"), city.units),
            *_places("body", _("Bodies"), city.bodies),
        ]

    @property
    def where(self) -> dict[str, str | None]:
        """The chosen unit or body by its kind, both None for the whole city."""
        kind, _colon, key = (self.place.data or "").partition(":")
        return {"unit": key if kind == "unit" else None, "body": key if kind == "body" else None}

    @property
    def ends(self) -> date | None:
        """The first day without the role."""
        last: date | None = self.last.data
        if last is None or last == date.max:
            return last
        return last + timedelta(days=1)


def _places(kind: str, group: str, things: Things) -> list[SelectChoice]:
    return [
        SelectChoice(f"{kind}:{thing.key}", thing.name, optgroup=group) for thing in things.values()
    ]
